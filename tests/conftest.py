"""Fixtures for all tests, and the checks that follow every test: leaks, and open connections."""

import asyncio
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from models import Role
from tests.support.access_matrix import AccessMatrix
from tests.support.app import TestApp, drop_templates, running_app
from tests.support.leaks import RECORDER, recording_logs_and_network
from tests.support.signing import Clock, audited

settings.register_profile("default", max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("long", max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("long" if os.environ.get("LONG") == "1" else "default")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _templates() -> Iterator[None]:
    yield
    asyncio.run(drop_templates())


@pytest.fixture(scope="session", autouse=True)
def _leaks_are_recorded() -> Iterator[None]:
    with recording_logs_and_network():
        yield


@pytest.fixture(scope="session", autouse=True)
def _temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the run a folder of its own for temporary files, which is searched for leaks after each test."""
    folder = RECORDER.temporary_files = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("TMPDIR", "SQLITE_TMPDIR"):
            patch.setenv(name, str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        yield
    RECORDER.temporary_files = None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that leaks private data; see tests/support/leaks.py."""
    report = yield
    if report.when == "teardown":
        for name, text in report.sections:
            RECORDER.check_output(name, text)
        RECORDER.check_temporary_files()
        if RECORDER.leaks:
            report.outcome, report.longrepr = (
                "failed",
                "\n".join(["Private data leaked:", *dict.fromkeys(RECORDER.leaks)]),
            )
        RECORDER.reset()
    return report


def open_connections() -> list[threading.Thread]:
    """Return the threads of SQLite connections that are still open; such a thread keeps the process from ending."""
    threads = [thread for thread in threading.enumerate() if "_connection_worker_thread" in thread.name]
    for thread in threads:
        thread.join(5)
    return [thread for thread in threads if thread.is_alive()]


@pytest.fixture(scope="session", autouse=True)
def _connections_are_closed() -> Iterator[None]:
    """Check at the end that the tests closed their connections."""
    yield
    assert not open_connections(), "a test left a connection open"


def pytest_unconfigure() -> None:
    """End the process although a connection is open; the check above has already failed the run."""
    if open_connections():
        os._exit(1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that resolvers see; a test may move the time forward."""
    return Clock(monkeypatch)


@pytest.fixture
async def site(request: pytest.FixtureRequest) -> AsyncIterator[TestApp]:
    """An application with an empty database; a test marked `audited` is followed by an audit of the counters."""
    async with audited() if request.node.get_closest_marker("audited") else running_app() as app:
        yield app


@pytest.fixture
async def campaigner(site: TestApp) -> str:
    """The token of a staff member who runs campaigns."""
    return await site.staff(Role.CAMPAIGNER, "Cam Paigner")


@pytest.fixture
async def matrix(site: TestApp) -> AccessMatrix:
    """A viewer of each role, and a page on which they try the same things."""
    return await AccessMatrix.of(site)
