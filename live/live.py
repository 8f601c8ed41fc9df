"""Live: following a campaign's activity log from a cursor, without a gap or a duplicate at the switch to new events.

The log is the source of truth, and a wake-up is only a hint: a follower reads the rows after the last one that it
has read, after each wake-up and periodically, so that a lost wake-up delays events but loses none.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable

from live.changes import Changes
from live.followers import Follower
from live.subscribers import CatchUp, Subscriber
from live.turns import Turns
from live.wake_ups import InProcessWakeUps
from models import Activity, activity
from storage import fetch_one, read


class Live:
    """The followers of this process: one task for each campaign that has subscribers, and one read for each wake-up."""

    def __init__(self, max_queue_size: int = 100, poll_seconds: float = 5.0, pulse_seconds: float = 0.25) -> None:
        self._turns = Turns()
        self.changes = Changes(self._read_log, pulse_seconds, poll_seconds, self._turns)
        self._max_queue_size = max_queue_size
        self._poll_seconds = poll_seconds
        self._followers: dict[int, Follower] = {}
        self._closed = False
        self._wake_ups = InProcessWakeUps()
        self._wake_ups.subscribe(self._wake_follower)

    def wake(self, campaign_id: int, seq: int) -> None:
        """Wake the campaign's followers: the log has grown up to `seq`."""
        self._wake_ups.publish(campaign_id, seq)

    def _wake_follower(self, campaign_id: int, seq: int) -> None:
        follower = self._followers.get(campaign_id)
        if follower is not None and seq > follower.head:
            follower.woken.set()

    def watching(self, campaign_id: int) -> int:
        """Return the number of the campaign's subscriptions in this process: of its log, and of its counts."""
        follower = self._followers.get(campaign_id)
        subscribers = [one for one in follower.subscribers if one.is_client] if follower else []
        return len(subscribers) + self.changes.watching(campaign_id)

    async def follow(
        self,
        campaign_id: int,
        after_seq: int | None,
        catch_up: CatchUp,
        matches: Callable[[Activity], bool],
        *,
        is_client: bool = True,
    ) -> AsyncIterator[Activity]:
        """Yield the matching rows after `after_seq` (null: only new rows), until the process stops."""
        subscriber = Subscriber(matches, self._max_queue_size, is_client)
        follower = await self._join(campaign_id, subscriber)
        cursor = follower.head if after_seq is None else after_seq
        try:
            while not self._closed:
                async for row in subscriber.rows(cursor, catch_up):
                    cursor = row.seq
                    if is_client:
                        await self._turns.wait()
                    yield row
                await subscriber.changed.wait()
                subscriber.changed.clear()
        finally:
            await self._leave(campaign_id, subscriber)

    def _read_log(self, campaign_id: int, after_seq: int) -> AsyncGenerator[Activity]:
        """Yield all rows of a campaign's log after a seq, for the subscriptions of its counts."""

        async def catch_up(after_seq: int, limit: int) -> list[Activity]:
            return await read(Activity, activity.SELECT_AFTER_SEQ, campaign_id, after_seq, limit)

        return self.follow(campaign_id, after_seq, catch_up, lambda row: True, is_client=False)  # type: ignore[return-value]

    async def close(self) -> None:
        """End every subscription, so that the server can close the sockets cleanly."""
        self._closed = True
        await self.changes.close()
        followers, self._followers = list(self._followers.values()), {}
        for follower in followers:
            await follower.stop()

    async def _join(self, campaign_id: int, subscriber: Subscriber) -> Follower:
        if campaign_id not in self._followers:
            row = await fetch_one(activity.SELECT_LAST_SEQ, campaign_id)
            head = int(row[0]) if row else 0
            # another subscriber may have added a follower during the query
            self._followers.setdefault(campaign_id, Follower(campaign_id, head, self._poll_seconds))
        follower = self._followers[campaign_id]
        follower.subscribers.add(subscriber)
        follower.start()
        return follower

    async def _leave(self, campaign_id: int, subscriber: Subscriber) -> None:
        follower = self._followers.get(campaign_id)
        if follower is not None:
            follower.subscribers.discard(subscriber)
            if not follower.subscribers:
                del self._followers[campaign_id]
                await follower.stop()
