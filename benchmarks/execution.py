"""CPU of a page query compiled and on graphql-core, in one run, as a ratio: python benchmarks/execution.py."""

import asyncio
import enum
import gc
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import strawberry
from graphql import ExecutionResult, execute
from strawberry.dataloader import DataLoader

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from execution import Schema
from execution.executor import Executor, on_graphql_core

T = TypeVar("T")
ROUNDS = 15


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
LOADED = PREPARED.replace("replies(", "loaded(")


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


Run = Callable[[], Awaitable[Any]]


def runs(schema: Schema, text: str) -> dict[str, tuple[Run, Run]]:
    """What is compared: each compiled, and on graphql-core with parsing and validation remembered as well."""
    document = schema.documents[text]
    assert document.ast is not None
    ast, variables = document.ast, {"first": 20}

    async def alone() -> Any:
        result: Any = execute(
            schema._schema,
            ast,
            context_value=context(),
            variable_values=variables,
            executor_class=Executor,
            operation_extensions=None,
        )
        return result if isinstance(result, ExecutionResult) else await result

    async def whole() -> Any:
        return await schema.execute(text, variables, context())

    def reference(run: Run) -> Run:
        async def on_core() -> Any:
            with on_graphql_core():
                return await run()

        return on_core

    plain = Schema(Query, compiled=False)

    async def whole_reference() -> Any:
        return await plain.execute(text, variables, context())

    return {"execution alone": (alone, reference(alone)), "schema.execute": (whole, whole_reference)}


def cpu(run: Run, times: int) -> float:
    """Milliseconds of CPU for one run."""

    async def repeat() -> float:
        await run()
        start = time.process_time()
        for _ in range(times):
            await run()
        return (time.process_time() - start) / times * 1000

    return asyncio.run(repeat())


def compare(name: str, compiled: Run, reference: Run) -> None:
    """The two take turns, so that a noisy neighbour disturbs both."""
    fast, slow = [], []
    for _ in range(ROUNDS):
        fast.append(cpu(compiled, 100))
        slow.append(cpu(reference, 3))
    ratio = statistics.median(slow) / statistics.median(fast)
    print(
        f"  {name:16} compiled {statistics.median(fast):6.3f} ms   "
        f"graphql-core {statistics.median(slow):6.2f} ms   {ratio:5.1f} times less"
    )


def main() -> None:
    schema = Schema(Query)
    for title, text in {"rows prepared": PREPARED, "replies by DataLoader": LOADED}.items():
        data = asyncio.run(schema.execute(text, {"first": 20}, context())).data
        operation = schema.documents[text].operation(None)
        assert operation is not None
        assert operation.runs == 1
        assert operation.fallbacks == 0
        print(f"{title}: {count_values(data):,} values")
        gc.collect()
        for name, (compiled, reference) in runs(schema, text).items():
            assert asyncio.run(compiled()).data == asyncio.run(reference()).data
            compare(name, compiled, reference)


if __name__ == "__main__":
    main()
