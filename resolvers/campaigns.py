"""Campaigns: read one, list and search them, and the mutations of campaigners."""

from datetime import datetime
from typing import Annotated, Any

import models
import storage
from auth.viewers import Scope
from models import (
    ActivityKind,
    Campaign,
    CampaignSort,
    CampaignState,
    CommentPolicy,
    DonationAppeal,
    ErasurePolicy,
    Footnote,
    Image,
    NameDisplay,
    Outcome,
    Resource,
    SubjectType,
    TimelineEntry,
)
from models.campaigns import ENDED_STATES
from refusals import InputReason, ProblemCode, Refusal, collect_issues, invalid
from resolvers import campaign_input, display_names, inputs, policies, screening
from resolvers.activity import record
from resolvers.consents import ConsentQuestionDraft, check_versions, checked_questions
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, list_size, reads, requires, selects_total
from resolvers.ids import IdOf
from resolvers.inputs import UNCHANGED
from resolvers.paging import Connection, CursorCodec, Page
from storage import keyset

CAMPAIGNS_SHOWN = 20

_NEXT_STATES = {
    CampaignState.DRAFT: {CampaignState.LIVE, CampaignState.ARCHIVED},
    CampaignState.LIVE: {CampaignState.PAUSED, CampaignState.ARCHIVED, *ENDED_STATES},
    CampaignState.PAUSED: {CampaignState.LIVE, CampaignState.ARCHIVED, *ENDED_STATES},
    CampaignState.WON: {CampaignState.LIVE, CampaignState.ARCHIVED, *ENDED_STATES},
    CampaignState.LOST: {CampaignState.LIVE, CampaignState.ARCHIVED, *ENDED_STATES},
    CampaignState.CLOSED: {CampaignState.LIVE, CampaignState.ARCHIVED, *ENDED_STATES},
    CampaignState.ARCHIVED: {*ENDED_STATES},
}

PUBLIC_FIELDS = {
    "title": "title",
    "call_to_action": "callToAction",
    "target": "target",
    "body_markdown": "body",
    "hero_image": "heroImage",
    "state": "state",
    "is_signable": "isSignable",
    "is_commentable": "isCommentable",
    "comment_policy": "commentPolicy",
    "confirm_signatures": "confirmSignatures",
    "name_display_ceiling": "nameDisplayCeiling",
    "ticker_name_ceiling": "tickerNameCeiling",
    "consent_questions": "consentQuestions",
    "erasure_policy": "erasurePolicy",
    "launched_at": "launchedAt",
    "closed_at": "closedAt",
    "footnotes": "footnotes",
    "timeline": "timeline",
    "outcome": "outcome",
    "resources": "resources",
    "donation": "donation",
}
"""The attributes that campaigners change and everyone may read, with the GraphQL field that shows each.

A change of one is recorded in the activity log, which is public. So private settings are not listed.
"""


# ---------------------------------------------------------------- reading


async def campaign(
    context: Context,
    id: Annotated[int | None, IdOf("Campaign"), "The campaign's id; give either `id` or `slug`."] = None,
    slug: Annotated[str | None, "The campaign's name in URLs; give either `id` or `slug`."] = None,
    requested: RequestedAttributes = None,
) -> Campaign | None:
    """A campaign, by id or by slug; null if there is none or the campaign is a draft."""
    if (id is None) == (slug is None):
        raise invalid("Give either `id` or `slug`.")
    if id is not None:
        row = await context.row(Campaign, id)
    else:
        names = models.campaigns.requested_columns(requested)
        by_slug = models.campaigns.select_by_slug(names)
        row = await storage.read_one(Campaign, by_slug, screening.replace_null_bytes(slug or ""), names=names)
    return row if policies.may_view_campaign(context, row) else None


