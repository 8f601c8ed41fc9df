"""A copy of the code in a folder, to which a test makes changes before it runs an operator's command there."""

import shutil
from pathlib import Path

from tests.support.serving import HOUSE
from tests.support.source_files import tracked_files

SUFFIXES = (".py", ".toml", ".po")


def copy_code(folder: Path) -> Path:
    """Copy everything that a command needs, and return the folder."""
    for name in tracked_files():
        if Path(name).suffix in SUFFIXES and not name.startswith(("tests/", "benchmarks/")):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(HOUSE / name, target)
    return folder
