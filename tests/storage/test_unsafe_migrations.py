"""`make migrations` refuses a migration that a database in use could not take, and an enum's new value needs none."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.app import ON_POSTGRES
from tests.support.copied_code import copy_code
from tests.support.operator_commands import run
from tests.support.source_files import tracked_files

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(ON_POSTGRES, reason="the check runs the migrations on a SQLite file of its own"),
]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return copy_code(tmp_path)


async def migrations(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return await run("sqlite://:memory:", "migrations", *words, folder=folder)


def change(file: Path, pattern: str, text: str) -> None:
    before = file.read_text()
    after = re.sub(pattern, text, before, count=1, flags=re.MULTILINE)
    assert after != before
    file.write_text(after)


def written(folder: Path) -> set[str]:
    return {file.name for file in (folder / "migrations").glob("*.py")} - {
        Path(name).name for name in tracked_files() if name.startswith("migrations/")
    }


async def test_new_value_of_an_enum_needs_no_migration(copied: Path) -> None:
    change(copied / "models" / "reactions.py", r"^    CANDLE = .*$", r'\g<0>\n    LANTERN = "LANTERN"')

    ended = await migrations(copied, "--check")

    assert (ended.returncode, ended.stderr) == (0, "The migrations match the models.\n")


async def test_new_column_that_is_null_is_written(copied: Path) -> None:
    change(
        copied / "models" / "votes.py",
        r"^    direction = ",
        r"    reason = fields.CharField(max_length=9, null=True)\n\g<0>",
    )

    ended = await migrations(copied, "--write", "votes_have_a_reason")

    (file,) = written(copied)
    assert ended.returncode == 0
    assert file.endswith("_votes_have_a_reason.py")
    assert f"Written: migrations/{file}" in ended.stderr


async def test_column_that_old_rows_have_no_value_for_is_refused(copied: Path) -> None:
    change(copied / "models" / "votes.py", r"^    direction = ", r"    weight = fields.IntField(default=1)\n\g<0>")

    ended = await migrations(copied, "--write", "votes_have_a_weight")

    assert ended.returncode == 1
    assert "Vote.weight" in ended.stderr
    assert "db_default" in ended.stderr
    assert written(copied) == set()


async def test_change_that_would_lose_constraints_is_refused(copied: Path) -> None:
    """Tortoise would copy the rows into a table without the constraint that a person votes once."""
    change(copied / "models" / "votes.py", r"max_length=8\)", "max_length=8, null=True)")

    ended = await migrations(copied, "--write", "votes_may_have_no_direction")

    assert ended.returncode == 1
    assert "the table votes" in ended.stderr
    assert written(copied) == set()
