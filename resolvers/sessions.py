"""Sessions: short access tokens, a refresh token that changes with each use, and the end of both.

A refresh token that was used before is a sign that two have it: the whole session ends (RFC 9700, section 4.14.2).
It is made of its session's family, how often that was refreshed, and a keyed hash of both, so that none has to be
kept: a retry gets the same token again, and what nobody made is told from what was used before.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any

import jwt

import models
import storage
from auth.tokens import ALGORITHM, sign_token
from auth.viewers import Integrator, Scope, Viewer
from models import Revocation, Role, Session, host_sign_in
from refusals import CommittedRefusal, ProblemCode, Refusal, forbidden, invalid
from resolvers.context import Context
from resolvers.declarations import requires
from resolvers.ids import parse
from settings import Settings

PREFIX = "gsr_"
"""What a refresh token begins with; no other token does."""
FAMILY, GENERATION, MAC = 16, 4, 32
"""Bytes of a refresh token."""
GRACE = timedelta(seconds=30)
"""How long the last refresh token but one may be used again, by a client that lost the answer."""


async def begin(context: Context, supporter_id: int, role: Role) -> Session:
    """A new session of a person who has shown who they are. `access_token` and `refresh_token` give its tokens."""
    at = context.now()
    return await Session.create(
        supporter_id=supporter_id,
        role=role,
        created_at=at,
        refreshed_at=at,
        expires_at=at + timedelta(days=context.settings.refresh_days),
    )


def access_token(payload: Any, context: Context) -> str:
    """The bearer token, good for `ACCESS_MINUTES`."""
    session, settings = _going_on(payload), context.settings
    return sign_token(settings, session.supporter_id, session.role, settings.access_minutes * 60, sid=session.id)


def refresh_token(payload: Any, context: Context) -> str:
    """What `refreshSession` takes for the next tokens, once. Keep it where no other program reads it."""
    session = _going_on(payload)
    key = next(iter(context.settings.signing_keys.values()))
    said = bytes.fromhex(session.family) + session.generation.to_bytes(GENERATION, "big")
    return PREFIX + urlsafe_b64encode(said + _mac(key, said)).rstrip(b"=").decode()


def viewer(payload: Any, context: Context) -> Viewer:
    """The person whose session it is."""
    session = _going_on(payload)
    return Viewer(session.role, session.supporter_id, session.id)


def _going_on(payload: Any) -> Session:
    """The payload's session; a retry may come when it is over."""
    session: Session = payload.session
    if session.ended_at is not None:
        raise _over()
    return session


async def refresh_session(
    context: Context,
    refresh_token: Annotated[str, "The newest that the session's client has."],
) -> Session:
    """The next tokens of a session. Send no access token along: it may have expired.

    The refresh token that was sent is used up. One that comes a second time ends the session, because two have it;
    only the last one may come again, within 30 seconds, and gives the same new ones: an answer may be lost.
    """
    family, generation = _read(context.settings, refresh_token)
    session, at = await storage.read_one(Session, models.sessions.BY_FAMILY, family), context.now()
    if session is None or session.ended_at is not None or session.expires_at <= at:
        raise _over()
    if generation == session.generation:
        until = at + timedelta(days=context.settings.refresh_days)
        refreshed = await storage.read_one(Session, models.sessions.REFRESH, session.id, at, until)
        return refreshed or session
    if generation == session.generation - 1 and at - session.refreshed_at <= GRACE:
        return session
    await _end(context, session.id, at)
    raise CommittedRefusal(
        ProblemCode.UNAUTHENTICATED, "The refresh token was used before: sign in again.", "refreshToken"
    )


@requires(Scope.COMMENT)
async def sign_out(
    context: Context,
    everywhere: Annotated[bool, "Whether all of the person's sessions and tokens end, on every device."] = False,
) -> None:
    """End this session: its tokens are good for nothing from then on, and open connections become a stranger's.

    A token without a session, a guest's or a staff member's, ends only `everywhere`. A guest has no way back.
    """
    viewer = context.viewer
    if isinstance(viewer, Integrator):
        raise forbidden("An API key is ended by `revokeApiKey`.")
    if everywhere:
        return await revoke_person(context, context.supporter_id)
    if viewer.session_id is None:
        message = "This token is of no session: `everywhere: true` ends it, with all others of its person."
        raise invalid(message, "everywhere")
    await _end(context, viewer.session_id, context.now())


async def revoke_person(context: Context, supporter_id: int) -> None:
    """End every session and token that a person has now: here after the commit, elsewhere within API_KEY_SECONDS."""
    ended = await revoke(context.settings, supporter_id, context.now())
    context.after_commit.append(lambda: context.token_cache.end(ended))


async def revoke(settings: Settings, supporter_id: int, at: datetime) -> list[Revocation]:
    """Write down that a person's tokens of before are good for nothing.

    Their sessions are named too: one that is refreshed just now makes a token that looks younger than its end.
    """
    ended = await storage.fetch(models.sessions.END_ALL, supporter_id, at)
    await storage.fetch(host_sign_in.END_ALL, supporter_id, at)
    until = at + timedelta(days=settings.token_days, minutes=settings.access_minutes)
    person = await Revocation.create(supporter_id=supporter_id, revoked_at=at, expires_at=until)
    return [person, *[await _revoke_session(settings, row[0], at) for row in ended]]


async def _revoke_session(settings: Settings, session_id: int, at: datetime) -> Revocation:
    until = at + timedelta(minutes=settings.access_minutes)
    return await Revocation.create(session_id=session_id, revoked_at=at, expires_at=until)


async def _end(context: Context, session_id: int, at: datetime) -> None:
    await Session.filter(id=session_id, ended_at=None).update(ended_at=at)
    ended = await _revoke_session(context.settings, session_id, at)
    context.after_commit.append(lambda: context.token_cache.end([ended]))


def _read(settings: Settings, token: str) -> tuple[str, int]:
    """The family and the generation that a refresh token of ours names."""
    try:
        found = urlsafe_b64decode(token.removeprefix(PREFIX) + "==")
    except ValueError:
        raise _over() from None
    said, mac = found[:-MAC], found[-MAC:]
    if len(said) != FAMILY + GENERATION or not any(
        hmac.compare_digest(mac, _mac(key, said)) for key in settings.signing_keys.values()
    ):
        raise _over()
    return said[:FAMILY].hex(), int.from_bytes(said[FAMILY:], "big")


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, b"refresh token\0" + said, "sha256")


def _over() -> Refusal:
    return Refusal(ProblemCode.UNAUTHENTICATED, "The session is over: sign in again.", "refreshToken")


def owner(settings: Settings, named: str) -> int:
    """Whose id or token it is, a token of ours that has expired included; 0 if it is nobody's."""
    found = parse(named)
    if found is not None:
        return found[1] if found[0] == "Supporter" else 0
    for key in settings.signing_keys.values():
        with suppress(jwt.InvalidTokenError, ValueError):
            return int(jwt.decode(named, key, [ALGORITHM], options={"verify_exp": False, "verify_iat": False})["sub"])
    return 0
