"""A client may send a text once and its hash from then on, or a server may know all texts beforehand."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError

from execution import PersistedOperations, TrustedDocuments

TEXT = "{ viewer }"


def asked(text: str, **more: Any) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest(), **more}}


def code(known: Any, query: str | None, extensions: Any) -> str:
    with pytest.raises(GraphQLError) as refused:
        known.text(query, extensions)
    return str((refused.value.extensions or {})["code"])


def test_a_text_is_registered_once_and_asked_for_by_hash() -> None:
    known = PersistedOperations()

    assert code(known, None, asked(TEXT)) == "PERSISTED_QUERY_NOT_FOUND"
    assert known.text(TEXT, asked(TEXT)) == TEXT
    assert known.text(None, asked(TEXT)) == TEXT


def test_the_refusal_is_worded_as_apollo_s_clients_expect() -> None:
    with pytest.raises(GraphQLError, match=r"^PersistedQueryNotFound$"):
        PersistedOperations().text(None, asked(TEXT))


def test_a_hash_that_is_another_s_is_refused_and_not_kept() -> None:
    known = PersistedOperations()

    assert code(known, "{ nothing }", asked(TEXT)) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert len(known) == 0


@pytest.mark.parametrize("extensions", [None, {}, {"cost": True}])
def test_a_request_without_a_hash_is_left_alone(extensions: Any) -> None:
    assert PersistedOperations().text(TEXT, extensions) == TEXT
    assert PersistedOperations().text(None, extensions) is None


@pytest.mark.parametrize("named", [{"version": 2, "sha256Hash": "x"}, {"version": 1}, "x", {"sha256Hash": 1}])
def test_another_protocol_is_refused(named: Any) -> None:
    assert code(PersistedOperations(), TEXT, {"persistedQuery": named}) == "PERSISTED_QUERY_NOT_SUPPORTED"


def test_only_so_many_texts_are_kept() -> None:
    known = PersistedOperations(max_texts=10, max_characters=100)

    for number in range(1_000):
        text = f"{{ a{number}: viewer }}"
        known.text(text, asked(text))

    assert len(known) <= 10
    assert known.text(None, asked("{ a999: viewer }"))
    assert code(known, None, asked("{ a1: viewer }")) == "PERSISTED_QUERY_NOT_FOUND"


def test_trusted_documents_are_run_by_hash_or_in_full_and_no_others(tmp_path: Path) -> None:
    path = tmp_path / "trusted.json"
    path.write_text(json.dumps({sha256(TEXT.encode()).hexdigest(): TEXT}))
    trusted = TrustedDocuments.from_file(path)

    assert len(trusted) == 1
    assert trusted.text(None, asked(TEXT)) == TEXT
    assert trusted.text(TEXT, None) == TEXT
    assert code(trusted, "{ nothing }", None) == "PERSISTED_QUERY_NOT_FOUND"
    assert code(trusted, "{ nothing }", asked(TEXT)) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert code(trusted, None, None) == "PERSISTED_QUERY_REQUIRED"


def test_a_file_whose_hashes_are_wrong_is_not_trusted() -> None:
    with pytest.raises(ValueError, match="another hash"):
        TrustedDocuments({"00": TEXT})
