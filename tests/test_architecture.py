"""The code is built as docs/architecture.md says: layers, imports, file names and the paths on that page."""

import ast
import re
import sys
from pathlib import Path

import pytest

from tests.support.docs import HOUSE
from tests.support.imports import (
    Graph,
    circles,
    forbidden_imports,
    import_graph,
    imports_outside,
    layers,
    top_level,
)
from tests.support.source_files import LAYERS, PAGE, files_of, graph, parsed_files, tracked_files

BELOW_SCHEMA = LAYERS["schema"]
PACKAGES = {
    "transport": {"graphql", "strawberry", "starlette", "uvicorn", "httptools", "websockets", "orjson"},
    "execution": {"graphql", "strawberry", "starlette", "orjson"},
}
NOT_NOUNS = {"__init__", "connections", "directives", "fields", "images", "mutations", "nodes"}
"""Files of `schema/` whose types serve all nouns."""
NO_MODEL = {
    "name_previews": "stores nothing",
    "server_info": "is read from the settings",
    "pulses": "are read from campaigns and comments when they are sent: live/changes.py",
    "rate_limits": "is counted in memory or in Redis: auth/rate_limits.py",
    "signing": "is one mutation that writes several tables: models/signatures.py and others",
}
EMPTY_WORDS = {"util", "helper", "common", "manager", "service", "handler"}
PATH = re.compile(r"`([\w.-]*(?:/[\w.-]*)+|[\w.-]+\.(?:py|md|mjs|json|toml|sql|graphql))`")


# ---------------------------------------------------------------- imports


def test_layers_import_only_layers_below() -> None:
    assert forbidden_imports(graph(), LAYERS) == {}


def test_every_python_folder_is_a_layer() -> None:
    folders = {Path(name).parts[0].removesuffix(".py") for name in tracked_files() if name.endswith(".py")}

    assert folders - {"migrations", ".ci"} == set(LAYERS)


def test_imports_outside_schema_form_no_circle() -> None:
    assert [group for group in circles(graph()) if {top_level(module) for module in group} != {"schema"}] == []


@pytest.mark.parametrize("layer", sorted(BELOW_SCHEMA))
def test_layers_below_schema_do_not_import_graphql(layer: str) -> None:
    found = {
        module: names & {"strawberry", "graphql"} for module, names in graph().items() if top_level(module) == layer
    }

    assert {module: names for module, names in found.items() if names} == {}


@pytest.mark.parametrize("layer", PACKAGES)
def test_transport_and_execution_could_be_libraries(layer: str) -> None:
    """They import the standard library, a few packages and each other in one direction."""
    allowed = sys.stdlib_module_names | PACKAGES[layer] | LAYERS[layer]

    assert imports_outside(graph(), layer, allowed) == {}


# ---------------------------------------------------------------- the checks themselves


ARCHITECTURE = """
```
cli.py         commands
server/        wiring, such as schema/

    schema/    types
    auth/, mail/
    settings.py

    transport/
    execution/
```
"""


def parsed(files: dict[str, str]) -> Graph:
    return import_graph({path: ast.parse(text) for path, text in files.items()})


def test_layers_are_read_from_the_page() -> None:
    assert layers(ARCHITECTURE) == {
        "cli": {"server", "schema", "auth", "mail", "settings", "transport", "execution"},
        "server": {"schema", "auth", "mail", "settings", "transport", "execution"},
        "schema": {"auth", "mail", "settings"},
        "auth": {"settings"},
        "mail": {"settings"},
        "settings": set(),
        "transport": {"execution"},
        "execution": set(),
    }


def test_layers_have_the_order_of_a_request() -> None:
    """The order is part of the design: a change of the page alone must not turn the layers around."""
    assert LAYERS["transport"] == {"execution"}
    bottom = {"settings", "connection_urls", "refusals"}
    assert LAYERS["execution"] == LAYERS["settings"] - bottom == LAYERS["refusals"] == set()
    assert LAYERS["storage"] == bottom
    assert {"auth", "mail", "live", "telemetry"} < LAYERS["resolvers"] < LAYERS["jobs"] < LAYERS["schema"]
    assert [layer for layer, below in LAYERS.items() if "server" in below] == ["tests", "benchmarks", "cli"]


