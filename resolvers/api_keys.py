"""API keys: create, list and revoke them."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import models
from auth.api_key_cache import hash_api_key
from auth.tokens import API_KEY_PREFIX
from auth.viewers import Scope
from models import ApiKey, ApiKeySort, Badge, NameDisplay, Role
from refusals import InputReason, ProblemCode, Refusal, collect_issues, invalid, not_found
from resolvers import screening, supporters
from resolvers.context import Context
from resolvers.declarations import RequestedAttributes, list_size, reads, requires, selects_total
from resolvers.ids import IdOf
from resolvers.paging import Connection, Page, SealedCursorCodec
from settings import Settings
from storage import keyset

API_KEYS_SHOWN = 20
MAX_API_KEYS = 1_000
"""Valid keys; each process caches all that it has seen."""
SECRET_BYTES = 32
PREFIX_LENGTH = 8
"""Characters of a key that are stored, to tell keys apart; the other 39 are secret."""


@list_size(API_KEYS_SHOWN)
@requires(Role.ADMIN)
async def api_keys(context: Context, page: Page, requested: RequestedAttributes = None) -> Connection[ApiKey]:
    """Every API key, newest first, with the expired and revoked ones."""
    place = SealedCursorCodec(context.settings.key, "api_keys", ApiKeySort.NEWEST)
    window = page.window(place, API_KEYS_SHOWN)
    rows = await keyset.page(ApiKey, "true", (), place.sort, window)
    return Connection(rows, window, place, await ApiKey.all().count() if selects_total(requested) else 0)


@list_size(len(Scope))
@reads("scopes")
def scopes(api_key: ApiKey) -> list[Scope]:
    """The scopes of the key: it allows nothing else."""
    return [Scope(name) for name in api_key.scopes]


@requires(Role.ADMIN)
async def create_api_key(
    context: Context,
    name: Annotated[str, "Whose key it is; what the program writes is shown under this name."],
    scopes: Annotated[list[Scope], "What the key allows, and nothing else; at least one."],
    expires_at: Annotated[datetime | None, "When the key expires; null: never."] = None,
) -> ApiKey:
    """Create an API key for another program. The key is shown only once: the server stores only a hash of it."""
    return await issue_key(context.settings, name, scopes, expires_at, context.now())


def key(payload: Any) -> str | None:
    """The key itself, to be sent as a bearer token; null if this answer is a replay of an earlier one."""
    return payload.api_key.key  # type: ignore[no-any-return]


@requires(Role.ADMIN)
async def revoke_api_key(context: Context, api_key_id: Annotated[int, IdOf("ApiKey")]) -> ApiKey:
    """End an API key for good: here at once, on other processes of the server within `API_KEY_SECONDS`."""
    revoked = await revoke_by_id(api_key_id, context.now())
    context.after_commit.append(lambda: context.api_key_cache.revoke(api_key_id))
    return revoked


async def issue_key(
    settings: Settings, name: str, scopes: Sequence[Scope], expires_at: datetime | None, at: datetime
) -> ApiKey:
    """Create a key and its author; the returned row has the plain key as its `key`."""
    with collect_issues() as issues:
        name = issues.take(screening.name, name, "name")
        if not scopes:
            message = "Name at least one scope that the key is to have."
            issues.collect(invalid(message, "scopes", reason=InputReason.EMPTY))
        if expires_at is not None and expires_at <= at:
            issues.collect(invalid("This time is over already.", "expiresAt", reason=InputReason.OUT_OF_RANGE))
    if await models.api_keys.valid_keys(at).count() >= MAX_API_KEYS:
        message = "There are {most} API keys: revoke those that nobody uses."
        raise Refusal(ProblemCode.CONFLICT, message, most=MAX_API_KEYS)
    author = await supporters.create_supporter(name, None, NameDisplay.FULL_NAME, badge=Badge.PARTNER, is_person=False)
    plain_key = API_KEY_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    api_key = await ApiKey.create(
        supporter_id=author.id,
        name=name,
        digest=hash_api_key(settings.key, plain_key),
        prefix=plain_key[:PREFIX_LENGTH],
        scopes=[scope.value for scope in Scope if scope in scopes],
        created_at=at,
        expires_at=expires_at,
    )
    api_key.key = plain_key
    return api_key


async def revoke_by_id(api_key_id: int, at: datetime) -> ApiKey:
    """Return the revoked key; a key that was revoked before keeps its `revoked_at`."""
    await ApiKey.filter(id=api_key_id, revoked_at=None).update(revoked_at=at)
    api_key = await ApiKey.get_or_none(id=api_key_id)
    if api_key is None:
        raise not_found("API key", "apiKeyId")
    return api_key
