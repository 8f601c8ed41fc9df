"""The sections of the GraphQL specification on execution, each as a client sees it, compiled and not."""

import asyncio
from typing import Any

import pytest
from strawberry.schema.exceptions import CannotGetOperationTypeError

from tests.execution import sample

COMPILED, REFERENCE = sample.schema(), sample.schema(compiled=False)


@pytest.fixture(params=[COMPILED, REFERENCE], ids=["compiled", "graphql-core"])
def schema(request: pytest.FixtureRequest) -> Any:
    return request.param


def run(schema: Any, text: str, variables: dict[str, Any] | None = None, **viewer: Any) -> Any:
    return asyncio.run(schema.execute(text, variables, sample.Viewer(**viewer)))


def data(schema: Any, text: str, variables: dict[str, Any] | None = None) -> Any:
    result = run(schema, text, variables)
    assert result.errors is None
    if schema is COMPILED:
        operation: Any = schema.documents[text].operation(None)
        assert operation.runs > operation.fallbacks
    return result.data


def test_6_1_requests_need_an_operation_that_is_there(schema: Any) -> None:
    with pytest.raises(CannotGetOperationTypeError):
        asyncio.run(schema.execute("query A { viewer }", operation_name="B"))


def test_6_1_1_a_document_that_is_not_valid_is_not_run(schema: Any) -> None:
    viewer = sample.Viewer()

    result = asyncio.run(schema.execute("{ viewer unknown }", None, viewer))

    assert result.data is None
    assert "unknown" in result.errors[0].message
    assert viewer.calls == []


def test_6_1_2_variables_are_coerced_with_their_defaults(schema: Any) -> None:
    text = "query ($n: Int = 1, $order: Order = OLDEST) { comments(first: $n, order: $order) { id } }"

    assert data(schema, text) == {"comments": [{"id": "c2"}]}
    assert data(schema, text, {"n": 2}) == {"comments": [{"id": "c2"}, {"id": "c1"}]}
    assert data(schema, text, {"order": "NEWEST"}) == {"comments": [{"id": "c0"}]}


def test_6_1_2_a_variable_that_cannot_be_coerced_ends_the_request(schema: Any) -> None:
    result = run(schema, "query ($n: Int!) { comments(first: $n) { id } }", {"n": "many"})

    assert result.data is None
    assert "$n" in result.errors[0].message


@pytest.mark.parametrize("given", [{}, {"n": None}])
def test_6_1_2_a_variable_that_may_not_be_null_has_to_be_given(schema: Any, given: dict[str, Any]) -> None:
    result = run(schema, "query ($n: Int!) { viewer comments(first: $n) { id } }", given)

    assert result.data is None
    assert "$n" in result.errors[0].message


def test_6_2_1_a_query_answers_with_its_root_s_fields(schema: Any) -> None:
    assert data(schema, "{ __typename viewer nothing }") == {
        "__typename": "Query",
        "viewer": "anyone",
        "nothing": None,
    }


def test_6_2_2_mutations_run_in_order(schema: Any) -> None:
    assert run(schema, "mutation { a: bump(by: 1) b: bump(by: 2) c: bump(by: 3) }").data == {
        "a": 2,
        "b": 3,
        "c": 4,
    }


def test_6_2_3_each_event_of_a_subscription_is_executed(schema: Any) -> None:
    async def events() -> list[Any]:
        stream = await schema.subscribe("subscription { x: told { id author { name } } }", None, sample.Viewer())
        return [result.data async for result in stream]

    assert asyncio.run(events()) == [
        {"x": {"id": "c0", "author": {"name": "Person c0"}}},
        {"x": {"id": "c1", "author": None}},
    ]


def test_6_2_3_1_a_stream_that_can_not_begin_is_answered_with_the_error(schema: Any) -> None:
    async def only() -> Any:
        stream = await schema.stream("subscription ($n: Int!) { told(count: $n) { id } }", {"n": "x"}, sample.Viewer())
        return [result async for result in stream]

    (result,) = asyncio.run(only())
    assert result.data is None
    assert "$n" in result.errors[0].message


def test_6_2_3_2_an_event_that_fails_does_not_end_the_stream(schema: Any) -> None:
    async def events() -> list[Any]:
        viewer = sample.Viewer(mischief={"loaded": "raise"})
        stream = await schema.subscribe("subscription { told { id loaded { id } } }", None, viewer)
        return [(result.data, [error.path for error in result.errors]) async for result in stream]

    assert asyncio.run(events()) == [(None, [["told", "loaded"]])] * 2


