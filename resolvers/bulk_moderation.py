"""Bulk moderation: decide on many comments in one transaction, named by their ids or found by a query."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import models
import storage
from auth.viewers import Scope
from models import Campaign, Comment, CommentState, ModerationDecision
from models.account_merging import LOCK_CAMPAIGNS
from models.erasures import LOCK_COMMENTS
from models.moderation import SELECT_CAMPAIGN_IDS
from refusals import ProblemCode, Refusal, collect_issues, not_found
from resolvers import comment_queries, policies, screening
from resolvers.comment_queries import CommentQuery
from resolvers.comments import screened_note
from resolvers.context import Context
from resolvers.declarations import requires
from resolvers.ids import GlobalId, parse
from resolvers.moderation import decide

MAX_DECISIONS = 100
"""Comments that one call decides on."""


@dataclass(frozen=True)
class CommentTarget:
    """The comments to decide on: exactly one of the two fields is given."""

    ids: list[GlobalId] | None = None
    query: CommentQuery | None = None


@dataclass(frozen=True)
class BulkDecision:
    comments: list[Comment]
    matched_count: int
    has_more: bool


@requires(Scope.MODERATE)
async def moderate_comments(
    context: Context,
    target: Annotated[CommentTarget, "The comments to decide on: their ids, or a query that finds them."],
    decision: Annotated[ModerationDecision, "APPROVE and RESTORE make them visible."],
    reason: Annotated[str | None, "For the record; not shown to visitors."] = None,
    dry_run: Annotated[bool, "Change nothing, and return the comments that would be decided on."] = False,
) -> BulkDecision:
    """Decide on many comments, each as by `moderateComment`: on all of them, or with a problem on none.

    One call decides on at most 100 comments, the oldest first. If a query finds more, `hasMore` is true: call again.
    """
    at = context.now()
    with collect_issues() as issues:
        reason = issues.take(screened_note, reason, "reason")
        if target.query is None:
            comment_ids = await _named(context, target.ids or [], dry_run)
            matched_count = len(comment_ids)
        else:
            comment_ids, matched_count = await _matched(context, target.query, decision, dry_run)
    if not dry_run:
        # oldest first: a decision changes the rows of ancestors, which are older, and so never a row that is still due
        for comment in await storage.read(Comment, LOCK_COMMENTS, storage.json_list(comment_ids)):
            await decide(context, comment, decision, reason, at)
    rows = await storage.by_ids(Comment, comment_ids)
    return BulkDecision(
        [rows[comment_id] for comment_id in comment_ids], matched_count, matched_count > len(comment_ids)
    )


async def _named(context: Context, ids: list[GlobalId], dry_run: bool) -> list[int]:
    """Return the row ids, each once, with their campaigns locked. Refuse all if one can not be moderated."""
    with collect_issues("target") as issues:
        issues.take(screening.list_length, ids, "ids", MAX_DECISIONS)
    parsed = [parse(text) for text in ids]
    row_ids = [one[1] if one and one[0] == "Comment" else 0 for one in parsed]  # no row has the id 0
    found = await storage.fetch(SELECT_CAMPAIGN_IDS, storage.json_list(row_ids))
    await _lock(dry_run, (row[0] for row in found))
    rows = await storage.by_ids(Comment, row_ids)
    campaigns = await storage.by_ids(Campaign, {row.campaign_id for row in rows.values()})
    _check_all(context, [rows.get(row_id) for row_id in row_ids], campaigns)
    return list(dict.fromkeys(row_ids))


def _check_all(context: Context, comments: list[Comment | None], campaigns: dict[int, Campaign]) -> None:
    """Refuse the call if a comment is not there or was deleted, and name all of these comments."""
    with collect_issues("target", "ids") as issues:
        for place, comment in enumerate(comments):
            if comment is None or not policies.may_view_campaign(context, campaigns.get(comment.campaign_id)):
                issues.collect(not_found("comment", str(place)))
            elif comment.state is CommentState.DELETED:
                message = "The comment was deleted: its text is gone and can't come back."
                issues.collect(Refusal(ProblemCode.CONFLICT, message, str(place)))


async def _matched(
    context: Context, query: CommentQuery, decision: ModerationDecision, dry_run: bool
) -> tuple[list[int], int]:
    """Return the ids of the oldest comments that the query finds, with their campaigns locked, and the number found."""
    campaigns = await storage.read(Campaign, models.campaigns.SELECT_ONE_OR_ALL, query.campaign_id or 0)
    campaign_ids = [campaign.id for campaign in campaigns if policies.may_view_campaign(context, campaign)]
    found = await comment_queries.find(query, campaign_ids, decision.state)
    rows = found[:MAX_DECISIONS]
    if not dry_run:
        locked_ids = sorted({row.campaign_id for row in rows})
        await _lock(dry_run, locked_ids)
        # find them again under the locks: another moderator may have decided meanwhile
        rows = (await comment_queries.find(query, locked_ids, decision.state))[:MAX_DECISIONS]
    return [row.id for row in rows], max(len(found), len(rows))


async def _lock(dry_run: bool, campaign_ids: Iterable[int]) -> None:
    if not dry_run:
        await storage.fetch(LOCK_CAMPAIGNS, storage.json_list(sorted(campaign_ids)))
