"""Campaigns: creating, changing, states, lists and search, drafts, and the ceilings of names."""

from datetime import UTC, datetime
from typing import Any

import pytest

from resolvers.campaigns import PUBLIC_FIELDS
from tests.api.test_field_access import PRIVATE
from tests.support.access_matrix import core
from tests.support.activity import ALL_KINDS, subscribe_to_activity
from tests.support.app import TestApp
from tests.support.counters import set_counter
from tests.support.serving import serving, socket_of
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

EVERYTHING = """id slug url title callToAction target body { markdown html text }
  confirmSignatures nameDisplayCeiling tickerNameCeiling consentQuestions { text { markdown } textVersion required }
  heroImage { url alt credit } state isSignable isCommentable commentPolicy launchedAt closedAt
  footnotes { number text url } timeline { occurredOn title }
  outcome { occurredOn headline summary { text } fieldReportUrl }
  partners { partner { name url logo { url alt credit } } role signatures signaturesAsOf }
  resources { title url kind }
  donation { prompt url suggestedAmounts { amountMinor currency } raised { amountMinor } }"""
TEXTS = {
    "slug": "free-them",
    "title": "Free them",
    "callToAction": "Call on them to free them",
    "target": "Those who can",
    "body": "## Why\n\nBecause **it matters**.[^1]",
}
RICH: dict[str, Any] = TEXTS | {
    "heroImage": {"url": "https://example.org/hero.jpg", "alt": "A gate", "credit": "The Gate News"},
    "footnotes": [{"text": "A report.", "url": "https://example.org/report"}, {"text": "A conversation."}],
    "timeline": [
        {"occurredOn": "2017-04-04", "title": "The campaign begins"},
        {"occurredOn": "2016-10-04", "title": "They are arrested"},
    ],
    "resources": [{"title": "The film", "url": "https://example.org/film", "kind": "VIDEO"}],
    "donation": {
        "prompt": "Chip in",
        "url": "https://example.org/donate",
        "suggestedAmounts": [{"amountMinor": 500, "currency": "EUR"}],
    },
    "consentQuestions": [{"text": "May we **write** to you?", "textVersion": "1", "required": True}],
    "commentPolicy": "PREMODERATED",
    "confirmSignatures": True,
    "nameDisplayCeiling": "INITIALS",
    "tickerNameCeiling": "ANONYMOUS",
    "launchedAt": "2017-04-04T09:00:00+00:00",
}


async def read(site: TestApp, campaign: str, fields: str = EVERYTHING, token: str | None = None) -> Any:
    query = f"query($id: ID!) {{ campaign(id: $id) {{ {fields} }} }}"
    return (await site.ask(query, token, id=campaign))["campaign"]


async def create(site: TestApp, token: str, **given: Any) -> dict[str, Any]:
    return await site.do("createCampaign", f"campaign {{ {EVERYTHING} }}", token, **(TEXTS | given))


async def update(site: TestApp, token: str, campaign: str, **given: Any) -> dict[str, Any]:
    answer = await site.do("updateCampaign", f"campaign {{ {EVERYTHING} }}", token, campaignId=campaign, **given)
    return answer


async def change(site: TestApp, token: str, campaign: str, state: str, **given: Any) -> dict[str, Any]:
    return await site.do(
        "changeCampaignState", f"campaign {{ {EVERYTHING} }}", token, campaignId=campaign, state=state, **given
    )


# ---------------------------------------------------------------- creating


async def test_new_campaign_is_stored_as_written(site: TestApp, campaigner: str) -> None:
    created = (await create(site, campaigner, **RICH))["campaign"]

    assert created == await read(site, created["id"], token=campaigner)
    assert {name: created[name] for name in ("slug", "title", "callToAction", "target", "commentPolicy")} == {
        name: RICH[name] for name in ("slug", "title", "callToAction", "target", "commentPolicy")
    }
    assert created["heroImage"] == RICH["heroImage"]
    assert created["resources"] == RICH["resources"]
    assert created["donation"] == {**RICH["donation"], "raised": []}
    assert created["consentQuestions"] == [
        {"text": {"markdown": "May we **write** to you?"}, "textVersion": "1", "required": True}
    ]
    for name in ("confirmSignatures", "nameDisplayCeiling", "tickerNameCeiling"):
        assert created[name] == RICH[name]
    assert created["launchedAt"] == "2017-04-04T09:00:00+00:00"
    assert created["url"].endswith("/campaigns/free-them")


async def test_footnotes_are_numbered_in_order_of_citation(site: TestApp, campaigner: str) -> None:
    created = (await create(site, campaigner, **RICH))["campaign"]

    assert created["footnotes"] == [
        {"number": 1, "text": "A report.", "url": "https://example.org/report"},
        {"number": 2, "text": "A conversation.", "url": None},
    ]
    assert '<a href="#fn-1"' in created["body"]["html"]


async def test_timeline_is_sorted_oldest_first(site: TestApp, campaigner: str) -> None:
    created = (await create(site, campaigner, **RICH))["campaign"]

    assert [entry["occurredOn"] for entry in created["timeline"]] == ["2016-10-04", "2017-04-04"]


