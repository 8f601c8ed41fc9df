"""The pages of the documentation, read as text: a section below a heading, and a table's rows."""

import re
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
DOCS = HOUSE / "docs"


def shown(page: Path) -> str:
    """Return the path of a page inside the repository."""
    return page.relative_to(HOUSE).as_posix()


def section(page: Path, heading: str) -> str:
    """Return the text under a heading, up to the next heading of any level."""
    return re.split(r"^#+ ", chapter(page, heading), maxsplit=1, flags=re.MULTILINE)[0]


def chapter(page: Path, heading: str) -> str:
    """Return the text under a heading, with the headings below it."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n", page.read_text(), re.MULTILINE)
    assert found, f"{shown(page)} has no heading {heading!r}"
    rest = page.read_text()[found.end() :]
    return re.split(rf"^#{{1,{len(found[1])}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def table(text: str) -> dict[str, str]:
    """Map what the first column names as code to the second column."""
    rows = [line.strip().strip("|").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {row[0].strip().strip("`"): row[1].strip() for row in rows}
