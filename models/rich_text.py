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
        """The text of the HTML, which is sanitised: blocks apart by a line, without markup."""
        spaced = re.sub(r"</(p|li|blockquote|pre|h\d)>|<br>", "\n", self.html)
        text = unescape(re.sub(r"<[^>]*>", "", spaced))
        return "\n".join(line for line in (line.strip() for line in text.splitlines()) if line)


def body_of(row: Any) -> RichText:
    """A row's body. A form that was not read with it is None, which no field of the schema takes."""
    known = row.__dict__
    return RichText(known.get("body_markdown"), known.get("body_html"))
