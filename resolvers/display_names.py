"""What others see of a person, on whichever campaign: a name that changes changes everywhere, the past included."""

import asyncio
from collections.abc import Iterable, Mapping

import models
import storage
from models import ActivityKind, Campaign, NameDisplay, Profile, SubjectType, Supporter, supporters
from refusals import unauthenticated
from resolvers.activity import record
from resolvers.context import Context
from resolvers.names import display_name

BATCH = 1_000
"""People who are renamed in one statement."""


async def appear(context: Context, campaign: Campaign, supporter_id: int | None = None) -> None:
    """Before a person, by default the viewer, is seen on a campaign: their name shows no more than its ceiling allows,
    there or anywhere.
    """
    ceiling = campaign.name_display_ceiling
    if ceiling is NameDisplay.FULL_NAME:
        return
    supporter, profile = await lock(supporter_id or context.supporter_id)
    if supporter.name_ceiling.capped(ceiling) is not supporter.name_ceiling:
        await show(context, supporter, profile, ceiling)


async def lower_ceiling(context: Context, campaign: Campaign, ceiling: NameDisplay) -> None:
    """Everyone who has appeared on the campaign shows at most the new ceiling, the past included.

    A ceiling that is raised again does not bring names back: what was hidden stays so.
    """
    looser = [display for display in NameDisplay if display.capped(ceiling) is not display]
    above = await storage.read(Profile, supporters.ABOVE_CEILING, campaign.id, storage.json_list(looser))
    seen_on: set[int] = set()
    for start in range(0, len(above), BATCH):
        part = above[start : start + BATCH]
        names = [(profile.supporter_id, shown_name(profile, ceiling)) for profile in part]
        await storage.fetch(supporters.RENAME, storage.json_list(names), ceiling)
        seen_on.update(await _appearances(p.supporter_id for p in part if p.name_display in looser))
        await asyncio.sleep(0)  # of many thousands of names; others are answered meanwhile
    await _tell(context, seen_on)


async def stand_for(context: Context, supporter_id: int, seen: Mapping[int, Supporter]) -> None:
    """A person is seen from now on where others were, by campaign: with no more of a name than theirs might show.

    A page knows the others by their own ids; so it is told to read its names again, and not whose.
    """
    supporter, profile = await lock(supporter_id)
    ceiling = supporter.name_ceiling
    for other in seen.values():
        ceiling = ceiling.capped(other.name_ceiling)
    shown = shown_name(profile, ceiling)
    if ceiling is not supporter.name_ceiling:
        await show(context, supporter, profile, ceiling)
    await _tell(context, [campaign_id for campaign_id, other in seen.items() if other.display_name != shown])


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
    profile = await storage.read_one(Profile, supporters.PROFILE, context.supporter_id)
    if profile is None or (
        profile.given_name == given_name
        and (not family_name or (profile.family_name, profile.family_name_first) == (family_name, family_name_first))
        and profile.name_display.capped(name_display) is profile.name_display
    ):
        return
    seen_on = await _appearances([context.supporter_id])
    await storage.fetch(models.account_merging.LOCK_CAMPAIGNS, storage.json_list({*seen_on, campaign_id}))


async def lock(supporter_id: int) -> tuple[Supporter, Profile]:
    """A person, whom nobody else renames meanwhile."""
    supporter = await storage.read_one(Supporter, supporters.FOR_UPDATE, supporter_id)
    profile = await storage.read_one(Profile, supporters.PROFILE_FOR_UPDATE, supporter_id)
    if supporter is None or profile is None:  # the token outlived its person
        raise unauthenticated()
    return supporter, profile


async def show(context: Context, supporter: Supporter, profile: Profile, ceiling: NameDisplay) -> None:
    """Write the name that others see from now on, and tell those who watch if it is another."""
    shown = shown_name(profile, ceiling)
    await storage.fetch(supporters.RENAME, storage.json_list([(supporter.id, shown)]), ceiling)
    if shown != supporter.display_name:
        await _tell(context, await _appearances([supporter.id]), supporter.id)


def shown_name(profile: Profile, ceiling: NameDisplay) -> str:
    display = profile.name_display.capped(ceiling)
    return display_name(profile.given_name, profile.family_name, display, profile.family_name_first)


async def _appearances(supporter_ids: Iterable[int]) -> list[int]:
    rows = await storage.fetch(supporters.APPEARANCES, storage.json_list(supporter_ids))
    return [row[0] for row in rows]


async def _tell(context: Context, campaign_ids: Iterable[int], renamed: int | None = None) -> None:
    """A row in the log of each campaign, in the order in which everyone locks several: by id."""
    at = context.now()
    for campaign_id in sorted(campaign_ids):
        subject = (SubjectType.CAMPAIGN, campaign_id)
        await record(context, campaign_id, ActivityKind.NAME_CHANGED, subject, at, actor_id=renamed)
