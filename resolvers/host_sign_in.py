"""People whom another issuer's tokens name: made the first time, and changed when it says something else of them."""

from dataclasses import replace

import models
import storage
from auth.host_sign_in import ExternalIssuer, HostClaims
from auth.rate_limits import RateLimits
from auth.token_cache import token_revoked
from auth.viewers import STAFF, Viewer
from models import Badge, Identity, NameDisplay, Profile, Role
from models import host_sign_in as statements
from refusals import Refusal
from resolvers import account_merging, screening, supporters
from resolvers.context import Context
from resolvers.inputs import UNCHANGED
from resolvers.mutations import Attempt, write
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
        supporter_id = await identify(context, self._issuer.name, claims)
        viewer = Viewer(claims.role, supporter_id, issued_at=claims.issued_at)
        context.token_cache.remember(token, viewer, claims.expires_at)
        return context.token_cache.viewer(context.settings, token) or viewer


def _names(claims: HostClaims) -> tuple[str, str | None, NameDisplay] | None:
    """Return the given name, the family name and how much of both is shown; None if no name can be shown.

    A full name does not say which part is the family's: only initials are shown until its person says more.
    """
    given, family, shown = claims.given_name, claims.family_name, NameDisplay.FIRST_NAME_INITIAL
    if given is None and claims.name is not None:
        given, _, family = claims.name.strip().partition(" ")
        shown = NameDisplay.INITIALS
    try:
        return screening.name(given or "", "givenName"), screening.family_name(family), shown
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


async def identify(context: Context, issuer: str, claims: HostClaims) -> int:
    """The supporter whom an issuer's token names; one statement if nothing has changed."""
    found = await _of_subject(issuer, claims)
    if found is not None and found.supporter_id is not None and found.digest == _digest(claims):
        _check(found, claims.issued_at)
        return found.supporter_id

    async def perform(context: Context) -> dict[str, int]:
        return {"supporter_id": await _introduce(context, issuer, claims)}

    # not a client's own write: who it is counted for is what this is to find out
    uncounted = replace(context, rate_limits=RateLimits())
    answer, _ = await write(uncounted, Attempt("identify", {}, None, {}), perform)
    return int(answer["supporter_id"])


async def _introduce(context: Context, issuer: str, claims: HostClaims) -> int:
    """In one transaction, which waits for another that is about the same subject."""
    kept = statements.subject(claims.subject)
    values = (kept["subject_hash"], kept["subject_sealed"], context.now())
    if await _of_subject(issuer, claims) is None:
        await storage.fetch(statements.CLAIM, issuer, *values)
    found = await _of_subject(issuer, claims, statements.OF_SUBJECT_FOR_UPDATE)
    assert found is not None
    _check(found, claims.issued_at)
    digest, supporter_id = _digest(claims), found.supporter_id
    if supporter_id is None:
        supporter_id = await _owner(claims) or await _created(context, claims)
    elif found.digest != digest:
        await _change(_as(context, supporter_id), claims)
    await storage.fetch(statements.REMEMBER, found.id, supporter_id, digest, *values[:2])
    return supporter_id


async def _of_subject(
    issuer: str, claims: HostClaims, statement: storage.database.Statement = statements.OF_SUBJECT
) -> Identity | None:
    hashes = storage.json_list(storage.sealing.keys().hashes(claims.subject))
    return await storage.read_one(Identity, statement, issuer, hashes)


def _check(found: Identity, issued_at: float) -> None:
    if found.not_before is not None and issued_at <= found.not_before.timestamp():
        raise token_revoked()


async def _owner(claims: HostClaims) -> int | None:
    """The supporter whose verified address it is; one who only wrote it down is somebody else."""
    email = _email(claims)
    if not (email and claims.is_verified):
        return None
    return await models.supporters.owner_of_address(email)


async def _created(context: Context, claims: HostClaims) -> int:
    given, family, shown = _names(claims) or (ANONYMOUS_NAME, None, NameDisplay.ANONYMOUS)
    made = await supporters.create(given, family, shown, badge=_badge(claims))
    await _write_address(_as(context, made.id), claims)
    return int(made.id)


def _badge(claims: HostClaims) -> Badge:
    if claims.role in STAFF:
        return Badge.STAFF
    return Badge.SUPPORTER if _email(claims) and claims.is_verified else Badge.NONE


async def _change(context: Context, claims: HostClaims) -> None:
    """What the issuer says anew, as if the viewer said it; how much of a name is shown stays their own choice."""
    names = _names(claims)
    if names is not None:
        given, family, _ = names
        await supporters.update_profile(context, given_name=given, family_name=family or UNCHANGED)
    await _write_address(context, claims)


async def _write_address(context: Context, claims: HostClaims) -> None:
    """A verified address is proven to be the viewer's, with what was signed by it. One that is another's stays so."""
    email = _email(claims)
    if email is None:
        return
    supporter_id, owner = context.supporter_id, await _owner(claims)
    profile = await storage.read_one(Profile, models.supporters.PROFILE, supporter_id)
    if claims.is_verified and owner is None and profile and not profile.email_verified:
        await account_merging.prove(context, email)
        return
    is_verified = claims.is_verified and owner in (None, supporter_id)
    kept = models.supporters.sealed_email(supporter_id, email)
    await storage.fetch(statements.WRITE_ADDRESS, supporter_id, *kept.values(), is_verified)


def _as(context: Context, supporter_id: int) -> Context:
    return replace(context, viewer=Viewer(Role.SUPPORTER, supporter_id))