@list_size(CAMPAIGNS_SHOWN)
async def campaigns(
    context: Context,
    page: Page,
    states: Annotated[
        list[CampaignState] | None, "Only campaigns in these states, none if empty; every public one if null."
    ] = None,
    search: Annotated[str | None, "Only campaigns with all these words in title, call to action or target."] = None,
    sort: CampaignSort = CampaignSort.NEWEST,
    requested: RequestedAttributes = None,
) -> Connection[Campaign]:
    """The campaigns. Drafts are listed only for campaigners."""
    words = screening.search_words(search or "", "search")
    sees_drafts = context.viewer.may(Scope.MANAGE_CAMPAIGNS)
    chosen = [state for state in CampaignState if states is None or state in states]
    listed = [state for state in chosen if sees_drafts or state is not CampaignState.DRAFT]
    name = f"campaigns:{'*' if states is None else ','.join(chosen)}:{' '.join(words)}"
    place = CursorCodec(context.settings.key, name, sort)
    window = page.window(place, CAMPAIGNS_SHOWN)
    values = [storage.json_list(listed), *(f"%{_escaped(word)}%" for word in words)]
    matches = "".join(f" AND r.search_text LIKE ${n} ESCAPE '!'" for n in range(2, len(words) + 2))
    names = models.campaigns.requested_columns(requested, sort)
    if states is None:
        # an expression, for which no index exists: the planner walks the index of the sort, and sorts no campaigns
        rows = await keyset.page(Campaign, "r.state || '' IN {texts $1}" + matches, values, sort, window, names)
    else:  # along the index of the state and the sort, for each state
        where = f"r.state = e.value{matches}"
        rows = await keyset.merged_page(Campaign, "{texts $1}", where, values, sort, window, names)
    matching = "r.state IN {texts $1}" + matches
    total = await keyset.count(Campaign, matching, values) if selects_total(requested) else 0
    return Connection(rows, window, place, total)


def _escaped(word: str) -> str:
    """Escape the wildcards of LIKE."""
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


@reads("slug")
def url(campaign: Campaign, context: Context) -> str:
    """The URL of the campaign's page."""
    return f"{context.settings.site_url}/campaigns/{campaign.slug}"


# ---------------------------------------------------------------- writing


@requires(Scope.MANAGE_CAMPAIGNS)
async def create_campaign(
    context: Context,
    slug: Annotated[str, "The campaign's name in URLs: lower-case letters, digits and hyphens."],
    title: Annotated[str, "At most 200 characters."],
    call_to_action: Annotated[str, "What supporters ask for, in a sentence."],
    target: Annotated[str, "Who is asked to act."],
    body: Annotated[str, "Markdown; [^1] cites the first footnote."],
    hero_image: Annotated[Image | None, "The picture at the top."] = None,
    footnotes: Annotated[list[Footnote], "Sources, numbered in this order."] = [],  # noqa: B006
    timeline: Annotated[list[TimelineEntry], "The history of the campaign, in any order."] = [],  # noqa: B006
    resources: Annotated[list[Resource], "Further reading on the campaign."] = [],  # noqa: B006
    consent_questions: Annotated[list[ConsentQuestionDraft], "The consents that the form asks for; at most 20."] = [],  # noqa: B006
    donation: Annotated[DonationAppeal | None, "The request for donations."] = None,
    comment_policy: Annotated[CommentPolicy, "Who may comment, and when a comment appears."] = CommentPolicy.OPEN,
    confirm_signatures: Annotated[
        bool, "Whether a signature counts only after its e-mail address is confirmed."
    ] = False,
    name_display_ceiling: Annotated[
        NameDisplay, "The most that is shown of any name on this campaign."
    ] = NameDisplay.FULL_NAME,
    ticker_name_ceiling: Annotated[
        NameDisplay, "The most that `Activity.actorName` shows of any name, whatever the discussion shows."
    ] = NameDisplay.FIRST_NAME_INITIAL,
    erasure_policy: Annotated[
        ErasurePolicy, "What happens to the signature of a person who is erased."
    ] = ErasurePolicy.KEEP_COUNT,
    launched_at: Annotated[datetime | None, "When the campaign began; null: when its state becomes LIVE."] = None,
) -> Campaign:
    """Create a campaign. The new campaign is a DRAFT, which the public does not see until its state is changed."""
    given = {
        "title": title,
        "call_to_action": call_to_action,
        "target": target,
        "body": body,
        "hero_image": hero_image,
        "footnotes": footnotes,
        "timeline": timeline,
        "resources": resources,
        "donation": donation,
        "comment_policy": comment_policy,
        "confirm_signatures": confirm_signatures,
        "name_display_ceiling": name_display_ceiling,
        "ticker_name_ceiling": ticker_name_ceiling,
        "erasure_policy": erasure_policy,
    }
    with collect_issues() as issues:
        slug = issues.take(screening.slug, slug)
        if slug and await Campaign.exists(slug=slug):
            issues.collect(Refusal(ProblemCode.CONFLICT, "There is a campaign of this name already.", "slug"))
        columns = issues.take(campaign_input.checked_columns, given)
        questions = await issues.take_awaited(checked_questions(consent_questions))
    return await Campaign.create(
        slug=slug,
        created_at=context.now(),
        launched_at=launched_at,
        search_text=_search_text(columns),
        consent_questions=questions,
        **columns,
    )


