"""The ASGI server: components from the settings, lifespan, routes, and one context for each request."""

from typing import Any

from server.application import create_app
from server.components import Schema, create_schema
from server.explanation import explain
from server.printed_schema import print_schema
from server.process import Server, settle_memory
from settings import settings

__all__ = ["Schema", "Server", "app", "create_app", "create_schema", "explain", "print_schema", "settle_memory"]


def app() -> Any:
    """Create the application for `uvicorn --factory server:app`."""
    return create_app(settings)
