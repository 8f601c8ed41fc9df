"""Moderation: the queue, the decisions, and what visitors point out."""

from typing import Annotated

import models
import storage
from auth.viewers import Scope
from models import Campaign, Comment, CommentState, FlagReason, ModerationDecision, QueueSort, comments, moderation
from models.comments import WAITING
from resolvers import policies
from resolvers.comments import checked_note, lock, log_decision, move, reread
from resolvers.context import Context
from resolvers.declarations import requires
from resolvers.ids import IdOf
from resolvers.paging import Connection, CursorCodec, Page
from storage import keyset

QUEUE_SHOWN = 20


@requires(Scope.MODERATE)
async def moderation_queue(
    context: Context,
    page: Page,
    campaign_id: Annotated[int | None, IdOf("Campaign"), "Only this campaign's; every campaign's if null."] = None,
    states: Annotated[
        list[CommentState] | None, "Only comments in these states; null: what waits, and what was flagged."
    ] = None,
) -> Connection[Comment]:
    """Comments for a moderator to read, oldest first."""
    wanted = None if states is None else sorted(set(states))
    name = f"queue:{campaign_id or ''}:{'' if wanted is None else ','.join(wanted)}"
    place = CursorCodec(context.settings.key, name, QueueSort.OLDEST)
    window = page.window(place, QUEUE_SHOWN)
    campaigns = await storage.read(Campaign, models.campaigns.FOR_QUEUE, campaign_id or 0)
    if wanted is None:
        ids = storage.json_list(campaign.id for campaign in campaigns if campaign.queued_comment_count)
        where = "r.campaign_id = e.value AND r.is_queued = true"
        rows = await keyset.merged_page(Comment, "{ids $1}", where, (ids,), place.sort, window)
        total = sum(campaign.queued_comment_count for campaign in campaigns)
    else:
        pairs = storage.json_list((campaign.id, state) for campaign in campaigns for state in wanted)
        where = "r.campaign_id = e.a AND r.state = e.b"
        rows = await keyset.merged_page(Comment, "{named $1}", where, (pairs,), place.sort, window)
        total = sum(_count(campaign, state) for campaign in campaigns for state in wanted)
    return Connection(rows, window, place, total)


def _count(campaign: Campaign, state: CommentState) -> int:
    if state is CommentState.VISIBLE:
        return campaign.visible_comment_count
    return int(getattr(campaign, f"{state.value.lower()}_comment_count"))


@requires(Scope.MODERATE)
async def moderate_comment(
    context: Context,
    comment_id: Annotated[int, IdOf("Comment")],
    decision: Annotated[ModerationDecision, "APPROVE and RESTORE make it visible."],
    reason: Annotated[str | None, "For the record; not shown to visitors."] = None,
) -> Comment:
    """Decide on a comment. Every count, list and live reader follows at once, and the decision is logged."""
    at = context.now()
    campaign, comment = await lock(context, comment_id)
    policies.may_moderate(context, campaign, comment)
    await log_decision(context, comment, decision.value, checked_note(reason, "reason"))
    await move(context, comment, decision.state, at, queued=decision.state in WAITING, flags=0)
    return await reread(comment)


@requires(Scope.REACT)
async def flag_comment(
    context: Context,
    comment_id: Annotated[int, IdOf("Comment")],
    reason: FlagReason,
    note: Annotated[str | None, "What the moderators should know; only they see it."] = None,
) -> Comment:
    """Point a comment out to the moderators. Once a person; a second time changes nothing."""
    at = context.now()
    campaign, comment = await lock(context, comment_id)
    policies.may_flag(context, campaign, comment)
    note = checked_note(note, "note")
    if await storage.fetch(moderation.ADD_FLAG, comment.id, context.supporter_id, reason, note, at):
        await storage.fetch(moderation.COUNT_FLAG, comment.id)
        if not comment.is_queued:
            await storage.fetch(models.campaigns.QUEUE_ONE, campaign.id)
    return await reread(comment)


@requires(Scope.MODERATE)
async def pin_comment(
    context: Context,
    comment_id: Annotated[int, IdOf("Comment")],
    pinned: Annotated[bool, "False takes the pin away."] = True,
) -> Comment:
    """Pin a comment: it stands in `Campaign.pinnedComments`. The lists keep their order."""
    campaign, comment = await lock(context, comment_id)
    policies.may_pin(context, campaign, comment)
    if comment.is_pinned is pinned:
        return comment
    await log_decision(context, comment, "PIN" if pinned else "UNPIN", None)
    (moved,) = await storage.read(Comment, comments.PIN, comment.id, pinned)
    return moved


@requires(Scope.MODERATE)
async def lock_thread(
    context: Context,
    comment_id: Annotated[int, IdOf("Comment")],
    locked: Annotated[bool, "False opens it again."] = True,
) -> Comment:
    """Close a comment and everything below it to replies and edits. Votes and reactions go on."""
    campaign, comment = await lock(context, comment_id)
    policies.may_lock(context, campaign, comment)
    await log_decision(context, comment, "LOCK" if locked else "UNLOCK", None)
    below = comment.path_below
    await storage.fetch(comments.LOCK_SUBTREE, comment.id, locked, below, _after(below))
    return await reread(comment)


def _after(path: bytes) -> bytes:
    """The first path that is not below this one: its last eight bytes, counted up by one."""
    return path[:-8] + (int.from_bytes(path[-8:], "big") + 1).to_bytes(8, "big")
