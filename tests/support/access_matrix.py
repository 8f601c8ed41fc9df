"""Access tests: one viewer of each kind, and the outcome when each of them tries the same query or mutation."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from graphql import GraphQLSchema

from auth.viewers import Scope
from models import Role
from server import create_schema
from settings import Settings
from tests.support.app import TestApp
from tests.support.selections import whole

STAFF = ("MODERATOR", "CAMPAIGNER", "ADMIN")
ROLES = ("anonymous", "author", "guest", "SUPPORTER", "reader", "INTEGRATOR", *STAFF)
"""`author` is the guest who wrote the comment and owns whatever else the test is about; `guest` is another guest.
The API key of INTEGRATOR has every scope, the key of `reader` only READ.
"""

Outcomes = dict[str, Any]
ONLY_OF_MUTATIONS = frozenset({"ErasureReceipt", "Session"})
"""Types that only the payloads of mutations contain."""
UNAUTHENTICATED, FORBIDDEN = "UNAUTHENTICATED", "FORBIDDEN"


def outcomes(anonymous: Any, author: Any, guest: Any, moderator: Any, campaigner: Any, admin: Any, **apart: Any) -> Any:
    """Return the expected outcome by role.

    By default a supporter has the outcome of a guest, a key with every scope that of an administrator, and a key that
    lacks the scope is refused; `apart` names the roles with another outcome.
    """
    keys = {"SUPPORTER": guest, "reader": FORBIDDEN if anonymous == UNAUTHENTICATED else anonymous, "INTEGRATOR": admin}
    people = {"anonymous": anonymous, "author": author, "guest": guest}
    staff = dict(zip(STAFF, (moderator, campaigner, admin), strict=True))
    return people | keys | staff | apart


@cache
def core() -> GraphQLSchema:
    return create_schema(Settings())._schema


def whole_payload(mutation: str) -> str:
    return whole(core(), f"{mutation[0].upper()}{mutation[1:]}Payload", ONLY_OF_MUTATIONS)


async def key(site: TestApp, admin: str, scopes: list[str]) -> str:
    """Create an API key with these scopes."""
    payload = await site.do("createApiKey", "key", admin, name="Friends of Freedom", scopes=scopes)
    return str(payload["key"])


async def supporter(site: TestApp, name: str) -> str:
    """Return the token of a person with a verified e-mail address."""
    email = "sojourner@example.org"
    return await site.signed_in(email, await site.guest(name, email=email))


class AccessMatrix:
    """A token for each role, and a campaign, a draft and a comment on which every role tries the same thing."""

    def __init__(self, site: TestApp, tokens: dict[str, str | None]) -> None:
        self.site = site
        self.tokens = tokens
        self.campaign = self.draft = self.comment = ""

    @classmethod
    async def of(cls, site: TestApp) -> "AccessMatrix":
        staff = {role: await site.staff(Role(role), f"Staff {role.title()}") for role in STAFF}
        tokens: dict[str, str | None] = {
            "anonymous": None,
            "author": await site.guest("Katharina Sommer", email="katharina@example.org", country="DE"),
            "guest": await site.guest("Grace Hopper"),
            "SUPPORTER": await supporter(site, "Sojourner Truth"),
            "reader": await key(site, staff["ADMIN"], ["READ"]),
            "INTEGRATOR": await key(site, staff["ADMIN"], list(Scope)),
        }
        matrix = cls(site, {**tokens, **staff})
        await matrix.create_page()
        return matrix

    async def create_page(self) -> None:
        """Create a new campaign, draft and comment, so that one try does not change the outcome of the next."""
        self.campaign, self.draft = await self.site.campaign(), await self.site.campaign("DRAFT")
        self.comment = await self.site.comment(self.campaign, self.tokens["author"] or "")

    async def query(self, role: str, query: str, **variables: Any) -> str:
        """Return "ok", "null", or the code of the error."""
        body = await self.site.post(query, self.tokens[role], **variables)
        if "errors" in body:
            return str(body["errors"][0]["extensions"]["code"])
        return "null" if next(iter(body["data"].values())) in (None, [None]) else "ok"

    async def mutate(self, role: str, mutation: str, /, **given: Any) -> str:
        """Return "ok", or the code of the Problem."""
        answer = await self.site.do(mutation, whole_payload(mutation), self.tokens[role], **given)
        return str(answer.get("code", "ok"))

    async def seen(self, query: str, path: str, **variables: Any) -> dict[str, Any]:
        """Return by role the value at a path of the answer, such as `campaign.comments.nodes`."""
        seen = {}
        for role in ROLES:
            value: Any = await self.site.ask(query, self.tokens[role], **variables)
            for step in path.split("."):
                value = value[int(step)] if step.isdigit() else value[step]
            seen[role] = value
        return seen


Attempt = Callable[[AccessMatrix, str], Awaitable[str]]


def query(text: str, /, **names: str) -> Attempt:
    """Make an attempt of a query; `names` maps each variable to an attribute of the matrix."""

    def attempt(matrix: AccessMatrix, role: str) -> Awaitable[str]:
        return matrix.query(role, text, **{name: getattr(matrix, value) for name, value in names.items()})

    return attempt


def mutation(name: str, on: str = "", /, **given: Any) -> Attempt:
    """Make an attempt of a mutation on the matrix's `comment`, `campaign` or `draft`."""

    def attempt(matrix: AccessMatrix, role: str) -> Awaitable[str]:
        about = {f"{on}Id": getattr(matrix, on)} if on else {}
        return matrix.mutate(role, name, **about, **given)

    return attempt
