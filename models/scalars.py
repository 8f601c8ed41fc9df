"""Types of strings that have a GraphQL scalar each; `resolvers.screening` validates them."""

from typing import NewType

URL = NewType("URL", str)
EmailAddress = NewType("EmailAddress", str)
CountryCode = NewType("CountryCode", str)
CurrencyCode = NewType("CurrencyCode", str)
