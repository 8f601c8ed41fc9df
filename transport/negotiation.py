"""Content negotiation: the media types that a client accepts (RFC 9110, 12.5.1), and the type of a request's body."""

from functools import lru_cache
from typing import NamedTuple

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
HTML = "text/html"


class Preference(NamedTuple):
    """The weight that an Accept header gives to a media type. Of two preferences, the stronger one is greater."""

    quality: float
    """The quality value: 0 (not acceptable) to 1."""
    specificity: int
    """How exactly the header names the media type: EXACT, 1 for a range such as `text/*`, 0 for `*/*`."""


EXACT = 2
NOT_ACCEPTABLE = Preference(0.0, 0)
CACHED_HEADERS = 256


@lru_cache(CACHED_HEADERS)
def negotiate_json_type(accept: str) -> str | None:
    """Return the JSON media type that the client prefers for a response, or None if it accepts neither."""
    if not accept.strip():
        return JSON
    json, graphql_response = preference(accept, JSON), preference(accept, GRAPHQL_RESPONSE)
    # Clients that know of no media types send `*/*`. A client that names both types prefers the more expressive one.
    is_tie_between_exact_names = graphql_response == json and graphql_response.specificity == EXACT
    best = GRAPHQL_RESPONSE if graphql_response > json or is_tie_between_exact_names else JSON
    return best if max(json, graphql_response) > NOT_ACCEPTABLE else None


@lru_cache(CACHED_HEADERS)
def is_preferred_to_json(accept: str, media_type: str) -> bool:
    """Return True if the client prefers the media type to both JSON media types."""
    json = max(preference(accept, JSON), preference(accept, GRAPHQL_RESPONSE))
    return preference(accept, media_type) > max(json, NOT_ACCEPTABLE)


def is_accepted_by_name(accept: str, media_type: str) -> bool:
    """Return True if the Accept header names the media type itself: `*/*` does not count."""
    return preference(accept, media_type).specificity == EXACT


def preference(accept: str, media_type: str) -> Preference:
    """Return the client's preference for the media type; the most specific matching range counts."""
    matches = (_match(media_range, media_type) for media_range in accept.lower().split(","))
    best = max((match for match in matches if match), key=lambda match: match.specificity, default=NOT_ACCEPTABLE)
    return best if best.quality else NOT_ACCEPTABLE


def _match(media_range: str, media_type: str) -> Preference | None:
    """Return the preference that a range of an Accept header gives to the media type; None if it does not match."""
    named, parameters = _split_parameters(media_range)
    by_specificity = ("*/*", f"{media_type.partition('/')[0]}/*", media_type)
    if named not in by_specificity or not _is_utf8(parameters):
        return None
    return Preference(_parse_quality(parameters.get("q", "1")), by_specificity.index(named))


def _split_parameters(text: str) -> tuple[str, dict[str, str]]:
    """Split `text/html; charset=utf-8` into the media type and its parameters."""
    named, *parameters = (part.strip() for part in text.split(";"))
    return named, dict(_parse_parameter(parameter) for parameter in parameters)


def _parse_parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip().strip('"')


def _is_utf8(parameters: dict[str, str]) -> bool:
    return parameters.get("charset", "utf-8") in ("utf-8", "utf8")


def _parse_quality(text: str) -> float:
    """Parse a quality value; an invalid one counts as 1."""
    return min(float(text), 1.0) if text.replace(".", "", 1).isdecimal() and text.isascii() else 1.0


@lru_cache(CACHED_HEADERS)
def is_json_content_type(content_type: str) -> bool:
    """Return True if a body is declared as JSON in UTF-8.

    An HTML form cannot declare JSON, and a page of another site only after a CORS preflight: this prevents CSRF.
    """
    named, parameters = _split_parameters(content_type.lower())
    return named == JSON and _is_utf8(parameters)
