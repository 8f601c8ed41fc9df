"""Following the activity log: followers, subscribers with backpressure, and wake-ups."""

from live.live import Live

__all__ = ["Live"]
