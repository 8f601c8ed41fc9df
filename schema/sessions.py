"""Sessions: the mutations that refresh and end a session, and the fields of a payload that has one."""

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
    expires_at: datetime = field("When the session ends unless it is refreshed; each refresh extends it.")

    model: ClassVar[type[storage.Row]] = models.Session


SESSION_FIELDS = {
    "viewer": (Viewer, resolvers.sessions.viewer),
    "access_token": (str, resolvers.sessions.access_token),
    "refresh_token": (str, resolvers.sessions.refresh_token),
}
"""The derived fields of every payload with a session."""


@strawberry.type
class SessionMutation:
    refresh_session = mutation(resolvers.sessions.refresh_session, session=Session, derived=SESSION_FIELDS)
    sign_out = mutation(resolvers.sessions.sign_out, derived={"viewer": (Viewer, resolvers.viewer.viewer)})
