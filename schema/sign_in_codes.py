"""Signing in by a code that is mailed."""

from datetime import datetime
from typing import Annotated

import strawberry

import resolvers.sign_in_codes
from schema.mutations import mutation
from schema.sessions import TOKENS, Session


@strawberry.type
class SignInCodeMutation:
    request_sign_in = mutation(
        resolvers.sign_in_codes.request_sign_in, expires_at=Annotated[datetime, "When the mailed code expires."]
    )
    sign_in = mutation(resolvers.sign_in_codes.sign_in, session=Session, derived=TOKENS)
