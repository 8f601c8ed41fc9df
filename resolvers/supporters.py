"""People: introducing oneself, being shown, and who is asking."""

from collections.abc import Awaitable
from typing import Annotated, Any

import models
from models import (
    Badge,
    Campaign,
    Comment,
    CommentState,
    CountryCode,
    EmailAddress,
    NameDisplay,
    Profile,
    Role,
    Supporter,
)
from resolvers import screening
from resolvers.auth import STAFF, Scope, issue_token
from resolvers.auth import Viewer as Identity
from resolvers.context import Context
from resolvers.names import display_name
from resolvers.needs import reads
from settings import Settings


@reads("state", "author_id", "author.display_name", badge="author.badge")
def author(comment: Comment, context: Context) -> Awaitable[Supporter] | Supporter | None:
    """Who wrote it; null for a tombstone."""
    if comment.state is not CommentState.VISIBLE and not context.shows(comment):
        return None
    return comment.known_author or context.row(Supporter, comment.author_id)


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
    return await models.read_one(Profile, models.supporters.PROFILE, viewer.supporter_id)


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
) -> Supporter:
    """Say one's name before a first comment. The token is the guest's identity: keep it, and send it as a bearer."""
    return await create(
        given_name,
        family_name,
        name_display,
        email=screening.email(email) if email else None,
        country=screening.country(country) if country else None,
    )


def guest_token(payload: Any, context: Context) -> str:
    """The bearer token of the guest."""
    return issue_token(context.settings, payload.supporter.id, Role.GUEST)


async def create(
    given_name: str,
    family_name: str | None,
    name_display: NameDisplay,
    *,
    email: str | None = None,
    country: str | None = None,
    badge: Badge = Badge.NONE,
) -> Supporter:
    """A new person: the public face, and the private part in its own table."""
    given = screening.name(given_name, "givenName")
    family = screening.name(family_name, "familyName") if family_name and family_name.strip() else None
    supporter = await models.add(Supporter, display_name=display_name(given, family, name_display), badge=badge)
    await models.insert(
        Profile,
        supporter_id=supporter.id,
        given_name=given,
        family_name=family,
        email=email,
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


async def appear(context: Context, campaign: Campaign) -> None:
    """Before a person is seen on a campaign: their name shows no more than its ceiling allows, there or anywhere."""
    if campaign.name_display_ceiling is NameDisplay.FULL_NAME:
        return
    supporter = (await models.by_ids(Supporter, [context.supporter_id])).get(context.supporter_id)
    profile = await models.read_one(Profile, models.supporters.PROFILE, context.supporter_id)
    if supporter is not None and profile is not None:
        await _lower(profile, supporter.name_ceiling.capped(campaign.name_display_ceiling))


async def lower_ceiling(campaign: Campaign, ceiling: NameDisplay) -> None:
    """Everyone who has appeared on the campaign shows at most the new ceiling, the past included.

    A ceiling that is raised again does not bring names back: what was hidden stays so.
    """
    looser = [display for display in NameDisplay if display.capped(ceiling) is not display]
    above = await models.read(Profile, models.supporters.ABOVE_CEILING, campaign.id, models.json_list(looser))
    for profile in above:
        await _lower(profile, ceiling)


async def _lower(profile: Profile, ceiling: NameDisplay) -> None:
    shown = display_name(profile.given_name, profile.family_name, profile.name_display.capped(ceiling))
    await models.fetch(models.supporters.RENAME, profile.supporter_id, shown, ceiling)
