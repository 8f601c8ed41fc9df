"""The fields of signatures, and of a campaign's supporters counter, goal and countries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import storage
from models import Campaign, Comment, CountryTally, Milestone, Signature, Supporter, signatures
from resolvers import instants, policies
from resolvers.campaign_field import campaign_of
from resolvers.context import Context
from resolvers.declarations import list_size, of_level, reads
from resolvers.milestones import MILESTONE_COUNTS, next_goal
from resolvers.paging import check_list_size
from resolvers.visibility import named

MAX_COUNTRIES = 250

campaign = campaign_of  # the field `campaign`


@dataclass(frozen=True, slots=True)
class CountryCount:
    country: str | None
    count: int


class SupporterCount:
    """The supporters counter and its parts, read from the campaign's row."""

    COLUMNS = (
        *("supporter_count", "direct_signature_count", "pending_signature_count", "partner_signature_count"),
        *("offline_signature_count", "withdrawn_signature_count", "signatures_as_of", "audited_at", "drift"),
    )

    def __init__(self, campaign: Campaign, context: Context) -> None:
        self.total = campaign.supporter_count
        self.direct = campaign.direct_signature_count
        self.pending = campaign.pending_signature_count
        self.partner = campaign.partner_signature_count
        self.offline = campaign.offline_signature_count
        self.withdrawn = campaign.withdrawn_signature_count
        self.as_of = instants.shown(campaign.signatures_as_of, context)
        self.last_audit_at = campaign.audited_at
        self.drift = campaign.drift


class SignatureGoal:
    def __init__(self, campaign: Campaign) -> None:
        self.campaign_id = campaign.id
        self.current = campaign.supporter_count
        self.target = next_goal(self.current)
        self.remaining = self.target - self.current
        self.percent = self.current * 1000 // self.target / 10  # rounded down: only a goal that is reached is 100 %


@reads(*SupporterCount.COLUMNS)
def supporters(campaign: Campaign, context: Context) -> SupporterCount:
    """The number of supporters, and the parts of that number by origin. It changes at most once in COUNTER_SECONDS."""
    return SupporterCount(campaign, context)


@reads("id", "supporter_count")
def goal(campaign: Campaign) -> SignatureGoal:
    """The next number of supporters to reach."""
    return SignatureGoal(campaign)


@list_size(len(MILESTONE_COUNTS))
async def reached(goal: SignatureGoal, context: Context) -> list[Milestone]:
    """The goals reached so far, lowest first."""
    return await context.load(_milestones_by_campaign, goal.campaign_id) or []


def reached_at(milestone: Milestone, context: Context) -> datetime:
    """When the goal was reached, rounded down like the times of the activity log."""
    return instants.shown(milestone.reached_at, context)


async def _milestones_by_campaign(campaign_ids: list[int]) -> dict[int, list[Milestone]]:
    return storage.group_by(
        await storage.read(Milestone, signatures.SELECT_MILESTONES, storage.json_list(campaign_ids)), "campaign_id"
    )


@reads("id", "direct_signature_count")
@of_level
async def countries(
    campaigns: list[Campaign],
    context: Context,
    first: Annotated[int, "How many countries at most, from 1 to 250."] = 10,
) -> list[list[CountryCount]]:
    """The countries of confirmed signers, those with most signers first, as they were published last.

    A country with too few signers is not named, since they could be identified: the signers of all such countries,
    and those who gave no country, come last as `country: null`. For the same reason the number of a named country
    is published late, every COUNTRY_HOURS, and in steps of COUNTRY_FLOOR signers.
    """
    check_list_size(first, MAX_COUNTRIES, "first")
    tallies = await _country_tallies({campaign.id for campaign in campaigns}, context.settings.country_floor)
    return [_country_counts(campaign, tallies.get(campaign.id, []), first) for campaign in campaigns]


async def _country_tallies(campaign_ids: set[int], least: int) -> dict[int, list[CountryTally]]:
    """Return the countries with at least `least` signatures, by campaign, in one statement."""
    if len(campaign_ids) == 1:
        (campaign_id,) = campaign_ids
        return {campaign_id: await storage.read(CountryTally, signatures.SELECT_COUNTRY_TALLIES, campaign_id, least)}
    ids = storage.json_list(campaign_ids)
    rows = await storage.read(CountryTally, signatures.SELECT_COUNTRY_TALLIES_OF_CAMPAIGNS, ids, least)
    return storage.group_by(rows, "campaign_id")


def _country_counts(campaign: Campaign, tallies: list[CountryTally], first: int) -> list[CountryCount]:
    rest = campaign.direct_signature_count - sum(tally.count for tally in tallies)
    named = [CountryCount(tally.country, tally.count) for tally in tallies[:first]]
    return [*named, CountryCount(None, rest)] if rest > 0 else named


@reads("id")
async def viewer_signature(campaign: Campaign, context: Context) -> Signature | None:
    """The viewer's own signature on this campaign, if any."""
    if context.viewer.supporter_id is None:
        return None
    signature: Signature | None = await context.load(_signatures_of_supporter, campaign.id, context.viewer.supporter_id)
    return signature


async def _signatures_of_supporter(campaign_ids: list[int], supporter_id: int) -> dict[int, Signature]:
    rows = await storage.read(Signature, signatures.SELECT_OF_SUPPORTER, supporter_id, storage.json_list(campaign_ids))
    return {row.campaign_id: row for row in rows}


def signed_at(signature: Signature, context: Context) -> datetime:
    """When it was signed: exact for the signer, for others rounded down like the times of the activity log."""
    is_own = signature.supporter_id is not None and signature.supporter_id == context.viewer.supporter_id
    return signature.signed_at if is_own else instants.shown(signature.signed_at, context)


async def supporter(signature: Signature, context: Context) -> Supporter | None:
    """The signer; null once they are erased, and for others while they are shown as "A supporter"."""
    signer: Supporter | None = await context.row(Supporter, signature.supporter_id) if signature.supporter_id else None
    return signer if signature.supporter_id == context.viewer.supporter_id else named(signer)


async def comment(signature: Signature, context: Context) -> Comment | None:
    """The comment that the signer posted when signing, if any."""
    row = await context.row(Comment, signature.comment_id) if signature.comment_id else None
    return row if row is not None and policies.may_view_comment(context, row) else None
