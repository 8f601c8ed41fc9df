"""Host sign-in: find or create the supporter of an external issuer's token, and update them from its claims."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import models
import storage
from auth.host_sign_in import ExternalIssuer, HostClaims
from auth.rate_limits import RateLimits
from auth.token_cache import token_revoked
from auth.viewers import STAFF, Viewer
from models import Badge, HostIdentity, NameDisplay, Profile, Role, Supporter, host_sign_in
from refusals import Refusal
from resolvers import account_merging, screening, sessions, supporters
from resolvers.context import Context
from resolvers.inputs import UNCHANGED
from resolvers.mutations import MutationCall, run_mutation
from resolvers.name_screening import check_not_official
from resolvers.names import ANONYMOUS_NAME


class HostSignIn:
    """Turns the verified claims of an external issuer's tokens into viewers."""

    def __init__(self, issuer: ExternalIssuer) -> None:
        self._issuer = issuer

    async def viewer(self, context: Context, token: str) -> Viewer:
        """Return the viewer of a token; a person seen for the first time becomes a supporter.

        Raises a Refusal that says what is wrong with the token.
        """
        claims = await self._issuer.verify(token)
        supporter_id = await find_or_create_supporter(context, self._issuer.name, claims)
        viewer = Viewer(claims.role, supporter_id, issued_at=claims.issued_at, expires_at=claims.expires_at)
        context.token_cache.add(token, viewer)
        return context.token_cache.viewer(context.settings, token) or viewer


async def find_or_create_supporter(context: Context, issuer: str, claims: HostClaims) -> int:
    """Return the id of the supporter whom the claims name, with one statement if the token is the newest one's equal.

    A newer token with the same claims takes one more, which stores when it was issued.
    """
    hashes = storage.sealing.keys().hashes(claims.subject)
    identity = await HostIdentity.filter(issuer=issuer, subject_hash__in=hashes).order_by("id").first()
    if identity is not None and identity.supporter_id is not None and _has_claims(identity, claims):
        _check_not_revoked(identity, claims)
        if not _is_newer(identity, claims) or await _store_time(identity, claims):
            return identity.supporter_id
    is_new = identity is None

    async def perform(context: Context) -> dict[str, int]:
        return {"supporter_id": await _write_supporter(context, issuer, claims, is_new)}

    # not a mutation of the client, and the client is not yet known: it counts for no rate limit
    uncounted = replace(context, rate_limits=RateLimits())
    answer, _ = await run_mutation(uncounted, MutationCall("host_sign_in", {}, None, {}), perform)
    return int(answer["supporter_id"])


async def _store_time(identity: HostIdentity, claims: HostClaims) -> bool:
    """Store when a newer token with the same claims was issued; return False if the claims have changed meanwhile."""
    async with storage.transaction():
        statement, at = host_sign_in.UPDATE_CLAIMED_AT, _issued_at(claims)
        return await storage.fetch_one(statement, identity.id, identity.digest, at) is not None


async def _write_supporter(context: Context, issuer: str, claims: HostClaims, is_new: bool) -> int:
    """Create or update the supporter in a transaction that locks the identity; simultaneous requests wait for it.

    A token that is older than the newest one changes nothing.
    """
    columns, hashes = host_sign_in.subject_columns(claims.subject), storage.sealing.keys().hashes(claims.subject)
    if is_new:
        row = HostIdentity(issuer=issuer, **columns, created_at=context.now())
        await HostIdentity.bulk_create([row], ignore_conflicts=True)
    lock = host_sign_in.LOCK_BY_SUBJECT
    identity = await storage.read_one(HostIdentity, lock, issuer, storage.json_list(hashes))
    assert identity is not None
    _check_not_revoked(identity, claims)
    supporter_id = identity.supporter_id
    if supporter_id is None:  # also a person who was erased and comes again
        supporter_id = await _joined_owner_id(context, identity, claims) or await _create_supporter(context, claims)
        await _update_email(_as_supporter(context, supporter_id), identity, claims)
    elif identity.claimed_at is not None and _issued_at(claims) < identity.claimed_at:
        return supporter_id
    elif identity.digest != _digest(claims):
        await _update_names(_as_supporter(context, supporter_id), claims)
        await _update_email(_as_supporter(context, supporter_id), identity, claims)
    await _update_role(context, supporter_id, identity, claims)
    newest = {"digest": _digest(claims), "role": claims.role, "claimed_at": _issued_at(claims)}
    await HostIdentity.filter(id=identity.id).update(supporter_id=supporter_id, **newest, **columns)
    return supporter_id


async def _create_supporter(context: Context, claims: HostClaims) -> int:
    given, family, shown = _names(context, claims) or (ANONYMOUS_NAME, None, NameDisplay.ANONYMOUS)
    supporter = await supporters.create_supporter(given, family, shown)
    return int(supporter.id)


async def _update_names(context: Context, claims: HostClaims) -> None:
    """Update the names as the viewer would; `nameDisplay` stays the viewer's own choice."""
    names = _names(context, claims)
    if names is not None:
        given, family, _ = names
        await supporters.update_profile(context, given_name=given, family_name=family or UNCHANGED)


# ---------------------------------------------------------------- tokens of one subject


def _issued_at(claims: HostClaims) -> datetime:
    return datetime.fromtimestamp(claims.issued_at, UTC)


def _has_claims(identity: HostIdentity, claims: HostClaims) -> bool:
    """Return whether the subject's newest token had the same claims."""
    return identity.digest == _digest(claims) and identity.role is claims.role


