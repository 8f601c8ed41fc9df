"""API keys: the keys of other programs, and the mutations that create and revoke them."""

from datetime import datetime

import strawberry

import models
import resolvers.api_keys
from auth.viewers import Scope
from schema.connections import Connection
from schema.fields import field
from schema.mutations import mutation
from schema.nodes import Node


@strawberry.type(description="An API key of another program. The key itself is shown only once, when it is created.")
class ApiKey(Node, model=models.ApiKey):
    name: str = field("Whose key it is.")
    prefix: str = field("The key's first characters, to tell keys apart.")
    scopes: list[Scope] = field(resolvers.api_keys.scopes)
    created_at: datetime = field("When the key was created.")
    expires_at: datetime | None = field("When the key expires; null: never.")
    last_used_at: datetime | None = field("When the key was last used, to about a minute; null: not yet.")
    revoked_at: datetime | None = field("When the key was revoked; null: it was not.")


@strawberry.type
class ApiKeyQuery:
    api_keys: Connection[ApiKey] | None = field(resolvers.api_keys.api_keys)


@strawberry.type
class ApiKeyMutation:
    create_api_key = mutation(
        resolvers.api_keys.create_api_key,
        api_key=ApiKey,
        derived={"key": (str | None, resolvers.api_keys.key)},
    )
    revoke_api_key = mutation(resolvers.api_keys.revoke_api_key, api_key=ApiKey)
