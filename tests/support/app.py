"""A running Groundswell for a test: an empty database, the real ASGI application, and GraphQL requests to it."""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]
import httpx2
import pytest

import models
import storage
from models import Mail, Role
from resolvers.supporters import create_staff
from server import create_app
from settings import Settings
from tests.support.leaks import RECORDER, RecordedApp

SECRET = "a secret that only the tests have"
OTHER_SECRET = "another secret that only the tests have"
_numbers = count(1)

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite://:memory:")
ON_POSTGRES = urlsplit(DATABASE_URL).scheme.startswith("postgres")


class TestApp:
    """An application with a database of its own, and methods for the requests that tests send most."""

    __test__ = False  # tells pytest that this class contains no tests

    def __init__(self, settings: Settings, app: Any, http: httpx2.AsyncClient) -> None:
        self.settings = settings
        self.app = app
        self.http = http
        self.groundswell = app.state.groundswell
        self.connection_watch: Any = None
        """The open connections, while the application is served on a port."""

    async def post(self, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """Send an operation, and return the response with data and errors."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        body: dict[str, Any] = answer.json()
        return body

    async def ask(self, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """Send an operation, check that there are no errors, and return the data."""
        body = await self.post(query, token, **variables)
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    async def codes(self, query: str, token: str | None = None, **variables: Any) -> list[str]:
        """Send an operation, and return the codes of its errors."""
        body = await self.post(query, token, **variables)
        return [error["extensions"]["code"] for error in body.get("errors", [])]

    async def do(self, mutation: str, payload: str, token: str | None = None, /, **given: Any) -> dict[str, Any]:
        """Run one mutation: `do("castVote", "comment { id }", token, commentId=..., direction="UP")`.

        Returns the payload, or the Problem with its `code`, and in `paths` the path of each issue: "money.currency".
        """
        title = mutation[0].upper() + mutation[1:]
        query = (
            f"mutation($input: {title}Input!) {{ {mutation}(input: $input) {{ __typename"
            f" ... on {title}Payload {{ replayed {payload} }}"
            " ... on Problem { code message issues { path reason message limit } retryAfterSeconds } } }"
        )
        answer: dict[str, Any] = (await self.ask(query, token, input=given))[mutation]
        if answer["__typename"] == "Problem":
            answer["paths"] = [".".join(issue["path"]) for issue in answer["issues"]]
        return answer

    async def guest(self, name: str = "Ada Byron", **given: Any) -> str:
        """Introduce a guest, and return the guest's token."""
        first, _, family = name.partition(" ")
        answer = await self.do(
            "introduce", "accessToken", givenName=first, **({"familyName": family} if family else {}), **given
        )
        return str(answer["accessToken"])

    async def staff(self, role: Role = Role.MODERATOR, name: str = "Mo Derator") -> str:
        """Create a staff member, and return a token as `cli.py token` prints it."""
        async with storage.transaction():
            return await create_staff(self.settings, name, role)

    async def mails(self, address: str) -> list[Mail]:
        """Return the mails in the outbox for an e-mail address, oldest first."""
        email = models.emails.parse(address)
        return [mail for mail in await models.mails.waiting() if mail.email == email]

    async def code(self, email: str) -> dict[str, str]:
        """Request a sign-in code, and return the input of `signIn`, with the code from the mail."""
        requested = await self.do("requestSignIn", "requestId", email=email)
        (code,) = re.findall(r"^ {4}(\d+)$", (await self.mails(email))[-1].text or "", re.MULTILINE)
        return {"email": email, "requestId": requested["requestId"], "code": code}

    async def signed_in(self, email: str, token: str | None = None) -> str:
        """Sign in by a mailed code, as the bearer of `token` if there is one, and return the new access token."""
        answer = await self.do("signIn", "accessToken", token, **await self.code(email))
        return str(answer["accessToken"])

    async def sign(
        self, campaign_id: str, email: str = "ada@example.org", token: str | None = None, **given: Any
    ) -> Any:
        """Sign a petition, as a visitor without a token by default, and return the payload."""
        names = {"givenName": "Ada", "familyName": "Lovelace"}
        payload = "signature { id state } accessToken"
        answer = await self.do("signPetition", payload, token, campaignId=campaign_id, email=email, **(names | given))
        assert answer["__typename"] == "SignPetitionPayload", answer
        return answer

    async def link(self, email: str = "ada@example.org") -> str:
        """Return the token from the confirmation link in the newest mail to an e-mail address."""
        return str((await self.mails(email))[-1].text).partition("token=")[2].split()[0]

    async def campaign(self, state: str = "LIVE", **given: Any) -> str:
        """Create a campaign, and return its id."""
        token = await self.staff(Role.CAMPAIGNER, "Cam Paigner")
        number = next(_numbers)
        texts = {
            "slug": f"campaign-{number}",
            "title": f"Campaign {number}",
            "callToAction": "Call on them to do it",
            "target": "Them",
            "body": "A **body**, with a source.[^1]",
        }
        answer = await self.do("createCampaign", "campaign { id }", token, **(texts | given))
        campaign_id = str(answer["campaign"]["id"])
        if state != "DRAFT":
            await self.do("changeCampaignState", "campaign { id }", token, campaignId=campaign_id, state="LIVE")
        if state not in ("DRAFT", "LIVE"):
            await self.do("changeCampaignState", "campaign { id }", token, campaignId=campaign_id, state=state)
        return campaign_id

    async def comment(self, campaign_id: str, token: str, body: str = "Well said.", parent: str | None = None) -> str:
        """Post a comment, and return its id."""
        answer = await self.do(
            "postComment", "comment { id }", token, campaignId=campaign_id, body=body, parentId=parent
        )
        assert answer["__typename"] == "PostCommentPayload", answer
        return str(answer["comment"]["id"])


@asynccontextmanager
async def running_app(**changes: Any) -> AsyncIterator[TestApp]:
    """Run an application on an empty, migrated database, which is deleted at the end. `changes` are settings."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(database())
        given: dict[str, Any] = {
            "database_url": url,
            "secret_key": SECRET,
            "rate_limits": (),
            "counter_seconds": 0,
            "document_seconds": 0,
        } | changes
        settings = replace(Settings(), **given)
        app = create_app(settings)
        await stack.enter_async_context(app.router.lifespan_context(app))
        if not ON_POSTGRES:  # before the end: the write-ahead log is deleted when the database is closed
            stack.callback(RECORDER.check_files, Path(url.removeprefix("sqlite://")).parent)
        transport = httpx2.ASGITransport(app=RecordedApp(app), raise_app_exceptions=False)
        http = await stack.enter_async_context(
            httpx2.AsyncClient(transport=transport, base_url="http://groundswell.test")
        )
        yield TestApp(settings, RecordedApp(app), http)


@asynccontextmanager
async def database() -> AsyncIterator[str]:
    """Yield the URL of an empty database with all tables, copied from a template that is migrated once a run."""
    if ON_POSTGRES:
        async with _postgres() as url:
            yield url
        return
    folder = tempfile.mkdtemp(prefix="groundswell-")
    path = Path(folder) / "test.db"
    shutil.copyfile(await _sqlite_template(), path)
    try:
        with RECORDER.checking_database(Path(folder)):
            yield f"sqlite://{path}"
    finally:
        shutil.rmtree(folder)


@lru_cache
def _template_folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="groundswell-template-")
    _templates.append(folder)
    return Path(folder.name)


_templates: list[Any] = []


async def _sqlite_template() -> Path:
    path = _template_folder() / "template.db"
    if not path.exists():
        await _migrated(f"sqlite://{path}")
    return path


async def _migrated(url: str) -> None:
    settings = replace(Settings(), database_url=url, secret_key=SECRET)
    await storage.connect(settings)
    await storage.migrate(settings)
    await storage.close()


# Deletes the rows and resets the sequences, which is faster than a new database.
_DELETE_ALL_ROWS = """
DO $$ DECLARE it text; BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR it IN SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations' LOOP EXECUTE 'DELETE FROM ' || it; END LOOP;
    FOR it IN SELECT quote_ident(sequencename) FROM pg_sequences
        WHERE schemaname = 'public' AND sequencename NOT LIKE 'tortoise%' LOOP PERFORM setval(it, 1, false); END LOOP;
END $$
"""
_HAS_ALL_TABLES = """
SELECT (SELECT count(*) FROM tortoise_migrations) > 0 AND (SELECT count(*) FROM pg_tables WHERE schemaname = 'public')
    = (SELECT count(*) FROM pg_sequences WHERE schemaname = 'public')
"""
_MAX_REUSED_BYTES = 32_000_000
"""A larger database is dropped after its test; an empty one has 9 million bytes."""

_empty: list[str] = []
"""Databases that this process reuses: PostgreSQL writes to the disk whenever one is created or dropped."""


@asynccontextmanager
async def _postgres() -> AsyncIterator[str]:
    base = DATABASE_URL.rpartition("/")[0]
    name = _empty.pop() if _empty else await _created(base)
    try:
        yield f"{base}/{name}"
    finally:
        if await _emptied(f"{base}/{name}"):
            _empty.append(name)
        else:
            await _dropped([name])


async def _created(base: str) -> str:
    template = f"groundswell_template_{os.getpid()}"
    name = f"groundswell_test_{os.getpid()}_{next(_numbers)}"
    admin = await asyncpg.connect(DATABASE_URL)
    try:
        if template not in _templates:
            await admin.execute(f'CREATE DATABASE "{template}"')
            await _migrated(f"{base}/{template}")
            _templates.append(template)
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await admin.close()
    return name


async def _emptied(url: str) -> bool:
    """Delete the rows of a test; return False if the database cannot be used again."""
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT pg_database_size(current_database())") > _MAX_REUSED_BYTES:
            return False
        await connection.execute(_DELETE_ALL_ROWS)
        return bool(await connection.fetchval(_HAS_ALL_TABLES))
    except asyncpg.PostgresError:
        return False
    finally:
        await connection.close()


async def _dropped(names: list[str]) -> None:
    admin = await asyncpg.connect(DATABASE_URL)
    for name in names:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await admin.close()


async def drop_templates() -> None:
    """Delete the databases and template files of this process; to be called at the end of the run."""
    names = [template for template in _templates if isinstance(template, str)]
    if names:
        await _dropped([*_empty, *names])
    for template in _templates:
        if not isinstance(template, str):
            template.cleanup()


def in_running_app(test: Callable[[TestApp], Awaitable[Any]], **changes: Any) -> Any:
    """Run an asynchronous function with an application of its own, from a synchronous test."""

    async def run() -> Any:
        async with running_app(**changes) as site:
            return await test(site)

    return asyncio.run(run())


def needs(condition: bool, reason: str) -> None:
    """Skip the test if a service is missing; on CI, fail."""
    if not condition:
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
