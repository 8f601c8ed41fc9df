"""Persisted operations: registered automatically by clients, or an allowlist of trusted documents."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError

from execution import PersistedOperations, TrustedDocuments

TEXT = "{ viewer }"


def persisted_query(text: str, **more: Any) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest(), **more}}


def error_code(store: Any, query: str | None, extensions: Any) -> str:
    with pytest.raises(GraphQLError) as raised:
        store.text(query, extensions)
    return str((raised.value.extensions or {})["code"])


def test_registered_text_is_found_by_hash() -> None:
    store = PersistedOperations()

    assert error_code(store, None, persisted_query(TEXT)) == "PERSISTED_QUERY_NOT_FOUND"
    assert store.text(TEXT, persisted_query(TEXT)) == TEXT
    assert store.text(None, persisted_query(TEXT)) == TEXT


def test_unknown_hash_has_the_message_that_apollo_clients_expect() -> None:
    with pytest.raises(GraphQLError, match=r"^PersistedQueryNotFound$"):
        PersistedOperations().text(None, persisted_query(TEXT))


def test_wrong_hash_is_refused_and_not_cached() -> None:
    store = PersistedOperations()

    assert error_code(store, "{ nothing }", persisted_query(TEXT)) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert len(store) == 0


@pytest.mark.parametrize("extensions", [None, {}, {"cost": True}])
def test_request_without_hash_is_unchanged(extensions: Any) -> None:
    assert PersistedOperations().text(TEXT, extensions) == TEXT
    assert PersistedOperations().text(None, extensions) is None


@pytest.mark.parametrize("extension", [{"version": 2, "sha256Hash": "x"}, {"version": 1}, "x", {"sha256Hash": 1}])
def test_unsupported_protocol_is_refused(extension: Any) -> None:
    assert error_code(PersistedOperations(), TEXT, {"persistedQuery": extension}) == "PERSISTED_QUERY_NOT_SUPPORTED"


def test_cached_texts_are_bounded() -> None:
    store = PersistedOperations(max_texts=10, max_characters=100)

    for number in range(1_000):
        text = f"{{ a{number}: viewer }}"
        store.text(text, persisted_query(text))

    assert len(store) <= 10
    assert store.text(None, persisted_query("{ a999: viewer }"))
    assert error_code(store, None, persisted_query("{ a1: viewer }")) == "PERSISTED_QUERY_NOT_FOUND"


def test_only_trusted_documents_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "trusted.json"
    path.write_text(json.dumps({sha256(TEXT.encode()).hexdigest(): TEXT}))
    trusted = TrustedDocuments.from_file(path)

    assert len(trusted) == 1
    assert trusted.text(None, persisted_query(TEXT)) == TEXT
    assert trusted.text(TEXT, None) == TEXT
    assert error_code(trusted, "{ nothing }", None) == "PERSISTED_QUERY_NOT_FOUND"
    assert error_code(trusted, "{ nothing }", persisted_query(TEXT)) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert error_code(trusted, None, None) == "PERSISTED_QUERY_REQUIRED"


def test_trusted_document_with_wrong_hash_is_refused() -> None:
    with pytest.raises(ValueError, match="another hash"):
        TrustedDocuments({"00": TEXT})
