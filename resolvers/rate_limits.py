"""What a viewer may still do, before they are told that it is too much."""

from resolvers.context import Context
from resolvers.limits import RateLimit


async def rate_limit(context: Context) -> RateLimit:
    """How many mutations the viewer may still send; a mutation may have a stricter rate of its own."""
    return await context.limits.standing(context.viewer, context.network, context.now())
