"""What can be sent, sensible or not, and what every answer to it must be."""

import json
import re
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis_graphql import Mode, from_schema, nodes, queries

from refusals import ProblemCode
from resolvers.ids import global_id
from tests.test_docs import DOCS, section, table

CURSOR = "a cursor that is good"
"""Stands in a document for a cursor of the server that it is sent to."""

# ---------------------------------------------------------------- documents of our schema

IDS = [
    *(global_id(name, number) for name in ("Campaign", "Comment", "Supporter", "Activity") for number in (1, 2, 3)),
    *(global_id(name, 1) for name in ("Campaign", "Comment") * 4),
    *(global_id("CampaignUpdate", 1), global_id("Signature", 1), global_id("Partner", 1), global_id("Nothing", 1)),
    *(global_id("Comment", 2**63 - 1), "", "Q", "Q29tbWVudDow", "Comment:1", "\x00", "é"),
]
STRINGS = st.text(max_size=20)


def _values(*values: str, others: st.SearchStrategy[Any] = STRINGS) -> st.SearchStrategy[Any]:
    return (st.sampled_from(values) | others).map(nodes.String)


SCALARS = {
    "Id": st.sampled_from(IDS).map(nodes.String),
    "Cursor": _values(CURSOR, CURSOR, "", "bm8"),
    "Size": st.sampled_from([1, 1, 2, 3, 100, 101, 0, -1, 2**31 - 1]).map(nodes.Int),
    "Key": _values("one", "two", "three"),
    "CountryCode": _values("DE", "de", "XX"),
    "CurrencyCode": _values("EUR", "usd"),
    "Date": _values("2000-02-29", "0001-01-01", "9999-12-31", others=st.dates().map(str)),
    "DateTime": _values("2000-02-29T23:59:60Z", "2000-01-01", others=st.datetimes().map(lambda at: at.isoformat())),
    "EmailAddress": _values("ada@example.org", others=st.emails()),
    "URL": _values("https://example.org/a", "javascript:alert(1)", "//example.org"),
}


def _hinted(sdl: str) -> str:
    """The schema, saying of some strings what they are, so that they are not all arbitrary."""
    sdl = re.sub(r"\bID\b", "Id", sdl)
    sdl = re.sub(r"\b(after|before): String", r"\1: Cursor", sdl)
    sdl = re.sub(r"\b(first|last): Int", r"\1: Size", sdl)
    sdl = re.sub(r"\b(idempotencyKey): String", r"\1: Key", sdl)
    return sdl + "\nscalar Id scalar Cursor scalar Size scalar Key"


SDL = _hinted((Path(__file__).resolve().parents[2] / "schema" / "schema.graphql").read_text())
SUBSCRIPTIONS = st.builds(
    "subscription S {{ {0}activity(campaignId: {1}, kinds: {2}, after: {3}, threadId: {4}) {{ cursor {5} }} }}".format,
    st.sampled_from(["", "", "", "other: "]),
    st.sampled_from(IDS).map(json.dumps),
    st.sampled_from(["null", "[]", "[COMMENTED]", "[COMMENTED, COMMENTED]", "[NONE]"]),
    st.sampled_from(["null", json.dumps(CURSOR), '""', '"bm8"']),
    st.sampled_from(["null", "null", *map(json.dumps, IDS)]),
    st.sampled_from(["", "__typename", "activity { subject { __typename } }", "activity { nothing }", "...S"]),
)
DOCUMENTS = from_schema(SDL, custom_scalars=SCALARS)
PAGES = queries(SDL, custom_scalars=SCALARS, fields=("campaigns", "node", "moderationQueue"))
VIOLATIONS = from_schema(SDL, custom_scalars=SCALARS, mode=Mode.NEGATIVE)
PIECES = st.sampled_from(
    [
        *("{}[]()!:=|&@$\"'\\#,"), "...", '"""', "\ufeff", "\x00", "\ud800", "\\ud800", " ", "\n", "@skip(if: true)",
        *("fragment F on Comment { ...F }", "...F", "...on Comment{id}", "query Q($v: ID! = null) {", "__typename"),
        *("subscription ", "mutation ", "query ", "null", "true", "1e999", "9" * 400, "-0", "[[[[", "{{{{", "__schema"),
        *("@include(if: $v)", "@requires(scope: READ)", "@defer", "@stream", "extend ", "type T { a: Int }", "schema"),
    ]
)  # fmt: skip


