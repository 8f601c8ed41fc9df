"""Supporters: creating a person, introducing oneself as a guest, and updating one's profile."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Annotated, Any

import storage
from auth.tokens import issue_token
from auth.viewers import STAFF, Integrator, Scope, Viewer
from models import (
    Badge,
    Comment,
    CountryCode,
    EmailAddress,
    NameDisplay,
    Profile,
    Role,
    Session,
    Supporter,
    supporters,
)
from models.comments import VISIBLE
from refusals import ProblemCode, Refusal, collect_issues, forbidden
from resolvers import display_names, inputs, screening
from resolvers.consents import ConsentAnswer, checked_consents, record_consents
from resolvers.context import Context
from resolvers.declarations import reads, requires
from resolvers.inputs import UNCHANGED
from resolvers.name_screening import check_not_official
from resolvers.names import names_of, parted_name, public_names
from resolvers.visibility import as_author
from settings import Settings


@reads("state", "author_id", "campaign_id", "author.display_name", badge="author.badge")
def author(comment: Comment, context: Context) -> Awaitable[Supporter | None] | Supporter | None:
    """The person who wrote the comment; null for a tombstone.

    Someone who is shown as "A supporter" has another id on each campaign, which `node` does not find.
    """
    if comment.state is not VISIBLE and not context.may_read(comment):
        return None
    loaded = comment.loaded_author
    if loaded is None:
        return _load_author(comment, context)
    return loaded if loaded.is_named else as_author(context, loaded, comment.campaign_id)


async def _load_author(comment: Comment, context: Context) -> Supporter | None:
    person = await context.row(Supporter, comment.author_id)
    return as_author(context, person, comment.campaign_id) if person else None


async def introduce(
    context: Context,
    given_name: Annotated[str, "The name to be called by; one word is enough."],
    family_name: Annotated[str | None, "Never shown in full unless `nameDisplay` says so."] = None,
    email: Annotated[
        EmailAddress | None, "Never shown. It stays unverified and gives no access to anyone's account."
    ] = None,
    country: Annotated[CountryCode | None, "Where the person lives."] = None,
    name_display: Annotated[NameDisplay, "How much of the name others see."] = NameDisplay.FIRST_NAME_INITIAL,
    family_name_first: Annotated[bool, "Whether the family name is written before the given one."] = False,
) -> Supporter:
    """Create a guest before a first comment. The token is the guest's identity: keep it, and send it as a bearer."""
    with collect_issues() as issues:
        given_name = issues.take(screening.name, given_name, "givenName")
        family_name = issues.take(screening.family_name, family_name)
        issues.take(check_not_official, given_name or "", family_name, context.settings.site_name)
        checked_email = issues.take(screening.email, email) if email else None
        checked_country = issues.take(screening.country, country) if country else None
    return await create_supporter(
        given_name,
        family_name,
        name_display,
        email=checked_email,
        country=checked_country,
        family_name_first=family_name_first,
    )


async def access_token(payload: Any, context: Context) -> str:
    """The bearer token of the new guest."""
    return issue_token(context.settings, await _new_guest_id(payload), Role.GUEST)


async def viewer(payload: Any, context: Context) -> Viewer:
    """The new guest: the viewer of requests with the token."""
    return Viewer(Role.GUEST, await _new_guest_id(payload))


async def _new_guest_id(payload: Any) -> int:
    """Return the id of the guest of a payload.

    A retry gives no access to a person who has proven an e-mail since, and none to whoever has guessed the key.
    """
    supporter_id: int = payload.supporter.id
    if not payload.may_have_token:
        message = "The `idempotencyKey` could be guessed: introduce yourself again, with a random key such as a UUID."
        raise Refusal(ProblemCode.UNAUTHENTICATED, message)
    if payload.replayed and not await is_guest(supporter_id):
        raise Refusal(ProblemCode.UNAUTHENTICATED, "The guest has signed in since: go on with the tokens of that.")
    return supporter_id


async def is_guest(supporter_id: int) -> bool:
    """Return whether the person exists and has no proven e-mail, so that a retry may return a guest's token."""
    return await Profile.exists(supporter_id=supporter_id, email_verified=False)


