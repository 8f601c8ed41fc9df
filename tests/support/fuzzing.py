"""Fuzzing: strategies for documents, requests and messages, valid or not, and checks that hold for every response."""

import json
import re
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis_graphql import Mode, from_schema, nodes, queries

from refusals import ProblemCode
from resolvers.ids import global_id
from tests.support.docs import DOCS, section, table

CURSOR_PLACEHOLDER = "a cursor that is good"
"""A test replaces this in a document by a valid cursor of its server."""

# ---------------------------------------------------------------- documents of our schema

ROWS = [
    *((name, number) for name in ("Campaign", "Comment", "Supporter", "Activity") for number in (1, 2, 3)),
    *((name, 1) for name in ("Campaign", "Comment") * 4),
    *((name, 1) for name in ("CampaignUpdate", "Signature", "Partner", "Nothing")),
    ("Comment", 2**63 - 1),
]
# computed while a server runs, whose key some ids are sealed with
IDS = st.sampled_from(ROWS).map(lambda row: global_id(*row)) | st.sampled_from(
    ["", "Q", "Q29tbWVudDow", "U3VwcG9ydGVyOjE", "Comment:1", "\x00", "é"]
)
STRINGS = st.text(max_size=20)


def _values(*values: str, others: st.SearchStrategy[Any] = STRINGS) -> st.SearchStrategy[Any]:
    return (st.sampled_from(values) | others).map(nodes.String)


SCALARS = {
    "Id": IDS.map(nodes.String),
    "Cursor": _values(CURSOR_PLACEHOLDER, CURSOR_PLACEHOLDER, "", "bm8"),
    "Size": st.sampled_from([1, 1, 2, 3, 100, 101, 0, -1, 2**31 - 1]).map(nodes.Int),
    "Key": _values("one", "two", "three"),
    "CountryCode": _values("DE", "de", "XX"),
    "CurrencyCode": _values("EUR", "usd"),
    "Date": _values("2000-02-29", "0001-01-01", "9999-12-31", others=st.dates().map(str)),
    "DateTime": _values("2000-02-29T23:59:60Z", "2000-01-01", others=st.datetimes().map(lambda at: at.isoformat())),
    "EmailAddress": _values("ada@example.org", others=st.emails()),
    "SafeInt": st.sampled_from([0, 1, -1, 500, 2**31, 2**53 - 1, 2**53, -(2**53), 2**64]).map(nodes.Int),
    "URL": _values("https://example.org/a", "javascript:alert(1)", "//example.org"),
}


def _with_hints(sdl: str) -> str:
    """Replace types in the SDL by scalars of our own, so that the strategies generate valid ids and cursors too."""
    sdl = re.sub(r"\bID\b", "Id", sdl)
    sdl = re.sub(r"\b(after|before): String", r"\1: Cursor", sdl)
    sdl = re.sub(r"\b(first|last): Int", r"\1: Size", sdl)
    sdl = re.sub(r"\b(idempotencyKey): String", r"\1: Key", sdl)
    return sdl + "\nscalar Id scalar Cursor scalar Size scalar Key"


SDL = _with_hints((Path(__file__).resolve().parents[2] / "schema" / "schema.graphql").read_text())
SUBSCRIPTIONS = st.builds(
    "subscription S {{ {0}activity(campaignId: {1}, kinds: {2}, after: {3}, threadId: {4}) {{ cursor {5} }} }}".format,
    st.sampled_from(["", "", "", "other: "]),
    IDS.map(json.dumps),
    st.sampled_from(["null", "[]", "[COMMENTED]", "[COMMENTED, COMMENTED]", "[NONE]"]),
    st.sampled_from(["null", json.dumps(CURSOR_PLACEHOLDER), '""', '"bm8"']),
    st.sampled_from(["null", "null"]) | IDS.map(json.dumps),
    st.sampled_from(
        ["", "__typename", "activity { ... on CommentActivity { comment { id } } }", "activity { nothing }", "...S"]
    ),
)
DOCUMENTS = from_schema(SDL, custom_scalars=SCALARS)
LIST_QUERIES = queries(SDL, custom_scalars=SCALARS, fields=("campaigns", "node", "moderationQueue"))
VIOLATIONS = from_schema(SDL, custom_scalars=SCALARS, mode=Mode.NEGATIVE)
SYNTAX_PIECES = st.sampled_from(
    [
        *("{}[]()!:=|&@$\"'\\#,"), "...", '"""', "\ufeff", "\x00", "\ud800", "\\ud800", " ", "\n", "@skip(if: true)",
        *("fragment F on Comment { ...F }", "...F", "...on Comment{id}", "query Q($v: ID! = null) {", "__typename"),
        *("subscription ", "mutation ", "query ", "null", "true", "1e999", "9" * 400, "-0", "[[[[", "{{{{", "__schema"),
        *("@include(if: $v)", "@requires(scope: READ)", "@defer", "@stream", "extend ", "type T { a: Int }", "schema"),
    ]
)  # fmt: skip


