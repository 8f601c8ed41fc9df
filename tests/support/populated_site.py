"""Test data: a small site with campaigns, threads, pending and removed comments, votes, signatures and countries."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import storage
from models import CountryTally, Milestone, Role, Signature, SignatureState
from tests.support.app import TestApp
from tests.support.counters import set_counter
from tests.support.ids import row_id

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

WHOLE: dict[str, Any] = {
    "heroImage": {"url": "https://example.org/a.jpg", "alt": "A field", "credit": "Zoë"},
    "footnotes": [{"text": "A source", "url": "https://example.org/1"}, {"text": "Hearsay"}],
    "timeline": [{"occurredOn": "2017-10-02", "title": "Arrested"}],
    "resources": [{"title": "Report", "url": "https://example.org/r", "kind": "REPORT"}],
    "consentQuestions": [{"text": "May we **write** to you?", "textVersion": "2026-01"}],
    "donation": {
        "prompt": "Chip in",
        "url": "https://example.org/d",
        "suggestedAmounts": [{"amountMinor": 500, "currency": "USD"}],
    },
}
"""The optional parts of a campaign, all of them."""


@dataclass
class PopulatedSite:
    """A site with test data: the tokens of its viewers, and the ids and cursors that queries may use."""

    site: TestApp
    viewers: dict[str, str | None] = field(default_factory=lambda: {"a passer-by": None})
    """Token by the viewer's name."""
    campaigns: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    cursors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Cursors by the name of the connection's field."""
    ids: list[str] = field(default_factory=list)


async def populated_site(site: TestApp) -> PopulatedSite:
    populated = PopulatedSite(site)
    for name in ("Ada Byron", "Ben Okri", "Chidi", "Dürte Übermut"):
        populated.viewers[name] = await site.guest(name, country="DE")
    populated.viewers["a moderator"] = await site.staff(Role.MODERATOR)
    populated.viewers["a campaigner"] = await site.staff(Role.CAMPAIGNER, "Cara Paign")
    await _campaigns(populated)
    await _discussion(populated, populated.campaigns[0], threads=5, moderator=populated.viewers["a moderator"])
    await _discussion(populated, populated.campaigns[1], threads=2)
    await _pending_comments(populated, populated.campaigns[2])
    await _supporters(populated)
    await _collect_cursors_and_ids(populated)
    return populated


async def _campaigns(populated: PopulatedSite) -> None:
    site, token = populated.site, populated.viewers["a campaigner"]
    given: list[dict[str, Any]] = [
        {"slug": "free-them", "title": "Free them", **WHOLE},
        {"slug": "won", "title": "A cause that was won", "nameDisplayCeiling": "FIRST_NAME_INITIAL"},
        {"slug": "read-first", "title": "Read first", "commentPolicy": "PREMODERATED"},
    ]
    populated.campaigns += [await site.campaign(**one) for one in given]
    populated.campaigns.append(await site.campaign("DRAFT", slug="not-yet", title="Not yet"))
    for campaign in populated.campaigns[:2]:
        for number in range(3):
            update = {"title": f"News {number}", "body": "There is *news*.", "isPinned": number == 1}
            await site.do("postUpdate", "update { id }", token, campaignId=campaign, **update)
    partner = {"name": "Partners", "url": "https://example.org/p", "role": "gathers"}
    await site.do("addPartner", "partner { id }", token, campaignId=populated.campaigns[0], **partner)
    await site.do("addPartner", "partner { id }", token, campaignId=populated.campaigns[0], name="Others")


