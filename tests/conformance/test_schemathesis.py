"""Schemathesis, a fuzzer that reads the schema from the server, finds no error in its responses."""

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
from tests.support.fuzzing import check_body
from tests.support.serving import serving

pytestmark = pytest.mark.anyio

LONG = os.environ.get("LONG") == "1"
EXAMPLES = 100 if LONG else 4
"""Cases for each query and each mutation; some are valid, some not."""
CHECKS = "not_a_server_error,response_schema_conformance,positive_data_acceptance,negative_data_rejection"
WITHOUT_SIGN_OUT = ("--exclude-name-regex", "eraseSupporter|signOut")
"""These mutations would make the viewer anonymous halfway through the run; another run is anonymous from the start."""
HOOKS = f"""
import graphql
import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes, scalar

scalar("CountryCode", st.sampled_from(["DE", "de", "XX"]).map(nodes.String))
scalar("CurrencyCode", st.sampled_from(["EUR", "usd"]).map(nodes.String))
scalar("EmailAddress", st.emails().map(nodes.String))
scalar("SafeInt", st.integers(-(2**53), 2**53).map(nodes.Int))
scalar("URL", st.sampled_from(["https://example.org/a", "https://example.org/?b=c#d"]).map(nodes.String))
REFUSED = {[*map(str, ProblemCode), "OPERATION_TOO_COSTLY"]}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # Schemathesis counts every error as a server error, but refusing a valid document is a valid response.
    errors = getattr(failure, "errors", [])
    return not errors or any(error["extensions"]["code"] not in REFUSED for error in errors)


class ValidValues(graphql.Visitor):
    def enter_object_field(self, node, *_):
        # Schemathesis does not know that the member of a @oneOf input must not be null.
        if node.name.value in ("ids", "query") and isinstance(node.value, graphql.NullValueNode):
            return graphql.ObjectFieldNode(name=graphql.NameNode(value="ids"), value=graphql.ListValueNode(values=()))
        if node.name.value == "familyName" and isinstance(node.value, graphql.StringValueNode):
            return graphql.ObjectFieldNode(name=node.name, value=graphql.StringValueNode(value="Byron-Lovelace"))

    def enter_enum_value(self, node, *_):
        if node.value == "FULL_NAME":
            return graphql.EnumValueNode(value="INITIALS")


@schemathesis.hook
def map_body(context, body):
    # Every response is searched for private family names: use a unique one, and never choose to show it.
    return graphql.visit(body, ValidValues())
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
async def test_schemathesis_finds_no_error(
    site: TestApp, viewer: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The server logs no error either, and every error in a response has a documented code."""
    needs((TOOLS / "schemathesis").exists(), "schemathesis is not installed: make .venv/.clients")
    (tmp_path / "hooks.py").write_text(HOOKS)
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION.format(**await populate(site)))
    token = await site.staff(Role.ADMIN, "Ad Min") if viewer == "admin" else None
    if token:  # staff are shown by their full name until they choose otherwise
        await site.do("updateProfile", "viewer { role }", token, nameDisplay="INITIALS")

    async with serving(site) as netloc:
        codes = await asyncio.to_thread(fuzz, tmp_path, netloc, token)

    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert ("UNAUTHENTICATED" in codes) == (token is None)


async def populate(site: TestApp) -> dict[str, str]:
    """Create a campaign with comments; return their ids."""
    campaign, guest = await site.campaign(), await site.guest()
    comment = await site.comment(campaign, guest)
    return {"campaign": campaign, "comment": comment, "reply": await site.comment(campaign, guest, parent=comment)}


def fuzz(folder: Path, netloc: str, token: str | None) -> set[str]:
    """Run schemathesis; return the codes of all errors in its report."""
    viewer = ["--header", f"Authorization: Bearer {token}", *WITHOUT_SIGN_OUT] if token else []
    cases = ["--phases", "fuzzing", "--generation-deterministic", "--max-examples", str(EXAMPLES)]
    report = ["--report", "har", "--report-har-path", "report.har", "--no-color"]
    url = f"http://{netloc}/graphql"
    run(folder, TOOLS / "schemathesis", "run", url, "--checks", CHECKS, *cases, *viewer, *report, timeout=1200)
    entries = json.loads((folder / "report.har").read_text())["log"]["entries"]
    assert len(entries) > EXAMPLES
    return {code for entry in entries for code in error_codes(entry)}


def error_codes(entry: dict[str, Any]) -> list[str]:
    """Check one request and response of the report; return the codes of the errors."""
    content = entry["response"]["content"]["text"]
    check_body(content, entry["request"]["postData"]["text"])
    return [error["extensions"]["code"] for error in json.loads(content).get("errors", [])]
