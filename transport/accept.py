"""What a client wants back, told from its Accept header (RFC 9110, 12.5.1)."""

from functools import lru_cache

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
EVENTS = "text/event-stream"
HTML = "text/html"

Wish = tuple[float, int]
"""How much a media type is wanted, 0 (not at all) to 1, and how exactly it was named: 2, its kind 1, anything 0."""

UNWANTED = (0.0, 0)


@lru_cache(256)
def media_type(accept: str) -> str | None:
    """Which form of an answer the client takes: JSON unless it names the newer one; null for neither."""
    if not accept.strip():
        return JSON
    plain, newer = wish(accept, JSON), wish(accept, RESPONSE)
    # `*/*` is what clients say that know of no forms; who names both prefers the one that tells more
    best = RESPONSE if newer > plain or (newer == plain and newer[1] == 2) else JSON
    return best if max(plain, newer) > UNWANTED else None


@lru_cache(256)
def prefers(accept: str, wanted: str) -> bool:
    """Whether the client would rather have this than either form of JSON."""
    return wish(accept, wanted) > max(wish(accept, JSON), wish(accept, RESPONSE), UNWANTED)


def wish(accept: str, wanted: str) -> Wish:
    """How much it is wanted: the range that names it most exactly counts."""
    found = (_wish(text, wanted) for text in accept.lower().split(","))
    quality, named = max((one for one in found if one), key=lambda one: one[1], default=UNWANTED)
    return (quality, named) if quality else UNWANTED


def _wish(text: str, wanted: str) -> Wish | None:
    named, *parameters = (part.strip() for part in text.split(";"))
    ranges = ("*/*", f"{wanted.partition('/')[0]}/*", wanted)
    if named not in ranges:
        return None
    given = dict(_parameter(parameter) for parameter in parameters)
    if given.get("charset", "utf-8") not in ("utf-8", "utf8"):
        return None
    return _quality(given.get("q", "1")), ranges.index(named)


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip().strip('"')


def _quality(text: str) -> float:
    """A quality that is none means nothing less than all."""
    return min(float(text), 1.0) if text.replace(".", "", 1).isdecimal() and text.isascii() else 1.0


@lru_cache(256)
def is_json(content_type: str) -> bool:
    """Whether a body is declared as JSON in UTF-8. A form can't say so, nor a page of another site unasked."""
    named, *parameters = (part.strip() for part in content_type.lower().split(";"))
    given = dict(_parameter(parameter) for parameter in parameters)
    return named == JSON and given.get("charset", "utf-8") in ("utf-8", "utf8")
