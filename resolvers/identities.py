"""People whom another issuer's tokens name: made the first time, and changed when it says something else of them."""

from dataclasses import asdict, dataclass, replace

import models
from models import Badge, Identity, NameDisplay, Profile, Role
from models import identities as statements
from resolvers import claiming, screening, supporters
from resolvers.auth import STAFF, Viewer
from resolvers.context import Context
from resolvers.inputs import KEEP
from resolvers.limits import RateLimits
from resolvers.names import ANONYMOUS_NAME
from resolvers.refusals import Refusal
from resolvers.tokens import revoked
from resolvers.writing import Attempt, write


@dataclass(frozen=True)
class Person:
    """What a token says of its person."""

    subject: str
    given_name: str | None
    family_name: str | None
    name: str | None
    email: str | None
    is_verified: bool
    role: Role

    @property
    def names(self) -> tuple[str, str | None, NameDisplay] | None:
        """The given and the family name, and how much of them is shown; null if there is none that can be shown.

        A full name does not say which part of it is the family's: its initials are shown, until its person says more.
        """
        given, family, shown = self.given_name, self.family_name, NameDisplay.FIRST_NAME_INITIAL
        if given is None and self.name is not None:
            given, _, family = self.name.strip().partition(" ")
            shown = NameDisplay.INITIALS
        try:
            return screening.name(given or "", "givenName"), screening.family_name(family), shown
        except Refusal:
            return None

    @property
    def address(self) -> str | None:
        """The e-mail address, if it is one."""
        try:
            return screening.email(self.email) if self.email else None
        except Refusal:
            return None

    def digest(self) -> str:
        """A keyed hash of what is kept, by which a change is seen."""
        kept = {name: said for name, said in asdict(self).items() if name not in ("subject", "role")}
        return models.sealing.keys().hash(repr(sorted(kept.items())))


async def identify(context: Context, issuer: str, person: Person, issued_at: float) -> int:
    """The supporter whom an issuer's token names; one statement if nothing has changed."""
    found = await _of_subject(issuer, person)
    if found is not None and found.supporter_id is not None and found.digest == person.digest():
        _check(found, issued_at)
        return found.supporter_id

    async def perform(context: Context) -> dict[str, int]:
        return {"supporter_id": await _introduce(context, issuer, person, issued_at)}

    # not a client's own write: who it is counted for is what this is to find out
    uncounted = replace(context, limits=RateLimits())
    answer, _ = await write(uncounted, Attempt("identify", {}, None, {}), perform)
    return int(answer["supporter_id"])


async def _introduce(context: Context, issuer: str, person: Person, issued_at: float) -> int:
    """In one transaction, which waits for another that is about the same subject."""
    kept = statements.subject(person.subject)
    values = (kept["subject_hash"], kept["subject_sealed"], context.now())
    if await _of_subject(issuer, person) is None:
        await models.fetch(statements.CLAIM, issuer, *values)
    found = await _of_subject(issuer, person, statements.OF_SUBJECT_FOR_UPDATE)
    assert found is not None
    _check(found, issued_at)
    digest, supporter_id = person.digest(), found.supporter_id
    if supporter_id is None:
        supporter_id = await _owner(person) or await _created(context, person)
    elif found.digest != digest:
        await _change(_as(context, supporter_id), person)
    await models.fetch(statements.REMEMBER, found.id, supporter_id, digest, *values[:2])
    return supporter_id


async def _of_subject(
    issuer: str, person: Person, statement: models.database.Statement = statements.OF_SUBJECT
) -> Identity | None:
    hashes = models.json_list(models.sealing.keys().hashes(person.subject))
    return await models.read_one(Identity, statement, issuer, hashes)


def _check(found: Identity, issued_at: float) -> None:
    if found.not_before is not None and issued_at <= found.not_before.timestamp():
        raise revoked()


async def _owner(person: Person) -> int | None:
    """The supporter whose verified address it is; one who only wrote it down is somebody else."""
    if not (person.address and person.is_verified):
        return None
    return await models.supporters.owner_of_address(person.address)


async def _created(context: Context, person: Person) -> int:
    given, family, shown = person.names or (ANONYMOUS_NAME, None, NameDisplay.ANONYMOUS)
    made = await supporters.create(given, family, shown, badge=_badge(person))
    await _write_address(_as(context, made.id), person)
    return int(made.id)


def _badge(person: Person) -> Badge:
    if person.role in STAFF:
        return Badge.STAFF
    return Badge.SUPPORTER if person.address and person.is_verified else Badge.NONE


async def _change(context: Context, person: Person) -> None:
    """What the issuer says anew, as if the viewer said it; how much of a name is shown stays their own choice."""
    if person.names is not None:
        given, family, _ = person.names
        await supporters.update_profile(context, given_name=given, family_name=family or KEEP)
    await _write_address(context, person)


async def _write_address(context: Context, person: Person) -> None:
    """A verified address is proven to be the viewer's, with what was signed by it. One that is another's stays so."""
    if person.address is None:
        return
    supporter_id, owner = context.supporter_id, await _owner(person)
    profile = await models.read_one(Profile, models.supporters.PROFILE, supporter_id)
    if person.is_verified and owner is None and profile and not profile.email_verified:
        await claiming.prove(context, person.address)
        return
    is_verified = person.is_verified and owner in (None, supporter_id)
    kept = models.supporters.sealed_email(supporter_id, person.address)
    await models.fetch(statements.WRITE_ADDRESS, supporter_id, *kept.values(), is_verified)


def _as(context: Context, supporter_id: int) -> Context:
    return replace(context, viewer=Viewer(Role.SUPPORTER, supporter_id))
