"""Sessions: going on with one, and ending it."""

from datetime import datetime
from typing import ClassVar

import strawberry

import models
import resolvers.sessions
import resolvers.viewer
import storage
from schema.fields import field
from schema.mutations import mutation
from schema.supporters import Viewer


@strawberry.type(description="One sign-in, on one device.")
class Session:
    created_at: datetime = field("When the person signed in.")
    expires_at: datetime = field("Until when it must be refreshed; each refresh moves it on.")

    model: ClassVar[type[storage.Row]] = models.Session


TOKENS = {
    "viewer": (Viewer, resolvers.sessions.viewer),
    "access_token": (str, resolvers.sessions.access_token),
    "refresh_token": (str, resolvers.sessions.refresh_token),
}
"""What a payload with a session gives of it."""


@strawberry.type
class SessionMutation:
    refresh_session = mutation(resolvers.sessions.refresh_session, session=Session, derived=TOKENS)
    sign_out = mutation(resolvers.sessions.sign_out, derived={"viewer": (Viewer, resolvers.viewer.viewer)})
