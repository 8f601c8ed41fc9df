"""Who may ask what: every root field for every viewer, and everything private for the wrong and the right one."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from graphql import ObjectTypeDefinitionNode, parse

from models import Role
from server import create_schema
from settings import Settings
from tests.world import World

pytestmark = pytest.mark.anyio

ROLES = ("anonymous", "author", "guest", "MODERATOR", "CAMPAIGNER", "ADMIN")
"""`author` is a guest who wrote the comment that it is about; `guest` is another one."""

Outcomes = dict[str, str]


def outcomes(anonymous: str, author: str, guest: str, moderator: str, campaigner: str, admin: str) -> Outcomes:
    return dict(zip(ROLES, (anonymous, author, guest, moderator, campaigner, admin), strict=True))


WHO, NO = "UNAUTHENTICATED", "FORBIDDEN"
EVERYONE = outcomes("ok", "ok", "ok", "ok", "ok", "ok")
PEOPLE = outcomes(WHO, "ok", "ok", "ok", "ok", "ok")
ADMINS = outcomes(WHO, NO, NO, NO, NO, "ok")
MODERATORS = outcomes(WHO, NO, NO, "ok", "ok", "ok")
CAMPAIGNERS = outcomes(WHO, NO, NO, NO, "ok", "ok")
WRITERS_OF_DRAFTS = outcomes("null", "null", "null", "null", "ok", "ok")
ITS_AUTHOR = outcomes(WHO, "ok", NO, NO, NO, NO)
ITS_AUTHOR_AND_MODERATORS = outcomes(WHO, "ok", NO, "ok", "ok", "ok")


class Stage:
    """What a row of the table acts on: fresh for each viewer."""

    def __init__(self, site: World, tokens: dict[str, str | None]) -> None:
        self.site = site
        self.tokens = tokens
        self.campaign = self.draft = self.comment = ""

    async def set(self) -> None:
        self.campaign, self.draft = await self.site.campaign(), await self.site.campaign("DRAFT")
        self.comment = await self.site.comment(self.campaign, self.tokens["author"] or "")

    async def query(self, role: str, query: str, **variables: Any) -> str:
        """ "ok", "null", or the code of the error."""
        body = await self.site.post(query, self.tokens[role], **variables)
        if "errors" in body:
            return str(body["errors"][0]["extensions"]["code"])
        return "null" if _only(body["data"]) in (None, [None]) else "ok"

    async def mutate(self, role: str, mutation: str, /, **given: Any) -> str:
        """ "ok", or the code of the Problem."""
        answer = await self.site.do(mutation, "__typename", self.tokens[role], **given)
        return str(answer.get("code", "ok"))


def _only(data: dict[str, Any]) -> Any:
    return next(iter(data.values()))


Attempt = Callable[[Stage, str], Awaitable[str]]


def query(text: str, /, **names: str) -> Attempt:
    """A query whose variables are the stage's."""

    def attempt(stage: Stage, role: str) -> Awaitable[str]:
        return stage.query(role, text, **{name: getattr(stage, value) for name, value in names.items()})

    return attempt


def mutation(called: str, on: str = "", /, **given: Any) -> Attempt:
    """A mutation on the stage's comment or campaign."""

    def attempt(stage: Stage, role: str) -> Awaitable[str]:
        about = {f"{on}Id": getattr(stage, on)} if on else {}
        return stage.mutate(role, called, **about, **given)

    return attempt


def create(stage: Stage, role: str) -> Awaitable[str]:
    texts = {"title": "T", "callToAction": "C", "target": "T", "body": "B"}
    return stage.mutate(role, "createCampaign", slug=f"by-{role.lower()}", **texts)


async def revoke(stage: Stage, role: str) -> str:
    given = {"name": "Partner", "scopes": ["READ"]}
    made = await stage.site.do("createApiKey", "apiKey { id }", stage.tokens["ADMIN"], **given)
    return await stage.mutate(role, "revokeApiKey", apiKeyId=made["apiKey"]["id"])


