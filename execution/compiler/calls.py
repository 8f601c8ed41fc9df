"""Writes the call of a resolver: its own function if Strawberry would add nothing, else the field's resolve."""

import keyword
from typing import Any

from .sites import Site
from .source import Source


def call_expression(source: Source, site: Site, row: str = "row") -> str:
    looked_up = site.hint("looked_up")
    if looked_up:
        attribute, values = looked_up(site.parent.name)
        return f"{source.constant(f'{site.parent.name}_{site.name}_values', values)}[{row}.{attribute}]"
    resolve = f"{site.parent.name}_{site.name}_resolve"
    if site.hint("for_row"):
        return f"{prepared(source, site, resolve)}({row}, context)"
    function = source.constant(resolve, site.resolver, key=(site, "resolve"))
    given = _parameters(source, site, row) if site.is_direct else [row, source.at_start(site, "raw")]
    return f"{function}({', '.join([*given, *_arguments(source, site)])})"


def prepared(source: Source, site: Site, name: str) -> str:
    once = site.prepared_once
    return source.constant(name, once, key=(site, "resolve")) if once else source.at_start(site, "prepared")


def _parameters(source: Source, site: Site, row: str) -> list[str]:
    """What the function's signature asks for besides arguments, passed the way that Strawberry passes it."""
    assert site.definition is not None
    assert site.definition.base_resolver is not None
    resolver = site.definition.base_resolver
    rows = [resolver.parent_parameter, resolver.root_parameter]
    given = [row] if resolver.self_parameter else []
    given += [f"{name}={row}" for name in sorted({parameter.name for parameter in rows if parameter})]
    if resolver.info_parameter:
        given.append(f"{resolver.info_parameter.name}={source.at_start(site, 'info')}")
    return given


def _arguments(source: Source, site: Site) -> list[str]:
    if not site.field.args:
        return []
    constant = site.constant_arguments
    if constant is None:
        return [f"**{source.at_start(site, 'arguments')}"]
    if all(name.isidentifier() and not keyword.iskeyword(name) for name in constant):
        return [f"{name}={_literal(source, name, value)}" for name, value in constant.items()]
    return [f"**{source.constant(f'{site.name}_arguments', constant)}"]


def _literal(source: Source, name: str, value: Any) -> str:
    if value is None or value.__class__ in (str, int, bool):
        return repr(value)
    return source.constant(name, value)
