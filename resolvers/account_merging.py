"""Who has proven an address becomes whom it belongs to, and brings along what they did before.

Several campaigns are locked by id, then people by id, as everyone does it. What is counted twice of one person is
counted back, so that a recount finds what is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import models
import storage
from auth.viewers import STAFF, Integrator
from models import (
    CommentAuthor,
    NameDisplay,
    Profile,
    Role,
    Signature,
    SignatureState,
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
from resolvers.names import display_name
from storage.database import Deadlock

COUNTED = (SignatureState.CONFIRMED, SignatureState.PENDING, SignatureState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    role: Role


async def prove(context: Context, address: str) -> Person:
    """Whose the address is, by which the viewer has just shown that they read it."""
    known = await models.supporters.of_address(address)
    owner = next((profile for profile in known if profile.email_verified), None)
    guest = await _unproven(context)
    is_guest = guest is not None and context.viewer.role is Role.GUEST
    if owner is None:
        number = guest or await _create(known[0] if known else None)
        await _own(context, number, address, known)
        if is_guest:
            await _end_guest(context, number)
    else:
        number = owner.supporter_id
        if guest is not None and is_guest:
            await _move(context, guest, number)
    is_staff = context.viewer.supporter_id == number and context.viewer.role in STAFF
    return Person(number, context.viewer.role if is_staff else Role.SUPPORTER)


async def _unproven(context: Context) -> int | None:
    """The viewer, unless they are a program or have proven an address before: then they stay who they are."""
    number = context.viewer.supporter_id
    if number is None or isinstance(context.viewer, Integrator):
        return None
    profile = await storage.read_one(Profile, models.supporters.PROFILE, number)
    if profile is None:  # the token outlived its person
        raise unauthenticated()
    return None if profile.email_verified else number


async def _end_guest(context: Context, number: int) -> list[Signature]:
    """A guest's token is good for a year, in whichever browser: it is none for a person whose address is proven, and
    a retry makes somebody new. Gives what the guest has signed.
    """
    signed = await storage.read(Signature, account_merging.SIGNED, number)
    ids = storage.json_list(row.id for row in signed)
    owners = idempotency.of_person(number), idempotency.of_visitor(context.visitor_hash)
    await storage.fetch(idempotency.FORGET_GUEST, owners[0], number, ids, owners[1])
    await sessions.revoke_person(context, number)
    return signed


async def _create(oldest: Profile | None) -> int:
    """A new person, by the name that was first given with the address; without one, until they say it."""
    given = oldest.given_name if oldest else ""
    family = oldest.family_name if oldest else None
    display = oldest.name_display if oldest else NameDisplay.FIRST_NAME_INITIAL
    family_first = oldest.family_name_first if oldest else False
    shown = display_name(given, family, display, family_first)
    number = await storage.insert(Supporter, display_name=shown)
    await storage.insert(
        Profile,
        supporter_id=number,
        given_name=given,
        **models.supporters.sealed_name(number, family),
        family_name_first=family_first,
        country=oldest.country if oldest else None,
        name_display=display,
    )
    return number


# ---------------------------------------------------------------- an address without a person


async def _own(context: Context, number: int, address: str, known: list[Profile]) -> None:
    """The address belongs to the person from now on, and so does what was signed with it. Who gave it keeps the rest:
    anyone can type another's.
    """
    hashes = emails.hashes(address)
    others = [profile.supporter_id for profile in known if profile.supporter_id != number]
    wanted = (storage.json_list(others), storage.json_list(hashes))
    found = await storage.read(Signature, account_merging.COUNTED, *wanted)
    await _lock({row.campaign_id for row in found} | set(await _campaigns(number)))
    people = await _lock_people([number, *(row.supporter_id for row in found if row.supporter_id)])
    signed = await storage.read(Signature, account_merging.COUNTED, *wanted)
    _still({row.id for row in signed} <= {row.id for row in found})
    kept = models.supporters.sealed_email(number, address)
    await storage.fetch(account_merging.PROVE, number, kept["email_sealed"], kept["email_hash"])
    await storage.fetch(account_merging.BADGE, number)
    seen: dict[int, Supporter] = {}
    for signature in signed:
        _still(signature.supporter_id in people)
        if signature.supporter_id is not None and await _take_over(context, signature, number):
            seen[signature.campaign_id] = people[signature.supporter_id]
    await storage.fetch(account_merging.GIVE_ADDRESS, number, hashes[0], wanted[1])
    await display_names.stand_for(context, number, seen)


async def _take_over(context: Context, signature: Signature, number: int) -> bool:
    """Whether it became the person's. If they are counted on the campaign already, it was one too many."""
    at, signer = context.now(), signature.supporter_id
    own = await storage.read_one(Signature, signatures.OWN, number, signature.campaign_id)
    if own is not None and own.stands and own.is_counted:
        await _uncount(signature, at)
        await storage.fetch(account_merging.UNCOUNT_SIGNATURE, signature.id)
        await signature_counts.hide(context, signature, at)
        return False
    if own is not None:
        await _drop(own, signature, number, at)
    await storage.fetch(account_merging.GIVE_SIGNATURE, signature.id, number, own and own.comment_id)
    await storage.fetch(account_merging.GIVE_LINE, signer, number, signature.id, signature.id)
    return True


