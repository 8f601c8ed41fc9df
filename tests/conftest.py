"""What every test may ask for."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from models import Role
from tests.support.access_matrix import AccessMatrix
from tests.support.app import TestApp, drop_templates, running_app
from tests.support.leaks import RECORDER, listening
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
def _leaks_are_looked_for() -> Iterator[None]:
    with listening():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test fails that lets anything out which someone told in confidence; see tests/support/leaks.py."""
    report = yield
    if report.when == "teardown":
        for name, text in report.sections:
            RECORDER.told(name, text)
        if RECORDER.leaks:
            report.outcome, report.longrepr = "failed", "\n".join(["It leaked:", *dict.fromkeys(RECORDER.leaks)])
        RECORDER.forget()
    return report


def open_connections() -> list[threading.Thread]:
    """The threads of SQLite connections that nobody closed; each keeps a process from ending."""
    left = [thread for thread in threading.enumerate() if "_connection_worker_thread" in thread.name]
    for thread in left:
        thread.join(5)
    return [thread for thread in left if thread.is_alive()]


@pytest.fixture(scope="session", autouse=True)
def _connections_are_closed() -> Iterator[None]:
    """Every test closes what it opened."""
    yield
    assert not open_connections(), "a test left a connection open"


def pytest_unconfigure() -> None:
    """The assertion above was told; without this the run would never end."""
    if open_connections():
        os._exit(1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that everything written goes by, to be moved."""
    return Clock(monkeypatch)


@pytest.fixture
async def site(request: pytest.FixtureRequest) -> AsyncIterator[TestApp]:
    """A running Groundswell with an empty database; where `audited` is marked, its counts are held to its rows."""
    async with audited() if request.node.get_closest_marker("audited") else running_app() as made:
        yield made


@pytest.fixture
async def campaigner(site: TestApp) -> str:
    """The token of one who runs campaigns."""
    return await site.staff(Role.CAMPAIGNER, "Cam Paigner")


@pytest.fixture
async def matrix(site: TestApp) -> AccessMatrix:
    """A page of which every kind of viewer tries what they may do."""
    return await AccessMatrix.of(site)
