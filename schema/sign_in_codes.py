"""Sign-in codes: the mutations that mail a code and sign in with it."""

from datetime import datetime
from typing import Annotated

import strawberry

import resolvers.sign_in_codes
from schema.mutations import mutation
from schema.sessions import SESSION_FIELDS, Session


@strawberry.type
class SignInCodeMutation:
    request_sign_in = mutation(
        resolvers.sign_in_codes.request_sign_in,
        request_id=Annotated[
            strawberry.ID, "The id of this request, for `signIn`. Keep it with the form, and tell it to nobody."
        ],
        expires_at=Annotated[datetime, "When the code of this request expires."],
    )
    sign_in = mutation(resolvers.sign_in_codes.sign_in, session=Session, derived=SESSION_FIELDS)
