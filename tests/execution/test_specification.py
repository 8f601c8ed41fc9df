"""The execution chapter of the GraphQL specification, by section, with compiled execution on and off."""

import asyncio
from typing import Any

import pytest
from strawberry.schema.exceptions import CannotGetOperationTypeError

from tests.execution import sample

COMPILED, REFERENCE = sample.schema(), sample.schema(compiled=False)


@pytest.fixture(params=[COMPILED, REFERENCE], ids=["compiled", "graphql-core"])
def schema(request: pytest.FixtureRequest) -> Any:
    return request.param


def run(schema: Any, text: str, variables: dict[str, Any] | None = None, **options: Any) -> Any:
    return asyncio.run(schema.execute(text, variables, sample.Viewer(**options)))


def data(schema: Any, text: str, variables: dict[str, Any] | None = None) -> Any:
    result = run(schema, text, variables)
    assert result.errors is None
    if schema is COMPILED:
        operation: Any = schema.documents[text].operation(None)
        assert operation.runs > operation.fallbacks
    return result.data


def test_6_1_unknown_operation_name_is_refused(schema: Any) -> None:
    with pytest.raises(CannotGetOperationTypeError):
        asyncio.run(schema.execute("query A { viewer }", operation_name="B"))


def test_6_1_1_invalid_document_is_not_run(schema: Any) -> None:
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


def test_6_1_2_variable_of_wrong_type_ends_the_request(schema: Any) -> None:
    result = run(schema, "query ($n: Int!) { comments(first: $n) { id } }", {"n": "many"})

    assert result.data is None
    assert "$n" in result.errors[0].message


@pytest.mark.parametrize("variables", [{}, {"n": None}])
def test_6_1_2_non_null_variable_is_required(schema: Any, variables: dict[str, Any]) -> None:
    result = run(schema, "query ($n: Int!) { viewer comments(first: $n) { id } }", variables)

    assert result.data is None
    assert "$n" in result.errors[0].message


def test_6_2_1_query_answers_with_its_root_fields(schema: Any) -> None:
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


def test_6_2_3_each_event_is_executed(schema: Any) -> None:
    async def events() -> list[Any]:
        stream = await schema.subscribe("subscription { x: posted { id author { name } } }", None, sample.Viewer())
        return [result.data async for result in stream]

    assert asyncio.run(events()) == [
        {"x": {"id": "c0", "author": {"name": "Person c0"}}},
        {"x": {"id": "c1", "author": None}},
    ]


def test_6_2_3_1_subscription_that_cannot_start_answers_with_an_error(schema: Any) -> None:
    async def only() -> Any:
        stream = await schema.stream(
            "subscription ($n: Int!) { posted(count: $n) { id } }", {"n": "x"}, sample.Viewer()
        )
        return [result async for result in stream]

    (result,) = asyncio.run(only())
    assert result.data is None
    assert "$n" in result.errors[0].message


def test_6_2_3_2_event_with_error_does_not_end_the_stream(schema: Any) -> None:
    async def events() -> list[Any]:
        viewer = sample.Viewer(faults={"loaded": "raise"})
        stream = await schema.subscribe("subscription { posted { id loaded { id } } }", None, viewer)
        return [(result.data, [error.path for error in result.errors]) async for result in stream]

    assert asyncio.run(events()) == [(None, [["posted", "loaded"]])] * 2


def test_6_2_3_3_closed_stream_has_no_more_events(schema: Any) -> None:
    async def stopped() -> list[Any]:
        stream = await schema.subscribe("subscription { posted { id } }", None, sample.Viewer())
        await anext(stream)
        await stream.aclose()
        return [result async for result in stream]

    assert asyncio.run(stopped()) == []


def test_6_3_fields_keep_the_order_of_the_document(schema: Any) -> None:
    answer = data(schema, "{ b: viewer ...F a: viewer viewer } fragment F on Query { nothing viewer b: viewer }")

    assert list(answer) == ["b", "nothing", "viewer", "a"]


def test_6_3_awaited_values_keep_the_order_of_fields(schema: Any) -> None:
    answer = data(schema, '{ comment(id: "c0") { loaded { id } id replies { total } body } viewer }')

    assert list(answer) == ["comment", "viewer"]
    assert list(answer["comment"]) == ["loaded", "id", "replies", "body"]


def test_6_3_1_query_fields_are_batched_and_mutation_fields_run_in_turn(schema: Any) -> None:
    viewer = sample.Viewer()
    text = '{ a: comment(id: "c0") { loaded { id } } b: comment(id: "c1") { replies { total } } }'

    asyncio.run(schema.execute(text, None, viewer))

    assert viewer.batches == [["c0", "c1"]]
    assert run(schema, "mutation { b: bump(by: 2) a: bump }").data == {"b": 3, "a": 2}


def test_6_3_2_selections_of_one_field_are_merged(schema: Any) -> None:
    answer = data(schema, "{ comments(first: 1) { id author { name } } comments(first: 1) { author { country } } }")

    assert answer == {"comments": [{"id": "c0", "author": {"name": "Person c0", "country": "DE"}}]}


