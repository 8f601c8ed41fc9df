"""CPU of a page query with rows prepared, compiled and on graphql-core in the same run."""

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
VARIABLES = {"first": 20}


@strawberry.enum
class Reaction(enum.Enum):
    HEART = "heart"
    ANGER = "anger"


@dataclass
class Row:
    """A comment as a database would have given it, its replies fetched with it."""

    id: str
    body: str
    created_at: datetime
    edited_at: datetime | None
    votes_count: int
    depth: int
    is_pinned: bool
    author: "Person"
    reactions: list["Tally"]
    replies: "Slice"


@dataclass
class Slice:
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


def prepared(root: Row, info: strawberry.Info, first: int = 3) -> Any:
    return root.replies


def promised(root: Row, info: strawberry.Info, first: int = 3) -> Any:
    """Not async itself: hands on the loader's future, which costs no task."""
    return info.context["replies"].load(root.id)


async def loaded(root: Row, info: strawberry.Info, first: int = 3) -> Any:
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
    replies: Connection["Comment"] = strawberry.field(resolver=prepared)
    loaded: Connection["Comment"] = strawberry.field(resolver=loaded)
    promised: Connection["Comment"] = strawberry.field(resolver=promised)


@strawberry.type
class Query:
    @strawberry.field
    def comments(self, first: int = 20) -> Connection[Comment]:
        return THREADS  # type: ignore[return-value]


COMMENT = """
fragment Told on Comment {
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
    nodes { ...Told replies(first: 3) { totalCount pageInfo { hasNextPage endCursor } nodes { ...Told } } }
  }
}
"""
)
PAGES = {
    "rows prepared": PREPARED,
    "replies by DataLoader": PREPARED.replace("replies(", "loaded("),
    "replies by DataLoader's futures": PREPARED.replace("replies(", "promised("),
}


def row(number: int, depth: int, replies: int) -> Row:
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
        replies=page([row(10 * number + reply, depth + 1, 0) for reply in range(replies)]),
    )


def page(rows: list[Row]) -> Slice:
    return Slice(rows, len(rows), PageInfo(has_next_page=False, end_cursor=None))


THREADS = page([row(number, 0, 3) for number in range(20)])
REPLIES = {thread.id: thread.replies for thread in THREADS.nodes}


async def load_replies(ids: list[str]) -> list[Slice]:
    return [REPLIES[id_] for id_ in ids]


def context() -> dict[str, Any]:
    return {"replies": DataLoader(load_replies)}


def count_values(data: Any) -> int:
    if isinstance(data, dict):
        return sum(1 + count_values(value) for value in data.values())
    return sum(count_values(item) for item in data) if isinstance(data, list) else 0


Run = Callable[[], Coroutine[Any, Any, Any]]


def runs(schema: Schema, text: str) -> dict[str, tuple[Run, Run]]:
    """What is compared: each compiled, and on graphql-core with parsing and validation remembered as well."""
    reference = Schema(Query, compiled=False)
    ast, operation = reference.documents[text].ast, schema.documents[text].operation(None)
    assert ast is not None
    assert operation is not None

    async def alone() -> Any:
        variables = operation.variables.coerce(VARIABLES)
        compiled = operation.compiled_for(VARIABLES)
        assert compiled is not None
        assert variables is not None
        started = operation.start(compiled, None, context(), variables, None)
        assert started is not None
        data, request = started
        if request.pending:
            assert await operation.finish(request)
        return ExecutionResult(data, None)

    async def alone_on_core() -> Any:
        result: Any = execute(
            reference._schema,
            ast,
            context_value=context(),
            variable_values=VARIABLES,
            executor_class=reference.execution_context_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            operation_extensions=None,
        )
        return result if isinstance(result, ExecutionResult) else await result

    async def whole() -> Any:
        return await schema.execute(text, VARIABLES, context())

    async def whole_on_core() -> Any:
        return await reference.execute(text, VARIABLES, context())

    return {"execution alone": (alone, alone_on_core), "schema.execute": (whole, whole_on_core)}


def cpu(run: Run, times: int) -> float:
    """Milliseconds of CPU for one run."""

    async def repeat() -> float:
        await run()
        start = time.process_time()
        for _ in range(times):
            await run()
        return (time.process_time() - start) / times * 1000

    return asyncio.run(repeat())


def compare(console: Console, name: str, compiled: Run, reference: Run) -> None:
    """The two take turns, and of each the least is told: a busy machine only ever adds."""
    fast, slow = [], []
    for _ in range(ROUNDS):
        fast.append(cpu(compiled, 40))
        slow.append(cpu(reference, 2))
    console.print(
        f"  {name:16} compiled {min(fast):6.3f} ms   graphql-core {min(slow):6.2f} ms"
        f"   {min(slow) / min(fast):5.1f} times less",
        soft_wrap=True,
    )


def show(console: Console) -> None:
    schema = Schema(Query)
    for title, text in PAGES.items():
        data = asyncio.run(schema.execute(text, VARIABLES, context())).data
        operation = schema.documents[text].operation(None)
        assert operation is not None
        assert operation.runs == 1
        assert operation.fallbacks == 0
        console.print(f"{title}: {count_values(data):,} values")
        gc.collect()
        for name, (compiled, reference) in runs(schema, text).items():
            assert asyncio.run(compiled()).data == asyncio.run(reference()).data
            compare(console, name, compiled, reference)
