"""All mistakes at once: the issues of every mutation, and those of top-level errors, with path, reason and limit."""

import asyncio
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Campaign, Comment, Consent, Role, Signature
from resolvers.ids import global_id
from tests.support.access_matrix import core
from tests.support.app import TestApp, running_app
from tests.support.wrong_inputs import KEY, KEY_ISSUE, OTHER_ID, WRONG, Issue, checkable_paths

pytestmark = pytest.mark.anyio

NEEDS_ANOTHER_RESULT = {"postComment": {"parentId"}, "reportPartnerTally": {"partnerId"}}
"""An id that exists, or not, only on the campaign, which must be known."""
ID_TYPES = {"apiKeyId": "ApiKey", "donationId": "Donation", "organisationId": "Partner", "parentId": "Comment"}


def issues_of(answer: dict[str, Any]) -> list[Issue]:
    return [(".".join(issue["path"]), issue["reason"], issue["limit"]) for issue in answer["issues"]]


def replaced(value: Any, change: Callable[[str, str], str], name: str = "") -> Any:
    """Return an input with another text for each text, which is given by the name of its field."""
    if isinstance(value, dict):
        return {key: replaced(item, change, key) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, change, name) for item in value]
    return change(name, value) if isinstance(value, str) else value


def unknown_id(name: str, value: str) -> str:
    """Return an id of the right type in place of one of a wrong type."""
    if value != OTHER_ID:
        return value
    return global_id(ID_TYPES.get(name, {"tallyId": "PartnerTally"}.get(name, name[:-2].title())), 999_999)


# ---------------------------------------------------------------- every mutation


@pytest.mark.parametrize("mutation", WRONG)
async def test_mutation_tells_all_mistakes_at_once(site: TestApp, mutation: str) -> None:
    given, expected = WRONG[mutation]

    answer = await site.do(mutation, "__typename", await site.staff(Role.ADMIN), **given, idempotencyKey=KEY)

    assert issues_of(answer) == [*expected, KEY_ISSUE]
    assert answer["code"] == "INVALID"
    assert answer["message"] == "Some entries need to be corrected."
    assert all(issue["message"] for issue in answer["issues"])


@pytest.mark.parametrize("mutation", [name for name, wrong in WRONG.items() if OTHER_ID in str(wrong.given)])
async def test_unknown_id_is_told_with_the_other_mistakes(site: TestApp, mutation: str) -> None:
    given, expected = WRONG[mutation]
    admin, asked = await site.staff(Role.ADMIN), replaced(given, unknown_id)

    answer = await site.do(mutation, "__typename", admin, **asked, idempotencyKey=KEY)

    later = NEEDS_ANOTHER_RESULT.get(mutation, set())
    assert issues_of(answer) == [issue for issue in [*expected, KEY_ISSUE] if issue[0] not in later]


async def test_mistakes_are_the_same_without_compilation(anyio_backend: str) -> None:
    async with running_app(compiled=False) as site:
        admin = await site.staff(Role.ADMIN)
        answers = {name: await site.do(name, "__typename", admin, **wrong.given) for name, wrong in WRONG.items()}

    assert {name: issues_of(answer) for name, answer in answers.items()} == {
        name: wrong.issues for name, wrong in WRONG.items()
    }


def test_table_has_every_value_that_can_be_wrong() -> None:
    """A new mutation, or a new field of an input, is added to the table of wrong inputs."""
    mutations = core().mutation_type
    assert mutations is not None
    asked = {name: checkable_paths(name) for name in mutations.fields}
    told = {
        name: {re.sub(r"\.\d+\b", ".*", path).removesuffix(".*") for path, _, _ in [*wrong.issues, KEY_ISSUE]}
        for name, wrong in WRONG.items()
    }

    assert told.keys() == asked.keys()
    assert {name: paths - told[name] for name, paths in asked.items() if paths - told[name]} == {}


