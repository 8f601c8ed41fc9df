"""The printed schema has everything in the contract, with the same types."""

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

# Parts of the contract that the schema does not have yet. A later change may shorten this list, but never extend it.
STILL_MISSING: set[str] = set()

FIELDED = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode, InputObjectTypeDefinitionNode)


def types(document: DocumentNode) -> dict[str, TypeDefinitionNode]:
    return {node.name.value: node for node in document.definitions if isinstance(node, TypeDefinitionNode)}


def parts(document: DocumentNode) -> dict[str, str]:
    """Map types, fields, arguments, union members and enum values to their kind or type."""
    return {name: text for node in types(document).values() for name, text in _parts(node)}


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
    """Return the type that a part belongs to."""
    for mark in ".=:":
        part = part.partition(mark)[0]
    return part


def holder(part: str) -> str:
    """Return the parent of a part: the field of an argument, the type of anything else."""
    return part.partition("(")[0] if "(" in part else owner(part)


def test_only_known_parts_of_the_contract_are_missing() -> None:
    """A change that adds a missing part also removes the part from STILL_MISSING."""
    promised, printed = set(parts(CONTRACT)), set(parts(SCHEMA))

    # the parts of a missing type or field are not listed
    missing = {part for part in promised - printed if part == owner(part) or holder(part) in printed}

    assert missing == STILL_MISSING


def test_schema_keeps_the_types_of_the_contract() -> None:
    """Kinds, interfaces, types, nullability and defaults."""
    promised, printed = parts(CONTRACT), parts(SCHEMA)

    different = {
        part: (text, printed[part]) for part, text in promised.items() if part in printed and printed[part] != text
    }

    assert different == {}


def test_no_input_beyond_the_contract_is_required() -> None:
    """A client written from the contract sends every required argument and input field.

    Fields and types that the contract does not have may require arguments.
    """
    promised = parts(CONTRACT)
    required = {
        part
        for part, text in parts(SCHEMA).items()
        if (part.endswith(":)") or isinstance(types(SCHEMA)[owner(part)], InputObjectTypeDefinitionNode))
        and text.endswith("!")
        and holder(part) in promised
    }

    assert required - set(promised) == set()


@pytest.mark.parametrize("name", sorted(types(SCHEMA)))
def test_every_part_has_a_description(name: str) -> None:
    """The type, its fields, their arguments and the enum values are described, for the tools of client developers."""
    node: Any = types(SCHEMA)[name]
    described = [(name, node)]
    for field in getattr(node, "fields", None) or ():
        described.append((f"{name}.{field.name.value}", field))
        for argument in getattr(field, "arguments", None) or ():
            described.append((f"{name}.{field.name.value}({argument.name.value}:)", argument))
    described += [(f"{name}:{value.name.value}", value) for value in getattr(node, "values", None) or ()]

    silent = [part for part, one in described if one.description is None or not one.description.value.strip()]

    assert silent == []


def test_printed_schema_is_current() -> None:
    assert create_schema(Settings()).as_str() + "\n" == PRINTED


def test_every_mutation_has_one_input_and_a_result_union() -> None:
    printed = parts(SCHEMA)
    for part in printed:
        if owner(part) == "Mutation" and "(" not in part and "." in part:
            name = part.partition(".")[2]
            title = name[0].upper() + name[1:]

            assert printed[f"{part}(input:)"] == f"{title}Input!"
            assert printed[part] == f"{title}Result!"
            assert {p for p in printed if p.startswith(f"{title}Result=")} == {
                f"{title}Result={title}Payload",
                f"{title}Result=Problem",
            }


def test_every_mutation_has_idempotency_key_and_replayed() -> None:
    printed = parts(SCHEMA)
    mutations = [part.partition(".")[2] for part in printed if part.startswith("Mutation.") and "(" not in part]
    titles = [name[0].upper() + name[1:] for name in mutations]

    assert {printed.get(f"{title}Input.idempotencyKey") for title in titles} == {"String"}
    assert {printed.get(f"{title}Payload.replayed") for title in titles} == {"Boolean!"}


def test_scalars_link_to_their_specification() -> None:
    scalars = [node for node in types(SCHEMA).values() if isinstance(node, ScalarTypeDefinitionNode)]

    assert len(scalars) == 7
    assert all([one.name.value for one in node.directives or ()] == ["specifiedBy"] for node in scalars)
