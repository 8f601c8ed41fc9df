"""Explain: the generated source of an operation, or the reason why the operation is not compiled."""

import execution
from tests.execution import sample

SCHEMA = sample.schema(limits=execution.Limits())


def test_source_reads_plain_fields_inline_and_calls_resolvers() -> None:
    explanation = execution.explain(SCHEMA, "query Page { comments(first: 2) { id shout(times: 3) author { name } } }")

    assert explanation.source is not None
    assert "def run(root, request):  # query Page" in explanation.source
    assert "'id': v if (v := row.id).__class__ is str else ID_(v)," in explanation.source
    assert "Comment_shout_resolve(row, info=shout_info, times=3, mark='!')" in explanation.source
    assert "'author': None if (v := row.author) is None else Person(v)," in explanation.source
    assert "# points: 7" in str(explanation)


def test_integers_of_a_scalar_with_the_hint_are_read_inline() -> None:
    """Integers above those that CPython compares fastest go through the serializer."""
    source = execution.explain(SCHEMA, "{ comments(first: 2) { total slug } }").source

    fast = "v if (v := row.total).__class__ is int and -1073741823 <= v <= 1073741823 else Total_(v)"
    assert f"'total': {fast}," in str(source)
    assert "'slug': Slug_(row.slug)," in str(source)


def test_source_depends_on_include_variables() -> None:
    text = "query ($x: Boolean!) { viewer nothing @include(if: $x) }"

    assert "nothing" in str(execution.explain(SCHEMA, text, {"x": True}).source)
    assert "nothing" not in str(execution.explain(SCHEMA, text, {"x": False}).source)


def test_operation_that_is_not_compiled_has_a_reason() -> None:
    assert "graphql-core: __schema is for graphql-core" in str(
        execution.explain(SCHEMA, "{ __schema { queryType { name } } }")
    )


def test_source_of_mutation_writes_its_results() -> None:
    assert "mutation_results = {'move': Mutation_move}" in str(
        execution.explain(SCHEMA, 'mutation { move(id: "c1") { id } }')
    )
