"""Descriptions: the printed schema says what a client needs to know of a field, an argument and an enum."""

import re
from typing import Any

import pytest
from graphql import EnumTypeDefinitionNode, parse

from tests.support.docs import HOUSE
from tests.support.printed_cost import PrintedCosts, directive_of

PRINTED = (HOUSE / "schema" / "schema.graphql").read_text()
FIELDS = {
    f"{kind}.{name}": field for kind, fields in PrintedCosts(PRINTED).fields.items() for name, field in fields.items()
}
FIRST = {
    place: argument
    for place, field in FIELDS.items()
    for argument in field.arguments or ()
    if argument.name.value == "first" and len(field.arguments or ()) > 1
}
"""The arguments that size a page."""
ENUMS = {node.name.value: node for node in parse(PRINTED).definitions if isinstance(node, EnumTypeDefinitionNode)}
FIXED = {"ConfirmationDecision", "VoteDirection"}
"""The enums to which no value can be added: one says yes or no."""


def described(part: Any) -> str:
    assert part.description
    return str(part.description.value)


@pytest.mark.parametrize("place", sorted(FIRST))
def test_argument_says_the_default_size_of_a_page(place: str) -> None:
    """The size with which the cost is estimated."""
    size = (directive_of(FIELDS[place], "listSize") or {})["assumedSize"]

    assert re.search(rf"1 to 100; {size} if (neither|it is not given)", described(FIRST[place]))


def test_field_says_what_it_needs() -> None:
    """Exactly the fields with `@requires`, with the same scope or role."""
    needed = {place: directive_of(field, "requires") for place, field in FIELDS.items()}
    told = {
        place: re.search(r"^Needs the (scope|role) (\w+)", described(field), re.M) for place, field in FIELDS.items()
    }

    assert {place: {found[1]: found[2]} for place, found in told.items() if found} == {
        place: one for place, one in needed.items() if one
    }
    assert len([place for place in needed if needed[place]]) > 20


def test_field_says_who_needs_no_scope() -> None:
    assert described(FIELDS["Mutation.eraseSupporter"]).endswith("Needs the scope ERASE, except for oneself.")


@pytest.mark.parametrize("name", sorted(ENUMS))
def test_enum_says_that_more_values_may_come(name: str) -> None:
    assert described(ENUMS[name]).endswith(" More values may come.") == (name not in FIXED)


def test_fixed_enums_exist() -> None:
    assert FIXED - set(ENUMS) == set()


@pytest.mark.parametrize("name", ["requires", "semanticNonNull", "cost", "listSize"])
def test_directive_is_described(name: str) -> None:
    (definition,) = re.findall(rf'"""\n?(.*?)\n?"""\ndirective @{name}\(', PRINTED, re.DOTALL)[-1:]

    assert len(definition.split()) > 5
