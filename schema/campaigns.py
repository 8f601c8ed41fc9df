"""Campaigns: the types of a campaign and its page, the list of campaigns, and the mutations of campaigners."""

from datetime import date, datetime

import strawberry

import models
import resolvers.activity
import resolvers.activity_log
import resolvers.campaign_actions
import resolvers.campaign_input
import resolvers.campaigns
import resolvers.comment_lists
import resolvers.comment_stats
import resolvers.donations
import resolvers.partners
import resolvers.signature_days
import resolvers.signatures
import resolvers.tallies
import resolvers.updates
from models import URL, CampaignSort, CampaignState, CommentPolicy, ErasurePolicy, NameDisplay, ResourceKind
from resolvers.campaign_input import MAX_LIST_ITEMS
from resolvers.consents import MAX_CONSENTS
from resolvers.policies import CampaignAction
from schema.activity import Activity
from schema.arguments import input_for
from schema.comments import Comment, CommentStats
from schema.connections import Connection, Stream
from schema.consents import ConsentQuestion
from schema.donations import DonationAppeal
from schema.fields import enum, field
from schema.images import Image
from schema.mutations import mutation
from schema.nodes import Node
from schema.partners import CampaignPartner
from schema.rich_text import RichText
from schema.signature_days import SignatureBucket
from schema.signatures import CountryCount, Signature, SignatureGoal, SupporterCount
from schema.updates import CampaignUpdate

enum(
    CampaignState,
    "The state of a campaign.",
    DRAFT="Not published; the public does not see the campaign.",
    LIVE="Collects signatures.",
    PAUSED="Takes no signatures for now.",
    WON="Ended with success.",
    LOST="Ended without success.",
    CLOSED="Ended, without a statement of success.",
    ARCHIVED="Read-only: nothing can be added.",
)
enum(
    CampaignSort,
    "The order of a list of campaigns.",
    NEWEST="The newest first.",
    OLDEST="The oldest first.",
    MOST_SUPPORTED="The campaign with most supporters first.",
    MOST_ACTIVE="The campaign with most activity first.",
)
enum(
    CommentPolicy,
    "Who may comment, and when a comment appears.",
    OPEN="Comments appear at once.",
    PREMODERATED="Comments appear once a moderator has approved them.",
    CLOSED="No new comments; existing comments stay.",
)
enum(
    ErasurePolicy,
    "What happens to the signature of a person who is erased. No personal data stays with the signature.",
    KEEP_COUNT="The signature still counts, without name and country.",
    WITHDRAW="The signature is withdrawn from the count.",
)
enum(
    CampaignAction,
    "What a viewer may do with a campaign.",
    SIGN="Sign it, or sign again to change the name or the answers; `viewerSignature` is the viewer's signature.",
    WITHDRAW="Withdraw the viewer's signature.",
    COMMENT="Start a thread. A visitor without a token is introduced first, or comments while signing.",
    EDIT="Change its texts and settings.",
    CHANGE_STATE="Launch, pause, end, reopen or archive it.",
    POST_UPDATE="Publish news.",
    ADD_PARTNER="Add a partner.",
    REPORT_TALLY="Report the signatures of a partner.",
    DECIDE_TALLY="Decide on a partner's report that waits.",
    RECORD_DONATION="Record a donation.",
    MODERATE="Read the moderation queue, and decide on comments.",
)
enum(
    ResourceKind,
    "The kind of content that a link leads to.",
    ARTICLE="An article.",
    REPORT="A report.",
    VIDEO="A video.",
    PODCAST="A podcast.",
    CAMPAIGN="Another campaign.",
    OTHER="Something else.",
)


@strawberry.type(description="A source that the body cites.")
class Footnote:
    number: int = field("The number by which the body cites the footnote, from 1.")
    text: str = field("The text of the footnote.")
    url: URL | None = field("The URL of the source.")


@strawberry.type(description="A dated event of the campaign's history.")
class TimelineEntry:
    occurred_on: date = field("The date.")
    title: str = field("The event, in a sentence.")


@strawberry.type(description="Something to read or watch about the subject of the campaign.")
class Resource:
    title: str = field("The title.")
    url: URL = field("The URL.")
    kind: ResourceKind = field("The kind of content.")


@strawberry.type(description="How a campaign ended.")
class Outcome:
    occurred_on: date = field("The date.")
    headline: str = field("The outcome in a sentence.")
    summary: RichText = field("The outcome in detail.")
    field_report_url: URL | None = field("The URL of a report from the field.")


