"""CPU time of a page query on rows in memory, compiled and on graphql-core in the same run."""

import asyncio
import enum
import gc
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import strawberry
from graphql import ExecutionResult, execute
from rich.console import Console
from strawberry.dataloader import DataLoader
from strawberry.execution import optimized_is_awaitable

from execution import Schema

T = TypeVar("T")
ROUNDS = 40
COMPILED_RUNS_PER_ROUND = 40
REFERENCE_RUNS_PER_ROUND = 2
VARIABLES = {"first": 20}


@strawberry.enum
class Reaction(enum.Enum):
    HEART = "heart"
    ANGER = "anger"


@dataclass
class Row:
    """A comment as a database returns it, with its replies already fetched."""

    id: str
    body: str
    created_at: datetime
    edited_at: datetime | None
    votes_count: int
    depth: int
    is_pinned: bool
    author: "Person"
    reactions: list["Tally"]
    replies: "Page"


@dataclass
class Page:
    nodes: list[Row]
    total_count: int
    page_info: "PageInfo"


@strawberry.type
class Person:
    display_name: str
    country: str | None


@strawberry.type
class Tally:
    kind: Reaction
    count: int


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Connection(Generic[T]):
    nodes: list[T]
    total_count: int
    page_info: PageInfo


def fetched_replies(root: Row, info: strawberry.Info, first: int = 3) -> Any:
    return root.replies


def future_replies(root: Row, info: strawberry.Info, first: int = 3) -> Any:
    """Return the loader's future from a sync resolver, which needs no task."""
    return info.context["replies"].load(root.id)


async def loaded_replies(root: Row, info: strawberry.Info, first: int = 3) -> Any:
    return await info.context["replies"].load(root.id)


@strawberry.type
class Comment:
    id: strawberry.ID
    body: str
    created_at: datetime
    edited_at: datetime | None
    votes_count: int
    depth: int
    is_pinned: bool
    author: Person | None
    reactions: list[Tally]
    replies: Connection["Comment"] = strawberry.field(resolver=fetched_replies)
    loaded: Connection["Comment"] = strawberry.field(resolver=loaded_replies)
    future: Connection["Comment"] = strawberry.field(resolver=future_replies)


@strawberry.type
class Query:
    @strawberry.field
    def comments(self, first: int = 20) -> Connection[Comment]:
        return THREADS  # type: ignore[return-value]


COMMENT = """
fragment Shown on Comment {
  __typename id body createdAt editedAt votesCount depth isPinned
  author { displayName country }
  reactions { kind count }
}
"""
PREPARED = (
    COMMENT
    + """
query Page($first: Int!) {
  comments(first: $first) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { ...Shown replies(first: 3) { totalCount pageInfo { hasNextPage endCursor } nodes { ...Shown } } }
  }
}
"""
)
PAGES = {
    "rows prepared": PREPARED,
    "replies by DataLoader": PREPARED.replace("replies(", "loaded("),
    "replies by DataLoader's futures": PREPARED.replace("replies(", "future("),
}


def make_row(number: int, depth: int, replies: int) -> Row:
    return Row(
        id=f"{depth}-{number}",
        body="We stand with him. " * 5,
        created_at=datetime(2026, 1, 1, 12, number % 60, tzinfo=UTC),
        edited_at=None,
        votes_count=number,
        depth=depth,
        is_pinned=False,
        author=Person(display_name=f"Katharina {number}", country="DE"),
        reactions=[Tally(kind=Reaction.HEART, count=number), Tally(kind=Reaction.ANGER, count=1)],
        replies=make_page([make_row(10 * number + reply, depth + 1, 0) for reply in range(replies)]),
    )


def make_page(rows: list[Row]) -> Page:
    return Page(rows, len(rows), PageInfo(has_next_page=False, end_cursor=None))


THREADS = make_page([make_row(number, 0, 3) for number in range(20)])
REPLIES = {thread.id: thread.replies for thread in THREADS.nodes}


async def load_replies(ids: list[str]) -> list[Page]:
    return [REPLIES[id_] for id_ in ids]


def make_context() -> dict[str, Any]:
    return {"replies": DataLoader(load_replies)}


def count_values(data: Any) -> int:
    if isinstance(data, dict):
        return sum(1 + count_values(value) for value in data.values())
    return sum(count_values(item) for item in data) if isinstance(data, list) else 0


Run = Callable[[], Coroutine[Any, Any, Any]]


def runs(schema: Schema, text: str) -> dict[str, tuple[Run, Run]]:
    """Return pairs of runs: compiled, and on graphql-core. Parsing and validation are cached for both."""
    reference = Schema(Query, compiled=False)
    ast, operation = reference.documents[text].ast, schema.documents[text].operation(None)
    assert ast is not None
    assert operation is not None

    async def compiled_only() -> Any:
        variables = operation.variables.coerce(VARIABLES)
        compiled = operation.compiled_for(VARIABLES)
        assert compiled is not None
        assert variables is not None
        started = operation.start(compiled, None, make_context(), variables, None)
        assert started is not None
        data, request = started
        if request.pending:
            assert await operation.finish(request)
        return ExecutionResult(data, None)

    async def core_only() -> Any:
        result: Any = execute(
            reference._schema,
            ast,
            context_value=make_context(),
            variable_values=VARIABLES,
            executor_class=reference.execution_context_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            operation_extensions=None,
        )
        return result if isinstance(result, ExecutionResult) else await result

    async def execute_compiled() -> Any:
        return await schema.execute(text, VARIABLES, make_context())

    async def execute_on_core() -> Any:
        return await reference.execute(text, VARIABLES, make_context())

    return {"execution alone": (compiled_only, core_only), "schema.execute": (execute_compiled, execute_on_core)}


def cpu_milliseconds(run: Run, count: int) -> float:
    """Return the mean CPU time of one run."""

    async def repeat() -> float:
        await run()
        start = time.process_time()
        for _ in range(count):
            await run()
        return (time.process_time() - start) / count * 1000

    return asyncio.run(repeat())


def compare(console: Console, name: str, compiled: Run, reference: Run) -> None:
    """Run both in turns, and print the minimum of each: other load on the machine can only add time."""
    compiled_times, reference_times = [], []
    for _ in range(ROUNDS):
        compiled_times.append(cpu_milliseconds(compiled, COMPILED_RUNS_PER_ROUND))
        reference_times.append(cpu_milliseconds(reference, REFERENCE_RUNS_PER_ROUND))
    console.print(
        f"  {name:16} compiled {min(compiled_times):6.3f} ms   graphql-core {min(reference_times):6.2f} ms"
        f"   {min(reference_times) / min(compiled_times):5.1f} times less",
        soft_wrap=True,
    )


def show(console: Console) -> None:
    schema = Schema(Query)
    for title, text in PAGES.items():
        data = asyncio.run(schema.execute(text, VARIABLES, make_context())).data
        operation = schema.documents[text].operation(None)
        assert operation is not None
        assert operation.runs == 1
        assert operation.fallbacks == 0
        console.print(f"{title}: {count_values(data):,} values")
        gc.collect()
        for name, (compiled, reference) in runs(schema, text).items():
            assert asyncio.run(compiled()).data == asyncio.run(reference()).data
            compare(console, name, compiled, reference)
