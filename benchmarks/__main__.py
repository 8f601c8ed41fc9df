"""Start the real server on both data sets and a constant one beside them, measure in turns, print the table.

Two settings for a quick run: SECONDS_EACH (10), and SIZES ("20000 1000000").
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
ROUNDS = 4  # in turns, so that what else the machine does falls on all alike
WARM_UP = 1.0
SECONDS_EACH = float(os.environ.get("SECONDS_EACH") or 10)
SIZES = sorted(int(size) for size in (os.environ.get("SIZES") or "20000 1000000").replace(",", " ").split())

console = Console()


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # stops the servers as well
    with ExitStack() as stack:
        progress = stack.enter_context(
            Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console)
        )
        files = {size: database(size, progress) for size in SIZES}
        yardstick = stack.enter_context(server.constant())
        in_memory = stack.enter_context(server.prepared())
        visitors = [Visitor(stack.enter_context(server.groundswell(files[size], size)), size) for size in SIZES]
        constant, figures = measure(yardstick, in_memory, visitors, progress)
    execution.show(console)
    report.show(console, figures, constant)
    report.signing(console, figures, constant)
    if len(SIZES) > 1:
        report.compare(console, figures, SIZES[0], SIZES[-1])


def measure(
    yardstick: Server, in_memory: Server, visitors: list[Visitor], progress: Progress
) -> tuple[Figures, dict[tuple[str, int], Figures]]:
    constant = Figures()
    figures: dict[tuple[str, int], Figures] = defaultdict(Figures)
    check(yardstick, in_memory, visitors)
    task = progress.add_task("Measuring", total=ROUNDS * (2 + len(WORKLOADS) * len(visitors)))
    for _ in range(ROUNDS):
        press(yardstick, workloads.page(visitors[0]), SECONDS_EACH / ROUNDS, constant)
        progress.advance(task)
        press(in_memory, [prepared.REQUEST], SECONDS_EACH / ROUNDS, figures["prepared", 0])
        progress.advance(task)
        for name, requests in WORKLOADS.items():
            for visitor in visitors:
                progress.update(task, description=f"Measuring {name} among {visitor.comments:,} comments")
                press(visitor.server, requests(visitor), SECONDS_EACH / ROUNDS, figures[name, visitor.comments])
                progress.advance(task)
    return constant, figures


def check(yardstick: Server, in_memory: Server, visitors: list[Visitor]) -> None:
    """Every benchmark is answered without an error, and has been asked for a moment before it counts."""
    press(yardstick, workloads.page(visitors[0]), WARM_UP, Figures())
    press(in_memory, [prepared.REQUEST], WARM_UP, Figures())
    for visitor in visitors:
        for requests in WORKLOADS.values():
            visitor.ask(requests(visitor)[0])
            press(visitor.server, requests(visitor), WARM_UP, Figures())


def press(target: Server, requests: list[Request], seconds: float, figures: Figures) -> None:
    before = cpu_seconds(target.pid)
    outcome = in_a_process(Load(target.port, seconds, CONNECTIONS, requests))
    if outcome.failure:
        raise SystemExit(f"{target.name} answered {outcome.failure}")
    figures.add(outcome, cpu_seconds(target.pid) - before)


if __name__ == "__main__":
    main()