async def test_body_is_rendered_without_dangerous_html(site: TestApp, campaigner: str) -> None:
    body = "## Why\n\n<script>alert(1)</script> **bold** [x](javascript:alert(1)) ![i](https://example.org/i.png)"

    rich = (await create(site, campaigner, body=body))["campaign"]["body"]

    assert rich["markdown"] == body
    assert "<h2>Why</h2>" in rich["html"]
    assert "<strong>bold</strong>" in rich["html"]
    assert not any(evil in rich["html"] for evil in ("<script", "<img", 'href="javascript'))
    assert "<" not in rich["text"].replace("<script>", "").replace("</script>", "")


async def test_new_campaign_is_a_draft_without_launch_date(site: TestApp, campaigner: str) -> None:
    created = (await create(site, campaigner))["campaign"]

    assert created["state"] == "DRAFT"
    assert created["launchedAt"] is None
    assert not created["isSignable"]
    assert not created["isCommentable"]


async def test_duplicate_slug_is_a_conflict(site: TestApp, campaigner: str) -> None:
    await create(site, campaigner)

    answer = await create(site, campaigner)

    assert (answer["code"], answer["paths"]) == ("CONFLICT", ["slug"])


@pytest.mark.parametrize(
    "slug", ["", "Free", "free them", "free_them", "-free", "free-", "fr--ee", "frée", "a/b", "x" * 81, "a\n", " a"]
)
async def test_invalid_slug_is_refused(site: TestApp, campaigner: str, slug: str) -> None:
    answer = await create(site, campaigner, slug=slug)

    assert (answer["code"], answer["paths"]) == ("INVALID", ["slug"])


IMAGE = {"url": "https://example.org/i.png", "alt": "A gate"}
INVALID = {
    "a title that is too long": ("title", "x" * 201, "title"),
    "a title that is empty": ("title", " \n ", "title"),
    "a title of invisible characters": ("title", "\u200b\u2060\u00ad \u3164\u115f\u2800\u0301", "title"),
    "a call that is too long": ("callToAction", "x" * 301, "callToAction"),
    "a target that is empty": ("target", "", "target"),
    "a body that is empty": ("body", "  ", "body"),
    "a body that is too long": ("body", "x" * 100_001, "body"),
    "a picture by another scheme": ("heroImage", IMAGE | {"url": "ftp://example.org/i.png"}, "heroImage.url"),
    "a picture with a script": ("heroImage", IMAGE | {"url": "javascript:alert(1)"}, "heroImage.url"),
    "a picture's URL with a space": ("heroImage", IMAGE | {"url": "https://exa mple.org/"}, "heroImage.url"),
    "a picture without alternative text": ("heroImage", IMAGE | {"alt": ""}, "heroImage.alt"),
    "a picture's URL that is too long": (
        "heroImage",
        IMAGE | {"url": "https://example.org/" + "x" * 500},
        "heroImage.url",
    ),
    "a footnote without text": ("footnotes", [{"text": ""}], "footnotes.0.text"),
    "a footnote's URL without a scheme": ("footnotes", [{"text": "A", "url": "example.org"}], "footnotes.0.url"),
    "too many footnotes": ("footnotes", [{"text": "A"}] * 101, "footnotes"),
    "a timeline entry without text": ("timeline", [{"occurredOn": "2020-01-01", "title": ""}], "timeline.0.title"),
    "a resource without a URL": ("resources", [{"title": "A", "url": "", "kind": "VIDEO"}], "resources.0.url"),
    "a suggested amount of zero": (
        "donation",
        {
            "prompt": "P",
            "url": "https://example.org/",
            "suggestedAmounts": [{"amountMinor": 0, "currency": "EUR"}],
        },
        "donation.suggestedAmounts.0.amountMinor",
    ),
    "a suggested amount that is not exact in JSON": (
        "donation",
        {"prompt": "P", "url": "https://example.org/", "suggestedAmounts": [{"amountMinor": 2**53, "currency": "EUR"}]},
        "donation.suggestedAmounts.0.amountMinor",
    ),
    "a donation's URL without a scheme": ("donation", {"prompt": "P", "url": "donate"}, "donation.url"),
}


@pytest.mark.parametrize(("name", "value", "field"), INVALID.values(), ids=INVALID)
async def test_invalid_value_of_new_campaign_is_refused_by_field(
    site: TestApp, campaigner: str, name: str, value: Any, field: str
) -> None:
    answer = await create(site, campaigner, **{name: value})

    assert (answer.get("code"), answer.get("paths")) == ("INVALID", [field])


@pytest.mark.parametrize(("name", "value", "field"), INVALID.values(), ids=INVALID)
async def test_invalid_change_is_refused_and_changes_nothing(
    site: TestApp, campaigner: str, name: str, value: Any, field: str
) -> None:
    campaign = (await create(site, campaigner, **RICH))["campaign"]

    answer = await update(site, campaigner, campaign["id"], **{name: value})

    assert (answer.get("code"), answer.get("paths")) == ("INVALID", [field])
    assert await read(site, campaign["id"], token=campaigner) == campaign


