"""Sessions: short-lived access tokens, rotating refresh tokens, and revocation.

A refresh token that is used twice may be stolen, so its session ends (RFC 9700, section 4.14.2). A refresh token holds
the session's family, its generation (the number of refreshes) and a MAC of both. It is computed and never stored: a
retry gets the same token again, and the MAC tells a token that was used before from a forged one.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any

import jwt

import models
import storage
from auth.tokens import ALGORITHM, open_id, sign_token
from auth.viewers import Integrator, Scope, Viewer
from models import HostIdentity, Revocation, Role, Session
from refusals import CommittedRefusal, InputReason, ProblemCode, Refusal, forbidden, invalid
from resolvers.context import Context
from resolvers.declarations import requires
from resolvers.ids import parse
from settings import Settings

REFRESH_TOKEN_PREFIX = "gsr_"
"""Begins every refresh token, and no other token."""
FAMILY_BYTES, GENERATION_BYTES, MAC_BYTES = 16, 4, 32
REFRESH_GRACE = timedelta(seconds=30)
"""How long the previous refresh token is still accepted, from a client that lost the response."""


async def start_session(context: Context, supporter_id: int, role: Role, network_hash: str | None = None) -> Session:
    """Create a session; the resolvers `access_token` and `refresh_token` compute its tokens."""
    at = context.now()
    return await Session.create(
        supporter_id=supporter_id,
        role=role,
        network_hash=network_hash,
        created_at=at,
        refreshed_at=at,
        expires_at=at + timedelta(days=context.settings.refresh_days),
    )


def access_token(payload: Any, context: Context) -> str:
    """The bearer token, valid for `ACCESS_MINUTES`."""
    session, settings = _active_session(payload), context.settings
    return sign_token(settings, session.supporter_id, session.role, settings.access_minutes * 60, session.id)


def refresh_token(payload: Any, context: Context) -> str:
    """The token that `refreshSession` exchanges for new tokens, once. Store it where no other program can read it."""
    session = _active_session(payload)
    key = next(iter(context.settings.signing_keys.values()))
    body = bytes.fromhex(session.family) + session.generation.to_bytes(GENERATION_BYTES, "big")
    return REFRESH_TOKEN_PREFIX + urlsafe_b64encode(body + _mac(key, body)).rstrip(b"=").decode()


def viewer(payload: Any, context: Context) -> Viewer:
    """The person who is signed in."""
    session = _active_session(payload)
    return Viewer(session.role, session.supporter_id, session.id)


def _active_session(payload: Any) -> Session:
    """Return the payload's session; raise a Refusal if the session has ended before a retry of its mutation."""
    session: Session = payload.session
    if session.ended_at is not None:
        raise _session_over()
    return session


async def refresh_session(
    context: Context,
    refresh_token: Annotated[str, "The session's newest refresh token."],
) -> Session:
    """Exchange a refresh token for new tokens. Send no access token along: it may have expired.

    A refresh token can be used once. A second use ends the session, because the token may be stolen; only the previous
    refresh token is accepted again within 30 seconds, and gives the same new tokens, in case a response was lost.
    """
    family, generation = _parse_refresh_token(context.settings, refresh_token)
    session, at = await storage.read_one(Session, models.sessions.LOCK_BY_FAMILY, family), context.now()
    if session is None or session.ended_at is not None or session.expires_at <= at:
        raise _session_over()
    if generation == session.generation:
        return await _refresh(context, session, at)
    if generation == session.generation - 1 and at - session.refreshed_at <= REFRESH_GRACE:
        return session
    await _end_session(context, session.id, at)
    raise CommittedRefusal(
        ProblemCode.UNAUTHENTICATED, "The refresh token was used before: sign in again.", "refreshToken"
    )


async def _refresh(context: Context, session: Session, at: datetime) -> Session:
    """Increment the generation of a session whose row is locked."""
    session.generation += 1
    session.refreshed_at = at
    session.expires_at = at + timedelta(days=context.settings.refresh_days)
    await Session.filter(id=session.id).update(
        generation=session.generation, refreshed_at=session.refreshed_at, expires_at=session.expires_at
    )
    return session


