"""Comments: what one says, and every way in which it may change. Lists of them are in threads.py."""

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
    ModerationAction,
    Supporter,
    campaigns,
    comments,
)
from models.comments import VISIBLE, WAITING
from refusals import ProblemCode, Refusal, invalid, not_found
from resolvers import comment_counts, display_names, policies, rich_text, screening
from resolvers.activity import record_comment
from resolvers.context import Context
from resolvers.declarations import reads, requires
from resolvers.ids import IdOf, global_id
from resolvers.policies import CommentAction


@reads("parent_id")
def parent(comment: Comment, context: Context) -> Awaitable[Comment] | Comment | None:
    """The comment that this one answers; null for a thread's first."""
    return comment.loaded_parent or (context.row(Comment, comment.parent_id) if comment.parent_id else None)


# no `reads`: it may be the row itself, of which anything may be asked
def root(comment: Comment, context: Context) -> Awaitable[Comment] | Comment:
    """The first comment of its thread; itself, if it is that."""
    return context.row(Comment, comment.root_id) if comment.path else comment


@reads("path")
async def ancestors(comment: Comment, context: Context) -> list[Comment]:
    """From the thread's first comment down to the parent."""
    return [await row for row in [context.row(Comment, number) for number in comment.ancestor_ids]]


@reads("state", "author_id", markdown="body_markdown", html="body_html", text="body_html")
def body(comment: Comment, context: Context) -> Comment | None:
    """What it says; null for a tombstone, whose place stays so that replies keep theirs."""
    return comment if comment.state is VISIBLE or context.may_read(comment) else None


@reads("id")
def permalink(comment: Comment, context: Context) -> str:
    """The permalink."""
    return f"{context.settings.site_url}/comments/{global_id('Comment', comment.id)}"


@reads("id", "edited_at", "author_id")
async def edits(comment: Comment, context: Context) -> list[CommentEdit]:
    """What it said before each edit, oldest first; only its author and moderators see that."""
    if comment.edited_at is None or not context.may_read_hidden(comment.author_id):
        return []
    return await context.load(_edits, comment.id) or []


async def _edits(comment_ids: list[int]) -> dict[int, list[CommentEdit]]:
    return storage.group_by(
        await storage.read(CommentEdit, comments.EDITS, storage.json_list(comment_ids)), "comment_id"
    )


async def viewer_can(comment: Comment, context: Context) -> list[CommentAction]:
    """What the viewer may do with it now."""
    campaign = await context.row(Campaign, comment.campaign_id)
    return [action for action, may in policies.ACTIONS.items() if policies.allows(may, context, campaign, comment)]


# ---------------------------------------------------------------- writing


async def lock(context: Context, comment_id: int) -> tuple[Campaign, Comment]:
    """A comment to be changed, with its campaign. The campaign's row is locked first, always in this order."""
    found = await storage.fetch_one(comments.CAMPAIGN_OF, comment_id)
    if found is None:
        raise not_found("comment", "commentId")
    campaign = await storage.read_one(Campaign, campaigns.FOR_UPDATE, found[0])
    comment = await storage.read_one(Comment, comments.FOR_UPDATE, comment_id)
    return policies.may_see_campaign(context, campaign), policies.may_see_comment(context, comment)


async def reread(comment: Comment) -> Comment:
    return await storage.read_one(Comment, comments.BY_ID, comment.id) or comment


@requires(Scope.COMMENT)
async def post_comment(
    context: Context,
    campaign_id: Annotated[int, IdOf("Campaign")],
    body: Annotated[str, "The text, as markdown."],
    parent_id: Annotated[int | None, IdOf("Comment"), "The comment to answer; null starts a thread."] = None,
    nudge: Annotated[bool, "Say what is wrong with a doubtful text instead of holding it for a moderator."] = False,
) -> Comment:
    """Start a thread or reply. Where comments are read before they appear, it is PENDING until then."""
    at = context.now()
    found = await storage.read_one(Campaign, campaigns.TO_COMMENT, campaign_id, names=campaigns.COMMENTED)
    campaign = policies.may_see_campaign(context, found, "campaignId")
    parent = await _parent(context, campaign, parent_id)
    text = screening.comment(body, context.settings)
    state = screened_state(text, campaign, context, nudge)
    await display_names.appear(context, campaign)
    return await post(context, campaign.id, parent, context.supporter_id, text, state, at)


async def post(
    context: Context,
    campaign_id: int,
    parent: Comment | None,
    author_id: int,
    text: str,
    state: CommentState,
    at: datetime,
) -> Comment:
    """Write a comment that was screened, with its counts and what the ticker tells of it."""
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
        is_queued=state in WAITING,
        created_at=at,
        active_at=at,
        published_at=at if state is CommentState.VISIBLE else None,
    )
    comment.loaded_author = await storage.read_one(Supporter, models.supporters.BY_ID, author_id)
    seq = await comment_counts.count(comment, None, False, at, events=int(comment.is_visible))
    if comment.is_visible:
        await _announce(context, comment, at, seq)
    return comment


