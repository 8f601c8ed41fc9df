"""Consents: a person's answers, with the organisation and the version of the text."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import resolvers.consents
from schema.arguments import input_for
from schema.fields import field

if TYPE_CHECKING:
    from schema.partners import Partner


@strawberry.type(description="A person's yes or no to an organisation. The last answer to an organisation is in force.")
class Consent:
    organisation: Annotated["Partner", strawberry.lazy("schema.partners")] | None = field(
        resolvers.consents.organisation
    )
    granted: bool = field("Whether the person said yes.")
    text_version: str = field("The version of the text that the person was shown.")
    given_at: datetime = field("When the person answered.")


@input_for(resolvers.consents.ConsentAnswer)
@strawberry.input(
    description="A person's answer to a request for consent, stored with the version of the text that was shown."
)
class ConsentInput:
    organisation_id: strawberry.ID | None = strawberry.field(
        description="The id of the partner that asks for the consent; null: the site itself.",
        default=strawberry.UNSET,
    )
    granted: bool = field("Whether the person says yes.")
    text_version: str = field(
        "The version of the text that is shown: a name or number of your choice, at most 100 characters."
    )
