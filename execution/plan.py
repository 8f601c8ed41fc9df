"""Writes an operation as Python: one function per selection, one dict literal per object."""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from .calls import call_expression
from .dispatch import is_cast, is_decided_by_class, type_namer
from .kinds import Uncompiled, awaitables, listed
from .leaves import Read, leaf_expression
from .request import Request
from .rows import Rows
from .sites import Site
from .source import Source

MOST_FIELDS = 2_000
"""The fields that one operation may have written; beyond, compiling would cost more than it spares."""


class Plan:
    """An operation for one set of @skip and @include values: its source, and the function made of it."""

    def __init__(
        self,
        schema: GraphQLSchema,
        definition: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        booleans: dict[str, Any],
    ) -> None:
        self.schema = schema
        self.definition = definition
        self.fragments = fragments
        self._details = {name: FragmentDetails(node) for name, node in fragments.items()}
        self._booleans = VariableValues({}, booleans)
        self._source = Source()
        self._written: dict[Any, str] = {}
        self._types: dict[GraphQLObjectType, Rows] = {}
        self._fields = 0
        self.text = self._write()
        self.run: Callable[[Any, Request], dict[str, Any]] = self._build()

    def _write(self) -> str:
        kind = self.definition.operation
        root = self.schema.get_root_type(kind)
        if root is None:
            raise Uncompiled(f"no root type for a {kind.value}")
        self._source.constants.update(listed=listed, awaitables=awaitables, is_cast=is_cast)
        collected = collect_fields(self.schema, self._details, self._booleans, root, self.definition)
        name = self._selection(root, collected.grouped_field_set, collected.new_defer_usages, [])
        title = self.definition.name.value if self.definition.name else "unnamed"
        return self._source.text(f"{kind.value} {title}", f"return {name}(root)")

    def _build(self) -> Callable[[Any, Request], dict[str, Any]]:
        names = self._source.constants
        exec(compile(self.text, "<compiled operation>", "exec"), names)
        run: Callable[[Any, Request], dict[str, Any]] = names["run"]
        return run

    def _object(self, type_: GraphQLObjectType, details: FieldDetailsList, site: Site) -> str:
        """The function that writes an object of this type, shared wherever the same fields are asked of it."""
        own_check = not is_decided_by_class(type_) and type_.is_type_of is not None
        key = (type_, tuple(id(detail.node) for detail in details), site.parent if own_check else None)
        if key not in self._written:
            collected = collect_subfields(
                self.schema, self._details, self._booleans, self.definition, type_, details
            )
            check = self._row_check(type_, site)
            self._written[key] = self._selection(
                type_, collected.grouped_field_set, collected.new_defer_usages, check
            )
        return self._written[key]

    def _row_check(self, type_: GraphQLObjectType, site: Site) -> list[str]:
        rows = self._rows(type_)
        admit = f"{self._source.constant(f'{type_.name}_rows', rows)}.admit(row"
        admit += ")" if type_.is_type_of is None else f", {self._raw(site)})"
        if rows.is_checked_each_time:
            return [admit]
        unusual = " or is_cast(row)" if rows.may_be_cast else ""
        return [f"if row.__class__ is not {rows.name}{unusual}:", f"    {admit}"]

    def _rows(self, type_: GraphQLObjectType) -> Rows:
        if type_ not in self._types:
            name = self._source.name(f"{type_.name}_row")
            self._types[type_] = Rows(type_, self._source.constants, name)
        return self._types[type_]

    def _selection(
        self,
        type_: GraphQLObjectType,
        fields: dict[str, FieldDetailsList],
        deferred: list[Any],
        check: list[str],
    ) -> str:
        if deferred:
            raise Uncompiled("@defer")
        before: list[str] = []
        entries: list[str] = []
        after: list[str] = []
        name = self._source.name(type_.name)
        for key, details in fields.items():
            self._field(type_, key, details, before, entries, after)
        inside = [*check, *before]
        if after:
            inside += ["data = {", *entries, "}", *after, "return data"]
        else:
            inside += ["return {", *entries, "}"]
        self._source.functions.append([f"def {name}(row):", *(f"    {line}" for line in inside)])
        return name

    def _field(
        self,
        type_: GraphQLObjectType,
        key: str,
        details: FieldDetailsList,
        before: list[str],
        entries: list[str],
        after: list[str],
    ) -> None:
        self._fields += 1
        if self._fields > MOST_FIELDS:
            raise Uncompiled(f"more than {MOST_FIELDS} fields")
        name = details[0].node.name.value
        if name == "__typename":
            entries.append(f"    {key!r}: {type_.name!r},")
            return
        site = self._site(type_, details)
        entry = self._read(site, key, details, before)
        if entry is None:
            entry = "None"
            after += self._resolve(site, key, details)
        entries.append(f"    {key!r}: {entry},")

    def _site(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Site:
        nodes = [detail.node for detail in details]
        name = nodes[0].name.value
        field = self.schema.get_field(type_, name)
        if field is None or name.startswith("__"):
            raise Uncompiled(f"{name} is for graphql-core")
        if any(directive.name.value == "stream" for node in nodes for directive in node.directives or ()):
            raise Uncompiled("@stream")
        strawberry_schema = self.schema._strawberry_schema  # type: ignore[attr-defined]
        return Site(type_, field, nodes, strawberry_schema)

    def _read(self, site: Site, key: str, details: FieldDetailsList, before: list[str]) -> str | None:
        """The value of a field that only reads what is there already."""
        if site.is_event:
            read = Read.local("row")
        elif site.attribute:
            read = Read.inline(f"row.{site.attribute}")
        else:
            return None
        if _is_list(site.field.type) and not site.is_event:
            # A comprehension can't bind the name of what it goes through.
            before.append(f"v_{key} = {read.once}")
            read = Read.local(f"v_{key}")
        return self._written_as(site.field.type, details, site, read)

    def _resolve(self, site: Site, key: str, details: FieldDetailsList) -> list[str]:
        """The lines that call a resolver, and put its value in place now or when it comes."""
        call = call_expression(self._source, site, self._info, self._raw)
        written = self._written_as(site.field.type, details, site, Read.local("value"))
        write = self._source.name(f"{site.parent.name}_{key}")
        self._source.functions.append([f"def {write}(value):", f"    return {written}"])
        if site.is_direct and iscoroutinefunction(site.resolver):
            return [f"later.append(({call}, data, {key!r}, {write}))"]
        return [
            f"value = {call}",
            "if awaitables[value.__class__]:",
            f"    later.append((value, data, {key!r}, {write}))",
            "else:",
            f"    data[{key!r}] = {write}(value)",
        ]

    def _written_as(
        self, type_: GraphQLOutputType, details: FieldDetailsList, site: Site, read: Read, depth: int = 0
    ) -> str:
        """The expression that writes a value of this type."""
        nullable = not isinstance(type_, GraphQLNonNull)
        inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if is_leaf_type(inner):
            return leaf_expression(self._source, inner, read, nullable)
        if isinstance(inner, GraphQLList):
            item = f"item{depth or ''}"
            each = self._written_as(inner.of_type, details, site, Read.local(item), depth + 1)
            name = read.name
            written = f"[{each} for {item} in ({name} if {name}.__class__ is list else listed({name}))]"
            return f"None if {name} is None else {written}" if nullable else written
        write = (
            self._object(inner, details, site)
            if is_object_type(inner)
            else self._abstract(inner, details, site)
        )
        return (
            f"None if {read.bind} is None else {write}({read.name})" if nullable else f"{write}({read.once})"
        )

    def _abstract(self, abstract: Any, details: FieldDetailsList, site: Site) -> str:
        """The function that finds out which type a value is, and has it written as that."""
        if not is_abstract_type(abstract):
            raise Uncompiled(f"{abstract} can't be written")
        key = (abstract, tuple(id(detail.node) for detail in details), site.parent)
        if key not in self._written:
            possible = self.schema.get_possible_types(abstract)
            written = {type_.name: self._object(type_, details, site) for type_ in possible}
            name = self._source.name(abstract.name)
            type_of = self._source.constant(f"{abstract.name}_type", type_namer(abstract, self.schema))
            choices = ", ".join(f"{type_name!r}: {write}" for type_name, write in written.items())
            table = self._source.name(f"{name}_by_type")
            self._source.functions.append([f"{table} = {{{choices}}}"])
            self._source.functions.append(
                [f"def {name}(row):", f"    return {table}[{type_of}(row, {self._raw(site)})](row)"]
            )
            self._written[key] = name
        return self._written[key]

    def _info(self, site: Site) -> str:
        return self._prepared(site, "info")

    def _raw(self, site: Site) -> str:
        return self._prepared(site, "raw")

    def _prepared(self, site: Site, what: str) -> str:
        """The name of something made of a field's place once per request, when the run begins."""
        key = (site, what)
        if key not in self._written:
            place = self._source.constant(f"{site.parent.name}_{site.name}_at", site)
            name = self._source.name(f"{site.name}_{what}")
            self._source.setup.append(f"{name} = {place}.{what}(request)")
            self._written[key] = name
        return self._written[key]


def _is_list(type_: GraphQLOutputType) -> bool:
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return isinstance(inner, GraphQLList)
