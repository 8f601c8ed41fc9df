"""Account merging: give a proven e-mail to its owner, and merge a guest's account into the account of the owner.

Campaigns are locked by id, then supporters by id: the lock order of the whole project. A row that would count twice
for one person is subtracted from the counters, so that an audit finds no drift.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import models
import storage
from auth.viewers import STAFF, Integrator
from models import (
    Activity,
    Badge,
    CommentAuthor,
    NameDisplay,
    Profile,
    Role,
    Signature,
    SubjectType,
    Supporter,
    account_merging,
    emails,
    erasures,
    idempotency,
    signatures,
)
from refusals import unauthenticated
from resolvers import comment_counts, display_names, sessions, signature_counts
from resolvers.context import Context
from resolvers.names import public_names
from resolvers.signature_counts import Counted
from storage.database import Deadlock


@dataclass(frozen=True, slots=True)
class EmailOwner:
    """The account to sign in after an e-mail was proven, and the role of the new session."""

    id: int
    role: Role


async def prove_email(context: Context, email: str) -> EmailOwner:
    """Return the owner of an e-mail after the viewer has proven to read its mail.

    Without an owner, the viewer's unverified account or a new account becomes the owner. A guest whose e-mail has an
    owner is merged into the owner's account.
    """
    await storage.fetch(models.sign_in_codes.LOCK_MAILBOX, models.emails.newest_hash(email), context.now())
    profiles = await models.supporters.profiles_by_email(email)
    owner = models.supporters.email_owner(profiles, email)
    unverified_id = await _unverified_viewer_id(context)
    is_guest = unverified_id is not None and context.viewer.role is Role.GUEST
    if owner is None:
        owner_id = unverified_id or await _create_owner()
        await _assign_email(context, owner_id, email, profiles)
        if is_guest:
            await _end_guest(context, owner_id)
    else:
        owner_id = owner.supporter_id
        if unverified_id is not None and is_guest:
            await _merge_accounts(context, unverified_id, owner_id)
    is_staff = context.viewer.supporter_id == owner_id and context.viewer.role in STAFF
    return EmailOwner(owner_id, context.viewer.role if is_staff else Role.SUPPORTER)


async def lock_email(context: Context, email: str) -> int | None:
    """Lock an e-mail against all who prove it at the same time, and return the id of its owner."""
    await storage.fetch(models.sign_in_codes.LOCK_MAILBOX, models.emails.newest_hash(email), context.now())
    return await models.supporters.email_owner_id(email)


async def assign_email(context: Context, owner_id: int, email: str) -> None:
    """Make a person the owner of a locked e-mail that nobody else owns, in place of an e-mail that they had before."""
    await _assign_email(context, owner_id, email, await models.supporters.profiles_by_email(email))


async def release_email(owner_id: int | None) -> None:
    """Take an e-mail from its owner, who keeps the account and all signatures."""
    nothing = {"email_sealed": None, "email_hash": None, "email_verified": False}
    await Profile.filter(supporter_id=owner_id).update(**nothing)


async def _unverified_viewer_id(context: Context) -> int | None:
    """Return the id of a viewer without a proven e-mail; null for a program, which never owns an e-mail."""
    viewer_id = context.viewer.supporter_id
    if viewer_id is None or isinstance(context.viewer, Integrator):
        return None
    profile = await Profile.get_or_none(supporter_id=viewer_id)
    if profile is None:  # the token is good, but the person was erased
        raise unauthenticated()
    return None if profile.email_verified else viewer_id


async def _end_guest(context: Context, guest_id: int) -> list[Signature]:
    """Revoke the guest's tokens and delete the guest's first answers; return the guest's signatures.

    A guest's token is good for a year in any browser, so the token must not open an account with a proven e-mail.
    """
    signed = await Signature.filter(supporter_id=guest_id).order_by("campaign_id")
    await idempotency.delete_answers(guest_id, [signature.id for signature in signed], context.visitor_hash)
    await sessions.revoke_all_tokens(context, guest_id)
    return signed


async def _create_owner() -> int:
    """Create a supporter without a name, whose name stays hidden until the person says otherwise.

    A name or a country that was typed together with the e-mail is that of whoever typed it: perhaps a stranger's joke.
    """
    supporter = await Supporter.create(**public_names("", None, NameDisplay.ANONYMOUS)._asdict())
    await Profile.create(supporter_id=supporter.id, given_name="", name_display=NameDisplay.ANONYMOUS)
    return int(supporter.id)


# ---------------------------------------------------------------- an e-mail without an owner


async def _assign_email(context: Context, owner_id: int, email: str, profiles: list[Profile]) -> None:
    """Make a person the owner of an e-mail, and move the signatures that count for the e-mail to the owner.

    Comments, votes and all other rows stay with their authors: anyone can type another person's e-mail.
    """
    at = context.now()
    hashes = emails.hashes(email)
    other_ids = [profile.supporter_id for profile in profiles if profile.supporter_id != owner_id]
    searched = (storage.json_list(other_ids), storage.json_list(hashes))
    unlocked = await storage.read(Signature, account_merging.SELECT_COUNTED_SIGNATURES, *searched)
    await _lock_campaigns({row.campaign_id for row in unlocked} | set(await _campaign_ids(owner_id)))
    signers = await _lock_supporters([owner_id, *(row.supporter_id for row in unlocked if row.supporter_id)])
    locked = await storage.read(Signature, account_merging.SELECT_COUNTED_SIGNATURES, *searched)
    _retry_unless({row.id for row in locked} <= {row.id for row in unlocked})
    slots = [slot for old in await _slots(owner_id) for slot in (old, (old[0], hashes[0]))]
    sealed = models.supporters.sealed_email(owner_id, email)
    await Profile.filter(supporter_id=owner_id).update(**sealed, email_verified=True)
    await Supporter.filter(id=owner_id, badge__in=[Badge.NONE, Badge.FIRST_TIME]).update(badge=Badge.SUPPORTER)
    moved_from: dict[int, Supporter] = {}
    for signature in locked:
        _retry_unless(signature.supporter_id in signers)
        if signature.supporter_id is not None and await _move_signature(context, signature, owner_id):
            moved_from[signature.campaign_id] = signers[signature.supporter_id]
    await storage.fetch(account_merging.UPDATE_EMAIL_HASHES, owner_id, hashes[0], searched[1])
    await _pass_on(context, slots, at)
    await display_names.merge_names(context, owner_id, moved_from)


async def _slots(*supporter_ids: int) -> list[tuple[int, str]]:
    """Return the campaign and the e-mail hash of these people's signatures."""
    signed = await Signature.filter(supporter_id__in=supporter_ids, email_hash__isnull=False).order_by("campaign_id")
    return [(signature.campaign_id, signature.email_hash or "") for signature in signed]


