"""Writes the call of a resolver: its own function where Strawberry would add nothing, else the field's resolve."""

import keyword
from collections.abc import Callable
from typing import Any

from .sites import Site
from .source import Source

Prepared = Callable[[Site], str]


def call_expression(source: Source, site: Site, info: Prepared, raw: Prepared) -> str:
    """`info` and `raw` give the names by which the run knows what it made for this field when it began."""
    function = source.constant(
        f"{site.parent.name}_{site.name}_resolve", site.resolver, key=(site, "resolve")
    )
    given = _direct_parameters(site, info) if site.is_direct else ["row", raw(site)]
    return f"{function}({', '.join([*given, *_arguments(source, site)])})"


def _direct_parameters(site: Site, info: Prepared) -> list[str]:
    """What the function's signature asks for besides arguments, passed the way that Strawberry passes it."""
    assert site.definition is not None and site.definition.base_resolver is not None
    resolver = site.definition.base_resolver
    given = ["row"] if resolver.self_parameter else []
    named = {
        parameter.name for parameter in (resolver.parent_parameter, resolver.root_parameter) if parameter
    }
    given += [f"{name}=row" for name in sorted(named)]
    if resolver.info_parameter:
        given.append(f"{resolver.info_parameter.name}={info(site)}")
    return given


def _arguments(source: Source, site: Site) -> list[str]:
    if not site.field.args:
        return []
    constant = site.constant_arguments
    if constant is None:
        place = source.constant(f"{site.parent.name}_{site.name}_at", site)
        name = source.name(f"{site.name}_arguments")
        source.setup.append(f"{name} = {place}.arguments(request)")
        return [f"**{name}"]
    if all(name.isidentifier() and not keyword.iskeyword(name) for name in constant):
        return [f"{name}={_literal(source, name, value)}" for name, value in constant.items()]
    return [f"**{source.constant(f'{site.name}_arguments', constant)}"]


def _literal(source: Source, name: str, value: Any) -> str:
    if value is None or value.__class__ in (str, int, bool):
        return repr(value)
    return source.constant(name, value)
