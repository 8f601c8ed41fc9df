"""Name previews: a name as a campaign would show it."""

import strawberry

import resolvers.name_previews
from models import NameDisplay
from schema.arguments import input_for
from schema.fields import field


@input_for(resolvers.name_previews.PersonName)
@strawberry.input(description="A person's name, as in a form.")
class NameInput:
    given_name: str = field("The given name, or the only name.")
    family_name: str | None = strawberry.field(description="The family name, if any.", default=strawberry.UNSET)
    family_name_first: bool | None = strawberry.field(
        description="Whether the family name is written before the given name.", default=False
    )


@strawberry.type(description="A name as it would be shown on a campaign to others.")
class NamePreview:
    name_display: NameDisplay = field("The person's choice.")
    display_name: str = field("The name in the discussion, capped by the campaign's `nameDisplayCeiling`.")
    ticker_name: str = field("The name in the ticker, capped by the campaign's `tickerNameCeiling` as well.")


@strawberry.type
class NamePreviewQuery:
    name_previews: list[NamePreview] = field(resolvers.name_previews.name_previews)