@pytest.mark.parametrize(
    ("path", "text", "forbidden"),
    [
        ("execution/limits.py", "import transport", {"execution.limits": {"transport"}}),
        ("execution/limits.py", "def f():\n    from transport.errors import X", {"execution.limits": {"transport"}}),
        ("transport/http.py", "if TYPE_CHECKING:\n    import settings", {"transport.http": {"settings"}}),
        ("mail/smtp.py", "from auth import tokens", {"mail.smtp": {"auth"}}),
        ("auth/tokens.py", "from server import create_app", {"auth.tokens": {"server"}}),
        ("transport/http.py", "import execution.limits, orjson", {}),
        ("auth/tokens.py", "from settings import Settings\nfrom . import keys", {}),
        ("cli.py", "import server, transport", {}),
    ],
)
def test_forbidden_import_is_found(path: str, text: str, forbidden: dict[str, set[str]]) -> None:
    assert forbidden_imports(parsed({path: text}), layers(ARCHITECTURE)) == forbidden


def test_circle_is_found_through_functions_and_relative_imports() -> None:
    files = parsed(
        {
            "auth/__init__.py": "from auth.keys import Key",
            "auth/keys.py": "from . import tokens",
            "auth/tokens.py": "def f():\n    from mail import smtp",
            "mail/smtp.py": "if TYPE_CHECKING:\n    from auth.keys import Key",
        }
    )

    assert circles(files) == [["auth.keys", "auth.tokens", "mail.smtp"]]


def test_package_outside_the_list_is_found() -> None:
    files = parsed({"transport/http.py": "import orjson, resolvers.comments", "execution/limits.py": "import models"})

    assert imports_outside(files, "transport", {"orjson"}) == {"transport.http": {"resolvers"}}


# ---------------------------------------------------------------- names


def nouns() -> list[str]:
    """Return the files of `schema/` that define GraphQL types."""
    return [
        Path(path).stem
        for path, tree in files_of("schema").items()
        if Path(path).stem not in NOT_NOUNS
        and any(isinstance(node, ast.ClassDef) and _is_graphql_type(node) for node in tree.body)
    ]


def _is_graphql_type(node: ast.ClassDef) -> bool:
    return any(re.match(r"strawberry\.|input_for", ast.unparse(decorator)) for decorator in node.decorator_list)


@pytest.mark.parametrize("noun", nouns())
def test_noun_has_the_same_file_name_in_every_layer(noun: str) -> None:
    files = [f"resolvers/{noun}.py", f"models/{noun}.py", f"tests/api/test_{noun}.py"]
    expected = [file for file in files if not (file.startswith("models/") and noun in NO_MODEL)]

    assert [file for file in expected if not (HOUSE / file).exists()] == []


def test_exceptions_are_still_needed() -> None:
    assert [noun for noun in NO_MODEL if (HOUSE / "models" / f"{noun}.py").exists() or noun not in nouns()] == []
    assert [name for name in NOT_NOUNS if not (HOUSE / "schema" / f"{name}.py").exists()] == []


def test_every_path_on_the_page_exists() -> None:
    files = tracked_files()
    names = {Path(file).name for file in files}
    paths = set(PATH.findall(PAGE.read_text()))

    assert len(paths) > 50
    assert {path for path in paths if not ((HOUSE / path).exists() if "/" in path else path in names)} == set()


def test_every_module_has_a_docstring() -> None:
    assert [path for path, tree in parsed_files().items() if tree.body and not ast.get_docstring(tree)] == []


def test_no_module_is_named_by_an_empty_word() -> None:
    """Words such as utils, helpers, common, manager, service and handler say nothing about a module."""
    empty = [
        path for path in parsed_files() if EMPTY_WORDS & {word.removesuffix("s") for word in Path(path).stem.split("_")}
    ]

    assert empty == []


def test_only_commands_and_benchmarks_print() -> None:
    """A server logs; printed text would be lost, or end up in someone's output."""
    printing = [
        path
        for path, tree in files_of(*(set(LAYERS) - {"cli", "benchmarks"})).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]

    assert printing == []


# ---------------------------------------------------------------- any machine


def test_no_file_names_a_registry_or_a_machine_path() -> None:
    """A clone installs from the registry that its machine is set up for, and works in any folder."""
    hosts = ["pypi" + ".org", "python" + "hosted.org", "npmjs" + ".org", "deb.debian" + ".org"]
    paths = ["/" + "work/", "/" + "root/", "/opt/" + "pypi", "/opt/" + "wheels"]
    pattern = re.compile("|".join(map(re.escape, hosts + paths)) + r"|/(?:home|Users)/\w+/")

    found = [name for name in tracked_files() if pattern.search((HOUSE / name).read_text(errors="ignore"))]

    assert found == []
