"""An interrupted load of the demo: recognized as incomplete, deleted and started again."""

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


class Interrupted(Exception):
    pass


@pytest.fixture
async def interrupted(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> TestApp:
    """A site whose load of the demo was interrupted after 1,000 steps."""
    monkeypatch.setattr(load, "CAMPAIGNS", (SMALL, DRAFT))

    def progress(description: str, done: int, total: int) -> None:
        if done > 1_000:
            raise Interrupted

    with pytest.raises(Interrupted):
        await load.load(site.settings, progress)
    return site


async def test_interrupted_load_counts_as_not_loaded(interrupted: TestApp) -> None:
    query = "query($slug: String!) { campaign(slug: $slug) { supporters { total } } }"

    found = await load.main_campaign()

    assert found is None
    assert (await interrupted.ask(query, slug=SMALL.slug))["campaign"]["supporters"]["total"] > 500


async def test_campaign_of_others_is_not_deleted(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the campaign has the slug of one of the demo's."""
    monkeypatch.setattr(load, "CAMPAIGNS", (SMALL, DRAFT))
    campaign = await site.campaign(slug=SMALL.slug)
    names = {"givenName": "Ada", "email": "ada@example.org"}
    await site.do("signPetition", "signature { id }", campaignId=campaign, **names)

    with pytest.raises(SystemExit, match="not the demo's"):
        await load.load(site.settings, lambda description, done, total: None)

    query = "query($slug: String!) { campaign(slug: $slug) { supporters { total } } }"
    assert (await site.ask(query, slug=SMALL.slug))["campaign"]["supporters"]["total"] == 1


async def test_interrupted_load_is_started_again(interrupted: TestApp) -> None:
    await load.load(interrupted.settings, lambda description, done, total: None)

    campaign = await load.main_campaign()
    assert campaign is not None
    assert campaign.direct_signature_count == SMALL.direct_signatures
    assert [tuple(row) for row in await storage.fetch(COUNT_SIGNERS)] == [(SMALL.direct_signatures,)]
    assert await drift() == []
