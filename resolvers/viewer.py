"""The viewer: the person or program that sent the request, as others see them and as they see themselves."""

from auth.viewers import Scope, Viewer
from models import Profile, Supporter
from resolvers.context import Context
from resolvers.declarations import list_size
from resolvers.ids import ANONYMOUS_ID, global_id


def viewer(context: Context) -> Viewer:
    """The person asking, by the token that was sent."""
    return context.viewer


def id(viewer: Viewer) -> str:
    """The id of the viewer as the person asking. `node` finds the viewer only for the same person or program.

    All anonymous visitors have the same id.
    """
    return global_id("Viewer", viewer.supporter_id or ANONYMOUS_ID)


async def supporter(viewer: Viewer, context: Context) -> Supporter | None:
    """The viewer as others see them; null for an anonymous visitor."""
    return await context.row(Supporter, viewer.supporter_id) if viewer.supporter_id else None


async def profile(viewer: Viewer, context: Context) -> Profile | None:
    """The viewer's private data; null for an anonymous visitor."""
    return await Profile.get_or_none(supporter_id=viewer.supporter_id) if viewer.supporter_id else None


@list_size(len(Scope))
def scopes(viewer: Viewer) -> list[Scope]:
    """The scopes of the viewer's token, in the order of the enum."""
    return [scope for scope in Scope if scope in viewer.scopes]
