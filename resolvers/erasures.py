"""Erasing a person: delete or anonymise all rows of a supporter, and write a receipt with the counts."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import storage
from auth.viewers import Scope
from models import (
    Activity,
    ActivityKind,
    ApiKey,
    Badge,
    Campaign,
    Comment,
    CommentAuthor,
    CommentEdit,
    CommentFlag,
    CommentState,
    ConfirmationRequest,
    Donation,
    Erasure,
    ErasurePolicy,
    HostIdentity,
    Mail,
    ModerationAction,
    NameDisplay,
    Profile,
    Role,
    Signature,
    SignatureState,
    SignInMailbox,
    SignInRequest,
    SubjectType,
    Supporter,
    api_keys,
    campaigns,
    emails,
    erasures,
    idempotency,
    signatures,
    supporters,
)
from refusals import ProblemCode, Refusal, forbidden, not_found
from resolvers import comment_counts, sessions, signature_counts
from resolvers.activity import record
from resolvers.comments import tombstone
from resolvers.context import Context
from resolvers.declarations import requires
from resolvers.ids import IdOf, global_id
from resolvers.names import ANONYMOUS_NAME
from resolvers.signature_counts import Counted

COMMENT_BATCH_SIZE = 100  # comments between two pauses in which other requests run


@requires(Scope.ERASE, unless_oneself=True)
async def erase_supporter(
    context: Context,
    supporter_id: Annotated[
        int | None, IdOf("Supporter"), "The person to erase, with the scope ERASE; null: oneself, which needs no scope."
    ] = None,
    keep_comments: Annotated[
        bool, 'Leave the comments, as those of "A supporter". Otherwise tombstones keep the places of their replies.'
    ] = False,
) -> Erasure:
    """Erase a person for good: name, e-mail, profile, consents, votes, reactions, and every token.

    Each campaign's `erasurePolicy` says whether the person's signature stays in the count without a name, or is
    subtracted from it. Erasing the same person again returns the first receipt.
    """
    target_id = _check_target(context, supporter_id)
    locked = await _lock_campaigns(target_id)
    person = await storage.read_one(Supporter, erasures.LOCK_SUPPORTER, target_id)
    if person is None:
        return await _first_receipt(target_id)
    locked |= await _lock_campaigns(target_id)  # campaigns of writes that were committed before the person was locked
    await _check_erasable(context, person)
    at = context.now()
    erased_by = None if target_id == context.supporter_id else context.actor
    counts: dict[str, Any] = await _erase(context, target_id, locked, at, keep_comments)
    return await Erasure.create(supporter_id=target_id, erased_at=at, erased_by=erased_by, **counts)


def id(erasure: Erasure) -> str:
    """The number of the receipt, for reference."""
    return global_id("ErasureReceipt", erasure.id)


def _check_target(context: Context, supporter_id: int | None) -> int:
    """Return the id of the person to erase; require ERASE for anyone but the viewer."""
    viewer_id = context.supporter_id
    if supporter_id is not None and supporter_id != viewer_id:
        context.require(Scope.ERASE)
    return viewer_id if supporter_id is None else supporter_id


async def _lock_campaigns(supporter_id: int) -> dict[int, Campaign]:
    """Lock every campaign on which anything of the person is shown or counted, in the lock order: by id."""
    ids = [row[0] for row in await storage.fetch(erasures.SELECT_CAMPAIGNS, supporter_id)]
    rows = [await storage.read_one(Campaign, campaigns.LOCK_CAMPAIGN, campaign_id) for campaign_id in ids]
    return {row.id: row for row in rows if row is not None}


async def _first_receipt(supporter_id: int) -> Erasure:
    receipt = await Erasure.get_or_none(supporter_id=supporter_id)
    if receipt is None:
        raise not_found("person", "supporterId")
    return receipt


async def _check_erasable(context: Context, person: Supporter) -> None:
    is_oneself = person.id == context.supporter_id
    if person.badge is Badge.STAFF and not is_oneself and not context.viewer.may(Role.ADMIN):
        raise forbidden("Only an ADMIN may erase those who run the site.")
    if await api_keys.valid_keys(context.now()).filter(supporter_id=person.id).exists():
        message = "This is no person but a program with an API key: revoke the key first."
        raise Refusal(ProblemCode.CONFLICT, message, "supporterId")


async def _erase(
    context: Context, supporter_id: int, locked: dict[int, Campaign], at: datetime, keep_comments: bool
) -> dict[str, int]:
    """Delete or anonymise all rows of a person on the locked campaigns; return the counts for the receipt."""
    context.forgets = True
    signed = await Signature.filter(supporter_id=supporter_id)
    counts = {
        "signatures": len(signed),
        "votes": await comment_counts.delete_engagements(erasures.DELETE_VOTES, supporter_id),
        "reactions": await comment_counts.delete_engagements(erasures.DELETE_REACTIONS, supporter_id),
        "donations": await Donation.filter(donor_id=supporter_id).update(donor_id=None),
        "comments": 0,
    }
    await idempotency.delete_answers(supporter_id, [signature.id for signature in signed])
    await _delete_mail_and_codes(supporter_id)
    await Activity.filter(actor_id=supporter_id).update(actor_id=None, detail=None)
    for campaign_id in sorted(locked):
        counts["comments"] += await _erase_comments(context, supporter_id, campaign_id, at, keep_comments)
        await _anonymise_signature(context, supporter_id, locked[campaign_id], at)
        await record(context, campaign_id, ActivityKind.NAME_CHANGED, (SubjectType.CAMPAIGN, campaign_id), at)
    await _reassign_to_nobody(supporter_id, at)
    await sessions.revoke_all_tokens(context, supporter_id)
    # tokens of another issuer are refused by the keyed hash alone
    await HostIdentity.filter(supporter_id=supporter_id).update(
        subject_sealed=b"", digest="", role=None, claimed_at=None
    )
    await Supporter.filter(id=supporter_id).delete()  # ON DELETE CASCADE: profile, consents and sessions
    return counts


async def _delete_mail_and_codes(supporter_id: int) -> None:
    """Delete queued mail and codes for the person's e-mail.

    Anyone can type another person's e-mail, so the mail of an e-mail that another person has proven is kept.
    """
    profile = await Profile.get_or_none(supporter_id=supporter_id)
    if profile is None or profile.email is None:
        return
    others = [one for one in await supporters.profiles_by_email(profile.email) if one.supporter_id != supporter_id]
    hashes = emails.hashes(profile.email)
    if not any(other.email_verified for other in others):
        await Mail.filter(email_hash__in=hashes).delete()
    if profile.email_verified:  # otherwise these rows also protect a stranger's mailbox from a flood of mails
        await SignInRequest.filter(email_hash__in=hashes).delete()
        counted = [*hashes, emails.flood_hash(profile.email)]
        await SignInMailbox.filter(email_hash__in=counted).delete()
        await ConfirmationRequest.filter(email_hash__in=counted).delete()


async def _erase_comments(context: Context, supporter_id: int, campaign_id: int, at: datetime, keep: bool) -> int:
    """Turn the person's comments into tombstones, or keep their last text; return the number of comments."""
    rows = Comment.filter(author_id=supporter_id, campaign_id=campaign_id).order_by("id")
    ids: list[Any] = await rows.values_list("id", flat=True)
    count = 0
    for start in range(0, len(ids), COMMENT_BATCH_SIZE):
        batch = ids[start : start + COMMENT_BATCH_SIZE]
        await CommentEdit.filter(comment_id__in=batch).delete()
        await ModerationAction.filter(comment_id__in=batch).update(reason=None)
        await CommentFlag.filter(comment_id__in=batch).update(note=None)
        # oldest first: deleting a comment may remove an ancestor, which then has been handled already
        for comment in await storage.read(Comment, erasures.LOCK_COMMENTS, storage.json_list(batch)):
            if comment.state is not CommentState.DELETED:
                count += 1
                if not keep:
                    await tombstone(context, comment, at)
        await asyncio.sleep(0)
    return count


