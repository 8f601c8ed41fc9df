"""What a viewer may still do, before they are told that it is too much."""

from auth.rate_limits import RateLimit
from resolvers.context import Context


async def rate_limit(context: Context) -> RateLimit:
    """How many mutations the viewer may still send; a mutation may have a stricter rate of its own."""
    return await context.rate_limits.standing(context.viewer, context.network_hash, context.now())
