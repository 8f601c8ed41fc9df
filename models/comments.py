"""Comments: a tree of any depth, where a page of any sort at any level is one walk along an index.

`parent_id` makes the tree; `path` holds the ids of a comment's ancestors, root first, eight bytes each. Its order is
that of bytes in both databases, so that a subtree is one range of it and the ancestors need no look-up.
(Materialised path: Celko, Trees and Hierarchies in SQL for Smarties, ch. 3.)
"""

import struct
from enum import StrEnum
from functools import lru_cache

from tortoise import fields
from tortoise.indexes import Index, PartialIndex

from models.campaigns import Campaign
from models.rich_text import Bodied
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import InstantField, now
from storage.keyset import Sort
from storage.rows import Names, Row, attributes, columns

MAX_DEPTH = 50


class CommentState(StrEnum):
    VISIBLE = "VISIBLE"
    PENDING = "PENDING"
    HELD = "HELD"
    REJECTED = "REJECTED"
    SPAM = "SPAM"
    DELETED = "DELETED"


VISIBLE = CommentState.VISIBLE
"""Asked for twice for each comment on a page; to find it in the enum takes ten times as long."""
WAITING = (CommentState.PENDING, CommentState.HELD)


class CommentSort(Sort):
    NEWEST = ("DESC", "created_at", "id")
    OLDEST = ("ASC", "created_at", "id")
    MOST_VOTED = ("DESC", "score", "created_at", "id")
    MOST_REACTED = ("DESC", "reaction_count", "created_at", "id")
    MOST_REPLIED = ("DESC", "reply_count", "created_at", "id")


class StatisticsSort(Sort):
    MOST_ENGAGED = ("DESC", "engagement_count", "created_at", "id")
    HOTTEST = ("DESC", "descendant_count", "active_at", "id")


class QueueSort(Sort):
    OLDEST = ("ASC", "created_at", "id")


