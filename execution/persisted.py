"""Operations known by the hash of their text: sent once (Apollo's protocol), or agreed beforehand in a file."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from graphql import GraphQLError

LONGEST = 100_000


class PersistedOperations:
    """Apollo's automatic persisted queries: remembers the texts that clients register, a bounded number of them."""

    def __init__(self, most: int = 1_000, most_characters: int = 1_000_000) -> None:
        self.most = most
        self.most_characters = most_characters
        self._characters = 0
        self._texts: OrderedDict[str, str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._texts)

    def text(self, query: str | None, extensions: Mapping[str, Any] | None) -> str | None:
        """The document that a request means; raises the GraphQLError to answer with when there is none."""
        digest = persisted_hash(extensions)
        if digest is None:
            return query
        if not query:
            return self._remembered(digest)
        if sha256(query.encode()).hexdigest() != digest:
            raise _refusal("provided sha does not match query", "PERSISTED_QUERY_HASH_MISMATCH")
        return self._remember(digest, query)

    def _remembered(self, digest: str) -> str:
        text = self._texts.get(digest)
        if text is None:
            raise _refusal("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        self._texts.move_to_end(digest)
        return text

    def _remember(self, digest: str, query: str) -> str:
        if digest not in self._texts and len(query) <= LONGEST:
            self._texts[digest] = query
            self._characters += len(query)
        while len(self._texts) > self.most or self._characters > self.most_characters:
            self._characters -= len(self._texts.popitem(last=False)[1])
        return self._texts.get(digest, query)


class TrustedDocuments:
    """Only the documents of a JSON file of sha256 hash to text are run, whether sent by hash or in full."""

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
        digest = persisted_hash(extensions) or (sha256(query.encode()).hexdigest() if query else None)
        if digest is None:
            raise _refusal("Only trusted documents are run", "PERSISTED_QUERY_REQUIRED")
        text = self._texts.get(digest)
        if text is None:
            raise _refusal("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        if query and query != text:
            raise _refusal("provided sha does not match query", "PERSISTED_QUERY_HASH_MISMATCH")
        return text


def sent_in_full(query: str | None, extensions: Mapping[str, Any] | None) -> str | None:
    """For a server that remembers nothing: says so to those who send a hash alone, that they may stop."""
    if not query and persisted_hash(extensions) is not None:
        raise _refusal("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
    return query


def persisted_hash(extensions: Mapping[str, Any] | None) -> str | None:
    """The hash that a request's extensions name, if they name one."""
    named = extensions.get("persistedQuery") if isinstance(extensions, Mapping) else None
    if named is None:
        return None
    digest = named.get("sha256Hash") if isinstance(named, Mapping) else None
    if not isinstance(digest, str) or named.get("version", 1) != 1:
        raise _refusal("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
    return digest.lower()


def _refusal(message: str, code: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
