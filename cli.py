"""The command line for operators. Each command opens the database and calls a function that does the work."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from tortoise.queryset import QuerySet

import models
import storage
from auth.viewers import Scope
from settings import Settings, settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Groundswell: the server behind a campaign page.")
console = Console(stderr=True, highlight=False)
keys = typer.Typer(no_args_is_help=True, help="API keys, for other programs.")
cli.add_typer(keys, name="key")
staff = typer.Typer(no_args_is_help=True, help="People with a role.")
cli.add_typer(staff, name="staff")
HOUSE = Path(__file__).parent


def run(command: Callable[[Settings], Awaitable[Any]], creates: bool = False, may_migrate: bool | None = None) -> Any:
    """Run a command with the database open and all migrations applied; see `storage.prepare`.

    Only a command that `creates` may begin on a new database: a misspelt DATABASE_URL would give an empty one.
    """

    async def with_database() -> Any:
        if not creates and storage.database.is_missing(settings):
            raise SystemExit(storage.database.NO_DATABASE)
        await storage.connect(settings)
        try:
            await storage.prepare(settings, creates=creates, may_migrate=may_migrate)
            return await command(settings)
        finally:
            await storage.close()

    return asyncio.run(with_database())


@cli.command()
def serve() -> None:
    """Serve the database that DATABASE_URL names. SQLite is migrated first, PostgreSQL by `migrate`."""
    signal.signal(signal.SIGTERM, _stop)
    run(_do_nothing, creates=True)
    listen()


@cli.command()
def demo() -> None:
    """Load the demonstration campaigns, unless they are there, and serve them."""
    signal.signal(signal.SIGTERM, _stop)
    from demo.load_with_progress import load_with_progress

    load = run(lambda settings: load_with_progress(settings, console), creates=True, may_migrate=True)
    console.print(load, soft_wrap=True, markup=False)
    listen()


@cli.command()
def migrate() -> None:
    """Create the database if there is none, and apply all pending migrations to it."""
    run(_do_nothing, creates=True, may_migrate=True)


@cli.command()
def token(
    role: Annotated[models.Role, typer.Option(help="MODERATOR, CAMPAIGNER or ADMIN.")],
    name: Annotated[str, typer.Option(help="The name of the person, shown with everything that the person does.")],
    creates: Annotated[bool, typer.Option("--create", help="Create the database if there is none.")] = False,
) -> None:
    """Print a staff member's bearer token, and nothing else."""
    from refusals import Refusal
    from resolvers.supporters import create_staff

    async def create(settings: Settings) -> str:
        async with storage.transaction():
            return await create_staff(settings, name, role)

    try:
        typer.echo(run(create, creates))
    except (ValueError, Refusal) as error:
        raise typer.BadParameter(_explanation(error)) from None


@cli.command()
def revoke(
    person: Annotated[str, typer.Argument(help="The id of a Supporter, or one of the person's tokens.")],
) -> None:
    """End every session and token of a person; running servers notice within API_KEY_SECONDS."""
    from resolvers.sessions import create_revocations, supporter_id_of

    async def end(settings: Settings) -> None:
        supporter_id = supporter_id_of(settings, person)
        if not await models.Supporter.exists(id=supporter_id):
            raise typer.BadParameter("there is no such person")
        async with storage.transaction():
            await create_revocations(settings, supporter_id, storage.now())

    run(end)


@staff.command("list")
def list_staff() -> None:
    """Print everyone with a role: id (for `revoke`), name, role, where it is from, since when, last use, and end."""
    from resolvers.staff import staff_roles

    for role in run(lambda settings: staff_roles()):
        used = f"last {role.last_used_at:%Y-%m-%d %H:%M}" if role.last_used_at else "last use unknown"
        end = f"good until {role.expires_at:%Y-%m-%d %H:%M}" if role.expires_at else "as long as the host gives it"
        since = f"since {role.created_at:%Y-%m-%d %H:%M}"
        typer.echo("\t".join([role.person_id, role.name, role.role or "?", role.source, since, used, end]))


@cli.command()
def reseal() -> None:
    """Encrypt names and e-mail addresses again with the first of ENCRYPTION_KEYS; then the others can be removed."""
    from jobs.resealing import reseal

    typer.echo(f"People sealed anew: {run(lambda settings: reseal())}")


@cli.command()
def outbox(
    everything: Annotated[
        bool, typer.Option("--all", help="Also mails that were sent or given up, and when or why.")
    ] = False,
) -> None:
    """Print the mails that wait, oldest first: number, kind, time, tries, e-mail address, and text."""
    for mail in run(lambda settings: _mails(everything).order_by("id")):
        end = f"sent {mail.sent_at:%Y-%m-%d %H:%M}" if mail.sent_at else mail.failure or "not tried yet"
        line = (mail.id, mail.kind, f"{mail.created_at:%Y-%m-%d %H:%M}", f"{mail.try_count} tries", end, mail.email)
        typer.echo("\t".join(str(item) for item in line if item is not None))
        typer.echo(f"{mail.subject}\n\n{mail.text}" if mail.text else mail.subject)


def _mails(everything: bool) -> QuerySet[models.Mail]:
    """Return the query for `outbox`. Call within `run`: a query takes its connection when it is created."""
    return models.Mail.all() if everything else models.Mail.filter(next_try_at__isnull=False)


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="The name shown with everything that the program writes.")],
    scope: Annotated[list[Scope], typer.Option(help="What the key allows; may be given several times.")],
    expires: Annotated[datetime | None, typer.Option(help="When the key expires, in UTC.")] = None,
) -> None:
    """Print a new API key, and nothing else. Only a hash is stored: the key can not be shown again."""
    from refusals import Refusal
    from resolvers.api_keys import issue_key

    async def create(settings: Settings) -> str | None:
        async with storage.transaction():
            until = expires.replace(tzinfo=UTC) if expires else None
            return (await issue_key(settings, name, scope, until, storage.now())).key

    try:
        typer.echo(run(create))
    except Refusal as error:
        raise typer.BadParameter(_explanation(error)) from None


