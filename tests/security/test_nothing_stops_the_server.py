"""Nothing stops the server: no text, however it is made, takes more than a fair share of the server's time."""

import re
import unicodedata
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Role
from refusals import Refusal
from resolvers import rich_text, screening
from settings import Settings
from tests.security.hostile_texts import PIECES, Carrier, carriers, check_linear, limits_in, repeated, variables
from tests.support.access_matrix import core
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

CARRIERS = carriers(core())
UNLIMITED_CHARACTERS = 20_000
"""The length at which an argument is tried that tells no limit of its own, such as an id."""
MARKS = "\u0301\u0316"


async def send(site: TestApp, carrier: Carrier, given: dict[str, Any], token: str, ids: dict[str, str]) -> Any:
    path = "/graphql/stream" if carrier.kind == "subscription" else "/graphql"
    request = {"query": carrier.document, "variables": {**given, **ids}}
    answer = await site.http.post(path, json=request, headers={"authorization": f"Bearer {token}"})
    return answer.json() if carrier.kind != "subscription" else {}


def test_every_kind_of_field_with_a_text_is_tried() -> None:
    assert {"Query.campaigns", "Mutation.postComment", "Subscription.activity", "Comment.replies"} <= CARRIERS.keys()
    assert len(CARRIERS) > 55


@pytest.mark.parametrize("place", CARRIERS)
async def test_no_text_argument_takes_more_than_linear_work(site: TestApp, place: str) -> None:
    carrier, token, campaign = CARRIERS[place], await site.staff(Role.ADMIN), await site.campaign()
    ids = {"campaign": campaign, "comment": await site.comment(campaign, await site.guest())}
    known = {"campaignId": campaign, "commentId": ids["comment"], "id": campaign}

    async def ask(piece: str, length: int, limits: dict[str, int], part: int = 1) -> Any:
        def text(path: str) -> str:
            return known.get(path) or repeated(piece, limits.get(path, length) // part)

        return await send(site, carrier, variables(carrier, text), token, ids)

    limits = limits_in(await ask("x", 200_000, {}), carrier.field)
    for piece in PIECES.values():
        for own_limits in (limits, {}):
            await check_linear(lambda part: ask(piece, UNLIMITED_CHARACTERS, own_limits, part))  # noqa: B023


async def test_message_about_an_enum_takes_no_more_than_linear_work(site: TestApp) -> None:
    query = "query($s: CampaignSort!) { campaigns(sort: $s) { totalCount } }"

    for piece in PIECES.values():
        await check_linear(lambda part: site.post(query, s=repeated(piece, 400_000 // part)))  # noqa: B023


@pytest.mark.parametrize("length", [201, 400_000])
@pytest.mark.parametrize("piece", ["x", "a" + MARKS, "\n", "%"])
async def test_long_search_is_refused(site: TestApp, piece: str, length: int) -> None:
    answer = await site.post("query($s: String!) { campaigns(search: $s) { totalCount } }", s=repeated(piece, length))

    error = answer["errors"][0]["extensions"]
    assert error["code"] == "INVALID"
    assert [(one["path"], one["reason"], one["limit"]) for one in error["issues"]] == [(["search"], "TOO_LONG", 200)]


async def test_letter_with_too_many_marks_is_refused(site: TestApp) -> None:
    body = "Good morning, a" + "\u0301" * (screening.MAX_MARKS + 1)

    answer = await site.do("postComment", "__typename", await site.guest(), campaignId=await site.campaign(), body=body)

    assert answer["code"] == "REJECTED_CONTENT"
    assert answer["paths"] == ["body"]


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(MARKS), max_size=60))
def test_text_is_normalised_or_has_too_many_marks(text: str) -> None:
    classes = [bool(unicodedata.combining(character)) for character in text]
    is_stacked = any(all(classes[at : at + 17]) for at in range(len(text) - 16))

    try:
        tidied = screening.tidy(text, "body", 100)
    except Refusal:
        assert is_stacked
    else:
        assert not is_stacked
        assert unicodedata.is_normalized("NFC", tidied)


@pytest.mark.parametrize("text", ["Việt Nam " * 500, "ᾧ" * 4_000, "한국어 " * 1_200])
def test_decomposed_text_is_as_long_as_it_looks(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)

    assert screening.comment(decomposed, Settings()) == text.strip()


@pytest.mark.parametrize(
    ("text", "is_contact"),
    [("Write to ada@example.org.", True), ("a@b@c.de", True), ("ada@ example.org", False), ("@ada.b", False)],
)
def test_contact_details_are_found_by_the_letters_around_the_at(text: str, is_contact: bool) -> None:
    assert screening.contact_details(text, Settings()) is is_contact


@given(st.text(st.sampled_from("&<>\"'\xa0;ampltqu#60nbs \n*[]()`-"), max_size=300))
def test_html_of_a_comment_is_bounded_and_its_text_has_no_entities(text: str) -> None:
    rich = rich_text.comment(text)

    assert len(rich.html) <= 6 * max(len(text), 1_000)
    assert rich.text == "\n".join(filter(None, (line.strip() for line in _stripped(rich.html).splitlines())))


def _stripped(html: str) -> str:
    spaced = re.sub(r"</(p|li|blockquote|pre)>|<br>", "\n", html)
    return unescape(re.sub("<[^>]*>", "", spaced))


def test_html_that_is_far_longer_than_its_text_is_refused() -> None:
    with pytest.raises(Refusal, match="too intricate"):
        rich_text.comment((">" * 20 + "a\n\n") * 150)
