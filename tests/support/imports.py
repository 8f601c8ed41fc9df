"""The import graph of the repository, the layers of docs/architecture.md, and the rules between the two.

A graph maps each module to the modules that it imports, wherever in the file the import stands: also inside functions
and under TYPE_CHECKING. A module outside the repository is named by its top-level package.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

Graph = dict[str, set[str]]
LAYER_LINE = re.compile(r"^( *)(\w+(?:\.py|/)(?:, \w+(?:\.py|/))*)(?:\s|$)")


def module_name(path: str) -> str:
    """Return the dotted name of a file: `auth.tokens` for auth/tokens.py, `auth` for auth/__init__.py."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def top_level(module: str) -> str:
    return module.partition(".")[0]


def import_graph(trees: Mapping[str, ast.Module]) -> Graph:
    """Build the graph from the parsed files, which are given by their paths inside the repository."""
    known = {module_name(path) for path in trees}
    graph: Graph = {}
    for path, tree in trees.items():
        name = module_name(path)
        package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
        imported = {module for node in ast.walk(tree) for module in _imported(node, package, known)}
        graph[name] = imported - {name}
    return graph


def _imported(node: ast.AST, package: str, known: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*parents, *filter(None, [node.module])])
        names = [f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names]
    else:
        return
    yield from (name if name in known else top_level(name) for name in names)


def circles(graph: Graph) -> list[list[str]]:
    """Find the groups of modules that import each other, directly or through others (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = lowest[module] = len(index)
        stack.append(module)
        for imported in sorted(graph[module] & graph.keys()):
            if imported not in index:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in stack:
                lowest[module] = min(lowest[module], index[imported])
        if lowest[module] == index[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in graph:
        if module not in index:
            visit(module)
    return found


def layers(page: str) -> dict[str, set[str]]:
    """Map each layer to the layers that it may import, as the first code block of the architecture page lists them.

    A layer may import the layers on the lines below its own. Indented groups, which a blank line separates, do not
    import each other.
    """
    (text,) = re.findall(r"^```\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[:1]
    groups: list[list[list[str]]] = []
    top: list[list[str]] = []
    is_new_group = True
    for line in text.splitlines():
        found = LAYER_LINE.match(line)
        if found is None:
            is_new_group = is_new_group or not line.strip()
            continue
        names = [name.removesuffix(".py").removesuffix("/") for name in found[2].split(", ")]
        if not found[1]:
            top.append(names)
        elif is_new_group:
            groups.append([names])
        else:
            groups[-1].append(names)
        is_new_group = not found[1]
    below_top = {name for group in groups for line in group for name in line}
    allowed = _allowed(top, below_top)
    for group in groups:
        allowed |= _allowed(group, set())
    return allowed


def _allowed(lines: list[list[str]], below: set[str]) -> dict[str, set[str]]:
    return {
        name: below | {lower for line in lines[place + 1 :] for lower in line}
        for place, names in enumerate(lines)
        for name in names
    }


def forbidden_imports(graph: Graph, allowed: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return the modules that import a layer which their own layer may not import."""
    forbidden = {
        module: {top_level(name) for name in imported}
        & allowed.keys() - allowed[top_level(module)] - {top_level(module)}
        for module, imported in graph.items()
    }
    return {module: names for module, names in forbidden.items() if names}


def imports_outside(graph: Graph, layer: str, packages: Iterable[str]) -> dict[str, set[str]]:
    """Return the modules of a layer that import any other top-level package than these and the layer itself."""
    allowed = {*packages, layer}
    others = {
        module: {top_level(name) for name in imported} - allowed
        for module, imported in graph.items()
        if top_level(module) == layer
    }
    return {module: names for module, names in others.items() if names}
