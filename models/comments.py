"""Comments: a tree of any depth. A page of any sort at any level is one walk along an index.

`parent_id` makes the tree. `path` holds the ids of a comment's ancestors, root first, eight bytes each. Both databases
sort `path` by its bytes, so a subtree is one range of paths, and the ancestors are known without a query.
(Materialised path: Celko, Trees and Hierarchies in SQL for Smarties, ch. 3.)
"""

import struct
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

from tortoise import fields
from tortoise.indexes import Index, PartialIndex

from models.campaigns import Campaign
from models.rich_text import RichTextMixin
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import EnumField, InstantField, now
from storage.keyset import Order, Sort
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
"""A shortcut: code that runs twice for each comment of a page reads it ten times faster than the enum's attribute."""
WAITING_STATES = (CommentState.PENDING, CommentState.HELD)


class CommentSort(Sort):
    NEWEST = ("DESC", "created_at", "id")
    OLDEST = ("ASC", "created_at", "id")
    MOST_VOTED = ("DESC", "score", "created_at", "id")
    MOST_REACTED = ("DESC", "reaction_count", "created_at", "id")
    MOST_REPLIED = ("DESC", "reply_count", "created_at", "id")


class PinnedSort(Sort):
    NEWEST = ("DESC", "id")


class AuthorSort(Sort):
    RECENT = ("DESC", "last_commented_at", "id")


class StatisticsSort(Sort):
    MOST_ENGAGED = ("DESC", "engagement_count", "created_at", "id")
    HOTTEST = ("DESC", "descendant_count", "active_at", "id")


class QueueSort(Sort):
    OLDEST = ("ASC", "created_at", "id")
    NEWEST = ("DESC", "created_at", "id")
    MOST_FLAGGED = ("DESC", "flag_count", "created_at", "id")


class CommentSyncSort(Sort):
    OLDEST_CHANGE = ("ASC", "updated_at", "id")
    NEWEST_CHANGE = ("DESC", "updated_at", "id")


class Comment(RichTextMixin, Row):
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
    state = EnumField(CommentState, max_length=16, default=CommentState.VISIBLE)
    is_listed = fields.BooleanField(default=True)  # visible, or a tombstone above a visible descendant
    is_pinned = fields.BooleanField(default=False)
    is_locked = fields.BooleanField(default=False)  # takes no replies; every comment of a locked thread has it
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

    # columns that lists seldom show come last: see SHARED in storage/rows.py
    engagement_count = fields.IntField(default=0)  # votes and reactions of any kind
    flag_count = fields.IntField(default=0)
    is_queued = fields.BooleanField(
        default=False
    )  # waits for a moderator: pending, held, or flagged since the last decision
    published_at = InstantField(null=True)  # when it was first visible
    # when something that everyone sees last changed: text, state, pin, lock, or the place of a tombstone. Flags and the
    # queue must not change it: the public would learn of them.
    updated_at = InstantField(default=now, db_default=datetime(1970, 1, 1, tzinfo=UTC))
    # a HoldReason while it waits; plain text, so that a new reason changes no table
    held_because = fields.CharField(max_length=32, null=True)

    class Meta:
        table = "comments"
        indexes = (
            # one index for each sort serves threads (parent_id IS NULL) and replies alike
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
            # an author's own comments in a campaign: the waiting ones, and the newest visible one
            Index(fields=("author_id", "campaign_id", "state", "created_at"), name="comments_of_author"),
            # a person's own comments in every campaign, newest first
            Index(fields=("author_id", "state", "created_at", "id"), name="comments_of_author_newest"),
            # each superlative of the statistics is the last row of an index
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
            Index(
                fields=("campaign_id", "state", "flag_count", "created_at", "id"),
                name="comments_most_flagged_of_state",
            ),
            PartialIndex(
                fields=("campaign_id", "flag_count", "created_at", "id"),
                name="comments_most_flagged",
                condition={"is_queued": True},
            ),
            PartialIndex(fields=("campaign_id", "id"), name="comments_pinned", condition={"is_pinned": True}),
            # two more are made by migrations/0011_comment_trees_and_changes.py, because Tortoise can not declare them:
            # comments_preorder, of expressions, for the trees of replies (models/comment_trees.py);
            # comments_changed, of what was ever published, for the list of all comments in the order of their changes
        )

    # rows that the same statement read: a list joins authors, and a reply's statement returns its parent
    loaded_author: Supporter | None = None
    loaded_campaign: Campaign | None = None
    loaded_parent: "Comment | None" = None

    @property
    def ancestor_ids(self) -> tuple[int, ...]:
        """Return the ids from the root down to the parent."""
        return unpack_path(self.path)

    @property
    def root_id(self) -> int:
        return self.ancestor_ids[0] if self.path else self.id

    @property
    def path_below(self) -> bytes:
        """Return the path of the direct replies."""
        return bytes(self.path) + struct.pack(">q", self.id)

    @property
    def preorder(self) -> str:
        """Return the position in the tree: the ids from the root down to the comment itself, in hexadecimal digits."""
        return self.path_below.hex().upper()

    @property
    def is_visible(self) -> bool:
        return self.state is CommentState.VISIBLE


