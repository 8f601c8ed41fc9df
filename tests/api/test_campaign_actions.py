"""`Campaign.viewerCan`: an action is listed if and only if its mutation accepts the viewer."""

from typing import Any

import pytest

from resolvers.policies import CampaignAction
from tests.support.access_matrix import ROLES, AccessMatrix
from tests.support.app import TestApp
from tests.support.signing import sign, withdraw
from tests.support.statements import recorded_statements

pytestmark = pytest.mark.anyio

VIEWER_CAN = "query($id: ID!) { campaign(id: $id) { viewerCan } }"


async def viewer_can(site: TestApp, campaign: str, token: str | None) -> list[str]:
    """Return the viewer's actions; none on a campaign that the viewer does not see."""
    shown = (await site.ask(VIEWER_CAN, token, id=campaign))["campaign"]
    return list(shown["viewerCan"]) if shown else []


async def page(matrix: AccessMatrix, state: str, policy: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Create a campaign in a state, and return the mutation for each action, with its input.

    The author has signed, a comment was posted and a partner's report waits, unless the campaign is a draft.
    """
    site, admin = matrix.site, matrix.tokens["ADMIN"]
    matrix.campaign = campaign = await site.campaign("DRAFT" if state == "DRAFT" else "LIVE")
    about = {"campaignId": campaign}
    partner = (await site.do("addPartner", "partner { id }", admin, **about, name="Forum"))["partner"]["id"]
    tally = about | {"partnerId": partner, "signatures": 1_000_000, "asOf": "2026-03-01"}
    waiting = "campaign { partners { waitingTallies { id } } }"
    (link,) = (await site.do("reportPartnerTally", waiting, admin, **tally))["campaign"]["partners"]
    moderated = {}
    if state != "DRAFT":
        await sign(site, campaign, matrix.tokens["author"], email="katharina@example.org")
        comment = await site.comment(campaign, str(matrix.tokens["author"]))
        moderated = {"MODERATE": ("moderateComment", {"commentId": comment, "decision": "APPROVE"})}
        await site.do("changeCampaignState", "__typename", admin, **about, state=state)
    await site.do("updateCampaign", "__typename", admin, **about, commentPolicy=policy)
    money = {"amountMinor": 500, "currency": "USD"}
    return moderated | {
        "SIGN": ("signPetition", about | {"givenName": "Katharina", "email": "katharina@example.org"}),
        "WITHDRAW": ("withdrawSignature", about),
        "COMMENT": ("postComment", about | {"body": "Well said."}),
        "EDIT": ("updateCampaign", about | {"title": "New"}),
        "CHANGE_STATE": ("changeCampaignState", about | {"state": state}),
        "POST_UPDATE": ("postUpdate", about | {"title": "News", "body": "Good."}),
        "ADD_PARTNER": ("addPartner", about | {"name": "Friends"}),
        "REPORT_TALLY": ("reportPartnerTally", tally | {"signatures": 1_000_001}),
        "DECIDE_TALLY": ("decidePartnerTally", {"tallyId": link["waitingTallies"][0]["id"], "decision": "ACCEPT"}),
        "RECORD_DONATION": ("recordDonation", about | {"providerReference": campaign, "money": money}),
    }


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("state", "policy"),
    [
        *((state, "OPEN") for state in ("DRAFT", "LIVE", "PAUSED", "WON", "ARCHIVED")),
        *((state, "CLOSED") for state in ("LIVE", "WON")),
    ],
)
async def test_action_is_listed_if_its_mutation_is_allowed(
    matrix: AccessMatrix, state: str, policy: str, role: str
) -> None:
    mutations = await page(matrix, state, policy)
    assert set(mutations) | ({"MODERATE"} if state == "DRAFT" else set()) == set(CampaignAction)
    token = matrix.tokens[role]

    for action, (mutation, given) in mutations.items():
        listed = await viewer_can(matrix.site, matrix.campaign, token)
        answer = await matrix.site.do(mutation, "__typename", token, **given)
        assert (action in listed) == (answer["__typename"] != "Problem"), (action, listed, answer)


async def test_visitor_without_a_token_may_sign(site: TestApp) -> None:
    assert await viewer_can(site, await site.campaign(), None) == ["SIGN"]


async def test_signature_is_withdrawn_once(site: TestApp) -> None:
    campaign = await site.campaign()
    token = (await sign(site, campaign))["accessToken"]
    signed = await viewer_can(site, campaign, token)

    await withdraw(site, campaign, token)

    assert signed == ["SIGN", "WITHDRAW", "COMMENT"]
    assert await viewer_can(site, campaign, token) == ["SIGN", "COMMENT"]


async def test_actions_on_a_list_take_one_statement(site: TestApp) -> None:
    """It is shared with `viewerSignature`; visitors without a token cost nothing."""
    guest, listed = await site.guest(), "{ campaigns { nodes { viewerCan viewerSignature { id } } } }"
    for _ in range(3):
        await site.campaign()
    costs = []
    for token in (guest, None):
        with recorded_statements() as seen:
            await site.ask(listed, token)
        costs.append(len([text for text in seen if "FROM signatures" in text]))

    assert costs == [1, 0]