GIFT = {"providerReference": "pay-1", "money": {"amountMinor": 5000, "currency": "USD"}}


def record(stage: Stage, role: str) -> Awaitable[str]:
    return stage.mutate(role, "recordDonation", campaignId=stage.campaign, **GIFT | {"providerReference": role})


async def correct(stage: Stage, role: str) -> str:
    given = {"campaignId": stage.campaign, **GIFT, "providerReference": f"for {role}"}
    made = await stage.site.do("recordDonation", "donation { id }", stage.tokens["ADMIN"], **given)
    other = {"amountMinor": 5000, "currency": "AUD"}
    return await stage.mutate(
        role, "correctDonation", donationId=made["donation"]["id"], money=other, reason="Misread."
    )


async def report(stage: Stage, role: str) -> str:
    return await stage.mutate(role, "reportPartnerTally", **await tally(stage))


async def approve(stage: Stage, role: str) -> str:
    waiting = "campaign { partners { waitingTallies { id } } }"
    made = await stage.site.do("reportPartnerTally", waiting, stage.tokens["ADMIN"], **await tally(stage))
    (partner,) = made["campaign"]["partners"]
    return await stage.mutate(role, "approvePartnerTally", tallyId=partner["waitingTallies"][0]["id"])


async def tally(stage: Stage) -> dict[str, Any]:
    """A report that waits, as a new partner's."""
    about = {"campaignId": stage.campaign}
    made = await stage.site.do("addPartner", "partner { id }", stage.tokens["ADMIN"], **about, name="Labor Forum")
    return about | {"partnerId": made["partner"]["id"], "signatures": 1_000_000, "asOf": "2026-03-01"}


TABLE: dict[str, tuple[Attempt, Outcomes]] = {
    "Query.campaign": (query("query($id: ID!) { campaign(id: $id) { id } }", id="draft"), WRITERS_OF_DRAFTS),
    "Query.campaigns": (query("{ campaigns { totalCount } }"), EVERYONE),
    "Query.viewer": (query("{ viewer { role } }"), EVERYONE),
    "Query.moderationQueue": (query("{ moderationQueue { totalCount } }"), MODERATORS),
    "Query.node": (query("query($id: ID!) { node(id: $id) { id } }", id="draft"), WRITERS_OF_DRAFTS),
    "Query.nodes": (query("query($id: ID!) { nodes(ids: [$id]) { id } }", id="draft"), WRITERS_OF_DRAFTS),
    "Query.rateLimit": (query("{ rateLimit { remaining } }"), EVERYONE),
    "Query.apiKeys": (query("{ apiKeys { id } }"), ADMINS),
    "Mutation.createApiKey": (mutation("createApiKey", name="Partner", scopes=["READ"]), ADMINS),
    "Mutation.revokeApiKey": (revoke, ADMINS),
    "Mutation.createCampaign": (create, CAMPAIGNERS),
    "Mutation.updateCampaign": (mutation("updateCampaign", "campaign", title="New"), CAMPAIGNERS),
    "Mutation.changeCampaignState": (mutation("changeCampaignState", "campaign", state="PAUSED"), CAMPAIGNERS),
    "Mutation.postUpdate": (mutation("postUpdate", "campaign", title="News", body="Good."), CAMPAIGNERS),
    "Mutation.addPartner": (mutation("addPartner", "campaign", name="Friends"), CAMPAIGNERS),
    "Mutation.reportPartnerTally": (report, CAMPAIGNERS),
    "Mutation.approvePartnerTally": (approve, CAMPAIGNERS),
    "Mutation.recordDonation": (record, ADMINS),
    "Mutation.correctDonation": (correct, ADMINS),
    "Mutation.introduce": (mutation("introduce", givenName="Ada"), EVERYONE),
    "Mutation.updateProfile": (mutation("updateProfile", givenName="Ada"), PEOPLE),
    "Mutation.postComment": (mutation("postComment", "campaign", body="Well said."), PEOPLE),
    "Mutation.editComment": (mutation("editComment", "comment", body="Better said."), ITS_AUTHOR),
    "Mutation.deleteComment": (mutation("deleteComment", "comment"), ITS_AUTHOR_AND_MODERATORS),
    "Mutation.flagComment": (mutation("flagComment", "comment", reason="SPAM"), PEOPLE),
    "Mutation.moderateComment": (mutation("moderateComment", "comment", decision="HOLD"), MODERATORS),
    "Mutation.pinComment": (mutation("pinComment", "comment"), MODERATORS),
    "Mutation.lockThread": (mutation("lockThread", "comment"), MODERATORS),
    "Mutation.castVote": (mutation("castVote", "comment", direction="UP"), PEOPLE),
    "Mutation.addReaction": (mutation("addReaction", "comment", kind="HEART"), PEOPLE),
    "Mutation.removeReaction": (mutation("removeReaction", "comment", kind="HEART"), PEOPLE),
}


