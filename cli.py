"""The operator's verbs. Each is thin: it opens the database and calls what does the work."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
import uvicorn
from rich.console import Console

import models
import storage
from auth.viewers import Scope
from settings import Settings, settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Groundswell: the server behind a campaign page.")
say = Console(stderr=True, highlight=False)
key = typer.Typer(no_args_is_help=True, help="API keys, for programs of others.")
cli.add_typer(key, name="key")
SDL = Path(__file__).parent / "schema" / "schema.graphql"


def run(work: Callable[[Settings], Awaitable[Any]], migrate: bool = True) -> Any:
    """Do something with the database open, brought to the newest migration first."""

    async def opened() -> Any:
        await storage.connect(settings)
        try:
            if migrate:
                await storage.migrate(settings)
            return await work(settings)
        finally:
            await storage.close()

    return asyncio.run(opened())


@cli.command()
def serve() -> None:
    """Serve the database that DATABASE_URL names."""
    run(_nothing)
    listen()


@cli.command()
def demo() -> None:
    """Load the demonstration campaigns, once, and serve them."""
    from demo.load_with_progress import load_with_progress

    say.print(run(lambda settings: load_with_progress(settings, say)), soft_wrap=True, markup=False)
    listen()


@cli.command()
def migrate() -> None:
    """Bring the database's tables to what this version needs."""
    run(_nothing)


@cli.command()
def token(
    role: Annotated[models.Role, typer.Option(help="MODERATOR, CAMPAIGNER or ADMIN.")],
    name: Annotated[str, typer.Option(help="Whose token it is; shown with what they do.")],
) -> None:
    """Print a staff member's bearer token, and nothing else."""
    from refusals import Refusal
    from resolvers.supporters import create_staff

    async def create(settings: Settings) -> str:
        async with storage.transaction():
            return await create_staff(settings, name, role)

    try:
        typer.echo(run(create))
    except (ValueError, Refusal) as error:
        raise typer.BadParameter(str(error)) from None


@cli.command()
def revoke(
    person: Annotated[str, typer.Argument(help="The id of a Supporter, or a token of theirs.")],
) -> None:
    """End every session and token that a person has; servers follow within API_KEY_SECONDS."""
    from resolvers.sessions import owner, revoke

    async def end(settings: Settings) -> None:
        supporter_id = owner(settings, person)
        if supporter_id not in await storage.by_ids(models.Supporter, [supporter_id]):
            raise typer.BadParameter("there is no such person")
        async with storage.transaction():
            await revoke(settings, supporter_id, storage.now())

    run(end)


@cli.command()
def reseal() -> None:
    """Seal names and addresses anew by the first of ENCRYPTION_KEYS; afterwards the others can go."""
    from jobs.resealing import reseal

    typer.echo(f"People sealed anew: {run(lambda settings: reseal())}")


@cli.command()
def outbox(
    everything: Annotated[bool, typer.Option("--all", help="Also what was sent or given up, and when or why.")] = False,
) -> None:
    """Print the mails that wait, oldest first: number, kind, time, tries, address, and the text."""
    statement = models.mails.ALL if everything else models.mails.WAITING
    for mail in run(lambda settings: storage.read(models.Mail, statement)):
        end = f"sent {mail.sent_at:%Y-%m-%d %H:%M}" if mail.sent_at else mail.failure or "not tried yet"
        line = (mail.id, mail.kind, f"{mail.created_at:%Y-%m-%d %H:%M}", f"{mail.try_count} tries", end, mail.address)
        typer.echo("\t".join(str(item) for item in line if item is not None))
        typer.echo(f"{mail.subject}\n\n{mail.text}" if mail.text else mail.subject)


@key.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="Whose it is; what its program writes is shown under this name.")],
    scope: Annotated[list[Scope], typer.Option(help="What it allows; may be given several times.")],
    expires: Annotated[datetime | None, typer.Option(help="When it ends by itself, in UTC.")] = None,
) -> None:
    """Print a new API key, and nothing else. It is not kept: nobody can show it again."""
    from refusals import Refusal
    from resolvers.api_keys import issue

    async def create(settings: Settings) -> str | None:
        async with storage.transaction():
            until = expires.replace(tzinfo=UTC) if expires else None
            return (await issue(settings, name, scope, until, storage.now())).key

    try:
        typer.echo(run(create))
    except Refusal as error:
        raise typer.BadParameter(error.message) from None


