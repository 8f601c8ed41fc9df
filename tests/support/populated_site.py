"""A small site with something of everything: what people wrote, waits to be read, was taken down, voted and signed."""

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
    "donation": {
        "prompt": "Chip in",
        "url": "https://example.org/d",
        "suggestedAmounts": [{"amountMinor": 500, "currency": "USD"}],
    },
}
"""All that a campaign's page may have."""


@dataclass
class PopulatedSite:
    """Who may look, and what there is to look at."""

    site: TestApp
    viewers: dict[str, str | None] = field(default_factory=lambda: {"a passer-by": None})
    """Tokens by who holds them."""
    campaigns: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    cursors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By the field that gave them."""
    ids: list[str] = field(default_factory=list)


async def populated_site(site: TestApp) -> PopulatedSite:
    there = PopulatedSite(site)
    for name in ("Ada Byron", "Ben Okri", "Chidi", "Dürte Übermut"):
        there.viewers[name] = await site.guest(name, country="DE")
    there.viewers["a moderator"] = await site.staff(Role.MODERATOR)
    there.viewers["a campaigner"] = await site.staff(Role.CAMPAIGNER, "Cara Paign")
    await _campaigns(there)
    await _discussion(there, there.campaigns[0], threads=5, moderator=there.viewers["a moderator"])
    await _discussion(there, there.campaigns[1], threads=2)
    await _waiting(there, there.campaigns[2])
    await _supporters(there)
    await _places(there)
    return there


async def _campaigns(there: PopulatedSite) -> None:
    site, token = there.site, there.viewers["a campaigner"]
    given: list[dict[str, Any]] = [
        {"slug": "free-them", "title": "Free them", **WHOLE},
        {"slug": "won", "title": "A cause that was won", "nameDisplayCeiling": "FIRST_NAME_INITIAL"},
        {"slug": "read-first", "title": "Read first", "commentPolicy": "PREMODERATED"},
    ]
    there.campaigns += [await site.campaign(**one) for one in given]
    there.campaigns.append(await site.campaign("DRAFT", slug="not-yet", title="Not yet"))
    for campaign in there.campaigns[:2]:
        for number in range(3):
            update = {"title": f"News {number}", "body": "There is *news*.", "isPinned": number == 1}
            await site.do("postUpdate", "update { id }", token, campaignId=campaign, **update)
    partner = {"name": "Partners", "url": "https://example.org/p", "role": "gathers"}
    await site.do("addPartner", "partner { id }", token, campaignId=there.campaigns[0], **partner)
    await site.do("addPartner", "partner { id }", token, campaignId=there.campaigns[0], name="Others")


async def _discussion(there: PopulatedSite, campaign: str, threads: int, moderator: str | None = None) -> None:
    """Threads with replies, the last of which has its head taken down."""
    site, people = there.site, list(there.viewers.values())[1:5]
    for number in range(threads):
        who = [str(people[(number + step) % len(people)]) for step in range(4)]
        head = await site.comment(campaign, who[0], f"Thread {number}, **well** said.")
        reply = await site.comment(campaign, who[1], "I agree.", head)
        deeper = await site.comment(campaign, who[2], "So do I.", reply)
        there.comments += [head, reply, deeper, await site.comment(campaign, who[3], "Not I.", head)]
        for step in range(number % 4):
            await site.do("castVote", "comment { id }", who[step], commentId=reply, direction="UP")
            await site.do("addReaction", "comment { id }", who[step], commentId=head, kind="HEART")
        await site.do("castVote", "comment { id }", who[3], commentId=head, direction="DOWN")
        await site.do("editComment", "comment { id }", who[1], commentId=reply, body="I agree wholly.")
    if moderator:
        await site.do("pinComment", "comment { id }", moderator, commentId=there.comments[0])
        await site.do("lockThread", "comment { id }", moderator, commentId=there.comments[4])
        held = there.comments[5]
        await site.do("moderateComment", "comment { id }", moderator, commentId=held, decision="HOLD")
    await site.do("deleteComment", "comment { id }", who[0], commentId=head)


async def _waiting(there: PopulatedSite, campaign: str) -> None:
    """Comments that only their authors and moderators see, below one that was let through."""
    site, moderator = there.site, there.viewers["a moderator"]
    ada, ben = str(there.viewers["Ada Byron"]), str(there.viewers["Ben Okri"])
    head = await site.comment(campaign, ada, "Read me first.")
    await site.do("moderateComment", "comment { id }", moderator, commentId=head, decision="APPROVE")
    there.comments += [
        head,
        await site.comment(campaign, ada, "I wait."),
        await site.comment(campaign, ben, "So do I."),
    ]
    there.comments.append(await site.comment(campaign, ben, "Below.", head))
    await site.do("moderateComment", "comment { id }", moderator, commentId=there.comments[-2], decision="REJECT")


async def _supporters(there: PopulatedSite) -> None:
    first = row_id(there.campaigns[0])
    people = [await there.site.ask("{ viewer { supporter { id } } }", token) for token in there.viewers.values()]
    numbers = [row_id(person["viewer"]["supporter"]["id"]) for person in people[1:4]]
    signed = [
        {"campaign_id": first, "supporter_id": number, "state": SignatureState.CONFIRMED, "signed_at": AT}
        for number in numbers
    ]
    countries = [{"campaign_id": first, "country": country, "count": count} for country, count in COUNTRIES.items()]
    async with storage.transaction():
        await storage.insert_many(Signature, signed)
        await storage.insert_many(CountryTally, countries)
        await storage.insert_many(Milestone, [{"campaign_id": first, "count": 100, "reached_at": AT}])
    await set_counter(there.campaigns[0], sum(COUNTRIES.values()) + 7, 20, AT)


COUNTRIES = {"DE": 60, "FR": 31, "TM": 3}

LISTS = """{
    campaigns(first: 3) { edges { cursor node { id
        updates { edges { cursor node { id } } }
        activity { edges { cursor node { id actor { id } subjectId } } }
        comments { edges { cursor node { id author { id } replies { edges { cursor node { id } } } } } }
        partners { partner { id } } viewerSignature { id }
    } } }
    moderationQueue { edges { cursor node { id } } }
}"""


async def _places(there: PopulatedSite) -> None:
    """Every cursor and id that the lists give, as a moderator who signed nothing sees them."""
    answer = await there.site.ask(LISTS, there.viewers["a moderator"])
    _gather(there, answer, "")
    there.ids += [*there.campaigns, *there.comments]


def _gather(there: PopulatedSite, value: Any, at: str) -> None:
    if isinstance(value, list):
        for item in value:
            _gather(there, item, at)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "cursor":
                there.cursors[at].append(inner)
            elif name in ("id", "subjectId"):
                there.ids.append(inner)
            else:
                _gather(there, inner, at if name in ("edges", "node") else name)
