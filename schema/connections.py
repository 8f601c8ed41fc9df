"""Connections as in the Relay specification, for every list that may be long."""

from typing import Generic, TypeVar

import strawberry

from schema.fields import field

T = TypeVar("T")


@strawberry.type(description="The position of a page in its list.")
class PageInfo:
    has_next_page: bool = field("Whether there are items after the page.")
    has_previous_page: bool = field("Whether there are items before the page.")
    start_cursor: str | None = field("The cursor of the first item; null for an empty page.")
    end_cursor: str | None = field("The cursor of the last item; null for an empty page.")


@strawberry.type(description="An item with its cursor.")
class Edge(Generic[T]):
    cursor: str = field("The cursor, for `after` and `before`. Valid for this list only.")
    node: T = field("The item.")


@strawberry.type(name="Connection", description="A page of a log, whose items are not counted.")
class Stream(Generic[T]):
    edges: list[Edge[T]] = field("The items with their cursors.")
    nodes: list[T] = field("The items.")
    page_info: PageInfo = field("The position of the page in the list.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = field("The items with their cursors.")
    nodes: list[T] = field("The items.")
    page_info: PageInfo = field("The position of the page in the list.")
    total_count: int = field("The number of items in the whole list.")
