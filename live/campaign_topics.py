"""Campaign topics: the changes of one campaign, those that this process publishes and those that its log shows."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing

from live.topics import RETRY_SECONDS, Topic
from live.turns import Turns
from models import Activity, ActivityKind, SubjectType, comments
from models.comments import unpack_path
from storage import fetch, json_list

KINDS_OF_ONE_COMMENT = frozenset({ActivityKind.REACTED, ActivityKind.COMMENT_EDITED})
"""Kinds of activity that change no count of the comment's ancestors."""

ReadLog = Callable[[int, int], AsyncGenerator[Activity]]
"""`read_log(campaign_id, after_seq)` yields the rows of a campaign's log after a seq, and goes on with new ones."""

log = logging.getLogger("groundswell.live")


class CampaignTopic(Topic):
    """The changes of a campaign. Its log is read to find the writes of other processes."""

    def __init__(
        self, campaign_id: int, seq: int, read_log: ReadLog, seconds: float, turns: Turns | None = None
    ) -> None:
        super().__init__(f"campaign {campaign_id}", seconds, turns=turns)
        self._campaign_id = campaign_id
        self._seq = seq  # of the last row that was read
        self._read_log = read_log
        self._published_seqs: set[int] = set()  # of rows that are still to be read
        self._with_ancestors: set[int] = set()  # comments whose ancestors are still to be found

    def start(self) -> None:
        super().start()
        self._tasks.append(asyncio.create_task(self._read(), name=f"log of {self.name}"))

    def publish(self, comment_ids: Iterable[int], seq: int | None) -> None:
        """Add a change by this process; `seq` is the row of the log that records the change."""
        if seq is not None and seq > self._seq:
            self._published_seqs.add(seq)
        self.add(comment_ids)

    async def _read(self) -> None:
        """Add the changes that the log shows until the log is closed."""
        while True:
            try:
                async with aclosing(self._read_log(self._campaign_id, self._seq)) as rows:
                    async for row in rows:
                        self._seq = row.seq
                        self._add_row(row)
                return
            except Exception:  # such as a database that is down for a moment: the rows are read again
                log.exception("the log of %s could not be read", self.name)
                await asyncio.sleep(RETRY_SECONDS)

    def _add_row(self, row: Activity) -> None:
        if row.seq in self._published_seqs:
            self._published_seqs.remove(row.seq)
            return
        ids = [row.subject_id] if row.subject_type is SubjectType.COMMENT else []
        if row.kind not in KINDS_OF_ONE_COMMENT:
            self._with_ancestors.update(ids)
        self.add(ids)

    async def prepare(self) -> None:
        """Add the ancestors of the comments that other processes published or removed: their counts changed as well."""
        if not self._with_ancestors:
            return
        comment_ids = set(self._with_ancestors)
        for (path,) in await fetch(comments.SELECT_PATHS, json_list(comment_ids)):
            self.changed.add(unpack_path(path))
        self._with_ancestors -= comment_ids
