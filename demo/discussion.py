"""A campaign's discussion: comments with authors, times, votes and reactions, oldest first."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from demo.campaigns import MAIN
from demo.comment_schedule import GENERATED_KEY_PREFIX, CommentScheduler
from demo.conversations import CONVERSATIONS, Conversation
from demo.generated_comments import generate_drafts
from demo.people import STAFF
from demo.signatures import signatures
from demo.types import (
    CommentDraft,
    DemoAuthor,
    DemoCampaign,
    DemoComment,
    DemoSignature,
    Phase,
    ScheduledComment,
)
from demo.votes_and_reactions import votes_and_reactions

# The documented figures of the main campaign's discussion.
_AUTHOR_COUNT = 973
_THREADS_BY_PHASE: dict[Phase, int] = {"campaign": 806, "release": 150, "later": 66}


def discussion(campaign: DemoCampaign, signed: Sequence[DemoSignature] | None = None) -> list[DemoComment]:
    """Return every comment, oldest first, replies after their parents; authors are indexed by their first comment."""
    signed = signatures(campaign) if signed is None else signed
    scheduled = _schedule(campaign, signed)
    author_indexes = {supporter: index for index, supporter in enumerate(_author_supporters(scheduled))}
    received = votes_and_reactions(Random(_seed(campaign) + 1), scheduled, signed)
    return [
        DemoComment(
            comment.draft.key,
            comment.draft.parent_key,
            author_indexes[comment.supporter_index],
            comment.posted_at,
            comment.draft.body,
            votes,
            reactions,
        )
        for comment, (votes, reactions) in zip(scheduled, received, strict=True)
    ]


def authors(campaign: DemoCampaign, signed: Sequence[DemoSignature] | None = None) -> list[DemoAuthor]:
    """Return the authors, in the order of their indexes."""
    signed = signatures(campaign) if signed is None else signed
    return [
        DemoAuthor(None, STAFF, True) if index is None else DemoAuthor(index, signed[index].person, False)
        for index in _author_supporters(_schedule(campaign, signed))
    ]


def _seed(campaign: DemoCampaign) -> int:
    return int.from_bytes(campaign.slug.encode()[-7:], "big")


def _author_supporters(scheduled: Sequence[ScheduledComment]) -> list[int | None]:
    return list(dict.fromkeys(comment.supporter_index for comment in scheduled))


def _schedule(campaign: DemoCampaign, signed: Sequence[DemoSignature]) -> list[ScheduledComment]:
    rng = Random(_seed(campaign))
    scheduler = CommentScheduler(rng, signed, silent_at_each_end=100 if campaign.closed_at else 0)
    for draft in _drafts(campaign, rng):
        scheduler.schedule(draft)
    return sorted(scheduler.scheduled.values(), key=lambda comment: (comment.posted_at, comment.draft.key))


def _drafts(campaign: DemoCampaign, rng: Random) -> list[CommentDraft]:
    """Return the drafts of a campaign, threads before replies."""
    conversation = CONVERSATIONS.get(campaign.slug, Conversation())
    threads, replies = conversation.threads, conversation.replies
    if campaign.slug == MAIN.slug:
        threads = _with_generated_threads(rng, threads, replies)
    return [*threads, *replies]


def _with_generated_threads(
    rng: Random, threads: list[CommentDraft], replies: list[CommentDraft]
) -> list[CommentDraft]:
    """Add generated threads up to the documented count, some by returning authors to keep the count of authors."""
    threads = list(threads)
    for phase, count in _THREADS_BY_PHASE.items():
        threads += generate_drafts(rng, phase, count - sum(thread.phase == phase for thread in threads))
    authors_of_replies = sum(reply.author == "new" for reply in replies) + 1  # and the team
    returning = len(threads) + authors_of_replies - _AUTHOR_COUNT
    after_release = [index for index, thread in enumerate(threads) if thread.phase != "campaign" and not thread.key]
    for index in after_release[:: len(after_release) // returning][:returning]:
        threads[index] = replace(threads[index], author="returning")
    return [replace(thread, key=thread.key or f"{GENERATED_KEY_PREFIX}{index}") for index, thread in enumerate(threads)]
