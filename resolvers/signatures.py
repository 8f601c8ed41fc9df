"""Signatures as they are read: each, and the counter that all of them make."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import models
import storage
from models import Campaign, Comment, Milestone, Signature, Supporter, signatures
from refusals import invalid
from resolvers import policies
from resolvers.activity import coarse
from resolvers.context import Context
from resolvers.declarations import reads
from resolvers.milestones import next_goal


@dataclass(frozen=True, slots=True)
class CountryCount:
    country: str | None
    count: int


class SupporterCount:
    """The counter's parts, read off the campaign's row."""

    COLUMNS = (
        *("supporter_count", "direct_signature_count", "pending_signature_count", "partner_signature_count"),
        *("offline_signature_count", "withdrawn_signature_count", "signatures_as_of", "audited_at", "drift"),
    )

    def __init__(self, campaign: Campaign) -> None:
        self.total = campaign.supporter_count
        self.direct = campaign.direct_signature_count
        self.pending = campaign.pending_signature_count
        self.partner = campaign.partner_signature_count
        self.offline = campaign.offline_signature_count
        self.withdrawn = campaign.withdrawn_signature_count
        self.as_of = campaign.signatures_as_of
        self.last_audit_at = campaign.audited_at
        self.drift = campaign.drift


class SignatureGoal:
    def __init__(self, campaign: Campaign) -> None:
        self.campaign_id = campaign.id
        self.current = campaign.supporter_count
        self.target = next_goal(self.current)
        self.remaining = self.target - self.current
        self.percent = self.current * 1000 // self.target / 10  # rounded down: 100 is for a goal that is reached


@reads(*SupporterCount.COLUMNS)
def supporter_count(campaign: Campaign) -> SupporterCount:
    """How many stand behind it, and where each part of the number comes from."""
    return SupporterCount(campaign)


@reads("id", "supporter_count")
def goal(campaign: Campaign) -> SignatureGoal:
    """The next number to reach."""
    return SignatureGoal(campaign)


async def milestones(goal: SignatureGoal, context: Context) -> list[Milestone]:
    """The rungs reached so far, lowest first."""
    return await context.load(_milestones, goal.campaign_id) or []


async def _milestones(campaign_ids: list[int]) -> dict[int, list[Milestone]]:
    return storage.group_by(
        await storage.read(Milestone, signatures.MILESTONES, storage.json_list(campaign_ids)), "campaign_id"
    )


@reads("id", "direct_signature_count")
async def countries(
    campaign: Campaign,
    context: Context,
    first: Annotated[int | None, "How many countries at most, from 1 to 250."] = 10,
) -> list[CountryCount]:
    """Where confirmed signers live, most first.

    A country with too few of them to hide in is not named: all of these, and those who did not say, come last
    as `country: null`.
    """
    first = 10 if first is None else first
    if not 1 <= first <= 250:
        raise invalid("`first` must be from 1 to 250.", "first")
    floor = context.settings.country_floor
    tallies = await storage.read(models.CountryTally, signatures.COUNTRIES, campaign.id, floor)
    rest = campaign.direct_signature_count - sum(tally.count for tally in tallies)
    named = [CountryCount(tally.country, tally.count) for tally in tallies[:first]]
    return [*named, CountryCount(None, rest)] if rest > 0 else named


@reads("id")
async def viewer_signature(campaign: Campaign, context: Context) -> Signature | None:
    """The viewer's own signature on this campaign; null without one."""
    if context.viewer.supporter_id is None:
        return None
    signature: Signature | None = await context.load(_of_viewer, campaign.id, context.viewer.supporter_id)
    return signature


async def _of_viewer(campaign_ids: list[int], supporter_id: int) -> dict[int, Signature]:
    rows = await storage.read(Signature, signatures.OF_VIEWER, supporter_id, storage.json_list(campaign_ids))
    return {row.campaign_id: row for row in rows}


def signed_at(signature: Signature, context: Context) -> datetime:
    """When it was signed; exactly for the signer, and for others as coarse as the ticker's times."""
    is_own = signature.supporter_id is not None and signature.supporter_id == context.viewer.supporter_id
    return signature.signed_at if is_own else coarse(signature.signed_at, context.settings.ticker_seconds)


def signer(signature: Signature, context: Context) -> Awaitable[Supporter] | None:
    """Who signed; null once they are erased."""
    return context.row(Supporter, signature.supporter_id) if signature.supporter_id else None


async def comment(signature: Signature, context: Context) -> Comment | None:
    """What the signer said when signing, if anything."""
    found = await context.row(Comment, signature.comment_id) if signature.comment_id else None
    return found if found is not None and policies.sees_comment(context, found) else None
