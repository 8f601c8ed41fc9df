"""One viewer of each kind, and what they all try: who may do and see what is told by comparing them."""

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
"""`author` is a guest who wrote the comment that it is about, and to whom all else is that it is about; `guest` is
another one. An INTEGRATOR's key has every scope, a `reader`'s READ alone.
"""

Outcomes = dict[str, Any]
ONLY_OF_MUTATIONS = frozenset({"ErasureReceipt", "Session"})
"""Types that nothing else gives, besides their payloads."""
WHO, NO = "UNAUTHENTICATED", "FORBIDDEN"


def outcomes(anonymous: Any, author: Any, guest: Any, moderator: Any, campaigner: Any, admin: Any, **apart: Any) -> Any:
    """By role. A supporter meets what another guest meets, a key with every scope what an administrator meets, and
    one with none for it a refusal; `apart` says who meets something else.
    """
    keys = {"SUPPORTER": guest, "reader": NO if anonymous == WHO else anonymous, "INTEGRATOR": admin}
    people = {"anonymous": anonymous, "author": author, "guest": guest}
    staff = dict(zip(STAFF, (moderator, campaigner, admin), strict=True))
    return people | keys | staff | apart


@cache
def core() -> GraphQLSchema:
    return create_schema(Settings())._schema


def whole_payload(mutation: str) -> str:
    return whole(core(), f"{mutation[0].upper()}{mutation[1:]}Payload", ONLY_OF_MUTATIONS)


async def key(site: TestApp, admin: str, scopes: list[str]) -> str:
    made = await site.do("createApiKey", "key", admin, name="Friends of Freedom", scopes=scopes)
    return str(made["key"])


async def supporter(site: TestApp, name: str) -> str:
    """The token of someone whose address is verified."""
    email = "sojourner@example.org"
    return await site.signed_in(email, await site.guest(name, email=email))


class AccessMatrix:
    """What is tried out, on a page of its own for each try."""

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
        await matrix.set()
        return matrix

    async def set(self) -> None:
        self.campaign, self.draft = await self.site.campaign(), await self.site.campaign("DRAFT")
        self.comment = await self.site.comment(self.campaign, self.tokens["author"] or "")

    async def query(self, role: str, query: str, **variables: Any) -> str:
        """ "ok", "null", or the code of the error."""
        body = await self.site.post(query, self.tokens[role], **variables)
        if "errors" in body:
            return str(body["errors"][0]["extensions"]["code"])
        return "null" if next(iter(body["data"].values())) in (None, [None]) else "ok"

    async def mutate(self, role: str, mutation: str, /, **given: Any) -> str:
        """ "ok", or the code of the Problem."""
        answer = await self.site.do(mutation, whole_payload(mutation), self.tokens[role], **given)
        return str(answer.get("code", "ok"))

    async def seen(self, query: str, path: str, **variables: Any) -> dict[str, Any]:
        """What each kind of viewer gets at a place of the answer."""
        seen = {}
        for role in ROLES:
            found: Any = await self.site.ask(query, self.tokens[role], **variables)
            for step in path.split("."):
                found = found[int(step)] if step.isdigit() else found[step]
            seen[role] = found
        return seen


Attempt = Callable[[AccessMatrix, str], Awaitable[str]]


def query(text: str, /, **names: str) -> Attempt:
    """A query whose variables are the matrix's."""

    def attempt(matrix: AccessMatrix, role: str) -> Awaitable[str]:
        return matrix.query(role, text, **{name: getattr(matrix, value) for name, value in names.items()})

    return attempt


def mutation(called: str, on: str = "", /, **given: Any) -> Attempt:
    """A mutation on the matrix's comment or campaign."""

    def attempt(matrix: AccessMatrix, role: str) -> Awaitable[str]:
        about = {f"{on}Id": getattr(matrix, on)} if on else {}
        return matrix.mutate(role, called, **about, **given)

    return attempt
