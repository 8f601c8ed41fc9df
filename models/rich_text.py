"""Rich text: markdown, sanitised HTML and plain text. The first two are stored; plain text is made from the HTML."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any


@dataclass(slots=True)
class RichText:
    markdown: str
    html: str

    @property
    def text(self) -> str:
        return plain_text(self.html)


class RichTextMixin:
    """Let a row with a body be its own rich text: a page has hundreds, and an object more for each takes time."""

    body_markdown: Any
    body_html: Any

    @property
    def markdown(self) -> str:
        return self.body_markdown  # type: ignore[no-any-return]

    @property
    def html(self) -> str:
        return self.body_html  # type: ignore[no-any-return]

    @property
    def text(self) -> str:
        return plain_text(self.html)


def plain_text(sanitised_html: str) -> str:
    """Strip all markup from sanitised HTML, and put each block on a line of its own."""
    spaced = re.sub(r"</(p|li|blockquote|pre|h\d)>|<br>", "\n", sanitised_html)
    text = unescape(re.sub(r"<[^>]*>", "", spaced))
    return "\n".join(line for line in (line.strip() for line in text.splitlines()) if line)