def test_6_2_3_3_who_stops_listening_is_told_no_more(schema: Any) -> None:
    async def stopped() -> list[Any]:
        stream = await schema.subscribe("subscription { told { id } }", None, sample.Viewer())
        await anext(stream)
        await stream.aclose()
        return [result async for result in stream]

    assert asyncio.run(stopped()) == []


def test_6_3_fields_come_in_the_order_that_they_are_met(schema: Any) -> None:
    told = data(schema, "{ b: viewer ...F a: viewer viewer } fragment F on Query { nothing viewer b: viewer }")

    assert list(told) == ["b", "nothing", "viewer", "a"]


def test_6_3_order_is_kept_where_values_come_late(schema: Any) -> None:
    told = data(schema, '{ comment(id: "c0") { loaded { id } id replies { total } body } viewer }')

    assert list(told) == ["comment", "viewer"]
    assert list(told["comment"]) == ["loaded", "id", "replies", "body"]


def test_6_3_1_a_query_s_fields_wait_together_and_a_mutation_s_in_turn(schema: Any) -> None:
    viewer = sample.Viewer()
    text = '{ a: comment(id: "c0") { loaded { id } } b: comment(id: "c1") { replies { total } } }'

    asyncio.run(schema.execute(text, None, viewer))

    assert viewer.batches == [["c0", "c1"]]
    assert run(schema, "mutation { b: bump(by: 2) a: bump }").data == {"b": 3, "a": 2}


def test_6_3_2_selections_of_one_field_are_merged(schema: Any) -> None:
    told = data(schema, "{ comments(first: 1) { id author { name } } comments(first: 1) { author { country } } }")

    assert told == {"comments": [{"id": "c0", "author": {"name": "Person c0", "country": "DE"}}]}


@pytest.mark.parametrize(("skip", "include", "there"), [(0, 1, True), (1, 1, False), (0, 0, False), (1, 0, False)])
def test_6_3_2_skip_and_include_decide_together(schema: Any, skip: int, include: int, there: bool) -> None:
    text = "query ($s: Boolean!, $i: Boolean!) { viewer nothing @skip(if: $s) @include(if: $i) }"

    assert ("nothing" in data(schema, text, {"s": bool(skip), "i": bool(include)})) is there


def test_6_3_2_whole_fragments_are_skipped(schema: Any) -> None:
    text = "{ ... @skip(if: true) { viewer } ...F @include(if: false) nothing } fragment F on Query { viewer }"

    assert data(schema, text) == {"nothing": None}


def test_6_3_2_fragments_apply_by_type(schema: Any) -> None:
    text = """{ happenings {
        __typename ... on Node { id } ... on Voted { votes } ... on Update { title } ... on Pledge { amount }
    } }"""

    assert data(schema, text)["happenings"][1:] == [
        {"__typename": "Comment", "id": "c1", "votes": 6},
        {"__typename": "Update", "id": "u0", "votes": 7, "title": "We won"},
        {"__typename": "Update", "id": "u1", "votes": 7, "title": "Still waiting"},
        {"__typename": "Pledge", "amount": 50},
    ]


def test_6_4_1_arguments_are_coerced(schema: Any) -> None:
    text = """query ($mood: Mood, $word: String!) { comments(first: 1) {
        a: matches(given: {})
        b: matches(given: {mood: null, words: "one", least: 3}, moods: [ANGER, GRIEF])
        c: matches(given: {mood: $mood, words: [$word, "z"]}, moods: ANGER)
    } }"""

    (told,) = data(schema, text, {"mood": "ANGER", "word": "w"})["comments"]
    assert told == {
        "a": ["Mood.HOPE", "0"],
        "b": ["None", "one", "3", "Mood.ANGER", "Mood.GRIEF"],
        "c": ["Mood.ANGER", "w", "z", "0", "Mood.ANGER"],
    }


