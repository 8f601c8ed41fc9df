"""Costs in the printed schema: `@cost` and `@listSize`, from which a client computes what `cost` estimates.

The directives are those of https://ibm.github.io/graphql-specs/cost-spec.html. The points of an operation are the sum
of its type cost and its field cost.
"""

from collections.abc import Iterator
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLSchema, get_named_type, is_composite_type, is_leaf_type
from graphql.pyutils import Undefined
from strawberry.schema_directive import Location

from .cost import SLICING_ARGUMENTS, declared_list_size, max_list_size, resolver_points
from .introspection_cost import is_list

SPECIFICATION = "https://ibm.github.io/graphql-specs/cost-spec.html"


@strawberry.schema_directive(
    locations=[
        *(Location.ARGUMENT_DEFINITION, Location.ENUM, Location.FIELD_DEFINITION, Location.INPUT_FIELD_DEFINITION),
        *(Location.OBJECT, Location.SCALAR),
    ],
    name="cost",
    description=(
        "The points of each call of a field, or of each object of a type. Without `@cost`, both are 1.0 for an object, "
        f"an interface or a union, and 0.0 for a scalar or an enum. See {SPECIFICATION}."
    ),
)
class Cost:
    weight: str


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description=(
        "How many items a list counts as: the greatest of the `slicingArguments` or their defaults, otherwise "
        "`assumedSize`. With `sizedFields`, not the field itself counts as that many items, but these lists inside. "
        f"See {SPECIFICATION}."
    ),
)
class ListSize:
    assumed_size: int | None = strawberry.UNSET
    slicing_arguments: list[str] | None = strawberry.UNSET
    sized_fields: list[str] | None = strawberry.UNSET
    require_one_slicing_argument: bool | None = True


DIRECTIVES = (Cost, ListSize)


def print_costs(schema: GraphQLSchema) -> None:
    """Let the definition of each field print the weight and the list size that `cost` estimates the field with."""
    for root in filter(None, (schema.query_type, schema.mutation_type, schema.subscription_type)):
        _set_directives(root, [Cost(weight="0.0")])  # the root objects are not among those that are counted
    for field in _fields(schema):
        _set_directives(field, [*_cost(field), *_list_size(field)])


def _fields(schema: GraphQLSchema) -> Iterator[GraphQLField]:
    for parent in schema.type_map.values():
        if is_composite_type(parent):
            yield from getattr(parent, "fields", {}).values()


def _set_directives(part: Any, directives: list[Any]) -> None:
    """Set the cost directives of a type or field, which keeps its others; a second schema sets the same ones again."""
    definition = part.extensions.get("strawberry-definition")
    if definition is not None:  # introspection has none
        others = [other for other in definition.directives or () if not isinstance(other, DIRECTIVES)]
        definition.directives = [*others, *directives]


def _cost(field: GraphQLField) -> list[Cost]:
    """Return the weight, unless the specification gives a field without `@cost` the same.

    A list of scalars always prints its weight: readers of the specification disagree on its default.
    """
    points, is_scalar = resolver_points(field), is_leaf_type(get_named_type(field.type))
    is_default = points == (0 if is_scalar else 1) and not (is_scalar and is_list(field.type))
    return [] if is_default else [Cost(weight=f"{points}.0")]


def _list_size(field: GraphQLField) -> list[ListSize]:
    slicing, declared = [name for name in SLICING_ARGUMENTS if name in field.args], declared_list_size(field)
    size = max_list_size(field) if declared is not None else _default_slice(field, slicing)
    sized = [] if is_list(field.type) else _unsized_lists(get_named_type(field.type))
    has_size, has_list = size is not None or slicing, is_list(field.type) or sized
    if not has_size or not has_list:
        return []
    return [
        ListSize(
            assumed_size=strawberry.UNSET if size is None else size,
            slicing_arguments=slicing or strawberry.UNSET,
            sized_fields=sized or strawberry.UNSET,
            require_one_slicing_argument=False if slicing else strawberry.UNSET,
        )
    ]


def _default_slice(field: GraphQLField, slicing: list[str]) -> int | None:
    """Return the default of a slicing argument; None if there is none."""
    defaults = (field.args[name].default_value for name in slicing)
    return next((default for default in defaults if default is not Undefined), None)


def _unsized_lists(type_: Any) -> list[str]:
    """Return the lists of a type that declare no length of their own, such as `edges` and `nodes`."""
    fields = getattr(type_, "fields", {})
    return [name for name, field in fields.items() if is_list(field.type) and declared_list_size(field) is None]
