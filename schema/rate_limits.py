"""What a viewer may still do."""

from datetime import datetime

import strawberry

import resolvers.rate_limits
from schema.fields import field


@strawberry.type(description="How often a viewer may write: a person, an API key, or the network of who has no token.")
class RateLimit:
    limit: int = field("Mutations in a time; 2147483647: as many as they like.")
    remaining: int = field("How many of them are left.")
    reset_at: datetime = field("When all of them are there again.")
    cost: int = field("What one mutation takes.")


@strawberry.type
class RateLimitQuery:
    rate_limit: RateLimit = field(resolvers.rate_limits.rate_limit)
