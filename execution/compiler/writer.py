"""Code generation: one Python function per selection set, one dict literal per object."""

from collections.abc import Hashable
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

from .awaitables import as_iterable, awaitable_classes
from .calls import call_expression
from .eager_start import SeparateTask
from .fallback import FallbackRequired
from .field_plans import FieldPlan
from .inlining import SmallObjects, leaf_field_expression
from .leaves import ValueExpression, leaf_expression
from .selections import Selections
from .source import FunctionBody, SourceBuilder
from .type_guards import TypeGuards
from .type_resolution import is_cast, type_resolver

MAX_COMPILED_FIELDS = 2_000
"""Compiling more fields in one operation would cost more than it saves."""


class OperationWriter:
    """Walk the selections as graphql-core does for each value, but only once, and generate code for all values."""

    def __init__(self, selections: Selections, source: SourceBuilder) -> None:
        self._schema = selections.schema
        self._definition = selections.definition
        self._source = source
        self._selections = selections
        self._functions: dict[Hashable, str] = {}
        self._small_objects = SmallObjects(source, selections)
        self._type_guards = TypeGuards(source)
        self._memos: dict[Hashable, str] = {}
        self._field_count = 0
        source.namespace.update(
            as_iterable=as_iterable, awaitable_classes=awaitable_classes, is_cast=is_cast, SeparateTask=SeparateTask
        )

    def operation(self) -> str:
        """Return the expression for the data of `root`; for a mutation, `root` is one field's key and result."""
        root = self._schema.get_root_type(self._definition.operation)
        if root is None:
            raise FallbackRequired(f"no root type for a {self._definition.operation.value}")
        fields = self._selections.root_fields(root)
        if self._definition.operation is OperationType.MUTATION:
            return f"{self._mutation_results(root, fields)}[root[0]](root[1])"
        return f"{self._selection_set(root, fields, FunctionBody())}(root)"

    def _mutation_results(self, root: GraphQLObjectType, fields: GroupedFieldSet) -> str:
        """Define the table of functions, by response key, that write the results of a mutation's resolvers."""
        functions = {}
        for key, details in fields.items():
            function, value = self._source.unique_name(f"{root.name}_{key}"), "value"
            if details[0].node.name.value != "__typename":
                plan = self._selections.field_plan(root, details)
                value = self._value(plan.field.type, details, plan, ValueExpression.local("value"))
            self._source.define_function(function, "value", [f"return {value}"])
            functions[key] = function
        table = self._source.unique_name("mutation_results")
        self._source.define_table(table, functions)
        return table

    def _selection_set(self, type_: GraphQLObjectType, fields: GroupedFieldSet, body: FunctionBody) -> str:
        """Define the function that writes an object, and return the function's name."""
        name = self._source.unique_name(type_.name)
        for key, details in fields.items():
            entry = self._entry(type_, key, details, body)
            body.entries.append(f"    {key!r}: {entry},")
        self._source.define_function(name, "row", body.lines())
        return name

    def _entry(self, type_: GraphQLObjectType, key: str, details: FieldDetailsList, body: FunctionBody) -> str:
        """Return the value of this key in the dict literal; None, written later, for a value that may be awaitable."""
        self._field_count += 1
        if self._field_count > MAX_COMPILED_FIELDS:
            raise FallbackRequired(f"more than {MAX_COMPILED_FIELDS} fields")
        leaf = leaf_field_expression(self._source, self._selections, type_, details, "row")
        if leaf:
            return leaf
        plan = self._selections.field_plan(type_, details)
        if plan.is_event:
            return self._value(plan.field.type, details, plan, ValueExpression.local("row"))
        if plan.attribute is None:
            plan.requested = self._selections.requested_attributes(plan.field.type, details)
        if plan.attribute is None and not plan.hint("is_ready"):
            body.after += self._resolver_call(plan, key, details)
            return "None"
        value = ValueExpression.computed(
            f"row.{plan.attribute}" if plan.attribute else call_expression(self._source, plan)
        )
        if _is_list(plan.field.type):
            # A comprehension can't assign the name of its own iterable.
            body.before.append(f"v_{key} = {value.inline}")
            return self._list(plan, details, f"v_{key}", body)
        return self._value(plan.field.type, details, plan, value)

    def _list(self, plan: FieldPlan, details: FieldDetailsList, name: str, body: FunctionBody) -> str:
        """Return the expression for a list that needs no awaiting, and add the lines that the expression needs."""
        lines, written = self._list_loop(plan, details, name)
        if plan.hint("is_shared"):
            return self._memoized(_selection_key(plan.field.type, details, plan), lines, written, name, body)
        body.before += lines
        return written

    def _list_loop(self, plan: FieldPlan, details: FieldDetailsList, name: str) -> tuple[list[str], str]:
        """Return a loop and its result for a list of objects, since a loop saves calls through C.

        Return no lines and an expression for other lists.
        """
        type_: Any = plan.field.type
        nullable = not isinstance(type_, GraphQLNonNull)
        item_type = _item_object_type((type_ if nullable else type_.of_type).of_type)
        if item_type is None:
            return [], self._value(type_, details, plan, ValueExpression.local(name))
        function = self._function(item_type, details, plan)
        result, row = self._source.unique_name("rows"), self._source.unique_name("o")
        written = f"{function}({row})"
        if function in self._small_objects:
            class_name, literal = self._small_objects.class_and_literal(function, row)
            written = f"{literal} if {row}.__class__ is {class_name} else {written}"
        lines = [
            f"{result} = []",
            f"for {row} in {f'() if {name} is None else ' if nullable else ''}{_iterable(name)}:",
            f"    {result}.append({written})",
        ]
        return lines, f"None if {name} is None else {result}" if nullable else result

    def _memoized(self, key: Hashable, lines: list[str], written: str, value: str, body: FunctionBody) -> str:
        """Write a shared value once per request. The memo holds the value, so that its id is not reused."""
        if key not in self._memos:
            self._memos[key] = self._source.assign_at_start("memo", "{}")
        memo = self._memos[key]
        entry = self._source.unique_name("entry")
        body.before += [
            f"if ({entry} := {memo}.get(id({value}))) is None:",
            *(f"    {line}" for line in lines),
            f"    {entry} = {memo}[id({value})] = {value}, {written}",
        ]
        return f"{entry}[1]"

    def _resolver_call(self, plan: FieldPlan, key: str, details: FieldDetailsList) -> list[str]:
        """Return the lines that call a resolver, and write the resolver's value now or when it is awaited."""
        written = self._value(plan.field.type, details, plan, ValueExpression.local("value"))
        write = self._source.unique_name(f"{plan.parent.name}_{key}")
        self._source.define_function(write, "value", [f"return {written}"])
        if plan.hint("for_level"):
            batch = self._source.call_at_start(plan, "level_batch")
            return [
                f"if not {batch}:",
                f"    pending.append(({batch}, None, {key!r}, {write}))",
                f"{batch}.append((row, data))",
            ]
        call = call_expression(self._source, plan)
        awaitable = "value" if plan.hint("for_row") else "SeparateTask(value)"
        lines, test = [f"value = {call}"], "if"
        function = self._functions.get(_selection_key(get_nullable_type(plan.field.type), details, plan))
        if function is not None and function in self._small_objects:
            # A row of the usual class is not awaitable, and needs no call of its function.
            class_name, literal = self._small_objects.class_and_literal(function, "value")
            lines += [f"if value.__class__ is {class_name}:", f"    data[{key!r}] = {literal}"]
            test = "elif"
        return [
            *lines,
            f"{test} awaitable_classes[value.__class__]:",
            f"    pending.append(({awaitable}, data, {key!r}, {write}))",
            "else:",
            f"    data[{key!r}] = {write}(value)",
        ]

    def _value(
        self,
        type_: GraphQLOutputType,
        details: FieldDetailsList,
        plan: FieldPlan,
        value: ValueExpression,
        depth: int = 0,
    ) -> str:
        """Return the expression that writes a value of this type. `depth` is that of lists in lists."""
        nullable = not isinstance(type_, GraphQLNonNull)
        inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if is_leaf_type(inner):
            return leaf_expression(self._source, inner, value, nullable)
        if isinstance(inner, GraphQLList):
            written = self._items(inner.of_type, details, plan, value.name, depth)
        else:
            function = self._function(inner, details, plan)
            if function in self._small_objects:
                return self._small_objects.expression(function, value, nullable)
            written = f"{function}({value.name if nullable else value.inline})"
        return f"None if {value.assigning} is None else {written}" if nullable else written

    def _items(
        self, type_: GraphQLOutputType, details: FieldDetailsList, plan: FieldPlan, name: str, depth: int
    ) -> str:
        iterable = _iterable(name)
        if object_type := _item_object_type(type_):
            # map() of a function saves the comprehension's own call.
            return f"[*map({self._function(object_type, details, plan)}, {iterable})]"
        item = f"item{depth or ''}"
        written = self._value(type_, details, plan, ValueExpression.local(item), depth + 1)
        return f"[{written} for {item} in ({iterable})]"

    def _function(self, type_: Any, details: FieldDetailsList, plan: FieldPlan) -> str:
        """Return the function that writes an object, shared by all places that select the same fields of its type."""
        key = _selection_key(type_, details, plan)
        if key not in self._functions:
            define = self._define_abstract if is_abstract_type(type_) else self._define_object
            self._functions[key] = define(type_, details, plan)
        return self._functions[key]

    def _define_object(self, type_: GraphQLObjectType, details: FieldDetailsList, plan: FieldPlan) -> str:
        fields, guard = self._selections.subfields(type_, details), self._type_guards.guard(type_, plan)
        function = self._selection_set(type_, fields, FunctionBody(before=self._type_guards.lines(guard, plan)))
        self._small_objects.add_if_small(function, type_, fields, guard)
        return function

    def _define_abstract(self, type_: Any, details: FieldDetailsList, plan: FieldPlan) -> str:
        """Define a function that resolves a value's object type and calls the function of that type."""
        possible_types = self._schema.get_possible_types(type_)
        functions = {possible.name: self._function(possible, details, plan) for possible in possible_types}
        name = self._source.unique_name(type_.name)
        table = self._source.unique_name(f"{name}_by_type")
        resolve = self._source.constant(f"{type_.name}_type", type_resolver(type_, self._schema))
        info = self._source.call_at_start(plan, "raw_info")
        self._source.define_table(table, functions)
        self._source.define_function(name, "row", [f"return {table}[{resolve}(row, {info})](row)"])
        return name


def _selection_key(type_: Any, details: FieldDetailsList, plan: FieldPlan) -> Hashable:
    """Return the key under which equal selections share one function."""
    # The parent is part of the key, because `is_type_of` and `resolve_type` can read it from the field's info.
    return type_, tuple(id(detail.node) for detail in details), plan.parent


def _iterable(name: str) -> str:
    return f"{name} if {name}.__class__ is list else as_iterable({name})"


def _item_object_type(item: GraphQLOutputType) -> Any:
    """Return the object, interface or union of a list's non-null items; None for other and for nullable items."""
    inner: Any = item.of_type if isinstance(item, GraphQLNonNull) else None
    return None if inner is None or is_leaf_type(inner) or isinstance(inner, GraphQLList) else inner


def _is_list(type_: GraphQLOutputType) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)
