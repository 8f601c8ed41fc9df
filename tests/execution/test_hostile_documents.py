"""Hostile documents are refused after few steps, and no stream of new documents grows memory without bound."""

import asyncio
import gc
import os
import sys
import tracemalloc

import pytest

import execution
from execution.documents import DocumentCache
from execution.limits import Limits
from tests.execution import sample

LIMITED = sample.schema(limits=execution.Limits())
MAX_STEPS = 1_000_000  # calls and returns; walking every path of the first document would take a hundred million


def nested_fragments(count: int, body: str) -> str:
    """Return a query with fragments that each spread the next one, at each NEXT in the body."""
    made = [f"fragment F{n} on Comment {{ {body.replace('NEXT', f'...F{n + 1}')} }}" for n in range(count)]
    return " ".join(["{ comments { ...F0 } }", *made, f"fragment F{count} on Comment {{ id }}"])


HOSTILE = {
    "fragments spread twice in fields": nested_fragments(25, "a: loaded { NEXT } b: loaded { NEXT }"),
    "fragments spread twice": nested_fragments(25, "NEXT NEXT id"),
    "more fragments": nested_fragments(59, "NEXT NEXT NEXT id"),
    "aliases": "{ " + " ".join(f"a{number}: viewer" for number in range(600)) + " }",
    "aliases of objects": "{ " + " ".join(f"a{n}: comments {{ id }}" for n in range(99)) + " }",
    "one field again and again": "{ " + "viewer " * 1_900 + "}",
    "deep": "{ comments " + "{ loaded " * 150 + "{ id }" + "}" * 151,
    "too deep to parse": "{ comments " + "{ loaded " * 600 + "{ id }" + "}" * 601,
    "a cycle": "{ comments { ...A } } fragment A on Comment { loaded { ...B } } "
    "fragment B on Comment { loaded { ...A } }",
    "a huge page": "{ comments(first: 2000000000) { loaded { loaded { id } } } }",
    "directives": "{ viewer " + "@skip(if: false) " * 300 + "}",
    "a flood of tokens": "{ " + "viewer " * 100_000 + "}",
    "white space": " " * 1_000_000 + "{ viewer }",
    "a long string": '{ comment(id: "' + "x" * 100_000 + '") { id } }',
    "brackets": "{ comment(id: " + "[" * 900 + "]" * 900 + ") { id } }",
    "braces": "{" * 1_900,
}


def count_steps(text: str) -> int:
    """Count the function calls of one execution, which do not depend on the machine's speed."""
    made = 0

    def count(*_: object) -> None:
        nonlocal made
        made += 1

    sys.setprofile(count)
    try:
        result = asyncio.run(LIMITED.execute(text, context_value=sample.Viewer()))
    finally:
        sys.setprofile(None)
    assert result.data is None
    assert result.errors
    return made


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_document_is_refused_after_few_steps(name: str) -> None:
    assert count_steps(HOSTILE[name]) < MAX_STEPS


def test_generated_source_grows_with_the_text_not_with_its_paths() -> None:
    unlimited = sample.schema(limits=None)

    explanation = execution.explain(unlimited, nested_fragments(12, "a: loaded { NEXT } b: loaded { NEXT }"))

    assert explanation.source is not None
    assert len(explanation.source) < 60_000


def test_memory_is_bounded_for_new_documents() -> None:
    cache = DocumentCache(LIMITED._schema, Limits(), max_documents=100, max_characters=10_000)

    def run_new(numbers: range) -> int:
        for number in numbers:
            cache[f"{{ a{number}: viewer }}"].operation(None)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    first = run_new(range(300))
    second = run_new(range(300, 1_500))
    tracemalloc.stop()

    assert len(cache) == 100
    assert second < first * 1.2


def test_cache_is_bounded_for_a_hundred_thousand_texts() -> None:
    cache = DocumentCache(LIMITED._schema, Limits(), max_documents=1_000, max_characters=20_000)

    for number in range(100_000):
        cache[f"}}{number}"]

    assert len(cache) <= 1_000
    assert cache.characters <= 20_000


def test_every_cache_is_bounded_for_new_queries() -> None:
    """With LONG=1, for 100,000 queries."""
    schema = sample.schema(documents=50, characters=2_000)
    cache, viewer = schema.documents, sample.Viewer()

    async def run_new() -> None:
        for number in range(100_000 if os.environ.get("LONG") == "1" else 500):
            result = await schema.execute(f"{{ a{number}: viewer }}", None, viewer)
            assert result.errors is None
            assert cache.characters == sum(map(len, cache._documents)) <= 2_000
            assert len(cache) <= 50
            assert len(cache.compiled) <= 50

    asyncio.run(run_new())
    assert all(len(document._costs) == len(document._operations) == 1 for document in cache._documents.values())


def test_recently_used_texts_stay_cached() -> None:
    cache = DocumentCache(LIMITED._schema, Limits(), max_documents=2, max_characters=1_000)
    document = cache["{ viewer }"]

    for text in ("{ a: viewer }", "{ viewer }", "{ b: viewer }"):
        cache[text]

    assert cache["{ viewer }"] is document
    assert "{ a: viewer }" not in cache


def test_compiled_operations_of_all_documents_are_bounded() -> None:
    schema = sample.schema(documents=20)

    for number in range(30):
        text = f"query ($x: Boolean!) {{ a{number}: viewer viewer @include(if: $x) }}"
        for chosen in (True, False):
            asyncio.run(schema.execute(text, {"x": chosen}, sample.Viewer()))

    cache = schema.documents
    assert len(cache) == 20
    assert len(cache.compiled) == 20
    assert all(cache.compiled.get(*key) for key in list(cache.compiled._compiled))


def test_cached_costs_of_a_document_are_bounded() -> None:
    text = "query ($n: Int!) { comments(first: $n) { id } }"

    for number in range(200):
        asyncio.run(LIMITED.execute(text, {"n": number}, sample.Viewer()))
        assert LIMITED.documents[text].operation(f"no{number}") is None

    document = LIMITED.documents[text]
    assert len(document._costs) <= 64
    assert len(document._operations) == 1