@pytest.mark.parametrize("currency", ["", "EURO", "eu", "12", "€"])
async def test_currency_is_three_letters(site: TestApp, campaigner: str, currency: str) -> None:
    amounts = [{"amountMinor": 500, "currency": currency}]

    answer = await create(
        site,
        campaigner,
        donation={"prompt": "P", "url": "https://example.org/", "suggestedAmounts": amounts},
    )

    assert (answer.get("code"), answer.get("paths")) == ("INVALID", ["donation.suggestedAmounts.0.currency"])


async def test_control_characters_are_refused(site: TestApp, campaigner: str) -> None:
    answer = await create(site, campaigner, title="Free\x07 them")

    assert (answer["code"], answer["paths"]) == ("REJECTED_CONTENT", ["title"])


async def test_null_byte_is_refused(site: TestApp, campaigner: str) -> None:
    """PostgreSQL cannot store a null byte."""
    answer = await create(site, campaigner, body="Free\x00 them")

    assert (answer["code"], answer["paths"]) == ("REJECTED_CONTENT", ["body"])


# ---------------------------------------------------------------- updating


async def test_omitted_field_keeps_its_value(site: TestApp, campaigner: str) -> None:
    before = (await create(site, campaigner, **RICH))["campaign"]

    after = (await update(site, campaigner, before["id"], title="New"))["campaign"]

    assert after == before | {"title": "New"}


@pytest.mark.parametrize("name", ["heroImage", "donation"])
async def test_null_clears_nullable_field(site: TestApp, campaigner: str, name: str) -> None:
    before = (await create(site, campaigner, **RICH))["campaign"]

    after = (await update(site, campaigner, before["id"], **{name: None}))["campaign"]

    assert after == before | {name: None}
    assert await read(site, before["id"], token=campaigner) == after


@pytest.mark.parametrize(
    "name",
    [
        *("title", "callToAction", "target", "body", "footnotes", "timeline", "resources", "commentPolicy"),
        *("confirmSignatures", "nameDisplayCeiling", "erasurePolicy"),
    ],
)
async def test_null_is_refused_for_required_field(site: TestApp, campaigner: str, name: str) -> None:
    before = (await create(site, campaigner, **RICH))["campaign"]

    answer = await update(site, campaigner, before["id"], heroImage=None, **{name: None})

    assert (answer.get("code"), answer.get("paths")) == ("INVALID", [name])
    assert await read(site, before["id"], token=campaigner) == before


async def test_every_text_can_be_changed(site: TestApp, campaigner: str) -> None:
    campaign = (await create(site, campaigner, **RICH))["campaign"]["id"]
    changed = {
        "title": "T",
        "callToAction": "C",
        "target": "W",
        "footnotes": [{"text": "Only one", "url": None}],
        "timeline": [],
        "resources": [{"title": "R", "url": "https://example.org/r", "kind": "OTHER"}],
        "heroImage": {"url": "https://example.org/n.png", "alt": "New", "credit": None},
        "commentPolicy": "OPEN",
    }

    after = (await update(site, campaigner, campaign, **changed, body="*New*"))["campaign"]

    assert {name: after[name] for name in changed} == changed | {
        "footnotes": [{"number": 1, "text": "Only one", "url": None}]
    }
    assert after["body"] == {"markdown": "*New*", "html": "<p><em>New</em></p>", "text": "New"}


async def test_empty_list_clears_list(site: TestApp, campaigner: str) -> None:
    campaign = (await create(site, campaigner, **RICH))["campaign"]["id"]

    after = (await update(site, campaigner, campaign, footnotes=[], resources=[], timeline=[]))["campaign"]

    assert (after["footnotes"], after["resources"], after["timeline"]) == ([], [], [])


@pytest.mark.parametrize("unknown", ["Q2FtcGFpZ246OTk5", "Q29tbWVudDox", "nonsense", ""])
async def test_unknown_campaign_cannot_be_changed(site: TestApp, campaigner: str, unknown: str) -> None:
    answer = await update(site, campaigner, unknown, title="New")

    assert (answer["code"], answer["paths"]) == ("NOT_FOUND", ["campaignId"])


# ---------------------------------------------------------------- states


STATES = ("DRAFT", "LIVE", "PAUSED", "WON", "LOST", "CLOSED", "ARCHIVED")
NEXT = {
    "DRAFT": {"LIVE", "ARCHIVED"},
    "LIVE": {"PAUSED", "WON", "LOST", "CLOSED", "ARCHIVED"},
    "PAUSED": {"LIVE", "WON", "LOST", "CLOSED", "ARCHIVED"},
    "WON": {"LIVE", "LOST", "CLOSED", "ARCHIVED"},
    "LOST": {"LIVE", "WON", "CLOSED", "ARCHIVED"},
    "CLOSED": {"LIVE", "WON", "LOST", "ARCHIVED"},
    "ARCHIVED": {"WON", "LOST", "CLOSED"},
}