async def _anonymise_signature(context: Context, supporter_id: int, campaign: Campaign, at: datetime) -> None:
    """Remove the signer from the signature. A signature that waits for confirmation is withdrawn.

    Another signature with the same e-mail takes the counted place: the place is then not kept for the erased one.
    """
    row = await storage.read_one(Signature, signatures.LOCK_OWN_SIGNATURE, supporter_id, campaign.id)
    if row is None:
        return
    before = Counted.of(row)
    if not row.is_counted:
        await Signature.filter(id=row.id).delete()
        changed = {"pending": -before.pending, "withdrawn": -before.withdrawn}
        await signature_counts.change_counters(context, campaign.id, at, **changed)
        return
    following = None
    if row.counted_hash is not None:
        following = await signature_counts.next_counted(campaign.id, row.counted_hash, supporter_id)
    is_kept = row.state is SignatureState.CONFIRMED and campaign.erasure_policy is ErasurePolicy.KEEP_COUNT
    is_kept = is_kept and following is None
    state = SignatureState.WITHDRAWN if row.is_active and not is_kept else row.state
    await Signature.filter(id=row.id).update(
        state=state,
        supporter_id=None,
        country=None,
        comment_id=None,
        email_hash=None,
        counted_hash=None,
        decided_at=None,
        remind_at=None,
        reminder_count=0,
        is_unannounced=False,
    )
    if state is not row.state:
        row.state = state
        await signature_counts.update_counters(context, row, before, at)
    elif is_kept and row.country:
        await storage.fetch(signatures.UPSERT_COUNTRY_TALLY, campaign.id, row.country, -1)
    await signature_counts.pass_on_slot(context, campaign.id, row.counted_hash, supporter_id, at)


async def _reassign_to_nobody(supporter_id: int, at: datetime) -> None:
    """Reassign the rows that must refer to a supporter, such as tombstones, to a new supporter without a name."""
    await CommentFlag.filter(supporter_id=supporter_id).update(note=None)
    await CommentAuthor.filter(supporter_id=supporter_id, visible_count=0).delete()
    await ApiKey.filter(supporter_id=supporter_id).update(name=ANONYMOUS_NAME)
    if not await storage.fetch(erasures.SELECT_ANY_ANONYMISED, supporter_id):
        return
    nobody = await Supporter.create(display_name=ANONYMOUS_NAME, name_ceiling=NameDisplay.ANONYMOUS, created_at=at)
    await storage.fetch(erasures.REASSIGN_COMMENTS, supporter_id, nobody.id, at)
    for statement in erasures.REASSIGN_ANONYMISED:
        await storage.fetch(statement, supporter_id, nobody.id)
