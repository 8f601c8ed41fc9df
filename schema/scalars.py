"""Custom scalars. They accept any string or integer, so that a Problem tells of all wrong ones together.

Resolvers validate texts; the conversion of arguments refuses a date or time that can't be read.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import strawberry
from graphql import IntValueNode, ValueNode
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.schema.types.base_scalars import DateDefinition, DateTimeDefinition
from strawberry.types.scalar import ScalarDefinition

from models import MAX_SAFE_INT, URL, CountryCode, CurrencyCode, EmailAddress, SafeInt


def _text_scalar(name: str, description: str, specified_by: str) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, specified_by_url=specified_by, serialize=str, parse_value=_parse
    )


def _parse(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("this must be a string")
    return value


def _serialize_safe_int(value: Any) -> int:
    if value.__class__ is not int or abs(value) > MAX_SAFE_INT:
        raise ValueError("this is not an integer that every client can read")
    return value


_serialize_safe_int.unchanged_to = MAX_SAFE_INT  # type: ignore[attr-defined]  # see execution/compiler/hints.py


def _parse_integer(value: Any) -> int:
    """Return the integer of a variable. JSON has one kind of number, so that 3.0 is an integer, as for Int."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("this must be an integer")
    return value


def _parse_integer_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> int:
    if not isinstance(node, IntValueNode):
        raise ValueError("this must be an integer")
    return int(node.value)


def _time_scalar(definition: ScalarDefinition, description: str, specified_by: str) -> ScalarDefinition:
    """Change a scalar of Strawberry so that a string that it can't parse stays a string."""

    def parse(value: Any) -> Any:
        try:
            return definition.parse_value(value)  # type: ignore[misc]
        except StrawberryInputCoercionError:
            if isinstance(value, str):
                return value
            raise

    return replace(definition, description=description, specified_by_url=specified_by, parse_value=parse)


SCALARS: dict[object, ScalarDefinition] = {
    URL: _text_scalar("URL", "An http or https URL.", "https://url.spec.whatwg.org/"),
    EmailAddress: _text_scalar("EmailAddress", "An e-mail address.", "https://www.rfc-editor.org/rfc/rfc5322"),
    CountryCode: _text_scalar(
        "CountryCode",
        "A country, as two letters of ISO 3166-1 alpha-2.",
        "https://www.iso.org/iso-3166-country-codes.html",
    ),
    CurrencyCode: _text_scalar(
        "CurrencyCode",
        "A currency, as three letters of ISO 4217.",
        "https://www.iso.org/iso-4217-currency-codes.html",
    ),
    SafeInt: strawberry.scalar(
        name="SafeInt",
        description=f"An integer from -{MAX_SAFE_INT:,} to {MAX_SAFE_INT:,}, as a JSON number.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc7493#section-2.2",
        serialize=_serialize_safe_int,
        parse_value=_parse_integer,
        parse_literal=_parse_integer_literal,
    ),
    datetime: _time_scalar(
        DateTimeDefinition,
        "A date and time as in RFC 3339: `2026-01-26T04:14:42+00:00`. Answers are in UTC.",
        "https://www.rfc-editor.org/rfc/rfc3339",
    ),
    date: _time_scalar(
        DateDefinition,
        "A date as in RFC 3339: `2026-01-26`.",
        "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    ),
}