def test_6_4_1_an_argument_left_out_null_and_given_by_default_differ(schema: Any) -> None:
    text = """query ($absent: String, $null: String, $default: String = "d") { comments(first: 1) {
        a: shout b: shout(mark: null) c: shout(mark: $absent) d: shout(mark: $null) e: shout(mark: $default)
    } }"""

    (told,) = data(schema, text, {"null": None})["comments"]
    assert list(told.values()) == [
        "COMMENT C0!",
        "COMMENT C0None",
        "COMMENT C0!",
        "COMMENT C0None",
        "COMMENT C0d",
    ]


def test_6_4_2_a_value_is_an_attribute_or_what_a_resolver_gives_now_or_later(schema: Any) -> None:
    text = '{ comment(id: "c00") { body shout loaded { id } loudLater } }'

    assert data(schema, text) == {
        "comment": {"body": "comment c00", "shout": "COMMENT C00!", "loaded": [], "loudLater": "COMMENT C00"}
    }


def test_6_4_3_scalars_and_enums_are_written_as_the_schema_says(schema: Any) -> None:
    text = "{ comments(first: 1) { votes score isPinned createdAt day amount mood slug tags grid extra } }"

    assert data(schema, text)["comments"] == [
        {
            "votes": 6,
            "score": 0.5,
            "isPinned": False,
            "createdAt": "2026-03-01T09:30:00+00:00",
            "day": "2026-03-01",
            "amount": "12.50",
            "mood": "HOPE",
            "slug": "a-slug",
            "tags": ["a", "b"],
            "grid": [[1, 2], None, [3]],
            "extra": {"k": [1, {"n": None}]},
        }
    ]


def test_6_4_3_lists_may_be_any_iterable_and_hold_null(schema: Any) -> None:
    told = data(schema, "{ nodes { __typename id } }")["nodes"]

    assert told[1:4] == [{"__typename": "Update", "id": "u1"}, None, {"__typename": "Comment", "id": "c0"}]


def test_6_4_3_abstract_types_are_resolved(schema: Any) -> None:
    assert data(schema, "{ voted { __typename votes ... on Update { title } } }") == {
        "voted": {"__typename": "Update", "votes": 7, "title": "We won"}
    }


def test_6_4_4_an_error_makes_its_field_null(schema: Any) -> None:
    result = run(schema, "{ comments(first: 1) { id shout } }", mischief={"shout": "raise"})

    assert result.data == {"comments": [{"id": "c0", "shout": None}]}
    assert result.errors[0].formatted == {
        "message": "shout broke",
        "locations": [{"line": 1, "column": 27}],
        "path": ["comments", 0, "shout"],
    }


def test_6_4_4_an_error_of_what_may_not_be_null_goes_up_to_what_may(schema: Any) -> None:
    text = '{ viewer comment(id: "c0") { id loaded { id } } }'

    result = run(schema, text, mischief={"loaded": "raise"})

    assert result.data == {"viewer": "anyone", "comment": None}
    assert [error.path for error in result.errors] == [["comment", "loaded"]]


def test_6_4_4_an_error_may_take_all_the_data(schema: Any) -> None:
    result = run(schema, "{ nothing viewer }", mischief={"viewer": "null"})

    assert result.data is None
    assert [error.path for error in result.errors] == [["viewer"]]


NULLS = {
    "an item that may be null": ("nodes { ... on Comment { body } }", "body", None, {"nodes": [{}, {}, None, None]}),
    "a list of lists": ("comments { grid }", "grid", [[1, None], [2]], {"comments": [{"grid": [None, [2]]}]}),
    "a list that may not be null": ("viewer comments { tags }", "tags", ["a", None], None),
    "a list that is none": ("viewer comments { tags }", "tags", 7, None),
    "a leaf that can't be written": ("viewer comments { votes }", "votes", "many", None),
}


@pytest.mark.parametrize("name", NULLS)
def test_6_4_4_null_goes_up_through_lists(schema: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fields, attribute, value, expected = NULLS[name]
    monkeypatch.setattr(sample, "COMMENTS", sample.COMMENTS[:1])
    monkeypatch.setattr(sample.COMMENTS[0], attribute, value)

    result = run(schema, f"{{ {fields} }}")

    assert result.data == expected
    assert len(result.errors) == 1


def test_6_4_4_of_a_type_that_can_not_be_told_nothing_is_shown(schema: Any) -> None:
    result = run(schema, "{ viewer voted { votes } }", mischief={"voted": "odd"})

    assert result.data is None
    assert result.errors[0].path == ["voted"]