def unpack_path(path: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(path) // 8}q", path)


class CommentEdit(RichTextMixin, Row):
    """A former text of a comment, kept when the comment is edited."""

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
    def body(self) -> RichTextMixin:
        return self


class CommentAuthor(Row):
    """The number of a person's visible comments in a campaign, so that a campaign's authors can be counted."""

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

    loaded_supporter: Supporter  # if the statement that read the row read the supporter as well


_COLUMNS = columns(Comment, "c")


_COLUMNS_OF_KEY = {"preorder": "path"}


@lru_cache(256)
def list_columns(requested: frozenset[str] | None, sort: Order) -> Names:
    """Return the columns that a list of comments reads: the requested ones, the sort key, and the ids of the tree."""
    if requested is None:
        return None
    needed = requested | {"id", "campaign_id", "parent_id", "author_id"}
    needed |= {_COLUMNS_OF_KEY.get(name, name) for name in sort.columns}
    return tuple(name for name in (*attributes(Comment), "author.display_name", "author.badge") if name in needed)


SELECT_BY_ID = Statement(f"SELECT {_COLUMNS} FROM comments c WHERE c.id = $1")
SELECT_OWN_WAITING = Statement(
    f"SELECT {_COLUMNS} FROM comments c WHERE c.author_id = $1 AND c.campaign_id IN {{ids $2}}"
    " AND c.state IN ('PENDING', 'HELD') AND c.is_listed = false LIMIT 100",
    # one state at a time, in the order of the index: for both together, PostgreSQL may read the whole table
    postgres=f"SELECT {_COLUMNS} FROM {{ids $2}} e CROSS JOIN (VALUES ('PENDING'), ('HELD')) s(state)"
    " CROSS JOIN LATERAL (SELECT * FROM comments WHERE author_id = $1 AND campaign_id = e.value AND state = s.state"
    " AND is_listed = false ORDER BY created_at LIMIT 100) c LIMIT 100",
)
AUTHOR_COLUMNS: Names = (
    *("id", "campaign_id", "supporter_id", "last_commented_at"),
    *(f"supporter.{name}" for name in attributes(Supporter) if name != "id"),
)
SELECT_EDITS = Statement(
    f"SELECT {columns(CommentEdit, 'e')} FROM comment_edits e JOIN {{ids $1}} ids ON e.comment_id = ids.value"
    " ORDER BY e.comment_id, e.id"
)
# A reply that becomes visible or hidden changes these counts of every ancestor, and more counts of its parent. Each
# statement names only columns that change: an UPDATE writes every index of every column that it names.
_DESCENDANTS = "descendant_count = descendant_count + $2, active_at = CASE WHEN $2 > 0 THEN $3 ELSE active_at END"
UPDATE_ANCESTOR_COUNTS = Statement(
    f"UPDATE comments SET {_DESCENDANTS} WHERE id IN {{ids $1}} RETURNING id, state, descendant_count"
)
UPDATE_PARENT_COUNTS = Statement(
    f"UPDATE comments SET {_DESCENDANTS}, reply_count = reply_count + $2, listed_reply_count = listed_reply_count + $4"
    f" WHERE id = $1 RETURNING {columns(Comment)}"
)
UPDATE_LISTED_REPLY_COUNT = Statement(
    "UPDATE comments SET listed_reply_count = listed_reply_count + $2 WHERE id = $1 RETURNING id"
)
UPDATE_IS_LISTED = Statement("UPDATE comments SET is_listed = $2, updated_at = $3 WHERE id = $1 RETURNING id")
LOCK_BY_ID = Statement(f"SELECT {_COLUMNS} FROM comments c WHERE c.id = $1 {{for update}}")
PARENT_COLUMNS = ("id", "campaign_id", "path", "depth", "state", "is_locked")
SELECT_PARENT = Statement(f"SELECT {columns(Comment, names=PARENT_COLUMNS)} FROM comments WHERE id = $1")
SELECT_PATHS = Statement("SELECT path FROM comments WHERE id IN {ids $1}")
SELECT_CAMPAIGN_ID = Statement("SELECT campaign_id FROM comments WHERE id = $1")
UPDATE_SUBTREE_LOCK = Statement(
    "UPDATE comments SET is_locked = $2, updated_at = $5 WHERE (id = $1 OR (path >= $3 AND path < $4))"
    " AND is_locked <> $2 RETURNING id, is_listed"
)
# a comment that was begun earlier may be committed later: its time does not replace a later one
UPSERT_AUTHOR_COUNT = Statement(
    "INSERT INTO comment_authors (campaign_id, supporter_id, visible_count, last_commented_at)"
    " VALUES ($1, $2, $3, $4) ON CONFLICT (campaign_id, supporter_id) DO UPDATE SET"
    " visible_count = comment_authors.visible_count + $3, last_commented_at ="
    " CASE WHEN comment_authors.last_commented_at > $4 THEN comment_authors.last_commented_at ELSE $4 END"
    " RETURNING visible_count"
)
EVER_PUBLISHED = "r.published_at IS NOT NULL"
COUNT_CHANGED = Statement(
    f"SELECT e.value, (SELECT count(*) FROM comments r WHERE r.campaign_id = e.value AND r.updated_at >= $2"
    f" AND {EVER_PUBLISHED}) FROM {{ids $1}} e"
)
# a statement of its own, after the row was locked: on PostgreSQL a statement does not see what others commit meanwhile
UPDATE_AUTHOR_LATEST = Statement(
    "UPDATE comment_authors SET last_commented_at = (SELECT max(c.created_at) FROM comments c WHERE c.author_id = $2"
    " AND c.campaign_id = $1 AND c.state = 'VISIBLE') WHERE campaign_id = $1 AND supporter_id = $2 RETURNING id"
)
