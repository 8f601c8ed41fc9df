"""Documents that hypothesis makes up for any schema, with what they need of variables."""

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
class Written:
    """A document, and the variables that it is sent with."""

    text: str
    variables: dict[str, Any]


@dataclass
class Habits:
    """What a schema's clients usually send, by `Type.field.argument`, by the argument's name, or by its type.

    values: what is given for a scalar.
    odds: an argument that may be left out is given once in so many times.
    likely: fields that are asked for more often than others, by `Type`.
    """

    values: Mapping[str, st.SearchStrategy[Any]] = field(default_factory=dict)
    odds: Mapping[str, int] = field(default_factory=dict)
    likely: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass
class Writer:
    """Draws one operation: selections that mostly merge, fragments that are spread again."""

    schema: GraphQLSchema
    draw: Draw
    directives: tuple[str, ...] = ()
    habits: Habits = field(default_factory=Habits)
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict)
    definitions: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)

    def operation(self, kind: str, depth: int) -> Written:
        root = self.schema.get_root_type(OperationType(kind))
        body = self.selection(root, depth, is_root=True)
        head = f"{kind} Made({', '.join(self.definitions)})" if self.definitions else kind
        fragments = [f"fragment {name} on {on} {body}" for name, (on, body) in self.fragments.items() if body]
        return Written("\n".join([f"{head} {body}", *fragments]), self.variables)

    def one(self, options: Sequence[Any]) -> Any:
        """As `sampled_from`, whose every new list costs more than all else here."""
        return options[self.draw(st.integers(0, len(options) - 1))]

    def selection(self, type_: Any, depth: int, is_root: bool = False) -> str:
        most = 1 if is_root and type_ is self.schema.subscription_type else 4
        count = self.draw(st.integers(1, most))
        return "{ " + " ".join(self.part(type_, depth, most) for _ in range(count)) + " }"

    def part(self, type_: Any, depth: int, most: int) -> str:
        kinds = ["field"] * 6 + (["typename", "inline", "spread", "again"] if most > 1 else [])
        kind = self.one(kinds)
        fields = getattr(type_, "fields", {})
        likely = self.habits.likely.get(type_.name, [])
        names = [name for name in [*fields, *likely] if self.is_reached(fields[name], depth)]
        known = self.known(type_)
        if kind == "inline":
            on = self.narrower(type_)
            body = self.selection(self.schema.get_type(on), max(depth - 1, 0))
            return f"... on {on}{self.conditions()} {body}"
        if kind == "spread":
            return f"...{self.fragment(type_, depth)}{self.conditions()}"
        if kind == "again" and known:
            return f"...{self.one(known)}"
        if kind == "typename" or not names:
            return "__typename" if self.draw(st.booleans()) else "made: __typename"
        return self.field(type_, self.one(names), depth)

    def is_reached(self, field: GraphQLField, depth: int) -> bool:
        return depth > 0 or not is_composite_type(get_named_type(field.type))

    def narrower(self, type_: Any) -> str:
        """A type that a value of this type may be."""
        possible = [type_, *(self.schema.get_possible_types(type_) if is_abstract_type(type_) else ())]
        return str(self.one([one.name for one in possible]))

    def fragment(self, type_: Any, depth: int) -> str:
        on = self.narrower(type_)
        name = f"F{len(self.fragments)}"
        self.fragments[name] = (on, "")
        self.fragments[name] = (on, self.selection(self.schema.get_type(on), max(depth - 1, 0)))
        return name

    def known(self, type_: Any) -> list[str]:
        return [name for name, (on, body) in self.fragments.items() if body and on == type_.name]

    def field(self, type_: Any, name: str, depth: int) -> str:
        field = type_.fields[name]
        arguments = self.arguments(field, f"{type_.name}.{name}")
        # The alias tells the arguments apart, so that what has one key can be merged.
        alias = f"{name}_{sum(map(ord, arguments))}: " if arguments else self.one(["", "", "x: "])
        alias = f"{name}_x: " if alias == "x: " else alias
        named: Any = get_named_type(field.type)
        body = self.selection(named, depth - 1) if is_composite_type(named) else ""
        return f"{alias}{name}{arguments}{self.conditions(field)} {body}"

    def conditions(self, field: GraphQLField | None = None) -> str:
        kind = self.one(["", "", "", "", "skip", "include", *(self.directives if field else ())])
        if not kind:
            return ""
        if kind not in ("skip", "include"):
            return f" @{kind}" if field and get_named_type(field.type).name == "String" else ""
        return f" @{kind}(if: {self.value(GraphQLNonNull(self.schema.get_type('Boolean')))})"

    def arguments(self, field: GraphQLField, of: str) -> str:
        given = []
        for name, argument in field.args.items():
            names = (f"{of}.{name}", name)
            if is_required_argument(argument) or self.is_given(names):
                given.append(f"{name}: {self.value(argument.type, names)}")
        return f"({', '.join(given)})" if given else ""

    def is_given(self, names: tuple[str, ...]) -> bool:
        odds = next((self.habits.odds[name] for name in names if name in self.habits.odds), 2)
        return bool(self.draw(st.integers(1, odds)) == 1)

    def value(self, type_: Any, names: tuple[str, ...] = ()) -> str:
        """A literal, or a variable that is given, or left to its default."""
        if self.draw(st.integers(0, 2)):
            return literal(self.literal(type_, names))
        name = f"v{len(self.definitions)}"
        how = self.one(["given", "default", "both"])
        default = f" = {literal(self.literal(type_, names))}" if how != "given" else ""
        self.definitions.append(f"${name}: {type_}{default}")
        if how != "default":
            self.variables[name] = plain(self.literal(type_, names))
        return f"${name}"

    def literal(self, type_: Any, names: tuple[str, ...] = ()) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self.literal(type_.of_type, names)
        if isinstance(type_, GraphQLList):
            inner: Any = get_named_type(type_)
            item = GraphQLNonNull(inner)
            return [self.literal(item, names) for _ in range(self.draw(st.integers(0, 2)))]
        if isinstance(type_, GraphQLInputObjectType):
            chosen = {name: field for name, field in type_.fields.items() if self.draw(st.booleans())}
            return {name: self.literal(field.type, (name,)) for name, field in chosen.items()}
        if isinstance(type_, GraphQLEnumType):
            return Name(self.one(sorted(type_.values)))
        given = [self.habits.values[name] for name in (*names, type_.name) if name in self.habits.values]
        return self.draw(given[0] if given else SCALARS[type_.name])


class Name(str):
    """An enum's value, which is written without quotes."""


def literal(value: Any) -> str:
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(inner)}" for name, inner in value.items()) + "}"
    return str(value)


def plain(value: Any) -> Any:
    """The same as JSON would bring it."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, Name) else value


@st.composite
def operations(
    draw: Draw,
    schema: GraphQLSchema,
    kind: str = "query",
    depth: int = 4,
    directives: tuple[str, ...] = (),
    habits: Habits | None = None,
) -> Written:
    return Writer(schema, draw, directives, habits or Habits()).operation(kind, depth)
