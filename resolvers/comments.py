"""Comments: the fields of one comment, and the mutations that post, edit and delete it. Lists are in comment_lists."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated

import models
import storage
from auth.viewers import Scope
from models import (
    ActivityKind,
    Campaign,
    Comment,
    CommentEdit,
    CommentPolicy,
    CommentState,
    HoldReason,
    ModerationAction,
    Supporter,
    campaigns,
    comments,
    moderation,
)
from models.comments import MAX_DEPTH, VISIBLE, WAITING_STATES
from refusals import InputReason, ProblemCode, Refusal, collect_issues, invalid, not_found
from resolvers import changes, comment_counts, display_names, policies, rich_text, screening
from resolvers.activity import hide_author, record_comment, show_author
from resolvers.campaign_field import campaign_of
from resolvers.context import Context
from resolvers.declarations import USUAL_LIST_SIZE, list_size, reads, requires
from resolvers.ids import IdOf, global_id
from resolvers.policies import CommentAction

MAX_NOTE_LENGTH = 1_000

campaign = campaign_of  # the field `campaign`


@reads("parent_id")
def parent(comment: Comment, context: Context) -> Awaitable[Comment] | Comment | None:
    """The comment that this one answers; null for a thread's first comment."""
    return comment.loaded_parent or (context.row(Comment, comment.parent_id) if comment.parent_id else None)


# without `reads`: the root may be the row itself, of which a query may request any attribute
def root(comment: Comment, context: Context) -> Awaitable[Comment] | Comment:
    """The first comment of the thread; the comment itself, if it is the first."""
    return context.row(Comment, comment.root_id) if comment.path else comment


@list_size(MAX_DEPTH)
@reads("path")
async def ancestors(comment: Comment, context: Context) -> list[Comment]:
    """From the thread's first comment down to the parent."""
    return [await row for row in [context.row(Comment, ancestor_id) for ancestor_id in comment.ancestor_ids]]


@reads("state", "author_id", markdown="body_markdown", html="body_html", text="body_html")
def body(comment: Comment, context: Context) -> Comment | None:
    """The text; null for a tombstone, whose place stays so that replies keep theirs."""
    return comment if comment.state is VISIBLE or context.may_read(comment) else None


@reads("id")
def url(comment: Comment, context: Context) -> str:
    """The permalink."""
    return f"{context.settings.site_url}/comments/{global_id('Comment', comment.id)}"


@list_size(USUAL_LIST_SIZE)
@reads("id", "edited_at", "author_id")
async def edits(comment: Comment, context: Context) -> list[CommentEdit]:
    """The former texts, one for each edit, oldest first; only the author and moderators see them."""
    if comment.edited_at is None or not context.may_read_hidden(comment.author_id):
        return []
    return await context.load(_load_edits, comment.id) or []


async def _load_edits(comment_ids: list[int]) -> dict[int, list[CommentEdit]]:
    rows = await storage.read(CommentEdit, comments.SELECT_EDITS, storage.json_list(comment_ids))
    return storage.group_by(rows, "comment_id")


@reads("author_id")
def viewer_is_author(comment: Comment, context: Context) -> bool:
    """True if the viewer wrote the comment."""
    return comment.author_id == context.viewer.supporter_id


@reads("id")
def viewer_has_flagged(comment: Comment, context: Context) -> Awaitable[bool] | bool:
    """True if the viewer has reported the comment to the moderators; a second report changes nothing."""
    viewer_id = context.viewer.supporter_id
    return False if viewer_id is None else context.load(_load_flagged, comment.id, viewer_id)


async def _load_flagged(comment_ids: list[int], supporter_id: int) -> dict[int, bool]:
    ids = storage.json_list(comment_ids)
    flagged = {row[0] for row in await storage.fetch(moderation.SELECT_FLAGGED_IDS, supporter_id, ids)}
    return {comment_id: comment_id in flagged for comment_id in comment_ids}


@reads("author_id", "campaign_id", "state", "is_locked", "created_at")
def editable_until(comment: Comment, context: Context) -> Awaitable[datetime | None] | None:
    """Until when the viewer may edit the comment; null if the viewer is not its author, or may not edit it any more."""
    return _editable_until(comment, context) if viewer_is_author(comment, context) else None


async def _editable_until(comment: Comment, context: Context) -> datetime | None:
    campaign = await context.row(Campaign, comment.campaign_id)
    may_edit = policies.may_act(CommentAction.EDIT, context, campaign, comment)
    return policies.edit_window_end(context, comment) if may_edit else None


@list_size(len(CommentAction))
async def viewer_can(comment: Comment, context: Context) -> list[CommentAction]:
    """The actions that the viewer may take on the comment now."""
    campaign = await context.row(Campaign, comment.campaign_id)
    return [action for action in CommentAction if policies.may_act(action, context, campaign, comment)]


