"""Erasing a person: what is theirs goes, what must stay is nobody's, and a receipt says how much that was."""

import asyncio
from datetime import datetime
from typing import Annotated

import storage
from auth.viewers import Scope
from models import (
    ActivityKind,
    Badge,
    Campaign,
    Comment,
    CommentState,
    Erasure,
    ErasurePolicy,
    NameDisplay,
    Profile,
    Role,
    Signature,
    SignatureState,
    SubjectType,
    Supporter,
    campaigns,
    emails,
    erasures,
    idempotency,
    mails,
    signatures,
    supporters,
)
from refusals import ProblemCode, Refusal, forbidden, not_found
from resolvers import comment_counts, sessions, signature_counts
from resolvers.activity import record
from resolvers.comments import bury
from resolvers.context import Context
from resolvers.declarations import requires
from resolvers.ids import IdOf, global_id
from resolvers.names import ANONYMOUS_NAME

BATCH = 100
"""Comments between two pauses, in which others are answered."""


@requires(Scope.ERASE, unless_oneself=True)
async def erase_supporter(
    context: Context,
    supporter_id: Annotated[
        int | None, IdOf("Supporter"), "Whom to erase, with the scope ERASE; null: oneself, which needs no scope."
    ] = None,
    keep_comments: Annotated[
        bool, 'Leave the comments, as those of "A supporter". Otherwise tombstones keep the places of their replies.'
    ] = False,
) -> Erasure:
    """Erase a person for good: name, address, profile, consents, votes, reactions, and every token.

    Their signatures stay as numbers or are counted back, as each campaign's `erasurePolicy` says. A second time
    gives the first receipt.
    """
    number = _whom(context, supporter_id)
    locked = await _lock_campaigns(number)
    person = await storage.read_one(Supporter, erasures.LOCK, number)
    if person is None:
        return await _first_receipt(number)
    locked |= await _lock_campaigns(number)  # what they did while they were waited for
    await _may_erase(context, person)
    at = context.now()
    by = None if number == context.supporter_id else context.actor
    touched = await _take_everything(context, number, locked, at, keep_comments)
    return await storage.add(Erasure, supporter_id=number, erased_at=at, erased_by=by, **touched)


def receipt_id(erasure: Erasure) -> str:
    """The receipt's number, to be quoted."""
    return global_id("ErasureReceipt", erasure.id)


def _whom(context: Context, supporter_id: int | None) -> int:
    own = context.supporter_id
    if supporter_id is not None and supporter_id != own:
        context.require(Scope.ERASE)
    return own if supporter_id is None else supporter_id


async def _lock_campaigns(number: int) -> dict[int, Campaign]:
    """Every campaign on which something of the person is seen or counted, locked by id as everyone does."""
    ids = [row[0] for row in await storage.fetch(erasures.CAMPAIGNS, number)]
    rows = [await storage.read_one(Campaign, campaigns.FOR_UPDATE, campaign_id) for campaign_id in ids]
    return {row.id: row for row in rows if row is not None}


async def _first_receipt(number: int) -> Erasure:
    receipt = await storage.read_one(Erasure, erasures.OF_PERSON, number)
    if receipt is None:
        raise not_found("person", "supporterId")
    return receipt


async def _may_erase(context: Context, person: Supporter) -> None:
    is_oneself = person.id == context.supporter_id
    if person.badge is Badge.STAFF and not is_oneself and not context.viewer.may(Role.ADMIN):
        raise forbidden("Only an ADMIN may erase those who run the site.")
    if await storage.fetch(erasures.HAS_GOOD_KEY, person.id, context.now()):
        message = "This is no person but a program with an API key: revoke the key first."
        raise Refusal(ProblemCode.CONFLICT, message, "supporterId")


