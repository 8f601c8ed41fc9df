"""Consents: what a person answered, to whom, and to which text."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import resolvers.consents
from schema.arguments import input_for
from schema.fields import field

if TYPE_CHECKING:
    from schema.partners import Partner


@strawberry.type(
    description="What a person said yes or no to. The last answer to an organisation is the one that stands."
)
class Consent:
    organisation: Annotated["Partner", strawberry.lazy("schema.partners")] | None = field(
        resolvers.consents.organisation
    )
    granted: bool = field("Whether they said yes.")
    text_version: str = field("Which text they were shown.")
    given_at: datetime = field("When they answered.")


@input_for(resolvers.consents.Answer)
@strawberry.input(description="A person's answer, to be kept with the text that they were shown.")
class ConsentInput:
    organisation_id: strawberry.ID | None = strawberry.field(
        description="The id of the partner that is to have their consent; null: the site itself.",
        default=strawberry.UNSET,
    )
    granted: bool = field("Whether they say yes.")
    text_version: str = field("Which text they are shown; a name or number of yours, at most 100 characters.")