@requires(Scope.COMMENT)
async def update_profile(
    context: Context,
    given_name: Annotated[str, "The name to be called by."] = UNCHANGED,
    family_name: Annotated[str | None, "The family name."] = UNCHANGED,
    country: Annotated[CountryCode | None, "Where the person lives."] = UNCHANGED,
    name_display: Annotated[
        NameDisplay, "How much of the name others see; past activity is changed as well."
    ] = UNCHANGED,
    family_name_first: Annotated[bool, "Whether the family name is written before the given one."] = UNCHANGED,
    show_donations: Annotated[
        bool, "Whether the ticker names the person as a donor; false also removes the name from past donations."
    ] = UNCHANGED,
    consents: Annotated[
        list[ConsentAnswer], "Further answers of the person to requests for consent; at most 20."
    ] = UNCHANGED,
) -> None:
    """Change the viewer's profile; values that are left out stay as they are.

    The name that others see changes everywhere at once. It never shows more than the strictest ceiling of the
    campaigns on which the person has appeared.
    """
    if isinstance(context.viewer, Integrator):  # others would take the program for whom it calls itself
        raise forbidden("A program keeps the name of its API key.")
    supporter, profile = await display_names.lock_supporter(context.supporter_id)
    with collect_issues() as issues:
        if given_name is not UNCHANGED:
            profile.given_name = issues.take(screening.name, given_name, "givenName")
        family = profile.family_name
        if family_name is not UNCHANGED:
            family = issues.take(screening.family_name, family_name)
        if country is not UNCHANGED:
            profile.country = issues.take(screening.country, country) if country else None
        if supporter.badge is not Badge.STAFF:
            issues.take(check_not_official, profile.given_name or "", family, context.settings.site_name)
        answers = await checked_consents(context, [] if consents is UNCHANGED else consents)
    given = inputs.given_values(
        name_display=name_display, family_name_first=family_name_first, show_donations=show_donations
    )
    for name, value in given.items():
        setattr(profile, name, value)
    _set_names(profile, profile.given_name, family)
    context.forgets = given_name is not UNCHANGED or family_name is not UNCHANGED or name_display is not UNCHANGED
    await storage.fetch(supporters.UPDATE_PROFILE, supporter.id, *_profile_values(profile))
    await record_consents(supporter.id, answers, context.now())
    await display_names.update_display_name(context, supporter, profile, supporter.name_ceiling)
    if given.get("show_donations") is False:
        await display_names.hide_donor(context, supporter.id)


async def create_supporter(
    given_name: str,
    family_name: str | None,
    name_display: NameDisplay,
    *,
    email: str | None = None,
    country: str | None = None,
    family_name_first: bool = False,
    badge: Badge = Badge.NONE,
    ceiling: NameDisplay = NameDisplay.FULL_NAME,
    is_person: bool = True,
) -> Supporter:
    """Create a person: a supporter with the public names, and a profile with the private data, which is screened.

    The name of a program has no parts.
    """
    if is_person:
        given_name, family_name = parted_name(given_name, family_name, family_name_first)
    names = public_names(given_name, family_name, name_display.capped(ceiling), family_name_first)
    supporter = await storage.add(Supporter, **names._asdict(), badge=badge, name_ceiling=ceiling)
    await storage.insert(
        Profile,
        supporter_id=supporter.id,
        given_name=given_name,
        **supporters.sealed_family_name(supporter.id, family_name),
        **supporters.sealed_email(supporter.id, email),
        family_name_first=family_name_first,
        country=country,
        name_display=name_display,
    )
    return supporter


async def create_staff(settings: Settings, name: str, role: Role) -> str:
    """Create a staff member and return the access token, for the operator's command line."""
    if role not in STAFF:
        raise ValueError(f"a token can be made for {', '.join(STAFF)}")
    given, _, family = name.strip().partition(" ")
    names = screening.name(given, "givenName"), screening.family_name(family)
    supporter = await create_supporter(*names, NameDisplay.FULL_NAME, badge=Badge.STAFF)
    at = storage.now()  # the token itself is of no session: the row lists the role, and nobody gets its refresh token
    until = at + timedelta(days=settings.token_days)
    await Session.create(supporter_id=supporter.id, role=role, created_at=at, refreshed_at=at, expires_at=until)
    return issue_token(settings, supporter.id, role)


async def update_from_signing(
    context: Context,
    ceiling: NameDisplay,
    given_name: str,
    family_name: str | None,
    name_display: NameDisplay,
    *,
    email: str,
    country: str | None,
    family_name_first: bool,
) -> tuple[Supporter, Profile]:
    """Update the viewer's profile with the screened data of a signature, on a campaign with this name ceiling.

    Of the stored and the new `name_display` the stricter one is kept: a form without this choice would otherwise undo
    an earlier choice. A proven e-mail is not replaced by one that was only typed.
    """
    supporter, profile = await display_names.lock_supporter(context.supporter_id)
    if family_name or not profile.family_name:
        profile.family_name_first = family_name_first
    _set_names(profile, given_name, family_name or profile.family_name)
    profile.country = country or profile.country
    profile.name_display = profile.name_display.capped(name_display)
    await storage.fetch(supporters.UPDATE_PROFILE, supporter.id, *_profile_values(profile))
    if not profile.email_verified and email != profile.email:
        sealed = supporters.sealed_email(supporter.id, email)
        profile.email_sealed, profile.email_hash = sealed["email_sealed"], sealed["email_hash"]
        await storage.fetch(supporters.UPDATE_EMAIL, supporter.id, profile.email_sealed, profile.email_hash)
    ceiling = supporter.name_ceiling.capped(ceiling)
    names = display_names.capped_names(profile, ceiling)
    if ceiling is not supporter.name_ceiling or names != names_of(supporter):
        await display_names.update_display_name(context, supporter, profile, ceiling)
        supporter.update_from_dict(names._asdict() | {"name_ceiling": ceiling})
    return supporter, profile


def _set_names(profile: Profile, given_name: str, family_name: str | None) -> None:
    """Set the two parts of a name, which may come as one."""
    before = profile.family_name
    profile.given_name, family = parted_name(given_name, family_name, profile.family_name_first)
    if family != before:
        sealed = supporters.sealed_family_name(profile.supporter_id, family)
        profile.family_name_sealed = sealed["family_name_sealed"]


def _profile_values(profile: Profile) -> tuple[Any, ...]:
    return tuple(getattr(profile, name) for name in supporters.PROFILE_COLUMNS)
