"""Hypothesis strategies that generate operations, with their variables, for any schema."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import strategies as st

Draw = Callable[[Any], Any]
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Int": st.integers(-2, 4),
    "Float": st.floats(-2, 2, allow_nan=False).map(lambda number: round(number, 2)),
    "String": st.sampled_from(["", "x", "Zoë"]),
    "ID": st.sampled_from(["c0", "c1", "c01", "none"]),
    "Boolean": st.booleans(),
}


@dataclass
class GeneratedOperation:
    """The text of a document with one operation, and the variables to send with it."""

    text: str
    variables: dict[str, Any]


@dataclass
class Preferences:
    """Weights for generated values and fields, by `Type.field.argument`, by the argument's name, or by the type's name.

    values: the strategy for a scalar.
    odds: n, where an optional argument is passed once in n times.
    likely: fields to select more often than others, by `Type`.
    """

    values: Mapping[str, st.SearchStrategy[Any]] = field(default_factory=dict)
    odds: Mapping[str, int] = field(default_factory=dict)
    likely: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass
class OperationGenerator:
    """Draw one operation, whose selections can nearly always be merged, and whose fragments are spread repeatedly."""

    schema: GraphQLSchema
    draw: Draw
    directives: tuple[str, ...] = ()
    preferences: Preferences = field(default_factory=Preferences)
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict)
    definitions: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)

    def operation(self, kind: str, depth: int) -> GeneratedOperation:
        root = self.schema.get_root_type(OperationType(kind))
        body = self.selection_set(root, depth, is_root=True)
        head = f"{kind} Made({', '.join(self.definitions)})" if self.definitions else kind
        fragments = [f"fragment {name} on {on} {body}" for name, (on, body) in self.fragments.items() if body]
        return GeneratedOperation("\n".join([f"{head} {body}", *fragments]), self.variables)

    def choose(self, options: Sequence[Any]) -> Any:
        """Draw one option. `sampled_from` would cost more than all else here, for each new list of options."""
        return options[self.draw(st.integers(0, len(options) - 1))]

    def selection_set(self, type_: Any, depth: int, is_root: bool = False) -> str:
        max_selections = 1 if is_root and type_ is self.schema.subscription_type else 4
        count = self.draw(st.integers(1, max_selections))
        return "{ " + " ".join(self.selection(type_, depth, max_selections) for _ in range(count)) + " }"

    def selection(self, type_: Any, depth: int, max_selections: int) -> str:
        kinds = ["field"] * 6 + (["typename", "inline", "spread", "again"] if max_selections > 1 else [])
        kind = self.choose(kinds)
        fields = getattr(type_, "fields", {})
        likely = self.preferences.likely.get(type_.name, [])
        names = [name for name in [*fields, *likely] if self.is_within_depth(fields[name], depth)]
        finished = self.finished_fragments(type_)
        if kind == "inline":
            on = self.possible_type(type_)
            body = self.selection_set(self.schema.get_type(on), max(depth - 1, 0))
            return f"... on {on}{self.conditions()} {body}"
        if kind == "spread":
            return f"...{self.new_fragment(type_, depth)}{self.conditions()}"
        if kind == "again" and finished:
            return f"...{self.choose(finished)}"
        if kind == "typename" or not names:
            return "__typename" if self.draw(st.booleans()) else "made: __typename"
        return self.field(type_, self.choose(names), depth)

    def is_within_depth(self, field: GraphQLField, depth: int) -> bool:
        return depth > 0 or not is_composite_type(get_named_type(field.type))

    def possible_type(self, type_: Any) -> str:
        """Draw the name of a type that a value of this type may have."""
        possible = [type_, *(self.schema.get_possible_types(type_) if is_abstract_type(type_) else ())]
        return str(self.choose([one.name for one in possible]))

    def new_fragment(self, type_: Any, depth: int) -> str:
        on = self.possible_type(type_)
        name = f"F{len(self.fragments)}"
        self.fragments[name] = (on, "")
        self.fragments[name] = (on, self.selection_set(self.schema.get_type(on), max(depth - 1, 0)))
        return name

    def finished_fragments(self, type_: Any) -> list[str]:
        return [name for name, (on, body) in self.fragments.items() if body and on == type_.name]

    def field(self, type_: Any, name: str, depth: int) -> str:
        field = type_.fields[name]
        arguments = self.arguments(field, f"{type_.name}.{name}")
        # The alias is made of the arguments, so that fields with the same response key can be merged.
        alias = f"{name}_{sum(map(ord, arguments))}: " if arguments else self.choose(["", "", "x: "])
        alias = f"{name}_x: " if alias == "x: " else alias
        named: Any = get_named_type(field.type)
        body = self.selection_set(named, depth - 1) if is_composite_type(named) else ""
        return f"{alias}{name}{arguments}{self.conditions(field)} {body}"

    def conditions(self, field: GraphQLField | None = None) -> str:
        kind = self.choose(["", "", "", "", "skip", "include", *(self.directives if field else ())])
        if not kind:
            return ""
        if kind not in ("skip", "include"):
            return f" @{kind}" if field and get_named_type(field.type).name == "String" else ""
        return f" @{kind}(if: {self.value(GraphQLNonNull(self.schema.get_type('Boolean')))})"

    def arguments(self, field: GraphQLField, path: str) -> str:
        passed = []
        for name, argument in field.args.items():
            names = (f"{path}.{name}", name)
            if is_required_argument(argument) or self.is_passed(names):
                passed.append(f"{name}: {self.value(argument.type, names)}")
        return f"({', '.join(passed)})" if passed else ""

    def is_passed(self, names: tuple[str, ...]) -> bool:
        odds = next((self.preferences.odds[name] for name in names if name in self.preferences.odds), 2)
        return bool(self.draw(st.integers(1, odds)) == 1)

    def value(self, type_: Any, names: tuple[str, ...] = ()) -> str:
        """Draw a literal, or define a variable that is sent or left to its default."""
        if self.draw(st.integers(0, 2)):
            return literal_text(self.literal(type_, names))
        name = f"v{len(self.definitions)}"
        source = self.choose(["sent", "default", "both"])
        default = f" = {literal_text(self.literal(type_, names))}" if source != "sent" else ""
        self.definitions.append(f"${name}: {type_}{default}")
        if source != "default":
            self.variables[name] = as_json(self.literal(type_, names))
        return f"${name}"

    def literal(self, type_: Any, names: tuple[str, ...] = ()) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self.literal(type_.of_type, names)
        if isinstance(type_, GraphQLList):
            inner: Any = get_named_type(type_)
            item = GraphQLNonNull(inner)
            return [self.literal(item, names) for _ in range(self.draw(st.integers(0, 2)))]
        if isinstance(type_, GraphQLInputObjectType):
            passed = {
                name: field
                for name, field in type_.fields.items()
                if is_required_input_field(field) or self.draw(st.booleans())
            }
            return {name: self.literal(field.type, (name,)) for name, field in passed.items()}
        if isinstance(type_, GraphQLEnumType):
            return EnumName(self.choose(sorted(type_.values)))
        preferred = [self.preferences.values[name] for name in (*names, type_.name) if name in self.preferences.values]
        return self.draw(preferred[0] if preferred else SCALARS[type_.name])


class EnumName(str):
    """The name of an enum's value, which is written without quotes."""


def literal_text(value: Any) -> str:
    if isinstance(value, EnumName):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(map(literal_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal_text(inner)}" for name, inner in value.items()) + "}"
    return str(value)


def as_json(value: Any) -> Any:
    """Return the value as a client sends it in JSON."""
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return str(value) if isinstance(value, EnumName) else value


@st.composite
def operations(
    draw: Draw,
    schema: GraphQLSchema,
    kind: str = "query",
    depth: int = 4,
    directives: tuple[str, ...] = (),
    preferences: Preferences | None = None,
) -> GeneratedOperation:
    return OperationGenerator(schema, draw, directives, preferences or Preferences()).operation(kind, depth)