class Comment(Bodied, Row):
    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    parent_id: int | None
    parent: fields.ForeignKeyNullableRelation["Comment"] = fields.ForeignKeyField(
        "models.Comment", null=True, db_index=False
    )
    author_id: int
    author: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    path = fields.BinaryField(default=b"")
    depth = fields.SmallIntField(default=0)
    body_markdown = fields.TextField()
    body_html = fields.TextField()
    state = fields.CharEnumField(CommentState, max_length=16, default=CommentState.VISIBLE)
    is_listed = fields.BooleanField(default=True)  # visible, or keeps the place above a visible descendant
    is_pinned = fields.BooleanField(default=False)
    is_locked = fields.BooleanField(default=False)  # takes no replies; a lock covers the whole subtree
    created_at = InstantField(default=now)
    edited_at = InstantField(null=True)
    active_at = InstantField(default=now)  # when it or a descendant last became visible

    up_count = fields.IntField(default=0)
    down_count = fields.IntField(default=0)
    score = fields.IntField(default=0)
    solidarity_count = fields.IntField(default=0)
    heart_count = fields.IntField(default=0)
    applause_count = fields.IntField(default=0)
    candle_count = fields.IntField(default=0)
    outrage_count = fields.IntField(default=0)
    reaction_count = fields.IntField(default=0)
    reply_count = fields.IntField(default=0)
    listed_reply_count = fields.IntField(default=0)
    descendant_count = fields.IntField(default=0)

    # what lists seldom show comes last: see SHARED in storage/rows.py
    engagement_count = fields.IntField(default=0)  # votes and reactions of any kind
    flag_count = fields.IntField(default=0)
    is_queued = fields.BooleanField(default=False)  # waits for a moderator: pending, held, or flagged since looked at
    published_at = InstantField(null=True)  # when it was first visible

    class Meta:
        table = "comments"
        indexes = (
            # one index a sort serves threads (parent_id IS NULL) and replies alike
            Index(fields=("campaign_id", "parent_id", "is_listed", "created_at", "id"), name="comments_newest"),
            Index(
                fields=("campaign_id", "parent_id", "is_listed", "score", "created_at", "id"),
                name="comments_most_voted",
            ),
            Index(
                fields=("campaign_id", "parent_id", "is_listed", "reaction_count", "created_at", "id"),
                name="comments_most_reacted",
            ),
            Index(
                fields=("campaign_id", "parent_id", "is_listed", "reply_count", "created_at", "id"),
                name="comments_most_replied",
            ),
            # a subtree is one range of paths
            Index(fields=("path",), name="comments_subtree"),
            # an author's own comments in a campaign: those that wait, and the newest visible one
            Index(fields=("author_id", "campaign_id", "state", "created_at"), name="comments_of_author"),
            # the statistics' two superlatives are the last row of their index
            Index(
                fields=("campaign_id", "state", "engagement_count", "created_at", "id"),
                name="comments_most_engaged",
            ),
            PartialIndex(
                fields=("campaign_id", "state", "descendant_count", "active_at", "id"),
                name="comments_hottest",
                condition={"depth": 0},
            ),
            # the moderators' queue, of one campaign and of all
            Index(fields=("campaign_id", "state", "created_at", "id"), name="comments_of_state"),
            PartialIndex(
                fields=("campaign_id", "created_at", "id"),
                name="comments_queued",
                condition={"is_queued": True},
            ),
            PartialIndex(fields=("campaign_id", "id"), name="comments_pinned", condition={"is_pinned": True}),
        )

    # what the statement that read the row brought along, or that counted a reply in its parent
    loaded_author: Supporter | None = None
    loaded_campaign: Campaign | None = None
    loaded_parent: "Comment | None" = None

    @property
    def ancestor_ids(self) -> tuple[int, ...]:
        """Root first, without itself."""
        return unpack_path(self.path)

    @property
    def root_id(self) -> int:
        return self.ancestor_ids[0] if self.path else self.id

    @property
    def path_below(self) -> bytes:
        """The path of its direct replies."""
        return bytes(self.path) + struct.pack(">q", self.id)

    @property
    def is_visible(self) -> bool:
        return self.state is CommentState.VISIBLE