@requires(Scope.COMMENT)
async def sign_out(
    context: Context,
    everywhere: Annotated[bool, "Whether all of the person's sessions and tokens end, on every device."] = False,
) -> None:
    """End this session: its tokens become invalid, and subscriptions on open connections end.

    The token of a guest or a staff member has no session; it ends only with `everywhere`. A guest can't sign in again.
    """
    viewer = context.viewer
    if isinstance(viewer, Integrator):
        raise forbidden("An API key is ended by `revokeApiKey`.")
    if everywhere:
        return await revoke_all_tokens(context, context.supporter_id)
    if viewer.session_id is None:
        message = "This token is of no session: `everywhere: true` ends it, with all others of its person."
        raise invalid(message, "everywhere", reason=InputReason.NOT_ALLOWED)
    await _end_session(context, viewer.session_id, context.now())


async def revoke_all_tokens(context: Context, supporter_id: int, until: datetime | None = None) -> None:
    """End every session of a person, and every token that was issued until now or until the given time.

    They end here after the commit, on other processes within API_KEY_SECONDS.
    """
    revocations = await create_revocations(context.settings, supporter_id, until or context.now())
    context.after_commit.append(lambda: context.token_cache.revoke(revocations))


async def create_revocations(settings: Settings, supporter_id: int, at: datetime) -> list[Revocation]:
    """Write the revocations of a person's sessions and of all tokens that were issued until now.

    Each session has a revocation of its own: a simultaneous refresh can sign a token whose `iat` is later than `at`.
    """
    ended = await storage.fetch(models.sessions.END_ALL_OF_SUPPORTER, supporter_id, at)
    await HostIdentity.filter(supporter_id=supporter_id).update(not_before=at)
    until = at + timedelta(days=settings.token_days, minutes=settings.access_minutes)
    person = await Revocation.create(supporter_id=supporter_id, revoked_at=at, expires_at=until)
    return [person, *[await _revoke_session(settings, row[0], at) for row in ended]]


async def _revoke_session(settings: Settings, session_id: int, at: datetime) -> Revocation:
    until = at + timedelta(minutes=settings.access_minutes)
    return await Revocation.create(session_id=session_id, revoked_at=at, expires_at=until)


async def _end_session(context: Context, session_id: int, at: datetime) -> None:
    await Session.filter(id=session_id, ended_at=None).update(ended_at=at)
    revocation = await _revoke_session(context.settings, session_id, at)
    context.after_commit.append(lambda: context.token_cache.revoke([revocation]))


def _parse_refresh_token(settings: Settings, token: str) -> tuple[str, int]:
    """Return the family and the generation of a refresh token; raise a Refusal if no key of ours has signed it."""
    try:
        decoded = urlsafe_b64decode(token.removeprefix(REFRESH_TOKEN_PREFIX) + "==")
    except ValueError:
        raise _session_over() from None
    body, mac = decoded[:-MAC_BYTES], decoded[-MAC_BYTES:]
    if len(body) != FAMILY_BYTES + GENERATION_BYTES or not any(
        hmac.compare_digest(mac, _mac(key, body)) for key in settings.signing_keys.values()
    ):
        raise _session_over()
    return body[:FAMILY_BYTES].hex(), int.from_bytes(body[FAMILY_BYTES:], "big")


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"refresh token\0" + body, "sha256")


def _session_over() -> Refusal:
    return Refusal(ProblemCode.UNAUTHENTICATED, "The session is over: sign in again.", "refreshToken")


def supporter_id_of(settings: Settings, id_or_token: str) -> int:
    """Return the supporter of a global id, or of a token of ours even if it has expired; 0 for anything else."""
    parsed = parse(id_or_token)
    if parsed is not None:
        return parsed[1] if parsed[0] == "Supporter" else 0
    options: Any = {"verify_exp": False, "verify_iat": False}
    for key in settings.signing_keys.values():
        with suppress(jwt.InvalidTokenError, ValueError):
            return open_id(key, "sub", jwt.decode(id_or_token, key, [ALGORITHM], options=options)["sub"])
    return 0
