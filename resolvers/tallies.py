"""Tallies: record the signature counts that partners report, decide on doubtful ones, and update the counters."""

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
from refusals import InputReason, ProblemCode, Refusal, collect_issues, invalid, not_found
from resolvers import milestones, screening
from resolvers.activity import record
from resolvers.campaigns import lock_campaign, reload
from resolvers.context import Context
from resolvers.declarations import of_level, requires
from resolvers.ids import IdOf

MAX_SUPPORTERS = 2_000_000_000  # below the limit of GraphQL's Int, 2,147,483,647, with room for direct signatures


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
async def waiting_tallies(links: list[CampaignPartner], context: Context) -> list[list[PartnerTally]]:
    """The partner's reports that wait for a campaigner's decision, oldest first. Empty for other viewers."""
    if not context.viewer.may(Scope.MANAGE_CAMPAIGNS):
        return [[] for _ in links]
    link_ids = storage.json_list({link.id for link in links})
    waiting = storage.group_by(await storage.read(PartnerTally, tallies.SELECT_WAITING, link_ids), "link_id")
    return [waiting.get(link.id, []) for link in links]


@of_level
async def partner(rows: list[PartnerTally], context: Context) -> list[Partner]:
    """The partner that reported."""
    links = await storage.by_ids(CampaignPartner, {row.link_id for row in rows})
    partners = await storage.by_ids(Partner, {link.partner_id for link in links.values()})
    return [partners[links[row.link_id].partner_id] for row in rows]


# ---------------------------------------------------------------- writing


@requires(Scope.REPORT_TALLIES)
async def report_partner_tally(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    partner_id: Annotated[int, IdOf("Partner")],
    signatures: Annotated[
        int, "All signatures that the partner has collected for the campaign, not only the new ones."
    ],
    as_of: Annotated[date, "The date of the number."],
    evidence_url: Annotated[URL | None, "The URL of the evidence for the number."] = None,
) -> TallyReported:
    """Report a partner's signatures. The latest report by date counts, and of one day the last report.

    A report that lowers the number, or raises it by more than TALLY_JUMP, waits for `approvePartnerTally`. The same
    report again changes nothing.
    """
    at = context.now()
    with collect_issues() as issues:
        issues.take(_check_signatures, signatures)
        # it may be tomorrow already where the partner is
        issues.take(screening.not_later, as_of, at.date() + timedelta(days=1), "asOf")
        evidence = issues.take(screening.url, evidence_url, "evidenceUrl") if evidence_url else None
        campaign = await lock_campaign(context, campaign_id)
        _check_not_archived(campaign)
        link = await _partner_link(campaign, partner_id)
    last = await tallies.last_of_day(link.id, as_of)
    if last is not None and _is_repeated(last, signatures, evidence):
        return TallyReported(campaign, last.state is PartnerTallyState.ACCEPTED)
    state = _initial_state(context, link, signatures, as_of)
    tally = await PartnerTally.create(
        link_id=link.id,
        signatures=signatures,
        as_of=as_of,
        evidence_url=evidence,
        state=state,
        reported_by=context.actor,
        reported_at=at,
    )
    return TallyReported(
        await _update_counters(context, campaign, link, tally, at), state is PartnerTallyState.ACCEPTED
    )


def _check_not_archived(campaign: Campaign) -> None:
    if campaign.state is CampaignState.ARCHIVED:
        raise Refusal(ProblemCode.CLOSED, "The campaign is archived: nothing can be added to it.")


async def _partner_link(campaign: Campaign, partner_id: int) -> CampaignPartner:
    link = await CampaignPartner.get_or_none(campaign_id=campaign.id, partner_id=partner_id)
    if link is None:
        raise not_found("partner of this campaign", "partnerId")
    return link


def _check_signatures(signatures: int) -> None:
    if signatures < 0:
        message = "The number of signatures can't be less than {limit}."
        raise invalid(message, "signatures", reason=InputReason.OUT_OF_RANGE, limit=0)


def _is_repeated(last: PartnerTally, signatures: int, evidence: str | None) -> bool:
    """Tell whether the report equals the last report of that day. A refused report may be sent again."""
    same = (last.signatures, last.evidence_url) == (signatures, evidence)
    return same and last.state is not PartnerTallyState.REFUSED


def _initial_state(context: Context, link: CampaignPartner, signatures: int, as_of: date) -> PartnerTallyState:
    """Accept a plausible report. A report of a past day does not count, so any number is accepted."""
    is_late = link.signatures_as_of is not None and as_of < link.signatures_as_of
    is_plausible = 0 <= signatures - link.signatures <= context.settings.tally_jump
    return PartnerTallyState.ACCEPTED if is_late or is_plausible else PartnerTallyState.WAITING


@requires(Scope.MANAGE_CAMPAIGNS)
async def approve_partner_tally(
    context: Context,
    tally_id: Annotated[int, IdOf("PartnerTally")],
    approved: Annotated[
        bool, "Whether the report is right. A refused report is kept in the ledger and never counts."
    ] = True,
) -> TallyDecided:
    """Decide on a partner's report that waits. An approved report does not count if there is a later one."""
    at = context.now()
    tally = await PartnerTally.get_or_none(id=tally_id)
    link = await CampaignPartner.get_or_none(id=tally.link_id) if tally else None
    if tally is None or link is None:
        raise not_found("partner tally", "tallyId")
    campaign = await lock_campaign(context, link.campaign_id)
    _check_not_archived(campaign)
    state = PartnerTallyState.ACCEPTED if approved else PartnerTallyState.REFUSED
    decision = {"state": state, "decided_by": context.actor, "decided_at": at}
    if not await PartnerTally.filter(id=tally_id, state=PartnerTallyState.WAITING).update(**decision):
        raise Refusal(ProblemCode.CONFLICT, "This report does not wait any more: it was decided on.", "tallyId")
    # read again under the lock: another report may have counted meanwhile
    tally = await PartnerTally.get_or_none(id=tally.id) or tally
    link = await CampaignPartner.get_or_none(id=link.id) or link
    return TallyDecided(await _update_counters(context, campaign, link, tally, at), tally)


async def _update_counters(
    context: Context, campaign: Campaign, link: CampaignPartner, tally: PartnerTally, at: datetime
) -> Campaign:
    """Add the difference to the counters if this report is the one that counts now, and return the campaign."""
    latest = await tallies.latest_accepted(link.id)
    if latest is None or latest.id != tally.id:
        return campaign
    change = tally.signatures - link.signatures
    total = campaign.supporter_count + change
    if total > MAX_SUPPORTERS:
        raise invalid("It would bring the campaign to more supporters than can be counted.")
    await CampaignPartner.filter(id=link.id).update(signatures=tally.signatures, signatures_as_of=tally.as_of)
    await storage.fetch(tallies.ADD_TO_CAMPAIGN_COUNTS, campaign.id, change, at)
    subject = (SubjectType.CAMPAIGN, campaign.id)
    await record(context, campaign.id, ActivityKind.PARTNER_REPORTED, subject, at)
    await milestones.record_reached(context, campaign.id, campaign.supporter_count, total, at)
    return await reload(campaign)
