"""TOML files: parse one into a dataclass, and reject unknown keys, empty texts, wrong types and unknown values."""

import tomllib
from datetime import date, datetime
from inspect import Parameter, signature
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class InvalidFile(ValueError):
    """A TOML file of the demo has a mistake; the message names the file and the key."""


def read_toml(path: Path, kind: type[T]) -> T:
    """Parse a file into an instance of a dataclass, or raise InvalidFile."""
    try:
        parsed: T = _convert(tomllib.loads(path.read_text(encoding="utf-8")), kind, "")
    except (OSError, ValueError) as error:
        raise InvalidFile(f"{path}: {error}") from error
    return parsed


def read_folder(folder: Path, names: tuple[str, ...], kind: type[T]) -> dict[str, T]:
    """Parse `<name>.toml` for each name, in that order.

    Raise InvalidFile if a file has a mistake, is absent, or is in the folder but not in `names`.
    """
    if unlisted := {path.stem for path in folder.glob("*.toml")} - set(names):
        raise InvalidFile(f"{folder / min(unlisted)}.toml: not in the list of names in {folder / '__init__.py'}")
    return {name: read_toml(folder / f"{name}.toml", kind) for name in names}


def _convert(value: Any, kind: Any, key: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return _convert(value, arguments[0], key)  # X | None: TOML has no null, so an absent key is None
    if origin is Literal:
        return _check(value, value in arguments, key, f"one of {', '.join(arguments)}")
    if origin is tuple:
        _check(value, isinstance(value, list), key, "a list")
        return tuple(_convert(item, arguments[0], f"{key}[{index}]") for index, item in enumerate(value))
    if origin is dict:
        _check(value, isinstance(value, dict), key, "a table")
        names = {name: _convert(name, arguments[0], f"{key}.{name}") for name in value}
        return {names[name]: _convert(item, arguments[1], f"{key}.{name}") for name, item in value.items()}
    if kind is str:
        return _check(value, isinstance(value, str) and bool(value.strip()), key, "a text that is not empty")
    if kind in (bool, int, date, datetime):
        return _check(value, type(value) is kind, key, f"of type {kind.__name__}")
    return _convert_fields(value, kind, key)


def _convert_fields(value: Any, kind: Any, key: str) -> Any:
    """Convert a table into an instance of a dataclass or a named tuple, by the types of its fields."""
    _check(value, isinstance(value, dict), key, "a table")
    types, place = get_type_hints(kind), f"{key}." if key else ""
    if unknown := [name for name in value if name not in types]:
        raise ValueError(f"{place}{unknown[0]}: unknown key, expected one of {', '.join(types)}")
    given = {name: _convert(item, types[name], f"{place}{name}") for name, item in value.items()}
    for name, parameter in signature(kind).parameters.items():
        if name not in given and type(None) in get_args(types[name]):
            given[name] = None
        if name not in given and parameter.default is Parameter.empty:
            raise ValueError(f"{place}{name}: missing")
    return kind(**given)


def _check(value: Any, valid: bool, key: str, expected: str) -> Any:
    if not valid:
        raise ValueError(f"{key}: {value!r} is not {expected}")
    return value