async def _parent(context: Context, campaign: Campaign, parent_id: int | None) -> Comment | None:
    if parent_id is None:
        policies.is_open(campaign)
        return None
    parent = await storage.read_one(Comment, comments.TO_ANSWER, parent_id, names=comments.ANSWERED)
    if parent is None or parent.campaign_id != campaign.id:
        raise not_found("comment on this campaign", "parentId")
    policies.may_reply(context, campaign, parent)
    return parent


def screened_state(text: str, campaign: Campaign, context: Context, nudge: bool) -> CommentState:
    """The state in which a comment begins."""
    doubt = screening.doubt(text, context.settings)
    if doubt and nudge:
        raise Refusal(ProblemCode.REJECTED_CONTENT, doubt, "body")
    if doubt:
        return CommentState.HELD
    premoderated = campaign.comment_policy is CommentPolicy.PREMODERATED and not context.viewer.may(Scope.MODERATE)
    return CommentState.PENDING if premoderated else CommentState.VISIBLE


async def _announce(context: Context, comment: Comment, at: datetime, seq: int | None = None) -> None:
    kind = ActivityKind.REPLIED if comment.parent_id else ActivityKind.COMMENTED
    await record_comment(context, comment, kind, at, comment.author_id, seq)


@requires(Scope.COMMENT)
async def edit_comment(
    context: Context,
    comment_id: Annotated[int, IdOf("Comment")],
    body: Annotated[str, "The new text, as markdown."],
) -> Comment:
    """Change one's own comment, within the window after it was posted. What it said before is kept."""
    at = context.now()
    campaign, comment = await lock(context, comment_id)
    policies.may_edit(context, campaign, comment)
    text = screening.comment(body, context.settings)
    if text == comment.body_markdown:
        return comment
    await storage.insert(
        CommentEdit,
        comment_id=comment.id,
        edited_at=at,
        body_markdown=comment.body_markdown,
        body_html=comment.body_html,
    )
    rich = rich_text.comment(text)
    await storage.fetch(comments.REWRITE, comment.id, rich.markdown, rich.html, at)
    state = screened_state(text, campaign, context, nudge=False)
    if comment.is_visible and state is CommentState.VISIBLE:
        await record_comment(context, comment, ActivityKind.COMMENT_EDITED, at, comment.author_id)
    elif state is not CommentState.VISIBLE:
        await move(context, comment, state, at, queued=True, flags=comment.flag_count)
    return await reread(comment)


@requires(Scope.COMMENT)
async def delete_comment(context: Context, comment_id: Annotated[int, IdOf("Comment")]) -> Comment:
    """Take a comment away for good: its text is erased, and a tombstone keeps the place of its replies."""
    at = context.now()
    campaign, comment = await lock(context, comment_id)
    policies.may_delete(context, campaign, comment)
    if comment.author_id != context.supporter_id:
        await log_decision(context, comment, "DELETE", None)
    await bury(context, comment, at)
    return await reread(comment)


async def bury(context: Context, comment: Comment, at: datetime) -> None:
    """Erase what a comment says and said; its place stays as a tombstone."""
    await storage.fetch(comments.FORGET_EDITS, comment.id)
    await storage.fetch(comments.REWRITE, comment.id, "", "", comment.edited_at)
    await storage.fetch(comments.PIN, comment.id, False)
    await move(context, comment, CommentState.DELETED, at, queued=False, flags=0)


async def move(context: Context, comment: Comment, to: CommentState, at: datetime, *, queued: bool, flags: int) -> None:
    """Change a comment's state, its counts and, where the public sees a difference, the log."""
    was_visible, was_published = comment.is_visible, comment.published_at is not None
    await comment_counts.change_state(comment, to, at, queued=queued, flags=flags)
    if was_visible and not comment.is_visible:
        await record_comment(context, comment, ActivityKind.COMMENT_REMOVED, at, None)
    elif comment.is_visible and not was_visible and was_published:
        await record_comment(context, comment, ActivityKind.COMMENT_RESTORED, at, None)
    elif comment.is_visible and not was_visible:
        await _announce(context, comment, at)


async def log_decision(context: Context, comment: Comment, action: str, reason: str | None) -> None:
    """Keep what a moderator did, for the day when it is asked about."""
    await storage.insert(
        ModerationAction,
        comment_id=comment.id,
        moderator_id=context.supporter_id,
        action=action,
        reason=reason,
        decided_at=context.now(),
    )


def checked_note(text: str | None, field: str) -> str | None:
    """A reason or a note: optional, at most 1,000 characters."""
    if text is not None and len(text) > 1000:
        raise invalid(f"`{field}` has {len(text)} characters; at most 1000 fit.", field)
    text = screening.tidy(text or "")
    screening.refuse_controls(text, field)
    return text or None
