"""Defaults: for each argument and input field with a default, null means what leaving it out means: the default."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    value_from_ast_untyped,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from models import Role
from tests.api.test_access import link
from tests.support.access_matrix import AccessMatrix
from tests.support.app import running_app
from tests.support.docs import HOUSE
from tests.support.populated_site import WHOLE, populated_site

pytestmark = pytest.mark.anyio

PRINTED = (HOUSE / "schema" / "schema.graphql").read_text()
SCHEMA = build_schema(PRINTED)


class Default(NamedTuple):
    """An argument or input field with a default: its place, and the default as JSON."""

    place: str
    value: Any

    def __str__(self) -> str:
        return self.place


def _default(part: Any) -> Any:
    return value_from_ast_untyped(part.ast_node.default_value)


def _of_arguments() -> Iterator[Default]:
    for kind in SCHEMA.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                for argument, one in field.args.items():
                    if one.ast_node and one.ast_node.default_value:
                        yield Default(f"{kind.name}.{name}.{argument}", _default(one))


def _of_inputs() -> Iterator[Default]:
    assert SCHEMA.mutation_type
    for name, field in SCHEMA.mutation_type.fields.items():
        yield from _inside(get_named_type(field.args["input"].type), name)


def _inside(kind: Any, place: str) -> Iterator[Default]:
    """Yield the fields of an input type that have a default, also those of input objects inside."""
    for name, field in kind.fields.items():
        if field.ast_node.default_value:
            yield Default(f"{place}.{name}", _default(field))
        if isinstance(get_named_type(field.type), GraphQLInputObjectType):
            yield from _inside(get_named_type(field.type), f"{place}.{name}")


ARGUMENTS, INPUTS = list(_of_arguments()), list(_of_inputs())


def test_no_argument_or_input_field_with_a_default_refuses_null() -> None:
    schema_without_directives = PRINTED[PRINTED.index("\ntype ") :]

    assert len(ARGUMENTS) + len(INPUTS) > 25
    assert "! = " not in schema_without_directives


# ---------------------------------------------------------------- inputs of mutations


async def required(matrix: AccessMatrix, mutation: str) -> tuple[str, dict[str, Any]]:
    """Return who may run a mutation, and the input that the mutation requires."""
    about, texts = {"campaignId": matrix.campaign}, {"title": "T", "body": "B"}
    gift = {"providerReference": "pay-1", "money": {"amountMinor": 5000, "currency": "USD"}}
    if mutation == "confirmSignature":
        return "anonymous", {"token": await link(matrix, "anonymous")}
    if mutation == "eraseSupporter":
        found = await matrix.site.ask("{ viewer { supporter { id } } }", await matrix.site.guest())
        return "ADMIN", {"supporterId": found["viewer"]["supporter"]["id"]}
    given: dict[str, tuple[str, dict[str, Any]]] = {
        "createCampaign": ("ADMIN", {"slug": "s", "callToAction": "C", "target": "T", **texts, **WHOLE}),
        "updateCampaign": ("ADMIN", {**about, **WHOLE}),
        "postUpdate": ("ADMIN", {**about, **texts}),
        "recordDonation": ("ADMIN", {**about, **gift}),
        "signPetition": ("guest", {**about, "givenName": "Ada", "email": "ada@example.org"}),
        "introduce": ("anonymous", {"givenName": "Ada"}),
        "postComment": ("guest", {**about, "body": "Well said."}),
        "pinComment": ("ADMIN", {"commentId": matrix.comment}),
        "lockThread": ("ADMIN", {"commentId": matrix.comment}),
        "moderateComments": ("ADMIN", {"target": {"ids": [matrix.comment]}, "decision": "APPROVE"}),
    }
    return given[mutation]


def changed(given: dict[str, Any], path: list[str], *values: Any) -> dict[str, Any]:
    """Return the input with one field set to the value, or without the field if there is no value."""
    name, *rest = path
    if rest and isinstance(given[name], list):
        return {**given, name: [changed(item, rest, *values) for item in given[name]]}
    if rest:
        return {**given, name: changed(given[name], rest, *values)}
    others = {other: value for other, value in given.items() if other != name}
    return {**others, name: values[0]} if values else others


@pytest.mark.parametrize("default", [one for one in INPUTS if one.place != "signOut.everywhere"], ids=str)
async def test_null_absent_and_default_are_the_same_input(matrix: AccessMatrix, default: Default) -> None:
    """An idempotency key accepts the same input only, and answers with the first answer."""
    mutation, *path = default.place.split(".")
    role, given = await required(matrix, mutation)
    inputs = [changed(given, path, None), changed(given, path), changed(given, path, default.value)]

    answers = [
        await matrix.site.do(mutation, "__typename", matrix.tokens[role], **one, idempotencyKey="the-same")
        for one in inputs
    ]

    assert [answer.get("code") for answer in answers] == [None] * 3
    assert [answer["replayed"] for answer in answers] == [False, True, True]


async def test_null_absent_and_default_of_sign_out_are_refused_alike(matrix: AccessMatrix) -> None:
    """Expect what a guest gets, who has no session to end: a person who has signed out could not send it again."""
    inputs: list[dict[str, Any]] = [{"everywhere": None}, {}, {"everywhere": False}, {"everywhere": True}]

    answers = [await matrix.site.do("signOut", "__typename", matrix.tokens["guest"], **one) for one in inputs]

    assert [answer.get("code") for answer in answers] == ["INVALID", "INVALID", "INVALID", None]


async def test_null_does_what_the_default_does(matrix: AccessMatrix) -> None:
    """False and true: the default of `isPinned` of an update, and of `pinned` of a comment."""
    admin, about = matrix.tokens["ADMIN"], {"campaignId": matrix.campaign, "title": "T", "body": "B"}

    update = await matrix.site.do("postUpdate", "update { isPinned }", admin, **about, isPinned=None)
    pinned = await matrix.site.do("pinComment", "comment { isPinned }", admin, commentId=matrix.comment, pinned=None)

    assert update["update"] == {"isPinned": False}
    assert pinned["comment"] == {"isPinned": True}


async def test_null_inside_of_a_list_of_an_input_object_is_its_default(matrix: AccessMatrix) -> None:
    appeal = {**WHOLE["donation"], "suggestedAmounts": None}
    given = {"campaignId": matrix.campaign, "donation": appeal}
    shown = "campaign { donation { suggestedAmounts { amountMinor } } }"

    answer = await matrix.site.do("updateCampaign", shown, matrix.tokens["ADMIN"], **given)

    assert answer["campaign"] == {"donation": {"suggestedAmounts": []}}


# ---------------------------------------------------------------- arguments of fields

QUERIES = {
    "Query.campaigns.sort": "{ campaigns%s { nodes { id } } }",
    "Campaign.comments.sort": '{ campaign(slug: "free-them") { comments%s { nodes { id } } } }',
    "Campaign.allComments.sort": '{ campaign(slug: "free-them") { allComments%s { nodes { id } } } }',
    "Campaign.signaturesOverTime.by": '{ campaign(slug: "free-them") { signaturesOverTime%s { start direct } } }',
    "Query.moderationQueue.sort": "{ moderationQueue%s { nodes { id } } }",
    "Campaign.countries.first": '{ campaign(slug: "free-them") { countries%s { country count } } }',
    "CommentStats.recentAuthors.first": '{ campaign(slug: "free-them") { commentStats { recentAuthors%s { id } } } }',
    "Comment.replies.sort": '{ node(id: "COMMENT") { ... on Comment { replies%s { nodes { id } } } } }',
}
"""A query for each argument with a default; `%s` stands for the arguments."""


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "graphql-core"])
async def test_null_absent_and_default_have_the_same_answer(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    """Null and the default as literals and as variables, a variable that is not sent, and no argument."""
    assert set(QUERIES) == {default.place for default in ARGUMENTS}
    async with running_app(compiled=compiled) as site:
        there = await populated_site(site)
        moderator = await site.staff(Role.MODERATOR)
        runs = count_runs_of_graphql_core(monkeypatch)
        for place, default in ARGUMENTS:
            query = QUERIES[place].replace("COMMENT", there.comments[0])
            answers = [
                await site.ask(text, moderator, **variables) for text, variables in requests(query, place, default)
            ]
            assert answers == answers[:1] * 7, place
            assert "[]" not in str(answers[0]), place

    assert len(runs) == (0 if compiled else 7 * len(ARGUMENTS))


def requests(query: str, place: str, default: Any) -> list[tuple[str, dict[str, Any]]]:
    kind, field, name = place.split(".")
    type_ = SCHEMA.type_map[kind].fields[field].args[name].type  # type: ignore[attr-defined]
    taking = f"query ($given: {type_}%s) {query % f'({name}: $given)'}"
    return [
        (query % "", {}),
        (query % f"({name}: null)", {}),
        (query % f"({name}: {default})", {}),
        (taking % "", {}),
        (taking % "", {"given": None}),
        (taking % "", {"given": default}),
        (taking % " = null", {}),
    ]


def count_runs_of_graphql_core(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    runs: list[Any] = []
    execute = StrawberryGraphQLCoreExecutionContext.execute_operation

    def counted(self: Any, *given: Any) -> Any:
        runs.append(self)
        return execute(self, *given)

    monkeypatch.setattr(StrawberryGraphQLCoreExecutionContext, "execute_operation", counted)
    return runs
