"""Comment queries: find the comments that a bulk decision is about, the oldest first. Each query walks one index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import storage
from models import Comment, CommentState, HoldReason, QueueSort
from resolvers.ids import IdOf
from storage import keyset
from storage.keyset import Window

MAX_MATCHED_COUNT = 1_000

Filter = tuple[str, *tuple[Any, ...]]
"""A condition in SQL on the comment `r`, with `?` for each of the values that follow."""

_COLUMNS = ("id", "campaign_id", "created_at")


@dataclass(frozen=True)
class CommentQuery:
    """The filters, as a client gave them; null is no filter. Without `states` it finds what is in the queue."""

    campaign_id: Annotated[int | None, IdOf("Campaign")] = None
    states: list[CommentState] | None = None
    author_id: Annotated[int | None, IdOf("Supporter")] = None
    held_because: list[HoldReason] | None = None
    posted_after: datetime | None = None
    posted_before: datetime | None = None


async def find(query: CommentQuery, campaign_ids: list[int], new_state: CommentState) -> list[Comment]:
    """Return at most MAX_MATCHED_COUNT comments of these campaigns that a decision for `new_state` would change.

    A decision changes the state, or settles flags. A comment that it would leave as it is is not found, so that a
    client that repeats its call comes to an end.
    """
    filters: list[Filter] = [("(r.state <> ? OR r.flag_count > 0)", new_state), *_filters(query)]
    campaigns = storage.json_list(campaign_ids)
    states = None if query.states is None else sorted({*query.states} - {CommentState.DELETED})
    if query.author_id is not None:
        filters += [("r.campaign_id IN {ids ?}", campaigns), _in_states(states)]
        found = await _walk("{ids $1}", storage.json_list([query.author_id]), "r.author_id = e.value", filters)
    elif states is None or query.held_because is not None:  # only a comment in the queue has a reason
        found = await _queued(campaigns, states, filters)
    else:
        pairs = storage.json_list((one, state) for one in campaign_ids for state in states if state is not new_state)
        found = await _walk("{named $1}", pairs, "r.campaign_id = e.a AND r.state = e.b", filters)
        if new_state in states:  # those with flags; all of them are in the queue
            found += await _queued(campaigns, [new_state], filters)
    return keyset.sort_rows(found, QueueSort.OLDEST)[:MAX_MATCHED_COUNT]


def _filters(query: CommentQuery) -> list[Filter]:
    filters: list[Filter] = []
    if query.held_because is not None:
        filters.append(("r.held_because IN {texts ?}", storage.json_list(sorted({*query.held_because}))))
    if query.posted_after is not None:
        filters.append(("r.created_at > ?", query.posted_after))
    if query.posted_before is not None:
        filters.append(("r.created_at < ?", query.posted_before))
    return filters


def _in_states(states: Sequence[CommentState] | None) -> Filter:
    return ("r.is_queued = true",) if states is None else ("r.state IN {texts ?}", storage.json_list(states))


async def _queued(campaigns: str, states: Sequence[CommentState] | None, filters: list[Filter]) -> list[Comment]:
    where = "r.campaign_id = e.value AND r.is_queued = true"
    return await _walk("{ids $1}", campaigns, where, [*filters, _in_states(states)])


async def _walk(each: str, values: str, where: str, filters: list[Filter]) -> list[Comment]:
    """Return the oldest comments that match, in one statement that reads a page for each of `each`."""
    parameters: list[Any] = [values]
    for condition, *given in filters:
        for value in given:
            parameters.append(value)
            condition = condition.replace("?", f"${len(parameters)}", 1)
        where += f" AND {condition}"
    window = Window(MAX_MATCHED_COUNT)
    return await keyset.merged_page(Comment, each, where, parameters, QueueSort.OLDEST, window, _COLUMNS)
