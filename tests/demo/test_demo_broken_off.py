"""A load of the demonstration that is broken off: half a campaign is not taken for a whole one."""

import pytest

import storage
from demo import load
from demo.campaigns import CAMPAIGNS
from jobs.audits import drift
from storage.database import Statement
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

SMALL, DRAFT = (next(one for one in CAMPAIGNS if one.state == state) for state in ("LIVE", "DRAFT"))
COUNT_SIGNERS = Statement("SELECT count(*) FROM profiles WHERE email_hash IS NOT NULL")


class BrokenOff(Exception):
    pass


@pytest.fixture
async def half(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> TestApp:
    """A site on which so much happened before the load ended."""
    monkeypatch.setattr(load, "CAMPAIGNS", (SMALL, DRAFT))

    def progress(what: str, done: int, total: int) -> None:
        if done > 1_000:
            raise BrokenOff

    with pytest.raises(BrokenOff):
        await load.load(site.settings, progress)
    return site


async def test_half_a_load_is_not_taken_for_a_whole_one(half: TestApp) -> None:
    query = "query($slug: String!) { campaign(slug: $slug) { supporters { total } } }"

    found = await load.main_campaign()

    assert found is None
    assert (await half.ask(query, slug=SMALL.slug))["campaign"]["supporters"]["total"] > 500


async def test_a_campaign_of_somebody_else_is_left_alone(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if it is called like one of the demo's."""
    monkeypatch.setattr(load, "CAMPAIGNS", (SMALL, DRAFT))
    campaign = await site.campaign(slug=SMALL.slug)
    names = {"givenName": "Ada", "email": "ada@example.org"}
    await site.do("signPetition", "signature { id }", campaignId=campaign, **names)

    with pytest.raises(SystemExit, match="not the demo's"):
        await load.load(site.settings, lambda what, done, total: None)

    query = "query($slug: String!) { campaign(slug: $slug) { supporters { total } } }"
    assert (await site.ask(query, slug=SMALL.slug))["campaign"]["supporters"]["total"] == 1


async def test_what_was_broken_off_is_begun_anew(half: TestApp) -> None:
    await load.load(half.settings, lambda what, done, total: None)

    campaign = await load.main_campaign()
    assert campaign is not None
    assert campaign.direct_signature_count == SMALL.direct_signatures
    assert [tuple(row) for row in await storage.fetch(COUNT_SIGNERS)] == [(SMALL.direct_signatures,)]
    assert await drift() == []