@st.composite
def torn(draw: st.DrawFn, whole: st.SearchStrategy[str] = DOCUMENTS | SUBSCRIPTIONS) -> str:
    """A document with parts cut out, put in or said twice."""
    text = draw(whole)
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        text = text[:start] + draw(st.just(text[start:end] * 2) | PIECES | st.text(max_size=3)) + text[end:]
    return text


TEXTS = st.one_of(DOCUMENTS, PAGES, PAGES, VIOLATIONS, torn(), SUBSCRIPTIONS, st.text())

# ---------------------------------------------------------------- JSON and bytes

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | PIECES, inner, max_size=3),
    max_leaves=6,
)


def _object(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=dict(parts))


VARIABLES = st.dictionaries(st.sampled_from(["v", "id", "input", "first"]), ANYTHING, max_size=3)
HASHES = st.sampled_from(["0" * 64, "", "x"]) | ANYTHING
REQUESTS = _object(
    query=st.one_of(TEXTS, TEXTS, TEXTS, ANYTHING),
    variables=VARIABLES | ANYTHING,
    operationName=st.sampled_from([None, "", "S", "Q"]) | ANYTHING,
    extensions=ANYTHING
    | _object(cost=ANYTHING, persistedQuery=_object(version=st.just(1) | ANYTHING, sha256Hash=HASHES)),
)
MESSAGES = _object(
    type=st.sampled_from(["subscribe"] * 3 + ["connection_init", "complete", "ping", "pong", "next"]) | ANYTHING,
    id=st.sampled_from(["a", "b", ""]) | ANYTHING,
    payload=REQUESTS | ANYTHING,
)  # fmt: skip


def written(value: Any) -> str:
    """As JSON; a lone surrogate as the escape that JSON has for it."""
    return json.dumps(value)


@st.composite
def mangled(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> bytes:
    """JSON with some of its bytes put out of order."""
    content = bytearray(written(draw(values)).encode())
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(st.integers(0, len(content))), draw(st.integers(0, len(content)))))
        content[start:end] = draw(st.binary(max_size=4) | st.just(bytes(content[start:end]) * 2))
    return bytes(content)


def sent(values: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """What a body or a message may hold."""
    return st.one_of(
        values.map(written).map(str.encode), mangled(values), ANYTHING.map(written).map(str.encode), st.binary()
    )


# ---------------------------------------------------------------- answers

CODES = {*ProblemCode, *table(section(DOCS / "front-end.md", "Top-level errors"))} - {"INTERNAL_SERVER_ERROR"}
INSIDES = re.compile(
    r"\.py\b|Traceback|<class |<\w+ object|object at 0x|site-packages|NoneType|\bself\b|\w(?:Error|Exception)\b"
    r"|\b(?:strawberry|graphql|starlette|tortoise|uvicorn|orjson|resolvers|models|transport|execution)\.\w"
    r"|\b(?:SELECT|INSERT|UPDATE|DELETE) |\bsqlite|\basyncpg|\bpostgres|constraint|int\(\)|not supported between",
    re.IGNORECASE,
)


def told(content: str, asked: str) -> None:
    """What an answer says: its errors are ones that our pages explain, in words that show nothing of our insides."""
    answers = json.loads(content)
    for answer in answers if isinstance(answers, list) else [answers]:
        result = answer.get("payload", answer)  # as an event of a stream that is shared
        assert "data" in result or result.get("errors") or answer.keys() == {"id"}, answer
        for error in result.get("errors", []):
            explained(error, asked)


def explained(error: Any, asked: str) -> None:
    assert error["extensions"]["code"] in CODES, error
    assert error["message"], error
    shown(error["message"], asked)


def shown(message: str, asked: str) -> None:
    """What a client is told; it may quote what the client said."""
    assert [found for found in INSIDES.findall(message) if found.lower() not in asked.lower()] == [], message
