"""Rich text: a text as markdown, HTML and plain text."""

import strawberry

from schema.fields import field

# of the longest comment by COMMENT_LENGTH's default, in UTF-8; campaigns may have longer texts, but few of them
MARKDOWN_BYTES, HTML_BYTES = 20_000, 30_000


@strawberry.type(description="A text in three forms. `html` is sanitised, and the only one to render.")
class RichText:
    markdown: str = field("As it was written.", max_bytes=MARKDOWN_BYTES)
    html: str = field("Sanitised HTML, safe to put into a page as it is.", max_bytes=HTML_BYTES)
    text: str = field("Without any markup.", max_bytes=MARKDOWN_BYTES)
