"""Every step of `make check`, one after the other: run all, then report which failed and how long each took."""

import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

BIN = ".venv/bin"
STEPS = {
    "format": [f"{BIN}/ruff", "format", "--check", "."],
    "lint": [f"{BIN}/ruff", "check", "."],
    "types": [f"{BIN}/mypy"],
    "schema": [f"{BIN}/python", "cli.py", "schema", "--check"],
    "migrations": [f"{BIN}/python", "cli.py", "migrations", "--check"],
    "tests": [f"{BIN}/python", "-m", "pytest"],
}


class Outcome(NamedTuple):
    name: str
    exit_code: int
    seconds: float


def run(name: str, command: Sequence[str]) -> Outcome:
    """Run a step to its end; its output goes where ours goes."""
    print(f"== {name}: {' '.join(command)}", flush=True)
    started = time.monotonic()
    try:
        exit_code = subprocess.run(command, check=False).returncode
    except OSError as error:
        print(error, flush=True)
        exit_code = 127
    return Outcome(name, exit_code, time.monotonic() - started)


def report(outcomes: Sequence[Outcome]) -> str:
    """Return a line for each step, and a last line that names the steps that failed.

    The last line does not look like the closing line of pytest, which CI searches the output for.
    """
    lines = [
        f"  {'failed' if outcome.exit_code else 'ok':<7}{outcome.name:<11}{outcome.seconds:7.1f} s"
        for outcome in outcomes
    ]
    failed = ", ".join(outcome.name for outcome in outcomes if outcome.exit_code)
    total = sum(outcome.seconds for outcome in outcomes)
    return "\n".join([*lines, f"Steps that failed: {failed or 'none'} ({total:.1f} s)"])


def main(pytest_arguments: Sequence[str]) -> int:
    outcomes = [
        run(name, [*command, *pytest_arguments] if name == "tests" else command) for name, command in STEPS.items()
    ]
    print(f"== summary\n{report(outcomes)}", flush=True)
    return int(any(outcome.exit_code for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
