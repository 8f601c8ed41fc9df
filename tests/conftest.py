"""What every test may ask for."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.world import World, drop_templates, world

settings.register_profile("default", max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("long", max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("long" if os.environ.get("LONG") == "1" else "default")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _templates() -> Iterator[None]:
    yield
    asyncio.run(drop_templates())


@pytest.fixture(scope="session", autouse=True)
def _connections_are_closed() -> Iterator[None]:
    """A SQLite connection that a test leaves open keeps its thread, and the process would never end."""
    yield
    left = [thread for thread in threading.enumerate() if "_connection_worker_thread" in thread.name]
    for thread in left:
        thread.join(5)
    assert not any(thread.is_alive() for thread in left), "a test left a connection open"


@pytest.fixture
async def site() -> AsyncIterator[World]:
    """A running Groundswell with an empty database."""
    async with world() as made:
        yield made
