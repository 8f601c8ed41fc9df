"""Persisted operations, sent by the hash of their text: Apollo's automatic ones, or trusted documents from a file."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from graphql import GraphQLError

MAX_CACHED_TEXT_CHARACTERS = 100_000


class PersistedOperations:
    """Automatic persisted queries (Apollo): a bounded LRU cache of the texts that clients register."""

    def __init__(self, max_texts: int = 1_000, max_characters: int = 1_000_000) -> None:
        self._max_texts = max_texts
        self._max_characters = max_characters
        self._characters = 0
        self._texts: OrderedDict[str, str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._texts)

    def text(self, query: str | None, extensions: Mapping[str, Any] | None) -> str | None:
        """Return the document of a request; raise the GraphQLError for the client if its hash is unknown or wrong."""
        digest = persisted_hash(extensions)
        if digest is None:
            return query
        if not query:
            return self._find(digest)
        if sha256(query.encode()).hexdigest() != digest:
            raise _persisted_query_error("provided sha does not match query", "PERSISTED_QUERY_HASH_MISMATCH")
        return self._register(digest, query)

    def _find(self, digest: str) -> str:
        text = self._texts.get(digest)
        if text is None:
            raise _persisted_query_error("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        self._texts.move_to_end(digest)
        return text

    def _register(self, digest: str, query: str) -> str:
        if digest not in self._texts and len(query) <= MAX_CACHED_TEXT_CHARACTERS:
            self._texts[digest] = query
            self._characters += len(query)
        while len(self._texts) > self._max_texts or self._characters > self._max_characters:
            self._characters -= len(self._texts.popitem(last=False)[1])
        return self._texts.get(digest, query)


class TrustedDocuments:
    """An allowlist: only the documents of a JSON file (text by sha256 hash) are run, sent by hash or in full."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        for digest, text in texts.items():
            if sha256(text.encode()).hexdigest() != digest.lower():
                raise ValueError(f"The text under {digest} has another hash")
        self._texts = {digest.lower(): text for digest, text in texts.items()}

    @classmethod
    def from_file(cls, path: str | Path) -> "TrustedDocuments":
        return cls(json.loads(Path(path).read_text()))

    def __len__(self) -> int:
        return len(self._texts)

    def text(self, query: str | None, extensions: Mapping[str, Any] | None) -> str:
        """Return the document of a request; raise the GraphQLError for the client if the document is not trusted."""
        digest = persisted_hash(extensions) or (sha256(query.encode()).hexdigest() if query else None)
        if digest is None:
            raise _persisted_query_error("Only trusted documents are run", "PERSISTED_QUERY_REQUIRED")
        text = self._texts.get(digest)
        if text is None:
            raise _persisted_query_error("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        if query and query != text:
            raise _persisted_query_error("provided sha does not match query", "PERSISTED_QUERY_HASH_MISMATCH")
        return text


def sent_in_full(query: str | None, extensions: Mapping[str, Any] | None) -> str | None:
    """Return the query, on a server without persisted operations.

    Raise PersistedQueryNotSupported for a hash without a query, so that the client stops sending hashes.
    """
    if not query and persisted_hash(extensions) is not None:
        raise _persisted_query_error("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
    return query


def persisted_hash(extensions: Mapping[str, Any] | None) -> str | None:
    """Return the hash in a request's `persistedQuery` extension; None if there is no such extension."""
    persisted = extensions.get("persistedQuery") if isinstance(extensions, Mapping) else None
    if persisted is None:
        return None
    digest = persisted.get("sha256Hash") if isinstance(persisted, Mapping) else None
    if not isinstance(digest, str) or persisted.get("version", 1) != 1:
        raise _persisted_query_error("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
    return digest.lower()


def _persisted_query_error(message: str, code: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
