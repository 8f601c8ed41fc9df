"""People: introducing oneself, being shown, and who is asking."""

from collections.abc import Awaitable
from typing import Annotated, Any

import storage
from auth.tokens import issue_token
from auth.viewers import STAFF, Scope
from auth.viewers import Viewer as Identity
from models import (
    Badge,
    Comment,
    CountryCode,
    EmailAddress,
    NameDisplay,
    Profile,
    Role,
    Supporter,
    supporters,
)
from models.comments import VISIBLE
from refusals import ProblemCode, Refusal
from resolvers import display_names, screening
from resolvers.consents import Answer, give
from resolvers.context import Context
from resolvers.declarations import reads, requires
from resolvers.inputs import UNCHANGED
from resolvers.names import display_name
from settings import Settings

BATCH = 1_000  # people in one statement


@reads("state", "author_id", "author.display_name", badge="author.badge")
def author(comment: Comment, context: Context) -> Awaitable[Supporter] | Supporter | None:
    """Who wrote it; null for a tombstone."""
    if comment.state is not VISIBLE and not context.may_read(comment):
        return None
    return comment.loaded_author or context.row(Supporter, comment.author_id)


def viewer(context: Context) -> Identity:
    """The person asking, by the token they sent."""
    return context.viewer


async def viewer_supporter(viewer: Identity, context: Context) -> Supporter | None:
    """The viewer as others see them; null for an anonymous visitor."""
    return await context.row(Supporter, viewer.supporter_id) if viewer.supporter_id else None


async def viewer_profile(viewer: Identity, context: Context) -> Profile | None:
    """What the viewer told us, for their own eyes."""
    if viewer.supporter_id is None:
        return None
    return await storage.read_one(Profile, supporters.PROFILE, viewer.supporter_id)


def viewer_scopes(viewer: Identity) -> list[Scope]:
    """What the viewer's token allows, in the enum's order."""
    return [scope for scope in Scope if scope in viewer.scopes]


async def introduce(
    context: Context,
    given_name: Annotated[str, "The name to be called by; one word is enough."],
    family_name: Annotated[str | None, "Never shown in full unless `nameDisplay` says so."] = None,
    email: Annotated[
        EmailAddress | None, "Never shown. It stays unverified and opens no door to anyone's account."
    ] = None,
    country: Annotated[CountryCode | None, "Where the person lives."] = None,
    name_display: Annotated[NameDisplay, "How much of the name others see."] = NameDisplay.FIRST_NAME_INITIAL,
    family_name_first: Annotated[bool, "Whether the family name is written before the given one."] = False,
) -> Supporter:
    """Say one's name before a first comment. The token is the guest's identity: keep it, and send it as a bearer."""
    return await create(
        given_name,
        family_name,
        name_display,
        email=screening.email(email) if email else None,
        country=screening.country(country) if country else None,
        family_name_first=family_name_first,
    )


async def guest_token(payload: Any, context: Context) -> str:
    """The bearer token of the guest."""
    if payload.replayed and await is_proven(payload.supporter.id):
        raise Refusal(ProblemCode.UNAUTHENTICATED, "The guest has signed in since: go on with the tokens of that.")
    return issue_token(context.settings, payload.supporter.id, Role.GUEST)


async def is_proven(supporter_id: int) -> bool:
    """Whether they have proven an address. A guest's token is none for them, not even at a retry of before."""
    profile = await storage.read_one(Profile, supporters.PROFILE, supporter_id)
    return profile is None or profile.email_verified


