"""A text in its three forms; all three are made when it is written, none when it is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RichText:
    markdown: str
    html: str
    text: str
