"""Host sign-in: find or create the supporter of an external issuer's token, and update them from its claims."""

from dataclasses import replace

import models
import storage
from auth.host_sign_in import ExternalIssuer, HostClaims
from auth.rate_limits import RateLimits
from auth.token_cache import token_revoked
from auth.viewers import STAFF, Viewer
from models import Badge, HostIdentity, NameDisplay, Profile, Role, host_sign_in
from refusals import Refusal
from resolvers import account_merging, screening, supporters
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
        viewer = Viewer(claims.role, supporter_id, issued_at=claims.issued_at)
        context.token_cache.add(token, viewer, claims.expires_at)
        return context.token_cache.viewer(context.settings, token) or viewer


async def find_or_create_supporter(context: Context, issuer: str, claims: HostClaims) -> int:
    """Return the id of the supporter whom the claims name, with one statement if the claims have not changed."""
    hashes = storage.sealing.keys().hashes(claims.subject)
    identity = await HostIdentity.filter(issuer=issuer, subject_hash__in=hashes).order_by("id").first()
    if identity is not None and identity.supporter_id is not None and identity.digest == _digest(claims):
        _check_not_revoked(identity, claims.issued_at)
        return identity.supporter_id
    is_new = identity is None

    async def perform(context: Context) -> dict[str, int]:
        return {"supporter_id": await _write_supporter(context, issuer, claims, is_new)}

    # not a mutation of the client, and the client is not yet known: it counts for no rate limit
    uncounted = replace(context, rate_limits=RateLimits())
    answer, _ = await run_mutation(uncounted, MutationCall("host_sign_in", {}, None, {}), perform)
    return int(answer["supporter_id"])


async def _write_supporter(context: Context, issuer: str, claims: HostClaims, is_new: bool) -> int:
    """Create or update the supporter in a transaction that locks the identity; simultaneous requests wait for it."""
    columns, hashes = host_sign_in.subject_columns(claims.subject), storage.sealing.keys().hashes(claims.subject)
    if is_new:
        row = HostIdentity(issuer=issuer, **columns, created_at=context.now())
        await HostIdentity.bulk_create([row], ignore_conflicts=True)
    lock = host_sign_in.LOCK_BY_SUBJECT
    identity = await storage.read_one(HostIdentity, lock, issuer, storage.json_list(hashes))
    assert identity is not None
    _check_not_revoked(identity, claims.issued_at)
    digest, supporter_id = _digest(claims), identity.supporter_id
    if supporter_id is None:  # also a person who was erased and comes again
        supporter_id = await _verified_owner_id(claims) or await _create_supporter(context, claims)
    elif identity.digest != digest:
        await _update_supporter(_as_supporter(context, supporter_id), claims)
    await HostIdentity.filter(id=identity.id).update(supporter_id=supporter_id, digest=digest, **columns)
    return supporter_id


def _check_not_revoked(identity: HostIdentity, issued_at: float) -> None:
    if identity.not_before is not None and issued_at <= identity.not_before.timestamp():
        raise token_revoked()


async def _verified_owner_id(claims: HostClaims) -> int | None:
    """Return the supporter who has verified the claimed e-mail address here, if the issuer has verified it too."""
    email = _email(claims)
    if not (email and claims.is_verified):
        return None
    return await models.supporters.email_owner_id(email)


async def _create_supporter(context: Context, claims: HostClaims) -> int:
    given, family, shown = _names(context, claims) or (ANONYMOUS_NAME, None, NameDisplay.ANONYMOUS)
    supporter = await supporters.create_supporter(given, family, shown, badge=_badge(claims))
    await _update_email(_as_supporter(context, supporter.id), claims)
    return int(supporter.id)


async def _update_supporter(context: Context, claims: HostClaims) -> None:
    """Update the names and the e-mail address as the viewer would; `nameDisplay` stays the viewer's own choice."""
    names = _names(context, claims)
    if names is not None:
        given, family, _ = names
        await supporters.update_profile(context, given_name=given, family_name=family or UNCHANGED)
    await _update_email(context, claims)


async def _update_email(context: Context, claims: HostClaims) -> None:
    """Store the claimed e-mail address.

    A newly verified address also brings the signatures that were given with it. An address that another supporter has
    verified stays theirs, and a verified address is never replaced by an unverified one.
    """
    email = _email(claims)
    if email is None:
        return
    supporter_id, owner_id = context.supporter_id, await _verified_owner_id(claims)
    profile = await Profile.get_or_none(supporter_id=supporter_id)
    if claims.is_verified and owner_id is None and profile and not profile.email_verified:
        await account_merging.prove_email(context, email)
        return
    is_verified = claims.is_verified and owner_id in (None, supporter_id)
    replaceable = Profile.filter(supporter_id=supporter_id)
    if not is_verified:
        replaceable = replaceable.filter(email_verified=False)
    await replaceable.update(**models.supporters.sealed_email(supporter_id, email), email_verified=is_verified)


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


def _badge(claims: HostClaims) -> Badge:
    if claims.role in STAFF:
        return Badge.STAFF
    return Badge.SUPPORTER if _email(claims) and claims.is_verified else Badge.NONE


def _digest(claims: HostClaims) -> str:
    """Return a keyed hash of the claims that are stored; it changes when one of them does."""
    names = ("given_name", "family_name", "name", "email", "is_verified")
    return storage.sealing.keys().hash(repr(sorted((name, getattr(claims, name)) for name in names)))
