"""Following the activity log and changed counts: followers, subscribers with backpressure, wake-ups, and topics."""

from live.live import Live

__all__ = ["Live"]
