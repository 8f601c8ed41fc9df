"""The documents in docs/screens, each with the fragments that it uses, and a page of full size for them."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse

from models import Role
from tests.support.app import TestApp
from tests.support.docs import DOCS
from tests.support.populated_site import WHOLE

SCREENS = DOCS / "screens"
FRAGMENT_FILES = {name.capitalize(): SCREENS / f"{name}.graphql" for name in ("card", "branch")}
"""The files that hold one fragment, by the fragment's name."""

FILES = [path for path in sorted(SCREENS.glob("*.graphql")) if path not in FRAGMENT_FILES.values()]

THREADS, REPLIES, DEEPER_REPLIES, LONG_THREAD = 40, 3, 2, 120
TEXT = "I have followed this for **two years**, and I still do not understand why nobody answers. Please go on writing."


def fragments_of(text: str) -> list[str]:
    """Return the texts of the folder's fragments that a document spreads, also by way of each other."""
    found: dict[str, str] = {}
    names = re.findall(r"\.\.\.([A-Z]\w*)", text)
    while names:
        name = names.pop()
        if name in FRAGMENT_FILES and name not in found:
            found[name] = FRAGMENT_FILES[name].read_text()
            names += re.findall(r"\.\.\.([A-Z]\w*)", found[name])
    return list(found.values())


def operations(path: Path) -> dict[str, str]:
    """Return the operations of a screen by name, each with the fragments that it uses, ready to be sent."""
    text = path.read_text()
    definitions = parse(text, no_location=False).definitions
    pieces = {
        node.name.value: text[node.loc.start : node.loc.end]
        for node in definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode) and node.name and node.loc
    }
    own = {node.name.value for node in definitions if isinstance(node, FragmentDefinitionNode)}
    return {name: _whole(piece, pieces, own) for name, piece in pieces.items() if name not in own}


def _whole(operation: str, pieces: dict[str, str], own: set[str]) -> str:
    used = [pieces[name] for name in own if f"...{name}" in operation]
    document = "\n\n".join([operation, *used])
    return "\n\n".join([document, *fragments_of(document)])


@dataclass
class FullPage:
    """A campaign with more threads than a page, a long thread, and its viewers' tokens."""

    slug: str
    campaign: str
    guest: str
    moderator: str
    long_thread: str
    deep_reply: str
    comments: list[str] = field(default_factory=list)


async def full_page(site: TestApp) -> FullPage:
    """Create 40 threads with 3 replies that have 2 replies each, a thread of 120 replies, and a guest's activity."""
    campaign = await site.campaign(slug="screens", title="Free Gaspar Matalaev", **WHOLE)
    moderator = await site.staff(Role.ADMIN, "Mo Derator")
    people = [await site.guest(f"Person {letter}") for letter in "ABCDEFGHIJ"]
    long_thread = await site.comment(campaign, people[0], TEXT)
    replies = [long_thread]
    for number in range(LONG_THREAD):
        parent = replies[-1] if number % 10 else long_thread
        replies.append(await site.comment(campaign, people[number % 10], TEXT, parent))
    page = FullPage("screens", campaign, people[0], moderator, long_thread, replies[LONG_THREAD // 2])
    await _campaign_texts(site, page)
    await _threads(site, page, people)
    await _activity(site, page, people)
    return page


async def _campaign_texts(site: TestApp, page: FullPage) -> None:
    for number in range(3):
        news = {"title": f"News {number}", "body": TEXT}
        await site.do("postUpdate", "update { id }", page.moderator, campaignId=page.campaign, **news)
    for name in ("Labor Forum", "Turkmen Watch"):
        partner = {"name": name, "url": "https://example.org", "role": "gathers signatures"}
        await site.do("addPartner", "partner { id }", page.moderator, campaignId=page.campaign, **partner)


async def _threads(site: TestApp, page: FullPage, people: list[str]) -> None:
    for number in range(THREADS):
        head = await site.comment(page.campaign, people[number % 10], TEXT)
        page.comments.append(head)
        for offset in range(REPLIES):
            reply = await site.comment(page.campaign, people[(number + offset) % 10], TEXT, head)
            for deeper in range(DEEPER_REPLIES):
                await site.comment(page.campaign, people[(number + deeper) % 10], TEXT, reply)


async def _activity(site: TestApp, page: FullPage, people: list[str]) -> None:
    """Let the guest vote and react, let others flag what a moderator decides on, and pin a comment."""
    for head in page.comments:
        await site.do("castVote", "comment { id }", page.guest, commentId=head, direction="UP")
        await site.do("addReaction", "comment { id }", page.guest, commentId=head, kind="SOLIDARITY")
        flag = {"commentId": head, "reason": "OFF_TOPIC", "note": "This is about something else."}
        await site.do("flagComment", "comment { id }", people[5], **flag)
    await site.do("pinComment", "comment { id }", page.moderator, commentId=page.comments[0])
    await site.sign(page.campaign, "katharina@example.org", page.guest, consents=CONSENTS)


CONSENTS: list[dict[str, Any]] = [{"granted": True, "textVersion": "2026-01"}]
