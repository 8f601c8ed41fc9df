"""Campaigns: finding them, reading what belongs to one, and the mutations of those who run it."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any

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
    campaigns,
)
from models.campaigns import ENDED
from refusals import ProblemCode, Refusal, invalid
from resolvers import display_names, drafting, policies, screening
from resolvers.activity import record
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, reads, requires
from resolvers.ids import IdOf
from resolvers.inputs import UNCHANGED
from resolvers.paging import Connection, CursorCodec, Page
from storage import keyset

CAMPAIGNS_SHOWN = 20

_NEXT_STATES = {
    CampaignState.DRAFT: {CampaignState.LIVE, CampaignState.ARCHIVED},
    CampaignState.LIVE: {CampaignState.PAUSED, CampaignState.ARCHIVED, *ENDED},
    CampaignState.PAUSED: {CampaignState.LIVE, CampaignState.ARCHIVED, *ENDED},
    CampaignState.WON: {CampaignState.LIVE, CampaignState.ARCHIVED, *ENDED},
    CampaignState.LOST: {CampaignState.LIVE, CampaignState.ARCHIVED, *ENDED},
    CampaignState.CLOSED: {CampaignState.LIVE, CampaignState.ARCHIVED, *ENDED},
    CampaignState.ARCHIVED: {*ENDED},
}


# ---------------------------------------------------------------- reading


async def campaign(
    context: Context,
    id: Annotated[int | None, IdOf("Campaign"), "Its id; give this or `slug`."] = None,
    slug: Annotated[str | None, "Its name in addresses; give this or `id`."] = None,
    requested: RequestedAttributes = None,
) -> Campaign | None:
    """One campaign, by id or by slug; null if there is none, or it is a draft."""
    if (id is None) == (slug is None):
        raise invalid("Give either `id` or `slug`.")
    if id is not None:
        found = await context.row(Campaign, id)
    else:
        names = campaigns.shown(requested)
        by_slug = campaigns.by_slug(names)
        found = await storage.read_one(Campaign, by_slug, screening.findable(slug or ""), names=names)
    return found if policies.is_public(context, found) else None


async def campaign_list(
    context: Context,
    page: Page,
    state: Annotated[CampaignState | None, "Only campaigns in this state; every public one if null."] = None,
    search: Annotated[str | None, "Only those whose title, call or target holds these words."] = None,
    sort: CampaignSort = CampaignSort.NEWEST,
    requested: RequestedAttributes = None,
) -> Connection[Campaign]:
    """The campaigns; drafts only for those who write them."""
    words = screening.findable(screening.tidy(search or "")).casefold().split()[:10]
    drafts = context.viewer.may(Scope.MANAGE_CAMPAIGNS)
    states = [s for s in CampaignState if state in (None, s) and (drafts or s is not CampaignState.DRAFT)]
    place = CursorCodec(context.settings.key, f"campaigns:{state or ''}:{' '.join(words)}", sort)
    window = page.window(place, CAMPAIGNS_SHOWN)
    values = [storage.json_list(states), *(f"%{_escaped(word)}%" for word in words)]
    where = " AND ".join(
        ["r.state IN {texts $1}", *(f"r.search_text LIKE ${n} ESCAPE '!'" for n in range(2, len(words) + 2))]
    )
    rows = await keyset.page(Campaign, where, values, sort, window, campaigns.shown(requested, sort))
    is_counted = requested is None or "total_count" in requested
    counted = await storage.fetch_one(campaigns.count_where(where), *values) if is_counted else None
    return Connection(rows, window, place, int(counted[0]) if counted else 0)


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


@reads("slug")
def page_url(campaign: Campaign, context: Context) -> str:
    """The campaign's page."""
    return f"{context.settings.site_url}/campaigns/{campaign.slug}"


@reads("campaign_id")
def of(row: Any, context: Context) -> Awaitable[Campaign]:
    """The campaign that it belongs to."""
    return context.row(Campaign, row.campaign_id)


# ---------------------------------------------------------------- writing


@requires(Scope.MANAGE_CAMPAIGNS)
async def create_campaign(
    context: Context,
    slug: Annotated[str, "Its name in addresses: lower-case letters, digits and hyphens."],
    title: Annotated[str, "At most 200 characters."],
    call_to_action: Annotated[str, "What supporters ask for, in a sentence."],
    target: Annotated[str, "Who is asked to act."],
    body: Annotated[str, "Markdown; [^1] cites the first footnote."],
    hero_image: Annotated[Image | None, "The picture at the top."] = None,
    footnotes: Annotated[list[Footnote], "Sources, numbered in this order."] = [],  # noqa: B006
    timeline: Annotated[list[TimelineEntry], "What happened, in any order."] = [],  # noqa: B006
    resources: Annotated[list[Resource], "Deeper into this campaign."] = [],  # noqa: B006
    donation: Annotated[DonationAppeal | None, "Where to chip in."] = None,
    comment_policy: Annotated[CommentPolicy, "Who may comment, and when it appears."] = CommentPolicy.OPEN,
    confirm_signatures: Annotated[bool, "Whether a signature counts only once its e-mail is confirmed."] = False,
    name_display_ceiling: Annotated[
        NameDisplay, "The most that is shown of anyone's name here."
    ] = NameDisplay.FULL_NAME,
    erasure_policy: Annotated[
        ErasurePolicy, "What becomes of the signature of a person who is erased."
    ] = ErasurePolicy.KEEP_COUNT,
    launched_at: Annotated[datetime | None, "When it began; null: when it goes LIVE."] = None,
) -> Campaign:
    """Write a new campaign. It is a DRAFT, unseen by the public, until its state is changed."""
    slug = screening.slug(slug)
    if await storage.read_one(Campaign, campaigns.by_slug(), slug):
        raise Refusal(ProblemCode.CONFLICT, f"There is a campaign called {slug!r} already.", "slug")
    new = Campaign(slug=slug, created_at=context.now(), launched_at=launched_at)
    texts = {"title": title, "call_to_action": call_to_action, "target": target, "body": body}
    drafting.fill(
        new,
        **texts,
        hero_image=hero_image,
        footnotes=footnotes,
        timeline=timeline,
        resources=resources,
        donation=donation,
        comment_policy=comment_policy,
        confirm_signatures=confirm_signatures,
        name_display_ceiling=name_display_ceiling,
        erasure_policy=erasure_policy,
    )
    return await storage.add(
        Campaign, **{name: getattr(new, name) for name in storage.rows.attributes(Campaign) if name != "id"}
    )


