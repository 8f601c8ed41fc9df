"""Screening: refused texts, texts held for a moderator, and normalisation before texts are stored."""

import asyncio
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.app import TestApp, running_app

pytestmark = pytest.mark.anyio

COMMENT = "comment { state body { markdown } }"


async def post(site: TestApp, body: str, **given: Any) -> dict[str, Any]:
    return await site.do(
        "postComment", COMMENT, await site.guest(), campaignId=await site.campaign(), body=body, **given
    )


async def introduce(site: TestApp, **given: Any) -> dict[str, Any]:
    return await site.do("introduce", "supporter { displayName }", **({"givenName": "Ada"} | given))


# ---------------------------------------------------------------- comments


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Hello \n", "Hello"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("e\u0301", "é"),
        ("\u00a0Hello\u3000", "Hello"),
    ],
)
async def test_body_is_normalised(site: TestApp, written: str, kept: str) -> None:
    answer = await post(site, written)

    assert answer["comment"]["body"] == {"markdown": kept}


@pytest.mark.parametrize(
    "body",
    ["?", "!!!", "👍", "❤️", "1", "…", "ا", "日本", "שלום", "Ѐ", "नमस्ते", "🏳️‍🌈", "👨‍👩‍👧", "می‌خواهم"],
)
async def test_any_script_or_symbol_is_not_empty(site: TestApp, body: str) -> None:
    answer = await post(site, body)

    assert answer["comment"]["state"] == "VISIBLE"


@pytest.mark.parametrize("body", ["\u200b\u200c\u200d", "\u2060", "\ufe0f", "\n\r\n", "\u00ad", "\u3000"])
async def test_invisible_characters_are_empty(site: TestApp, body: str) -> None:
    answer = await post(site, body)

    assert (answer["code"], answer["paths"]) == ("INVALID", ["body"])


@pytest.mark.parametrize(
    "body",
    [
        "Ask ada@example.org",
        "ada.byron+petition@mail.example.co.uk!",
        "Call +44 20 7946 0958 today",
        "+1 (555) 010-9999",
        "+49.30.1234567",
        " ".join(["www.example.org"] * 6),
        "HTTPS://A.example http://b.example https://c.example www.d.example http://e.example http://f.example",
    ],
)
async def test_doubtful_text_is_held(site: TestApp, body: str) -> None:
    answer = await post(site, body)

    assert answer["comment"]["state"] == "HELD"


@pytest.mark.parametrize(
    "body",
    [
        "In 2016 and 2019, 101,564 people signed.",
        "@ada I agree",
        "10 + 20 = 30",
        "https://example.org/2016/10/04",
        "See you at 10:30 on 4.10.2016",
        "5+ reasons to sign, 12345678",
    ],
)
async def test_ordinary_text_is_visible_at_once(site: TestApp, body: str) -> None:
    answer = await post(site, body)

    assert answer["comment"]["state"] == "VISIBLE"


async def test_nudge_accepts_ordinary_text(site: TestApp) -> None:
    answer = await post(site, "Hello", nudge=True)

    assert answer["comment"]["state"] == "VISIBLE"


async def test_limits_are_settings(anyio_backend: str) -> None:
    async with running_app(comment_length=10, comment_links=0) as site:
        found = [(await post(site, body)) for body in ("x" * 10, "x" * 11, "http://e.o")]

    assert [answer.get("code") or answer["comment"]["state"] for answer in found] == [
        "VISIBLE",
        "INVALID",
        "HELD",
    ]


async def test_moderators_text_is_screened(site: TestApp) -> None:
    answer = await site.do(
        "postComment", COMMENT, await site.staff(), campaignId=await site.campaign(), body="ada@example.org"
    )

    assert answer["comment"]["state"] == "HELD"


def test_any_text_is_normalised_or_refused() -> None:
    with asyncio.Runner() as runner:
        stack = running_app()
        site = runner.run(stack.__aenter__())
        campaign, guest = runner.run(site.campaign()), runner.run(site.guest())

        @given(st.text(max_size=100))
        def is_kept_or_refused(text: str) -> None:
            answer = runner.run(site.do("postComment", COMMENT, guest, campaignId=campaign, body=text))
            if answer["__typename"] == "Problem":
                assert answer["code"] in ("INVALID", "REJECTED_CONTENT")
                assert answer["paths"] == ["body"]
            else:
                kept = answer["comment"]["body"]["markdown"]
                assert kept == unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()

        try:
            is_kept_or_refused()
        finally:
            runner.run(stack.__aexit__(None, None, None))


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("given", "family", "shown"),
    [
        ("Katharina", "Sommer", "Katharina S."),
        ("  Katharina ", " Sommer ", "Katharina S."),
        ("Anne  Marie", None, "Anne M."),
        ("Madonna", "", "Madonna"),
        ("李", "王", "李"),  # the initial of such a family name would be all of it
        ("O’Neil", "d’Arc", "O’Neil D."),
        ("Zoë", "Ångström", "Zoë Å."),
    ],
)
async def test_name_in_any_script_is_accepted(site: TestApp, given: str, family: str | None, shown: str) -> None:
    answer = await introduce(site, givenName=given, familyName=family)

    assert answer["supporter"] == {"displayName": shown}


@pytest.mark.parametrize("field", ["givenName", "familyName"])
@pytest.mark.parametrize("name", ["www.example.org", "https://x.example", "ada@example.org", "123", "!!!"])
async def test_name_without_letters_or_with_link_is_refused(site: TestApp, field: str, name: str) -> None:
    answer = await introduce(site, **{field: name})

    assert (answer["code"], answer["paths"]) == ("REJECTED_CONTENT", [field])


@pytest.mark.parametrize("field", ["givenName", "familyName"])
@pytest.mark.parametrize("control", ["\x00", "\x1b", "\u202e"])
async def test_control_characters_in_name_are_refused(site: TestApp, field: str, control: str) -> None:
    answer = await introduce(site, **{field: f"A{control}da"})

    assert (answer["code"], answer["paths"]) == ("REJECTED_CONTENT", [field])


@pytest.mark.parametrize(("name", "code"), [("", "INVALID"), ("  ", "INVALID"), ("x" * 101, "INVALID")])
async def test_given_name_is_1_to_100_characters(site: TestApp, name: str, code: str) -> None:
    answer = await introduce(site, givenName=name)

    assert (answer["code"], answer["paths"]) == (code, ["givenName"])


@pytest.mark.parametrize("email", ["ada", "ada@", "@example.org", "ada@example", "a b@example.org"])
async def test_malformed_email_is_invalid(site: TestApp, email: str) -> None:
    answer = await introduce(site, email=email)

    assert (answer["code"], answer["paths"]) == ("INVALID", ["email"])


@pytest.mark.parametrize("country", ["D", "DEU", "Germany", "1A"])
async def test_malformed_country_is_invalid(site: TestApp, country: str) -> None:
    answer = await introduce(site, country=country)

    assert (answer["code"], answer["paths"]) == ("INVALID", ["country"])