@pytest.fixture
async def tokens(site: World) -> dict[str, str | None]:
    return {
        "anonymous": None,
        "author": await site.guest("Katharina Sommer", email="katharina@example.org", country="DE"),
        "guest": await site.guest("Grace Hopper"),
        **{role: await site.staff(Role(role), f"Staff {role.title()}") for role in ROLES[3:]},
    }


@pytest.fixture
async def stage(site: World, tokens: dict[str, str | None]) -> Stage:
    made = Stage(site, tokens)
    await made.set()
    return made


def test_the_table_has_a_row_for_every_root_field() -> None:
    """Who adds a field says here who may use it. Subscriptions are in tests/test_activity.py."""
    core = create_schema(Settings())._schema
    assert core.query_type is not None
    assert core.mutation_type is not None

    fields = {f"{root.name}.{name}" for root in (core.query_type, core.mutation_type) for name in root.fields}

    assert fields - set(TABLE) == set()
    assert set(TABLE) - fields == set()


@pytest.mark.parametrize("field", TABLE)
async def test_a_root_field_answers_those_it_is_for(stage: Stage, field: str) -> None:
    attempt, wanted = TABLE[field]

    met = {}
    for role in ROLES:
        await stage.set()
        met[role] = await attempt(stage, role)

    assert met == wanted


def test_the_schema_marks_what_an_anonymous_visitor_is_refused() -> None:
    """`@requires` in the SDL says the scope that the field needs; what everyone may use has no mark."""
    document = parse(create_schema(Settings()).as_str())
    marked = {
        f"{node.name.value}.{field.name.value}"
        for node in document.definitions
        if isinstance(node, ObjectTypeDefinitionNode)
        for field in node.fields or ()
        if any(directive.name.value == "requires" for directive in field.directives or ())
    }

    assert marked == {field for field, (_, wanted) in TABLE.items() if wanted["anonymous"] == WHO}


# ---------------------------------------------------------------- what is private


async def seen_by(stage: Stage, query: str, path: str, **variables: Any) -> dict[str, Any]:
    """What each kind of viewer gets at a place of the answer."""
    seen = {}
    for role in ROLES:
        found: Any = await stage.site.ask(query, stage.tokens[role], **variables)
        for step in path.split("."):
            found = found[int(step)] if step.isdigit() else found[step]
        seen[role] = found
    return seen


async def test_a_profile_is_for_its_own_person(stage: Stage) -> None:
    seen = await seen_by(stage, "{ viewer { profile { givenName email country } } }", "viewer.profile")

    assert seen["anonymous"] is None
    assert seen["author"] == {"givenName": "Katharina", "email": "katharina@example.org", "country": "DE"}
    assert seen["guest"] == {"givenName": "Grace", "email": None, "country": None}
    assert seen["ADMIN"] == {"givenName": "Staff", "email": None, "country": None}


async def test_a_persons_node_shows_no_one_more_than_the_public_face(stage: Stage) -> None:
    find = "query($id: ID!) { node(id: $id) { ... on Comment { author { id } } } }"
    person = (await stage.site.ask(find, id=stage.comment))["node"]["author"]["id"]
    query = "query($id: ID!) { node(id: $id) { __typename ... on Supporter { displayName badge } } }"

    seen = await seen_by(stage, query, "node", id=person)

    public = {"__typename": "Supporter", "displayName": "Katharina S.", "badge": "NONE"}
    assert seen == dict.fromkeys(ROLES, public)


