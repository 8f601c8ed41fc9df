"""Nodes: permitted viewers find every object by its id, in a bounded number of statements."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from graphql import GraphQLObjectType

import models
import storage
from models import Role
from resolvers.ids import global_id
from server import create_schema
from settings import Settings
from tests.support.app import TestApp
from tests.support.ids import row_id
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
TYPES = (
    *("Activity", "ApiKey", "Campaign", "CampaignUpdate", "Comment", "Donation", "Partner", "PartnerTally"),
    *("Signature", "Supporter", "Viewer"),
)

FOR_STAFF = {"ApiKey", "Donation", "PartnerTally"}


class Things:
    """One object of every type, the token of the guest who signed, and an administrator's token."""

    def __init__(self, token: str, admin: str, ids: dict[str, str]) -> None:
        self.token = token
        self.admin = admin
        self.ids = ids


@pytest.fixture
async def things(site: TestApp) -> Things:
    campaigner, admin = await site.staff(Role.CAMPAIGNER), await site.staff(Role.ADMIN)
    key = await site.do("createApiKey", "apiKey { id }", admin, name="Friends", scopes=["READ"])
    made = await site.do("introduce", "supporter { id } accessToken", givenName="Ada")
    guest, person = made["accessToken"], made["supporter"]["id"]
    campaign = await site.campaign()
    comment = await site.comment(campaign, guest)
    about = {"campaignId": campaign}
    update = await site.do("postUpdate", "update { id }", campaigner, **about, title="News", body="Good.")
    partner = await site.do("addPartner", "partner { id }", campaigner, **about, name="Friends")
    gift = about | {"providerReference": "pay-1", "money": {"amountMinor": 500, "currency": "EUR"}}
    donation = await site.do("recordDonation", "donation { id }", admin, **gift)
    report = {"partnerId": partner["partner"]["id"], "signatures": 1_000_000, "asOf": "2026-03-01"}
    waiting = "campaign { partners { waitingTallies { id } } }"
    reported = await site.do("reportPartnerTally", waiting, campaigner, **about, **report)
    ticker = "query($id: ID!) { campaign(id: $id) { activity(first: 1) { nodes { id } } } }"
    activity = (await site.ask(ticker, id=campaign))["campaign"]["activity"]["nodes"][0]["id"]
    async with storage.transaction():
        signature = await storage.insert(
            models.Signature,
            campaign_id=row_id(campaign),
            supporter_id=row_id(person),
            state=models.SignatureState.CONFIRMED,
            country=None,
            signed_at=datetime.now(UTC),
        )
    ids = {
        "Activity": activity,
        "ApiKey": key["apiKey"]["id"],
        "Campaign": campaign,
        "CampaignUpdate": update["update"]["id"],
        "Comment": comment,
        "Donation": donation["donation"]["id"],
        "Partner": partner["partner"]["id"],
        "PartnerTally": reported["campaign"]["partners"][0]["waitingTallies"][0]["id"],
        "Signature": global_id("Signature", signature),
        "Supporter": person,
        "Viewer": global_id("Viewer", row_id(person)),
    }
    return Things(guest, admin, ids)


def test_every_node_type_is_tested() -> None:
    core = create_schema(Settings())._schema

    having = {
        name
        for name, kind in core.type_map.items()
        if isinstance(kind, GraphQLObjectType) and any(one.name == "Node" for one in kind.interfaces)
    }

    activities = {kind.name for kind in core.get_possible_types(core.type_map["Activity"])}  # type: ignore[arg-type]
    assert having - activities | {"Activity"} == set(TYPES)


@pytest.mark.parametrize("type_name", TYPES)
async def test_node_returns_object_by_id(site: TestApp, things: Things, type_name: str) -> None:
    token = things.admin if type_name in FOR_STAFF else things.token

    answer = await site.ask(NODE, token, id=things.ids[type_name])

    # the type of an activity depends on its kind, see test_activity.py
    name = {"Activity": "DonationActivity"}.get(type_name, type_name)
    assert answer["node"] == {"__typename": name, "id": things.ids[type_name]}


