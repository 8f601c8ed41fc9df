"""Writes an operation as Python: one function per selection, one dict literal per object."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationType,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from .calls import call_expression
from .dispatch import is_cast, type_namer
from .kinds import Uncompiled, awaitables, listed
from .leaves import Read, leaf_expression
from .rows import Rows
from .selections import Selections
from .sites import Site
from .source import Source
from .waves import Apart

MOST_FIELDS = 2_000
"""The fields that one operation may have written; beyond, compiling would cost more than it spares."""

SMALL = 8
"""The fields of an object that is written in place of its function's call."""


@dataclass
class Body:
    """The lines of a function that writes an object."""

    before: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        if self.after:
            return [*self.before, "data = {", *self.entries, "}", *self.after, "return data"]
        return [*self.before, "return {", *self.entries, "}"]


class Writer:
    """Goes through the selections as graphql-core would, but once, whatever the values."""

    def __init__(self, selections: Selections, source: Source) -> None:
        self.schema = selections.schema
        self.definition = selections.definition
        self.source = source
        self._selections = selections
        self._written: dict[Any, str] = {}
        self._rows: dict[Any, Rows] = {}
        self._small: dict[str, tuple[GraphQLObjectType, GroupedFieldSet, Rows]] = {}
        self._kept: dict[Hashable, str] = {}
        self._fields = 0
        source.constants.update(listed=listed, awaitables=awaitables, is_cast=is_cast, Apart=Apart)

    def operation(self) -> str:
        """The expression that writes the whole answer of `root`, or of a mutation one field's: its key and value."""
        root = self.schema.get_root_type(self.definition.operation)
        if root is None:
            raise Uncompiled(f"no root type for a {self.definition.operation.value}")
        fields = self._selections.of_root(root)
        if self.definition.operation is OperationType.MUTATION:
            return f"{self._outcomes(root, fields)}[root[0]](root[1])"
        return f"{self._selection(root, fields, Body())}(root)"

    def _outcomes(self, root: GraphQLObjectType, fields: GroupedFieldSet) -> str:
        """The table of the functions that write what a mutation's resolvers gave."""
        written = []
        for key, details in fields.items():
            write, value = self.source.name(f"{root.name}_{key}"), "value"
            if details[0].node.name.value != "__typename":
                site = self._selections.site(root, details)
                value = self._value(site.field.type, details, site, Read.local("value"))
            self.source.define(write, "value", [f"return {value}"])
            written.append(f"{key!r}: {write}")
        table = self.source.name("outcomes")
        self.source.functions.append((table, [f"{table} = {{{', '.join(written)}}}"]))
        return table

    def _selection(self, type_: GraphQLObjectType, fields: GroupedFieldSet, body: Body) -> str:
        name = self.source.name(type_.name)
        for key, details in fields.items():
            entry = self._entry(type_, key, details, body)
            body.entries.append(f"    {key!r}: {entry},")
        self.source.define(name, "row", body.lines())
        return name

    def _entry(self, type_: GraphQLObjectType, key: str, details: FieldDetailsList, body: Body) -> str:
        """What stands at this key of the dict literal: its value, or None until that comes."""
        self._fields += 1
        if self._fields > MOST_FIELDS:
            raise Uncompiled(f"more than {MOST_FIELDS} fields")
        leaf = self._leaf(type_, details, "row")
        if leaf:
            return leaf
        site = self._selections.site(type_, details)
        if site.is_event:
            return self._value(site.field.type, details, site, Read.local("row"))
        if site.attribute is None:
            site.asked = self._selections.asked(site.field.type, details)
        if site.attribute is None and not site.hint("is_ready"):
            body.after += self._resolve(site, key, details)
            return "None"
        read = Read.inline(f"row.{site.attribute}" if site.attribute else call_expression(self.source, site))
        if _is_list(site.field.type):
            # A comprehension can't bind the name of what it goes through.
            body.before.append(f"v_{key} = {read.once}")
            return self._list(site, details, f"v_{key}", body)
        return self._value(site.field.type, details, site, read)

    def _list(self, site: Site, details: FieldDetailsList, name: str, body: Body) -> str:
        """What stands for a list that is there already, of that name."""
        lines, written = self._gathered(site, details, name)
        if site.hint("is_shared"):
            return self._remembered(_identity(site.field.type, details, site), lines, written, name, body)
        body.before += lines
        return written

    def _gathered(self, site: Site, details: FieldDetailsList, name: str) -> tuple[list[str], str]:
        """The lines before, and what stands for the list. A loop writes objects, which spares calls through C."""
        type_: Any = site.field.type
        nullable = not isinstance(type_, GraphQLNonNull)
        item = _object_of((type_ if nullable else type_.of_type).of_type)
        if item is None:
            return [], self._value(type_, details, site, Read.local(name))
        function = self._composite(item, details, site)
        gathered, row = self.source.name("gathered"), self.source.name("o")
        written = f"{function}({row})"
        if function in self._small:
            usual, entries = self._usual(function, row)
            written = f"{entries} if {row}.__class__ is {usual} else {written}"
        lines = [
            f"{gathered} = []",
            f"for {row} in {f'() if {name} is None else ' if nullable else ''}{_rows(name)}:",
            f"    {gathered}.append({written})",
        ]
        return lines, f"None if {name} is None else {gathered}" if nullable else gathered

    def _remembered(self, key: Hashable, lines: list[str], written: str, value: str, body: Body) -> str:
        """What was written of a value that comes again in this request; it is held, so that its id stays its own."""
        if key not in self._kept:
            self._kept[key] = self.source.at_each_start("written", "{}")
        known = self._kept[key]
        kept = self.source.name("kept")
        body.before += [
            f"if ({kept} := {known}.get(id({value}))) is None:",
            *(f"    {line}" for line in lines),
            f"    {kept} = {known}[id({value})] = {value}, {written}",
        ]
        return f"{kept}[1]"

    def _leaf(self, type_: GraphQLObjectType, details: FieldDetailsList, row: str) -> str | None:
        """The expression of a scalar or enum that is there at once; None for what is more than that."""
        if details[0].node.name.value == "__typename":
            return repr(type_.name)
        site = self._selections.site(type_, details)
        leaf: Any = site.field.type
        nullable = not isinstance(leaf, GraphQLNonNull)
        leaf = leaf if nullable else leaf.of_type
        if site.is_event or not is_leaf_type(leaf):
            return None
        if site.attribute:
            return leaf_expression(self.source, leaf, Read.inline(f"{row}.{site.attribute}"), nullable)
        if not site.hint("is_ready") or site.constant_arguments is None:
            return None
        return leaf_expression(self.source, leaf, Read.inline(call_expression(self.source, site, row)), nullable)

    def _resolve(self, site: Site, key: str, details: FieldDetailsList) -> list[str]:
        """The lines that call a resolver, and put its value in place now or when it comes."""
        written = self._value(site.field.type, details, site, Read.local("value"))
        write = self.source.name(f"{site.parent.name}_{key}")
        self.source.define(write, "value", [f"return {written}"])
        if site.hint("for_level"):
            level = self.source.at_start(site, "level")
            return [
                f"if not {level}:",
                f"    later.append(({level}, None, {key!r}, {write}))",
                f"{level}.append((row, data))",
            ]
        call = call_expression(self.source, site)
        pending = "value" if site.hint("for_row") else "Apart(value)"
        lines, test = [f"value = {call}"], "if"
        function = self._written.get(_identity(get_nullable_type(site.field.type), details, site))
        if function in self._small:
            # A row that is there already needs neither the question whether it is nor its function's call.
            usual, entries = self._usual(function, "value")
            lines += [f"if value.__class__ is {usual}:", f"    data[{key!r}] = {entries}"]
            test = "elif"
        return [
            *lines,
            f"{test} awaitables[value.__class__]:",
            f"    later.append(({pending}, data, {key!r}, {write}))",
            "else:",
            f"    data[{key!r}] = {write}(value)",
        ]

    def _value(
        self, type_: GraphQLOutputType, details: FieldDetailsList, site: Site, read: Read, depth: int = 0
    ) -> str:
        """The expression that writes a value of this type."""
        nullable = not isinstance(type_, GraphQLNonNull)
        inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if is_leaf_type(inner):
            return leaf_expression(self.source, inner, read, nullable)
        if isinstance(inner, GraphQLList):
            written = self._items(inner.of_type, details, site, read.name, depth)
        else:
            function = self._composite(inner, details, site)
            if function in self._small:
                return self._inline(function, read, nullable)
            written = f"{function}({read.name if nullable else read.once})"
        return f"None if {read.bind} is None else {written}" if nullable else written

    def _inline(self, function: str, read: Read, nullable: bool) -> str:
        """A small object written in place, which spares a call; its function is asked about unusual rows."""
        row = self.source.name("o")
        usual, entries = self._usual(function, row)
        bound = row if nullable else f"({row} := {read.once})"
        written = f"{entries} if {bound}.__class__ is {usual} else {function}({row})"
        return f"None if ({row} := {read.once}) is None else {written}" if nullable else written

    def _usual(self, function: str, row: str) -> tuple[str, str]:
        """The name of the class of a small object's usual rows, and the dict literal that writes one."""
        type_, fields, rows = self._small[function]
        entries = ", ".join(f"{key!r}: {self._leaf(type_, details, row)}" for key, details in fields.items())
        return rows.name, f"{{{entries}}}"

    def _items(self, type_: GraphQLOutputType, details: FieldDetailsList, site: Site, name: str, depth: int) -> str:
        rows = _rows(name)
        if inner := _object_of(type_):
            # Mapping a function spares the comprehension's own call.
            return f"[*map({self._composite(inner, details, site)}, {rows})]"
        item = f"item{depth or ''}"
        each = self._value(type_, details, site, Read.local(item), depth + 1)
        return f"[{each} for {item} in ({rows})]"

    def _composite(self, type_: Any, details: FieldDetailsList, site: Site) -> str:
        """The function that writes such an object, shared wherever the same fields are asked of its type."""
        key = _identity(type_, details, site)
        if key not in self._written:
            make = self._abstract if is_abstract_type(type_) else self._object
            self._written[key] = make(type_, details, site)
        return self._written[key]

    def _object(self, type_: GraphQLObjectType, details: FieldDetailsList, site: Site) -> str:
        fields, rows = self._selections.below(type_, details), self._rows_of(type_, site)
        function = self._selection(type_, fields, Body(before=self._row_check(rows, site)))
        if self._is_small(type_, fields, rows):
            self._small[function] = type_, fields, rows
        return function

    def _is_small(self, type_: GraphQLObjectType, fields: GroupedFieldSet, rows: Rows) -> bool:
        usual = len(fields) <= SMALL and not rows.is_checked_each_time and not rows.may_be_cast
        return usual and all(self._leaf(type_, details, "row") for details in fields.values())

    def _rows_of(self, type_: GraphQLObjectType, site: Site) -> Rows:
        # Of one type, rows of different classes may stand below different parents.
        key = type_, site.parent
        if key not in self._rows:
            self._rows[key] = Rows(type_, self.source.constants, self.source.name(f"{type_.name}_row"))
        return self._rows[key]

    def _row_check(self, rows: Rows, site: Site) -> list[str]:
        type_ = rows.object_type
        given = "row" if type_.is_type_of is None else f"row, {self.source.at_start(site, 'raw')}"
        admit = f"{self.source.constant(f'{type_.name}_rows', rows)}.admit({given})"
        if rows.is_checked_each_time:
            return [admit]
        unusual = " or is_cast(row)" if rows.may_be_cast else ""
        return [f"if row.__class__ is not {rows.name}{unusual}:", f"    {admit}"]

    def _abstract(self, type_: Any, details: FieldDetailsList, site: Site) -> str:
        """A function that finds out which type a value is, and has it written as that."""
        possible = self.schema.get_possible_types(type_)
        written = [f"{one.name!r}: {self._composite(one, details, site)}" for one in possible]
        name = self.source.name(type_.name)
        table = self.source.name(f"{name}_by_type")
        type_of = self.source.constant(f"{type_.name}_type", type_namer(type_, self.schema))
        info = self.source.at_start(site, "raw")
        self.source.functions.append((table, [f"{table} = {{{', '.join(written)}}}"]))
        self.source.define(name, "row", [f"return {table}[{type_of}(row, {info})](row)"])
        return name


def _identity(type_: Any, details: FieldDetailsList, site: Site) -> Hashable:
    """What makes two selections the same."""
    # Types that ask for themselves what they are get the info of the field, which has a parent.
    return type_, tuple(id(detail.node) for detail in details), site.parent


def _rows(name: str) -> str:
    return f"{name} if {name}.__class__ is list else listed({name})"


def _object_of(item: GraphQLOutputType) -> Any:
    """The object, interface or union that each item of a list is; None if they are something else, or may be null."""
    inner: Any = item.of_type if isinstance(item, GraphQLNonNull) else None
    return None if inner is None or is_leaf_type(inner) or isinstance(inner, GraphQLList) else inner


def _is_list(type_: GraphQLOutputType) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)