@pytest.mark.parametrize("before", STATES)
async def test_state_changes_only_to_allowed_states(site: TestApp, campaigner: str, before: str) -> None:
    results = {}
    for after in STATES:
        campaign = await site.campaign(before)
        answer = await change(site, campaigner, campaign, after)
        results[after] = answer.get("code") or answer["campaign"]["state"]

    allowed = NEXT[before] | {before}
    assert results == {after: after if after in allowed else "CONFLICT" for after in STATES}


async def test_refused_state_change_names_allowed_states(site: TestApp, campaigner: str) -> None:
    answer = await change(site, campaigner, await site.campaign("DRAFT"), "WON")

    assert answer["paths"] == ["state"]
    assert "LIVE" in answer["message"]


@pytest.mark.parametrize(
    ("state", "signable", "commentable"),
    [
        ("DRAFT", False, False),
        ("LIVE", True, True),
        ("PAUSED", False, True),
        ("WON", False, True),
        ("LOST", False, True),
        ("CLOSED", False, True),
        ("ARCHIVED", False, False),
    ],
)
async def test_state_decides_on_signatures_and_comments(
    site: TestApp, campaigner: str, state: str, signable: bool, commentable: bool
) -> None:
    shown = await read(site, await site.campaign(state), "isSignable isCommentable", campaigner)

    assert shown == {"isSignable": signable, "isCommentable": commentable}


async def test_closed_discussion_refuses_comments(site: TestApp) -> None:
    campaign = await site.campaign(commentPolicy="CLOSED")

    answer = await site.do("postComment", "comment { id }", await site.guest(), campaignId=campaign, body="Hello")

    assert answer["code"] == "CLOSED"
    assert not (await read(site, campaign, "isCommentable"))["isCommentable"]