async def test_nodes_returns_objects_in_order(site: TestApp, things: Things) -> None:
    seen = [node for type_name, node in things.ids.items() if type_name not in FOR_STAFF]
    ids = [*reversed(seen), *seen]

    answer = await site.ask(NODES, things.token, ids=ids)

    assert [node["id"] for node in answer["nodes"]] == ids


@pytest.mark.parametrize("type_name", TYPES)
async def test_unknown_id_is_null(site: TestApp, type_name: str) -> None:
    answer = await site.ask(NODE, id=global_id(type_name, 999_999))

    assert answer == {"node": None}


async def test_nodes_returns_null_for_unknown_ids(site: TestApp, things: Things) -> None:
    campaign = things.ids["Campaign"]

    answer = await site.ask(NODES, ids=[global_id("Comment", 999_999), campaign, things.ids["Signature"]])

    assert answer["nodes"] == [None, {"__typename": "Campaign", "id": campaign}, None]


def coded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


MALFORMED = {
    "empty": "",
    "nonsense": "nonsense",
    "not base64": "%%%",
    "not ASCII": "é",
    "a null byte": "\x00",
    "very long": "Q" * 10_000,
    "no number": coded("Comment:"),
    "a word": coded("Comment:one"),
    "nothing": coded("Comment:0"),
    "negative": coded("Comment:-1"),
    "beyond 64 bits": coded("Comment:99999999999999999999"),
    "just beyond 64 bits": coded("Comment:9223372036854775808"),
    "another script's digits": coded("Comment:١"),
    "a fraction": coded("Comment:1.5"),
    "an unknown type": coded("Donkey:1"),
    "a table": coded("profiles:1"),
    "a private type": coded("Profile:1"),
    "two colons": coded("Comment:1:1"),
    "bytes that are no text": "_____w",
}


@pytest.mark.parametrize("wrong", MALFORMED.values(), ids=MALFORMED)
async def test_invalid_id_is_refused(site: TestApp, wrong: str) -> None:
    assert await site.codes(NODE, id=wrong) == ["INVALID"]
    assert await site.codes(NODES, ids=[wrong]) == ["INVALID"]


async def test_invalid_id_fails_its_item_only(site: TestApp, things: Things) -> None:
    campaign = things.ids["Campaign"]

    answer = await site.post(NODES, ids=[campaign, "nonsense", campaign])

    found = {"__typename": "Campaign", "id": campaign}
    assert answer["data"] == {"nodes": [found, None, found]}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [(["nodes", 1], "INVALID")]


async def test_largest_row_id_is_valid(site: TestApp) -> None:
    answer = await site.ask(NODE, id=coded(f"Comment:{2**63 - 1}"))

    assert answer == {"node": None}


async def test_nodes_accepts_100_ids(site: TestApp, things: Things) -> None:
    answer = await site.ask(NODES, ids=[things.ids["Campaign"]] * 100)

    assert len(answer["nodes"]) == 100


async def test_nodes_refuses_more_than_100_ids(site: TestApp, things: Things) -> None:
    assert await site.codes(NODES, ids=[things.ids["Campaign"]] * 101) == ["INVALID"]


async def test_nodes_accepts_no_ids(site: TestApp) -> None:
    assert await site.ask(NODES, ids=[]) == {"nodes": []}


async def statements(site: TestApp, ids: list[str], token: str) -> int:
    """Return the number of statements for these comments by id."""
    query = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Comment {
      author { displayName } body { html } votes { score viewerVote } reactions { count viewerHasReacted }
      viewerCan campaign { title } } } }"""
    with recorded_statements() as recorded:
        await site.ask(query, token, ids=ids)
    return len(recorded)


async def test_statement_count_does_not_depend_on_ids(site: TestApp) -> None:
    campaign = await site.campaign()
    ids = [await site.comment(campaign, await site.guest(f"Guest {letter}")) for letter in "abcdefghijklmnopqrst"]
    guest = await site.guest()

    few, many = await statements(site, ids[:2], guest), await statements(site, ids, guest)

    assert many == few
    assert many <= 6


async def test_ids_are_safe_in_urls(site: TestApp, things: Things) -> None:
    assert all(id.replace("-", "").replace("_", "").isalnum() for id in things.ids.values())
