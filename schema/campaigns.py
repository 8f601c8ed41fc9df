"""The campaign page as a graph."""

from datetime import date, datetime
from typing import Annotated

import strawberry

import models
import resolvers.activity
import resolvers.campaigns
import resolvers.comment_stats
import resolvers.donations
import resolvers.drafting
import resolvers.partners
import resolvers.signatures
import resolvers.tallies
import resolvers.threads
import resolvers.updates
from models import URL, CampaignSort, CampaignState, CommentPolicy, ErasurePolicy, PartnerTallyState, ResourceKind
from schema.activity import Activity
from schema.arguments import input_for
from schema.comments import Comment, CommentStats
from schema.connections import Connection, Stream
from schema.donations import DonationAppeal
from schema.fields import enum, field
from schema.mutations import mutation
from schema.nodes import Node
from schema.rich_text import RichText
from schema.signatures import CountryCount, Signature, SignatureGoal, SupporterCount

enum(
    CampaignState,
    "Where a campaign stands.",
    DRAFT="Being written; the public does not see it.",
    LIVE="Gathers signatures.",
    PAUSED="Rests; it may be taken up again.",
    WON="Over: what it asked for has come about.",
    LOST="Over: it did not succeed.",
    CLOSED="Over.",
    ARCHIVED="Kept for the record; nothing can be added.",
)
enum(
    CampaignSort,
    "The order of a list of campaigns.",
    NEWEST="The newest first.",
    OLDEST="The oldest first.",
    MOST_SUPPORTED="Those with most supporters first.",
    MOST_ACTIVE="Those on which most has happened first.",
)
enum(
    CommentPolicy,
    "Who may comment, and when it appears.",
    OPEN="Comments appear at once.",
    PREMODERATED="A moderator reads them first.",
    CLOSED="The discussion is closed; what was said stays.",
)
enum(
    ErasurePolicy,
    "What becomes of the signature of a person who is erased. Nothing of the person stays with it.",
    KEEP_COUNT="It goes on counting, without a name and a country.",
    WITHDRAW="It is counted back.",
)
enum(
    ResourceKind,
    "What a link leads to.",
    ARTICLE="An article.",
    REPORT="A report.",
    VIDEO="A video.",
    PODCAST="A podcast.",
    CAMPAIGN="Another campaign.",
    OTHER="Something else.",
)
enum(
    PartnerTallyState,
    "Whether a partner's report counts.",
    ACCEPTED="It counts, unless there is one of a later day.",
    WAITING="A campaigner is to decide on it: it is lower than what counts, or much higher.",
    REFUSED="A campaigner found it wrong.",
)


@strawberry.type(description="A picture.")
class Image:
    url: URL = field("Where it is.")
    alt: str = field("What it shows, for those who don't see it.")
    credit: str | None = field("Whose picture it is.")


@strawberry.type(description="A source that the body cites.")
class Footnote:
    number: int = field("As the body cites it, from 1.")
    text: str = field("What it says.")
    url: URL | None = field("Where it can be read.")


@strawberry.type(description="Something that happened, with its date.")
class TimelineEntry:
    occurred_on: date = field("The day.")
    title: str = field("What happened.")


@strawberry.type(description="Something to read or watch on the matter.")
class Resource:
    title: str = field("What it is called.")
    url: URL = field("Where it is.")
    kind: ResourceKind = field("What it is.")


@strawberry.type(description="How a campaign ended.")
class Outcome:
    occurred_on: date = field("The day.")
    headline: str = field("In a sentence.")
    summary: RichText = field("The whole story.")
    field_report_url: URL | None = field("The report from those who were there.")


@strawberry.type(description="An organisation.")
class Partner(Node, model=models.Partner):
    name: str = field("Its name.")
    url: URL | None = field("Its site.")
    logo: Image | None = field("Its logo.")


@strawberry.type(description="A partner's report of what it has gathered. For those who report and decide.")
class PartnerTally(Node, model=models.PartnerTally):
    partner: Partner = field(resolvers.tallies.partner)
    signatures: int = field("All that it has gathered for the campaign.")
    as_of: date = field("The day that the number is from.")
    evidence_url: URL | None = field("Where it can be looked up.")
    state: PartnerTallyState = field("Whether it counts.")
    reported_at: datetime = field("When it was reported.")


@strawberry.type(description="A partner's part in a campaign.")
class CampaignPartner:
    partner: Partner = field(resolvers.partners.partner)
    role: str | None = field("What it does.")
    signatures: int = field("The signatures it reports to have gathered; part of the supporters' total.")
    signatures_as_of: date | None = field("The day that the number is from.")
    waiting_tallies: list[PartnerTally] = field(resolvers.tallies.waiting)


