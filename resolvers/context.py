"""What a resolver knows of the request that it works for."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from live import Live
from models import Comment, CommentState, by_ids
from models.fields import now
from models.rows import Row
from resolvers.auth import ANONYMOUS, Scope, Viewer, read_token
from resolvers.loaders import Batch, Loaders
from resolvers.refusals import Refusal, forbidden, unauthenticated
from settings import Settings


@dataclass(eq=False)
class Context:
    settings: Settings
    live: Live
    viewer: Viewer = ANONYMOUS
    visitor: str = ""
    """A keyed hash of the network address and browser: tells anonymous visitors apart, names none."""
    loaders: Loaders = field(default_factory=Loaders)
    wakes: dict[int, int] = field(default_factory=dict)
    """Campaigns whose log this write extended, with the newest seq; woken after the commit."""

    now: Callable[[], datetime] = now
    """The clock that everything written goes by."""
    connection_params: dict[str, Any] = field(default_factory=dict)
    """What a socket's `connection_init` brought."""

    def identify(self, authorization: str | None) -> None:
        """Take the viewer from a token; none leaves the viewer as it is. A bad one raises PermissionError."""
        if authorization is None:
            return
        try:
            self.viewer = read_token(self.settings, authorization)
        except Refusal as refusal:
            raise PermissionError(refusal.message) from None

    def load(self, batch: Batch, key: Hashable, *shared: Any) -> Awaitable[Any]:
        return self.loaders.load(batch, key, *shared)

    def row(self, model: type[Row], number: int | None) -> Awaitable[Any]:
        """The row with this id, or null; all that one level of a query asks for come in one statement."""
        return self.loaders.load(_rows, number, model)

    def needs(self, scope: Scope) -> None:
        """Refuse a viewer without the scope."""
        if not self.viewer.may(scope):
            raise (unauthenticated() if self.viewer.supporter_id is None else forbidden(f"This needs {scope.value}."))

    @property
    def supporter_id(self) -> int:
        """The viewer's own id; an anonymous visitor is refused."""
        if self.viewer.supporter_id is None:
            raise unauthenticated()
        return self.viewer.supporter_id

    def shows(self, comment: Comment) -> bool:
        """Whether the viewer may read what a comment says and who wrote it, or sees a tombstone."""
        state = comment.state
        return state is CommentState.VISIBLE or (
            state is not CommentState.DELETED and self.sees_hidden(comment.author_id)
        )

    def sees_hidden(self, author_id: int) -> bool:
        """Whether the viewer may read what is not public: their own, or anyone's as a moderator."""
        return author_id == self.viewer.supporter_id or self.viewer.may(Scope.MODERATE)


async def _rows(numbers: list[int | None], model: type[Row]) -> dict[Any, Row]:
    wanted = [number for number in numbers if number is not None]
    return dict(await by_ids(model, wanted))
