"""Tables of the measured figures, and whether they meet the targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.load import Outcome

MAX_GROWTH = 1.2
"""The most that the larger data set may cost, as a multiple of the smaller one."""
SIGNING = ("sign", "sign10")
MAX_SIGNING_RATIO, MAX_SIGNING_P99_MS = 30, 100
"""The most that a signature may cost: CPU as a multiple of the constant server's, and the 99th percentile in ms."""


@dataclass
class Figures:
    """The sums over all rounds of one benchmark."""

    requests: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    received: int = 0
    latencies: list[float] = field(default_factory=list)

    def add(self, outcome: Outcome, cpu: float) -> None:
        self.requests += outcome.requests
        self.seconds += outcome.seconds
        self.cpu += cpu
        self.received += outcome.received
        self.latencies += outcome.latencies

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu / self.requests

    def percentile(self, share: float) -> float:
        return 1000 * sorted(self.latencies)[min(int(share * len(self.latencies)), len(self.latencies) - 1)]


def show(console: Console, figures: Mapping[tuple[str, int], Figures], constant: Figures) -> None:
    """Print the figures by benchmark and number of comments."""
    table = Table(
        title="16 connections. CPU ms: server CPU per request, the most stable figure. kB: size of the response",
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    table.add_column("benchmark", no_wrap=True)
    for heading in ("comments", "req/s", "p50 ms", "p99 ms", "CPU ms", "x const", "kB"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_row("constant", "", *_cells(constant, constant))
    for (name, size), measured in figures.items():
        table.add_row(name, f"{size:,}" if size else "", *_cells(measured, constant))
    console.print(table)


def signing(console: Console, figures: Mapping[tuple[str, int], Figures], constant: Figures) -> None:
    """Print whether the cost of signing is within its limits."""
    for (name, size), measured in figures.items():
        if name in SIGNING:
            ratio, p99 = measured.cpu_ms / constant.cpu_ms, measured.percentile(0.99)
            verdict = "yes" if ratio <= MAX_SIGNING_RATIO and p99 <= MAX_SIGNING_P99_MS else "no"
            console.print(
                f"{name} among {size:,} comments: {ratio:.1f} times constant, p99 {p99:.1f} ms;"
                f" at most {MAX_SIGNING_RATIO} times and {MAX_SIGNING_P99_MS} ms: {verdict}",
                soft_wrap=True,
            )


def _cells(measured: Figures, constant: Figures) -> Sequence[str]:
    return (
        f"{measured.rate:,.0f}",
        f"{measured.percentile(0.5):.1f}",
        f"{measured.percentile(0.99):.1f}",
        f"{measured.cpu_ms:.3f}",
        f"{measured.cpu_ms / constant.cpu_ms:.1f}",
        f"{measured.received / measured.requests / 1000:.1f}",
    )


def compare(console: Console, figures: Mapping[tuple[str, int], Figures], small: int, large: int) -> None:
    """Print the cost of a request in the large data set, as a multiple of its cost in the small one."""
    table = Table(
        title=f"CPU at {large:,} comments, as a multiple of CPU at {small:,}",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("benchmark", no_wrap=True)
    table.add_column("ratio", justify="right")
    table.add_column(f"at most {MAX_GROWTH}")
    for name in dict.fromkeys(name for name, size in figures if size):
        ratio = figures[name, large].cpu_ms / figures[name, small].cpu_ms
        table.add_row(name, f"{ratio:.2f}", "yes" if ratio <= MAX_GROWTH else "no")
    console.print(table)
