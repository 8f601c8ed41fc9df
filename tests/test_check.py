"""`make check` runs every step, and reports all that failed."""

import importlib.util
import sys
from types import ModuleType

import pytest

from tests.support.serving import HOUSE

FAILS = [sys.executable, "-c", "print('the linter finds something'); raise SystemExit(3)"]
PASSES = [sys.executable, "-c", "import sys; print('7 passed', *sys.argv[1:])"]


@pytest.fixture
def check() -> ModuleType:
    """The script as a module; `.ci` is no package."""
    spec = importlib.util.spec_from_file_location("check", HOUSE / ".ci" / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_failing_step_does_not_stop_the_next(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "STEPS", {"lint": FAILS, "types": ["no-such-command"], "tests": PASSES})

    exit_code = check.main(["--cov"])

    lines = capfd.readouterr().out.splitlines()
    assert exit_code == 1
    assert "the linter finds something" in lines
    assert lines[-6:-4] == ["7 passed --cov", "== summary"]
    assert [line.split()[:2] for line in lines[-4:-1]] == [["failed", "lint"], ["failed", "types"], ["ok", "tests"]]
    assert all(line.endswith(" s") for line in lines[-4:-1])
    assert lines[-1].startswith("Steps that failed: lint, types (")


def test_check_succeeds_if_every_step_does(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "STEPS", {"lint": PASSES, "tests": PASSES})

    assert check.main([]) == 0
    assert "Steps that failed: none (" in capfd.readouterr().out


def test_times_are_reported(check: ModuleType) -> None:
    text = check.report([check.Outcome("lint", 0, 2.34), check.Outcome("tests", 1, 61.0)])

    assert text == "  ok     lint           2.3 s\n  failed tests         61.0 s\nSteps that failed: tests (63.3 s)"


def test_steps_are_those_of_ci(check: ModuleType) -> None:
    """The test runner is the last step, so that the line with its result stands just above the summary."""
    assert list(check.STEPS) == ["format", "lint", "types", "schema", "migrations", "tests"]
    makefile = (HOUSE / "Makefile").read_text()
    assert "$(BIN)/python .ci/check.py $(PARALLEL) --cov --cov-report=term" in makefile
