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
    Resource,
    SubjectType,
    TimelineEntry,
)
from models.campaigns import ENDED_STATES
from refusals import ProblemCode, Refusal, invalid
from resolvers import campaign_input, display_names, policies, screening
from resolvers.activity import record
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, list_size, reads, requires
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
    state: Annotated[CampaignState | None, "Only campaigns in this state; every public one if null."] = None,
    search: Annotated[str | None, "Only campaigns with all these words in title, call to action or target."] = None,
    sort: CampaignSort = CampaignSort.NEWEST,
    requested: RequestedAttributes = None,
) -> Connection[Campaign]:
    """The campaigns. Drafts are listed only for campaigners."""
    words = screening.replace_null_bytes(screening.tidy(search or "")).casefold().split()[:10]
    sees_drafts = context.viewer.may(Scope.MANAGE_CAMPAIGNS)
    states = [s for s in CampaignState if state in (None, s) and (sees_drafts or s is not CampaignState.DRAFT)]
    place = CursorCodec(context.settings.key, f"campaigns:{state or ''}:{' '.join(words)}", sort)
    window = page.window(place, CAMPAIGNS_SHOWN)
    values = [storage.json_list(states), *(f"%{_escaped(word)}%" for word in words)]
    # an expression, for which no index exists: the planner must walk the index of the sort, and not sort all campaigns
    of_states = "r.state IN {texts $1}" if state else "r.state || '' IN {texts $1}"
    where = " AND ".join([of_states, *(f"r.search_text LIKE ${n} ESCAPE '!'" for n in range(2, len(words) + 2))])
    rows = await keyset.page(Campaign, where, values, sort, window, models.campaigns.requested_columns(requested, sort))
    is_counted = requested is None or "total_count" in requested
    return Connection(rows, window, place, await keyset.count(Campaign, where, values) if is_counted else 0)


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
    donation: Annotated[DonationAppeal | None, "The request for donations."] = None,
    comment_policy: Annotated[CommentPolicy, "Who may comment, and when a comment appears."] = CommentPolicy.OPEN,
    confirm_signatures: Annotated[
        bool, "Whether a signature counts only after its e-mail address is confirmed."
    ] = False,
    name_display_ceiling: Annotated[
        NameDisplay, "The most that is shown of any name on this campaign."
    ] = NameDisplay.FULL_NAME,
    erasure_policy: Annotated[
        ErasurePolicy, "What happens to the signature of a person who is erased."
    ] = ErasurePolicy.KEEP_COUNT,
    launched_at: Annotated[datetime | None, "When the campaign began; null: when its state becomes LIVE."] = None,
) -> Campaign:
    """Create a campaign. The new campaign is a DRAFT, which the public does not see until its state is changed."""
    slug = screening.slug(slug)
    if await Campaign.exists(slug=slug):
        raise Refusal(ProblemCode.CONFLICT, f"There is a campaign called {slug!r} already.", "slug")
    columns = campaign_input.checked_columns(
        {
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
            "erasure_policy": erasure_policy,
        }
    )
    return await Campaign.create(
        slug=slug,
        created_at=context.now(),
        launched_at=launched_at,
        search_text=_search_text(columns),
        **columns,
    )


@requires(Scope.MANAGE_CAMPAIGNS)
async def update_campaign(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    title: Annotated[str | None, "At most 200 characters."] = None,
    call_to_action: Annotated[str | None, "What supporters ask for, in a sentence."] = None,
    target: Annotated[str | None, "Who is asked to act."] = None,
    body: Annotated[str | None, "Markdown; [^1] cites the first footnote."] = None,
    hero_image: Annotated[Image | None, "The picture at the top; null removes it."] = UNCHANGED,
    footnotes: Annotated[list[Footnote] | None, "The new list of sources, which replaces the old list."] = None,
    timeline: Annotated[list[TimelineEntry] | None, "The new timeline, which replaces the old one."] = None,
    resources: Annotated[list[Resource] | None, "The new list of resources, which replaces the old list."] = None,
    donation: Annotated[DonationAppeal | None, "The request for donations; null removes it."] = UNCHANGED,
    comment_policy: Annotated[CommentPolicy | None, "Who may comment, and when a comment appears."] = None,
    confirm_signatures: Annotated[bool | None, "Whether later signatures need a confirmed e-mail address."] = None,
    name_display_ceiling: Annotated[
        NameDisplay | None,
        "The most that is shown of any name on this campaign; a lower ceiling applies to the past too.",
    ] = None,
    erasure_policy: Annotated[
        ErasurePolicy | None, "What happens to the signature of a person who is erased from now on."
    ] = None,
) -> Campaign:
    """Change the given texts and settings of a campaign; what is left out stays as it is."""
    row = await lock_campaign(context, campaign_id)
    not_null = {
        "title": title,
        "call_to_action": call_to_action,
        "target": target,
        "body": body,
        "footnotes": footnotes,
        "timeline": timeline,
        "resources": resources,
        "comment_policy": comment_policy,
        "confirm_signatures": confirm_signatures,
        "name_display_ceiling": name_display_ceiling,
        "erasure_policy": erasure_policy,
    }
    changes: dict[str, Any] = {name: value for name, value in not_null.items() if value is not None}
    changes |= {} if hero_image is UNCHANGED else {"hero_image": hero_image}
    changes |= {} if donation is UNCHANGED else {"donation": donation}
    columns = campaign_input.checked_columns(changes)
    if name_display_ceiling not in (None, row.name_display_ceiling):
        await display_names.lower_ceiling(context, row, name_display_ceiling)
    await Campaign.filter(id=row.id).update(search_text=_search_text(vars(row) | columns), **columns)
    await record_change(context, row.id)
    return await reload(row)


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
    at = context.now()
    row = await lock_campaign(context, campaign_id)
    if state is not row.state and state not in _NEXT_STATES[row.state]:
        allowed = ", ".join(sorted(_NEXT_STATES[row.state]))
        raise Refusal(ProblemCode.CONFLICT, f"A {row.state} campaign can become {allowed}; not {state}.", "state")
    has_ended = state in ENDED_STATES
    if outcome is not None and not has_ended:
        raise invalid("An outcome is for a campaign that is WON, LOST or CLOSED.", "outcome")
    is_over = has_ended or state is CampaignState.ARCHIVED
    await Campaign.filter(id=row.id).update(
        state=state,
        launched_at=row.launched_at or (at if state is not CampaignState.DRAFT else None),
        closed_at=(row.closed_at or at) if is_over else None,
        outcome=campaign_input.checked_outcome(outcome) if outcome else row.outcome if is_over else None,
    )
    await record_change(context, row.id)
    return await reload(row)


async def lock_campaign(context: Context, campaign_id: int, field: str = "campaignId") -> Campaign:
    """Lock the campaign's row until the commit; refuse, naming the input `field`, if the viewer may not see it."""
    row = await storage.read_one(Campaign, models.campaigns.LOCK_CAMPAIGN, campaign_id)
    return policies.check_view_campaign(context, row, field)


async def reload(row: Campaign) -> Campaign:
    """Read the campaign again, with its counters and texts as this transaction has changed them."""
    return await Campaign.get_or_none(id=row.id) or row


async def record_change(context: Context, campaign_id: int) -> None:
    subject = (SubjectType.CAMPAIGN, campaign_id)
    await record(context, campaign_id, ActivityKind.CAMPAIGN_CHANGED, subject, context.now())
