"""The operator's commands, run as `cli.py` in a process of their own."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.leaks import RECORDER
from tests.support.serving import HOUSE, environment


async def run(
    database_url: str, *words: str, folder: Path = HOUSE, **settings: Any
) -> subprocess.CompletedProcess[str]:
    """Run the `cli.py` of a folder with these words and wait until it ends; `settings` are environment variables."""
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "cli.py", *words],
        cwd=folder,
        env=environment(DATABASE_URL=database_url, **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "outbox" not in words:  # `cli.py outbox` shows e-mail addresses to the operator on purpose
        RECORDER.check_output(f"cli.py {' '.join(words)}", ended.stdout + ended.stderr)
    return ended
