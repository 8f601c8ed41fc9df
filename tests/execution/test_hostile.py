"""Whatever is sent, it's answered soon and leaves the process no bigger."""

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
FEW = 1_000_000  # calls and returns; a walk of every path of the first document would take a hundred million


def nested(count: int, body: str) -> str:
    """Fragments that each spread the next one twice."""
    made = [f"fragment F{n} on Comment {{ {body.replace('NEXT', f'...F{n + 1}')} }}" for n in range(count)]
    return " ".join(["{ comments { ...F0 } }", *made, f"fragment F{count} on Comment {{ id }}"])


HOSTILE = {
    "fragments spread twice in fields": nested(25, "a: loaded { NEXT } b: loaded { NEXT }"),
    "fragments spread twice": nested(25, "NEXT NEXT id"),
    "more fragments": nested(59, "NEXT NEXT NEXT id"),
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


def steps(text: str) -> int:
    """The calls that answering takes: the same on every machine, however busy it is."""
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
def test_a_hostile_document_is_refused_after_few_steps(name: str) -> None:
    assert steps(HOSTILE[name]) < FEW


def test_what_is_compiled_grows_with_the_text_and_not_with_its_paths() -> None:
    unlimited = sample.schema(limits=None)

    told = execution.explain(unlimited, nested(12, "a: loaded { NEXT } b: loaded { NEXT }"))

    assert told.source is not None
    assert len(told.source) < 60_000


def test_ever_new_documents_leave_memory_bounded() -> None:
    known = DocumentCache(LIMITED._schema, Limits(), max_documents=100, max_characters=10_000)

    def meet(numbers: range) -> int:
        for number in numbers:
            known[f"{{ a{number}: viewer }}"].operation(None)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    first = meet(range(300))
    second = meet(range(300, 1_500))
    tracemalloc.stop()

    assert len(known) == 100
    assert second < first * 1.2


def test_a_hundred_thousand_texts_are_not_remembered() -> None:
    known = DocumentCache(LIMITED._schema, Limits(), max_documents=1_000, max_characters=20_000)

    for number in range(100_000):
        known[f"}}{number}"]

    assert len(known) <= 1_000
    assert known.characters <= 20_000


def test_ever_new_queries_leave_every_memory_within_its_bounds() -> None:
    """100,000 that run, in the long mode."""
    schema = sample.schema(documents=50, characters=2_000)
    known, viewer = schema.documents, sample.Viewer()

    async def meet() -> None:
        for number in range(100_000 if os.environ.get("LONG") == "1" else 500):
            result = await schema.execute(f"{{ a{number}: viewer }}", None, viewer)
            assert result.errors is None
            assert known.characters == sum(map(len, known._documents)) <= 2_000
            assert len(known) <= 50
            assert len(known.compiled) <= 50

    asyncio.run(meet())
    assert all(len(document._costs) == len(document._operations) == 1 for document in known._documents.values())


def test_the_texts_used_last_are_remembered() -> None:
    known = DocumentCache(LIMITED._schema, Limits(), max_documents=2, max_characters=1_000)
    kept = known["{ viewer }"]

    for text in ("{ a: viewer }", "{ viewer }", "{ b: viewer }"):
        known[text]

    assert known["{ viewer }"] is kept
    assert "{ a: viewer }" not in known


def test_only_so_many_compiled_functions_are_kept_for_all_documents_together() -> None:
    schema = sample.schema(documents=20)

    for number in range(30):
        text = f"query ($x: Boolean!) {{ a{number}: viewer viewer @include(if: $x) }}"
        for chosen in (True, False):
            asyncio.run(schema.execute(text, {"x": chosen}, sample.Viewer()))

    known = schema.documents
    assert len(known) == 20
    assert len(known.compiled) == 20
    assert all(known.compiled.get(*key) for key in list(known.compiled._compiled))


def test_ever_new_variables_do_not_fill_a_document() -> None:
    text = "query ($n: Int!) { comments(first: $n) { id } }"

    for number in range(200):
        asyncio.run(LIMITED.execute(text, {"n": number}, sample.Viewer()))
        assert LIMITED.documents[text].operation(f"no{number}") is None

    document = LIMITED.documents[text]
    assert len(document._costs) <= 64
    assert len(document._operations) == 1
