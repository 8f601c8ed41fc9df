"""The Python files of the repository, parsed once for all tests that read them."""

import ast
import subprocess
from functools import cache

import pytest

from tests.support.docs import DOCS, HOUSE
from tests.support.imports import Graph, import_graph, layers, module_name, top_level

PAGE = DOCS / "architecture.md"
LAYERS = layers(PAGE.read_text())
"""The layers that each layer may import, as the architecture page lists them."""


@cache
def parsed_files() -> dict[str, ast.Module]:
    """Return every Python file of the layers, by its path inside the repository."""
    files = [file for layer in LAYERS for file in (HOUSE / f"{layer}.py", *sorted((HOUSE / layer).rglob("*.py")))]
    ours = [file for file in files if file.exists() and "node_modules" not in file.parts]
    return {file.relative_to(HOUSE).as_posix(): ast.parse(file.read_text()) for file in ours}


@cache
def graph() -> Graph:
    return import_graph(parsed_files())


def files_of(*names: str) -> dict[str, ast.Module]:
    """Return the parsed files of some layers."""
    return {path: tree for path, tree in parsed_files().items() if top_level(module_name(path)) in names}


def tracked_files() -> list[str]:
    """Return the paths of the files that are committed, or new and not ignored."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    answer = subprocess.run(listing, cwd=HOUSE, capture_output=True, text=True, check=False)
    if answer.returncode:
        pytest.skip("not a git clone")
    return [name for name in answer.stdout.split("\0") if name and (HOUSE / name).is_file()]