def _is_newer(identity: HostIdentity, claims: HostClaims) -> bool:
    return identity.claimed_at is None or _issued_at(claims) > identity.claimed_at


def _check_not_revoked(identity: HostIdentity, claims: HostClaims) -> None:
    """Refuse a token from before a revocation, and an older token with a role that a newer one has taken away.

    Of two tokens of the same time it is not known which one is newer: the lesser role holds.
    """
    if identity.not_before is not None and claims.issued_at <= identity.not_before.timestamp():
        raise token_revoked()
    is_known = identity.role is not None and identity.supporter_id is not None
    if is_known and not _is_newer(identity, claims) and _rank(claims.role) > _rank(identity.role):
        raise token_revoked()


async def _update_role(context: Context, supporter_id: int, identity: HostIdentity, claims: HostClaims) -> None:
    """Give or take the badge of the staff, and end the sessions and older tokens of a person whose role is lessened.

    A connection that is open ends with its token, here and on other processes.
    """
    if claims.role in STAFF:
        await Supporter.filter(id=supporter_id).exclude(badge=Badge.STAFF).update(badge=Badge.STAFF)
        if identity.role is None or _rank(claims.role) >= _rank(identity.role):
            return
    elif identity.supporter_id is not None and (identity.role is None or identity.role in STAFF):
        is_verified = await Profile.exists(supporter_id=supporter_id, email_verified=True)
        badge = Badge.SUPPORTER if is_verified else Badge.NONE
        await Supporter.filter(id=supporter_id, badge=Badge.STAFF).update(badge=badge)
    if identity.supporter_id is not None and _rank(claims.role) < _rank(identity.role):
        until = _issued_at(claims)
        if _is_newer(identity, claims):
            until -= timedelta(microseconds=1)  # this token stays good
        await sessions.revoke_all_tokens(context, supporter_id, until)


def _rank(role: Role | None) -> int:
    """Return the place of a role of the host among the others; an unknown one is the least."""
    return STAFF.index(role) + 1 if role in STAFF else 0


# ---------------------------------------------------------------- the e-mail


async def _joined_owner_id(context: Context, identity: HostIdentity, claims: HostClaims) -> int | None:
    """Return the supporter who has verified the claimed e-mail here, if the issuer has verified it too.

    A supporter who is another subject of the same issuer is another person: the issuer tells the two apart, and has
    given the e-mail to a new one.
    """
    email = _email(claims)
    if not (email and claims.is_verified):
        return None
    owner_id = await account_merging.lock_email(context, email)
    if owner_id is None or await HostIdentity.exists(issuer=identity.issuer, supporter_id=owner_id):
        return None
    return owner_id


async def _update_email(context: Context, identity: HostIdentity, claims: HostClaims) -> None:
    """Store the claimed e-mail. A newly verified one also brings the signatures that were given with it.

    An e-mail that another supporter has verified stays theirs, unless they are an earlier subject of the same issuer.
    A verified e-mail is never replaced by an unverified one.
    """
    email, supporter_id, owner_id = _email(claims), context.supporter_id, None
    if email is None:
        return
    if claims.is_verified:
        owner_id = await account_merging.lock_email(context, email)
        if owner_id not in (None, supporter_id) and await _is_earlier_subject(identity, owner_id):
            await account_merging.release_email(owner_id)
            owner_id = None
        if owner_id is None:
            return await account_merging.assign_email(context, supporter_id, email)
    replaceable = Profile.filter(supporter_id=supporter_id)
    if owner_id != supporter_id:
        replaceable = replaceable.filter(email_verified=False)
    await replaceable.update(**models.supporters.sealed_email(supporter_id, email))


async def _is_earlier_subject(identity: HostIdentity, owner_id: int | None) -> bool:
    """Return whether the owner of an e-mail is known as a subject of the issuer that came here first."""
    subjects = HostIdentity.filter(issuer=identity.issuer, supporter_id=owner_id)
    return await subjects.exists() and not await subjects.filter(id__gt=identity.id).exists()


def _as_supporter(context: Context, supporter_id: int) -> Context:
    return replace(context, viewer=Viewer(Role.SUPPORTER, supporter_id))


# ---------------------------------------------------------------- claims


def _names(context: Context, claims: HostClaims) -> tuple[str, str | None, NameDisplay] | None:
    """Return the given name, the family name and how much of both is shown; None if no name can be shown.

    A full name does not say which part is the family name, so only its initials are shown until the person chooses.
    """
    given, family, shown = claims.given_name, claims.family_name, NameDisplay.FIRST_NAME_INITIAL
    if given is None and claims.name is not None:
        given, _, family = claims.name.strip().partition(" ")
        shown = NameDisplay.INITIALS
    try:
        given, family = screening.name(given or "", "givenName"), screening.family_name(family)
        if claims.role not in STAFF:
            check_not_official(given, family, context.settings.site_name)
        return given, family, shown
    except Refusal:
        return None


def _email(claims: HostClaims) -> str | None:
    """Return the claimed e-mail address if it is well-formed."""
    try:
        return screening.email(claims.email) if claims.email else None
    except Refusal:
        return None


def _digest(claims: HostClaims) -> str:
    """Return a keyed hash of the claims that are stored; it changes when one of them does."""
    names = ("given_name", "family_name", "name", "email", "is_verified")
    return storage.sealing.keys().hash(repr(sorted((name, getattr(claims, name)) for name in names)))
