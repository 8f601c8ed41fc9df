"""Server information: the name, version, clock and limits of this server, which every client needs before a form."""

import tomllib
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

import translation
from resolvers.context import Context

_PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"


class SignInMethod(StrEnum):
    EMAIL_CODE = "EMAIL_CODE"
    HOST = "HOST"


class Service:
    """The answers about this server, by its settings."""

    def __init__(self, context: Context) -> None:
        settings = context.settings
        self.name = settings.site_name
        self.version = version()
        self.time: datetime = context.now()
        self.comment_max_length = settings.comment_length
        self.edit_window_minutes = settings.edit_window_minutes
        ways = {SignInMethod.EMAIL_CODE: settings.mail_url, SignInMethod.HOST: settings.issuer}
        self.sign_in = [method for method, setting in ways.items() if setting]
        self.languages = list(translation.languages())


def service(context: Context) -> Service:
    """This server: its name, version and clock, and the limits that a form should know."""
    return Service(context)


@cache
def version() -> str:
    """Return the version of the project, which stands in pyproject.toml alone."""
    return str(tomllib.loads(_PYPROJECT.read_text(encoding="utf-8"))["project"]["version"])
