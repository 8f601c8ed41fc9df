"""URLs of databases work as providers print them, a role without CREATE can serve, and no error repeats a URL."""

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from auth.rate_limits import RateLimits
from connection_urls import ConnectionUrl
from mail.smtp import MailServer
from settings import Settings
from storage.database_url import connection
from tests.support.app import ON_POSTGRES, database, running_app
from tests.support.operator_commands import run
from tests.support.serving import free_port, process

pytestmark = pytest.mark.anyio
needs_postgres = pytest.mark.skipif(not ON_POSTGRES, reason="connects to PostgreSQL: set DATABASE_URL")

PASSWORD = "pa/s#s@w:o?r&d"
SSL_REQUEST = (8).to_bytes(4, "big") + (80_877_103).to_bytes(4, "big")
"""The message with which a client asks a PostgreSQL server to encrypt."""


# ---------------------------------------------------------------- parsing


def credentials(url: str) -> dict[str, Any]:
    return dict(connection(replace(Settings(), database_url=url))["credentials"])


@pytest.mark.parametrize("password", [PASSWORD, "pa%2Fs%23s%40w%3Ao%3Fr%26d"])
def test_password_may_hold_any_character(password: str) -> None:
    parsed = credentials(f"postgres://ada:{password}@db.example.org:6432/site?sslmode=require")

    assert [parsed[name] for name in ("user", "password", "host", "port", "database")] == [
        "ada",
        PASSWORD,
        "db.example.org",
        6432,
        "site",
    ]


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="%"), max_size=12)


@given(user=WORDS, password=WORDS.filter(bool), name=WORDS, port=st.none() | st.integers(1, 65_535))
def test_encoded_url_is_parsed_again(user: str, password: str, name: str, port: int | None) -> None:
    url = ConnectionUrl("redis", user, password, "::1", port, name, {"a": password})

    assert ConnectionUrl.parse(url.encoded()) == url


@pytest.mark.parametrize(
    ("printed", "options"),
    [
        ("sslmode=require", "sslmode=require"),
        ("sslmode=verify-full&sslrootcert=/etc/ca.pem", "sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem"),
        ("sslrootcert=/home/a@b/ca.pem", "sslrootcert=%2Fhome%2Fa%40b%2Fca.pem"),
        ("sslmode=require&options=endpoint%3Dshy-sea", "sslmode=require&options=endpoint%3Dshy-sea"),
        ("", ""),
    ],
)
def test_options_reach_the_driver(printed: str, options: str) -> None:
    parsed = credentials(f"postgresql://ada:secret@db.example.org/site?{printed}")

    assert parsed["dsn"].removeprefix("postgres://").removeprefix("?") == options
    assert (parsed["host"], parsed["database"], parsed["password"]) == ("db.example.org", "site", "secret")


@pytest.mark.parametrize("options", ["sslmode=require&channel_binding=require", "sslrootcert=system"])
def test_certificate_authorities_of_the_system_prove_the_server(options: str) -> None:
    context = credentials(f"postgres://ada@db.example.org/site?{options}")["ssl"]

    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)


def test_connect_timeout_is_a_number_of_seconds() -> None:
    assert credentials("postgres://ada@db.example.org/site?connect_timeout=7")["timeout"] == 7


# ---------------------------------------------------------------- errors


BROKEN_URLS = [
    "postgres://ada:hunter2/@db.example.org:port/site",
    "postgres://ada:hunter2@db.example.org",
    "postgres://ada:hunter2@db.example.org:70000/site",
    "postgres://ada:hunter2@db.example.org/site?hunter2=1",
    "postgres://ada:hunter2@db.example.org/site?connect_timeout=hunter2",
    "mysql://ada:hunter2@db.example.org/site",
    "hunter2@db.example.org",
]


def parse_mail_url(url: str) -> None:
    MailServer.from_url(url, "Us <us@example.org>", 1.0)


def parse_storage_url(url: str) -> None:
    RateLimits((), url)


@pytest.mark.parametrize("url", BROKEN_URLS)
def test_broken_database_url_is_not_repeated(url: str) -> None:
    with pytest.raises(SystemExit, match="DATABASE_URL") as stopped:
        credentials(url)

    assert "hunter2" not in str(stopped.value)
    assert "example" not in str(stopped.value)


