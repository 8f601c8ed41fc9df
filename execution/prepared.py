"""Gives Strawberry's own steps what is known of a text already, so that none is parsed or validated twice."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from graphql import specified_rules
from strawberry.extensions import SchemaExtension

if TYPE_CHECKING:
    from .schema import Schema


class Prepared(SchemaExtension):
    """The last of a schema's extensions: whatever another has set before stands."""

    @property
    def _schema(self) -> "Schema":
        return cast("Schema", self.execution_context.schema)

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        if context.query and context.graphql_document is None and not context.parse_options:
            context.graphql_document = self._schema.documents[context.query].ast
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        usual = context.validation_rules == tuple(specified_rules)
        if context.query and usual and context.pre_execution_errors is None:
            document = self._schema.documents[context.query]
            if document.ast is context.graphql_document:
                context.pre_execution_errors = document.validate()
        yield

    def get_results(self) -> dict[str, Any]:
        context = self.execution_context
        return self._schema.cost_report(
            context.query, context.variables, context.operation_name, context.operation_extensions
        )