# ---------------------------------------------------------------- an address that is a person's


async def _move(context: Context, guest: int, number: int) -> None:
    """The guest was the person all along: what they did is the person's, and the guest is no more."""
    locked = await _lock(await _campaigns(guest, number))
    people = await _lock_people([guest, number])
    _still(locked >= set(await _campaigns(guest, number)))
    seen = dict.fromkeys(await _campaigns(guest), people[guest])
    for signature in await _end_guest(context, guest):
        await _bring(signature, number, context.now())
    await comment_counts.take_marks(account_merging.TAKE_VOTES, guest, number)
    await comment_counts.take_marks(account_merging.TAKE_REACTIONS, guest, number)
    flagged = [row[0] for row in await storage.fetch(account_merging.TAKE_FLAGS, guest, number)]
    await storage.fetch(account_merging.UNCOUNT_FLAGS, storage.json_list(sorted(flagged)))
    await _join_authors(guest, number)
    for give in account_merging.GIVE:
        await storage.fetch(give, guest, number)
    await storage.fetch(erasures.ERASE, guest)
    await display_names.stand_for(context, number, seen)


async def _campaigns(*numbers: int) -> list[int]:
    """Wherever anything of these people is seen or counted."""
    return [row[0] for number in numbers for row in await storage.fetch(erasures.CAMPAIGNS, number)]


async def _bring(signature: Signature, number: int, at: datetime) -> None:
    """The guest's signature becomes the person's. Of two on one campaign the one that counts stays."""
    own = await storage.read_one(Signature, signatures.OWN, number, signature.campaign_id)
    if own is None:
        await storage.fetch(account_merging.GIVE_SIGNATURE, signature.id, number, None)
    elif _rank(own) >= _rank(signature):
        await _drop(signature, own, signature.supporter_id, at)
        await storage.fetch(account_merging.GIVE_SIGNATURE, own.id, number, signature.comment_id)
    else:
        await _drop(own, signature, number, at)
        await storage.fetch(account_merging.GIVE_SIGNATURE, signature.id, number, own.comment_id)


def _rank(signature: Signature) -> tuple[bool, bool]:
    return signature.stands and signature.is_counted, signature.stands


async def _drop(signature: Signature, stays: Signature, signer: int | None, at: datetime) -> None:
    """Take away the second signature of one person; what the ticker told of it is told of the other."""
    await _uncount(signature, at)
    await storage.fetch(account_merging.GIVE_LINE, signer, signer, signature.id, stays.id)
    await storage.fetch(account_merging.DROP_SIGNATURE, signature.id)


async def _uncount(signature: Signature, at: datetime) -> None:
    if not signature.is_counted:
        return
    back = (-int(signature.state is state) for state in COUNTED)
    await storage.fetch(signatures.COUNT, signature.campaign_id, *back, 0, at)
    if signature.state is SignatureState.CONFIRMED and signature.country:
        await storage.fetch(signatures.COUNT_COUNTRY, signature.campaign_id, signature.country, -1)


async def _join_authors(guest: int, number: int) -> None:
    """Where both have commented there is one author less."""
    shared = await storage.read(CommentAuthor, account_merging.SHARED_AUTHORS, guest, number)
    await storage.fetch(account_merging.UNCOUNT_AUTHOR, storage.json_list(row.campaign_id for row in shared))
    await storage.fetch(account_merging.ADD_AUTHORS, guest, number)
    await storage.fetch(account_merging.TAKE_AUTHORS, guest, number)


# ---------------------------------------------------------------- locks


async def _lock(campaign_ids: Iterable[int]) -> set[int]:
    rows = await storage.fetch(account_merging.LOCK_CAMPAIGNS, storage.json_list(set(campaign_ids)))
    return {row[0] for row in rows}


async def _lock_people(numbers: list[int]) -> dict[int, Supporter]:
    """People about whom nobody writes anything meanwhile."""
    rows = [await storage.read_one(Supporter, erasures.LOCK, number) for number in sorted(set(numbers))]
    found = {row.id: row for row in rows if row is not None}
    _still(found.keys() >= set(numbers))
    return found


def _still(is_so: bool) -> None:
    """What was read before it was locked is true still; otherwise the whole write is done again."""
    if not is_so:
        raise Deadlock
