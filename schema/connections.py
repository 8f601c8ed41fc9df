"""Connections as in the Relay specification, for every list that may be long."""

from typing import Generic, TypeVar

import strawberry

from schema.fields import field

T = TypeVar("T")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = field("Whether more comes after the page.")
    has_previous_page: bool = field("Whether there is more before the page.")
    start_cursor: str | None = field("The cursor of the first item; null for an empty page.")
    end_cursor: str | None = field("The cursor of the last item; null for an empty page.")


@strawberry.type(description="An item with its place in the list.")
class Edge(Generic[T]):
    cursor: str = field("The place, for `after` and `before`. Good for this list only.")
    node: T = field("The item.")


@strawberry.type(name="Connection", description="A page of a log; nothing counts how long it is.")
class Stream(Generic[T]):
    edges: list[Edge[T]] = field("The items with their cursors.")
    nodes: list[T] = field("The items.")
    page_info: PageInfo = field("Where the page lies.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = field("The items with their cursors.")
    nodes: list[T] = field("The items.")
    page_info: PageInfo = field("Where the page lies.")
    total_count: int = field("How many items the whole list has.")