@requires(Scope.MANAGE_CAMPAIGNS)
async def update_campaign(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    title: Annotated[str, "At most 200 characters."] = UNCHANGED,
    call_to_action: Annotated[str, "What supporters ask for, in a sentence."] = UNCHANGED,
    target: Annotated[str, "Who is asked to act."] = UNCHANGED,
    body: Annotated[str, "Markdown; [^1] cites the first footnote."] = UNCHANGED,
    hero_image: Annotated[Image | None, "The picture at the top."] = UNCHANGED,
    footnotes: Annotated[list[Footnote], "The new list of sources, which replaces the old list."] = UNCHANGED,
    timeline: Annotated[list[TimelineEntry], "The new timeline, which replaces the old one."] = UNCHANGED,
    resources: Annotated[list[Resource], "The new list of resources, which replaces the old list."] = UNCHANGED,
    consent_questions: Annotated[
        list[ConsentQuestionDraft], "The new list of consents that the form asks for, which replaces the old."
    ] = UNCHANGED,
    donation: Annotated[DonationAppeal | None, "The request for donations."] = UNCHANGED,
    comment_policy: Annotated[CommentPolicy, "Who may comment, and when a comment appears."] = UNCHANGED,
    confirm_signatures: Annotated[bool, "Whether later signatures need a confirmed e-mail address."] = UNCHANGED,
    name_display_ceiling: Annotated[
        NameDisplay,
        "The most that is shown of any name on this campaign; a lower ceiling applies to the past too.",
    ] = UNCHANGED,
    ticker_name_ceiling: Annotated[
        NameDisplay, "The most that `Activity.actorName` shows of any name, whatever the discussion shows."
    ] = UNCHANGED,
    erasure_policy: Annotated[
        ErasurePolicy, "What happens to the signature of a person who is erased from now on."
    ] = UNCHANGED,
) -> Campaign:
    """Change the given texts and settings of a campaign; what is left out stays as it is."""
    changes = inputs.given_values(
        title=title,
        call_to_action=call_to_action,
        target=target,
        body=body,
        hero_image=hero_image,
        footnotes=footnotes,
        timeline=timeline,
        resources=resources,
        donation=donation,
        comment_policy=comment_policy,
        confirm_signatures=confirm_signatures,
        name_display_ceiling=name_display_ceiling,
        ticker_name_ceiling=ticker_name_ceiling,
        erasure_policy=erasure_policy,
    )
    with collect_issues() as issues:
        columns = issues.take(campaign_input.checked_columns, changes)
        if consent_questions is not UNCHANGED:
            questions = await issues.take_awaited(checked_questions(consent_questions))
        row = await lock_campaign(context, campaign_id)
    if consent_questions is not UNCHANGED:
        check_versions(questions, row.consent_questions)
        columns["consent_questions"] = questions
    if name_display_ceiling not in (UNCHANGED, row.name_display_ceiling):
        await display_names.lower_ceiling(context, row, name_display_ceiling)
    if ticker_name_ceiling not in (UNCHANGED, row.ticker_name_ceiling):
        await display_names.record_other_ticker_names(context, row)
    await Campaign.filter(id=row.id).update(search_text=_search_text(vars(row) | columns), **columns)
    return await _record_changes(context, row)


