"""Signing in tests: the mutations of a signer, the counters, the ticker, and a site whose counters are audited."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

import storage
from jobs.audits import drift
from models import MailKind
from resolvers.context import Context
from storage.database import Statement
from tests.support.app import TestApp, running_app

COUNTS = "supporters { total direct pending withdrawn }"
PAYLOAD = f"""signature {{ id state signedAt supporter {{ displayName badge }} comment {{ id }} }}
  campaign {{ id {COUNTS} }} comment {{ body {{ text }} author {{ displayName }} }} accessToken"""
ADA, GRACE = "ada@example.org", "grace@example.org"
NAMES = {"givenName": "Ada", "familyName": "Lovelace"}
TICKER = """query($id: ID!, $kinds: [ActivityKind!]) { campaign(id: $id) { activity(kinds: $kinds) { nodes {
  kind actorName actor { displayName } ... on SignatureActivity { signature { state } } } } } }"""
STATES = Statement("SELECT state, is_counted FROM signatures ORDER BY id")


@asynccontextmanager
async def audited(**changes: Any) -> AsyncIterator[TestApp]:
    """Run a site, and check at the end that its counters are what its rows add up to."""
    async with running_app(**changes) as site:
        yield site
        assert await drift() == []


async def sign(site: TestApp, campaign: str, token: str | None = None, **given: Any) -> Any:
    return await site.do("signPetition", PAYLOAD, token, campaignId=campaign, **({"email": ADA} | NAMES | given))


async def withdraw(site: TestApp, campaign: str, token: str | None) -> Any:
    payload = f"signature {{ id state }} campaign {{ {COUNTS} }}"
    return await site.do("withdrawSignature", payload, token, campaignId=campaign)


async def decide(site: TestApp, link: str, decision: str = "CONFIRM") -> Any:
    payload = f"signature {{ id state }} campaign {{ {COUNTS} }}"
    return await site.do("confirmSignature", payload, None, token=link, decision=decision)


async def renew(site: TestApp, link: str) -> Any:
    return await site.do("requestConfirmation", "campaign { id }", None, token=link)


async def counts(site: TestApp, campaign: str) -> tuple[int, ...]:
    """Return total, direct, pending and withdrawn."""
    answer = await site.ask(f"query($id: ID!) {{ campaign(id: $id) {{ {COUNTS} }} }}", id=campaign)
    return tuple(answer["campaign"]["supporters"].values())


async def ticker(site: TestApp, campaign: str, *kinds: str) -> list[dict[str, Any]]:
    answer = await site.ask(TICKER, id=campaign, kinds=list(kinds))
    return list(answer["campaign"]["activity"]["nodes"])


async def mailed(site: TestApp, email: str = ADA) -> list[MailKind]:
    return [mail.kind for mail in await site.mails(email)]


class Clock:
    """The time that resolvers see: the real time plus `ahead`, which a test may change."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        # replaces the clock of every context, also of those that were given another one
        monkeypatch.setattr(Context, "now", property(lambda context: self.now, lambda context, clock: None))

    def now(self) -> datetime:
        return storage.now() + self.ahead
