"""Keys can't be guessed, and nobody else on the machine reads the keys or the database."""

import os
import stat
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auth.jwks import SharedSecret
from settings import Settings
from tests.support.app import SECRET, running_app
from tests.support.operator_commands import run
from tests.support.serving import process

pytestmark = pytest.mark.anyio

WEAK = {
    "short": "dog",
    "just too short": "kT3vQ8wLz0sYb5nRj7cXg2mHf9dPa1e",
    "one letter": "a" * 64,
    "few letters": "abcabcaabbccabacbcabbacabcbacbab",
    "a repeated word": "benchmark" * 4,
}


# ---------------------------------------------------------------- keys in settings


@pytest.mark.parametrize("weak", WEAK.values(), ids=WEAK)
@pytest.mark.parametrize("name", ["secret_key", "token_keys", "encryption_keys"])
def test_weak_key_stops_start_up(name: str, weak: str) -> None:
    changes: dict[str, Any] = {name: weak if name == "secret_key" else (SECRET, weak)}

    with pytest.raises(SystemExit, match=name.upper()) as stopped:
        replace(Settings(), **changes)

    assert weak not in str(stopped.value)


@pytest.mark.parametrize("weak", WEAK.values(), ids=WEAK)
def test_weak_issuer_secret_stops_start_up(weak: str) -> None:
    with pytest.raises(SystemExit, match="ISSUER_SECRET") as stopped:
        SharedSecret(weak)

    assert weak not in str(stopped.value)


async def test_server_with_weak_key_does_not_start(tmp_path: Path) -> None:
    ended = await run(f"sqlite://{tmp_path}/test.db", "serve", SECRET_KEY="dog")

    assert ended.returncode == 1
    assert ended.stderr.startswith("SECRET_KEY")
    assert "Traceback" not in ended.stderr


# ---------------------------------------------------------------- the key file


def settings_of(folder: Path) -> Settings:
    return replace(Settings(), database_url=f"sqlite://{folder}/test.db", secret_key="")


@pytest.mark.parametrize("content", [b"", b"\n", b"dog\n", b"a" * 64, b"\xff" * 64])
def test_weak_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "test.db.key"
    file.write_bytes(content)
    file.chmod(0o600)

    with pytest.raises(SystemExit, match=r"test\.db\.key"):
        _ = settings_of(tmp_path).key

    assert file.read_bytes() == content


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o606, 0o601])
def test_key_file_of_others_is_refused(tmp_path: Path, mode: int) -> None:
    _ = settings_of(tmp_path).key
    (tmp_path / "test.db.key").chmod(mode)

    with pytest.raises(SystemExit, match="chmod 600"):
        _ = settings_of(tmp_path).key


def test_interrupted_write_leaves_no_key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="the disk is full"):
        _ = settings_of(tmp_path).key

    assert list(tmp_path.iterdir()) == []


def test_simultaneous_processes_have_one_key(tmp_path: Path) -> None:
    """Between the check whether the file exists and its creation, all threads wait for each other."""
    together, keys = threading.Barrier(8), []

    def start() -> None:
        settings = settings_of(tmp_path)
        together.wait()
        keys.append(settings.key)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["test.db.key"]


# ---------------------------------------------------------------- the database file


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.mark.parametrize("umask", [0o022, 0o000])
async def test_new_database_is_private(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        url = f"sqlite://{tmp_path}/new/test.db"
        async with process(url, SECRET_KEY=""):
            files = {file.name: mode(file) for file in (tmp_path / "new").iterdir()}
    finally:
        os.umask(before)

    assert files == dict.fromkeys(["test.db", "test.db-wal", "test.db-shm", "test.db.key"], 0o600)


async def test_database_that_everyone_may_read_is_closed(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/test.db"
    await run(url, "migrate")
    (tmp_path / "test.db").chmod(0o644)

    async with running_app(database_url=url):
        modes = [mode(tmp_path / name) for name in ("test.db", "test.db-wal", "test.db-shm")]

    assert modes == [0o600] * 3


async def test_group_that_may_read_the_database_keeps_it(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/test.db"
    await run(url, "migrate")
    (tmp_path / "test.db").chmod(0o640)

    await run(url, "audit")

    assert mode(tmp_path / "test.db") == 0o640