@keys.command("list")
def list_keys() -> None:
    """Print every API key, also ended ones, newest first: number, beginning, name, scopes, last use, and end."""
    rows = run(lambda settings: models.ApiKey.all().order_by("-id"))
    for row in rows:
        used = f"used {row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"
        end = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else "good"
        if row.expires_at and not row.revoked_at:
            end = f"{'expired' if row.expires_at <= storage.now() else 'good until'} {row.expires_at:%Y-%m-%d %H:%M}"
        typer.echo("\t".join([str(row.id), row.prefix, row.name, " ".join(row.scopes), used, end]))


@keys.command("revoke")
def revoke_key(
    api_key_id: Annotated[int, typer.Argument(metavar="NUMBER", help="The number that `key list` prints.")],
) -> None:
    """End an API key for good; running servers notice within API_KEY_SECONDS."""
    from refusals import Refusal
    from resolvers.api_keys import revoke_by_id

    async def end(settings: Settings) -> None:
        async with storage.transaction():
            await revoke_by_id(api_key_id, storage.now())

    try:
        run(end)
    except Refusal as error:
        raise typer.BadParameter(_explanation(error)) from None


@cli.command()
def audit(
    repair: Annotated[bool, typer.Option("--repair", help="Correct the counts that differ.")] = False,
) -> None:
    """Recount every stored count and print what differs. Exit with 1 if anything differs and is not repaired."""
    from jobs import audits
    from live import Live
    from resolvers.context import Context

    differences = run(lambda settings: audits.repair(Context(settings, Live())) if repair else audits.drift())
    for line in differences:
        typer.echo(line)
    raise typer.Exit(1 if differences and not repair else 0)


def _explanation(error: Exception) -> str:
    """Return what is wrong with the parameters of a command; of a Refusal, every issue."""
    return " ".join(f"{'.'.join(issue.path)}: {issue.message}" for issue in getattr(error, "issues", ())) or str(error)


@cli.command()
def schema(
    check: Annotated[bool, typer.Option(help="Only check whether the files are up to date.")] = False,
) -> None:
    """Write schema/schema.graphql, and the possible types of its interfaces for caches of client libraries."""
    from server import print_schema

    for name, text in print_schema(settings).items():
        if not check:
            (HOUSE / name).write_text(text)
        elif (HOUSE / name).read_text() != text:
            console.print(f"{name} is out of date: run cli.py schema")
            raise typer.Exit(1)


@cli.command()
def messages(
    language: Annotated[str | None, typer.Argument(help="A language to begin a catalogue for, such as fr.")] = None,
) -> None:
    """Write the messages of the code into every catalogue in locale/, or begin a new catalogue."""
    from translation.catalogues import catalogued_languages
    from translation.extraction import update_catalogue

    for name in [language] if language else catalogued_languages():
        catalogue = update_catalogue(name)
        missing = sum(not entry.string for entry in catalogue if entry.id)
        console.print(f"{name}: {len(catalogue)} messages, {missing} without a translation")


@cli.command()
def explain(
    file: Annotated[Path, typer.Argument(help="A GraphQL document.", exists=True, dir_okay=False)],
    variables: Annotated[str, typer.Option(help="The variables, as JSON.")] = "{}",
    operation: Annotated[str | None, typer.Option(help="The name of the operation to explain.")] = None,
) -> None:
    """Show the Python that a query is compiled into, the query's cost, and the SQL of one run."""
    from server import explain

    try:
        parsed = orjson.loads(variables)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"the variables are not JSON: {error}") from None
    typer.echo(run(lambda settings: explain(settings, file.read_text(), parsed, operation)))


@cli.command()
def migrations(
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 if one is needed, or would lose something.")
    ] = False,
    write: Annotated[str | None, typer.Option(help="Write a migration of this name for the changes.")] = None,
) -> None:
    """Print the changes of the models since the newest migration, or write a migration for them."""
    from storage import new_migrations

    files = asyncio.run(new_migrations.write_migrations(settings, write)) if write else []
    changes = asyncio.run(new_migrations.missing_migrations(settings))
    for change in changes:
        console.print(f"The models need a migration: {change}")
    unsafe = asyncio.run(new_migrations.unsafe_migrations(settings)) if check or files else []
    for sentence in unsafe:
        console.print(sentence, soft_wrap=True)
    for file in files:
        if unsafe:
            file.unlink()
        else:
            console.print(f"Written: migrations/{file.name}")
    if not changes and not unsafe and not files:
        console.print("The migrations match the models.")
    raise typer.Exit(1 if unsafe or (changes and check) else 0)


async def _do_nothing(settings: Settings) -> None:
    return None


def listen() -> None:
    """Serve until a signal stops the process. Requests in flight are finished first."""
    from server import Server, configure_logging, create_app, create_config

    configure_logging(settings.log_level)
    app = create_app(settings)
    server = Server(create_config(app, settings, host=settings.host, port=settings.port, log_config=None))
    signal.signal(signal.SIGTERM, lambda *_: None if server.should_exit else _stop())
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn stops at the signal, then raises the signal again
        server.run()
    if not server.started:
        raise typer.Exit(3)


def _stop(*_: object) -> None:
    """End the process in order at a SIGTERM; a container's first process would ignore one that is not handled."""
    raise SystemExit(0)


if __name__ == "__main__":
    cli()