async def _pass_on(context: Context, slots: list[tuple[int, str]], at: datetime) -> None:
    """Count other signatures for e-mails that the merged account does not count for any more, or can count for now."""
    for campaign_id, email_hash in slots:
        await signature_counts.pass_on_slot(context, campaign_id, email_hash, None, at)


async def _move_signature(context: Context, signature: Signature, owner_id: int) -> bool:
    """Move a signature to the owner of its e-mail; return false if the owner is counted on the campaign already.

    In that case the signature stays with its signer and is not counted any more. The signer's comment stays the
    signer's: it is no part of the owner's signature.
    """
    at, signer_id = context.now(), signature.supporter_id
    own = await storage.read_one(Signature, signatures.LOCK_OWN_SIGNATURE, owner_id, signature.campaign_id)
    if own is not None and own.is_active and own.is_counted:
        before = Counted.of(signature)
        uncounted = {"is_counted": False, "counted_hash": None}
        await Signature.filter(id=signature.id).update(**uncounted)
        signature.update_from_dict(uncounted)
        await _subtract_from_counts(context, signature, before, at)
        await signature_counts.hide_signer(context, signature, at)
        return False
    if own is not None:
        await _delete_duplicate(context, own, signature, owner_id, at)
    await storage.fetch(account_merging.MOVE_SIGNATURE, signature.id, owner_id, own and own.comment_id)
    await _reassign_activity(signature.id, signer_id, signature.id, owner_id)
    return True


# ---------------------------------------------------------------- an e-mail with an owner


async def _merge_accounts(context: Context, guest_id: int, owner_id: int) -> None:
    """Merge a guest's account into the account of the owner of the proven e-mail, and delete the guest."""
    locked = await _lock_campaigns(await _campaign_ids(guest_id, owner_id))
    people = await _lock_supporters([guest_id, owner_id])
    _retry_unless(locked >= set(await _campaign_ids(guest_id, owner_id)))
    moved_from = dict.fromkeys(await _campaign_ids(guest_id), people[guest_id])
    slots, at = await _slots(guest_id, owner_id), context.now()
    for signature in await _end_guest(context, guest_id):
        await _merge_signature(context, signature, owner_id, at)
    await comment_counts.delete_engagements(account_merging.DELETE_DUPLICATE_VOTES, guest_id, owner_id)
    await comment_counts.delete_engagements(account_merging.DELETE_DUPLICATE_REACTIONS, guest_id, owner_id)
    await storage.fetch(account_merging.DELETE_DUPLICATE_ANNOUNCEMENTS, guest_id, owner_id)
    flags = await storage.fetch(account_merging.DELETE_DUPLICATE_FLAGS, guest_id, owner_id)
    flagged_ids = storage.json_list(sorted(row[0] for row in flags))
    await storage.fetch(account_merging.DECREMENT_FLAG_COUNTS, flagged_ids)
    await _merge_comment_authors(guest_id, owner_id)
    for statement in account_merging.REASSIGN_ROWS:
        await storage.fetch(statement, guest_id, owner_id)
    await Supporter.filter(id=guest_id).delete()
    await _pass_on(context, slots, at)
    await display_names.merge_names(context, owner_id, moved_from)


