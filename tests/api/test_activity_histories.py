"""Activities after random histories: each kind resolves to its type, tells nothing hidden, and runs compiled."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models import Activity, ActivityKind, Comment, Reaction, Role, Signature
from resolvers.context import Context
from server import create_schema
from tests.support.activity import TICKER_DOCUMENT, TYPES
from tests.support.app import TestApp, in_running_app
from tests.support.ids import row_id

TYPE_OF = {kind: name for name, kinds in TYPES.items() for kind in kinds}
NAMES = ["ada", "bea"]
EMAILS = ["ada@example.org", "bea@example.org"]


@dataclass
class History:
    """A campaign, and the actions that random numbers choose."""

    site: TestApp
    campaign: str
    partner: str
    tokens: dict[str, str]
    comments: list[str] = field(default_factory=list)
    count: int = 0

    def someone(self, number: int) -> str:
        return self.tokens[NAMES[number % 2]]

    async def act(self, action: str, number: int) -> None:
        """Do it; a refusal, such as of a reply to a removed comment, is a part of the history."""
        self.count += 1
        if action in ("edit", "delete", "hold", "restore", "react", "unreact") and not self.comments:
            action = "comment"
        await ACTIONS[action](self, number)

    async def do(self, mutation: str, token: str, /, **given: Any) -> Any:
        return await self.site.do(mutation, "__typename", token, **given)

    async def comment(self, number: int) -> None:
        given = {"campaignId": self.campaign, "body": f"Text {self.count}."}
        parent = self.comments[number % len(self.comments)] if self.comments and number % 3 else None
        answer = await self.site.do("postComment", "comment { id }", self.someone(number), **given, parentId=parent)
        self.comments += [answer["comment"]["id"]] if "comment" in answer else []

    async def about_comment(self, mutation: str, token: str, number: int, /, **given: Any) -> None:
        await self.do(mutation, token, commentId=self.comments[number % len(self.comments)], **given)

    async def moderate(self, number: int, decision: str) -> None:
        await self.about_comment("moderateComment", self.tokens["admin"], number, decision=decision)

    async def react(self, mutation: str, number: int) -> None:
        kind = ["HEART", "CANDLE"][number // 2 % 2]
        await self.about_comment(mutation, self.someone(number), number // 4, kind=kind)

    async def sign(self, number: int) -> None:
        given = {"campaignId": self.campaign, "email": EMAILS[number % 2], "givenName": "Ada", "familyName": "Byron"}
        await self.do("signPetition", self.someone(number), **given)

    async def rename(self, number: int) -> None:
        choice = ["FULL_NAME", "FIRST_NAME_INITIAL", "INITIALS", "ANONYMOUS"][number // 2 % 4]
        await self.do("updateProfile", self.someone(number), nameDisplay=choice)

    async def erase(self, number: int) -> None:
        """Erase a person, and introduce another who goes on in the person's place."""
        await self.do("eraseSupporter", self.someone(number))
        self.tokens[NAMES[number % 2]] = await self.site.guest(f"{NAMES[number % 2].title()} Byron")

    async def by_admin(self, mutation: str, **given: Any) -> None:
        await self.do(mutation, self.tokens["admin"], campaignId=self.campaign, **given)

    async def report(self, number: int) -> None:
        await self.by_admin("reportPartnerTally", partnerId=self.partner, signatures=self.count * 90, asOf="2026-03-01")

    async def donate(self, number: int) -> None:
        money = {"amountMinor": 500, "currency": "USD"}
        await self.by_admin(
            "recordDonation", providerReference=f"pay-{self.count}", money=money, donorEmail=EMAILS[number % 2]
        )


ACTIONS: dict[str, Callable[[History, int], Awaitable[None]]] = {
    "comment": History.comment,
    "edit": lambda h, n: h.about_comment("editComment", h.someone(n), n, body=f"Edit {h.count}."),
    "delete": lambda h, n: h.about_comment("deleteComment", h.someone(n), n),
    "hold": lambda h, n: h.moderate(n, "HOLD"),
    "restore": lambda h, n: h.moderate(n, "RESTORE"),
    "react": lambda h, n: h.react("addReaction", n),
    "unreact": lambda h, n: h.react("removeReaction", n),
    "sign": History.sign,
    "withdraw": lambda h, n: h.do("withdrawSignature", h.someone(n), campaignId=h.campaign),
    "rename": History.rename,
    "lower": lambda h, n: h.by_admin("updateCampaign", nameDisplayCeiling=["INITIALS", "FULL_NAME"][n % 2]),
    "change": lambda h, n: h.by_admin("updateCampaign", title=f"Title {n % 3}"),
    "update": lambda h, n: h.by_admin("postUpdate", title=f"News {n}", body="Good."),
    "report": History.report,
    "donate": History.donate,
    "erase": History.erase,
}
OFTEN = ["comment", "react", "sign"] * 3
STEPS = st.lists(st.tuples(st.sampled_from([*ACTIONS, *OFTEN]), st.integers(0, 63)), min_size=8, max_size=30)
EVERY_ACTION = [("comment", 0), ("comment", 1)] + [
    (action, 0) for action in ACTIONS if action not in ("delete", "erase")
]


