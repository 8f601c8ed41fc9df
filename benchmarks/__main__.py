"""Start the real server on two data sets and two reference servers, measure them in turns, and print the tables.

Two environment variables make a run shorter: SECONDS_EACH (10), and SIZES ("20000 1000000").
"""

import os
import signal
import sys
from collections import defaultdict
from contextlib import ExitStack

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import execution, prepared, report, server, workloads
from benchmarks.generate import database
from benchmarks.load import Load, in_a_process
from benchmarks.measure import cpu_seconds
from benchmarks.report import Figures
from benchmarks.server import Server
from benchmarks.workloads import WORKLOADS, Request, Visitor

CONNECTIONS = 16
ROUNDS = 4  # each benchmark runs once a round, so that other load on the machine affects all of them alike
WARM_UP_SECONDS = 1.0
SECONDS_EACH = float(os.environ.get("SECONDS_EACH") or 10)
SIZES = sorted(int(size) for size in (os.environ.get("SIZES") or "20000 1000000").replace(",", " ").split())

console = Console()


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the exit stack then stops the servers
    with ExitStack() as stack:
        progress = stack.enter_context(
            Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console)
        )
        files = {size: database(size, progress) for size in SIZES}
        constant_server = stack.enter_context(server.constant())
        prepared_server = stack.enter_context(server.prepared())
        visitors = [Visitor(stack.enter_context(server.groundswell(files[size], size)), size) for size in SIZES]
        constant, figures = measure(constant_server, prepared_server, visitors, progress)
    execution.show(console)
    report.show(console, figures, constant)
    report.signing(console, figures, constant)
    if len(SIZES) > 1:
        report.compare(console, figures, SIZES[0], SIZES[-1])


def measure(
    constant_server: Server, prepared_server: Server, visitors: list[Visitor], progress: Progress
) -> tuple[Figures, dict[tuple[str, int], Figures]]:
    constant = Figures()
    figures: dict[tuple[str, int], Figures] = defaultdict(Figures)
    check(constant_server, prepared_server, visitors)
    task = progress.add_task("Measuring", total=ROUNDS * (2 + len(WORKLOADS) * len(visitors)))
    for _ in range(ROUNDS):
        apply_load(constant_server, workloads.page(visitors[0]), SECONDS_EACH / ROUNDS, constant)
        progress.advance(task)
        apply_load(prepared_server, [prepared.REQUEST], SECONDS_EACH / ROUNDS, figures["prepared", 0])
        progress.advance(task)
        for name, requests in WORKLOADS.items():
            for visitor in visitors:
                progress.update(task, description=f"Measuring {name} among {visitor.comments:,} comments")
                apply_load(visitor.server, requests(visitor), SECONDS_EACH / ROUNDS, figures[name, visitor.comments])
                progress.advance(task)
    return constant, figures


def check(constant_server: Server, prepared_server: Server, visitors: list[Visitor]) -> None:
    """Check that each benchmark gets an answer without errors, and warm the servers up."""
    apply_load(constant_server, workloads.page(visitors[0]), WARM_UP_SECONDS, Figures())
    apply_load(prepared_server, [prepared.REQUEST], WARM_UP_SECONDS, Figures())
    for visitor in visitors:
        for requests in WORKLOADS.values():
            visitor.ask(requests(visitor)[0])
            apply_load(visitor.server, requests(visitor), WARM_UP_SECONDS, Figures())


def apply_load(target: Server, requests: list[Request], seconds: float, figures: Figures) -> None:
    before = cpu_seconds(target.pid)
    outcome = in_a_process(Load(target.port, seconds, CONNECTIONS, requests))
    if outcome.failure:
        raise SystemExit(f"{target.name} answered {outcome.failure}")
    figures.add(outcome, cpu_seconds(target.pid) - before)


if __name__ == "__main__":
    main()
