"""The operator commands, run as processes: their output and exit codes."""

from pathlib import Path

import pytest
import strawberry

import server
from models import Campaign, Partner
from resolvers.context import Context
from schema.fields import field
from tests.support.app import TestApp, database
from tests.support.operator_commands import run

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("role", ["MODERATOR", "CAMPAIGNER", "ADMIN"])
async def test_token_prints_only_a_valid_token(site: TestApp, role: str) -> None:
    completed = await run(site.settings.database_url, "token", "--role", role, "--name", "Mo Derator")

    assert completed.returncode == 0
    assert completed.stderr == ""
    (token,) = completed.stdout.splitlines()
    answer = await site.ask("{ viewer { role supporter { displayName badge } } }", token)
    shown = {"displayName": "Mo Derator", "badge": "STAFF"}
    assert answer["viewer"] == {"role": role, "supporter": shown}


async def test_token_creates_a_missing_database_if_told_so(tmp_path: Path) -> None:
    """The generated key is stored beside the file, so that the server accepts the token later."""
    url = f"sqlite://{tmp_path}/new.db"

    completed = await run(url, "token", "--role", "ADMIN", "--name", "Ada", "--create", SECRET_KEY="")

    assert completed.returncode == 0
    assert len(completed.stdout.splitlines()) == 1
    assert (tmp_path / "new.db.key").exists()


@pytest.mark.parametrize("role", ["GUEST", "ANONYMOUS", "SUPPORTER", "INTEGRATOR", "KING", "moderator "])
async def test_token_requires_a_staff_role(site: TestApp, role: str) -> None:
    completed = await run(site.settings.database_url, "token", "--role", role, "--name", "Mo")

    assert completed.returncode == 2
    assert completed.stdout == ""
    assert "Traceback" not in completed.stderr


@pytest.mark.parametrize("name", ["", "  ", "http://spam.example", "mo@example.org", "…"])
async def test_token_refuses_invalid_name(site: TestApp, name: str) -> None:
    completed = await run(site.settings.database_url, "token", "--role", "MODERATOR", "--name", name)

    assert completed.returncode == 2
    assert completed.stdout == ""
    assert "Traceback" not in completed.stderr


async def test_migrate_is_idempotent() -> None:
    async with database() as url:
        completed = await run(url, "migrate")

        assert (completed.returncode, completed.stdout) == (0, "")


async def test_migrate_creates_tables(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/new.db"

    first = await run(url, "migrate")

    assert first.returncode == 0
    assert (await run(url, "audit")).returncode == 0


async def test_printed_schema_is_up_to_date() -> None:
    completed = await run("sqlite://:memory:", "schema", "--check")

    assert completed.returncode == 0, completed.stderr


async def test_models_need_no_migration() -> None:
    completed = await run("sqlite://:memory:", "migrations", "--check")

    assert completed.returncode == 0, completed.stderr


async def test_migrations_check_opens_no_database(tmp_path: Path) -> None:
    await run(f"sqlite://{tmp_path}/none.db", "migrations", "--check")

    assert not (tmp_path / "none.db").exists()


async def test_audit_prints_nothing_if_counts_are_right(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest()
    thread = await site.comment(campaign, guest)
    await site.comment(campaign, guest, parent=thread)
    await site.do("castVote", "__typename", guest, commentId=thread, direction="UP")

    completed = await run(site.settings.database_url, "audit")

    assert (completed.returncode, completed.stdout) == (0, "")


async def test_audit_prints_wrong_count(site: TestApp) -> None:
    await site.campaign()
    await Campaign.all().update(thread_count=7)

    completed = await run(site.settings.database_url, "audit")

    assert completed.returncode == 1
    assert completed.stdout == "campaigns.thread_count of 1 is 7, recounted 0\n"


async def partner_count(context: Context) -> int:
    return await Partner.all().count()


@strawberry.type
class OrmQuery:
    partner_count: int = field(partner_count)


async def test_explain_prints_orm_queries(site: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.explanation, "create_schema", lambda settings: server.Schema(OrmQuery))

    explanation = await server.explain(site.settings, "{ partnerCount }", {}, None)

    assert "-- 1 statements" in explanation
    assert 'SELECT COUNT(*) FROM "partners"' in explanation


async def test_explain_prints_statements(site: TestApp, tmp_path: Path) -> None:
    (tmp_path / "query.graphql").write_text("{ campaigns { nodes { slug } } }")

    completed = await run(site.settings.database_url, "explain", str(tmp_path / "query.graphql"), COMPILED="true")

    assert completed.returncode == 0
    assert "-- 1 statements" in completed.stdout
    assert "FROM campaigns" in completed.stdout.replace('"', "")


async def test_unknown_database_url_is_refused_with_a_message() -> None:
    completed = await run("mysql://127.0.0.1/none", "migrate")

    assert completed.returncode == 1
    assert "sqlite://FILE and postgres://" in completed.stderr
    assert "Traceback" not in completed.stderr


async def test_help_lists_commands() -> None:
    completed = await run("sqlite://:memory:")

    for command in ("serve", "demo", "migrate", "token", "audit", "schema", "migrations"):
        assert command in completed.stdout + completed.stderr
