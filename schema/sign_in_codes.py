"""Sign-in codes: the mutations that mail a code and sign in with it."""

from datetime import datetime

import strawberry

import resolvers.sign_in_codes
from schema.mutations import mutation
from schema.sessions import SESSION_FIELDS, Session


@strawberry.type
class SignInCodeMutation:
    request_sign_in = mutation(resolvers.sign_in_codes.request_sign_in, expires_at=datetime)
    sign_in = mutation(resolvers.sign_in_codes.sign_in, session=Session, derived=SESSION_FIELDS)
