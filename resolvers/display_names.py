"""Display names: write the name that others see again, on all campaigns and for the past, when it changes."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import models
import storage
from models import Activity, ActivityKind, Campaign, NameDisplay, Profile, SubjectType, Supporter, supporters
from refusals import unauthenticated
from resolvers.activity import record
from resolvers.context import Context
from resolvers.names import PublicNames, names_of, parted_name, public_names

RENAME_BATCH_SIZE = 1_000  # supporters in one UPDATE
MAX_NAMED_SUPPORTERS = 10  # more people whose names a ceiling changes are not named in the log


async def apply_ceiling(context: Context, campaign: Campaign, supporter_id: int | None = None) -> None:
    """Lower a person's name ceiling to the campaign's, before the person appears on the campaign.

    The person is the viewer by default. The lower ceiling holds on every campaign.
    """
    ceiling = campaign.name_display_ceiling
    if ceiling is NameDisplay.FULL_NAME:
        return
    supporter, profile = await lock_supporter(supporter_id or context.supporter_id)
    if supporter.name_ceiling.capped(ceiling) is not supporter.name_ceiling:
        await update_display_name(context, supporter, profile, ceiling)


async def lower_ceiling(context: Context, campaign: Campaign, ceiling: NameDisplay) -> None:
    """Cap the display names of everyone who has appeared on the campaign at the campaign's new ceiling.

    A ceiling that is raised again does not restore the names.
    """
    looser = [display for display in NameDisplay if display.capped(ceiling) is not display]
    above = await storage.read(
        Profile, supporters.SELECT_PROFILES_ABOVE_CEILING, campaign.id, storage.json_list(looser)
    )
    renamed_ids = [profile.supporter_id for profile in above if profile.name_display in looser]
    campaign_ids: set[int] = set()
    for start in range(0, len(above), RENAME_BATCH_SIZE):
        batch = above[start : start + RENAME_BATCH_SIZE]
        names = [(profile.supporter_id, *capped_names(profile, ceiling)) for profile in batch]
        await storage.fetch(supporters.UPDATE_DISPLAY_NAMES, storage.json_list(names), ceiling)
        campaign_ids.update(await _campaigns_of(p.supporter_id for p in batch if p.name_display in looser))
        await asyncio.sleep(0)  # let other requests run: there may be many thousands of names
    if len(renamed_ids) > MAX_NAMED_SUPPORTERS:
        await _record_renames(context, {(campaign_id, None) for campaign_id in campaign_ids})
    else:
        await _record_renames(context, {(id, one) for one in renamed_ids for id in await _campaigns_of([one])})


async def merge_names(context: Context, supporter_id: int, merged: Mapping[int, Supporter]) -> None:
    """Cap a person's name at the ceilings of the accounts that were merged into the person's, by campaign.

    A client knows the merged accounts by their old ids, so NAME_CHANGED without an actor tells the client to read all
    names of the campaign again.
    """
    supporter, profile = await lock_supporter(supporter_id)
    ceiling = supporter.name_ceiling
    for other in merged.values():
        ceiling = ceiling.capped(other.name_ceiling)
    names = capped_names(profile, ceiling)
    if ceiling is not supporter.name_ceiling:
        await update_display_name(context, supporter, profile, ceiling)
    await _record_renames(context, {(id, None) for id, other in merged.items() if names_of(other) != names})


async def lock_campaigns_before_rename(
    context: Context,
    campaign_id: int,
    given_name: str,
    family_name: str | None,
    name_display: NameDisplay,
    *,
    family_name_first: bool,
) -> None:
    """If a signature will change the viewer's name, lock the signed campaign and all that show the viewer.

    They are locked by id, so that two people whose names change do not deadlock.
    """
    profile = await storage.read_one(Profile, supporters.SELECT_PROFILE, context.supporter_id)
    if profile is None:
        return
    family, is_first = family_name or profile.family_name, profile.family_name_first
    if family_name or not family:
        is_first = family_name_first
    if (
        (profile.given_name, profile.family_name) == parted_name(given_name, family, is_first)
        and profile.family_name_first == is_first
        and profile.name_display.capped(name_display) is profile.name_display
    ):
        return
    campaign_ids = await _campaigns_of([context.supporter_id])
    await storage.fetch(models.account_merging.LOCK_CAMPAIGNS, storage.json_list({*campaign_ids, campaign_id}))


async def lock_supporter(supporter_id: int) -> tuple[Supporter, Profile]:
    """Lock a person's rows against other renames and return them."""
    supporter = await storage.read_one(Supporter, supporters.LOCK_SUPPORTER, supporter_id)
    profile = await storage.read_one(Profile, supporters.LOCK_PROFILE, supporter_id)
    if supporter is None or profile is None:  # the token is good, but the person was erased
        raise unauthenticated()
    return supporter, profile


async def update_display_name(context: Context, supporter: Supporter, profile: Profile, ceiling: NameDisplay) -> None:
    """Write a person's public names and ceiling, and record NAME_CHANGED if a name differs."""
    names = capped_names(profile, ceiling)
    await storage.fetch(supporters.UPDATE_DISPLAY_NAMES, storage.json_list([(supporter.id, *names)]), ceiling)
    if names != names_of(supporter):
        await _record_renames(context, {(id, supporter.id) for id in await _campaigns_of([supporter.id])})


def capped_names(profile: Profile, ceiling: NameDisplay) -> PublicNames:
    display = profile.name_display.capped(ceiling)
    return public_names(profile.given_name, profile.family_name, display, profile.family_name_first)


async def record_other_ticker_names(context: Context, campaign: Campaign) -> None:
    """Record that the ticker of the campaign shows other names, so that clients read the names again."""
    await _record_renames(context, {(campaign.id, None)})


async def hide_donor(context: Context, supporter_id: int) -> None:
    """Remove a person from the log's DONATED events, and record NAME_CHANGED, so that clients read the names again."""
    events = Activity.filter(actor_id=supporter_id, kind=ActivityKind.DONATED)
    campaign_ids: list[Any] = await events.distinct().values_list("campaign_id", flat=True)
    await events.update(actor_id=None)
    await _record_renames(context, {(campaign_id, None) for campaign_id in campaign_ids})


async def _campaigns_of(supporter_ids: Iterable[int]) -> list[int]:
    """Return the ids of the campaigns on which any of these people is shown."""
    rows = await storage.fetch(supporters.SELECT_CAMPAIGNS_OF_SUPPORTERS, storage.json_list(supporter_ids))
    return [row[0] for row in rows]


async def _record_renames(context: Context, renamed: set[tuple[int, int | None]]) -> None:
    """Append NAME_CHANGED to the log of each campaign, for the person or for nobody named, in the lock order."""
    at = context.now()
    for campaign_id, actor_id in sorted(renamed):
        subject = (SubjectType.CAMPAIGN, campaign_id)
        await record(context, campaign_id, ActivityKind.NAME_CHANGED, subject, at, actor_id=actor_id)