def _search_text(columns: dict[str, Any]) -> str:
    return campaign_input.search_text(columns["title"], columns["call_to_action"], columns["target"])


@requires(Scope.MANAGE_CAMPAIGNS)
async def change_campaign_state(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    state: CampaignState,
    outcome: Annotated[campaign_input.OutcomeDraft | None, "How the campaign ended; for WON, LOST and CLOSED."] = None,
) -> Campaign:
    """Launch, pause, end, reopen or archive a campaign."""
    at, has_ended = context.now(), state in ENDED_STATES
    with collect_issues() as issues:
        checked_outcome = issues.take(_checked_outcome, outcome, has_ended) if outcome else None
        row = await lock_campaign(context, campaign_id)
        _check_next_state(row, state)
    is_over = has_ended or state is CampaignState.ARCHIVED
    await Campaign.filter(id=row.id).update(
        state=state,
        launched_at=row.launched_at or (at if state is not CampaignState.DRAFT else None),
        closed_at=(row.closed_at or at) if is_over else None,
        outcome=checked_outcome if outcome else row.outcome if is_over else None,
    )
    return await _record_changes(context, row)


def _checked_outcome(outcome: campaign_input.OutcomeDraft, has_ended: bool) -> Outcome:
    if not has_ended:
        message = "An outcome is for a campaign that is WON, LOST or CLOSED."
        raise invalid(message, "outcome", reason=InputReason.NOT_ALLOWED)
    return campaign_input.checked_outcome(outcome)


def _check_next_state(row: Campaign, state: CampaignState) -> None:
    if state is not row.state and state not in _NEXT_STATES[row.state]:
        message = "From the state {current}, a campaign can only get to: {next}."
        allowed = ", ".join(sorted(_NEXT_STATES[row.state]))
        raise Refusal(ProblemCode.CONFLICT, message, "state", current=row.state.value, next=allowed)


async def lock_campaign(context: Context, campaign_id: int, field: str = "campaignId") -> Campaign:
    """Lock the campaign's row until the commit; refuse, naming the input `field`, if the viewer may not see it."""
    row = await storage.read_one(Campaign, models.campaigns.LOCK_CAMPAIGN, campaign_id)
    return policies.check_view_campaign(context, row, field)


async def reload(row: Campaign) -> Campaign:
    """Read the campaign again, with its counters and texts as this transaction has changed them."""
    return await Campaign.get_or_none(id=row.id) or row


async def _record_changes(context: Context, before: Campaign) -> Campaign:
    """Record the public fields that this transaction has changed, and return the campaign as it is now."""
    after = await reload(before)
    changed = [
        name for attribute, name in PUBLIC_FIELDS.items() if getattr(before, attribute) != getattr(after, attribute)
    ]
    if changed:  # a change of a private setting is nobody's business
        await record_change(context, before.id, changed)
    return after


async def record_change(context: Context, campaign_id: int, changed: list[str]) -> None:
    """Record a change of these public fields of a campaign in the activity log."""
    subject, detail = (SubjectType.CAMPAIGN, campaign_id), {"changed": changed}
    await record(context, campaign_id, ActivityKind.CAMPAIGN_CHANGED, subject, context.now(), detail=detail)
