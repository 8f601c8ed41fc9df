"""Consents: a person's answers, with the organisation and the version of the text."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import resolvers.consents
from schema.arguments import input_for
from schema.fields import field
from schema.rich_text import RichText

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


@strawberry.type(description="A consent that a campaign's form asks for, and that a signature may answer.")
class ConsentQuestion:
    organisation: Annotated["Partner", strawberry.lazy("schema.partners")] | None = field(
        resolvers.consents.organisation
    )
    text: RichText = field("The question, to be shown beside a box that is not ticked yet.")
    text_version: str = field("The version of the text, to be sent with the answer.")
    required: bool = field("Whether the campaign can be signed only by those who grant the consent.")


@input_for(resolvers.consents.ConsentQuestionDraft)
@strawberry.input(description="A consent that a campaign's form asks for. Each organisation has one question at most.")
class ConsentQuestionInput:
    organisation_id: strawberry.ID | None = strawberry.field(
        description="The id of the partner that asks for the consent; null: the site itself.",
        default=strawberry.UNSET,
    )
    text: str = field("The question, as Markdown; at most 5,000 characters.")
    text_version: str = field(
        "A name or number of your choice, at most 100 characters. A new text needs a new version."
    )
    required: bool | None = strawberry.field(
        description="Whether the campaign can be signed only by those who grant the consent.", default=False
    )


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
