"""The events of all campaigns in one list."""

import strawberry

import resolvers.events
from schema.activity import Activity
from schema.connections import Stream
from schema.fields import field


@strawberry.type
class EventQuery:
    events: Stream[Activity] | None = field(resolvers.events.events)
