"""The ASGI server: components from the settings, lifespan, routes, and one context for each request."""

from server.application import create_app
from server.components import Schema, create_schema
from server.explanation import explain
from server.logs import configure_logging
from server.printed_schema import print_schema
from server.process import Server, create_config, settle_memory

__all__ = [
    "Schema",
    "Server",
    "configure_logging",
    "create_app",
    "create_config",
    "create_schema",
    "explain",
    "print_schema",
    "settle_memory",
]
