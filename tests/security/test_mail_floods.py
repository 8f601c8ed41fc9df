"""Floods of mails: nobody is locked out by another's requests, no mailbox is bombed, and no limit loses a mail."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from jobs.reminders import remind
from live import Live
from models import Mail, MailKind, Role, SignInMailbox
from resolvers.context import Context
from server.components import rate_limits
from settings import DEFAULT_MAIL_LIMITS, DEFAULT_RATE_LIMITS, Settings
from tests.support.app import TestApp, running_app
from tests.support.signing import ADA, Clock, sign
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

HERE, OWNERS = "198.51.100.7", "203.0.113.7"
RATES = ("introduce=100000/minute",)
"""Rates that no test reaches, so that mails are counted."""


@asynccontextmanager
async def from_ip(site: TestApp, ip: str) -> AsyncIterator[TestApp]:
    """Yield the same site as clients of another IP address reach it."""
    transport = httpx2.ASGITransport(app=site.app, client=(ip, 50_000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://groundswell.test") as http:
        yield TestApp(site.settings, site.app, http)


async def request(site: TestApp, email: str = ADA, token: str | None = None) -> dict[str, Any]:
    return await site.do("requestSignIn", "requestId expiresAt", token, email=email)


async def flood(site: TestApp, networks: int, each: int, email: str = ADA) -> None:
    for number in range(networks):
        async with from_ip(site, f"10.{number}.0.1") as stranger:
            for _ in range(each):
                answer = await request(stranger, email)
                assert answer["__typename"] == "RequestSignInPayload"


async def signs_in(site: TestApp, email: str = ADA) -> bool:
    """Return whether a code is mailed for a request, and signs in."""
    before = len(await site.mails(email))
    requested = await request(site, email)
    mails = (await site.mails(email))[before:]
    if not mails:
        return False
    code = str(mails[0].text).split("\n\n    ")[1].split()[0]
    answer = await site.do("signIn", "accessToken", email=email, requestId=requested["requestId"], code=code)
    return str(answer["__typename"]) == "SignInPayload"


# ---------------------------------------------------------------- lock-out


@pytest.mark.parametrize(("networks", "each"), [(1, 11), (1, 40), (11, 1), (3, 5)])
async def test_owner_signs_in_although_others_ask_for_codes(site: TestApp, networks: int, each: int) -> None:
    await flood(site, networks, each)

    async with from_ip(site, OWNERS) as owner:
        assert await signs_in(owner)


async def test_network_that_has_signed_in_before_gets_codes_whatever_others_ask_for(site: TestApp) -> None:
    async with from_ip(site, OWNERS) as owner:
        assert await signs_in(owner)
        await flood(site, networks=30, each=2)

        assert [await signs_in(owner) for _ in range(4)] == [True] * 4


async def test_guessing_at_the_code_of_another_request_locks_nobody_out(site: TestApp) -> None:
    async with from_ip(site, OWNERS) as owner:
        code = await owner.code(ADA)
        requested = await request(site)
        for _ in range(20):
            await site.do("signIn", "accessToken", email=ADA, requestId=requested["requestId"], code="1234567")

        assert (await owner.do("signIn", "accessToken", **code))["__typename"] == "SignInPayload"


async def test_others_do_not_hear_when_the_owner_asks_for_a_code(site: TestApp) -> None:
    async def heard() -> list[Any]:
        requested = await request(site)
        tried = await site.do("signIn", "accessToken", email=ADA, requestId=requested["requestId"], code="1234567")
        return [set(requested), tried["code"], tried["message"], tried["paths"], tried["retryAfterSeconds"]]

    before = await heard()
    async with from_ip(site, OWNERS) as owner:
        await request(owner)

    assert await heard() == before


async def test_mailbox_gets_four_times_the_codes_of_a_network_at_most(site: TestApp) -> None:
    await flood(site, networks=40, each=3)

    assert len(await site.mails(ADA)) == 20


async def test_codes_to_sub_addresses_are_counted_as_of_one_mailbox(site: TestApp) -> None:
    for number in range(30):
        await request(site, f"ada+{number}@company.example")

    assert await Mail.all().count() == 5


async def test_known_network_runs_the_same_statements(site: TestApp) -> None:
    """An answer takes no other time where the mailbox was proven from the network before."""
    run: list[list[str]] = []
    await signs_in(site)
    for email in (ADA, "nobody-knows-me@example.org"):
        with recorded_statements() as statements:
            await request(site, email)
        run.append(list(statements))

    assert run[0] == run[1]


async def test_counts_end_after_an_hour(site: TestApp, clock: Clock) -> None:
    for _ in range(8):
        await request(site)
    clock.ahead = timedelta(hours=1, minutes=1)

    for _ in range(8):
        await request(site)

    assert len(await site.mails(ADA)) == 10
    assert (await SignInMailbox.get()).mail_count == 5


# ---------------------------------------------------------------- mail bombs


async def test_guests_of_one_network_share_its_mails() -> None:
    async with running_app(rate_limits=RATES, mail_limits=("network=7/hour",)) as site:
        guests = [await site.guest() for _ in range(20)]

        answers = await asyncio.gather(
            *(request(site, f"person-{number}@company.example", guests[number % 20]) for number in range(100))
        )
        async with from_ip(site, HERE) as elsewhere:
            other = await request(elsewhere)

        assert Counter(answer.get("code", "ok") for answer in answers) == {"ok": 7, "RATE_LIMITED": 93}
        assert all(answer["retryAfterSeconds"] > 3000 for answer in answers if "code" in answer)
        assert "code" not in other
        assert await Mail.all().count() == 8


@pytest.mark.parametrize(("limit", "mailed"), [("domain=4/hour", [4, 4]), ("all=6/hour", [6, 0])])
async def test_mails_are_limited_by_domain_and_in_all(limit: str, mailed: list[int]) -> None:
    async with running_app(rate_limits=RATES, mail_limits=(limit,)) as site:
        sent = []
        for domain in ("company.example", "example.org"):
            before = await Mail.all().count()
            for number in range(9):
                async with from_ip(site, f"10.0.{number}.1") as visitor:
                    await request(visitor, f"person-{number}@{domain}")
            sent.append(await Mail.all().count() - before)

        assert sent == mailed


async def test_owner_signs_in_although_all_mails_are_used_up() -> None:
    limits = ("domain=4/hour", "all=4/hour")
    async with running_app(rate_limits=RATES, mail_limits=limits) as site, from_ip(site, OWNERS) as owner:
        assert await signs_in(owner)
        for number in range(9):
            await request(site, f"person-{number}@example.org")

        assert await signs_in(owner)


async def test_mail_limits_do_not_tell_known_from_unknown() -> None:
    async with running_app(rate_limits=RATES, mail_limits=("network=4/hour",)) as site:
        async with from_ip(site, OWNERS) as owner:
            await signs_in(owner)
        answers = [await request(site, email) for email in (ADA, "nobody@example.org") * 3]

        for known, unknown in zip(answers[::2], answers[1::2], strict=True):
            assert known.get("code") == unknown.get("code")
            assert known.get("message") == unknown.get("message")


@pytest.mark.parametrize("reminders", [0, 3])
async def test_limited_confirmation_request_is_mailed_later(clock: Clock, reminders: int) -> None:
    limits = {"rate_limits": RATES, "mail_limits": ("network=2/hour", "all=4/hour"), "reminders": reminders}
    async with running_app(**limits) as site:
        campaign = await site.campaign(confirmSignatures=True)
        people = [f"person-{number}@example.org" for number in range(5)]
        answers = [await sign(site, campaign, email=email) for email in people]
        context = Context(site.settings, Live(), rate_limits=site.groundswell.rate_limits)
        mailed_at_once = await Mail.all().count()
        for _ in range(3):
            clock.ahead += timedelta(hours=1, minutes=1)
            await remind(context)
            site.groundswell.rate_limits._storage._counters.clear()  # an hour later

        assert {answer["signature"]["state"] for answer in answers} == {"PENDING"}
        assert mailed_at_once == 2
        assert [len(await site.mails(email)) for email in people] == [1] * 5


async def test_limited_request_for_another_link_is_told_so(clock: Clock) -> None:
    async with running_app(rate_limits=RATES, mail_limits=("network=1/hour",)) as site:
        await sign(site, await site.campaign(confirmSignatures=True))
        link = await site.link()
        clock.ahead = timedelta(hours=2)

        answer = await site.do("requestConfirmation", "campaign { id }", None, token=link)

        assert (answer["code"], answer["retryAfterSeconds"] > 3000) == ("RATE_LIMITED", True)


async def test_sub_addresses_get_one_confirmation_request_an_hour(site: TestApp) -> None:
    campaign = await site.campaign(confirmSignatures=True)

    for number in range(10):
        await sign(site, campaign, email=f"victim+{number}@company.example")

    assert [mail.kind for mail in await Mail.all()] == [MailKind.CONFIRM_SIGNATURE]


async def test_api_key_is_not_counted_by_network() -> None:
    """Its program writes for many people from one network."""
    async with running_app(rate_limits=RATES, mail_limits=("network=1/hour",)) as site:
        admin = await site.staff(Role.ADMIN)
        key = str((await site.do("createApiKey", "key", admin, name="Friends", scopes=["SIGN"]))["key"])
        campaign = await site.campaign(confirmSignatures=True)

        for number in range(5):
            await sign(site, campaign, key, email=f"person-{number}@example.org")

        assert await Mail.all().count() == 5


def test_unknown_mail_limit_stops_the_start() -> None:
    settings = replace(Settings(), rate_limits=DEFAULT_RATE_LIMITS, mail_limits=("netwerk=1/hour",))

    with pytest.raises(SystemExit, match="MAIL_LIMITS"):
        rate_limits(settings)


async def test_mails_are_limited_by_default() -> None:
    assert Settings().mail_limits == DEFAULT_MAIL_LIMITS
    async with running_app(rate_limits=RATES) as site:
        answers = [await request(site, f"person-{number}@example.org") for number in range(40)]

        assert Counter(answer.get("code", "ok") for answer in answers) == {"ok": 30, "RATE_LIMITED": 10}