@st.composite
def damaged_documents(draw: st.DrawFn, whole: st.SearchStrategy[str] = DOCUMENTS | SUBSCRIPTIONS) -> str:
    """Generate a document with parts removed, inserted or repeated."""
    text = draw(whole)
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        inserted = draw(st.just(text[start:end] * 2) | SYNTAX_PIECES | st.text(max_size=3))
        text = text[:start] + inserted + text[end:]
    return text


QUERIES = st.one_of(DOCUMENTS, LIST_QUERIES, LIST_QUERIES, VIOLATIONS, damaged_documents(), SUBSCRIPTIONS, st.text())

# ---------------------------------------------------------------- JSON and bytes

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | SYNTAX_PIECES, inner, max_size=3),
    max_leaves=6,
)


def _object(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=dict(parts))


VARIABLES = st.dictionaries(st.sampled_from(["v", "id", "input", "first"]), ANY_JSON, max_size=3)
HASHES = st.sampled_from(["0" * 64, "", "x"]) | ANY_JSON
REQUESTS = _object(
    query=st.one_of(QUERIES, QUERIES, QUERIES, ANY_JSON),
    variables=VARIABLES | ANY_JSON,
    operationName=st.sampled_from([None, "", "S", "Q"]) | ANY_JSON,
    extensions=ANY_JSON
    | _object(cost=ANY_JSON, persistedQuery=_object(version=st.just(1) | ANY_JSON, sha256Hash=HASHES)),
)
MESSAGES = _object(
    type=st.sampled_from(["subscribe"] * 3 + ["connection_init", "complete", "ping", "pong", "next"]) | ANY_JSON,
    id=st.sampled_from(["a", "b", ""]) | ANY_JSON,
    payload=REQUESTS | ANY_JSON,
)  # fmt: skip


def to_json(value: Any) -> str:
    """Encode as JSON; a lone surrogate becomes an escape."""
    return json.dumps(value)


@st.composite
def corrupted_json(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> bytes:
    """Generate JSON with some of its bytes replaced or repeated."""
    content = bytearray(to_json(draw(values)).encode())
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(st.integers(0, len(content))), draw(st.integers(0, len(content)))))
        content[start:end] = draw(st.binary(max_size=4) | st.just(bytes(content[start:end]) * 2))
    return bytes(content)


def byte_contents(values: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Generate the bytes of a body or a message: JSON of these values, corrupted JSON, other JSON, or any bytes."""
    return st.one_of(
        values.map(to_json).map(str.encode), corrupted_json(values), ANY_JSON.map(to_json).map(str.encode), st.binary()
    )


# ---------------------------------------------------------------- checks of responses

DOCUMENTED_CODES = {*ProblemCode, *table(section(DOCS / "front-end.md", "Top-level errors"))} - {
    "INTERNAL_SERVER_ERROR"
}
INTERNALS = re.compile(
    r"\.py\b|Traceback|<class |<\w+ object|object at 0x|site-packages|NoneType|\bself\b|\w(?:Error|Exception)\b"
    r"|\b(?:strawberry|graphql|starlette|tortoise|uvicorn|orjson|resolvers|models|transport|execution)\.\w"
    r"|\b(?:SELECT|INSERT|UPDATE|DELETE) |\bsqlite|\basyncpg|\bpostgres|constraint|int\(\)|not supported between",
    re.IGNORECASE,
)


def check_body(content: str, request: str) -> None:
    """Check a response body: each error has a documented code, and a message that shows no internals."""
    parsed = json.loads(content)
    for item in parsed if isinstance(parsed, list) else [parsed]:
        result = item.get("payload", item)  # an event of a shared stream has a payload
        assert "data" in result or result.get("errors") or item.keys() == {"id"}, item
        for error in result.get("errors", []):
            check_error(error, request)


def check_error(error: Any, request: str) -> None:
    assert error["extensions"]["code"] in DOCUMENTED_CODES, error
    assert error["message"], error
    check_message(error["message"], request)


def check_message(message: str, request: str) -> None:
    """Check that a message shows no internals, unless these are quoted from the request."""
    assert [found for found in INTERNALS.findall(message) if found.lower() not in request.lower()] == [], message
