"""The operator's verbs, as an operator types them: what they print, and how they end."""

from pathlib import Path

import pytest

import storage
from storage.database import Statement
from tests.support.app import TestApp, database
from tests.support.operator_commands import run

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("role", ["MODERATOR", "CAMPAIGNER", "ADMIN"])
async def test_token_prints_a_token_that_works_and_nothing_else(site: TestApp, role: str) -> None:
    ended = await run(site.settings.database_url, "token", "--role", role, "--name", "Mo Derator")

    assert ended.returncode == 0
    assert ended.stderr == ""
    (token,) = ended.stdout.splitlines()
    answer = await site.ask("{ viewer { role supporter { displayName badge } } }", token)
    shown = {"displayName": "Mo Derator", "badge": "STAFF"}
    assert answer["viewer"] == {"role": role, "supporter": shown}


async def test_token_works_on_a_database_that_is_not_there_yet(tmp_path: Path) -> None:
    """Its key is kept beside the file, so that the server takes the token later."""
    url = f"sqlite://{tmp_path}/new.db"

    ended = await run(url, "token", "--role", "ADMIN", "--name", "Ada", SECRET_KEY="")

    assert ended.returncode == 0
    assert len(ended.stdout.splitlines()) == 1
    assert (tmp_path / "new.db.key").exists()


@pytest.mark.parametrize("role", ["GUEST", "ANONYMOUS", "SUPPORTER", "INTEGRATOR", "KING", "moderator "])
async def test_token_is_for_staff(site: TestApp, role: str) -> None:
    ended = await run(site.settings.database_url, "token", "--role", role, "--name", "Mo")

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("name", ["", "  ", "http://spam.example", "mo@example.org", "…"])
async def test_token_wants_a_name_that_is_one(site: TestApp, name: str) -> None:
    ended = await run(site.settings.database_url, "token", "--role", "MODERATOR", "--name", name)

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr


async def test_migrate_can_be_repeated() -> None:
    async with database() as url:
        ended = await run(url, "migrate")

        assert (ended.returncode, ended.stdout) == (0, "")


async def test_migrate_makes_the_tables_of_a_new_file(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/new.db"

    first = await run(url, "migrate")

    assert first.returncode == 0
    assert (await run(url, "audit")).returncode == 0


async def test_the_printed_schema_is_up_to_date() -> None:
    ended = await run("sqlite://:memory:", "schema", "--check")

    assert ended.returncode == 0, ended.stderr


async def test_the_models_need_no_migration() -> None:
    ended = await run("sqlite://:memory:", "migrations", "--check")

    assert ended.returncode == 0, ended.stderr


async def test_checking_migrations_touches_no_database(tmp_path: Path) -> None:
    await run(f"sqlite://{tmp_path}/none.db", "migrations", "--check")

    assert not (tmp_path / "none.db").exists()


async def test_audit_is_silent_where_every_count_is_right(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    thread = await site.comment(campaign, guest)
    await site.comment(campaign, guest, parent=thread)
    await site.do("castVote", "__typename", guest, commentId=thread, direction="UP")

    ended = await run(site.settings.database_url, "audit")

    assert (ended.returncode, ended.stdout) == (0, "")


async def test_audit_says_which_count_is_wrong(site: TestApp) -> None:
    await site.campaign()
    async with storage.transaction():
        await storage.fetch(Statement("UPDATE campaigns SET thread_count = 7 RETURNING id"))

    ended = await run(site.settings.database_url, "audit")

    assert ended.returncode == 1
    assert ended.stdout == "campaigns.thread_count of 1 is 7, recounted 0\n"


async def test_a_database_url_of_another_kind_is_refused_in_a_sentence() -> None:
    ended = await run("mysql://127.0.0.1/none", "migrate")

    assert ended.returncode == 1
    assert "sqlite:// and postgres://" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_without_a_verb_the_verbs_are_listed() -> None:
    ended = await run("sqlite://:memory:")

    for verb in ("serve", "demo", "migrate", "token", "audit", "schema", "migrations"):
        assert verb in ended.stdout + ended.stderr
