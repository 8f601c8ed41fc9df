"""Tallies: record the signature counts that partners report, decide on doubtful ones, and update the counters."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

import storage
from auth.viewers import Scope
from models import (
    MAX_SAFE_INT,
    URL,
    ActivityKind,
    Campaign,
    CampaignPartner,
    Partner,
    PartnerTally,
    PartnerTallyState,
    SafeInt,
    SubjectType,
    TallyDecision,
    tallies,
)
from refusals import ProblemCode, Refusal, collect_issues, invalid, not_found
from resolvers import policies, screening
from resolvers.activity import record
from resolvers.campaigns import lock_campaign
from resolvers.context import Context
from resolvers.declarations import USUAL_LIST_SIZE, list_size, of_level, requires
from resolvers.ids import IdOf
from resolvers.signature_counts import change_counters

MAX_SUPPORTERS = MAX_SAFE_INT - 2**50  # leaves room for the direct signatures that follow


@dataclass(frozen=True)
class TallyCounted:
    """The result of a report or of a decision: the report, and the campaign with the counters that follow."""

    campaign: Campaign
    tally: PartnerTally


# ---------------------------------------------------------------- reading


@list_size(USUAL_LIST_SIZE)
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
        SafeInt, "All signatures that the partner has collected for the campaign, not only the new ones."
    ],
    as_of: Annotated[date, "The date of the number."],
    evidence_url: Annotated[URL | None, "The URL of the evidence for the number."] = None,
) -> TallyCounted:
    """Report a partner's signatures. The latest report by date counts, and of one day the last report.

    A report that lowers the number, or raises it by more than TALLY_JUMP, waits for `decidePartnerTally`: see
    the tally's `state`. The same report again changes nothing, and returns the tally of the first report.
    """
    at = context.now()
    with collect_issues() as issues:
        issues.take(screening.safe_int, signatures, "signatures", least=0)
        # it may be tomorrow already where the partner is
        issues.take(screening.not_later, as_of, at.date() + timedelta(days=1), "asOf")
        evidence = issues.take(screening.url, evidence_url, "evidenceUrl") if evidence_url else None
        campaign = await lock_campaign(context, campaign_id)
        policies.check_report_tally(context, campaign)
        link = await _partner_link(campaign, partner_id)
    last = await tallies.last_of_day(link.id, as_of)
    if last is not None and _is_repeated(last, signatures, evidence):
        return TallyCounted(campaign, last)
    tally = await PartnerTally.create(
        link_id=link.id,
        signatures=signatures,
        as_of=as_of,
        evidence_url=evidence,
        state=_initial_state(context, link, signatures, as_of),
        reported_by=context.actor,
        reported_at=at,
    )
    return TallyCounted(await _update_counters(context, campaign, link, tally, at), tally)


async def _partner_link(campaign: Campaign, partner_id: int) -> CampaignPartner:
    link = await CampaignPartner.get_or_none(campaign_id=campaign.id, partner_id=partner_id)
    if link is None:
        raise not_found("partner of this campaign", "partnerId")
    return link


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
async def decide_partner_tally(
    context: Context,
    tally_id: Annotated[int, IdOf("PartnerTally")],
    decision: Annotated[TallyDecision, "Whether the report is right."],
) -> TallyCounted:
    """Decide on a partner's report that waits. An accepted report does not count if there is a later one."""
    at = context.now()
    tally = await PartnerTally.get_or_none(id=tally_id)
    link = await CampaignPartner.get_or_none(id=tally.link_id) if tally else None
    if tally is None or link is None:
        raise not_found("partner tally", "tallyId")
    campaign = await lock_campaign(context, link.campaign_id)
    policies.check_decide_tally(context, campaign)
    decided = {"state": decision.state, "decided_by": context.actor, "decided_at": at}
    if not await PartnerTally.filter(id=tally_id, state=PartnerTallyState.WAITING).update(**decided):
        raise Refusal(ProblemCode.CONFLICT, "This report does not wait any more: it was decided on.", "tallyId")
    # read again under the lock: another report may have counted meanwhile
    tally = await PartnerTally.get_or_none(id=tally.id) or tally
    link = await CampaignPartner.get_or_none(id=link.id) or link
    return TallyCounted(await _update_counters(context, campaign, link, tally, at), tally)


async def _update_counters(
    context: Context, campaign: Campaign, link: CampaignPartner, tally: PartnerTally, at: datetime
) -> Campaign:
    """Add the difference to the counters if this report is the one that counts now, and return the campaign."""
    latest = await tallies.latest_accepted(link.id)
    if latest is None or latest.id != tally.id:
        return campaign
    change = tally.signatures - link.signatures
    total = campaign.exact_supporter_count + change
    if total > MAX_SUPPORTERS:
        raise invalid("It would bring the campaign to more supporters than can be counted.")
    await CampaignPartner.filter(id=link.id).update(signatures=tally.signatures, signatures_as_of=tally.as_of)
    subject = (SubjectType.CAMPAIGN, campaign.id)
    detail = {"partner_id": link.partner_id, "signatures": tally.signatures}
    await record(context, campaign.id, ActivityKind.PARTNER_REPORTED, subject, at, detail=detail)
    return await change_counters(context, campaign.id, at, partner=change)