@pytest.mark.parametrize(("skip", "include", "expected"), [(0, 1, True), (1, 1, False), (0, 0, False), (1, 0, False)])
def test_6_3_2_skip_and_include_combine(schema: Any, skip: int, include: int, expected: bool) -> None:
    text = "query ($s: Boolean!, $i: Boolean!) { viewer nothing @skip(if: $s) @include(if: $i) }"

    assert ("nothing" in data(schema, text, {"s": bool(skip), "i": bool(include)})) is expected


def test_6_3_2_fragments_can_be_skipped(schema: Any) -> None:
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
        a: matches(filterBy: {})
        b: matches(filterBy: {mood: null, words: "one", minimum: 3}, moods: [ANGER, GRIEF])
        c: matches(filterBy: {mood: $mood, words: [$word, "z"]}, moods: ANGER)
    } }"""

    (answer,) = data(schema, text, {"mood": "ANGER", "word": "w"})["comments"]
    assert answer == {
        "a": ["Mood.HOPE", "0"],
        "b": ["None", "one", "3", "Mood.ANGER", "Mood.GRIEF"],
        "c": ["Mood.ANGER", "w", "z", "0", "Mood.ANGER"],
    }


def test_6_4_1_omitted_null_and_default_arguments_differ(schema: Any) -> None:
    text = """query ($absent: String, $null: String, $default: String = "d") { comments(first: 1) {
        a: shout b: shout(mark: null) c: shout(mark: $absent) d: shout(mark: $null) e: shout(mark: $default)
    } }"""

    (answer,) = data(schema, text, {"null": None})["comments"]
    assert list(answer.values()) == [
        "COMMENT C0!",
        "COMMENT C0None",
        "COMMENT C0!",
        "COMMENT C0None",
        "COMMENT C0d",
    ]


def test_6_4_2_values_are_attributes_or_results_of_sync_and_async_resolvers(schema: Any) -> None:
    text = '{ comment(id: "c00") { body shout loaded { id } loudAsync } }'

    assert data(schema, text) == {
        "comment": {"body": "comment c00", "shout": "COMMENT C00!", "loaded": [], "loudAsync": "COMMENT C00"}
    }


def test_6_4_3_scalars_and_enums_are_serialized(schema: Any) -> None:
    text = "{ comments(first: 1) { votes score isPinned createdAt day amount mood slug total tags grid extra } }"

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
            "total": 3_000_000_000,
            "tags": ["a", "b"],
            "grid": [[1, 2], None, [3]],
            "extra": {"k": [1, {"n": None}]},
        }
    ]


def test_6_4_3_lists_may_be_any_iterable_and_contain_null(schema: Any) -> None:
    answer = data(schema, "{ nodes { __typename id } }")["nodes"]

    assert answer[1:4] == [{"__typename": "Update", "id": "u1"}, None, {"__typename": "Comment", "id": "c0"}]


def test_6_4_3_abstract_types_are_resolved(schema: Any) -> None:
    assert data(schema, "{ voted { __typename votes ... on Update { title } } }") == {
        "voted": {"__typename": "Update", "votes": 7, "title": "We won"}
    }


def test_6_4_4_error_makes_its_field_null(schema: Any) -> None:
    result = run(schema, "{ comments(first: 1) { id shout } }", faults={"shout": "raise"})

    assert result.data == {"comments": [{"id": "c0", "shout": None}]}
    assert result.errors[0].formatted == {
        "message": "shout broke",
        "locations": [{"line": 1, "column": 27}],
        "path": ["comments", 0, "shout"],
    }


def test_6_4_4_error_in_non_null_field_propagates_to_nullable_parent(schema: Any) -> None:
    text = '{ viewer comment(id: "c0") { id loaded { id } } }'

    result = run(schema, text, faults={"loaded": "raise"})

    assert result.data == {"viewer": "anyone", "comment": None}
    assert [error.path for error in result.errors] == [["comment", "loaded"]]


def test_6_4_4_error_may_propagate_to_the_root(schema: Any) -> None:
    result = run(schema, "{ nothing viewer }", faults={"viewer": "null"})

    assert result.data is None
    assert [error.path for error in result.errors] == [["viewer"]]


NULLS = {
    "nullable item": ("nodes { ... on Comment { body } }", "body", None, {"nodes": [{}, {}, None, None]}),
    "list of lists": ("comments { grid }", "grid", [[1, None], [2]], {"comments": [{"grid": [None, [2]]}]}),
    "non-null list": ("viewer comments { tags }", "tags", ["a", None], None),
    "not a list": ("viewer comments { tags }", "tags", 7, None),
    "leaf that cannot be serialized": ("viewer comments { votes }", "votes", "many", None),
}


@pytest.mark.parametrize("name", NULLS)
def test_6_4_4_null_propagates_through_lists(schema: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fields, attribute, value, expected = NULLS[name]
    monkeypatch.setattr(sample, "COMMENTS", sample.COMMENTS[:1])
    monkeypatch.setattr(sample.COMMENTS[0], attribute, value)

    result = run(schema, f"{{ {fields} }}")

    assert result.data == expected
    assert len(result.errors) == 1


def test_6_4_4_value_of_unknown_type_is_an_error(schema: Any) -> None:
    result = run(schema, "{ viewer voted { votes } }", faults={"voted": "odd"})

    assert result.data is None
    assert result.errors[0].path == ["voted"]
