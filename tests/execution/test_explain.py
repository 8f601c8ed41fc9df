"""What an operation is compiled into can be read."""

import execution
from tests.execution import sample

SCHEMA = sample.schema(limits=execution.Limits())


def test_plain_fields_are_read_inline_and_resolvers_called() -> None:
    told = execution.explain(SCHEMA, "query Page { comments(first: 2) { id shout(times: 3) author { name } } }")

    assert told.source is not None
    assert "def run(root, request):  # query Page" in told.source
    assert "'id': v if (v := row.id).__class__ is str else ID_(v)," in told.source
    assert "Comment_shout_resolve(row, info=shout_info, times=3, mark='!')" in told.source
    assert "'author': None if (v := row.author) is None else Person(v)," in told.source
    assert "# points: 7" in str(told)


def test_the_values_of_include_decide_what_is_written() -> None:
    text = "query ($x: Boolean!) { viewer nothing @include(if: $x) }"

    assert "nothing" in str(execution.explain(SCHEMA, text, {"x": True}).source)
    assert "nothing" not in str(execution.explain(SCHEMA, text, {"x": False}).source)


def test_what_is_not_compiled_says_why() -> None:
    assert "graphql-core: __schema is for graphql-core" in str(
        execution.explain(SCHEMA, "{ __schema { queryType { name } } }")
    )


def test_of_a_mutation_what_it_gives_is_shown() -> None:
    assert "mutation_results = {'move': Mutation_move}" in str(
        execution.explain(SCHEMA, 'mutation { move(id: "c1") { id } }')
    )
