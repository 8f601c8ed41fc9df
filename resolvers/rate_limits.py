"""Rate limits: how many mutations the viewer may still send."""

from auth.rate_limits import RateLimit
from resolvers.context import Context


async def rate_limit(context: Context) -> RateLimit:
    """The mutations that the viewer may still send. A mutation may have a stricter limit of its own."""
    return await context.rate_limits.status(context.viewer, context.network_hash, context.now())
