"""A text in its three forms. What was written and its HTML are kept; plain text is made when it is asked for."""

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
        return plain(self.html)


class Bodied:
    """A row whose body is such a text. It stands for it itself: a page has hundreds, and one more object for each."""

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
        return plain(self.html)


def plain(html: str) -> str:
    """The text of HTML, which is sanitised: blocks apart by a line, without markup."""
    spaced = re.sub(r"</(p|li|blockquote|pre|h\d)>|<br>", "\n", html)
    text = unescape(re.sub(r"<[^>]*>", "", spaced))
    return "\n".join(line for line in (line.strip() for line in text.splitlines()) if line)
