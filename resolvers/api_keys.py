"""API keys: made, listed and revoked by those who run the site."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import models
from auth.api_key_cache import digest
from auth.tokens import KEY_PREFIX
from auth.viewers import Scope
from models import ApiKey, Badge, NameDisplay, Role
from refusals import ProblemCode, Refusal, invalid, not_found
from resolvers import screening
from resolvers.context import Context
from resolvers.declarations import reads, requires
from resolvers.ids import IdOf
from resolvers.supporters import create
from settings import Settings

MOST = 1_000
"""Keys that are good at a time: a process remembers those that it has met."""
SHOWN = 8
"""Characters of a key by which it is recognised; the other 39 are the secret."""


@requires(Role.ADMIN)
async def api_keys(context: Context) -> list[ApiKey]:
    """Every API key that there was, newest first."""
    return await ApiKey.all().order_by("-id")


@reads("scopes")
def scopes(api_key: ApiKey) -> list[Scope]:
    """What it allows, and nothing else."""
    return [Scope(name) for name in api_key.scopes]


@requires(Role.ADMIN)
async def create_api_key(
    context: Context,
    name: Annotated[str, "Whose it is; what its program writes is shown under this name."],
    scopes: Annotated[list[Scope], "What it allows, and nothing else; at least one."],
    expires_at: Annotated[datetime | None, "When it ends by itself; null: it does not."] = None,
) -> ApiKey:
    """Make an API key for a program of others. It is shown this once: only a hash of it is kept."""
    return await issue(context.settings, name, scopes, expires_at, context.now())


def shown_key(payload: Any) -> str | None:
    """The key itself, to be sent as a bearer token; null where this is the answer to an earlier request."""
    return payload.api_key.key  # type: ignore[no-any-return]


@requires(Role.ADMIN)
async def revoke_api_key(context: Context, api_key_id: Annotated[int, IdOf("ApiKey")]) -> ApiKey:
    """End an API key for good: here at once, on other processes of the server within `API_KEY_SECONDS`."""
    revoked = await revoke(api_key_id, context.now())
    context.after_commit.append(lambda: context.api_key_cache.end(api_key_id))
    return revoked


async def issue(
    settings: Settings, name: str, scopes: Sequence[Scope], expires_at: datetime | None, at: datetime
) -> ApiKey:
    """A new key, with the text of it on its row."""
    name = screening.name(name, "name")
    if not scopes:
        raise invalid("Name at least one scope that the key is to have.", "scopes")
    if expires_at is not None and expires_at <= at:
        raise invalid("`expiresAt` is over already.", "expiresAt")
    if await models.api_keys.good(at).count() >= MOST:
        raise Refusal(ProblemCode.CONFLICT, f"There are {MOST} API keys: revoke those that nobody uses.")
    writer = await create(name, None, NameDisplay.FULL_NAME, badge=Badge.PARTNER)
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    made = await ApiKey.create(
        supporter_id=writer.id,
        name=name,
        digest=digest(settings.key, key),
        prefix=key[:SHOWN],
        scopes=[scope.value for scope in Scope if scope in scopes],
        created_at=at,
        expires_at=expires_at,
    )
    made.key = key
    return made


async def revoke(key_id: int, at: datetime) -> ApiKey:
    """The key, revoked; one that was revoked before stays as it is."""
    await ApiKey.filter(id=key_id, revoked_at=None).update(revoked_at=at)  # the first time is remembered
    revoked = await ApiKey.get_or_none(id=key_id)
    if revoked is None:
        raise not_found("API key", "apiKeyId")
    return revoked
