"""Instants: times of what people did are shown rounded down, so that the exact second identifies nobody."""

from datetime import UTC, datetime

from resolvers.context import Context


def round_down(moment: datetime, seconds: float) -> datetime:
    """Round a time down to a multiple of `seconds`; with 0, return it unchanged."""
    return datetime.fromtimestamp(int(moment.timestamp() // seconds * seconds), UTC) if seconds else moment


def shown(moment: datetime, context: Context) -> datetime:
    """Return the time as the public sees it, in steps of TICKER_SECONDS."""
    return round_down(moment, context.settings.ticker_seconds)
