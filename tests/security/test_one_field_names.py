"""Names typed into one field: what may be a family name is shown and stored as one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import NameDisplay, Profile
from resolvers.names import display_name, parted_name
from tests.support.app import TestApp

pytestmark = pytest.mark.anyio

NAMES = "{ viewer { supporter { displayName } profile { givenName familyName } } }"


async def names(site: TestApp, token: str) -> tuple[str, str, str | None]:
    viewer = (await site.ask(NAMES, token))["viewer"]
    return viewer["supporter"]["displayName"], viewer["profile"]["givenName"], viewer["profile"]["familyName"]


async def introduced(site: TestApp, **given_names: Any) -> str:
    return str((await site.do("introduce", "accessToken", **given_names))["accessToken"])


@pytest.mark.parametrize(
    ("typed", "family_first", "parts"),
    [
        ("Katharina", False, ("Katharina", None)),
        ("Katharina Sommer", False, ("Katharina", "Sommer")),
        ("  Katharina   Sommer ", False, ("Katharina", "Sommer")),
        ("Maria del Carmen Ruiz", False, ("Maria", "del Carmen Ruiz")),
        ("Dr. Katharina Sommer", False, ("Dr. Katharina", "Sommer")),
        ("Prof. Dr. Sommer", False, ("Prof. Dr. Sommer", None)),
        ("Sommer, Katharina", False, ("Katharina", "Sommer")),
        ("Nagy Anna Mária", True, ("Anna Mária", "Nagy")),
        ("王 小明", True, ("小明", "王")),
        ("王小明", True, ("王小明", None)),
        ("Nguyễn Thị Minh Khai", True, ("Thị Minh Khai", "Nguyễn")),
    ],
)
def test_one_field_is_parted(typed: str, family_first: bool, parts: tuple[str, str | None]) -> None:
    assert parted_name(typed, None, family_first) == parts


@pytest.mark.parametrize(
    ("given_name", "kept"), [("Anna Maria", "Anna Maria"), ("Katharina Sommer", "Katharina"), ("Sommer", "Sommer")]
)
def test_given_names_stay_beside_a_family_name(given_name: str, kept: str) -> None:
    assert parted_name(given_name, "Sommer", False) == (kept, "Sommer")


WORDS = st.lists(st.sampled_from(["Anna", "Maria", "von", "Sommer", "Okri", "Dr.", "王", "李"]), min_size=1, max_size=5)


@given(WORDS, st.booleans(), st.sampled_from(NameDisplay))
def test_one_field_shows_no_more_than_two(words: list[str], first: bool, display: NameDisplay) -> None:
    """Parting a name shows what two fields would show, and loses no word."""
    parts = parted_name(" ".join(words), None, first)

    assert parted_name(*parts, first)[1] == parts[1]
    if display is NameDisplay.FULL_NAME:
        assert sorted(display_name(*parts, display, first).split()) == sorted(words)
    elif parts[1]:
        hidden = set(parts[1].split()) - set(parts[0].split())
        assert hidden.isdisjoint(display_name(*parts, display, first).split())


async def test_introduced_in_one_field(site: TestApp) -> None:
    token = await introduced(site, givenName="Katharina Sommer")

    assert await names(site, token) == ("Katharina S.", "Katharina", "Sommer")


async def test_family_name_of_one_field_is_sealed(site: TestApp) -> None:
    await introduced(site, givenName="Katharina Sommer")

    profile = await Profile.first()
    assert profile is not None
    assert profile.given_name == "Katharina"
    assert b"Sommer" not in (profile.family_name_sealed or b"Sommer")


async def test_signed_in_one_field(site: TestApp) -> None:
    campaign = await site.campaign()
    made = await site.sign(campaign, givenName="Katharina Sommer", familyName=None)

    assert await names(site, made["accessToken"]) == ("Katharina S.", "Katharina", "Sommer")


async def test_signing_in_one_field_keeps_the_family_name(site: TestApp) -> None:
    """The field holds given names, or the known name again, if the family name is known."""
    token = await introduced(site, givenName="Anna", familyName="Sommer")
    for typed, kept in (("Anna Maria", "Anna Maria"), ("Anna Sommer", "Anna")):
        await site.sign(await site.campaign(), "anna@example.org", token, givenName=typed, familyName=None)
        assert await names(site, token) == (f"{kept} S.", kept, "Sommer")


async def test_changed_in_one_field(site: TestApp) -> None:
    token = await introduced(site, givenName="Ada")

    await site.do("updateProfile", "__typename", token, givenName="Katharina Sommer")
    assert await names(site, token) == ("Katharina S.", "Katharina", "Sommer")
    await site.do("updateProfile", "__typename", token, givenName="Anna Maria")
    assert await names(site, token) == ("Anna Maria S.", "Anna Maria", "Sommer")
    await site.do("updateProfile", "__typename", token, givenName="Nagy Anna", familyName=None, familyNameFirst=True)
    assert await names(site, token) == ("N. Anna", "Anna", "Nagy")


async def test_old_one_field_name_is_parted_by_the_next_change(site: TestApp) -> None:
    token = await introduced(site, givenName="Ada")
    await Profile.all().update(given_name="Katharina Sommer")

    await site.do("updateProfile", "__typename", token, country="DE")

    assert await names(site, token) == ("Katharina S.", "Katharina", "Sommer")


async def test_preview_shows_what_will_be_shown(site: TestApp) -> None:
    query = """query($id: ID!, $name: NameInput!) {
      namePreviews(campaignId: $id, name: $name) { nameDisplay displayName tickerName } }"""

    answer = await site.ask(query, id=await site.campaign(), name={"givenName": "Katharina Sommer"})

    shown = {one["nameDisplay"]: one["displayName"] for one in answer["namePreviews"]}
    assert (shown["FULL_NAME"], shown["FIRST_NAME_INITIAL"]) == ("Katharina Sommer", "Katharina S.")
    assert shown["INITIALS"] == "K. S."
