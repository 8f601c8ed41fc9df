"""Cursors: a bad one nulls only its own list, and says so in an error; the rest of the page is answered."""

from typing import Any

import pytest
import strawberry
from graphql import NonNullTypeNode, ObjectTypeDefinitionNode, parse

import schema
from models import Campaign
from resolvers.context import Context
from resolvers.declarations import list_size, of_level
from resolvers.paging import Page
from schema.connections import Connection
from schema.fields import field
from tests.support.app import TestApp, running_app
from tests.support.docs import HOUSE
from tests.support.populated_site import PopulatedSite, populated_site

pytestmark = pytest.mark.anyio

LISTS = {
    "comments": ("campaign", "comments"),
    "updates": ("campaign", "updates"),
    "activity": ("campaign", "activity"),
    "replies": ("node", "replies"),
}
"""Four lists of a page, by the variable of their cursor, with their path in the answer."""
QUERY = """query ($id: ID!, $comments: String, $updates: String, $activity: String, $replies: String) {
    campaign(slug: "free-them") {
        title
        comments(after: $comments) { nodes { id } }
        updates(after: $updates) { nodes { id } }
        activity(after: $activity) { nodes { id } }
    }
    node(id: $id) { ... on Comment { id replies(after: $replies) { nodes { id } } } }
}"""


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "graphql-core"])
async def test_bad_cursor_nulls_its_own_list_only(compiled: bool) -> None:
    """The other three lists are as they are without it, and the one error has the path of the list."""
    async with running_app(compiled=compiled) as site:
        there = await populated_site(site)
        whole = await site.ask(QUERY, id=there.comments[0])
        for name, (parent, path) in LISTS.items():
            cursors = {"nonsense": "nonsense", "of another list": foreign_cursor(there, name)}
            for cursor in cursors.values():
                body = await site.post(QUERY, id=there.comments[0], **{name: cursor})

                (error,) = body["errors"]
                assert error["path"] == [parent, path]
                assert error["extensions"]["code"] == "INVALID_CURSOR"
                assert body["data"] == {**whole, parent: {**whole[parent], path: None}}
                assert whole[parent][path]["nodes"], name


def foreign_cursor(there: PopulatedSite, name: str) -> str:
    return there.cursors["activity" if name == "updates" else "updates"][0]


async def test_refused_size_nulls_its_own_list_only(site: TestApp) -> None:
    await populated_site(site)
    query = '{ campaign(slug: "free-them") { title bad: comments(first: 0) { totalCount } updates { totalCount } } }'

    body = await site.post(query)

    (error,) = body["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["campaign", "bad"], "INVALID")
    assert body["data"] == {"campaign": {"title": "Free them", "bad": None, "updates": {"totalCount": 3}}}


def test_every_field_with_a_cursor_is_null_only_with_an_error() -> None:
    """In the printed schema: the type is nullable, and `@semanticNonNull`. No other field has the directive."""
    marked, paged = set(), set()
    for node in parse((HOUSE / "schema" / "schema.graphql").read_text()).definitions:
        if isinstance(node, ObjectTypeDefinitionNode) and node.name.value != "Subscription":
            for one in node.fields or ():
                place = f"{node.name.value}.{one.name.value}"
                marked |= {place for directive in one.directives or () if directive.name.value == "semanticNonNull"}
                paged |= {place for argument in one.arguments or () if argument.name.value == "after"}
                assert place not in paged or not isinstance(one.type, NonNullTypeNode), place

    assert marked == paged
    assert {f"Campaign.{name}" for name in ("comments", "updates", "activity")} | {"Comment.replies"} < paged


@list_size(10)
@of_level
async def news(campaigns: list[Campaign], context: Context, page: Page) -> list[Any]:
    """The news."""
    return [None for _ in campaigns]


def test_field_with_a_cursor_that_is_never_null_is_refused() -> None:
    """The error names the field."""

    @strawberry.type
    class Item:
        name: str

    @strawberry.type
    class Query:
        news: Connection[Item] = field(news)

    with pytest.raises(TypeError, match=r"Query.news takes a cursor.*`\.\.\. \| None`"):
        schema.check_cursors(strawberry.Schema(Query)._schema)


async def unsized(campaigns: list[Campaign], context: Context, page: Page) -> list[Any]:
    """The news."""
    return []


def test_pages_without_a_declared_size_are_refused() -> None:
    with pytest.raises(TypeError, match=r"unsized can not be a field: its parameter 'page' .*@list_size"):
        field(unsized)


def test_argument_sizes_only_a_list_with_a_maximum() -> None:
    with pytest.raises(TypeError, match="at_most"):
        list_size("ids")
