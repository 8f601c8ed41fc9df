"""API keys, for programs of others."""

from datetime import datetime

import strawberry

import models
import resolvers.api_keys
from auth.viewers import Scope
from schema.fields import field
from schema.mutations import mutation
from schema.nodes import Node


@strawberry.type(description="What a program of others is known by. The key itself is shown once, when it is made.")
class ApiKey(Node, model=models.ApiKey):
    name: str = field("Whose it is.")
    prefix: str = field("The key's first characters, to tell keys apart.")
    scopes: list[Scope] = field(resolvers.api_keys.scopes)
    created_at: datetime = field("When it was made.")
    expires_at: datetime | None = field("When it ends by itself; null: it does not.")
    last_used_at: datetime | None = field("When it was last used, to the minute or so; null: not yet.")
    revoked_at: datetime | None = field("When it was ended; null: it was not.")


@strawberry.type
class ApiKeyQuery:
    api_keys: list[ApiKey] | None = field(resolvers.api_keys.api_keys)


@strawberry.type
class ApiKeyMutation:
    create_api_key = mutation(
        resolvers.api_keys.create_api_key,
        api_key=ApiKey,
        derived={"key": (str | None, resolvers.api_keys.shown_key)},
    )
    revoke_api_key = mutation(resolvers.api_keys.revoke_api_key, api_key=ApiKey)