# ---------------------------------------------------------------- writing


async def lock(context: Context, comment_id: int) -> tuple[Campaign, Comment]:
    """Lock a comment and its campaign, and return both. Always in the order campaign, comment: no deadlock."""
    row = await storage.fetch_one(comments.SELECT_CAMPAIGN_ID, comment_id)
    if row is None:
        raise not_found("comment", "commentId")
    campaign = await storage.read_one(Campaign, campaigns.LOCK_CAMPAIGN, row[0])
    comment = await storage.read_one(Comment, comments.LOCK_BY_ID, comment_id)
    return policies.check_view_campaign(context, campaign), policies.check_view_comment(context, comment)


async def reread(comment: Comment) -> Comment:
    return await storage.read_one(Comment, comments.SELECT_BY_ID, comment.id) or comment


@requires(Scope.COMMENT)
async def post_comment(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    body: Annotated[str, "The text, as markdown."],
    parent_id: Annotated[int | None, IdOf("Comment"), "The comment to answer; null starts a thread."] = None,
    nudge: Annotated[bool, "Refuse a doubtful text, with the reason, instead of holding it for a moderator."] = False,
) -> Comment:
    """Start a thread or reply. Where comments are read before they appear, it is PENDING until then."""
    at = context.now()
    row = await storage.read_one(Campaign, campaigns.LOCK_FOR_COMMENT, campaign_id, names=campaigns.COLUMNS_FOR_COMMENT)
    with collect_issues() as issues:
        text = issues.take(_screened_body, context, body, nudge)
        campaign = policies.check_view_campaign(context, row, "campaignId")
        parent = await _checked_parent(context, campaign, parent_id)
    state, held_because = initial_state(text, campaign, context)
    await display_names.apply_ceiling(context, campaign)
    author_id = context.supporter_id
    return await create_comment(context, campaign.id, parent, author_id, text, state, at, held_because)


async def create_comment(
    context: Context,
    campaign_id: int,
    parent: Comment | None,
    author_id: int,
    text: str,
    state: CommentState,
    at: datetime,
    held_because: HoldReason | None = None,
) -> Comment:
    """Insert a screened comment, update the counts, and record it in the activity log if it is visible."""
    rich = rich_text.comment(text)
    comment = await storage.add(
        Comment,
        campaign_id=campaign_id,
        parent_id=parent.id if parent else None,
        author_id=author_id,
        path=parent.path_below if parent else b"",
        depth=parent.depth + 1 if parent else 0,
        body_markdown=rich.markdown,
        body_html=rich.html,
        state=state,
        is_listed=state is CommentState.VISIBLE,
        is_queued=state in WAITING_STATES,
        created_at=at,
        active_at=at,
        published_at=at if state is CommentState.VISIBLE else None,
        updated_at=at,
        held_because=held_because,
    )
    comment.loaded_author = await storage.read_one(Supporter, models.supporters.SELECT_SUPPORTER, author_id)
    seq = await comment_counts.update_counts(comment, None, False, at, event_count=int(comment.is_visible))
    if comment.is_visible:
        await _record_published(context, comment, at, seq)
    if comment.is_queued:
        changes.publish_queued(context, comment)
    return comment


async def _checked_parent(context: Context, campaign: Campaign, parent_id: int | None) -> Comment | None:
    if parent_id is None:
        policies.check_comment(context, campaign)
        return None
    parent = await storage.read_one(Comment, comments.SELECT_PARENT, parent_id, names=comments.PARENT_COLUMNS)
    if parent is None or parent.campaign_id != campaign.id:
        raise not_found("comment on this campaign", "parentId")
    policies.check_reply(context, campaign, parent)
    return parent


def _screened_body(context: Context, body: str, nudge: bool) -> str:
    """Return the body as it is stored; with `nudge`, refuse a text that a moderator would have to read first."""
    text = screening.comment(body, context.settings)
    reason = screening.hold_reason(text, context.settings) if nudge else None
    if reason:
        raise Refusal(ProblemCode.REJECTED_CONTENT, screening.hold_message(reason, context.settings), "body")
    return text


def initial_state(text: str, campaign: Campaign, context: Context) -> tuple[CommentState, HoldReason | None]:
    """Return the state of a comment with this text, and why it waits for a moderator; None if it does not."""
    reason = screening.hold_reason(text, context.settings)
    if reason:
        return CommentState.HELD, reason
    if campaign.comment_policy is CommentPolicy.PREMODERATED and not context.viewer.may(Scope.MODERATE):
        return CommentState.PENDING, HoldReason.PREMODERATED
    return CommentState.VISIBLE, None


