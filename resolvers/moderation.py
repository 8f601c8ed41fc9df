"""Moderation: what moderators see of a comment, their decisions, pins and locks, and the flags of visitors."""

from datetime import datetime
from typing import Annotated, TypeVar

from tortoise.expressions import F

import models
import storage
from auth.viewers import Scope
from models import (
    Comment,
    CommentFlag,
    FlagReason,
    FlagSort,
    HoldReason,
    ModerationAction,
    ModerationActionKind,
    ModerationActionSort,
    ModerationDecision,
    Supporter,
    comments,
)
from models.comments import WAITING_STATES
from models.moderation import ACTION_COLUMNS, FLAG_COLUMNS, INSERT_FLAG
from refusals import collect_issues
from resolvers import changes, policies
from resolvers.comments import change_state, lock, log_decision, reread, screened_note
from resolvers.context import Context
from resolvers.declarations import list_size, of_level, reads, requires
from resolvers.ids import IdOf
from resolvers.paging import Connection, Page, SealedCursorCodec, pages_of_parents
from storage.keyset import Sort
from storage.rows import Names, Row

MODERATION_SHOWN = 10

R = TypeVar("R", bound=Row)


class CommentModeration:
    """The part of a comment that only moderators see."""

    __slots__ = ("comment_id", "flag_count", "held_because")

    def __init__(self, comment: Comment) -> None:
        self.comment_id = comment.id
        self.flag_count = comment.flag_count
        self.held_because = HoldReason(comment.held_because) if comment.held_because else None


@requires(Scope.MODERATE)
@reads("id", "flag_count", "held_because")
def moderation(comment: Comment, context: Context) -> CommentModeration | None:
    """The part that only moderators see: why the comment waits, who flagged it, and what was decided."""
    return CommentModeration(comment)


@list_size(MODERATION_SHOWN)
@of_level
async def flags(rows: list[CommentModeration], context: Context, page: Page) -> list[Connection[CommentFlag] | None]:
    """All flags, newest first, also those that a decision has settled."""
    return [*await _pages(rows, context, page, CommentFlag, FlagSort.NEWEST, FLAG_COLUMNS)]


@list_size(MODERATION_SHOWN)
@of_level
async def decisions(
    rows: list[CommentModeration], context: Context, page: Page
) -> list[Connection[ModerationAction] | None]:
    """All decisions, newest first."""
    return [*await _pages(rows, context, page, ModerationAction, ModerationActionSort.NEWEST, ACTION_COLUMNS)]


async def _pages(
    rows: list[CommentModeration], context: Context, page: Page, model: type[R], sort: Sort, names: Names
) -> list[Connection[R]]:
    """Return a page of the model's rows of each comment, in one statement for the whole level."""
    key, ids = context.settings.key, [row.comment_id for row in rows]
    places = [SealedCursorCodec(key, f"{model.__name__}:{comment_id}", sort) for comment_id in ids]
    window = page.window_of_level(places, MODERATION_SHOWN)
    found = await pages_of_parents(model, "comment_id", ids, sort, window, names)
    return [Connection(found.get(comment_id, []), window, place) for comment_id, place in zip(ids, places, strict=True)]


def supporter(flag: CommentFlag) -> Supporter | None:
    """The person who flagged it; a person who was erased since has no name."""
    return flag.loaded_supporter


def moderator(action: ModerationAction) -> Supporter | None:
    """The person who decided; a person who was erased since has no name."""
    return action.loaded_moderator


def action(action: ModerationAction) -> ModerationActionKind:
    """The moderator's action."""
    return ModerationActionKind(action.action)


# ---------------------------------------------------------------- writing


@requires(Scope.MODERATE)
async def moderate_comment(
    context: Context,
    comment_id: Annotated[int, IdOf("Comment")],
    decision: Annotated[ModerationDecision, "APPROVE and RESTORE make it visible."],
    reason: Annotated[str | None, "For the record; not shown to visitors."] = None,
) -> Comment:
    """Decide on a comment. Every count, list and live reader follows at once, and the decision is logged."""
    at = context.now()
    with collect_issues() as issues:
        note = issues.take(screened_note, reason, "reason")
        campaign, comment = await lock(context, comment_id)
        policies.check_moderate(context, campaign, comment)
    await decide(context, comment, decision, note, at)
    return await reread(comment)


async def decide(
    context: Context, comment: Comment, decision: ModerationDecision, reason: str | None, at: datetime
) -> None:
    """Log a decision on a locked comment, change its state, and settle its flags."""
    await log_decision(context, comment, decision.value, reason)
    is_queued = decision.state in WAITING_STATES
    await change_state(context, comment, decision.state, at, is_queued=is_queued, flag_count=0)


@requires(Scope.REACT)
async def flag_comment(
    context: Context,
    comment_id: Annotated[int, IdOf("Comment")],
    reason: FlagReason,
    note: Annotated[str | None, "What the moderators should know; only they see it."] = None,
) -> Comment:
    """Report a comment to the moderators. A second report by the same person changes nothing."""
    at = context.now()
    with collect_issues() as issues:
        note = issues.take(screened_note, note, "note")
        campaign, comment = await lock(context, comment_id)
        policies.check_flag(context, campaign, comment)
    if await storage.fetch(INSERT_FLAG, comment.id, context.supporter_id, reason, note, at):
        await Comment.filter(id=comment.id).update(flag_count=F("flag_count") + 1, is_queued=True)
        if not comment.is_queued:
            await storage.fetch(models.campaigns.INCREMENT_QUEUED_COMMENT_COUNT, campaign.id)
        changes.publish_queued(context, comment)
    return await reread(comment)


@requires(Scope.MODERATE)
async def pin_comment(
    context: Context,
    comment_id: Annotated[int, IdOf("Comment")],
    pinned: Annotated[bool, "False removes the pin."] = True,
) -> Comment:
    """Pin a comment: it stands in `Campaign.pinnedComments`. The lists keep their order."""
    campaign, comment = await lock(context, comment_id)
    policies.check_pin(context, campaign, comment)
    if comment.is_pinned is pinned:
        return comment
    await log_decision(context, comment, "PIN" if pinned else "UNPIN", None)
    await Comment.filter(id=comment.id).update(is_pinned=pinned, updated_at=context.now())
    changes.publish(context, campaign.id, comment.id)
    return await reread(comment)


@requires(Scope.MODERATE)
async def lock_thread(
    context: Context,
    comment_id: Annotated[int, IdOf("Comment")],
    locked: Annotated[bool, "False opens it again."] = True,
) -> Comment:
    """Close a comment and everything below it to replies and edits. Votes and reactions go on."""
    campaign, comment = await lock(context, comment_id)
    policies.check_lock(context, campaign, comment)
    await log_decision(context, comment, "LOCK" if locked else "UNLOCK", None)
    start = comment.path_below
    values = (comment.id, locked, start, _subtree_end(start), context.now())
    updated = await storage.fetch(comments.UPDATE_SUBTREE_LOCK, *values)
    changes.publish(context, campaign.id, *(row_id for row_id, is_listed in updated if is_listed))
    return await reread(comment)


def _subtree_end(path: bytes) -> bytes:
    """Return the first path behind a subtree: the last eight bytes, which are an id, plus one."""
    return path[:-8] + (int.from_bytes(path[-8:], "big") + 1).to_bytes(8, "big")
