"""The loaded demo, through GraphQL: the main campaign with its documented figures, and the other campaigns."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import models
import storage
from demo import load
from demo.campaigns import CAMPAIGNS, MAIN
from demo.signatures import signatures
from jobs.audits import drift
from models import Activity, ActivityKind, Role
from tests.support.app import TestApp, running_app
from tests.support.ids import row_id

pytestmark = pytest.mark.anyio

SLUG = "free-gaspar-matalaev"
LIVE = next(campaign for campaign in CAMPAIGNS if campaign.state == "LIVE")
HOUSE = Path(__file__).resolve().parents[2]


class Demo:
    """A site with the loaded demo, and the calls of the progress callback."""

    def __init__(self, site: TestApp, progress: list[tuple[str, int, int]]) -> None:
        self.site = site
        self.progress = progress

    async def page(self, fields: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        answer = await self.site.ask(f'{{ campaign(slug: "{SLUG}") {{ {fields} }} }}', token, **variables)
        page: dict[str, Any] = answer["campaign"]
        return page


@pytest.fixture(scope="module")
async def demo() -> AsyncIterator[Demo]:
    async with running_app() as site:
        progress: list[tuple[str, int, int]] = []
        await load.load(site.settings, lambda *report: progress.append(report))
        yield Demo(site, progress)


async def test_counter_is_the_documented_one(demo: Demo) -> None:
    page = await demo.page("supporters { total direct partner offline pending withdrawn drift }")

    assert page["supporters"] == {
        "total": 101_564,
        "direct": 90_309,
        "partner": 11_255,
        "offline": 0,
        "pending": 0,
        "withdrawn": 0,
        "drift": 0,
    }


async def test_goal_follows_from_the_counter(demo: Demo) -> None:
    page = await demo.page("goal { current target reached { count } }")

    milestones = [100, 500, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000]
    assert page["goal"] == {
        "current": 101_564,
        "target": 250_000,
        "reached": [{"count": count} for count in milestones],
    }


async def test_partner_reported_its_signatures(demo: Demo) -> None:
    page = await demo.page("partners { partner { name } signatures }")

    forum = {"partner": {"name": "International Labor Rights Forum"}, "signatures": 11_255}
    assert page["partners"] == [forum]


async def test_milestones_are_reached_once_and_in_order(demo: Demo) -> None:
    page = await demo.page("activity(kinds: [MILESTONE_REACHED], first: 100) { nodes { occurredAt } }")

    moments = [node["occurredAt"] for node in page["activity"]["nodes"]]
    assert len(moments) == 8
    assert moments == sorted(set(moments), reverse=True)


async def test_activity_log_has_the_signatures_at_their_times(demo: Demo) -> None:
    campaign = (await demo.page("id"))["id"]
    rows = await storage.read(Activity, models.activity.SELECT_AFTER_SEQ, row_id(campaign), 0, 10_000)
    signed = [row for row in rows if row.kind is ActivityKind.SIGNED]

    assert len(signed) > 9_000
    assert [row.occurred_at for row in signed] == [signature.signed_at for signature in signatures(MAIN)][: len(signed)]


async def test_newest_activity_of_the_live_campaign_is_mixed(demo: Demo) -> None:
    query = "query($slug: String!) { campaign(slug: $slug) { activity(first: 100) { nodes { kind occurredAt } } } }"

    found = (await demo.site.ask(query, slug=LIVE.slug))["campaign"]["activity"]["nodes"]

    assert {"SIGNED", "COMMENTED"} <= {node["kind"] for node in found}
    moments = [node["occurredAt"] for node in found]
    assert moments == sorted(moments, reverse=True)


async def test_discussion_has_the_documented_figures(demo: Demo) -> None:
    page = await demo.page(
        """comments(first: 1) { totalCount } commentStats { threadCount replyCount authorCount
        recentAuthors { displayName } mostReactedComment { state } hottestThread { descendantCount } }"""
    )

    stats = page["commentStats"]
    assert (stats["threadCount"], stats["replyCount"], stats["authorCount"]) == (1_022, 31, 973)
    assert page["comments"]["totalCount"] == 1_022
    assert len(stats["recentAuthors"]) == 5
    assert stats["hottestThread"]["descendantCount"] >= 1


async def test_paging_finds_every_thread_and_reply(demo: Demo) -> None:
    fields = "comments(first: 100%s) { nodes { descendantCount } pageInfo { hasNextPage endCursor } }"
    threads, after = [], ""
    while True:
        found = (await demo.page(fields % after))["comments"]
        threads += found["nodes"]
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = f', after: "{found["pageInfo"]["endCursor"]}"'

    assert len(threads) == 1_022
    assert sum(thread["descendantCount"] for thread in threads) == 31


async def test_campaign_is_won_and_open_to_comments(demo: Demo) -> None:
    page = await demo.page("state isSignable isCommentable launchedAt closedAt target callToAction")

    assert page == {
        "state": "WON",
        "isSignable": False,
        "isCommentable": True,
        "launchedAt": "2017-04-04T09:00:00+00:00",
        "closedAt": "2019-09-06T11:00:00+00:00",
        "target": "The Government of Turkmenistan",
        "callToAction": "Call on the Turkmen Government to free Gaspar Matalaev",
    }


async def test_new_guest_can_comment(demo: Demo) -> None:
    campaign = (await demo.page("id"))["id"]
    guest = await demo.site.guest()

    comment = await demo.site.comment(campaign, guest, "Good to read this.")

    await demo.site.do("deleteComment", "comment { id }", guest, commentId=comment)
    assert comment


async def test_body_links_to_its_three_footnotes(demo: Demo) -> None:
    page = await demo.page("body { html } footnotes { number text url }")

    assert [note["number"] for note in page["footnotes"]] == [1, 2, 3]
    assert all(f'href="#fn-{number}"' in page["body"]["html"] for number in (1, 2, 3))


async def test_outcome_links_to_the_field_report(demo: Demo) -> None:
    page = await demo.page("outcome { occurredOn headline fieldReportUrl }")

    assert page["outcome"]["occurredOn"] == "2019-09-06"
    assert page["outcome"]["fieldReportUrl"].startswith("https://")


async def test_newest_update_is_of_the_day_of_the_release(demo: Demo) -> None:
    page = await demo.page("updates(first: 1) { nodes { postedAt title isPinned } }")

    (update,) = page["updates"]["nodes"]
    assert update["postedAt"].startswith("2019-09-06")
    assert update["isPinned"]


async def test_timeline_has_the_documented_days(demo: Demo) -> None:
    page = await demo.page("timeline { occurredOn }")

    assert [entry["occurredOn"] for entry in page["timeline"]] == ["2016-10-04", "2017-04-04", "2019-09-06"]


async def test_hero_image_has_a_credit(demo: Demo) -> None:
    page = await demo.page("heroImage { credit }")

    assert page["heroImage"]["credit"] == "Alternative Turkmenistan News"


async def test_activity_shows_names_as_people_chose_but_no_family_name(demo: Demo) -> None:
    page = await demo.page("activity(kinds: [SIGNED], first: 100) { nodes { actorName actor { displayName } } }")

    lines = page["activity"]["nodes"]
    names = [(line["actorName"], (line["actor"] or {"displayName": "A supporter"})["displayName"]) for line in lines]
    shortened = [(short, full) for short, full in names if short != full]
    assert ("Katharina S.", "Katharina S.") in names
    assert len(set(names)) > 20
    assert all(len(short) < len(full) and short.split()[0] == full.split()[0] for short, full in shortened)


async def test_ticker_shows_ten_given_names_with_an_initial(demo: Demo) -> None:
    """As on the page that the demo follows: Katharina S. A person may have chosen to be "A supporter"."""
    page = await demo.page("activity(first: 10) { nodes { actorName } }")

    names = [line["actorName"] for line in page["activity"]["nodes"]]
    assert len(names) == 10
    shown = [name for name in names if re.fullmatch(r"\S+ \w\.", name)]
    assert len(shown) >= 8
    assert set(names) - set(shown) <= {"A supporter"}


async def test_chart_has_the_history_of_the_campaign(demo: Demo) -> None:
    page = await demo.page(
        'supporters { direct partner } signaturesOverTime(by: MONTH, since: "2017-04-04", until: "2020-01-01")'
        " { start direct partner }"
    )

    chart = page["signaturesOverTime"]
    assert (chart[0]["start"], len(chart)) == ("2017-04-01", 34)
    assert len([bucket for bucket in chart if bucket["direct"]]) > 12
    for name, count in page["supporters"].items():
        assert sum(bucket[name] for bucket in chart) == count


async def test_form_has_an_optional_consent_question(demo: Demo) -> None:
    page = await demo.page("consentQuestions { text { text } textVersion required }")

    (question,) = page["consentQuestions"]
    assert question["text"]["text"]
    assert not question["required"]


async def test_few_comments_have_most_votes_and_reactions(demo: Demo) -> None:
    fields = "comments(sort: %s, first: 100) { nodes { votes { score } reactions { count } } }"
    voted = [node["votes"]["score"] for node in (await demo.page(fields % "MOST_VOTED"))["comments"]["nodes"]]
    reacted = [
        sum(group["count"] for group in node["reactions"])
        for node in (await demo.page(fields % "MOST_REACTED"))["comments"]["nodes"]
    ]

    assert voted == sorted(voted, reverse=True)
    assert reacted == sorted(reacted, reverse=True)
    assert voted[0] > 4 * max(voted[50], 1)
    assert reacted[0] > 4 * max(reacted[50], 1)


async def test_countries_with_few_supporters_are_counted_together(demo: Demo) -> None:
    page = await demo.page("countries(first: 250) { country count }")

    assert sum(one["count"] for one in page["countries"]) == 90_309
    assert page["countries"][-1]["country"] is None
    assert all(one["count"] >= demo.site.settings.country_floor for one in page["countries"] if one["country"])


async def test_campaigns_have_their_states_and_drafts_are_hidden(demo: Demo) -> None:
    token = await demo.site.staff(Role.CAMPAIGNER)
    query = "{ campaigns(first: 100) { nodes { slug state } } }"

    public = (await demo.site.ask(query))["campaigns"]["nodes"]
    all_campaigns = (await demo.site.ask(query, token))["campaigns"]["nodes"]

    expected = {campaign.slug: campaign.state for campaign in CAMPAIGNS}
    assert {one["slug"]: one["state"] for one in all_campaigns} == expected
    assert {one["slug"] for one in public} == {slug for slug, state in expected.items() if state != "DRAFT"}
    assert {"LIVE", "WON", "DRAFT"} <= set(expected.values())


async def test_moderation_queue_is_not_empty(demo: Demo) -> None:
    token = await demo.site.staff()

    queue = await demo.site.ask("{ moderationQueue { totalCount nodes { state } } }", token)

    assert queue["moderationQueue"]["totalCount"] == 2
    assert {node["state"] for node in queue["moderationQueue"]["nodes"]} == {"HELD"}


async def test_counts_equal_a_recount(demo: Demo) -> None:
    assert await drift() == []


@pytest.mark.parametrize("name", ["page", "more"])
async def test_benchmark_queries_of_the_page_succeed(demo: Demo, name: str) -> None:
    query = (HOUSE / "benchmarks" / f"{name}.graphql").read_text()

    page = (await demo.site.ask(query, slug=SLUG))["campaign"]

    assert len(page["comments"]["nodes"]) == 20


async def test_progress_ascends_to_the_total(demo: Demo) -> None:
    descriptions = {description for description, _, _ in demo.progress}

    for expected in descriptions:
        steps = [(done, total) for description, done, total in demo.progress if description == expected]
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1]
    for campaign in CAMPAIGNS:
        assert campaign.state == "DRAFT" or any(campaign.title in text for text in descriptions)


async def test_main_campaign_is_found_once_loaded(demo: Demo) -> None:
    campaign = await load.main_campaign()

    assert campaign is not None
    assert campaign.slug == SLUG
