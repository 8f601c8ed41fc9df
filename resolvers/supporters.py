"""People: introducing oneself, being shown, and who is asking."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from typing import Annotated, Any

import models
from models import (
    ActivityKind,
    Badge,
    Campaign,
    Comment,
    CommentState,
    CountryCode,
    EmailAddress,
    NameDisplay,
    Profile,
    Role,
    SubjectType,
    Supporter,
    supporters,
)
from resolvers import screening
from resolvers.activity import record
from resolvers.auth import STAFF, Scope, issue_token
from resolvers.auth import Viewer as Identity
from resolvers.consents import Answer, give
from resolvers.context import Context
from resolvers.inputs import KEEP
from resolvers.names import display_name
from resolvers.needs import needs, reads
from resolvers.refusals import ProblemCode, Refusal, unauthenticated
from settings import Settings

BATCH = 1_000  # people in one statement


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
    return await models.read_one(Profile, supporters.PROFILE, viewer.supporter_id)


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
    profile = await models.read_one(Profile, supporters.PROFILE, supporter_id)
    return profile is None or profile.email_verified


@needs(Scope.COMMENT)
async def update_profile(
    context: Context,
    given_name: Annotated[str | None, "The name to be called by."] = None,
    family_name: Annotated[str | None, "The family name; null takes it away."] = KEEP,
    country: Annotated[CountryCode | None, "Where the person lives; null takes it away."] = KEEP,
    name_display: Annotated[NameDisplay | None, "How much of the name others see; holds for the past too."] = None,
    family_name_first: Annotated[bool | None, "Whether the family name is written before the given one."] = None,
    consents: Annotated[list[Answer] | None, "What was asked and answered; at most 20."] = None,
) -> None:
    """Change what is given of what one told us; what is left out stays as it is.

    The name that others see changes everywhere at once. It never shows more than the strictest ceiling of the
    campaigns on which the person has appeared.
    """
    supporter, profile = await _lock(context.supporter_id)
    if given_name is not None:
        profile.given_name = screening.name(given_name, "givenName")
    if family_name is not KEEP:
        family = _family_name(family_name)
        profile.family_name_sealed = supporters.sealed_name(supporter.id, family)["family_name_sealed"]
    if country is not KEEP:
        profile.country = screening.country(country) if country else None
    profile.name_display = name_display or profile.name_display
    profile.family_name_first = profile.family_name_first if family_name_first is None else family_name_first
    await models.fetch(supporters.SAVE_PROFILE, supporter.id, *(getattr(profile, name) for name in supporters.SAVED))
    await give(supporter.id, consents or [], context.now())
    await _show(context, supporter, profile, supporter.name_ceiling)


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
    family = _family_name(family_name)
    shown = display_name(given, family, name_display.capped(ceiling), family_name_first)
    supporter = await models.add(Supporter, display_name=shown, badge=badge, name_ceiling=ceiling)
    await models.insert(
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


def _family_name(text: str | None) -> str | None:
    return screening.name(text, "familyName") if text and text.strip() else None


async def create_staff(settings: Settings, name: str, role: Role) -> str:
    """A staff member's token, for the operator's command line."""
    if role not in STAFF:
        raise ValueError(f"a token can be made for {', '.join(STAFF)}")
    given, _, family = name.strip().partition(" ")
    supporter = await create(given, family or None, NameDisplay.FULL_NAME, badge=Badge.STAFF)
    return issue_token(settings, supporter.id, role)


async def lock_to_rename(
    context: Context,
    campaign_id: int,
    given_name: str,
    family_name: str | None,
    name_display: NameDisplay,
    *,
    family_name_first: bool,
) -> None:
    """If the viewer's name is about to change, lock all campaigns that will be told and the one that is signed.

    They are locked by id, so that two whose names change don't wait for each other.
    """
    profile = await models.read_one(Profile, supporters.PROFILE, context.supporter_id)
    if profile is None or (
        profile.given_name == given_name
        and (not family_name or (profile.family_name, profile.family_name_first) == (family_name, family_name_first))
        and profile.name_display.capped(name_display) is profile.name_display
    ):
        return
    seen_on = await _appearances([context.supporter_id])
    await models.fetch(models.claiming.LOCK_CAMPAIGNS, models.json_list({*seen_on, campaign_id}))


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
    supporter, profile = await _lock(context.supporter_id)
    profile.given_name = screening.name(given_name, "givenName")
    if family := _family_name(family_name):
        profile.family_name_sealed = supporters.sealed_name(supporter.id, family)["family_name_sealed"]
        profile.family_name_first = family_name_first
    profile.country = country or profile.country
    profile.name_display = profile.name_display.capped(name_display)
    await models.fetch(supporters.SAVE_PROFILE, supporter.id, *(getattr(profile, name) for name in supporters.SAVED))
    if not profile.email_verified and email != profile.email:
        kept = supporters.sealed_email(supporter.id, email)
        profile.email_sealed, profile.email_hash = kept["email_sealed"], kept["email_hash"]
        await models.fetch(supporters.SAVE_EMAIL, supporter.id, profile.email_sealed, profile.email_hash)
    ceiling = supporter.name_ceiling.capped(ceiling)
    if ceiling is not supporter.name_ceiling or _shown(profile, ceiling) != supporter.display_name:
        await _show(context, supporter, profile, ceiling)
        supporter.display_name, supporter.name_ceiling = _shown(profile, ceiling), ceiling
    return supporter, profile


async def appear(context: Context, campaign: Campaign, supporter_id: int | None = None) -> None:
    """Before a person, by default the viewer, is seen on a campaign: their name shows no more than its ceiling allows,
    there or anywhere.
    """
    ceiling = campaign.name_display_ceiling
    if ceiling is NameDisplay.FULL_NAME:
        return
    supporter, profile = await _lock(supporter_id or context.supporter_id)
    if supporter.name_ceiling.capped(ceiling) is not supporter.name_ceiling:
        await _show(context, supporter, profile, ceiling)


async def lower_ceiling(context: Context, campaign: Campaign, ceiling: NameDisplay) -> None:
    """Everyone who has appeared on the campaign shows at most the new ceiling, the past included.

    A ceiling that is raised again does not bring names back: what was hidden stays so.
    """
    looser = [display for display in NameDisplay if display.capped(ceiling) is not display]
    above = await models.read(Profile, supporters.ABOVE_CEILING, campaign.id, models.json_list(looser))
    seen_on: set[int] = set()
    for start in range(0, len(above), BATCH):
        part = above[start : start + BATCH]
        names = [(profile.supporter_id, _shown(profile, ceiling)) for profile in part]
        await models.fetch(supporters.RENAME, models.json_list(names), ceiling)
        seen_on.update(await _appearances(p.supporter_id for p in part if p.name_display in looser))
        await asyncio.sleep(0)  # of many thousands of names; others are answered meanwhile
    await _tell(context, seen_on)


async def stand_for(context: Context, supporter_id: int, seen: Mapping[int, Supporter]) -> None:
    """A person is seen from now on where others were, by campaign: with no more of a name than theirs might show.

    A page knows the others by their own ids; so it is told to read its names again, and not whose.
    """
    supporter, profile = await _lock(supporter_id)
    ceiling = supporter.name_ceiling
    for other in seen.values():
        ceiling = ceiling.capped(other.name_ceiling)
    shown = _shown(profile, ceiling)
    if ceiling is not supporter.name_ceiling:
        await _show(context, supporter, profile, ceiling)
    await _tell(context, [campaign_id for campaign_id, other in seen.items() if other.display_name != shown])


async def _lock(supporter_id: int) -> tuple[Supporter, Profile]:
    """A person, whom nobody else renames meanwhile."""
    supporter = await models.read_one(Supporter, supporters.FOR_UPDATE, supporter_id)
    profile = await models.read_one(Profile, supporters.PROFILE_FOR_UPDATE, supporter_id)
    if supporter is None or profile is None:  # the token outlived its person
        raise unauthenticated()
    return supporter, profile


async def _show(context: Context, supporter: Supporter, profile: Profile, ceiling: NameDisplay) -> None:
    """Write the name that others see from now on, and tell those who watch if it is another."""
    shown = _shown(profile, ceiling)
    await models.fetch(supporters.RENAME, models.json_list([(supporter.id, shown)]), ceiling)
    if shown != supporter.display_name:
        await _tell(context, await _appearances([supporter.id]), supporter.id)


def _shown(profile: Profile, ceiling: NameDisplay) -> str:
    display = profile.name_display.capped(ceiling)
    return display_name(profile.given_name, profile.family_name, display, profile.family_name_first)


async def _appearances(supporter_ids: Iterable[int]) -> list[int]:
    rows = await models.fetch(supporters.APPEARANCES, models.json_list(supporter_ids))
    return [row[0] for row in rows]


async def _tell(context: Context, campaign_ids: Iterable[int], renamed: int | None = None) -> None:
    """A row in the log of each campaign, in the order in which everyone locks several: by id."""
    at = context.now()
    for campaign_id in sorted(campaign_ids):
        subject = (SubjectType.CAMPAIGN, campaign_id)
        await record(context, campaign_id, ActivityKind.NAME_CHANGED, subject, at, actor_id=renamed)


async def reseal() -> int:
    """Seal anew, by the first key, what another has sealed; returns how many people that was."""
    count, last, newest = 0, 0, models.sealing.keys().newest
    while True:
        async with models.transaction():
            batch = await models.read(Profile, supporters.UNSEALED, last, newest, BATCH)
            for profile in batch:
                resealed = supporters.resealed(profile)
                await models.fetch(supporters.RESEAL, *resealed)
                addresses = (profile.email_hash, resealed[-1])
                await models.fetch(models.signatures.REHASH, profile.supporter_id, *addresses)
        if not batch:
            return count
        count, last = count + len(batch), batch[-1].supporter_id
