"""What partners report to have gathered: recorded, looked at where it is doubtful, and counted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

import storage
from auth.viewers import Scope
from models import (
    URL,
    ActivityKind,
    Campaign,
    CampaignPartner,
    CampaignState,
    Partner,
    PartnerTally,
    PartnerTallyState,
    SubjectType,
    tallies,
)
from refusals import ProblemCode, Refusal, invalid, not_found
from resolvers import milestones, screening
from resolvers.activity import record
from resolvers.campaigns import lock, reread
from resolvers.context import Context
from resolvers.declarations import of_level, requires
from resolvers.ids import IdOf

MOST_SUPPORTERS = 2_000_000_000  # of what an Int can say, with room for those who sign here


@dataclass(frozen=True)
class TallyReported:
    campaign: Campaign
    is_accepted: bool


@dataclass(frozen=True)
class TallyDecided:
    campaign: Campaign
    tally: PartnerTally


# ---------------------------------------------------------------- reading


@of_level
async def waiting(links: list[CampaignPartner], context: Context) -> list[list[PartnerTally]]:
    """Its reports that a campaigner is to decide on, in the order in which they came; empty for others."""
    if not context.viewer.may(Scope.MANAGE_CAMPAIGNS):
        return [[] for _ in links]
    ids = storage.json_list({link.id for link in links})
    found = storage.group_by(await storage.read(PartnerTally, tallies.WAITING, ids), "link_id")
    return [found.get(link.id, []) for link in links]


@of_level
async def partner(rows: list[PartnerTally], context: Context) -> list[Partner]:
    """Whose report it is."""
    links = await storage.by_ids(CampaignPartner, {row.link_id for row in rows})
    found = await storage.by_ids(Partner, {link.partner_id for link in links.values()})
    return [found[links[row.link_id].partner_id] for row in rows]


# ---------------------------------------------------------------- writing


@requires(Scope.REPORT_TALLIES)
async def report_partner_tally(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    partner_id: Annotated[int, IdOf("Partner")],
    signatures: Annotated[int, "All that the partner has gathered for the campaign, not only what is new."],
    as_of: Annotated[date, "The day that the number is from."],
    evidence_url: Annotated[URL | None, "Where it can be looked up."] = None,
) -> TallyReported:
    """Report what a partner has gathered. The latest report by date counts, of one day the last.

    One that would lower the number, or raise it by more than TALLY_JUMP, waits for `approvePartnerTally`. The same
    report again changes nothing.
    """
    at = context.now()
    campaign = await lock(context, campaign_id)
    _may_add(campaign)
    link = await storage.read_one(CampaignPartner, tallies.LINK, campaign.id, partner_id)
    if link is None:
        raise not_found("partner of this campaign", "partnerId")
    _check(signatures, as_of, at)
    evidence = screening.url(evidence_url, "evidenceUrl") if evidence_url else None
    last = await storage.read_one(PartnerTally, tallies.OF_DAY, link.id, as_of)
    if last is not None and _repeats(last, signatures, evidence):
        return TallyReported(campaign, last.state is PartnerTallyState.ACCEPTED)
    state = _first_state(context, link, signatures, as_of)
    tally = await storage.add(
        PartnerTally,
        link_id=link.id,
        signatures=signatures,
        as_of=as_of,
        evidence_url=evidence,
        state=state,
        reported_by=context.actor,
        reported_at=at,
    )
    return TallyReported(await _counted(context, campaign, link, tally, at), state is PartnerTallyState.ACCEPTED)


def _may_add(campaign: Campaign) -> None:
    if campaign.state is CampaignState.ARCHIVED:
        raise Refusal(ProblemCode.CLOSED, "The campaign is archived: nothing can be added to it.")


def _check(signatures: int, as_of: date, at: datetime) -> None:
    if signatures < 0:
        raise invalid("`signatures` can't be less than nothing.", "signatures")
    if as_of > at.date() + timedelta(days=1):  # it may be tomorrow already where the partner is
        raise invalid("`asOf` lies in the future: report it then.", "asOf")


def _repeats(last: PartnerTally, signatures: int, evidence: str | None) -> bool:
    """Whether it is the report that was made last of that day. One that was refused may be made again."""
    same = (last.signatures, last.evidence_url) == (signatures, evidence)
    return same and last.state is not PartnerTallyState.REFUSED


def _first_state(context: Context, link: CampaignPartner, signatures: int, as_of: date) -> PartnerTallyState:
    """A report about the past counts for nothing, so that nothing need be asked of it."""
    is_late = link.signatures_as_of is not None and as_of < link.signatures_as_of
    is_plausible = 0 <= signatures - link.signatures <= context.settings.tally_jump
    return PartnerTallyState.ACCEPTED if is_late or is_plausible else PartnerTallyState.WAITING


@requires(Scope.MANAGE_CAMPAIGNS)
async def approve_partner_tally(
    context: Context,
    tally_id: Annotated[int, IdOf("PartnerTally")],
    approved: Annotated[bool, "Whether it is right; one that is not is kept and never counts."] = True,
) -> TallyDecided:
    """Decide on a partner's report that waits. One that was overtaken by a later one is accepted and not counted."""
    at = context.now()
    found = await storage.read_one(PartnerTally, tallies.BY_ID, tally_id)
    link = await storage.read_one(CampaignPartner, tallies.LINK_BY_ID, found.link_id) if found else None
    if link is None:
        raise not_found("partner tally", "tallyId")
    campaign = await lock(context, link.campaign_id)
    _may_add(campaign)
    state = PartnerTallyState.ACCEPTED if approved else PartnerTallyState.REFUSED
    tally = await storage.read_one(PartnerTally, tallies.DECIDE, tally_id, state, context.actor, at)
    if tally is None:
        raise Refusal(ProblemCode.CONFLICT, "This report does not wait any more: it was decided on.", "tallyId")
    link = await storage.read_one(CampaignPartner, tallies.LINK_BY_ID, link.id) or link
    return TallyDecided(await _counted(context, campaign, link, tally, at), tally)


async def _counted(
    context: Context, campaign: Campaign, link: CampaignPartner, tally: PartnerTally, at: datetime
) -> Campaign:
    """The campaign, whose counters have moved by the difference if this report is the one that counts now."""
    latest = await storage.fetch_one(tallies.LATEST, link.id)
    if latest is None or latest[0] != tally.id:
        return campaign
    change = tally.signatures - link.signatures
    total = campaign.supporter_count + change
    if total > MOST_SUPPORTERS:
        raise invalid("It would bring the campaign to more supporters than can be counted.")
    await storage.fetch(tallies.COUNT_LINK, link.id, tally.signatures, tally.as_of)
    await storage.fetch(tallies.COUNT, campaign.id, change, at)
    subject = (SubjectType.CAMPAIGN, campaign.id)
    await record(context, campaign.id, ActivityKind.PARTNER_REPORTED, subject, at)
    await milestones.reach(context, campaign.id, campaign.supporter_count, total, at)
    return await reread(campaign)
