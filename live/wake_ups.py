"""Wake-ups: hints that a campaign's activity log has grown. One class for each backend, with the same two methods."""

from collections.abc import Callable


class InProcessWakeUps:
    """Wake-ups between the writers and the followers of one process.

    A wake-up carries no event and may get lost: followers poll the log too.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[int, int], None]] = []

    def subscribe(self, listener: Callable[[int, int], None]) -> None:
        """Call `listener(campaign_id, seq)` for each wake-up."""
        self._listeners.append(listener)

    def publish(self, campaign_id: int, seq: int) -> None:
        for listener in self._listeners:
            listener(campaign_id, seq)