async def begun(site: TestApp) -> History:
    campaign, admin = await site.campaign(), await site.staff(Role.ADMIN)
    added = await site.do("addPartner", "partner { id }", admin, campaignId=campaign, name="Labor Forum")
    people = {name: await site.guest(f"{name.title()} Byron") for name in NAMES}
    return History(site, campaign, added["partner"]["id"], {"admin": admin, **people})


SIGNED_WITHOUT_NAME = [("rename", 6), ("sign", 0)]


@settings(max_examples=10)
@example(SIGNED_WITHOUT_NAME, "admin")
@given(STEPS, st.sampled_from(["admin", "ada", None]))
def test_every_activity_has_its_type_and_hides_what_is_hidden(steps: list[tuple[str, int]], viewer: str | None) -> None:
    async def act(site: TestApp) -> None:
        history = await begun(site)
        for action, number in steps:
            await history.act(action, number)

        nodes = await compared(history, viewer)

        rows = {row.id: row for row in await Activity.filter(campaign_id=row_id(history.campaign))}
        assert {row_id(node["id"]) for node in nodes} == set(rows)
        for node in nodes:
            await check(node, rows[row_id(node["id"])])

    in_running_app(act)


def test_a_history_of_all_actions_has_every_kind() -> None:
    """Without this, the test above could hold for few kinds."""

    async def act(site: TestApp) -> None:
        history = await begun(site)
        for action, number in EVERY_ACTION:
            await history.act(action, number)

        assert {node["kind"] for node in await compared(history, "admin")} == set(ActivityKind)

    in_running_app(act)


async def compared(history: History, viewer: str | None) -> list[dict[str, Any]]:
    """Return the log, which is the same with compiled execution, without a fallback, and with graphql-core."""
    site = history.site
    compiled, reference = [create_schema(replace(site.settings, compiled=compiled)) for compiled in (True, False)]
    answers = []
    for schema in (compiled, reference):
        context = Context(site.settings, site.groundswell.live)
        context.identify(f"Bearer {history.tokens[viewer]}" if viewer else None)
        variables = {"id": history.campaign, "first": 100}
        answers.append(await schema.execute(TICKER_DOCUMENT, variables, context))

    assert [answer.errors for answer in answers] == [None, None]
    data, expected = [orjson.loads(orjson.dumps(answer.data)) for answer in answers]  # dates may be left to the encoder
    assert data == expected
    operation = compiled.documents[TICKER_DOCUMENT].operation(None)
    assert operation is not None
    assert (operation.runs, operation.fallbacks) == (1, 0)
    return list(data["campaign"]["activity"]["nodes"])


async def check(node: dict[str, Any], row: Activity) -> None:
    assert (node["__typename"], node["kind"]) == (TYPE_OF[row.kind], row.kind)
    person = node["actor"] and node["actor"]["id"]
    if "comment" in node:
        await check_comment(node["comment"], row.subject_id)
        await check_comment(node["thread"], row.thread_id)
        assert row_id(node["subjectId"]) == row.subject_id
    if node.get("reaction"):
        given = {"supporter_id": row.actor_id, "comment_id": row.subject_id, "kind": node["reaction"]}
        assert await Reaction.exists(**given)
    if "signature" in node:
        signed = await Signature.get(id=row.subject_id)
        assert (node["signature"] is not None) == (row.actor_id is not None and signed.is_active)
    if "supporterIds" in node:
        assert node["supporterIds"] == (person and [person])
    if "milestone" in node:
        assert node["milestone"]["count"] >= 100
    if "signatures" in node:
        assert (node["partner"]["name"], node["signatures"] % 90) == ("Labor Forum", 0)


async def check_comment(shown: dict[str, Any] | None, comment_id: int | None) -> None:
    """Check that a comment is shown if its list has it, as a whole only if it is visible."""
    comment = await Comment.get(id=comment_id)
    assert (shown is not None) == comment.is_listed
    if shown is not None and shown["state"] == "DELETED":
        assert (shown["body"], shown["author"]) == (None, None)
