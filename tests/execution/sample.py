"""A sample schema with one of every kind of type and field, its rows, and faults to inject into its resolvers."""

import datetime
import decimal
import enum
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, NewType, TypeVar, cast

import strawberry
from graphql.pyutils import Path
from strawberry.dataloader import DataLoader
from strawberry.directive import DirectiveLocation, DirectiveValue
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

import execution

T = TypeVar("T")


@strawberry.enum
class Mood(enum.Enum):
    HOPE = "hope"
    ANGER = "anger"
    GRIEF = strawberry.enum_value("grief", description="sorrow")


@strawberry.enum
class Order(enum.Enum):
    NEWEST = "newest"
    OLDEST = "oldest"


Slug = NewType("Slug", str)
Total = NewType("Total", int)


@dataclass
class PersonRow:
    id: str
    name: str
    country: str | None = None


@dataclass
class CommentRow:
    id: str
    body: str
    votes: int
    author: PersonRow | None
    score: float | None = 0.5
    is_pinned: bool = False
    created_at: Any = datetime.datetime(2026, 3, 1, 9, 30, tzinfo=datetime.UTC)
    day: Any = datetime.date(2026, 3, 1)
    amount: decimal.Decimal | None = decimal.Decimal("12.50")
    mood: Any = Mood.HOPE
    slug: str = "a slug"
    total: Any = 3_000_000_000
    tags: Any = field(default_factory=lambda: ["a", "b"])
    grid: Any = field(default_factory=lambda: [[1, 2], None, [3]])
    extra: Any = field(default_factory=lambda: {"k": [1, {"n": None}]})
    replies: list["CommentRow"] = field(default_factory=list)


@dataclass
class UpdateRow:
    id: str
    title: str
    votes: int = 7
    comments: list[CommentRow] = field(default_factory=list)


@dataclass
class PledgeRow:
    amount: int
    by: PersonRow


@dataclass
class Viewer:
    """The context of one request: the faults to inject by field name, a batch loader, and the recorded calls."""

    faults: dict[str, str] = field(default_factory=dict)
    is_staff: bool = True
    name: str = "anyone"
    calls: list[str] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replies: DataLoader[str, list[CommentRow]] = DataLoader(self._load)

    async def _load(self, ids: list[str]) -> list[list[CommentRow]]:
        self.batches.append(list(ids))
        return [BY_ID[id_].replies for id_ in ids]


def with_fault(info: Any, name: str, value: Any) -> Any:
    """Record the call, and return the value, or raise or return the fault that is injected into this field."""
    info.context.calls.append(name)
    fault = info.context.faults.get(name)
    if fault == "raise":
        raise ValueError(f"{name} broke")
    faulty_values: dict[str | None, Any] = {
        "null": None,
        "error": ValueError(f"{name} is an error"),
        "odd": object,
        "empty": [],
    }
    return faulty_values.get(fault, value)


class IsStaff(BasePermission):
    message = "Staff only"

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return bool(info.context.is_staff)


class Uppercase(FieldExtension):
    def resolve(self, next_: Callable[..., Any], source: Any, info: Any, **kwargs: Any) -> Any:
        return str(next_(source, info, **kwargs)).upper()


class AsyncUppercase(FieldExtension):
    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Any, **kwargs: Any) -> Any:
        return str(await next_(source, info, **kwargs)).upper()


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.interface
class Voted:
    votes: int


@strawberry.type
class Person:
    name: str
    country: str | None

    @strawberry.field
    def greeting(self, info: strawberry.Info, word: str = "Hello") -> str:
        return cast("str", with_fault(info, "greeting", f"{word} {self.name}"))

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        return isinstance(obj, PersonRow)


@strawberry.type
class Page(Generic[T]):
    nodes: list[T]
    total: int


@dataclass
class Slice:
    nodes: list[Any]
    total: int


@strawberry.input
class Filter:
    mood: Mood | None = Mood.HOPE
    words: list[str] = strawberry.field(default_factory=list)
    minimum: int = 0


def first_replies(root: Any, info: strawberry.Info, first: int = 2, order: Order = Order.NEWEST) -> Any:
    """Return an awaitable from a resolver that is not async."""

    async def load() -> Any:
        rows = await info.context.replies.load(root.id)
        rows = rows if order is Order.NEWEST else rows[::-1]
        return with_fault(info, "replies", Slice(rows[:first], len(rows)))

    return load()


@strawberry.type
class Comment(Node, Voted):
    body: str
    score: float | None
    is_pinned: bool
    created_at: datetime.datetime
    day: datetime.date
    amount: decimal.Decimal | None
    mood: Mood
    slug: Slug
    total: Total
    tags: list[str]
    grid: list[list[int] | None]
    extra: JSON
    author: Person | None
    replies: Page["Comment"] = strawberry.field(resolver=first_replies)

    @classmethod
    @execution.by_class
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        return isinstance(obj, CommentRow)

    @strawberry.field
    def shout(self, info: strawberry.Info, times: int = 1, mark: str | None = "!") -> str | None:
        text = with_fault(info, "shout", cast("Any", self).body.upper() * times)
        return f"{text}{mark}" if isinstance(text, str) else text

    @strawberry.field
    async def loaded(self, info: strawberry.Info) -> list["Comment"]:
        rows = await info.context.replies.load(self.id)
        return cast("list[Comment]", with_fault(info, "loaded", rows))

    @strawberry.field
    def related(self, info: strawberry.Info) -> list["Happening"] | None:
        return cast("list[Happening]", with_fault(info, "related", [UPDATES[0], PLEDGE, *COMMENTS[:1]]))

    @strawberry.field(permission_classes=[IsStaff])  # type: ignore[untyped-decorator]
    def secret(self, info: strawberry.Info) -> str | None:
        return cast("str", with_fault(info, "secret", "hidden"))

    @strawberry.field(extensions=[Uppercase()])  # type: ignore[untyped-decorator]
    def loud(self, info: strawberry.Info, suffix: str = "?") -> str:
        return cast("str", with_fault(info, "loud", f"{self.body}{suffix}"))

    @strawberry.field(extensions=[AsyncUppercase()])  # type: ignore[untyped-decorator]
    async def loud_async(self) -> str:
        return self.body

    @strawberry.field
    def matches(self, info: strawberry.Info, filter_by: Filter, moods: list[Mood] | None = None) -> list[str]:
        values = [str(filter_by.mood), *filter_by.words, str(filter_by.minimum), *(str(mood) for mood in moods or ())]
        return cast("list[str]", with_fault(info, "matches", values))

    @strawberry.field
    def where(self, info: strawberry.Info) -> str:
        """Read the path, which compiled code does not have."""
        path: Path = info.path
        return ".".join(str(key) for key in path.as_list())