@requires(Scope.COMMENT)
async def update_profile(
    context: Context,
    given_name: Annotated[str | None, "The name to be called by."] = None,
    family_name: Annotated[str | None, "The family name; null takes it away."] = UNCHANGED,
    country: Annotated[CountryCode | None, "Where the person lives; null takes it away."] = UNCHANGED,
    name_display: Annotated[NameDisplay | None, "How much of the name others see; holds for the past too."] = None,
    family_name_first: Annotated[bool | None, "Whether the family name is written before the given one."] = None,
    consents: Annotated[list[Answer] | None, "What was asked and answered; at most 20."] = None,
) -> None:
    """Change what is given of what one told us; what is left out stays as it is.

    The name that others see changes everywhere at once. It never shows more than the strictest ceiling of the
    campaigns on which the person has appeared.
    """
    supporter, profile = await display_names.lock(context.supporter_id)
    if given_name is not None:
        profile.given_name = screening.name(given_name, "givenName")
    if family_name is not UNCHANGED:
        family = screening.family_name(family_name)
        profile.family_name_sealed = supporters.sealed_name(supporter.id, family)["family_name_sealed"]
    if country is not UNCHANGED:
        profile.country = screening.country(country) if country else None
    profile.name_display = name_display or profile.name_display
    profile.family_name_first = profile.family_name_first if family_name_first is None else family_name_first
    await storage.fetch(supporters.SAVE_PROFILE, supporter.id, *(getattr(profile, name) for name in supporters.SAVED))
    await give(supporter.id, consents or [], context.now())
    await display_names.show(context, supporter, profile, supporter.name_ceiling)


def viewer_of_payload(payload: Any, context: Context) -> Identity:
    """The viewer, as they are now."""
    return context.viewer


async def create(
    given_name: str,
    family_name: str | None,
    name_display: NameDisplay,
    *,
    email: str | None = None,
    country: str | None = None,
    family_name_first: bool = False,
    badge: Badge = Badge.NONE,
    ceiling: NameDisplay = NameDisplay.FULL_NAME,
) -> Supporter:
    """A new person: the public face, and the private part in its own table."""
    given = screening.name(given_name, "givenName")
    family = screening.family_name(family_name)
    shown = display_name(given, family, name_display.capped(ceiling), family_name_first)
    supporter = await storage.add(Supporter, display_name=shown, badge=badge, name_ceiling=ceiling)
    await storage.insert(
        Profile,
        supporter_id=supporter.id,
        given_name=given,
        **supporters.sealed_name(supporter.id, family),
        **supporters.sealed_email(supporter.id, email),
        family_name_first=family_name_first,
        country=country,
        name_display=name_display,
    )
    return supporter


async def create_staff(settings: Settings, name: str, role: Role) -> str:
    """A staff member's token, for the operator's command line."""
    if role not in STAFF:
        raise ValueError(f"a token can be made for {', '.join(STAFF)}")
    given, _, family = name.strip().partition(" ")
    supporter = await create(given, family or None, NameDisplay.FULL_NAME, badge=Badge.STAFF)
    return issue_token(settings, supporter.id, role)


async def retell(
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
    """What the viewer says of themselves anew, before they are seen where names have this ceiling.

    The name is shown as the stricter of both choices says: a form that offers none would else undo an earlier one.
    An address that was proven is not given up for one that was only typed.
    """
    supporter, profile = await display_names.lock(context.supporter_id)
    profile.given_name = screening.name(given_name, "givenName")
    if family := screening.family_name(family_name):
        profile.family_name_sealed = supporters.sealed_name(supporter.id, family)["family_name_sealed"]
        profile.family_name_first = family_name_first
    profile.country = country or profile.country
    profile.name_display = profile.name_display.capped(name_display)
    await storage.fetch(supporters.SAVE_PROFILE, supporter.id, *(getattr(profile, name) for name in supporters.SAVED))
    if not profile.email_verified and email != profile.email:
        kept = supporters.sealed_email(supporter.id, email)
        profile.email_sealed, profile.email_hash = kept["email_sealed"], kept["email_hash"]
        await storage.fetch(supporters.SAVE_EMAIL, supporter.id, profile.email_sealed, profile.email_hash)
    ceiling = supporter.name_ceiling.capped(ceiling)
    if ceiling is not supporter.name_ceiling or display_names.shown_name(profile, ceiling) != supporter.display_name:
        await display_names.show(context, supporter, profile, ceiling)
        supporter.display_name, supporter.name_ceiling = display_names.shown_name(profile, ceiling), ceiling
    return supporter, profile
