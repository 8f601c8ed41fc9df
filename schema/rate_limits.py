"""Rate limits: how many mutations the viewer may still send."""

from datetime import datetime

import strawberry

import resolvers.rate_limits
from schema.fields import field


@strawberry.type(
    description="How often a viewer may write: a person, an API key, or a network, whichever is exhausted first."
)
class RateLimit:
    limit: int | None = field("How many mutations may be sent in a window of time; null if no limit applies.")
    remaining: int | None = field("How many mutations remain in the window; null if no limit applies.")
    reset_at: datetime = field("When the window ends and `remaining` is `limit` again; now if no window is open.")
    cost: int = field("How much one mutation takes off `remaining`.")


@strawberry.type
class RateLimitQuery:
    rate_limit: RateLimit = field(resolvers.rate_limits.rate_limit)
