"""Scalars: which values a SafeInt accepts, as a variable and as a literal."""

from typing import Any

import pytest

from models import Role
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

AMOUNT = """mutation($id: ID!, $amount: SafeInt!) {
  recordDonation(input: { campaignId: $id, providerReference: "p", money: { amountMinor: $amount, currency: "EUR" } }) {
    ... on RecordDonationPayload { donation { money { amountMinor } } } ... on Problem { code issues { path } } } }"""
EXACT = [1, 2**31, 2**53 - 1]
NOT_EXACT = [2**53, -(2**53), 2**64, 10**30]


async def sent(site: TestApp, amount: Any, literal: str | None = None) -> dict[str, Any]:
    """Record a donation of this amount, in a variable or written into the document."""
    token, campaign = await site.staff(Role.ADMIN), await site.campaign()
    if literal is None:
        return await site.post(AMOUNT, token, id=campaign, amount=amount)
    text = AMOUNT.replace(", $amount: SafeInt!", "").replace("$amount", literal).replace('"p"', '"q"')
    return await site.post(text, token, id=campaign)


def recorded(body: dict[str, Any]) -> Any:
    return body["data"]["recordDonation"]["donation"]["money"]["amountMinor"]


@pytest.mark.parametrize("amount", EXACT)
async def test_safe_int_is_exact_as_variable_and_literal(site: TestApp, amount: int) -> None:
    assert recorded(await sent(site, amount)) == amount
    assert recorded(await sent(site, None, str(amount))) == amount


async def test_whole_float_is_an_integer_in_json(site: TestApp) -> None:
    assert recorded(await sent(site, 5_000_000_000.0)) == 5_000_000_000


@pytest.mark.parametrize("amount", NOT_EXACT)
async def test_safe_int_beyond_the_bounds_is_a_problem(site: TestApp, amount: int) -> None:
    refused = {"recordDonation": {"code": "INVALID", "issues": [{"path": ["money", "amountMinor"]}]}}

    assert (await sent(site, amount))["data"] == refused
    assert (await sent(site, None, str(amount)))["data"] == refused


@pytest.mark.parametrize("value", [1.5, "1", "", True, None, [1], {"a": 1}, 1e-300], ids=str)
async def test_other_variable_is_bad_input(site: TestApp, value: Any) -> None:
    (error,) = (await sent(site, value))["errors"]

    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("literal", ["1.5", "1.0", "1e3", '"1"', "true", "null", "ONE", "[1]", "{ a: 1 }", "9" * 5000])
async def test_other_literal_is_not_valid(site: TestApp, literal: str) -> None:
    (error,) = (await sent(site, None, literal))["errors"]

    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_scalar_names_its_specification(site: TestApp) -> None:
    query = '{ __type(name: "SafeInt") { kind specifiedByURL } }'

    answer = await site.ask(query)

    url = "https://www.rfc-editor.org/rfc/rfc7493#section-2.2"
    assert answer["__type"] == {"kind": "SCALAR", "specifiedByURL": url}
