"""Moderation: the moderators' queue and decisions, pins and locks, and the flags of visitors."""

from typing import Annotated

from tortoise.expressions import F

import models
import storage
from auth.viewers import Scope
from models import Campaign, Comment, CommentState, FlagReason, ModerationDecision, QueueSort, comments, moderation
from models.comments import WAITING_STATES
from refusals import collect_issues
from resolvers import policies
from resolvers.comments import change_state, lock, log_decision, reread, screened_note
from resolvers.context import Context
from resolvers.declarations import list_size, requires
from resolvers.ids import IdOf
from resolvers.paging import Connection, CursorCodec, Page
from storage import keyset

DEFAULT_QUEUE = 20


@list_size(DEFAULT_QUEUE)
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
    unique_states = None if states is None else sorted(set(states))
    name = f"queue:{campaign_id or ''}:{'' if unique_states is None else ','.join(unique_states)}"
    place = CursorCodec(context.settings.key, name, QueueSort.OLDEST)
    window = page.window(place, DEFAULT_QUEUE)
    campaigns = await storage.read(Campaign, models.campaigns.SELECT_ONE_OR_ALL, campaign_id or 0)
    if unique_states is None:
        ids = storage.json_list(campaign.id for campaign in campaigns if campaign.queued_comment_count)
        where = "r.campaign_id = e.value AND r.is_queued = true"
        rows = await keyset.merged_page(Comment, "{ids $1}", where, (ids,), place.sort, window)
        total = sum(campaign.queued_comment_count for campaign in campaigns)
    else:
        pairs = storage.json_list((campaign.id, state) for campaign in campaigns for state in unique_states)
        where = "r.campaign_id = e.a AND r.state = e.b"
        rows = await keyset.merged_page(Comment, "{named $1}", where, (pairs,), place.sort, window)
        total = sum(_count_of_state(campaign, state) for campaign in campaigns for state in unique_states)
    return Connection(rows, window, place, total)


def _count_of_state(campaign: Campaign, state: CommentState) -> int:
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
    with collect_issues() as issues:
        reason = issues.take(screened_note, reason, "reason")
        campaign, comment = await lock(context, comment_id)
        policies.check_moderate(context, campaign, comment)
    await log_decision(context, comment, decision.value, reason)
    is_queued = decision.state in WAITING_STATES
    await change_state(context, comment, decision.state, at, is_queued=is_queued, flag_count=0)
    return await reread(comment)


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
    if await storage.fetch(moderation.INSERT_FLAG, comment.id, context.supporter_id, reason, note, at):
        await Comment.filter(id=comment.id).update(flag_count=F("flag_count") + 1, is_queued=True)
        if not comment.is_queued:
            await storage.fetch(models.campaigns.INCREMENT_QUEUED_COMMENT_COUNT, campaign.id)
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
    await Comment.filter(id=comment.id).update(is_pinned=pinned)
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
    await storage.fetch(comments.UPDATE_SUBTREE_LOCK, comment.id, locked, start, _subtree_end(start))
    return await reread(comment)


def _subtree_end(path: bytes) -> bytes:
    """Return the first path behind a subtree: the last eight bytes, which are an id, plus one."""
    return path[:-8] + (int.from_bytes(path[-8:], "big") + 1).to_bytes(8, "big")
