"""Plausible, invented supporters from everywhere: a pure function of a seed and the countries asked for."""

from collections.abc import Iterator, Sequence
from random import Random

from demo.chance import below, pick
from demo.countries import CULTURES_OF
from demo.names import CULTURES, PUBLIC_FIGURES
from demo.shapes import NameDisplay, Person

STAFF = Person("Campaign Team", None, "GB", "FULL_NAME")
KATHARINA = Person("Katharina", "Sommer", "DE", "FIRST_NAME_INITIAL")

# Of 64 people: most are content with "Katharina S.".
_DISPLAYS: tuple[NameDisplay, ...] = (
    *("FIRST_NAME_INITIAL",) * 49,
    *("FULL_NAME",) * 8,
    *("ANONYMOUS",) * 4,
    *("INITIALS",) * 3,
)
_WITHOUT_FAMILY_NAME = 3  # in 100, whatever their culture


def people(seed: int, countries: Sequence[str]) -> Iterator[Person]:
    """One person a country given, in that order."""
    rng = Random(seed)
    for country in countries:
        yield person(rng, country)


def person(rng: Random, country: str) -> Person:
    culture = CULTURES[pick(rng, CULTURES_OF[country])]
    given = pick(rng, culture.given)
    family = _family_name(rng, culture.family, given)
    return Person(given, family, country, pick(rng, _DISPLAYS))


def is_public_figure(given: str, family: str | None) -> bool:
    return f"{given} {family}".casefold() in PUBLIC_FIGURES


def _family_name(rng: Random, names: tuple[str, ...], given: str) -> str | None:
    if not names or below(rng, 100) < _WITHOUT_FAMILY_NAME:
        return None
    family = pick(rng, names)
    return _family_name(rng, names, given) if is_public_figure(given, family) else family
