"""Pictures: an image of a campaign or a partner, with its alternative text and credit."""

import strawberry

import models
from models import URL
from schema.arguments import input_for
from schema.fields import field


@strawberry.type(description="An image.")
class Image:
    url: URL = field("The URL of the image.")
    alt: str = field("The text alternative, for readers who do not see the image.")
    credit: str | None = field("The name of the photographer or owner.")


@input_for(models.Image)
@strawberry.input(description="An image.")
class ImageInput:
    url: URL = field("The URL of the image.")
    alt: str = field("The text alternative, for readers who do not see the image.")
    credit: str | None = strawberry.field(
        description="The name of the photographer or owner.", default=strawberry.UNSET
    )
