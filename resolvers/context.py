"""The context of a request: its viewer, loaders, caches, clock, and the work to do after its commit."""

import math
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auth.api_key_cache import ApiKeyCache
from auth.networks import network
from auth.rate_limits import RateLimits
from auth.token_cache import TokenCache, end_of, reject_unknown_issuer
from auth.tokens import API_KEY_PREFIX, bearer_token
from auth.viewers import ANONYMOUS, Integrator, Scope, Viewer
from live import Live
from models import Comment, CommentState, Role
from refusals import InvalidToken, MessageText, Refusal, forbidden, unauthenticated
from resolvers.loaders import Batch, Loaders
from settings import Settings
from storage import by_ids
from storage.fields import now
from storage.rows import Row
from translation import negotiate, translate


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
    """Return the viewer of a token from the external issuer."""
    wake_mail: Callable[[], None] = lambda: None
    """Wake the delivery of mails, after a commit that queued a mail."""
    ip_and_user_agent: Callable[[], tuple[str, str]] = lambda: ("", "")
    """Return the client's IP and its user agent. Only their hashes may be stored: `network_hash`, `visitor_hash`."""
    accept_language: Callable[[], str] = lambda: ""
    """Return the client's Accept-Language header."""
    content_language: str | None = None
    """The language of the messages in the response; None if the response has none."""
    wake_ups: dict[int, int] = field(default_factory=dict)
    """The newest seq of each campaign whose activity log this write extended. Their followers wake after the commit."""
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    """Functions to call after the commit."""
    forgets: bool = False
    """True if this write deletes a text or a name, of which the database's files are to keep nothing."""

    now: Callable[[], datetime] = now
    """The clock for all stored times."""
    connection_params: dict[str, Any] = field(default_factory=dict)
    """The payload of a WebSocket's `connection_init` message."""

    def identify(self, authorization: str | None) -> Coroutine[Any, Any, None] | None:
        """Set the viewer from a bearer token; without a token the viewer stays the same. Raise InvalidToken.

        The result must be awaited unless it is None. Only an API key, or an external issuer's token at its first use,
        must be looked up.
        """
        if authorization is None:
            return None
        try:
            token = bearer_token(authorization)
            if token.startswith(API_KEY_PREFIX):
                return self._await_viewer(self.api_key_cache.viewer(self.settings.key, token))
            viewer = self.token_cache.viewer(self.settings, token)
            if viewer is None:
                return self._await_viewer(self.external_issuer(self, token))
            self.viewer = viewer
        except Refusal as refusal:
            raise InvalidToken(self.translate(refusal.message), self.content_language) from None
        return None

    async def _await_viewer(self, viewer: Awaitable[Viewer]) -> None:
        try:
            self.viewer = await viewer
        except Refusal as refusal:
            raise InvalidToken(self.translate(refusal.message), self.content_language) from None

    # the protocol `Credential` of transport/credentials.py

    @property
    def has_ended(self) -> bool:
        return self.viewer.has_ended

    @property
    def seconds_left(self) -> float | None:
        """The time until the viewer's token or API key expires; None if it never does."""
        return None if self.viewer.expires_at == math.inf else self.viewer.expires_at - time.time()

    def ending(self, end: Callable[[], None]) -> AbstractContextManager[None]:
        """Call a function if the viewer is revoked while the block runs."""
        return self.viewer.ending(end)

    def message_at_end(self) -> str:
        return self.translate(end_of(self.viewer).message)

    def translate(self, message: MessageText) -> str:
        """Return a message in the language that the client prefers; only then the client's header is read.

        A browser can't set the header of a WebSocket: `acceptLanguage` in `connection_init` is preferred.
        """
        asked = self.connection_params.get("acceptLanguage")
        self.content_language = negotiate(asked if isinstance(asked, str) else self.accept_language())
        return translate(message, self.content_language)

    def for_write(self) -> "Context":
        """Return a copy with nothing to do after the commit yet: the writes of a socket overlap."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__, wake_ups={}, after_commit=[], forgets=False)
        return copy

    def network_hash(self) -> str:
        """Return a keyed hash of the viewer's network."""
        return network(self.settings.key, self.ip_and_user_agent()[0])

    @property
    def visitor_hash(self) -> str:
        """Return a keyed hash of network and browser, which tells anonymous visitors apart without naming them."""
        return network(self.settings.key, *self.ip_and_user_agent())

    def load(self, batch: Batch, key: Hashable, *shared: Any) -> Awaitable[Any]:
        """Return the value for one key; see `Loaders.load`."""
        return self.loaders.load(batch, key, *shared)

    def row(self, model: type[Row], row_id: int | None) -> Awaitable[Any]:
        """Return the row with this id, or None. Loads of one level of a query share one statement."""
        return self.loaders.load(_rows, row_id, model)

    def forget_rows(self) -> None:
        """Remember no rows from now on: a subscription lives for hours, and must not show what was deleted since."""
        self.loaders = Loaders(use_cache=False)

    def require(self, permission: Scope | Role) -> None:
        """Refuse a viewer without this scope or role."""
        if not self.viewer.may(permission):
            if self.viewer.supporter_id is None:
                raise unauthenticated()
            raise forbidden("This needs {permission}.", permission=permission.value)

    @property
    def supporter_id(self) -> int:
        """Return the viewer's own supporter id. Refuse an anonymous visitor."""
        if self.viewer.supporter_id is None:
            raise unauthenticated()
        return self.viewer.supporter_id

    @property
    def actor(self) -> str:
        """Return the text by which ledgers record the viewer as author of a change. Clients never see the text."""
        viewer = self.viewer
        if isinstance(viewer, Integrator):
            return f"key:{viewer.api_key.id}"
        return viewer.role.value if viewer.supporter_id is None else f"supporter:{viewer.supporter_id}"

    def may_read(self, comment: Comment) -> bool:
        """Return whether the viewer may read a comment's text and author, instead of a tombstone."""
        state = comment.state
        return state is CommentState.VISIBLE or (
            state is not CommentState.DELETED and self.may_read_hidden(comment.author_id)
        )

    def may_read_hidden(self, author_id: int) -> bool:
        """Return whether the viewer may read this author's hidden comments: as the author, or as a moderator."""
        return author_id == self.viewer.supporter_id or self.viewer.may(Scope.MODERATE)


async def _rows(row_ids: list[int | None], model: type[Row]) -> dict[Any, Row]:
    return dict(await by_ids(model, [row_id for row_id in row_ids if row_id is not None]))
