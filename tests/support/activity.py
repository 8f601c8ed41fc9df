"""The activity log in tests: its pages, its subscription, and parts of its events."""

from typing import Any

from models import ActivityKind
from tests.support.app import TestApp
from tests.support.ids import row_id
from tests.support.serving import Client, Operation, until

ALL_KINDS = " ".join(ActivityKind)
"""Every kind, to be written into a document: `activity(kinds: [...])`."""
ACTIVITY_QUERY = """query($id: ID!, $kinds: [ActivityKind!], $first: Int, $after: String, $last: Int, $before: String) {
  campaign(id: $id) { activity(kinds: $kinds, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id kind actorName } } nodes { id kind }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
ACTIVITY_SUBSCRIPTION = """subscription($id: ID!, $after: String, $kinds: [ActivityKind!], $threadId: ID) {
  activity(campaignId: $id, after: $after, kinds: $kinds, threadId: $threadId) {
    cursor activity { __typename id kind actorName occurredAt
      ... on CommentActivity { subjectId comment { id body { text } } } } } }"""


TICKER_DOCUMENT = f"""query ($id: ID!, $first: Int) {{ campaign(id: $id) {{
  activity(kinds: [{ALL_KINDS}], first: $first) {{ nodes {{ __typename ...Line }} }} }} }}
fragment Line on Activity {{
  id kind actorName actor {{ id displayName }} occurredAt campaign {{ id }}
  ... on CommentActivity {{ subjectId comment {{ ...Card }} thread {{ ...Card }} }}
  ... on ReactionActivity {{ subjectId comment {{ ...Card }} thread {{ ...Card }} reaction }}
  ... on SignatureActivity {{ signature {{ id state signedAt }} }}
  ... on UpdateActivity {{ update {{ id title }} }}
  ... on DonationActivity {{ donation {{ id state }} }}
  ... on MilestoneActivity {{ milestone {{ count reachedAt }} }}
  ... on PartnerActivity {{ partner {{ id name }} signatures }}
  ... on CampaignActivity {{ changed }}
  ... on PersonActivity {{ supporterIds }}
}}
fragment Card on Comment {{ id state author {{ displayName }} body {{ text }} }}"""
"""Selects every field of every type of activity in one document, without an alias."""
TYPES = {
    "CommentActivity": {"COMMENTED", "REPLIED", "COMMENT_EDITED", "COMMENT_REMOVED", "COMMENT_RESTORED"},
    "ReactionActivity": {"REACTED"},
    "SignatureActivity": {"SIGNED"},
    "UpdateActivity": {"UPDATE_POSTED"},
    "DonationActivity": {"DONATED"},
    "MilestoneActivity": {"MILESTONE_REACHED"},
    "PartnerActivity": {"PARTNER_REPORTED"},
    "CampaignActivity": {"CAMPAIGN_CHANGED"},
    "PersonActivity": {"NAME_CHANGED"},
}
"""The kinds of each type."""


async def logged(site: TestApp, campaign: str, token: str | None = None, first: int = 100) -> list[dict[str, Any]]:
    """Return the newest activities of every kind, with all fields."""
    page = await site.ask(TICKER_DOCUMENT, token, id=campaign, first=first)
    return list(page["campaign"]["activity"]["nodes"])


async def activity_page(site: TestApp, campaign: str, **variables: Any) -> dict[str, Any]:
    page: dict[str, Any] = (await site.ask(ACTIVITY_QUERY, id=campaign, **variables))["campaign"]["activity"]
    return page


async def activity_ids(site: TestApp, campaign: str) -> list[str]:
    """Return the ids of all activities, oldest first, read page by page."""
    ids: list[str] = []
    after = None
    while True:
        page = await activity_page(site, campaign, first=100, after=after)
        ids += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return ids[::-1]
        after = page["pageInfo"]["endCursor"]


async def subscribe_to_activity(site: TestApp, client: Client, campaign: str, **variables: Any) -> Operation:
    """Subscribe, and wait until the server follows the log for this subscription."""
    live, campaign_id = site.groundswell.live, row_id(campaign)
    before = live.watching(campaign_id)
    operation = await client.run(ACTIVITY_SUBSCRIPTION, id=campaign, **variables)
    await until(lambda: live.watching(campaign_id) > before)
    return operation


def event_kind(event: dict[str, Any]) -> str:
    return str(event["activity"]["kind"])


def comment_text(event: dict[str, Any]) -> str:
    """Return the text of the comment that the event is about."""
    return str(event["activity"]["comment"]["body"]["text"])
