"""Names by culture, the cultures of each country, and public figures whose names are not used; from names.toml."""

from dataclasses import dataclass
from pathlib import Path

from demo.read_toml import read_toml


@dataclass(frozen=True, slots=True)
class Culture:
    given: tuple[str, ...]
    family: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Names:
    public_figures: tuple[str, ...]
    countries: dict[str, dict[str, int]]
    cultures: dict[str, Culture]


_NAMES = read_toml(Path(__file__).parent / "names.toml", _Names)

CULTURES = _NAMES.cultures
PUBLIC_FIGURES = frozenset(name.casefold() for name in _NAMES.public_figures)
# A culture stands there as often as its weight says.
CULTURES_OF_COUNTRY = {
    country: tuple(culture for culture, weight in weights.items() for _ in range(weight))
    for country, weights in _NAMES.countries.items()
}