def unpack_path(path: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(path) // 8}q", path)


class CommentEdit(Bodied, Row):
    """What a comment said before an edit."""

    id = fields.BigIntField(primary_key=True)
    comment_id: int
    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField("models.Comment", db_index=False)
    edited_at = InstantField(default=now)
    body_markdown = fields.TextField()
    body_html = fields.TextField()

    class Meta:
        table = "comment_edits"
        # a comment's edits in order
        indexes = (Index(fields=("comment_id", "id"), name="comment_edits_in_order"),)

    @property
    def body(self) -> Bodied:
        return self


class CommentAuthor(Row):
    """A person's visible comments in a campaign, counted, so that authors can be."""

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    supporter_id: int
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    visible_count = fields.IntField(default=0)
    last_commented_at = InstantField(null=True)  # null while none is visible

    class Meta:
        table = "comment_authors"
        unique_together = (("campaign_id", "supporter_id"),)
        # the most recent authors of a campaign
        indexes = (Index(fields=("campaign_id", "last_commented_at", "id"), name="comment_authors_recent"),)


_COLUMNS = columns(Comment, "c")


@lru_cache(256)
def listed(requested: frozenset[str] | None, sort: Sort) -> Names:
    """The columns that a list of comments brings: those asked for, its order's, and their place in the tree."""
    if requested is None:
        return None
    wanted = requested | {"id", "campaign_id", "parent_id", "author_id", *sort.columns}
    return tuple(name for name in (*attributes(Comment), "author.display_name", "author.badge") if name in wanted)


BY_ID = Statement(f"SELECT {_COLUMNS} FROM comments c WHERE c.id = $1")
OWN_WAITING = Statement(
    f"SELECT {_COLUMNS} FROM comments c WHERE c.author_id = $1 AND c.campaign_id IN {{ids $2}}"
    " AND c.state IN ('PENDING', 'HELD') AND c.is_listed = false LIMIT 100"
)
PINNED = Statement(
    f"SELECT {_COLUMNS} FROM comments c WHERE c.campaign_id = $1 AND c.is_pinned = true AND c.state = 'VISIBLE'"
    " ORDER BY c.id DESC LIMIT $2"
)
RECENT_AUTHORS = Statement(
    f"SELECT {columns(Supporter, 's')} FROM comment_authors a JOIN supporters s ON s.id = a.supporter_id"
    " WHERE a.campaign_id = $1 AND a.last_commented_at IS NOT NULL"
    " ORDER BY a.last_commented_at DESC, a.id DESC LIMIT $2"
)
EDITS = Statement(
    f"SELECT {columns(CommentEdit, 'e')} FROM comment_edits e JOIN {{ids $1}} ids ON e.comment_id = ids.value"
    " ORDER BY e.comment_id, e.id"
)
FORGET_EDITS = Statement("DELETE FROM comment_edits WHERE comment_id = $1 RETURNING id")
REWRITE = Statement("UPDATE comments SET body_markdown = $2, body_html = $3, edited_at = $4 WHERE id = $1 RETURNING id")
CHANGE_STATE = Statement(
    "UPDATE comments SET state = $2, is_listed = $3, is_queued = $4, published_at = $5, flag_count = $6,"
    " active_at = $7"
    " WHERE id = $1 RETURNING id"
)
# What a reply that becomes visible, or stops to be, moves in every ancestor, and in its parent besides. A column is
# named only where it changes: an UPDATE writes each index of each column that it names.
_BELOW = "descendant_count = descendant_count + $2, active_at = CASE WHEN $2 > 0 THEN $3 ELSE active_at END"
MOVE_ANCESTORS = Statement(f"UPDATE comments SET {_BELOW} WHERE id IN {{ids $1}} RETURNING id, state, descendant_count")
MOVE_PARENT = Statement(
    f"UPDATE comments SET {_BELOW}, reply_count = reply_count + $2, listed_reply_count = listed_reply_count + $4"
    f" WHERE id = $1 RETURNING {columns(Comment)}"
)
MOVE_LISTED_REPLIES = Statement(
    "UPDATE comments SET listed_reply_count = listed_reply_count + $2 WHERE id = $1 RETURNING id"
)
LIST = Statement("UPDATE comments SET is_listed = $2 WHERE id = $1 RETURNING id")
FOR_UPDATE = Statement(f"SELECT {_COLUMNS} FROM comments c WHERE c.id = $1 {{for update}}")
ANSWERED = ("id", "campaign_id", "path", "depth", "state", "is_locked")
TO_ANSWER = Statement(f"SELECT {columns(Comment, names=ANSWERED)} FROM comments WHERE id = $1")
CAMPAIGN_OF = Statement("SELECT campaign_id FROM comments WHERE id = $1")
PIN = Statement(f"UPDATE comments SET is_pinned = $2 WHERE id = $1 RETURNING {columns(Comment)}")
LOCK_SUBTREE = Statement("UPDATE comments SET is_locked = $2 WHERE id = $1 OR (path >= $3 AND path < $4) RETURNING id")
AUTHOR_COUNT = Statement(
    "INSERT INTO comment_authors (campaign_id, supporter_id, visible_count, last_commented_at)"
    " VALUES ($1, $2, $3, $4) ON CONFLICT (campaign_id, supporter_id) DO UPDATE SET"
    " visible_count = comment_authors.visible_count + $3, last_commented_at = $4 RETURNING visible_count"
)
AUTHOR_LATEST = Statement(
    "SELECT max(created_at) FROM comments WHERE author_id = $1 AND campaign_id = $2 AND state = 'VISIBLE'"
)