async def _discussion(populated: PopulatedSite, campaign: str, threads: int, moderator: str | None = None) -> None:
    """Create threads with replies, and delete the first comment of the last thread."""
    site, people = populated.site, list(populated.viewers.values())[1:5]
    for number in range(threads):
        who = [str(people[(number + step) % len(people)]) for step in range(4)]
        head = await site.comment(campaign, who[0], f"Thread {number}, **well** said.")
        reply = await site.comment(campaign, who[1], "I agree.", head)
        deeper = await site.comment(campaign, who[2], "So do I.", reply)
        populated.comments += [head, reply, deeper, await site.comment(campaign, who[3], "Not I.", head)]
        for step in range(number % 4):
            await site.do("castVote", "comment { id }", who[step], commentId=reply, direction="UP")
            await site.do("addReaction", "comment { id }", who[step], commentId=head, kind="HEART")
        await site.do("castVote", "comment { id }", who[3], commentId=head, direction="DOWN")
        await site.do("editComment", "comment { id }", who[1], commentId=reply, body="I agree wholly.")
    if moderator:
        await site.do("pinComment", "comment { id }", moderator, commentId=populated.comments[0])
        await site.do("lockThread", "comment { id }", moderator, commentId=populated.comments[4])
        held = populated.comments[5]
        await site.do("moderateComment", "comment { id }", moderator, commentId=held, decision="HOLD")
    await site.do("deleteComment", "comment { id }", who[0], commentId=head)


async def _pending_comments(populated: PopulatedSite, campaign: str) -> None:
    """Create pending comments, which only their authors and moderators see, and an approved one."""
    site, moderator = populated.site, populated.viewers["a moderator"]
    ada, ben = str(populated.viewers["Ada Byron"]), str(populated.viewers["Ben Okri"])
    head = await site.comment(campaign, ada, "Read me first.")
    await site.do("moderateComment", "comment { id }", moderator, commentId=head, decision="APPROVE")
    populated.comments += [
        head,
        await site.comment(campaign, ada, "I wait."),
        await site.comment(campaign, ben, "So do I."),
    ]
    populated.comments.append(await site.comment(campaign, ben, "Below.", head))
    await site.do("moderateComment", "comment { id }", moderator, commentId=populated.comments[-2], decision="REJECT")


async def _supporters(populated: PopulatedSite) -> None:
    first = row_id(populated.campaigns[0])
    people = [
        await populated.site.ask("{ viewer { supporter { id } } }", token) for token in populated.viewers.values()
    ]
    supporter_ids = [row_id(person["viewer"]["supporter"]["id"]) for person in people[1:4]]
    signed = [
        {"campaign_id": first, "supporter_id": supporter_id, "state": SignatureState.CONFIRMED, "signed_at": AT}
        for supporter_id in supporter_ids
    ]
    countries = [{"campaign_id": first, "country": country, "count": count} for country, count in COUNTRIES.items()]
    async with storage.transaction():
        await storage.insert_many(Signature, signed)
        await storage.insert_many(CountryTally, countries)
        await storage.insert_many(Milestone, [{"campaign_id": first, "count": 100, "reached_at": AT}])
    await set_counter(populated.campaigns[0], sum(COUNTRIES.values()) + 7, 20, AT)


COUNTRIES = {"DE": 60, "FR": 31, "TM": 3}

LISTS = """{
    campaigns(first: 3) { edges { cursor node { id
        updates { edges { cursor node { id } } }
        activity { edges { cursor node { id actor { id } ... on CommentActivity { subjectId } } } }
        comments { edges { cursor node { id author { id } replies { edges { cursor node { id } } } } } }
        partners { partner { id } } viewerSignature { id }
    } } }
    moderationQueue { edges { cursor node { id } } }
}"""


async def _collect_cursors_and_ids(populated: PopulatedSite) -> None:
    """Collect the cursors and ids of the lists, as a moderator sees the lists."""
    answer = await populated.site.ask(LISTS, populated.viewers["a moderator"])
    _collect(populated, answer, "")
    populated.ids += [*populated.campaigns, *populated.comments]


def _collect(populated: PopulatedSite, value: Any, at: str) -> None:
    if isinstance(value, list):
        for item in value:
            _collect(populated, item, at)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "cursor":
                populated.cursors[at].append(inner)
            elif name in ("id", "subjectId"):
                populated.ids.append(inner)
            else:
                _collect(populated, inner, at if name in ("edges", "node") else name)