@pytest.mark.parametrize("parse", [parse_mail_url, parse_storage_url])
@pytest.mark.parametrize(
    "url",
    [
        "smtp://ada:hunter2@db.example.org:port",
        "redis://ada:hunter2@db.example.org:port/1",
        "rediss+hunter2://ada:hunter2@db.example.org/1",
        "hunter2@db.example.org",
    ],
)
def test_other_broken_urls_are_not_repeated(parse: Any, url: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        parse(url)

    assert "hunter2" not in str(refused.value)
    assert "example" not in str(refused.value)


def test_passwords_of_mail_servers_may_hold_any_character() -> None:
    server = MailServer.from_url(f"smtps://ada:{PASSWORD}@mail.example.org:465", "Us <us@example.org>", 1.0)

    assert (server.user, server.password, server.host) == ("ada", PASSWORD, "mail.example.org")


def assert_explained(ended: subprocess.CompletedProcess[str], reason: str, *secrets: str) -> None:
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert reason in ended.stderr
    for secret in secrets:
        assert secret not in ended.stdout + ended.stderr


@pytest.mark.parametrize("command", [("serve",), ("migrate",), ("audit",), ("key", "list")], ids=" ".join)
async def test_unreachable_database_is_explained(command: tuple[str, ...]) -> None:
    port = free_port()

    ended = await run(f"postgres://ada:hunter2@127.0.0.1:{port}/lovelace", *command)

    assert_explained(ended, "the server can't be reached", "ada", "hunter2", str(port), "lovelace")


async def test_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    (tmp_path / "hunter2.db").write_text("This is a letter, and not a database." * 100)

    ended = await run(f"sqlite://{tmp_path}/hunter2.db", "serve")

    assert_explained(ended, "the file is no SQLite database", "hunter2")


@needs_postgres
async def test_missing_database_is_explained() -> None:
    async with database() as url:
        ended = await run(f"{url}_lovelace", "serve")

    assert_explained(ended, "no database of this name", "lovelace")


@needs_postgres
async def test_unknown_user_is_explained() -> None:
    async with database() as url:
        ended = await run(with_user(url, "nobody_of_us:hunter2"), "serve")

    assert_explained(ended, "refuses this user or password", "nobody_of_us", "hunter2")


# ---------------------------------------------------------------- roles


def with_user(url: str, login: str) -> str:
    return f"postgres://{login}@{url.rpartition('@')[2]}"


@asynccontextmanager
async def role_without_create(url: str) -> AsyncIterator[str]:
    """Create a role that may read and write rows, and nothing else; yield the database's URL for this role."""
    admin = await asyncpg.connect(url)
    role = f"groundswell_writer_{free_port()}"
    await admin.execute(f"CREATE ROLE {role} LOGIN")
    try:
        await admin.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        await admin.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        await admin.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")
        yield with_user(url, role)
    finally:
        await admin.execute(f"DROP OWNED BY {role} CASCADE")
        await admin.execute(f"DROP ROLE {role}")
        await admin.close()


@needs_postgres
async def test_role_without_create_serves() -> None:
    async with database() as url, role_without_create(url) as narrow, running_app(database_url=narrow) as site:
        async with process(narrow) as served:
            assert (await site.http.get("/readyz")).status_code == 200
            assert served.process.poll() is None
        campaign = await site.campaign()
        signed = await site.sign(campaign)
        await site.comment(campaign, signed["accessToken"])

        assert (await run(narrow, "audit")).returncode == 0


@needs_postgres
async def test_role_without_create_is_told_to_migrate() -> None:
    async with database() as url, role_without_create(url) as narrow:
        await forget_newest_migration(url)

        assert_explained(await run(narrow, "serve"), "run cli.py migrate")
        assert_explained(await run(narrow, "migrate"), "needs a role that may create tables", narrow)


@needs_postgres
async def test_server_does_not_migrate_postgresql() -> None:
    async with database() as url:
        await forget_newest_migration(url)
        for command in ("serve", "audit"):
            assert_explained(await run(url, command), "run cli.py migrate")


async def forget_newest_migration(url: str) -> None:
    """Make the database one migration older: without the first table there is a pending migration, at least."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("DELETE FROM tortoise_migrations")
        await connection.execute("DROP TABLE tortoise_migrations")
    finally:
        await connection.close()


# ---------------------------------------------------------------- encryption


def certificate(folder: Path, name: str) -> Path:
    """Write a certificate of 127.0.0.1 that signs itself, with its key, and return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{name}.pem"
    file.write_bytes(built.public_bytes(serialization.Encoding.PEM) + private)
    return file


@asynccontextmanager
async def encrypting(url: str, file: Path) -> AsyncIterator[str]:
    """Put a server that encrypts with a certificate before PostgreSQL; yield the URL of the database behind it."""
    login, _, place = url.removeprefix("postgres://").rpartition("@")
    netloc, _, name = place.partition("/")
    host, _, behind = netloc.partition(":")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, ssl.SSLError):
            assert await reader.readexactly(8) == SSL_REQUEST
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(context)
            there_reader, there_writer = await asyncio.open_connection(host, int(behind or 5432))
            await asyncio.gather(copy(reader, there_writer), copy(there_reader, writer))
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"postgres://{login}@127.0.0.1:{port}/{name}"


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@needs_postgres
@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
async def test_commands_encrypt(tmp_path: Path, mode: str) -> None:
    file = certificate(tmp_path, "ours")
    roots = f"&sslrootcert={file}" if mode != "require" else ""
    async with database() as url, encrypting(url, file) as encrypted:
        ended = await run(f"{encrypted}?sslmode={mode}{roots}", "audit")

    assert (ended.returncode, ended.stderr) == (0, "")


@needs_postgres
@pytest.mark.parametrize(
    "options", ["sslmode=verify-full&sslrootcert={other}", "sslmode=require&channel_binding=require"]
)
async def test_server_without_good_certificate_is_refused(tmp_path: Path, options: str) -> None:
    file, other = certificate(tmp_path, "ours"), certificate(tmp_path, "other")
    async with database() as url, encrypting(url, file) as encrypted:
        ended = await run(f"{encrypted}?{options.format(other=other)}", "audit")

    assert_explained(ended, "its certificate is not good", str(tmp_path))


@needs_postgres
async def test_server_that_does_not_encrypt_is_refused() -> None:
    async with database() as url:
        ended = await run(f"{url}?sslmode=require", "audit")

    assert_explained(ended, "does not encrypt as sslmode asks")


@pytest.mark.parametrize("options", ["sslmode=perhaps", "sslmode=verify-full&sslrootcert=/nowhere/ca.pem"])
async def test_option_that_cannot_be_used_is_explained(options: str) -> None:
    ended = await run(f"postgres://127.0.0.1:{free_port()}/site?{options}", "audit")

    assert_explained(ended, "one of its options can't be used", "perhaps", "/nowhere")
