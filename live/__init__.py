"""What is happening now: readers of the activity log, and the wake-up that tells them to look."""

from live.log import Live

__all__ = ["Live"]
