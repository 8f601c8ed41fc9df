"""Texts with a meaning of their own; the schema gives each a scalar, `resolvers.screening` checks them."""

from typing import NewType

URL = NewType("URL", str)
EmailAddress = NewType("EmailAddress", str)
CountryCode = NewType("CountryCode", str)
CurrencyCode = NewType("CurrencyCode", str)
