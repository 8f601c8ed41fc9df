"""Rich text: a text as markdown, HTML and plain text."""

import strawberry

from schema.fields import field


@strawberry.type(description="A text in three forms. `html` is sanitised, and the only one to render.")
class RichText:
    markdown: str = field("As it was written.")
    html: str = field("Sanitised HTML, safe to put into a page as it is.")
    text: str = field("Without any markup.")
