"""Language negotiation: the language that an Accept-Language header asks for (RFC 9110, 12.5.4; RFC 4647, 3.4)."""

import re
from collections.abc import Iterator
from functools import lru_cache

from translation.catalogues import SOURCE_LANGUAGE, languages

MAX_HEADER_CHARACTERS = 1_000
"""Ranges beyond these are ignored. A browser sends fewer than a hundred characters."""
CACHED_HEADERS = 256
_RANGE = re.compile(r"\s*([a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?")


def negotiate(accept_language: str) -> str:
    """Return the language of ours that a client prefers; English for a client that prefers none or sends nonsense."""
    return _negotiate(accept_language[:MAX_HEADER_CHARACTERS].lower()) if accept_language else SOURCE_LANGUAGE


@lru_cache(CACHED_HEADERS)
def _negotiate(accept_language: str) -> str:
    by_tag = {language.lower(): language for language in languages()}
    ranges = sorted(_ranges(accept_language), key=lambda one: one[1], reverse=True)
    refused = {tag for tag, quality in ranges if not quality}
    for tag, quality in ranges:
        found = next((name for name in _lookup(tag) if name in by_tag and name not in refused), None)
        if quality and found:
            return by_tag[found]
    return SOURCE_LANGUAGE


def _ranges(accept_language: str) -> Iterator[tuple[str, float]]:
    """Yield each language range with its quality, 0 to 1. The wildcard, like anything malformed, is left out."""
    for text in accept_language.split(","):
        match = _RANGE.fullmatch(text)
        if match:
            yield match[1], float(match[2] or 1)


def _lookup(tag: str) -> Iterator[str]:
    """Yield a language range, and the range without its last subtags: de-at-1996, de-at, de."""
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