async def test_wrong_input_writes_nothing(site: TestApp) -> None:
    campaign, given = await site.campaign(), WRONG["signPetition"].given
    right = {"campaignId": campaign, "givenName": "Ada", "familyName": "Byron", "email": "ada@example.org"}

    answer = await site.do("signPetition", "__typename", **{**right, "consents": given["consents"], "comment": "Yes."})

    assert answer["paths"] == ["consents.0.organisationId", "consents.0.textVersion"]
    assert await Consent.all().count() == 0
    assert (await Comment.all().count(), await Signature.all().count()) == (0, 0)


async def test_unreadable_time_writes_nothing_where_no_resolver_checks_it(site: TestApp, campaigner: str) -> None:
    """`launchedAt` has no check besides the conversion: the mutation runs to its end, and is rolled back."""
    texts = {"title": "T", "callToAction": "C", "target": "T", "body": "B"}

    answer = await site.do(
        "createCampaign", "campaign { id }", campaigner, slug="free", **texts, launchedAt="last spring"
    )

    assert (answer["code"], issues_of(answer)) == ("INVALID", [("launchedAt", "MALFORMED", None)])
    assert await Campaign.all().count() == 0


async def test_wrong_input_is_no_replay_of_the_right_one(site: TestApp, campaigner: str) -> None:
    """An unreadable time must not be taken for an omitted one."""
    news = {"campaignId": await site.campaign(), "title": "News", "body": "Good.", "idempotencyKey": "once"}
    await site.do("postUpdate", "update { id }", campaigner, **news)

    answer = await site.do("postUpdate", "update { id }", campaigner, **news, postedAt="soon")

    assert issues_of(answer) == [("postedAt", "MALFORMED", None)]


async def test_one_mistake_is_its_own_message_and_code(site: TestApp) -> None:
    answer = await site.do("introduce", "__typename", givenName="www.example.org")

    assert (answer["code"], issues_of(answer)) == ("REJECTED_CONTENT", [("givenName", "NOT_ALLOWED", None)])
    assert answer["message"] == answer["issues"][0]["message"]


async def test_messages_do_not_repeat_the_value(site: TestApp, campaigner: str) -> None:
    campaign = await site.campaign("DRAFT", slug="katharina-sommer")
    partner = {"campaignId": campaign, "name": "Katharina Sommer"}
    await site.do("addPartner", "__typename", campaigner, **partner)
    texts = {"title": "T", "callToAction": "C", "target": "T", "body": "B"}

    answers = [
        await site.do("addPartner", "__typename", campaigner, **partner),
        await site.do("createCampaign", "__typename", campaigner, slug="katharina-sommer", **texts),
        await site.do("introduce", "__typename", givenName="Ada", email="katharina", country="katharina"),
    ]

    assert [answer["paths"] for answer in answers] == [["name"], ["slug"], ["email", "country"]]
    assert not [one["message"] for one in answers if "katharina" in str((one["message"], one["issues"])).lower()]


async def test_closed_campaign_is_told_instead_of_mistakes(site: TestApp) -> None:
    """No correction of the form would help."""
    campaign = await site.campaign("PAUSED")

    answer = await site.do("signPetition", "__typename", campaignId=campaign, givenName="", email="")

    assert (answer["code"], answer["issues"]) == ("CLOSED", [])


async def test_nudge_is_told_with_the_other_mistakes(site: TestApp) -> None:
    text = {"campaignId": await site.campaign(), "body": "ada@example.org", "nudge": True}

    answer = await site.do("postComment", "__typename", await site.guest(), **text, parentId=OTHER_ID)

    assert issues_of(answer) == [("body", "NOT_ALLOWED", None), ("parentId", "UNKNOWN", None)]


async def test_outcome_for_a_running_campaign_is_not_allowed(site: TestApp, campaigner: str) -> None:
    outcome = {"occurredOn": "2026-01-01", "headline": "H", "summary": "S"}
    campaign = await site.campaign("DRAFT")

    answer = await site.do(
        "changeCampaignState", "__typename", campaigner, campaignId=campaign, state="PAUSED", outcome=outcome
    )

    assert issues_of(answer) == [
        ("state", "NOT_ALLOWED", None),
        ("outcome", "NOT_ALLOWED", None),
    ]


# ---------------------------------------------------------------- any subset


