"""Changes: hand the ids of changed comments to the subscriptions that show counts, and to those of moderators.

Votes and hidden comments write no row of the activity log, so that a writer publishes them here after the commit. What
other processes write is found in the log, which is followed for each campaign that is watched.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, TypeVar

from live.campaign_topics import CampaignTopic, ReadLog
from live.changed_ids import Changed
from live.topics import Topic
from live.turns import Turns
from models import activity
from storage import fetch_one

T = TypeVar("T", bound=Topic)


class Changes:
    """The campaigns and queues that subscriptions of this process watch. To publish costs nothing if nobody watches."""

    def __init__(
        self, read_log: ReadLog, pulse_seconds: float, poll_seconds: float, turns: Turns | None = None
    ) -> None:
        self._read_log = read_log
        self._pulse_seconds = pulse_seconds
        self._poll_seconds = poll_seconds
        self._turns = turns or Turns()
        self._campaigns: dict[int, CampaignTopic] = {}
        self._queues: dict[int | None, Topic] = {}

    def publish(self, campaign_id: int, comment_ids: tuple[int, ...] = (), seq: int | None = None) -> None:
        """Publish a change of a campaign's counts and of these comments, after the commit.

        `seq` is the number of the row of the log that records the same change, if there is one.
        """
        campaign = self._campaigns.get(campaign_id)
        if campaign is not None:
            campaign.publish(comment_ids, seq)

    def publish_queued(self, campaign_id: int, comment_id: int) -> None:
        """Publish that a comment entered the moderators' queue, left it, or was flagged."""
        for queue in (self._queues.get(campaign_id), self._queues.get(None)):
            if queue is not None:
                queue.add((comment_id,))

    def watched_ids(self) -> list[int]:
        """Return the campaigns whose counts are followed in this process."""
        return list(self._campaigns)

    def watching(self, campaign_id: int) -> int:
        """Return the number of subscriptions that follow the campaign's counts."""
        campaign = self._campaigns.get(campaign_id)
        return len(campaign.subscriptions) if campaign else 0

    async def follow(self, campaign_id: int) -> AsyncGenerator[Changed]:
        """Yield at once, then each time that the counts of a campaign or of its comments have changed."""
        if campaign_id not in self._campaigns:
            row = await fetch_one(activity.SELECT_LAST_SEQ, campaign_id)
            topic = CampaignTopic(
                campaign_id, int(row[0]) if row else 0, self._read_log, self._pulse_seconds, self._turns
            )
            _add(self._campaigns, campaign_id, topic)  # unless another subscription did so during the query
        async with aclosing(_follow(self._campaigns, campaign_id)) as changes:
            async for changed in changes:
                yield changed

    async def follow_queue(self, campaign_id: int | None) -> AsyncGenerator[Changed]:
        """Yield at once, then each time that a campaign's queue, or any queue, has changed, and every `poll_seconds`.

        The count of what waits must be read after each silence, because other processes do not publish here.
        """
        if campaign_id not in self._queues:
            topic = Topic(f"queue {campaign_id or ''}", self._pulse_seconds, self._poll_seconds, turns=self._turns)
            _add(self._queues, campaign_id, topic)
        async with aclosing(_follow(self._queues, campaign_id)) as changes:
            async for changed in changes:
                yield changed

    async def close(self) -> None:
        """End every subscription."""
        topics: list[Topic] = [*self._campaigns.values(), *self._queues.values()]
        self._campaigns.clear()
        self._queues.clear()
        for topic in topics:
            await topic.stop()


def _add(topics: dict[Any, T], key: int | None, topic: T) -> None:
    if topics.setdefault(key, topic) is topic:
        topic.start()


async def _follow(topics: dict[Any, T], key: int | None) -> AsyncGenerator[Changed]:
    """Follow a topic, and stop the topic when its last subscription ends."""
    topic = topics[key]
    try:
        async with aclosing(topic.follow()) as changes:
            async for changed in changes:
                yield changed
    finally:
        if not topic.subscriptions and topics.get(key) is topic:
            del topics[key]
            await topic.stop()