async def test_what_a_comment_said_before_is_for_its_author_and_moderators(stage: Stage) -> None:
    author = stage.tokens["author"]
    await stage.site.do("editComment", "comment { id }", author, commentId=stage.comment, body="Better said.")
    query = "query($id: ID!) { node(id: $id) { ... on Comment { edits { body { text } } } } }"

    seen = await seen_by(stage, query, "node.edits", id=stage.comment)

    before = [{"body": {"text": "Well said."}}]
    assert seen == outcomes([], before, [], before, before, before)  # type: ignore[arg-type]


PENDING = "query($id: ID!) { node(id: $id) { ... on Comment { state body { text } author { displayName } } } }"


@pytest.fixture
async def waiting(stage: Stage) -> str:
    """A comment that waits for a moderator."""
    campaign = await stage.site.campaign(commentPolicy="PREMODERATED")
    stage.campaign = campaign
    return await stage.site.comment(campaign, stage.tokens["author"] or "", "Still unread.")


async def test_a_comment_that_waits_is_for_its_author_and_moderators(stage: Stage, waiting: str) -> None:
    seen = await seen_by(stage, PENDING, "node", id=waiting)

    text = {"state": "PENDING", "body": {"text": "Still unread."}, "author": {"displayName": "Katharina S."}}
    assert seen == outcomes(None, text, None, text, text, text)  # type: ignore[arg-type]


async def test_a_comment_that_waits_is_listed_to_its_author_alone(stage: Stage, waiting: str) -> None:
    query = "query($id: ID!) { campaign(id: $id) { comments { nodes { id } } } }"

    seen = await seen_by(stage, query, "campaign.comments.nodes", id=stage.campaign)

    assert seen == outcomes([], [{"id": waiting}], [], [], [], [])  # type: ignore[arg-type]


async def test_a_comment_that_waits_is_in_no_figure(stage: Stage, waiting: str) -> None:
    query = """query($id: ID!) { campaign(id: $id) { commentStats {
      threadCount authorCount recentAuthors { id } mostReactedComment { id } hottestThread { id } } } }"""

    seen = await seen_by(stage, query, "campaign.commentStats", id=stage.campaign)

    none = {"threadCount": 0, "authorCount": 0, "recentAuthors": [], "mostReactedComment": None}
    assert seen == dict.fromkeys(ROLES, none | {"hottestThread": None})


async def test_a_comment_that_waits_is_not_in_the_ticker(stage: Stage, waiting: str) -> None:
    query = "query($id: ID!) { campaign(id: $id) { activity(kinds: [COMMENTED]) { nodes { id } } } }"

    seen = await seen_by(stage, query, "campaign.activity.nodes", id=stage.campaign)

    assert seen == {role: [] for role in ROLES}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("castVote", {"direction": "UP"}),
        ("addReaction", {"kind": "HEART"}),
        ("flagComment", {"reason": "SPAM"}),
        ("editComment", {"body": "Better."}),
        ("deleteComment", {}),
    ],
)
async def test_what_waits_can_not_be_guessed_at_by_writing(
    stage: Stage, waiting: str, name: str, given: dict[str, Any]
) -> None:
    """The answer is the same as for a comment that does not exist."""
    guest = stage.tokens["guest"]
    absent = await stage.site.do(name, "__typename", guest, commentId="Q29tbWVudDo5OTk5OTk", **given)

    hidden = await stage.site.do(name, "__typename", guest, commentId=waiting, **given)

    assert hidden == absent
    assert hidden["code"] == "NOT_FOUND"


async def test_a_reply_to_what_waits_can_not_be_posted(stage: Stage, waiting: str) -> None:
    answer = await stage.site.do(
        "postComment",
        "__typename",
        stage.tokens["guest"],
        campaignId=stage.campaign,
        body="Reply",
        parentId=waiting,
    )

    assert answer["code"] == "NOT_FOUND"


