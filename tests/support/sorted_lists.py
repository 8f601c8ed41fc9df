"""All lists of the API in every order of its sort enum: a new value of such an enum is a new entry of SORTED_LISTS."""

from dataclasses import dataclass

from models import (
    Activity,
    ActivitySort,
    ApiKey,
    ApiKeySort,
    AuthorSort,
    Campaign,
    CampaignSort,
    CampaignUpdate,
    Comment,
    CommentAuthor,
    CommentFlag,
    CommentSort,
    CommentSyncSort,
    Donation,
    DonationSort,
    FlagSort,
    ModerationAction,
    ModerationActionSort,
    PinnedSort,
    QueueSort,
    Reaction,
    ReactionSort,
    Signature,
    SignatureSort,
    StatisticsSort,
    TreeSort,
    UpdateSort,
    Vote,
    VoteSort,
)
from storage.keyset import Sort
from storage.rows import Row

PARENTS = {
    "campaign": "query ($id: ID!) {{ campaign(id: $id) {{ {0} }} }}",
    "thread": "query ($id: ID!) {{ node(id: $id) {{ ... on Comment {{ {0} }} }} }}",
    "moderation": "query ($id: ID!) {{ node(id: $id) {{ ... on Comment {{ moderation {{ {0} }} }} }} }}",
    "queue": "query ($id: ID!) {{ {0} }}",
    "site": "{{ {0} }}",
    "administration": "{{ {0} }}",
    "viewer": "{{ viewer {{ {0} }} }}",
}


@dataclass(frozen=True)
class SortedList:
    """A list in one order: its field, with `%s` for the paging arguments of a paged list, and the field's parent."""

    parent: str
    field: str
    sort: Sort
    model: type[Row]
    selection: str = "nodes { id }"

    @property
    def is_paged(self) -> bool:
        return "%s" in self.field

    def query(self, page: str = "first: 5", selection: str = "") -> str:
        """Return a query of the list; the variable `$id` is the campaign or the thread."""
        field = f"{self.field % page} {{ {selection or self.selection} }}" if self.is_paged else self.field
        return PARENTS[self.parent].format(field)

    def __str__(self) -> str:
        return f"{self.parent}-{self.field.partition('(')[0].partition(' {')[0]}-{self.sort.name}"


# fields of a fixed order; a value that is missing here fails test_every_sort_is_in_a_list
STATISTICS = {
    StatisticsSort.MOST_ENGAGED: "commentStats { mostReactedComment { id } }",
    StatisticsSort.HOTTEST: "commentStats { hottestThread { id } }",
}

SORTED_LISTS = [
    *(SortedList("campaign", f"comments(sort: {sort.name}, %s)", sort, Comment) for sort in CommentSort),
    *(SortedList("thread", f"replies(sort: {sort.name}, %s)", sort, Comment) for sort in CommentSort),
    *(SortedList("campaign", f"allComments(sort: {sort.name}, %s)", sort, Comment) for sort in CommentSyncSort),
    SortedList("thread", "descendants(%s)", TreeSort.PREORDER, Comment),
    *(SortedList("site", f"campaigns(sort: {sort.name}, %s)", sort, Campaign) for sort in CampaignSort),
    *(
        SortedList("site", f"campaigns(states: [LIVE, PAUSED], sort: {sort.name}, %s)", sort, Campaign)
        for sort in CampaignSort
    ),
    *(SortedList("campaign", field, sort, Comment) for sort, field in STATISTICS.items()),
    SortedList("campaign", "updates(%s)", UpdateSort.NEWEST, CampaignUpdate),
    SortedList("campaign", "activity(%s)", ActivitySort.NEWEST, Activity),
    *(
        SortedList("queue", f"moderationQueue(campaignId: $id, {states}sort: {sort.name}, %s)", sort, Comment)
        for sort in QueueSort
        for states in ("", "states: [PENDING, HELD], ")
    ),
    SortedList("moderation", "flags(%s)", FlagSort.NEWEST, CommentFlag, "nodes { flaggedAt }"),
    SortedList("moderation", "decisions(%s)", ModerationActionSort.NEWEST, ModerationAction, "nodes { decidedAt }"),
    SortedList("administration", "apiKeys(%s)", ApiKeySort.NEWEST, ApiKey),
    SortedList("campaign", "pinnedComments { id }", PinnedSort.NEWEST, Comment),
    SortedList("campaign", "commentStats { recentAuthors { id } }", AuthorSort.RECENT, CommentAuthor),
]
SUBSCRIPTION_SORT = ActivitySort.OLDEST
"""The order in which a subscription catches up with the log: no list has it."""

VIEWER_LISTS = [
    SortedList("viewer", "signatures(%s)", SignatureSort.NEWEST, Signature),
    SortedList("viewer", "comments(%s)", CommentSort.NEWEST, Comment),
    SortedList("viewer", "votes(%s)", VoteSort.NEWEST, Vote),
    SortedList("viewer", "reactions(%s)", ReactionSort.NEWEST, Reaction),
    SortedList("viewer", "donations(%s)", DonationSort.NEWEST, Donation),
]
"""A person's own lists, whose parent is the token; tests/api/test_viewer_lists.py checks them."""

PAGED_LISTS = [sorted_list for sorted_list in SORTED_LISTS if sorted_list.is_paged]