@strawberry.type
class Update(Node, Voted):
    title: str
    comments: list[Comment]

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        return isinstance(obj, UpdateRow)


@strawberry.type
class Pledge:
    amount: int
    by: Person

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        return isinstance(obj, PledgeRow)


Happening = Annotated[Comment | Update | Pledge, strawberry.union("Happening")]


@strawberry.type
class Query:
    @strawberry.field
    def comments(self, info: strawberry.Info, first: int = 3, order: Order = Order.NEWEST) -> list[Comment]:
        rows = COMMENTS if order is Order.NEWEST else COMMENTS[::-1]
        return cast("list[Comment]", with_fault(info, "comments", rows[:first]))

    @strawberry.field
    async def comment(self, info: strawberry.Info, id: strawberry.ID) -> Comment | None:
        return cast("Comment", with_fault(info, "comment", BY_ID.get(str(id))))

    @strawberry.field
    def happenings(self, info: strawberry.Info) -> list[Happening]:
        return cast("list[Happening]", with_fault(info, "happenings", [*COMMENTS[:2], *UPDATES, PLEDGE]))

    @strawberry.field
    def nodes(self, info: strawberry.Info) -> list[Node | None]:
        return cast("list[Node | None]", with_fault(info, "nodes", (*UPDATES, None, *COMMENTS)))

    @strawberry.field
    async def voted(self, info: strawberry.Info) -> Voted:
        return cast("Voted", with_fault(info, "voted", UPDATES[0]))

    @strawberry.field
    def viewer(self, info: strawberry.Info) -> str:
        return cast("str", with_fault(info, "viewer", info.context.name))

    @strawberry.field
    def nothing(self) -> str | None:
        return None


@strawberry.type
class Mutation:
    @strawberry.mutation
    def bump(self, info: strawberry.Info, by: int = 1) -> int:
        return int(with_fault(info, "bump", by + 1))

    @strawberry.mutation
    async def move(self, info: strawberry.Info, id: strawberry.ID) -> Comment | None:
        return cast("Comment", with_fault(info, "move", BY_ID.get(str(id))))

    @strawberry.mutation
    def begin(self, info: strawberry.Info) -> list[Happening]:
        return cast("list[Happening]", with_fault(info, "begin", [COMMENTS[0], UPDATES[0], PLEDGE]))


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def posted(self, info: strawberry.Info, count: int = 2) -> AsyncIterator[Comment]:
        for row in COMMENTS[:count]:
            yield with_fault(info, "posted", row)


@strawberry.directive(locations=[DirectiveLocation.FIELD], name="reversed")
def reverse(value: DirectiveValue[str], twice: bool = False) -> str:
    return value if twice else value[::-1]


def _config() -> StrawberryConfig:
    slug = strawberry.scalar(name="Slug", serialize=lambda value: value.replace(" ", "-"), parse_value=str)
    total = strawberry.scalar(name="Total", serialize=_serialize_total, parse_value=int)
    return StrawberryConfig(scalar_map={Slug: slug, Total: total})


def _serialize_total(value: Any) -> int:
    if value.__class__ is not int or abs(value) >= 2**53:
        raise ValueError("not a total")
    return int(value)


_serialize_total.unchanged_to = 2**53 - 1  # type: ignore[attr-defined]


def schema(schema_class: type[execution.Schema] = execution.Schema, **options: Any) -> execution.Schema:
    options = {"limits": None, **options}
    return schema_class(Query, Mutation, Subscription, config=_config(), **options)


def _comment(id_: str, replies: int = 0) -> CommentRow:
    author = PersonRow(f"p{id_}", f"Person {id_}", "DE") if id_[-1] not in "15" else None
    row = CommentRow(id_, f"comment {id_}", votes=len(id_) * 3, author=author)
    row.replies = [_comment(f"{id_}{number}") for number in range(replies)]
    return row


COMMENTS = [_comment("c0", 3), _comment("c1", 2), _comment("c2", 0)]
BY_ID = {row.id: row for comment in COMMENTS for row in (comment, *comment.replies)}
UPDATES = [UpdateRow("u0", "We won", comments=COMMENTS[:1]), UpdateRow("u1", "Still waiting")]
PLEDGE = PledgeRow(50, PersonRow("p9", "Zoë"))


def as_sent(result: Any) -> tuple[str, list[Any]]:
    """Return an answer as a client sees it: the data with its keys in order, and the errors."""
    errors = [error.formatted for error in result.errors or []]
    return json.dumps(result.data), errors
