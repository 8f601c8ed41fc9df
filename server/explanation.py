"""Explain an operation: its compiled source, its cost, and the SQL of one run."""

from typing import Any

import execution
import storage
from live import Live
from resolvers.context import Context
from server.components import create_schema
from settings import Settings


async def explain(settings: Settings, text: str, variables: dict[str, Any], operation_name: str | None) -> str:
    """Return the compiled source of an operation, its cost, and the SQL of one run by an anonymous viewer."""
    schema = create_schema(settings)
    explanation = str(execution.explain(schema, text, variables, operation_name))
    statements: list[str] = []
    storage.database.observers.append(statements.append)
    try:
        result = await schema.execute(text, variables, Context(settings, Live()), operation_name=operation_name)
    finally:
        storage.database.observers.remove(statements.append)
    errors = [error.message for error in result.errors or ()]
    return "\n\n".join([explanation, f"-- {len(statements)} statements", *statements, *errors])
