"""Scalars with a name of their own. They carry any text: what is wrong with one is said in a Problem."""

from typing import Any

import strawberry
from strawberry.types.scalar import ScalarDefinition

from models import URL, CountryCode, CurrencyCode, EmailAddress


def _text(name: str, description: str, specified_by: str) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, specified_by_url=specified_by, serialize=str, parse_value=_read
    )


def _read(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("this must be a string")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    URL: _text("URL", "An http or https address.", "https://url.spec.whatwg.org/"),
    EmailAddress: _text("EmailAddress", "An e-mail address.", "https://www.rfc-editor.org/rfc/rfc5322"),
    CountryCode: _text(
        "CountryCode",
        "A country, as two letters of ISO 3166-1 alpha-2.",
        "https://www.iso.org/iso-3166-country-codes.html",
    ),
    CurrencyCode: _text(
        "CurrencyCode",
        "A currency, as three letters of ISO 4217.",
        "https://www.iso.org/iso-4217-currency-codes.html",
    ),
}
