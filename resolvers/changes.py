"""Changes: publish to live subscriptions, after the commit, which comments and campaigns a write has changed.

A rolled-back write publishes nothing. What is published are ids; each subscription reads the rows for its own viewer.
"""

from functools import partial

import storage
from live.campaign_topics import KINDS_OF_ONE_COMMENT
from live.changed_ids import Changed
from models import ActivityKind, Comment
from resolvers.context import Context


async def read_comments(changed: Changed) -> list[Comment]:
    """Return the changed comments as they are now, the oldest change first; those that are gone are left out."""
    rows = await storage.by_ids(Comment, changed.ids)
    return [rows[comment_id] for comment_id in changed.ids if comment_id in rows]


def publish(context: Context, campaign_id: int, *comment_ids: int, seq: int | None = None) -> None:
    """Publish that the public sees a change of a campaign's counts, and of these comments.

    `seq` is the number of the row in the activity log that records the same change.
    """
    context.after_commit.append(partial(context.live.changes.publish, campaign_id, comment_ids, seq))


def publish_comment(context: Context, comment: Comment, kind: ActivityKind) -> None:
    """Publish a change that was recorded in the activity log, with the ancestors whose counts it changes."""
    ancestor_ids = () if kind in KINDS_OF_ONE_COMMENT else comment.ancestor_ids
    publish(context, comment.campaign_id, *ancestor_ids, comment.id)


def publish_queued(context: Context, comment: Comment) -> None:
    """Publish to moderators that a comment entered the queue, left it, or was flagged."""
    context.after_commit.append(partial(context.live.changes.publish_queued, comment.campaign_id, comment.id))
