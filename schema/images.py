"""Pictures: an image of a campaign or a partner, with its alternative text and credit."""

import strawberry

import models
from models import URL
from schema.arguments import input_for
from schema.fields import field


@strawberry.type(description="A picture.")
class Image:
    url: URL = field("Where it is.")
    alt: str = field("What it shows, for those who don't see it.")
    credit: str | None = field("Whose picture it is.")


@input_for(models.Image)
@strawberry.input(description="A picture.")
class ImageInput:
    url: URL = field("Where it is.")
    alt: str = field("What it shows, for those who don't see it.")
    credit: str | None = strawberry.field(description="Whose picture it is.", default=strawberry.UNSET)