async def test_a_hidden_comment_is_not_shown_as_the_parent_of_its_replies(stage: Stage) -> None:
    """It keeps its place as a tombstone without author or text."""
    reply = await stage.site.comment(stage.campaign, stage.tokens["guest"] or "", parent=stage.comment)
    moderate = {"commentId": stage.comment, "decision": "REJECT"}
    await stage.site.do("moderateComment", "__typename", stage.tokens["MODERATOR"], **moderate)
    query = """query($id: ID!) { node(id: $id) { ... on Comment {
      parent { author { displayName } body { markdown html text } edits { editedAt } } } } }"""

    seen = await seen_by(stage, query, "node.parent", id=reply)

    tombstone: dict[str, Any] = {"author": None, "body": None, "edits": []}
    assert {role: seen[role] for role in ("anonymous", "guest")} == {"anonymous": tombstone, "guest": tombstone}
    assert seen["author"]["body"]["text"] == seen["MODERATOR"]["body"]["text"] == "Well said."


@pytest.mark.parametrize("field", ["updates { nodes { title } }", "activity { nodes { kind } }", "title"])
async def test_nothing_of_a_draft_is_shown_to_the_public(stage: Stage, field: str) -> None:
    campaigner = stage.tokens["CAMPAIGNER"]
    news = {"campaignId": stage.draft, "title": "News", "body": "Good."}
    update = await stage.site.do("postUpdate", "update { id }", campaigner, **news)
    query = f"query($id: ID!) {{ campaign(id: $id) {{ {field} }} }}"

    seen = await seen_by(stage, query, "campaign", id=stage.draft)
    update_seen = await seen_by(stage, "query($id: ID!) { node(id: $id) { id } }", "node", id=update["update"]["id"])

    assert [role for role, found in seen.items() if found] == ["CAMPAIGNER", "ADMIN"]
    assert [role for role, found in update_seen.items() if found] == ["CAMPAIGNER", "ADMIN"]


async def test_an_activity_of_a_draft_is_for_those_who_write_it(stage: Stage) -> None:
    campaigner = stage.tokens["CAMPAIGNER"]
    await stage.site.do("updateCampaign", "__typename", campaigner, campaignId=stage.draft, title="Better")
    listed = "query($id: ID!) { campaign(id: $id) { activity { nodes { id } } } }"
    found = await stage.site.ask(listed, campaigner, id=stage.draft)
    activity = found["campaign"]["activity"]["nodes"][0]["id"]

    seen = await seen_by(stage, "query($id: ID!) { node(id: $id) { id } }", "node", id=activity)

    assert [role for role, shown in seen.items() if shown] == ["CAMPAIGNER", "ADMIN"]


async def test_drafts_are_listed_to_those_who_write_them(stage: Stage) -> None:
    seen = await seen_by(stage, "{ campaigns(state: DRAFT) { totalCount } }", "campaigns.totalCount")

    assert seen == outcomes(0, 0, 0, 0, 1, 1)  # type: ignore[arg-type]


async def test_a_draft_can_not_be_guessed_at_by_writing(stage: Stage) -> None:
    answer = await stage.site.do(
        "postComment", "__typename", stage.tokens["guest"], campaignId=stage.draft, body="Hello"
    )

    assert answer["code"] == "NOT_FOUND"


async def test_what_a_viewer_can_do_is_said_beforehand(stage: Stage) -> None:
    query = "query($id: ID!) { node(id: $id) { ... on Comment { viewerCan } } }"

    seen = await seen_by(stage, query, "node.viewerCan", id=stage.comment)

    visitor = ["REPLY", "VOTE", "REACT", "FLAG"]
    moderator = ["REPLY", "DELETE", "VOTE", "REACT", "FLAG", "PIN", "LOCK", "MODERATE"]
    author = ["REPLY", "EDIT", "DELETE", "VOTE", "REACT", "FLAG"]
    assert seen == outcomes([], author, visitor, moderator, moderator, moderator)  # type: ignore[arg-type]
