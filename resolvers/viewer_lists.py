"""The viewer's own activity: the signatures, comments, votes, reactions and donations of one person, newest first.

Only the person reads a viewer, and so these lists; those of an anonymous visitor are empty. The lists of an API key
hold what the program did under its own name.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

import models
import storage
from auth.viewers import Scope, Viewer
from models import (
    Comment,
    CommentSort,
    CommentState,
    Donation,
    DonationSort,
    Reaction,
    ReactionSort,
    Signature,
    SignatureSort,
    Vote,
    VoteSort,
)
from resolvers import policies
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, list_size, reads, selects_total
from resolvers.ids import ANONYMOUS_ID
from resolvers.paging import Connection, Page, SealedCursorCodec
from storage import keyset
from storage.keyset import Sort, Window
from storage.rows import Row

T = TypeVar("T", bound=Row)
OWN_ROWS_SHOWN = 20
_UNDELETED_STATES = storage.json_list(state for state in CommentState if state is not CommentState.DELETED)


@dataclass(frozen=True)
class OwnRows(Generic[T]):
    """The rows of one person in a table, in the order of an index that begins with the person, `$1`."""

    model: type[T]
    sort: Sort
    where: str

    async def connection(
        self, viewer: Viewer, context: Context, page: Page, requested: RequestedAttributes
    ) -> Connection[T]:
        """Return a page. The rows are counted only if the query selects their number."""
        person_id = viewer.supporter_id or ANONYMOUS_ID
        place = SealedCursorCodec(context.settings.key, f"own {self.model.__name__}:{person_id}", self.sort)
        window = page.window(place, OWN_ROWS_SHOWN)
        if person_id == ANONYMOUS_ID:
            return Connection([], window, place)
        rows = await self.read(person_id, window, requested)
        return Connection(rows, window, place, await self.count(person_id) if selects_total(requested) else 0)

    async def read(self, person_id: int, window: Window, requested: RequestedAttributes) -> list[T]:
        return await keyset.page(self.model, self.where, (person_id,), self.sort, window)

    async def count(self, person_id: int) -> int:
        return await keyset.count(self.model, self.where, (person_id,))


class OwnComments(OwnRows[Comment]):
    """The comments of one person that are not deleted, read state by state, so that no deleted one is read."""

    async def read(self, person_id: int, window: Window, requested: RequestedAttributes) -> list[Comment]:
        where, values = f"{self.where} AND r.state = e.value", (person_id, _UNDELETED_STATES)
        names = models.comments.list_columns(requested, self.sort)
        return await keyset.merged_page(Comment, "{texts $2}", where, values, self.sort, window, names)

    async def count(self, person_id: int) -> int:
        return await keyset.count(Comment, f"{self.where} AND r.state IN {{texts $2}}", (person_id, _UNDELETED_STATES))


_SIGNATURES = OwnRows(Signature, SignatureSort.NEWEST, "r.supporter_id = $1")
_COMMENTS = OwnComments(Comment, CommentSort.NEWEST, "r.author_id = $1")
_VOTES = OwnRows(Vote, VoteSort.NEWEST, "r.supporter_id = $1")
_REACTIONS = OwnRows(Reaction, ReactionSort.NEWEST, "r.supporter_id = $1")
_DONATIONS = OwnRows(Donation, DonationSort.NEWEST, "r.donor_id = $1")
_DONATIONS_WITHOUT_DRAFTS = OwnRows(
    Donation,
    DonationSort.NEWEST,
    "r.donor_id = $1 AND EXISTS (SELECT 1 FROM campaigns c WHERE c.id = r.campaign_id AND c.state <> 'DRAFT')",
)


@list_size(OWN_ROWS_SHOWN)
async def signatures(
    viewer: Viewer, context: Context, page: Page, requested: RequestedAttributes = None
) -> Connection[Signature] | None:
    """The viewer's signatures in every state, newest first. Signing again moves the signature to the beginning."""
    return await _SIGNATURES.connection(viewer, context, page, requested)


@list_size(OWN_ROWS_SHOWN)
async def comments(
    viewer: Viewer, context: Context, page: Page, requested: RequestedAttributes = None
) -> Connection[Comment] | None:
    """The viewer's comments in all campaigns, newest first, also those that nobody else may read now.

    Deleted comments are left out: their text is gone.
    """
    return await _COMMENTS.connection(viewer, context, page, requested)


@list_size(OWN_ROWS_SHOWN)
async def votes(
    viewer: Viewer, context: Context, page: Page, requested: RequestedAttributes = None
) -> Connection[Vote] | None:
    """The viewer's votes, newest first. Voting the other way moves the vote to the beginning."""
    return await _VOTES.connection(viewer, context, page, requested)


@list_size(OWN_ROWS_SHOWN)
async def reactions(
    viewer: Viewer, context: Context, page: Page, requested: RequestedAttributes = None
) -> Connection[Reaction] | None:
    """The viewer's reactions, newest first."""
    return await _REACTIONS.connection(viewer, context, page, requested)


@list_size(OWN_ROWS_SHOWN)
async def donations(
    viewer: Viewer, context: Context, page: Page, requested: RequestedAttributes = None
) -> Connection[Donation] | None:
    """The donations that were recorded for an e-mail address that the viewer has proven, newest first."""
    rows = _DONATIONS if context.viewer.may(Scope.MANAGE_CAMPAIGNS) else _DONATIONS_WITHOUT_DRAFTS
    return await rows.connection(viewer, context, page, requested)


@reads("comment_id")
async def comment(engagement: Vote | Reaction, context: Context) -> Comment | None:
    """The comment; null while it is hidden from the viewer. A tombstone is shown as such."""
    row = await context.row(Comment, engagement.comment_id)
    return row if row is not None and policies.may_view_comment(context, row) else None
