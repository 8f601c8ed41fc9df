"""Rich text: markdown, sanitised HTML and plain text. The first two are stored; plain text is made from the HTML."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_BLOCK_END = re.compile(r"</(p|li|blockquote|pre|h\d)>|<br>")
_TAG = re.compile(r"<[^>]*>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": "\xa0", "&amp;": "&"}
"""The only entities that the sanitiser writes; the ampersand is the last, so that `&amp;lt;` becomes `&lt;`."""


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


@lru_cache(8)
def plain_text(sanitised_html: str) -> str:
    """Strip all markup from sanitised HTML, and put each block on a line of its own.

    The last texts are cached, so that a query with many aliases of one text makes the text once.
    """
    text = _TAG.sub("", _BLOCK_END.sub("\n", sanitised_html))
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    return "\n".join(line for line in (line.strip() for line in text.splitlines()) if line)