@strawberry.type(description="A petition, with the content of its page.")
class Campaign(Node, model=models.Campaign):
    slug: str = field("The campaign's name in URLs; never changes.")
    url: URL = field(resolvers.campaigns.url)
    title: str = field("The title.")
    call_to_action: str = field("What supporters ask for, in a sentence.")
    target: str = field("Who is asked to act.")
    body: RichText = field("The text; [^1] in the text cites the first footnote.")
    hero_image: Image | None = field("The picture at the top.")
    state: CampaignState = field("The state of the campaign.")
    is_signable: bool = field("Whether the campaign accepts signatures now.")
    is_commentable: bool = field("Whether the campaign accepts comments now.")
    comment_policy: CommentPolicy = field("Who may comment, and when a comment appears.")
    confirm_signatures: bool = field("Whether a signature counts only after its e-mail address is confirmed.")
    name_display_ceiling: NameDisplay = field("The most that is shown of any name on this campaign.")
    ticker_name_ceiling: NameDisplay = field("The most that `Activity.actorName` shows of any name.")
    consent_questions: list[ConsentQuestion] = field(
        "The consents that the form asks for. An empty list: none.", list_size=MAX_CONSENTS
    )
    erasure_policy: ErasurePolicy = field("What happens to the signature of a person who is erased.")
    launched_at: datetime | None = field("When the campaign began; null for a draft.")
    closed_at: datetime | None = field("When the campaign ended; null while the campaign goes on.")
    footnotes: list[Footnote] = field("The sources that the body cites, in order of number.", list_size=MAX_LIST_ITEMS)
    timeline: list[TimelineEntry] = field("The history of the campaign, oldest first.", list_size=MAX_LIST_ITEMS)
    updates: Connection[CampaignUpdate] | None = field(resolvers.updates.updates)
    outcome: Outcome | None = field("How the campaign ended; null before it is WON, LOST or CLOSED.")
    partners: list[CampaignPartner] = field(resolvers.partners.partners)
    resources: list[Resource] = field("Further reading on the campaign.", list_size=MAX_LIST_ITEMS)
    donation: DonationAppeal | None = field(resolvers.donations.donation)
    supporters: SupporterCount = field(resolvers.signatures.supporters)
    goal: SignatureGoal = field(resolvers.signatures.goal)
    countries: list[CountryCount] = field(resolvers.signatures.countries)
    comments: Connection[Comment] | None = field(resolvers.comment_lists.comments)
    all_comments: Connection[Comment] | None = field(resolvers.comment_lists.all_comments)
    signatures_over_time: list[SignatureBucket] = field(resolvers.signature_days.signatures_over_time)
    pinned_comments: list[Comment] = field(resolvers.comment_lists.pinned_comments)
    comment_stats: CommentStats = field(resolvers.comment_stats.comment_stats)
    activity: Stream[Activity] | None = field(resolvers.activity_log.activity)
    viewer_signature: Signature | None = field(resolvers.signatures.viewer_signature)
    viewer_can: list[CampaignAction] = field(resolvers.campaign_actions.viewer_can)


@input_for(models.Footnote)
@strawberry.input(description="A source. The number of a footnote is its position in the list.")
class FootnoteInput:
    text: str = field("The text of the footnote.")
    url: URL | None = strawberry.field(description="The URL of the source.", default=strawberry.UNSET)


@input_for(models.TimelineEntry)
@strawberry.input(description="A dated event of the campaign's history.")
class TimelineEntryInput:
    occurred_on: date = field("The date.")
    title: str = field("The event, in a sentence.")


@input_for(models.Resource)
@strawberry.input(description="Something to read or watch about the subject of the campaign.")
class ResourceInput:
    title: str = field("The title.")
    url: URL = field("The URL.")
    kind: ResourceKind = field("The kind of content.")


@input_for(resolvers.campaign_input.OutcomeDraft)
@strawberry.input(description="How a campaign ended.")
class OutcomeInput:
    occurred_on: date = field("The date.")
    headline: str = field("The outcome in a sentence.")
    summary: str = field("The outcome in detail, as Markdown.")
    field_report_url: URL | None = strawberry.field(
        description="The URL of a report from the field.", default=strawberry.UNSET
    )


@strawberry.type
class CampaignQuery:
    campaign: Campaign | None = field(resolvers.campaigns.campaign)
    campaigns: Connection[Campaign] | None = field(resolvers.campaigns.campaigns)


@strawberry.type
class CampaignMutation:
    create_campaign = mutation(resolvers.campaigns.create_campaign, campaign=Campaign)
    update_campaign = mutation(resolvers.campaigns.update_campaign, campaign=Campaign)
    change_campaign_state = mutation(resolvers.campaigns.change_campaign_state, campaign=Campaign)
