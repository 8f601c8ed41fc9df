"""Tokens that are in use: each is verified once, and good until it expires or is revoked."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from weakref import WeakSet

import jwt

import storage
from auth.tokens import ALGORITHM
from auth.viewers import ANONYMOUS, Viewer
from models import Revocation, Role
from refusals import ProblemCode, Refusal
from settings import Settings

MOST = 10_000
"""Tokens that are remembered; another is verified anew each time."""
OVERLAP = timedelta(minutes=5)
"""How long after its own time a revocation may be committed, clocks that differ included, and still be found."""
SWEPT_EVERY = timedelta(hours=1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = (-1.0, -1.0)
CLAIMS = {"require": ["sub", "role", "iat", "exp"], "verify_iat": False}  # another process's clock may be ahead


class TokenCache:
    """The tokens that this process has met, and every revocation of one that has not expired."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Viewer, float]] = {}
        self._viewers: WeakSet[Viewer] = WeakSet()  # on open connections too, whose token is long forgotten
        self._people: dict[int, tuple[float, float]] = {}  # revoked when, and until when that matters
        self._sessions: dict[int, float] = {}  # until when it matters
        self._looked_at = self._swept_at = LONG_AGO

    def viewer(self, settings: Settings, token: str) -> Viewer | None:
        """Whom a token names; null if another issuer may have made it. A bad one is refused."""
        known = self._known.get(token)
        if known is None:
            if not token:
                return ANONYMOUS
            known = self._read(settings, token)
            if known is None:
                return None
        viewer, expires = known
        if viewer.is_ended:
            raise token_revoked()
        if expires <= time.time():
            raise token_expired()
        return viewer

    def _read(self, settings: Settings, token: str) -> tuple[Viewer, float] | None:
        try:
            key = settings.signing_keys.get(jwt.get_unverified_header(token).get("kid", ""))
            if key is None:
                return None
            claims = jwt.decode(token, key, [ALGORITHM], options=CLAIMS)  # type: ignore[arg-type]
            role, supporter_id = Role(claims["role"]), int(claims["sub"])
        except jwt.ExpiredSignatureError:
            raise token_expired() from None
        except (jwt.InvalidTokenError, ValueError):
            raise unknown_token() from None
        viewer = Viewer(role, supporter_id, claims.get("sid"), float(claims["iat"]))
        return self.remember(token, viewer, float(claims["exp"]))

    def remember(self, token: str, viewer: Viewer, expires: float) -> tuple[Viewer, float]:
        """A token that was verified; it need not be again."""
        if self._is_revoked(viewer):
            viewer.end()
        if len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        self._viewers.add(viewer)
        known = self._known[token] = viewer, expires
        return known

    # ---------------------------------------------------------------- what is revoked

    def end(self, found: Iterable[Revocation]) -> None:
        """These tokens are good for nothing from now on, here: on connections that are open, too."""
        news = [revocation for revocation in found if self._note(revocation)]
        for viewer in list(self._viewers) if news else ():
            if self._is_revoked(viewer):
                viewer.end()

    def _note(self, revocation: Revocation) -> bool:
        """Keep a revocation; whether it is new here."""
        at, until = revocation.revoked_at.timestamp(), revocation.expires_at.timestamp()
        session_id, supporter_id = revocation.session_id, revocation.supporter_id
        if session_id is not None and session_id not in self._sessions:
            self._sessions[session_id] = until
            return True
        if supporter_id is not None and at > self._people.get(supporter_id, NEVER)[0]:
            self._people[supporter_id] = at, until
            return True
        return False

    def _is_revoked(self, viewer: Viewer) -> bool:
        if viewer.session_id in self._sessions:
            return True
        return viewer.supporter_id is not None and viewer.issued_at <= self._people.get(viewer.supporter_id, NEVER)[0]

    async def renew(self) -> None:
        """Follow what other processes have revoked; the first time, everything that counts still."""
        at = storage.now()
        self.end(await Revocation.filter(revoked_at__gte=self._looked_at - OVERLAP, expires_at__gt=at))
        self._looked_at = at
        if at - self._swept_at > SWEPT_EVERY:
            self._sweep(at.timestamp())
            self._swept_at = at

    def _sweep(self, at: float) -> None:
        """What was revoked has expired by itself meanwhile."""
        self._people = {key: kept for key, kept in self._people.items() if kept[1] > at}
        self._sessions = {key: until for key, until in self._sessions.items() if until > at}


async def reject_unknown_issuer(context: object, token: str) -> Viewer:
    """Where no other issuer is known, its tokens are refused."""
    raise unknown_token()


def unknown_token() -> Refusal:
    return Refusal(ProblemCode.UNAUTHENTICATED, "The token is not one of ours, or it was altered.")


def token_expired() -> Refusal:
    return Refusal(ProblemCode.UNAUTHENTICATED, "The token has expired: ask for a new one.")


def token_revoked() -> Refusal:
    return Refusal(ProblemCode.UNAUTHENTICATED, "The token was revoked: sign in again.")
