"""Comments: threads and replies, edits, statistics, and the mutations of authors."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
import resolvers.campaigns
import resolvers.comment_lists
import resolvers.comment_stats
import resolvers.comment_trees
import resolvers.comments
import resolvers.moderation
import resolvers.policies
import resolvers.reactions
import resolvers.supporters
import resolvers.votes
from models import URL, CommentSort, CommentState, CommentSyncSort
from resolvers.policies import CommentAction
from schema.connections import Connection
from schema.fields import enum, field
from schema.mutations import mutation
from schema.nodes import Node
from schema.reactions import ReactionGroup
from schema.rich_text import RichText
from schema.supporters import Supporter
from schema.votes import VoteTally

if TYPE_CHECKING:
    from schema.campaigns import Campaign
    from schema.moderation import CommentModeration

enum(
    CommentSort,
    "The order of a list of comments. Ties go to the newest.",
    NEWEST="The newest first.",
    OLDEST="The oldest first.",
    MOST_VOTED="The highest score first.",
    MOST_REACTED="Those with most reactions first.",
    MOST_REPLIED="Those with most direct replies first.",
)
enum(
    CommentSyncSort,
    "The order of the list of all comments.",
    OLDEST_CHANGE="The comment that has been unchanged for longest first; those that changed last come at the end.",
    NEWEST_CHANGE="The comment that changed last first.",
)
enum(
    CommentState,
    "Whether a comment is shown.",
    VISIBLE="Shown to everyone, and counted.",
    PENDING="Waits to be read by a moderator before it appears.",
    HELD="Hidden until a moderator decides.",
    REJECTED="Refused by a moderator.",
    SPAM="Refused as spam.",
    DELETED="Deleted by its author or a moderator; its text is gone.",
)
enum(
    CommentAction,
    "What a viewer may do with a comment.",
    REPLY="Answer it.",
    EDIT="Change its text.",
    DELETE="Delete it for good.",
    VOTE="Vote on it.",
    REACT="React to it.",
    FLAG="Report it to the moderators.",
    PIN="Pin it, or remove the pin.",
    LOCK="Close its thread, or open it again.",
    MODERATE="Decide whether it is shown.",
)


@strawberry.type(description="A former text of a comment.")
class CommentEdit:
    edited_at: datetime = field("When that text was replaced.")
    body: RichText = field("The text that was replaced.")


@strawberry.type(description="One message in a campaign's discussion.")
class Comment(Node, model=models.Comment):
    url: URL = field(resolvers.comments.url)
    campaign: Annotated["Campaign", strawberry.lazy("schema.campaigns")] = field(resolvers.comments.campaign)
    parent: "Comment | None" = field(resolvers.comments.parent)
    root: "Comment" = field(resolvers.comments.root)
    ancestors: list["Comment"] = field(resolvers.comments.ancestors)
    depth: int = field("0 for a thread's first comment; at most 50.")
    author: Supporter | None = field(resolvers.supporters.author)
    body: RichText | None = field(resolvers.comments.body)
    state: CommentState = field("Whether it is shown.")
    created_at: datetime = field("When it was posted.")
    edited_at: datetime | None = field("When its author last changed it; null if never.")
    updated_at: datetime = field(
        "When the text, state, pin or lock of the comment last changed, its tombstone came or went, or its author was"
        " erased. Votes, reactions, replies, flags and names change without it."
    )
    is_pinned: bool = field("Whether moderators pinned it.")
    is_locked: bool = field("Whether it takes no more replies.")
    votes: VoteTally = field(resolvers.votes.votes)
    reactions: list[ReactionGroup] = field(resolvers.reactions.reactions)
    reply_count: int = field("Visible direct replies.")
    descendant_count: int = field("Visible replies at any depth.")
    replies: Connection["Comment"] | None = field(resolvers.comment_lists.replies)
    descendants: Connection["Comment"] | None = field(resolvers.comment_trees.descendants)
    edits: list[CommentEdit] = field(resolvers.comments.edits)
    editable_until: datetime | None = field(resolvers.comments.editable_until)
    viewer_is_author: bool = field(resolvers.comments.viewer_is_author)
    viewer_has_flagged: bool = field(resolvers.comments.viewer_has_flagged)
    viewer_can: list[CommentAction] = field(resolvers.comments.viewer_can)
    moderation: Annotated["CommentModeration", strawberry.lazy("schema.moderation")] | None = field(
        resolvers.moderation.moderation
    )


@strawberry.type(description="Statistics of a discussion. They are stored on write, and never counted on read.")
class CommentStats:
    thread_count: int = field("Visible comments without a parent.")
    reply_count: int = field("Visible comments with a parent.")
    author_count: int = field("Distinct people with a visible comment.")
    recent_authors: list[Supporter] = field(resolvers.comment_stats.recent_authors)
    most_reacted_comment: Comment | None = field(resolvers.comment_stats.most_reacted_comment)
    hottest_thread: Comment | None = field(resolvers.comment_stats.hottest_thread)
    as_of: datetime = field("When the statistics last changed, rounded down like the times of the activity log.")


@strawberry.type
class CommentMutation:
    post_comment = mutation(resolvers.comments.post_comment, comment=Comment)
    edit_comment = mutation(resolvers.comments.edit_comment, comment=Comment)
    delete_comment = mutation(resolvers.comments.delete_comment, comment=Comment)
