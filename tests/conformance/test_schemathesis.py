"""A fuzzer that others wrote, which reads our schema from the server, finds no mistake in what the server answers."""

import asyncio
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from models import Role
from refusals import ProblemCode
from tests.conformance.test_clients import TOOLS, run
from tests.support.app import TestApp, needs
from tests.support.fuzzing import told
from tests.support.serving import serving

pytestmark = pytest.mark.anyio

LONG = os.environ.get("LONG") == "1"
EXAMPLES = 100 if LONG else 4
"""For each query and each mutation; some are valid, some not."""
CHECKS = "not_a_server_error,response_schema_conformance,positive_data_acceptance,negative_data_rejection"
KEEPS_THE_VIEWER = ("--exclude-name-regex", "eraseSupporter|signOut")
"""Who is erased or signed out halfway is anonymous from then on, and that one has a run of their own."""
HOOKS = f"""
import graphql
import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes, scalar

scalar("CountryCode", st.sampled_from(["DE", "de", "XX"]).map(nodes.String))
scalar("CurrencyCode", st.sampled_from(["EUR", "usd"]).map(nodes.String))
scalar("EmailAddress", st.emails().map(nodes.String))
scalar("URL", st.sampled_from(["https://example.org/a", "https://example.org/?b=c#d"]).map(nodes.String))
REFUSED = {[*map(str, ProblemCode), "OPERATION_TOO_COSTLY"]}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # It takes each error of a field for the server's own; that a valid document is refused is an answer too.
    errors = getattr(failure, "errors", [])
    return not errors or any(error["extensions"]["code"] not in REFUSED for error in errors)


class Confidence(graphql.Visitor):
    def enter_object_field(self, node, *_):
        if node.name.value == "familyName" and isinstance(node.value, graphql.StringValueNode):
            return graphql.ObjectFieldNode(name=node.name, value=graphql.StringValueNode(value="Byron-Lovelace"))

    def enter_enum_value(self, node, *_):
        if node.value == "FULL_NAME":
            return graphql.EnumValueNode(value="INITIALS")


@schemathesis.hook
def map_body(context, body):
    # Every answer is searched for family names: one that is like nothing else, and that nobody asks to be shown.
    return graphql.visit(body, Confidence())
"""
CONFIGURATION = """
hooks = "hooks.py"

[dictionaries]
campaigns = {{ values = ["{campaign}"] }}
comments = {{ values = ["{comment}", "{reply}"] }}
nodes = {{ values = ["{campaign}", "{comment}", "{reply}"] }}

[parameters]
"*.*.campaignId" = {{ dictionary = "campaigns" }}
"*.*.input.campaignId" = {{ dictionary = "campaigns", probability = 0.9 }}
"*.*.input.commentId" = {{ dictionary = "comments", probability = 0.9 }}
"*.*.input.parentId" = {{ dictionary = "comments" }}
"Query.campaign.id" = {{ dictionary = "campaigns" }}
"Query.node.id" = {{ dictionary = "nodes" }}
"Query.nodes.ids[*]" = {{ dictionary = "nodes" }}
"""


@pytest.mark.parametrize("viewer", ["anonymous", "admin"])
async def test_schemathesis_finds_no_mistake(
    site: TestApp, viewer: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does the log report one, and all errors that it was told are ones that our pages explain."""
    needs((TOOLS / "schemathesis").exists(), "schemathesis is not installed: make .venv/.clients")
    (tmp_path / "hooks.py").write_text(HOOKS)
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION.format(**await talked(site)))
    token = await site.staff(Role.ADMIN, "Ad Min") if viewer == "admin" else None
    if token:  # staff are shown by their full name until they choose otherwise
        await site.do("updateProfile", "viewer { role }", token, nameDisplay="INITIALS")

    async with serving(site) as address:
        codes = await asyncio.to_thread(fuzz, tmp_path, address, token)

    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert ("UNAUTHENTICATED" in codes) == (token is None)


async def talked(site: TestApp) -> dict[str, str]:
    """The ids of a campaign with comments."""
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    return {"campaign": campaign, "comment": comment, "reply": await site.comment(campaign, guest, parent=comment)}


def fuzz(folder: Path, address: str, token: str | None) -> set[str]:
    """The codes of the errors that it was told."""
    viewer = ["--header", f"Authorization: Bearer {token}", *KEEPS_THE_VIEWER] if token else []
    cases = ["--phases", "fuzzing", "--generation-deterministic", "--max-examples", str(EXAMPLES)]
    report = ["--report", "har", "--report-har-path", "report.har", "--no-color"]
    url = f"http://{address}/graphql"
    run(folder, TOOLS / "schemathesis", "run", url, "--checks", CHECKS, *cases, *viewer, *report, timeout=1200)
    entries = json.loads((folder / "report.har").read_text())["log"]["entries"]
    assert len(entries) > EXAMPLES
    return {code for entry in entries for code in answered(entry)}


def answered(entry: dict[str, Any]) -> list[str]:
    content = entry["response"]["content"]["text"]
    told(content, entry["request"]["postData"]["text"])
    return [error["extensions"]["code"] for error in json.loads(content).get("errors", [])]
