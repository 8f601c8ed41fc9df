"""Invented people: names and countries, drawn from a seed."""

from collections.abc import Iterator, Sequence
from random import Random

from demo.names import CULTURES, CULTURES_OF_COUNTRY, PUBLIC_FIGURES
from demo.random_draws import random_below, random_choice
from demo.types import DemoPerson, NameDisplay

STAFF = DemoPerson("Campaign Team", None, "GB", "FULL_NAME")

# Of 64 people; most of them are shown as "Katharina S.".
_NAME_DISPLAYS: tuple[NameDisplay, ...] = (
    *("FIRST_NAME_INITIAL",) * 49,
    *("FULL_NAME",) * 8,
    *("ANONYMOUS",) * 4,
    *("INITIALS",) * 3,
)
_WITHOUT_FAMILY_NAME_PERCENT = 3  # in addition to the cultures without family names


def people(seed: int, countries: Sequence[str]) -> Iterator[DemoPerson]:
    """Yield one person for each country, in the order of the countries."""
    rng = Random(seed)
    for country in countries:
        yield _person(rng, country)


def _person(rng: Random, country: str) -> DemoPerson:
    culture = CULTURES[random_choice(rng, CULTURES_OF_COUNTRY[country])]
    given_name = random_choice(rng, culture.given)
    family_name = _family_name(rng, culture.family, given_name)
    return DemoPerson(given_name, family_name, country, random_choice(rng, _NAME_DISPLAYS))


def is_public_figure(given_name: str, family_name: str | None) -> bool:
    return f"{given_name} {family_name}".casefold() in PUBLIC_FIGURES


def _family_name(rng: Random, family_names: tuple[str, ...], given_name: str) -> str | None:
    """Draw a family name, again for as long as the full name is that of a public figure."""
    if not family_names or random_below(rng, 100) < _WITHOUT_FAMILY_NAME_PERCENT:
        return None
    family_name = random_choice(rng, family_names)
    if is_public_figure(given_name, family_name):
        return _family_name(rng, family_names, given_name)
    return family_name
