"""The service: name, version, clock, limits and ways of signing in, as the settings say."""

import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.app import OTHER_SECRET, TestApp, running_app
from tests.support.docs import HOUSE
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

MAIL = {"mail_url": "smtp://127.0.0.1:1"}
HOST = {"issuer": "https://example.org", "issuer_audience": "us", "issuer_secret": OTHER_SECRET}
SERVICE = "{ service { name version time commentMaxLength editWindowMinutes signIn languages } }"


async def service(site: TestApp) -> dict[str, Any]:
    found: dict[str, Any] = (await site.ask(SERVICE))["service"]
    return found


async def test_service_describes_the_settings() -> None:
    async with running_app(site_name="Free Voices", comment_length=300, edit_window_minutes=7) as site:
        found = await service(site)

    assert (found["name"], found["commentMaxLength"], found["editWindowMinutes"]) == ("Free Voices", 300, 7)
    assert found["languages"] == ["en", "de"]


async def test_version_is_that_of_the_project(site: TestApp) -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]

    assert (await service(site))["version"] == project["version"]


async def test_time_is_the_servers(site: TestApp) -> None:
    before = datetime.now(UTC)

    told = datetime.fromisoformat((await service(site))["time"])

    assert before <= told <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("settings", "methods"),
    [
        ({}, []),
        (MAIL, ["EMAIL_CODE"]),
        (HOST, ["HOST"]),
        (MAIL | HOST, ["EMAIL_CODE", "HOST"]),
    ],
)
async def test_ways_of_signing_in_are_those_set_up(settings: dict[str, Any], methods: list[str]) -> None:
    async with running_app(**settings) as site:
        assert (await service(site))["signIn"] == methods


async def test_service_reads_no_table(site: TestApp) -> None:
    with recorded_statements() as seen:
        await service(site)

    assert seen == []