@key.command("list")
def list_keys() -> None:
    """Print every API key there was, newest first: number, beginning, name, scopes, last use, and its end."""
    rows = run(lambda settings: models.ApiKey.all().order_by("-id"))
    for row in rows:
        used = f"used {row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"
        end = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else "good"
        if row.expires_at and not row.revoked_at:
            end = f"{'expired' if row.expires_at <= storage.now() else 'good until'} {row.expires_at:%Y-%m-%d %H:%M}"
        typer.echo("\t".join([str(row.id), row.prefix, row.name, " ".join(row.scopes), used, end]))


@key.command("revoke")
def revoke_key(number: Annotated[int, typer.Argument(help="As `key list` prints it.")]) -> None:
    """End an API key for good; servers follow within API_KEY_SECONDS."""
    from refusals import Refusal
    from resolvers.api_keys import revoke

    async def end(settings: Settings) -> None:
        async with storage.transaction():
            await revoke(number, storage.now())

    try:
        run(end)
    except Refusal as error:
        raise typer.BadParameter(error.message) from None


@cli.command()
def audit(
    repair: Annotated[bool, typer.Option("--repair", help="Write what was counted where it differs.")] = False,
) -> None:
    """Recount every campaign from its rows and print what differs; exits with 1 if anything does and is left so."""
    from jobs import audits
    from live import Live
    from resolvers.context import Context

    found = run(lambda settings: audits.repair(Context(settings, Live())) if repair else audits.drift())
    for line in found:
        typer.echo(line)
    raise typer.Exit(1 if found and not repair else 0)


@cli.command()
def schema(
    check: Annotated[bool, typer.Option(help="Only say whether the file is up to date.")] = False,
) -> None:
    """Write the schema, as SDL, to schema/schema.graphql."""
    from server import create_schema

    text = create_schema(settings).as_str() + "\n"
    if not check:
        SDL.write_text(text)
    elif SDL.read_text() != text:
        say.print("schema/schema.graphql is not what the code says: run cli.py schema")
        raise typer.Exit(1)


@cli.command()
def explain(
    file: Annotated[Path, typer.Argument(help="A GraphQL document.", exists=True, dir_okay=False)],
    variables: Annotated[str, typer.Option(help="Its variables, as JSON.")] = "{}",
    operation: Annotated[str | None, typer.Option(help="Which of its operations.")] = None,
) -> None:
    """Show what a query is compiled into, what it costs, and the SQL that a run of it makes."""
    from server import explain

    try:
        given = orjson.loads(variables)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"the variables are not JSON: {error}") from None
    typer.echo(run(lambda settings: explain(settings, file.read_text(), given, operation)))


@cli.command()
def migrations(check: Annotated[bool, typer.Option("--check", help="Exit with 1 if one is needed.")] = False) -> None:
    """Say whether the models have changed since the newest migration."""
    changes = asyncio.run(storage.database.missing_migrations(settings))
    for change in changes:
        say.print(f"The models need a migration: {change}")
    if not changes:
        say.print("The migrations are what the models say.")
    raise typer.Exit(1 if changes and check else 0)


async def _nothing(settings: Settings) -> None:
    return None


def listen() -> None:
    """Serve until told to stop; requests in flight are finished first."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn stops at it, then raises it anew: that would be our end
    import transport
    from server import Server, create_app

    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        http=transport.HttpProtocol,
        ws="websockets-sansio",
        ws_max_size=settings.socket_message_limit,
        access_log=False,
        log_level=settings.log_level,
        timeout_graceful_shutdown=settings.stop_seconds,
    )
    server = Server(config)
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn stops at it, then raises it anew
        server.run()
    if not server.started:
        raise typer.Exit(3)


if __name__ == "__main__":
    cli()
