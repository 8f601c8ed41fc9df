"""Custom scalars. A text scalar accepts any string: resolvers validate the value, and refuse it with a Problem."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import strawberry
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
    datetime: replace(
        DateTimeDefinition,
        description="A date and time as in RFC 3339: `2026-01-26T04:14:42+00:00`. Answers are in UTC.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    ),
    date: replace(
        DateDefinition,
        description="A date as in RFC 3339: `2026-01-26`.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    ),
}
