"""Token cache: verify each token once per process, and apply revocations to cached tokens and open connections."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from weakref import WeakSet

import jwt
from tortoise.expressions import Q

import storage
from auth.api_key_cache import api_key_ended
from auth.tokens import ALGORITHM, NOT_A_TOKEN, open_id
from auth.viewers import ANONYMOUS, Integrator, Viewer
from models import Revocation, Role
from refusals import ProblemCode, Refusal
from settings import Settings

MAX_CACHED_TOKENS = 10_000
"""The oldest token is evicted, and verified anew when it comes again."""
POLL_OVERLAP, POLL_OVERLAP_ROWS = timedelta(minutes=5), 100
"""Each poll reads this far back: a revocation may be committed late, by a process whose clock differs."""
SWEEP_INTERVAL = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOT_REVOKED = (-1.0, -1.0)
DECODE_OPTIONS = {"require": ["sub", "role", "iat", "exp"], "verify_iat": False}  # another process's clock may be ahead


class TokenCache:
    """The verified tokens that this process has seen, and every revocation that has not expired."""

    def __init__(self) -> None:
        self._cached: dict[str, Viewer] = {}
        self._viewers: WeakSet[Viewer] = WeakSet()  # also those of open connections whose token was evicted
        self._revoked_people: dict[int, tuple[float, float]] = {}  # revoked when, and when the revocation expires
        self._revoked_sessions: dict[int, float] = {}  # when the revocation expires
        self._polled_at = self._swept_at = EPOCH
        self._newest_id = 0

    def viewer(self, settings: Settings, token: str) -> Viewer | None:
        """Return the viewer of a token; None if the token is signed by no key of ours.

        Raises a Refusal for a token of ours that is invalid, expired or revoked.
        """
        viewer = self._cached.get(token)
        if viewer is None:
            if not token:
                return ANONYMOUS
            viewer = self._verify(settings, token)
            if viewer is None:
                return None
        if viewer.has_ended:
            raise end_of(viewer)
        return viewer

    def _verify(self, settings: Settings, token: str) -> Viewer | None:
        try:
            key = settings.signing_keys.get(jwt.get_unverified_header(token).get("kid", ""))
            if key is None:
                return None
            claims = jwt.decode(token, key, [ALGORITHM], options=DECODE_OPTIONS)  # type: ignore[arg-type]
            role, supporter_id = Role(claims["role"]), open_id(key, "sub", claims["sub"])
            session_id = open_id(key, "sid", claims["sid"]) if "sid" in claims else None
            times = float(claims["iat"]), float(claims["exp"])
        except jwt.ExpiredSignatureError:
            raise token_expired() from None
        except NOT_A_TOKEN:
            raise unknown_token() from None
        return self.add(token, Viewer(role, supporter_id, session_id, *times))

    def add(self, token: str, viewer: Viewer) -> Viewer:
        """Cache the viewer of a verified token; evict the oldest token if the cache is full."""
        if self._is_revoked(viewer):
            viewer.revoke()
        if len(self._cached) >= MAX_CACHED_TOKENS:
            del self._cached[next(iter(self._cached))]
        self._viewers.add(viewer)
        self._cached[token] = viewer
        return viewer

    # ---------------------------------------------------------------- revocation

    def revoke(self, revocations: Iterable[Revocation]) -> None:
        """Revoke the viewers that the revocations are about, also those of open connections."""
        new = [revocation for revocation in revocations if self._store(revocation)]
        for viewer in list(self._viewers) if new else ():
            if self._is_revoked(viewer):
                viewer.revoke()

    def _store(self, revocation: Revocation) -> bool:
        """Store a revocation; return True if it was not stored before."""
        at, expires_at = revocation.revoked_at.timestamp(), revocation.expires_at.timestamp()
        session_id, supporter_id = revocation.session_id, revocation.supporter_id
        if session_id is not None and session_id not in self._revoked_sessions:
            self._revoked_sessions[session_id] = expires_at
            return True
        if supporter_id is not None and at > self._revoked_people.get(supporter_id, NOT_REVOKED)[0]:
            self._revoked_people[supporter_id] = at, expires_at
            return True
        return False

    def _is_revoked(self, viewer: Viewer) -> bool:
        if viewer.session_id in self._revoked_sessions:
            return True
        if viewer.supporter_id is None:
            return False
        revoked_at, _ = self._revoked_people.get(viewer.supporter_id, NOT_REVOKED)
        return viewer.issued_at <= revoked_at

    async def refresh(self) -> None:
        """Read the revocations that other processes have written since the last poll; at first, all unexpired ones."""
        at = storage.now()
        # the revocation of an earlier time, such as that of a newer token with a lesser role, is new by its id
        is_recent = Q(revoked_at__gte=self._polled_at - POLL_OVERLAP) | Q(id__gt=self._newest_id - POLL_OVERLAP_ROWS)
        revocations = await Revocation.filter(is_recent, expires_at__gt=at)
        self.revoke(revocations)
        self._polled_at = at
        self._newest_id = max((self._newest_id, *(revocation.id for revocation in revocations)))
        if at - self._swept_at > SWEEP_INTERVAL:
            self._sweep(at.timestamp())
            self._swept_at = at

    def _sweep(self, at: float) -> None:
        """Drop the expired revocations: every token that they revoke has expired as well."""
        self._revoked_people = {key: times for key, times in self._revoked_people.items() if times[1] > at}
        self._revoked_sessions = {
            session_id: expires_at for session_id, expires_at in self._revoked_sessions.items() if expires_at > at
        }


async def reject_unknown_issuer(context: object, token: str) -> Viewer:
    """Refuse the tokens of other issuers, on a server that has no host sign-in."""
    raise unknown_token()


def end_of(viewer: Viewer) -> Refusal:
    """Return the refusal of a viewer whose token or API key has ended."""
    if isinstance(viewer, Integrator):
        return api_key_ended()
    return token_revoked() if viewer.is_revoked else token_expired()


def unknown_token() -> Refusal:
    return Refusal(ProblemCode.UNAUTHENTICATED, "The token is not one of ours, or it was altered.")


def token_expired() -> Refusal:
    return Refusal(ProblemCode.UNAUTHENTICATED, "The token has expired: ask for a new one.")


def token_revoked() -> Refusal:
    return Refusal(ProblemCode.UNAUTHENTICATED, "The token was revoked: sign in again.")
