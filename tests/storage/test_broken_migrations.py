"""A migration that fails leaves the database as it was, and an older version refuses the database of a newer one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import storage
from storage.database import Statement
from tests.storage.test_migrations import empty_database, schema
from tests.support.app import TestApp, running_app
from tests.support.copied_code import copy_code
from tests.support.operator_commands import run

pytestmark = pytest.mark.anyio

GOOD = 'ops.RunSQL("ALTER TABLE votes ADD COLUMN weight INT", "ALTER TABLE votes DROP COLUMN weight")'
BROKEN = 'ops.RunSQL("UPDATE votes SET nothing = 1", "")'
VOTES = Statement("SELECT id, direction FROM votes ORDER BY id")


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A folder with a copy of the code, to which a test adds migrations."""
    return copy_code(tmp_path / "newer")


def add_migration(folder: Path, name: str, *operations: str) -> None:
    before = max(path.stem for path in (folder / "migrations").glob("[0-9]*.py"))
    (folder / "migrations" / f"{name}.py").write_text(
        "from tortoise import migrations\nfrom tortoise.migrations import operations as ops\n\n\n"
        f"class Migration(migrations.Migration):\n    dependencies = [('models', '{before}')]\n"
        f"    operations = [{', '.join(operations)}]\n"
    )


@pytest.fixture
async def voted() -> AsyncIterator[TestApp]:
    """A site with a vote."""
    async with running_app() as site:
        campaign = await site.campaign()
        comment = await site.comment(campaign, await site.guest())
        await site.do("castVote", "__typename", await site.guest(), commentId=comment, direction="UP")
        yield site


@pytest.mark.parametrize("operations", [(BROKEN,), (GOOD, BROKEN)], ids=["first", "second"])
async def test_broken_migration_changes_nothing(voted: TestApp, newer: Path, operations: tuple[str, ...]) -> None:
    """Also not what an earlier migration, or an earlier operation, has changed."""
    add_migration(newer, "0098_good", GOOD.replace("weight", "other"))
    add_migration(newer, "0099_broken", *operations)
    before = await schema(), await rows()

    ended = await run(voted.settings.database_url, "migrate", folder=newer)

    assert ended.returncode == 1
    assert ended.stderr.startswith("The migration 0099_broken failed (OperationalError). Nothing was changed")
    assert len(ended.stderr.splitlines()) == 1
    assert (await schema(), await rows()) == before
    assert (await voted.http.get("/readyz")).status_code == 200


async def rows() -> list[Any]:
    return [tuple(row) for row in await storage.fetch(VOTES)]


async def test_older_version_refuses_a_newer_database(tmp_path: Path, newer: Path) -> None:
    add_migration(newer, "0099_good", GOOD)
    async with empty_database(tmp_path, "newer") as settings:
        url = settings.database_url
        assert (await run(url, "migrate", folder=newer)).returncode == 0

        for command in ("serve", "migrate", "audit"):
            ended = await run(url, command)
            assert ended.returncode == 1
            assert "newer version of Groundswell (it has 0099_good)" in ended.stderr
            assert "Traceback" not in ended.stderr
