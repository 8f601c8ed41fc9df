"""Workloads: the requests of each benchmark, generated for each round so that no write is repeated."""

import itertools
import random
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from benchmarks.generate import CAMPAIGNS, SLUG
from benchmarks.rows import GIVEN, family_name
from benchmarks.server import Server
from resolvers.ids import global_id

HERE = Path(__file__).parent
CURSORS = 40
GUESTS = 16
WRITES = 10_000
COUNTRIES = ("GB", "US", "DE", "FR", "IN", "BR", "TM")
Request = tuple[str | None, dict[str, Any]]

_serial = itertools.count(1)


class Visitor:
    """A client of one server, with the number of its comments, some cursors and the tokens of some guests."""

    def __init__(self, server: Server, comments: int) -> None:
        self.server = server
        self.comments = comments
        self.cursors = self._cursors()
        self.tokens = [self._introduce(guest) for guest in range(GUESTS)]

    def ask(self, request: Request) -> dict[str, Any]:
        """Send a request, check that there is no error and no Problem, and return the data."""
        token, body = request
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        message = urllib.request.Request(f"{self.server.url}/graphql", orjson.dumps(body), headers)
        with urllib.request.urlopen(message, timeout=30) as response:
            text = response.read()
        answer = orjson.loads(text)
        if "errors" in answer or b'"refused":' in text or None in answer["data"].values():
            raise SystemExit(f"{self.server.name} answered {text[:2000]!r}")
        return dict(answer["data"])

    def comment_id(self) -> str:
        return global_id("Comment", random.randint(1, self.comments))

    def _cursors(self) -> list[str | None]:
        found: list[str | None] = [None]
        for _ in range(CURSORS):
            answer = self.ask(operation("more", slug=SLUG, after=found[-1]))
            found.append(answer["campaign"]["comments"]["pageInfo"]["endCursor"])
        return found[1:]

    def _introduce(self, guest: int) -> str:
        answer = self.ask(operation("introduce", input={"givenName": "Guest", "familyName": family_name(guest)}))
        return str(answer["introduce"]["accessToken"])


def operation(name: str, token: str | None = None, **variables: Any) -> Request:
    return token, {"query": (HERE / f"{name}.graphql").read_text(), "variables": variables}


def page(visitor: Visitor) -> list[Request]:
    return [operation("page", slug=SLUG)]


def more(visitor: Visitor) -> list[Request]:
    return [operation("more", slug=SLUG, after=cursor) for cursor in visitor.cursors]


def vote(visitor: Visitor) -> list[Request]:
    query = operation("vote")[1]["query"]
    return [
        (token, {"query": query, "variables": {"input": {"commentId": visitor.comment_id(), "direction": "UP"}}})
        for token in itertools.islice(itertools.cycle(visitor.tokens), WRITES)
    ]


def reply(visitor: Visitor) -> list[Request]:
    query = operation("reply")[1]["query"]
    campaign = global_id("Campaign", 1)
    return [
        (token, {"query": query, "variables": {"input": _reply(campaign, visitor.comment_id())}})
        for token in itertools.islice(itertools.cycle(visitor.tokens), WRITES)
    ]


def _reply(campaign: str, parent: str) -> dict[str, Any]:
    body = f"Thank you. This is answer *number {next(_serial)}*, and it is as long as such answers are."
    return {"campaignId": campaign, "parentId": parent, "body": body}


def sign(visitor: Visitor) -> list[Request]:
    """Sign the large campaign."""
    return _signing(1)


def sign10(visitor: Visitor) -> list[Request]:
    """Sign each campaign in turn."""
    return _signing(CAMPAIGNS)


def _signing(campaigns: int) -> list[Request]:
    """Generate requests without a token, each from another person."""
    query = operation("sign")[1]["query"]
    ids = [global_id("Campaign", campaign_id) for campaign_id in range(1, campaigns + 1)]
    return [
        (None, {"query": query, "variables": {"input": _signer(campaign)}})
        for campaign in itertools.islice(itertools.cycle(ids), WRITES)
    ]


def _signer(campaign: str) -> dict[str, Any]:
    number = next(_serial)
    return {
        "campaignId": campaign,
        "givenName": GIVEN[number % len(GIVEN)],
        "familyName": family_name(number),
        "email": f"signer.{number}@example.org",
        "country": COUNTRIES[number % len(COUNTRIES)],
        "consents": [{"organisationId": global_id("Partner", 1), "granted": True, "textVersion": "2026-01"}],
    }


WORKLOADS: dict[str, Callable[[Visitor], list[Request]]] = {
    **{"page": page, "more": more, "vote": vote, "reply": reply},
    **{"sign": sign, "sign10": sign10},
}
