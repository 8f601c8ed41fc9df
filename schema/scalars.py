"""Custom scalars. They accept any string, so that a Problem tells of a wrong one together with all other mistakes.

Resolvers validate texts; the conversion of arguments refuses a date or time that can't be read.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import strawberry
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.schema.types.base_scalars import DateDefinition, DateTimeDefinition
from strawberry.types.scalar import ScalarDefinition

from models import URL, CountryCode, CurrencyCode, EmailAddress


def _text_scalar(name: str, description: str, specified_by: str) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, specified_by_url=specified_by, serialize=str, parse_value=_parse
    )


def _parse(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("this must be a string")
    return value


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
