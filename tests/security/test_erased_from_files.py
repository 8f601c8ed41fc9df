"""Erased from files: what was erased or deleted is in no file of SQLite's any more when the answer arrives."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from models import Role
from tests.support.app import ON_POSTGRES, TestApp
from tests.support.serving import until

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(ON_POSTGRES, reason="reads the files of SQLite")]

GIVEN, FAMILY, TEXT = "Kunigunde", "Wolkenstein", "I am one of the forty of Borkenwalde"
TRACES = (GIVEN.encode(), FAMILY.encode(), TEXT.encode())


def file_of(site: TestApp) -> Path:
    return Path(site.settings.database_url.removeprefix("sqlite://"))


def traces(site: TestApp) -> set[bytes]:
    """Search every file beside the database as an intruder would, who opens no connection."""
    files = [file for file in file_of(site).parent.iterdir() if file.is_file()]
    content = b"".join(file.read_bytes() for file in files)
    return {trace for trace in TRACES if trace in content}


@pytest.fixture
async def person(site: TestApp) -> dict[str, Any]:
    token = await site.guest(f"{GIVEN} {FAMILY}", nameDisplay="FULL_NAME")
    comment = await site.comment(await site.campaign(), token, TEXT)
    assert traces(site) == set(TRACES)
    return {"token": token, "comment": comment}


async def test_nothing_of_an_erased_person_is_in_any_file(site: TestApp, person: dict[str, Any]) -> None:
    answer = await site.do("eraseSupporter", "receipt { comments }", person["token"])

    assert answer["receipt"] == {"comments": 1}
    assert traces(site) == set()


@pytest.mark.parametrize("by_moderator", [False, True])
async def test_nothing_of_a_deleted_comment_is_in_any_file(
    site: TestApp, person: dict[str, Any], by_moderator: bool
) -> None:
    await site.do("editComment", "__typename", person["token"], commentId=person["comment"], body="Something else.")
    token = await site.staff(Role.MODERATOR) if by_moderator else person["token"]

    await site.do("deleteComment", "__typename", token, commentId=person["comment"])

    assert TEXT.encode() not in traces(site)


async def test_nothing_of_a_changed_name_is_in_any_file(site: TestApp, person: dict[str, Any]) -> None:
    given = {"givenName": "Ada", "familyName": None}

    await site.do("updateProfile", "__typename", person["token"], **given)

    assert traces(site) == {TEXT.encode()}


@pytest.fixture
def reader(site: TestApp) -> Iterator[sqlite3.Connection]:
    """Another process that reads, such as a backup."""
    with closing(sqlite3.connect(file_of(site), isolation_level=None)) as connection:
        yield connection


async def test_log_is_cut_as_soon_as_no_reader_needs_it(
    site: TestApp, person: dict[str, Any], reader: sqlite3.Connection
) -> None:
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM supporters").fetchall()

    await site.do("eraseSupporter", "receipt { comments }", person["token"])
    held = traces(site)
    await site.guest("Ada Byron")  # the server goes on while the reader reads
    reader.execute("COMMIT")

    assert held != set()
    await until(lambda: traces(site) == set())


async def test_simultaneous_erasures_leave_nothing(site: TestApp) -> None:
    campaign = await site.campaign()
    tokens = [await site.guest(f"{GIVEN} {FAMILY}", nameDisplay="FULL_NAME") for _ in range(5)]
    for token in tokens:
        await site.comment(campaign, token, TEXT)

    await asyncio.gather(*(site.do("eraseSupporter", "receipt { comments }", token) for token in tokens))

    assert traces(site) == set()
