"""What a resolver knows of the request that it works for."""

from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auth.api_key_cache import ApiKeyCache
from auth.networks import network
from auth.rate_limits import RateLimits
from auth.token_cache import TokenCache, reject_unknown_issuer
from auth.tokens import KEY_PREFIX, bearer_token
from auth.viewers import ANONYMOUS, Integrator, Scope, Viewer
from live import Live
from models import Comment, CommentState, Role
from refusals import InvalidToken, Refusal, forbidden, unauthenticated
from resolvers.loaders import Batch, Loaders
from settings import Settings
from storage import by_ids
from storage.fields import now
from storage.rows import Row


@dataclass(eq=False)
class Context:
    settings: Settings
    live: Live
    viewer: Viewer = ANONYMOUS
    loaders: Loaders = field(default_factory=Loaders)
    api_key_cache: ApiKeyCache = field(default_factory=ApiKeyCache)
    rate_limits: RateLimits = field(default_factory=RateLimits)
    token_cache: TokenCache = field(default_factory=TokenCache)
    external_issuer: Callable[["Context", str], Awaitable[Viewer]] = reject_unknown_issuer
    """Finds whom the token of another issuer names."""
    wake_mail: Callable[[], None] = lambda: None
    """Wakes the delivery of mails, after a commit that left one."""
    ip_and_user_agent: Callable[[], tuple[str, str]] = lambda: ("", "")
    """Return the client's IP and its user agent. Only their hashes may be stored: `network_hash`, `visitor_hash`."""
    wake_ups: dict[int, int] = field(default_factory=dict)
    """Campaigns whose log this write extended, with the newest seq; woken after the commit."""
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    """What else this write has to do after the commit."""

    now: Callable[[], datetime] = now
    """The clock that everything written goes by."""
    connection_params: dict[str, Any] = field(default_factory=dict)
    """What a socket's `connection_init` brought."""

    def identify(self, authorization: str | None) -> Coroutine[Any, Any, None] | None:
        """Take the viewer from a token; none leaves the viewer as it is. A bad one raises InvalidToken.

        An API key must be looked up, and another issuer's token at its first time: then this gives what is to be
        awaited first.
        """
        if authorization is None:
            return None
        try:
            token = bearer_token(authorization)
            if token.startswith(KEY_PREFIX):
                return self._identify_by(self.api_key_cache.viewer(self.settings.key, token))
            viewer = self.token_cache.viewer(self.settings, token)
            if viewer is None:
                return self._identify_by(self.external_issuer(self, token))
            self.viewer = viewer
        except Refusal as refusal:
            raise InvalidToken(refusal.message) from None
        return None

    async def _identify_by(self, looking_up: Awaitable[Viewer]) -> None:
        try:
            self.viewer = await looking_up
        except Refusal as refusal:
            raise InvalidToken(refusal.message) from None

    def for_write(self) -> "Context":
        """The same, with nothing to do yet after the commit: a socket's writes overlap, and each wakes its own."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, wake_ups={}, after_commit=[])
        return made

    def network_hash(self) -> str:
        """A keyed hash of the network that the viewer is in."""
        return network(self.settings.key, self.ip_and_user_agent()[0])

    @property
    def visitor_hash(self) -> str:
        """A keyed hash of network and browser: tells anonymous visitors apart, names none."""
        return network(self.settings.key, *self.ip_and_user_agent())

    def load(self, batch: Batch, key: Hashable, *shared: Any) -> Awaitable[Any]:
        return self.loaders.load(batch, key, *shared)

    def row(self, model: type[Row], number: int | None) -> Awaitable[Any]:
        """The row with this id, or null; all that one level of a query asks for come in one statement."""
        return self.loaders.load(_rows, number, model)

    def require(self, what: Scope | Role) -> None:
        """Refuse a viewer without the scope, or of another role."""
        if not self.viewer.may(what):
            raise (unauthenticated() if self.viewer.supporter_id is None else forbidden(f"This needs {what.value}."))

    @property
    def supporter_id(self) -> int:
        """The viewer's own id; an anonymous visitor is refused."""
        if self.viewer.supporter_id is None:
            raise unauthenticated()
        return self.viewer.supporter_id

    @property
    def actor(self) -> str:
        """Whom a ledger names for what is written, for those who look into it; never shown."""
        viewer = self.viewer
        if isinstance(viewer, Integrator):
            return f"key:{viewer.api_key.id}"
        return viewer.role.value if viewer.supporter_id is None else f"supporter:{viewer.supporter_id}"

    def may_read(self, comment: Comment) -> bool:
        """Whether the viewer may read what a comment says and who wrote it, or sees a tombstone."""
        state = comment.state
        return state is CommentState.VISIBLE or (
            state is not CommentState.DELETED and self.may_read_hidden(comment.author_id)
        )

    def may_read_hidden(self, author_id: int) -> bool:
        """Whether the viewer may read what is not public: their own, or anyone's as a moderator."""
        return author_id == self.viewer.supporter_id or self.viewer.may(Scope.MODERATE)


async def _rows(numbers: list[int | None], model: type[Row]) -> dict[Any, Row]:
    wanted = [number for number in numbers if number is not None]
    return dict(await by_ids(model, wanted))