async def _campaign_ids(*supporter_ids: int) -> list[int]:
    """Return the campaigns on which any of these people is shown or counted."""
    return [row[0] for one in supporter_ids for row in await storage.fetch(erasures.SELECT_CAMPAIGNS, one)]


async def _merge_signature(context: Context, signature: Signature, owner_id: int, at: datetime) -> None:
    """Move a guest's signature to the owner. Of two signatures on one campaign the one that counts is kept."""
    own = await storage.read_one(Signature, signatures.LOCK_OWN_SIGNATURE, owner_id, signature.campaign_id)
    if own is None:
        await storage.fetch(account_merging.REASSIGN_SIGNATURE, signature.id, owner_id, None)
    elif _rank(own) >= _rank(signature):
        await _delete_duplicate(context, signature, own, signature.supporter_id, at)
        await storage.fetch(account_merging.REASSIGN_SIGNATURE, own.id, owner_id, signature.comment_id)
    else:
        await _delete_duplicate(context, own, signature, owner_id, at)
        await storage.fetch(account_merging.REASSIGN_SIGNATURE, signature.id, owner_id, own.comment_id)


def _rank(signature: Signature) -> tuple[bool, bool]:
    return signature.is_active and signature.is_counted, signature.is_active


async def _delete_duplicate(
    context: Context, signature: Signature, kept: Signature, signer_id: int | None, at: datetime
) -> None:
    """Delete a person's second signature on a campaign; its activity refers to the kept signature afterwards."""
    await _subtract_from_counts(context, signature, Counted.of(signature), at, is_deleted=True)
    await _reassign_activity(signature.id, signer_id, kept.id, signer_id)
    await Signature.filter(id=signature.id).delete()


async def _reassign_activity(signature_id: int, signer_id: int | None, new_id: int, new_signer_id: int | None) -> None:
    """Let the activity of a signature refer to another signature and signer."""
    if signer_id is not None:
        about = Activity.filter(actor_id=signer_id, subject_type=SubjectType.SIGNATURE, subject_id=signature_id)
        await about.update(actor_id=new_signer_id, subject_id=new_id)


async def _subtract_from_counts(
    context: Context, signature: Signature, before: Counted, at: datetime, *, is_deleted: bool = False
) -> None:
    """Subtract a signature that counts no more, or is deleted, from the counters that it was in before."""
    after = Counted() if is_deleted else Counted.of(signature)
    _, direct, pending, withdrawn = (new - old for new, old in zip(after, before, strict=True))
    if direct or pending or withdrawn:
        await signature_counts.change_counters(
            context, signature.campaign_id, at, direct=direct, pending=pending, withdrawn=withdrawn
        )
    if direct and signature.country:
        await storage.fetch(signatures.UPSERT_COUNTRY_TALLY, signature.campaign_id, signature.country, direct)


async def _merge_comment_authors(guest_id: int, owner_id: int) -> None:
    """Merge the author rows of campaigns on which both have commented: these have one author less."""
    shared = await storage.read(CommentAuthor, account_merging.SELECT_DUPLICATE_AUTHORS, guest_id, owner_id)
    campaign_ids = storage.json_list(row.campaign_id for row in shared)
    await storage.fetch(account_merging.DECREMENT_AUTHOR_COUNTS, campaign_ids)
    await storage.fetch(account_merging.ADD_AUTHOR_COUNTS, guest_id, owner_id)
    await storage.fetch(account_merging.DELETE_DUPLICATE_AUTHORS, guest_id, owner_id)


# ---------------------------------------------------------------- locks


async def _lock_campaigns(campaign_ids: Iterable[int]) -> set[int]:
    rows = await storage.fetch(account_merging.LOCK_CAMPAIGNS, storage.json_list(set(campaign_ids)))
    return {row[0] for row in rows}


async def _lock_supporters(supporter_ids: list[int]) -> dict[int, Supporter]:
    """Lock these people, in the order of their ids, against all writes of rows that refer to them."""
    rows = [
        await storage.read_one(Supporter, erasures.LOCK_SUPPORTER, supporter_id)
        for supporter_id in sorted(set(supporter_ids))
    ]
    locked = {row.id: row for row in rows if row is not None}
    _retry_unless(locked.keys() >= set(supporter_ids))
    return locked


def _retry_unless(is_unchanged: bool) -> None:
    """Roll back and retry the whole mutation if rows have changed between the first read and the lock."""
    if not is_unchanged:
        raise Deadlock
