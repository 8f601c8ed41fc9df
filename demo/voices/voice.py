"""A language's texts: whole ones, each used once, and parts that combine into more."""

from dataclasses import dataclass, field

from demo.shapes import Era


def entries(block: str) -> tuple[str, ...]:
    """Texts set apart by blank lines; // starts a paragraph, lists and quotations keep their lines."""
    return tuple(_body(chunk.splitlines()) for chunk in block.strip().split("\n\n"))


def lines(block: str) -> tuple[str, ...]:
    """One text a line."""
    return tuple(line.strip() for line in block.strip().splitlines())


def _body(rows: list[str]) -> str:
    text = ""
    for row in (row.strip() for row in rows):
        if row == "//":
            text = text.rstrip() + "\n\n"
        elif row.startswith(("- ", "> ", "1. ", "2. ", "3. ", "4. ")):
            text += ("" if not text or text.endswith("\n") else "\n") + row + "\n"
        else:
            text += ("" if not text or text.endswith("\n") else " ") + row
    return text.strip()


@dataclass(frozen=True, slots=True)
class Parts:
    """Three that read on from each other, whichever are drawn."""

    openings: tuple[str, ...]
    reasons: tuple[str, ...]
    closings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Voice:
    language: str
    countries: tuple[str, ...]
    whole: dict[Era, tuple[str, ...]]
    parts: dict[Era, Parts] = field(default_factory=dict)
    weights: dict[Era, int] = field(default_factory=dict)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