async def _take_everything(
    context: Context, number: int, locked: dict[int, Campaign], at: datetime, keep_comments: bool
) -> dict[str, int]:
    """The person, and whatever is theirs in these campaigns; returns how many of what there were."""
    touched = {
        "signatures": len(await storage.fetch(erasures.SIGNATURES, number)),
        "votes": await comment_counts.take_marks(erasures.TAKE_VOTES, number),
        "reactions": await comment_counts.take_marks(erasures.TAKE_REACTIONS, number),
        "donations": len(await storage.fetch(erasures.UNLINK_DONATIONS, number)),
        "comments": 0,
    }
    await _forget_answers(number)
    await _forget_addresses(number)
    await storage.fetch(erasures.UNLINK_ACTIVITY, number)
    for campaign_id in sorted(locked):
        touched["comments"] += await _forget_comments(context, number, campaign_id, at, keep_comments)
        await _unsign(context, number, locked[campaign_id], at)
        await record(context, campaign_id, ActivityKind.NAME_CHANGED, (SubjectType.CAMPAIGN, campaign_id), at)
    await _leave_to_nobody(number, at)
    await sessions.revoke_person(context, number)
    await storage.fetch(erasures.FORGET_SUBJECTS, number, b"")
    await storage.fetch(erasures.ERASE, number)
    return touched


async def _forget_answers(number: int) -> None:
    """A retry of what the person did gets no first answer any more."""
    signed = [row.id for row in await storage.read(Signature, erasures.SIGNATURES, number)]
    await storage.fetch(idempotency.FORGET_PERSON, idempotency.of_person(number), number, storage.json_list(signed))


async def _forget_addresses(number: int) -> None:
    """What waits for the person's address. Anyone can type another's: what was proven to be another's is left alone."""
    profile = await storage.read_one(Profile, supporters.PROFILE, number)
    if profile is None or profile.email is None:
        return
    others = [one for one in await supporters.of_address(profile.email) if one.supporter_id != number]
    hashes = storage.json_list(emails.hashes(profile.email))
    if not any(other.email_verified for other in others):
        await storage.fetch(mails.DROP, hashes)
    if profile.email_verified:  # otherwise it is also what keeps a stranger's mailbox from being flooded
        await storage.fetch(erasures.FORGET_CODES, hashes)
        await storage.fetch(erasures.FORGET_ASKED, hashes)


async def _forget_comments(context: Context, number: int, campaign_id: int, at: datetime, keep: bool) -> int:
    """Tombstones in their place, or the last text alone; returns how many there were."""
    ids = [row[0] for row in await storage.fetch(erasures.COMMENT_IDS, number, campaign_id)]
    count = 0
    for start in range(0, len(ids), BATCH):
        part = storage.json_list(ids[start : start + BATCH])
        for statement in (erasures.FORGET_EDITS, erasures.FORGET_REASONS, erasures.FORGET_NOTES):
            await storage.fetch(statement, part)
        # oldest first: what one takes along is above it, and was dealt with before
        for comment in await storage.read(Comment, erasures.COMMENTS, part):
            if comment.state is not CommentState.DELETED:
                count += 1
                if not keep:
                    await bury(context, comment, at)
        await asyncio.sleep(0)
    return count


async def _unsign(context: Context, number: int, campaign: Campaign, at: datetime) -> None:
    """Cut the signature off from its signer. One that waits for them waits in vain, and is withdrawn."""
    row = await storage.read_one(Signature, signatures.OWN, number, campaign.id)
    if row is None:
        return
    if not row.is_counted:
        await storage.fetch(erasures.FORGET_SIGNATURE, row.id)
        return
    keeps = row.state is SignatureState.CONFIRMED and campaign.erasure_policy is ErasurePolicy.KEEP_COUNT
    state = SignatureState.WITHDRAWN if row.stands and not keeps else row.state
    await storage.fetch(erasures.UNSIGN, row.id, state)
    if state is not row.state:
        before, row.state = row.state, state
        await signature_counts.count(context, row, before, at)
    elif keeps and row.country:
        await storage.fetch(signatures.COUNT_COUNTRY, campaign.id, row.country, -1)


async def _leave_to_nobody(number: int, at: datetime) -> None:
    """What must belong to someone, such as a tombstone, belongs to a face without a person behind it."""
    await storage.fetch(erasures.FORGET_OWN_NOTES, number)
    await storage.fetch(erasures.FORGET_AUTHOR, number)
    await storage.fetch(erasures.NAME_KEYS, number, ANONYMOUS_NAME)
    if not await storage.fetch(erasures.LEAVES, number):
        return
    face = {"display_name": ANONYMOUS_NAME, "name_ceiling": NameDisplay.ANONYMOUS, "created_at": at}
    nobody = await storage.insert(Supporter, **face)
    for statement in erasures.LEAVE:
        await storage.fetch(statement, number, nobody)
