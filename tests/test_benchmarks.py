"""The benchmarks measure answers: each of their requests is answered without an error or a refusal."""

from rich.progress import Progress

from benchmarks.generate import database
from benchmarks.server import groundswell
from benchmarks.workloads import WORKLOADS, Visitor

COMMENTS = 1_000


def test_each_benchmark_gets_an_answer() -> None:
    with Progress(disable=True) as progress:
        file = database(COMMENTS, progress)
    with groundswell(file, COMMENTS) as server:
        visitor = Visitor(server, COMMENTS)
        answers = {name: visitor.ask(requests(visitor)[0]) for name, requests in WORKLOADS.items()}

    assert answers.keys() == WORKLOADS.keys()
