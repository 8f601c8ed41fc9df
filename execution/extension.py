"""A Strawberry extension that serves parsing and validation from the document cache, so that neither runs twice."""

from collections.abc import Callable, Iterator
from typing import Any

from graphql import specified_rules
from strawberry.extensions import SchemaExtension

from .documents import DocumentCache

CostReport = Callable[[str | None, dict[str, Any] | None, str | None, dict[str, Any] | None], dict[str, Any]]


class DocumentCacheExtension(SchemaExtension):
    """Fill in a request's AST and validation errors from the cache, unless another extension has set them."""

    def __init__(self, documents: DocumentCache, cost_report: CostReport) -> None:
        self._documents = documents
        self._cost_report = cost_report

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        if context.query and context.graphql_document is None and not context.parse_options:
            context.graphql_document = self._documents[context.query].ast
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        has_default_rules = context.validation_rules == tuple(specified_rules)
        if context.query and has_default_rules and context.pre_execution_errors is None:
            document = self._documents[context.query]
            if document.ast is context.graphql_document:
                context.pre_execution_errors = document.validate()
        yield

    def get_results(self) -> dict[str, Any]:
        context = self.execution_context
        return self._cost_report(context.query, context.variables, context.operation_name, context.operation_extensions)