async def test_launch_date_is_set_when_campaign_goes_live(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign("DRAFT")
    before = datetime.now(UTC)

    launched = (await change(site, campaigner, campaign, "LIVE"))["campaign"]

    assert before <= datetime.fromisoformat(launched["launchedAt"]) <= datetime.now(UTC)
    assert launched["closedAt"] is None


async def test_given_launch_date_is_kept(site: TestApp, campaigner: str) -> None:
    created = (await create(site, campaigner, **RICH))["campaign"]

    launched = (await change(site, campaigner, created["id"], "LIVE"))["campaign"]

    assert launched["launchedAt"] == RICH["launchedAt"]


OUTCOME = {
    "occurredOn": "2019-09-06",
    "headline": "They are free",
    "summary": "After **three years**.",
    "fieldReportUrl": "https://example.org/report",
}


@pytest.mark.parametrize("state", ["WON", "LOST", "CLOSED"])
async def test_ended_campaign_has_an_outcome(site: TestApp, campaigner: str, state: str) -> None:
    ended = (await change(site, campaigner, await site.campaign(), state, outcome=OUTCOME))["campaign"]

    assert ended["outcome"] == OUTCOME | {"summary": {"text": "After three years."}}
    assert ended["closedAt"] is not None


async def test_outcome_can_be_added_later(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    first = (await change(site, campaigner, campaign, "WON"))["campaign"]

    second = (await change(site, campaigner, campaign, "WON", outcome=OUTCOME))["campaign"]

    assert first["outcome"] is None
    assert second["outcome"]["headline"] == "They are free"
    assert second["closedAt"] == first["closedAt"]


async def test_archived_campaign_keeps_its_outcome(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    ended = (await change(site, campaigner, campaign, "WON", outcome=OUTCOME))["campaign"]

    archived = (await change(site, campaigner, campaign, "ARCHIVED"))["campaign"]

    assert archived["outcome"] == ended["outcome"]
    assert archived["closedAt"] == ended["closedAt"]


async def test_reopened_campaign_has_no_outcome_and_no_end(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    await change(site, campaigner, campaign, "LOST", outcome=OUTCOME)

    again = (await change(site, campaigner, campaign, "LIVE"))["campaign"]

    assert (again["outcome"], again["closedAt"]) == (None, None)


async def test_outcome_of_unended_campaign_is_refused(site: TestApp, campaigner: str) -> None:
    answer = await change(site, campaigner, await site.campaign(), "PAUSED", outcome=OUTCOME)

    assert (answer["code"], answer["paths"]) == ("INVALID", ["outcome"])


@pytest.mark.parametrize("bad", [{"headline": ""}, {"summary": " "}, {"fieldReportUrl": "report"}])
async def test_invalid_outcome_is_refused(site: TestApp, campaigner: str, bad: dict[str, str]) -> None:
    answer = await change(site, campaigner, await site.campaign(), "WON", outcome=OUTCOME | bad)

    assert (answer["code"], answer["paths"]) == ("INVALID", [f"outcome.{name}" for name in bad])


# ---------------------------------------------------------------- finding one


async def test_campaign_is_found_by_slug(site: TestApp) -> None:
    campaign = await site.campaign(slug="by-slug")

    answer = await site.ask('{ campaign(slug: "by-slug") { id } }')

    assert answer == {"campaign": {"id": campaign}}


@pytest.mark.parametrize("slug", ["none", "", "BY-SLUG", "by-slug ", "x" * 10_000, "a\x00b"])
async def test_unknown_slug_finds_null(site: TestApp, slug: str) -> None:
    await site.campaign(slug="by-slug")

    answer = await site.post("query($s: String) { campaign(slug: $s) { id } }", s=slug)

    assert answer["data"] == {"campaign": None}
    assert "errors" not in answer


@pytest.mark.parametrize("given", ["", "(id: null)", '(id: "Q2FtcGFpZ246MQ", slug: "a")', "(id: null, slug: null)"])
async def test_campaign_needs_either_id_or_slug(site: TestApp, given: str) -> None:
    assert await site.codes(f"{{ campaign{given} {{ id }} }}") == ["INVALID"]


@pytest.mark.parametrize("wrong", ["Q2FtcGFpZ246OTk5", "Q29tbWVudDox", "nonsense", "", "Q2FtcGFpZ246MA"])
async def test_unknown_id_finds_null(site: TestApp, wrong: str) -> None:
    body = await site.post("query($id: ID!) { campaign(id: $id) { id } }", id=wrong)

    assert (body["data"] or {"campaign": None}) == {"campaign": None}
    assert [error["extensions"]["code"] for error in body.get("errors", [])] in ([], ["NOT_FOUND"])


# ---------------------------------------------------------------- the list


LIST = """query($states: [CampaignState!], $search: String, $sort: CampaignSort! = NEWEST,
    $first: Int, $after: String, $last: Int, $before: String) {
  campaigns(states: $states, search: $search, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id title } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


async def listed(site: TestApp, token: str | None = None, /, **given: Any) -> Any:
    return (await site.ask(LIST, token, **given))["campaigns"]


async def titles(site: TestApp, **given: Any) -> list[str]:
    return [node["title"] for node in (await listed(site, **given))["nodes"]]


async def test_list_leaves_out_drafts(site: TestApp) -> None:
    for state in STATES:
        await site.campaign(state, title=state)

    page = await listed(site)

    assert {node["title"] for node in page["nodes"]} == set(STATES) - {"DRAFT"}
    assert page["totalCount"] == 6


@pytest.mark.parametrize("state", STATES)
async def test_list_filters_by_state(site: TestApp, campaigner: str, state: str) -> None:
    for each in STATES:
        await site.campaign(each, title=each)

    page = await listed(site, campaigner, states=[state])

    assert [node["title"] for node in page["nodes"]] == [state]
    assert page["totalCount"] == 1


@pytest.mark.parametrize(
    ("states", "found"),
    [
        (["LIVE", "PAUSED"], ["PAUSED", "LIVE"]),
        (["WON", "LIVE", "WON", "LIVE"], ["WON", "LIVE"]),
        (["DRAFT", "LOST"], ["LOST"]),
        (["DRAFT"], []),
        ([], []),
    ],
)
async def test_list_of_several_states_has_the_campaigns_of_all(
    site: TestApp, states: list[str], found: list[str]
) -> None:
    for each in STATES:
        await site.campaign(each, title=each)

    page = await listed(site, states=states)

    assert [node["title"] for node in page["nodes"]] == found
    assert page["totalCount"] == len(found)
    assert not page["pageInfo"]["hasNextPage"]


async def test_null_states_are_every_public_state(site: TestApp, campaigner: str) -> None:
    for each in STATES:
        await site.campaign(each, title=each)

    public, own = await listed(site, states=None), await listed(site, campaigner, states=None)

    assert (public["totalCount"], own["totalCount"]) == (6, 7)


async def test_search_goes_through_the_states(site: TestApp) -> None:
    for state in ("LIVE", "PAUSED", "WON"):
        await site.campaign(state, title=f"Bread, {state}")
        await site.campaign(state, title=f"Roses, {state}")

    page = await listed(site, search="bread", states=["LIVE", "WON"], sort="OLDEST")

    assert [node["title"] for node in page["nodes"]] == ["Bread, LIVE", "Bread, WON"]
    assert page["totalCount"] == 2


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("cotton", ["Cotton and bread", "100% cotton"]),
        ("COTTON", ["Cotton and bread", "100% cotton"]),
        ("bread COTTON", ["Cotton and bread"]),
        ("100%", ["100% cotton"]),
        ("%", ["100% cotton"]),
        ("_", ["snake_case"]),
        ("e_c", ["snake_case"]),
        ("!", ["Хлеб для ШКОЛЫ!"]),
        ("школы", ["Хлеб для ШКОЛЫ!"]),
        ("ХЛЕБ", ["Хлеб для ШКОЛЫ!"]),
        ("STRASSE", ["Freie Straße"]),
        ("straße", ["Freie Straße"]),
        ("e\u0301cole", ["Une École"]),
        ("école", ["Une École"]),
        ("'; DROP TABLE campaigns; --", []),
        ("a\\b", []),
        ("a\x00b", []),
        ("nothing such", []),
        ("the ministry", ["Une École"]),
        ("call on the mill", ["Freie Straße"]),
    ],
)
async def test_search_finds_campaigns_by_words(site: TestApp, search: str, found: list[str]) -> None:
    """Search looks in titles, calls to action and targets, in any case and script, and knows no wildcards."""
    for title, target in [("Cotton and bread", "T"), ("100% cotton", "T"), ("snake_case", "T")]:
        await site.campaign(title=title, target=target, callToAction="C")
    await site.campaign(title="Хлеб для ШКОЛЫ!", target="T", callToAction="C")
    await site.campaign(title="Freie Straße", target="T", callToAction="Call on the mill")
    await site.campaign(title="Une École", target="The Ministry", callToAction="C")

    page = await listed(site, search=search, sort="OLDEST")

    assert [node["title"] for node in page["nodes"]] == found
    assert page["totalCount"] == len(found)


@pytest.mark.parametrize("search", ["", "   ", None])
async def test_empty_search_finds_everything(site: TestApp, search: str | None) -> None:
    await site.campaign()

    assert (await listed(site, search=search))["totalCount"] == 1


async def test_search_finds_changed_title(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign(title="Old words")
    await update(site, campaigner, campaign, title="New words")

    assert await titles(site, search="old") == []
    assert await titles(site, search="new") == ["New words"]


async def test_public_search_does_not_find_drafts(site: TestApp) -> None:
    await site.campaign("DRAFT", title="A secret plan")

    assert (await listed(site, search="secret"))["totalCount"] == 0


async def test_list_is_sorted_in_four_ways(site: TestApp) -> None:
    guest = await site.guest()
    ids = {title: await site.campaign(title=title) for title in ("first", "second", "third")}
    for title, count in (("first", 7), ("second", 9)):
        await set_counter(ids[title], count, 0, datetime.now(UTC))
    for title, count in (("third", 3), ("first", 2)):
        for _ in range(count):
            await site.comment(ids[title], guest)

    assert await titles(site, sort="NEWEST") == ["third", "second", "first"]
    assert await titles(site, sort="OLDEST") == ["first", "second", "third"]
    assert await titles(site, sort="MOST_SUPPORTED") == ["second", "first", "third"]
    assert await titles(site, sort="MOST_ACTIVE") == ["third", "first", "second"]


@pytest.mark.parametrize("sort", ["NEWEST", "OLDEST", "MOST_SUPPORTED", "MOST_ACTIVE"])
async def test_pages_cover_the_list_in_both_directions(site: TestApp, sort: str) -> None:
    for number in range(5):
        await site.campaign("LIVE" if number % 2 else "PAUSED")
    whole = [edge["node"]["id"] for edge in (await listed(site, sort=sort))["edges"]]

    forwards: list[str] = []
    backwards: list[str] = []
    after = before = None
    while True:
        page = await listed(site, sort=sort, first=2, after=after)
        forwards += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    while True:
        page = await listed(site, sort=sort, last=2, before=before)
        backwards = [node["id"] for node in page["nodes"]] + backwards
        before = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break

    assert forwards == whole
    assert backwards == whole


@pytest.mark.parametrize("other", [{"sort": "OLDEST"}, {"states": ["LIVE"]}, {"search": "campaign"}])
async def test_cursor_of_another_list_is_refused(site: TestApp, other: dict[str, Any]) -> None:
    await site.campaign()
    cursor = (await listed(site))["pageInfo"]["endCursor"]

    assert await site.codes(LIST, after=cursor, **other) == ["INVALID_CURSOR"]


async def test_cursor_holds_for_the_same_states_in_any_order(site: TestApp) -> None:
    await site.campaign()
    cursor = (await listed(site, states=["LIVE", "WON"]))["pageInfo"]["endCursor"]

    assert await site.codes(LIST, after=cursor, states=["WON", "LIVE", "WON"]) == []
    assert await site.codes(LIST, after=cursor, states=["LIVE"]) == ["INVALID_CURSOR"]
    assert await site.codes(LIST, after=cursor, states=[]) == ["INVALID_CURSOR"]
    assert await site.codes(LIST, after=cursor) == ["INVALID_CURSOR"]


@pytest.mark.parametrize("given", [{"first": 0}, {"first": 101}, {"last": 0}, {"last": -1}, {"first": 1, "last": 1}])
async def test_page_size_is_from_1_to_100(site: TestApp, given: dict[str, int]) -> None:
    assert await site.codes(LIST, None, **given) == ["INVALID"]


# ---------------------------------------------------------------- activity


LOGGED = "nodes { kind actor { id } ... on CampaignActivity { changed } }"


async def test_every_change_is_logged_as_activity(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    await update(site, campaigner, campaign, title="New")
    await site.do("postUpdate", "__typename", campaigner, campaignId=campaign, title="News", body="Good news.")
    await site.do("addPartner", "partner { id }", campaigner, campaignId=campaign, name="Friends")
    await change(site, campaigner, campaign, "PAUSED")

    shown = await read(site, campaign, f"activity(kinds: [{ALL_KINDS}]) {{ {LOGGED} }}")

    events = [(node["kind"], node.get("changed")) for node in shown["activity"]["nodes"]]
    assert events == [
        ("CAMPAIGN_CHANGED", ["state", "isSignable"]),
        ("CAMPAIGN_CHANGED", ["partners"]),
        ("UPDATE_POSTED", None),
        ("CAMPAIGN_CHANGED", ["title"]),
        ("CAMPAIGN_CHANGED", ["state", "isSignable", "isCommentable", "launchedAt"]),
    ]
    assert {node["actor"] for node in shown["activity"]["nodes"]} == {None}


async def test_change_of_several_fields_names_each(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    await update(site, campaigner, campaign, title="New", target="You", body="Other.", commentPolicy="CLOSED")

    shown = await read(site, campaign, f"activity(kinds: [CAMPAIGN_CHANGED], first: 1) {{ {LOGGED} }}")

    (node,) = shown["activity"]["nodes"]
    assert node["changed"] == ["title", "target", "body", "isCommentable", "commentPolicy"]


@pytest.mark.parametrize("given", [{"confirmSignatures": False}, {"nameDisplayCeiling": "FULL_NAME"}, {}])
async def test_no_change_is_not_logged(site: TestApp, campaigner: str, given: dict[str, Any]) -> None:
    campaign = await site.campaign(title="The same")
    before = await read(site, campaign, f"activity(kinds: [{ALL_KINDS}]) {{ {LOGGED} }}")

    await update(site, campaigner, campaign, title="The same", **given)

    assert await read(site, campaign, f"activity(kinds: [{ALL_KINDS}]) {{ {LOGGED} }}") == before


def test_every_logged_field_is_a_public_field_of_a_campaign() -> None:
    """Fields that have no entry change by themselves, or are lists with events of their own."""
    campaign: Any = core().type_map["Campaign"]
    own = set(PUBLIC_FIELDS.values())
    elsewhere = """id slug url updates partners supporters goal countries signaturesOverTime comments allComments
      pinnedComments commentStats activity viewerSignature viewerCan"""

    assert own | {*elsewhere.split()} == set(campaign.fields)
    assert {f"Campaign.{name}" for name in own} & set(PRIVATE) == set()


# ---------------------------------------------------------------- the ceiling of names


NAMES = "comments { nodes { author { displayName } } } activity(kinds: [COMMENTED]) { nodes { actorName } }"


async def names(site: TestApp, campaign: str) -> set[str]:
    shown = await read(site, campaign, NAMES)
    return {node["author"]["displayName"] for node in shown["comments"]["nodes"]} | {
        node["actorName"] for node in shown["activity"]["nodes"]
    }


@pytest.mark.parametrize(
    ("ceiling", "name"),
    [
        ("FULL_NAME", "Katharina Sommer"),
        ("FIRST_NAME_INITIAL", "Katharina S."),
        ("INITIALS", "K. S."),
        ("ANONYMOUS", "A supporter"),
    ],
)
async def test_ceiling_caps_names(site: TestApp, ceiling: str, name: str) -> None:
    campaign = await site.campaign(nameDisplayCeiling=ceiling, tickerNameCeiling="FULL_NAME")
    await site.comment(campaign, await site.guest("Katharina Sommer", nameDisplay="FULL_NAME"))

    assert await names(site, campaign) == {name}


async def test_lowered_ceiling_applies_to_the_past(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    await site.comment(campaign, await site.guest("Katharina Sommer", nameDisplay="FULL_NAME"))

    await update(site, campaigner, campaign, nameDisplayCeiling="INITIALS")

    assert await names(site, campaign) == {"K. S."}


async def test_raised_ceiling_reveals_no_names(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    guest = await site.guest("Katharina Sommer", nameDisplay="FULL_NAME")
    await site.comment(campaign, guest)
    await update(site, campaigner, campaign, nameDisplayCeiling="INITIALS")

    await update(site, campaigner, campaign, nameDisplayCeiling="FULL_NAME")
    await site.comment(campaign, guest)

    assert await names(site, campaign) == {"K. S."}


async def test_lowered_ceiling_caps_names_of_reactors(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    comment = await site.comment(campaign, await site.guest())
    fan = await site.guest("Katharina Sommer", nameDisplay="FULL_NAME")
    await site.do("addReaction", "comment { id }", fan, commentId=comment, kind="HEART")

    await update(site, campaigner, campaign, nameDisplayCeiling="ANONYMOUS")

    shown = await read(site, campaign, "activity(kinds: [REACTED]) { nodes { actorName } }")
    assert shown["activity"]["nodes"] == [{"actorName": "A supporter"}]


async def test_ceiling_shows_no_more_than_the_person_chose(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign()
    await site.comment(campaign, await site.guest("Katharina Sommer", nameDisplay="ANONYMOUS"))

    await update(site, campaigner, campaign, nameDisplayCeiling="FIRST_NAME_INITIAL")

    assert await names(site, campaign) == {"A supporter"}


# ---------------------------------------------------------------- the names of the ticker


TICKER = "activity(kinds: [COMMENTED]) { nodes { actorName actor { displayName } } }"


async def ticker_names(site: TestApp, campaign: str) -> list[str]:
    return [node["actorName"] for node in (await read(site, campaign, TICKER))["activity"]["nodes"]]


async def test_ticker_shows_initials_of_family_names_whatever_the_discussion_shows(site: TestApp) -> None:
    campaign = await site.campaign()
    await site.comment(campaign, await site.guest("Katharina Sommer", nameDisplay="FULL_NAME"))

    shown = await read(site, campaign, TICKER)

    assert shown["activity"]["nodes"] == [{"actorName": "Katharina S.", "actor": {"displayName": "Katharina Sommer"}}]


@pytest.mark.parametrize("choice", ["FULL_NAME", "FIRST_NAME_INITIAL", "INITIALS", "ANONYMOUS"])
@pytest.mark.parametrize("ceiling", ["FULL_NAME", "FIRST_NAME_INITIAL", "INITIALS", "ANONYMOUS"])
async def test_ticker_shows_no_more_than_its_ceiling_and_the_person_allow(
    site: TestApp, ceiling: str, choice: str
) -> None:
    campaign = await site.campaign(tickerNameCeiling=ceiling)
    shown = ["Katharina Sommer", "Katharina S.", "K. S.", "A supporter"]
    displays = ["FULL_NAME", "FIRST_NAME_INITIAL", "INITIALS", "ANONYMOUS"]

    await site.comment(campaign, await site.guest("Katharina Sommer", nameDisplay=choice))

    assert await ticker_names(site, campaign) == [shown[max(displays.index(ceiling), displays.index(choice))]]


async def test_ticker_ceiling_leaves_the_discussion_and_other_campaigns_alone(site: TestApp) -> None:
    strict, free = (
        await site.campaign(tickerNameCeiling="ANONYMOUS"),
        await site.campaign(tickerNameCeiling="FULL_NAME"),
    )
    guest = await site.guest("Katharina Sommer", nameDisplay="FULL_NAME")
    for campaign in (strict, free):
        await site.comment(campaign, guest)

    assert await names(site, strict) == {"Katharina Sommer", "A supporter"}
    assert await names(site, free) == {"Katharina Sommer"}


async def test_changed_ticker_ceiling_applies_to_the_past_and_both_ways(site: TestApp, campaigner: str) -> None:
    """Readers are told to read the names again."""
    campaign = await site.campaign()
    await site.comment(campaign, await site.guest("Katharina Sommer", nameDisplay="FULL_NAME"))
    told = []
    for ceiling in ("INITIALS", "INITIALS", "FULL_NAME"):
        await update(site, campaigner, campaign, tickerNameCeiling=ceiling)
        events = await read(site, campaign, "activity(kinds: [NAME_CHANGED]) { nodes { actor { id } } }")
        told.append((await ticker_names(site, campaign), len(events["activity"]["nodes"])))

    assert told == [(["K. S."], 1), (["K. S."], 1), (["Katharina Sommer"], 2)]


async def test_ticker_follows_a_change_that_the_full_name_does_not_show(site: TestApp) -> None:
    """The same words may be divided otherwise into given and family name."""
    campaign = await site.campaign()
    guest = await site.guest(nameDisplay="FULL_NAME")
    full = {"nameDisplay": "FULL_NAME"}
    await site.do("updateProfile", "__typename", guest, **full, givenName="Katharina Maria", familyName="Sommer")
    await site.comment(campaign, guest)
    before = await ticker_names(site, campaign)

    await site.do("updateProfile", "__typename", guest, **full, givenName="Katharina", familyName="Maria Sommer")

    assert (before, await ticker_names(site, campaign)) == (["Katharina Maria S."], ["Katharina M."])
    events = await read(site, campaign, "activity(kinds: [NAME_CHANGED]) { nodes { actorName } }")
    assert events["activity"]["nodes"] == [{"actorName": "Katharina M."}]


async def test_ticker_names_take_no_further_statement(site: TestApp) -> None:
    campaign = await site.campaign()
    await site.comment(campaign, await site.guest("Katharina Sommer"))
    costs = []
    for fields in ("actor { displayName }", "actor { displayName } actorName", "actorName"):
        with recorded_statements() as seen:
            await read(site, campaign, f"activity {{ nodes {{ {fields} }} }}")
        costs.append(len(seen))

    assert len(set(costs)) == 1


async def test_live_ticker_shows_no_more_than_its_ceiling(site: TestApp) -> None:
    campaign, guest = await site.campaign(), await site.guest("Katharina Sommer", nameDisplay="FULL_NAME")
    async with serving(site) as url, socket_of(url) as client:
        follow = await subscribe_to_activity(site, client, campaign)
        await site.comment(campaign, guest)
        event = await follow.event()

    assert event["activity"]["actorName"] == "Katharina S."