@requires(Scope.MANAGE_CAMPAIGNS)
async def update_campaign(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    title: Annotated[str | None, "At most 200 characters."] = None,
    call_to_action: Annotated[str | None, "What supporters ask for, in a sentence."] = None,
    target: Annotated[str | None, "Who is asked to act."] = None,
    body: Annotated[str | None, "Markdown; [^1] cites the first footnote."] = None,
    hero_image: Annotated[Image | None, "The picture at the top; null takes it away."] = UNCHANGED,
    footnotes: Annotated[list[Footnote] | None, "All of the sources anew."] = None,
    timeline: Annotated[list[TimelineEntry] | None, "All of the timeline anew."] = None,
    resources: Annotated[list[Resource] | None, "All of the resources anew."] = None,
    donation: Annotated[DonationAppeal | None, "Where to chip in; null takes it away."] = UNCHANGED,
    comment_policy: Annotated[CommentPolicy | None, "Who may comment, and when it appears."] = None,
    confirm_signatures: Annotated[bool | None, "Whether later signatures need a confirmed e-mail."] = None,
    name_display_ceiling: Annotated[
        NameDisplay | None, "The most that is shown of a name. Lowering it holds for the past too."
    ] = None,
    erasure_policy: Annotated[
        ErasurePolicy | None, "What becomes of the signature of a person who is erased from now on."
    ] = None,
) -> Campaign:
    """Change what is given; what is left out stays as it is."""
    row = await lock(context, campaign_id)
    ceiling = row.name_display_ceiling
    changes = {
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
    given: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    given |= {} if hero_image is UNCHANGED else {"hero_image": hero_image}
    given |= {} if donation is UNCHANGED else {"donation": donation}
    drafting.fill(row, **given)
    if row.name_display_ceiling is not ceiling:
        await display_names.lower_ceiling(context, row, row.name_display_ceiling)
    await storage.fetch(campaigns.SAVE, row.id, *(drafting.column(row, name) for name in campaigns.SAVED))
    await changed(context, row.id)
    return await reread(row)


@requires(Scope.MANAGE_CAMPAIGNS)
async def change_campaign_state(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    state: CampaignState,
    outcome: Annotated[drafting.OutcomeDraft | None, "How it ended; for WON, LOST and CLOSED."] = None,
) -> Campaign:
    """Launch, pause, end, reopen or archive a campaign."""
    at = context.now()
    row = await lock(context, campaign_id)
    if state is not row.state and state not in _NEXT_STATES[row.state]:
        allowed = ", ".join(sorted(_NEXT_STATES[row.state]))
        raise Refusal(ProblemCode.CONFLICT, f"A {row.state} campaign can become {allowed}; not {state}.", "state")
    if outcome is not None and state not in ENDED:
        raise invalid("An outcome is for a campaign that is WON, LOST or CLOSED.", "outcome")
    ended = state in ENDED
    row.outcome = (
        drafting.outcome(outcome) if outcome else row.outcome if ended or state is CampaignState.ARCHIVED else None
    )
    row.state = state
    launched = row.launched_at or (at if state is not CampaignState.DRAFT else None)
    closed = (row.closed_at or at) if ended or state is CampaignState.ARCHIVED else None
    await storage.fetch(campaigns.CHANGE_STATE, row.id, state, launched, closed, drafting.column(row, "outcome"))
    await changed(context, row.id)
    return await reread(row)


async def lock(context: Context, campaign_id: int, field: str = "campaignId") -> Campaign:
    """A campaign to be changed; `field` is how it was named."""
    row = await storage.read_one(Campaign, campaigns.FOR_UPDATE, campaign_id)
    return policies.may_see_campaign(context, row, field)


async def reread(row: Campaign) -> Campaign:
    return await storage.read_one(Campaign, campaigns.BY_ID, row.id) or row


async def changed(context: Context, campaign_id: int) -> None:
    await record(
        context,
        campaign_id,
        ActivityKind.CAMPAIGN_CHANGED,
        (SubjectType.CAMPAIGN, campaign_id),
        context.now(),
    )
