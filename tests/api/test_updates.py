"""Updates: dated news of a campaign, newest first, never dated in the future."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

UPDATE = "update { id campaign { id } postedAt editedAt title body { markdown html text } isPinned }"
UPDATES = """query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { campaign(id: $id) {
  updates(first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { title } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


async def post_update(site: TestApp, token: str, campaign: str, **given: Any) -> dict[str, Any]:
    texts = {"title": "News", "body": "Good **news**."}
    return await site.do("postUpdate", UPDATE, token, campaignId=campaign, **(texts | given))


async def test_update_is_stored_as_posted(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()

    posted = (await post_update(site, campaigner, campaign, isPinned=True, postedAt="2019-09-06T11:00:00Z"))["update"]

    assert posted == {
        "id": posted["id"],
        "campaign": {"id": campaign},
        "postedAt": "2019-09-06T11:00:00+00:00",
        "editedAt": None,
        "title": "News",
        "body": {
            "markdown": "Good **news**.",
            "html": "<p>Good <strong>news</strong>.</p>",
            "text": "Good news.",
        },
        "isPinned": True,
    }


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2019-09-06T13:00:00+02:00", "2019-09-06T11:00:00+00:00"),
        ("2019-09-06T11:00:00", "2019-09-06T11:00:00+00:00"),
    ],
)
async def test_update_date_is_converted_to_utc(site: TestApp, campaigner: str, written: str, instant: str) -> None:
    posted = await post_update(site, campaigner, await site.campaign(), postedAt=written)

    assert posted["update"]["postedAt"] == instant


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-02:00"])
async def test_date_outside_of_the_calendar_is_refused(site: TestApp, campaigner: str, written: str) -> None:
    answer = await post_update(site, campaigner, await site.campaign(), postedAt=written)

    assert (answer["code"], answer["paths"]) == ("INVALID", ["postedAt"])


async def test_updates_from_several_time_zones_are_in_order(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    for title, date in (("2", "2020-01-01T12:00:00+00:00"), ("1", "2020-01-01T13:00:00+02:00")):
        await post_update(site, campaigner, campaign, title=title, postedAt=date)
    await post_update(site, campaigner, campaign, title="3", postedAt="2020-01-01T11:30:00-02:00")

    answer = await site.ask(UPDATES, id=campaign)

    assert [node["title"] for node in answer["campaign"]["updates"]["nodes"]] == ["3", "2", "1"]


async def test_update_of_the_future_is_refused(site: TestApp, campaigner: str) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    answer = await post_update(site, campaigner, await site.campaign(), postedAt=tomorrow)

    assert (answer["code"], answer["paths"]) == ("INVALID", ["postedAt"])


@pytest.mark.parametrize(
    ("name", "value"), [("title", ""), ("title", "x" * 201), ("body", " "), ("body", "x" * 100_001)]
)
async def test_invalid_update_is_refused(site: TestApp, campaigner: str, name: str, value: str) -> None:
    answer = await post_update(site, campaigner, await site.campaign(), **{name: value})

    assert (answer["code"], answer["paths"]) == ("INVALID", [name])


async def test_updates_are_paged_newest_first_in_both_directions(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    for day in (3, 1, 5, 2, 4):
        await post_update(site, campaigner, campaign, title=f"Day {day}", postedAt=f"2020-01-0{day}T00:00:00Z")
    ask = {"id": campaign}

    first = (await site.ask(UPDATES, **ask, first=2))["campaign"]["updates"]
    after = first["pageInfo"]["endCursor"]
    second = (await site.ask(UPDATES, **ask, first=3, after=after))["campaign"]["updates"]
    last = (await site.ask(UPDATES, **ask, last=2))["campaign"]["updates"]

    assert [node["title"] for node in first["nodes"]] == ["Day 5", "Day 4"]
    assert [node["title"] for node in second["nodes"]] == ["Day 3", "Day 2", "Day 1"]
    assert [node["title"] for node in last["nodes"]] == ["Day 2", "Day 1"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (5, True)
    assert (second["pageInfo"]["hasNextPage"], last["pageInfo"]["hasPreviousPage"]) == (False, True)