RIGHT: dict[str, dict[str, Any]] = {
    "createCampaign": {
        "slug": "free-them",
        "title": "Free them",
        "callToAction": "Call on them",
        "target": "Them",
        "body": "A body.",
        "heroImage": {"url": "https://example.org/i.png", "alt": "A gate", "credit": "E. X."},
        "footnotes": [{"text": "One."}, {"text": "Two.", "url": "https://example.org/"}],
        "timeline": [{"occurredOn": "2020-01-01", "title": "It began."}],
        "consentQuestions": [{"text": "May we write to you?", "textVersion": "1", "organisationId": None}],
        "resources": [{"title": "A film", "url": "https://example.org/film", "kind": "VIDEO"}],
        "donation": {
            "prompt": "Give.",
            "url": "https://example.org/give",
            "suggestedAmounts": [{"amountMinor": 100, "currency": "EUR"}, {"amountMinor": 500, "currency": "EUR"}],
        },
        "launchedAt": "2020-01-01T00:00:00Z",
        "idempotencyKey": "once",
    },
    "signPetition": {
        "campaignId": "",
        "givenName": "Ada",
        "familyName": "Byron",
        "email": "ada@example.org",
        "country": "GB",
        "consents": [{"granted": True, "organisationId": None, "textVersion": "1"}],
        "comment": "Well said.",
        "idempotencyKey": "once",
    },
}


def place(value: Any, path: str) -> tuple[Any, Any]:
    """Return the object or list that contains the value at a path, and the value's name or index in it."""
    *outer, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    for step in outer:
        value = value[step]
    return value, last


@pytest.mark.parametrize("mutation", RIGHT)
def test_issues_are_exactly_the_wrong_values(mutation: str) -> None:
    wrong = {**WRONG[mutation].given, "idempotencyKey": KEY}
    expected = [*WRONG[mutation].issues, KEY_ISSUE]
    with asyncio.Runner() as runner:
        stack = running_app()
        site = runner.run(stack.__aenter__())
        right = RIGHT[mutation] | ({"campaignId": runner.run(site.campaign())} if mutation == "signPetition" else {})
        token = runner.run(site.staff(Role.ADMIN)) if mutation == "createCampaign" else None

        @given(st.sets(st.sampled_from([path for path, _, _ in expected]), min_size=1))
        def tells(paths: set[str]) -> None:
            asked = deepcopy(right)
            for path in paths:
                (target, name), (source, same) = place(asked, path), place(wrong, path)
                target[name] = source[same]
            answer = runner.run(site.do(mutation, "__typename", token, **asked))
            assert issues_of(answer) == [issue for issue in expected if issue[0] in paths]

        try:
            tells()
        finally:
            runner.run(stack.__aexit__(None, None, None))


# ---------------------------------------------------------------- top-level errors


TOP_LEVEL: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "a page's size": (
        "{ campaigns(first: 101) { nodes { id } } }",
        [{"path": ["first"], "reason": "OUT_OF_RANGE", "message": "Ask for 1 to 100 at once.", "limit": 100}],
    ),
    "an id of another type": (
        f'{{ campaign(id: "{OTHER_ID}") {{ id }} }}',
        [
            {
                "path": ["id"],
                "reason": "UNKNOWN",
                "message": "There is no such campaign, or it is not public.",
                "limit": None,
            }
        ],
    ),
    "one of several ids": (
        f'{{ nodes(ids: ["{global_id("Campaign", 1)}", "nonsense"]) {{ id }} }}',
        [
            {
                "path": ["ids", "1"],
                "reason": "MALFORMED",
                "message": "This is not an id of ours: take one from an `id` field as it is.",
                "limit": None,
            }
        ],
    ),
}


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(("query", "issues"), TOP_LEVEL.values(), ids=TOP_LEVEL)
async def test_top_level_error_has_the_same_issues(query: str, issues: list[dict[str, Any]], compiled: bool) -> None:
    async with running_app(compiled=compiled) as site:
        (error,) = (await site.post(query))["errors"]

    assert error["extensions"]["issues"] == issues
    assert error["message"] == issues[0]["message"]


async def test_error_about_no_argument_has_no_issues(site: TestApp) -> None:
    (error,) = (await site.post("{ apiKeys { totalCount } }"))["errors"]

    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
