"""Types of strings and integers that have a GraphQL scalar each; `resolvers.screening` validates them."""

from typing import NewType

URL = NewType("URL", str)
EmailAddress = NewType("EmailAddress", str)
CountryCode = NewType("CountryCode", str)
CurrencyCode = NewType("CurrencyCode", str)
SafeInt = NewType("SafeInt", int)

MAX_SAFE_INT = 2**53 - 1
"""The largest integer up to which a JSON number is exact for every receiver, and minus it the least (RFC 7493)."""