async def _record_published(context: Context, comment: Comment, at: datetime, seq: int | None = None) -> None:
    kind = ActivityKind.REPLIED if comment.parent_id else ActivityKind.COMMENTED
    await record_comment(context, comment, kind, at, comment.author_id, seq)


@requires(Scope.COMMENT)
async def edit_comment(
    context: Context,
    comment_id: Annotated[int, IdOf("Comment")],
    body: Annotated[str, "The new text, as markdown."],
) -> Comment:
    """Change one's own comment, within the edit window after it was posted. The former text is kept."""
    at = context.now()
    with collect_issues() as issues:
        text = issues.take(screening.comment, body, context.settings)
        campaign, comment = await lock(context, comment_id)
        policies.check_edit(context, campaign, comment)
    if text == comment.body_markdown:
        return comment
    await CommentEdit.create(
        comment_id=comment.id,
        edited_at=at,
        body_markdown=comment.body_markdown,
        body_html=comment.body_html,
    )
    rich = rich_text.comment(text)
    text_columns = {"body_markdown": rich.markdown, "body_html": rich.html}
    updated_at = at if comment.is_visible else comment.updated_at  # the public sees no text of a hidden comment
    await Comment.filter(id=comment.id).update(**text_columns, edited_at=at, updated_at=updated_at)
    state, held_because = initial_state(text, campaign, context)
    if comment.is_visible and state is CommentState.VISIBLE:
        await record_comment(context, comment, ActivityKind.COMMENT_EDITED, at, comment.author_id)
    elif state is not CommentState.VISIBLE:
        flag_count = comment.flag_count
        await change_state(
            context, comment, state, at, is_queued=True, flag_count=flag_count, held_because=held_because
        )
    return await reread(comment)


@requires(Scope.COMMENT)
async def delete_comment(context: Context, comment_id: Annotated[int, IdOf("Comment")]) -> Comment:
    """Delete a comment for good: its text is erased, and a tombstone keeps the place of its replies."""
    at = context.now()
    campaign, comment = await lock(context, comment_id)
    policies.check_delete(context, campaign, comment)
    if comment.author_id != context.supporter_id:
        await log_decision(context, comment, "DELETE", None)
    await tombstone(context, comment, at)
    return await reread(comment)


async def tombstone(context: Context, comment: Comment, at: datetime) -> None:
    """Erase the text and the former texts of a comment, and keep its row as a tombstone."""
    context.forgets = True
    await CommentEdit.filter(comment_id=comment.id).delete()
    await Comment.filter(id=comment.id).update(body_markdown="", body_html="", is_pinned=False)
    await change_state(context, comment, CommentState.DELETED, at, is_queued=False, flag_count=0)


async def change_state(
    context: Context,
    comment: Comment,
    state: CommentState,
    at: datetime,
    *,
    is_queued: bool,
    flag_count: int,
    held_because: HoldReason | None = None,
) -> None:
    """Change a comment's state and the counts, and record in the activity log what the public sees of the change."""
    was_visible, was_published, was_queued = comment.is_visible, comment.published_at is not None, comment.is_queued
    await comment_counts.update_state(
        comment, state, at, is_queued=is_queued, flag_count=flag_count, held_because=held_because
    )
    if comment.is_listed:  # a tombstone with replies shows its state
        changes.publish(context, comment.campaign_id, comment.id)
    if was_queued or is_queued:
        changes.publish_queued(context, comment)
    if was_visible and not comment.is_visible:
        await hide_author(comment)
        await record_comment(context, comment, ActivityKind.COMMENT_REMOVED, at, None)
    elif comment.is_visible and not was_visible and was_published:
        await show_author(comment)
        await record_comment(context, comment, ActivityKind.COMMENT_RESTORED, at, None)
    elif comment.is_visible and not was_visible:
        await _record_published(context, comment, at)


async def log_decision(context: Context, comment: Comment, action: str, reason: str | None) -> None:
    """Record what a moderator did, and why, in the audit trail."""
    await ModerationAction.create(
        comment_id=comment.id,
        moderator_id=context.supporter_id,
        action=action,
        reason=reason,
        decided_at=context.now(),
    )


def screened_note(text: str | None, field: str) -> str | None:
    """Return a moderator's reason or a visitor's note, tidied; at most 1,000 characters, null if empty."""
    if text is not None and len(text) > MAX_NOTE_LENGTH:
        message = "This text is too long: at most {limit} characters fit."
        raise invalid(message, field, reason=InputReason.TOO_LONG, limit=MAX_NOTE_LENGTH)
    text = screening.tidy(text or "", field, MAX_NOTE_LENGTH)
    screening.check_no_control_characters(text, field)
    return text or None
