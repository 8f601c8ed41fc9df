"""Execution of GraphQL operations: a document cache, query limits, persisted operations, and a compiler to Python."""

from .compiler.type_resolution import by_class
from .document_budgets import DocumentBudgets
from .explain import Explanation, explain
from .limits import Budget, Limits, shared_budget
from .persisted import PersistedOperations, TrustedDocuments, sent_in_full
from .schema import Schema

__all__ = [
    "Budget",
    "DocumentBudgets",
    "Explanation",
    "Limits",
    "PersistedOperations",
    "Schema",
    "TrustedDocuments",
    "by_class",
    "explain",
    "sent_in_full",
    "shared_budget",
]
