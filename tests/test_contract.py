"""The contract for clients (contract.graphql) and the printed schema agree."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)
from graphql.language import InputObjectTypeDefinitionNode, ScalarTypeDefinitionNode

from server import create_schema
from settings import Settings

HERE = Path(__file__).resolve().parent
CONTRACT = parse((HERE / "contract.graphql").read_text())
PRINTED = (HERE.parent / "schema" / "schema.graphql").read_text()
SCHEMA = parse(PRINTED)

# What the contract promises and the schema does not have yet. Later parts shorten this list; nothing may extend it.
STILL_MISSING = set(
    """
    Pulse Subscription.pulse
    """.split()
)

FIELDED = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode, InputObjectTypeDefinitionNode)


def types(document: DocumentNode) -> dict[str, TypeDefinitionNode]:
    return {node.name.value: node for node in document.definitions if isinstance(node, TypeDefinitionNode)}


def parts(document: DocumentNode) -> dict[str, str]:
    """Return all parts of a schema by name: types, fields, arguments, members and enum values."""
    return {name: said for node in types(document).values() for name, said in _parts(node)}


def _parts(node: Any) -> Iterator[tuple[str, str]]:
    name = node.name.value
    yield name, _kind(node)
    if isinstance(node, FIELDED):
        for field in node.fields or ():
            yield f"{name}.{field.name.value}", _typed(field)
            for argument in getattr(field, "arguments", None) or ():
                yield f"{name}.{field.name.value}({argument.name.value}:)", _typed(argument)
    elif isinstance(node, UnionTypeDefinitionNode):
        for member in node.types or ():
            yield f"{name}={member.name.value}", "member"
    elif isinstance(node, EnumTypeDefinitionNode | EnumTypeExtensionNode):
        for value in node.values or ():
            yield f"{name}:{value.name.value}", "value"


def _kind(node: Any) -> str:
    implemented = sorted(one.name.value for one in getattr(node, "interfaces", None) or ())
    return f"{type(node).__name__} {' '.join(implemented)}".strip()


def _typed(node: Any) -> str:
    default = getattr(node, "default_value", None)
    return print_ast(node.type) + (f" = {print_ast(default)}" if default is not None else "")


def owner(part: str) -> str:
    """Return the type of a part."""
    for mark in ".=:":
        part = part.partition(mark)[0]
    return part


def holder(part: str) -> str:
    """Return the parent of a part: the field of an argument, otherwise the type."""
    return part.partition("(")[0] if "(" in part else owner(part)


def test_missing_parts_of_the_contract_are_listed() -> None:
    """A part that is added must be removed from the list."""
    promised, there = set(parts(CONTRACT)), set(parts(SCHEMA))

    # a type or field that is missing stands for all that is in it
    missing = {part for part in promised - there if part == owner(part) or holder(part) in there}

    assert missing == STILL_MISSING


def test_schema_agrees_with_the_contract() -> None:
    """Kinds, interfaces, types, nullability and defaults."""
    promised, there = parts(CONTRACT), parts(SCHEMA)

    different = {part: (said, there[part]) for part, said in promised.items() if part in there and there[part] != said}

    assert different == {}


def test_additional_arguments_are_optional() -> None:
    """A client that follows the contract is never refused for an argument that the contract does not have.

    A field or input type that the contract does not have may have required arguments.
    """
    promised = parts(CONTRACT)
    demanded = {
        part
        for part, said in parts(SCHEMA).items()
        if (part.endswith(":)") or isinstance(types(SCHEMA)[owner(part)], InputObjectTypeDefinitionNode))
        and said.endswith("!")
        and holder(part) in promised
    }

    assert demanded - set(promised) == set()


@pytest.mark.parametrize("name", sorted(types(SCHEMA)))
def test_every_type_is_described(name: str) -> None:
    """The type, its fields, arguments and enum values have descriptions, which clients' tools show."""
    node: Any = types(SCHEMA)[name]
    described = [(name, node)]
    for field in getattr(node, "fields", None) or ():
        described.append((f"{name}.{field.name.value}", field))
        for argument in getattr(field, "arguments", None) or ():
            described.append((f"{name}.{field.name.value}({argument.name.value}:)", argument))
    described += [(f"{name}:{value.name.value}", value) for value in getattr(node, "values", None) or ()]

    silent = [part for part, one in described if one.description is None or not one.description.value.strip()]

    assert silent == []


def test_printed_schema_is_up_to_date() -> None:
    assert create_schema(Settings()).as_str() + "\n" == PRINTED


def test_mutation_takes_an_input_and_returns_payload_or_problem() -> None:
    said = parts(SCHEMA)
    for part in said:
        if owner(part) == "Mutation" and "(" not in part and "." in part:
            name = part.partition(".")[2]
            title = name[0].upper() + name[1:]

            assert said[f"{part}(input:)"] == f"{title}Input!"
            assert said[part] == f"{title}Result!"
            assert {p for p in said if p.startswith(f"{title}Result=")} == {
                f"{title}Result={title}Payload",
                f"{title}Result=Problem",
            }


def test_input_has_idempotency_key_and_payload_has_replayed() -> None:
    said = parts(SCHEMA)
    mutations = [part.partition(".")[2] for part in said if part.startswith("Mutation.") and "(" not in part]
    titles = [name[0].upper() + name[1:] for name in mutations]

    assert {said.get(f"{title}Input.idempotencyKey") for title in titles} == {"String"}
    assert {said.get(f"{title}Payload.replayed") for title in titles} == {"Boolean!"}


def test_scalars_have_a_specification() -> None:
    """Each scalar has the URL of its standard."""
    scalars = [node for node in types(SCHEMA).values() if isinstance(node, ScalarTypeDefinitionNode)]

    assert len(scalars) == 6
    assert all([one.name.value for one in node.directives or ()] == ["specifiedBy"] for node in scalars)
