"""Texts of invented comments, one TOML file a language."""

from dataclasses import dataclass, field
from pathlib import Path

from demo.read_toml import read_folder
from demo.types import Phase

# The order counts: random draws depend on it.
LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "uk", "tr", "tk", "ar", "hi", "ja", "zh", "ko"),
    *("sv", "da", "nb", "fi", "el", "cs", "hu", "ro", "hr", "he", "fa", "id", "sw", "vi", "ca", "bg"),
)


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of combined comments: any opening, reason and closing can follow each other."""

    weight: int
    openings: tuple[str, ...]
    reasons: tuple[str, ...]
    closings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """A language's texts: complete comments, each used once, and parts that are combined into more comments."""

    countries: tuple[str, ...]
    comments: dict[Phase, tuple[str, ...]]
    parts: dict[Phase, Parts] = field(default_factory=dict)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)


TEXTS = read_folder(Path(__file__).parent, LANGUAGES, Texts)