@strawberry.type(description="Dated news of a campaign.")
class CampaignUpdate(Node, model=models.CampaignUpdate):
    campaign: "Campaign" = field(resolvers.campaigns.of)
    posted_at: datetime = field("Its date.")
    edited_at: datetime | None = field("When it was last changed; null if never.")
    title: str = field("The headline.")
    body: RichText = field("The text.")
    is_pinned: bool = field("Whether to keep it on top.")


@strawberry.type(description="A petition, and all that stands on its page.")
class Campaign(Node, model=models.Campaign):
    slug: str = field("Its name in addresses; it does not change.")
    url: URL = field(resolvers.campaigns.page_url)
    title: str = field("Its title.")
    call_to_action: str = field("What supporters ask for, in a sentence.")
    target: str = field("Who is asked to act.")
    body: RichText = field("The text; [^1] in it cites the first footnote.")
    hero_image: Image | None = field("The picture at the top.")
    state: CampaignState = field("Where it stands.")
    is_signable: bool = field("Whether it takes signatures now.")
    is_commentable: bool = field("Whether it takes comments now.")
    comment_policy: CommentPolicy = field("Who may comment, and when it appears.")
    erasure_policy: ErasurePolicy = field("What becomes of the signature of a person who is erased.")
    launched_at: datetime | None = field("When it began; null for a draft.")
    closed_at: datetime | None = field("When it ended; null while it goes on.")
    footnotes: list[Footnote] = field("Numbered as the body cites them.")
    timeline: list[TimelineEntry] = field("What happened, oldest first.")
    updates: Connection[CampaignUpdate] = field(resolvers.updates.updates)
    outcome: Outcome | None = field("How it ended; once WON, LOST or CLOSED.")
    partners: list[CampaignPartner] = field(resolvers.partners.partners)
    resources: list[Resource] = field("Deeper into this campaign.")
    donation: DonationAppeal | None = field(resolvers.donations.appeal)
    supporters: SupporterCount = field(resolvers.signatures.supporter_count)
    goal: SignatureGoal = field(resolvers.signatures.goal)
    countries: list[CountryCount] = field(resolvers.signatures.countries)
    comments: Connection[Comment] = field(resolvers.threads.threads)
    pinned_comments: list[Comment] = field(resolvers.threads.pinned_comments)
    comment_stats: CommentStats = field(resolvers.comment_stats.comment_stats)
    activity: Stream[Activity] = field(resolvers.activity.activity)
    viewer_signature: Signature | None = field(resolvers.signatures.viewer_signature)


@input_for(models.Image)
@strawberry.input(description="A picture.")
class ImageInput:
    url: URL = field("Where it is.")
    alt: str = field("What it shows, for those who don't see it.")
    credit: str | None = strawberry.field(description="Whose picture it is.", default=strawberry.UNSET)


@input_for(models.Footnote)
@strawberry.input(description="A source; its number is its place in the list.")
class FootnoteInput:
    text: str = field("What it says.")
    url: URL | None = strawberry.field(description="Where it can be read.", default=strawberry.UNSET)


@input_for(models.TimelineEntry)
@strawberry.input(description="Something that happened.")
class TimelineEntryInput:
    occurred_on: date = field("The day.")
    title: str = field("What happened.")


@input_for(models.Resource)
@strawberry.input(description="Something to read or watch on the matter.")
class ResourceInput:
    title: str = field("What it is called.")
    url: URL = field("Where it is.")
    kind: ResourceKind = field("What it is.")


@input_for(resolvers.drafting.OutcomeDraft)
@strawberry.input(description="How a campaign ended.")
class OutcomeInput:
    occurred_on: date = field("The day.")
    headline: str = field("In a sentence.")
    summary: str = field("The whole story, as markdown.")
    field_report_url: URL | None = strawberry.field(
        description="The report from those who were there.", default=strawberry.UNSET
    )


@strawberry.type
class CampaignQuery:
    campaign: Campaign | None = field(resolvers.campaigns.campaign)
    campaigns: Connection[Campaign] | None = field(resolvers.campaigns.campaign_list)


@strawberry.type
class CampaignMutation:
    create_campaign = mutation(resolvers.campaigns.create_campaign, campaign=Campaign)
    update_campaign = mutation(resolvers.campaigns.update_campaign, campaign=Campaign)
    change_campaign_state = mutation(resolvers.campaigns.change_campaign_state, campaign=Campaign)
    post_update = mutation(resolvers.updates.post_update, update=CampaignUpdate)
    add_partner = mutation(resolvers.partners.add_partner, campaign=Campaign, partner=Partner)
    report_partner_tally = mutation(
        resolvers.tallies.report_partner_tally,
        campaign=Campaign,
        is_accepted=Annotated[bool, "Whether the report is accepted."],
    )
    approve_partner_tally = mutation(resolvers.tallies.approve_partner_tally, campaign=Campaign, tally=PartnerTally)
