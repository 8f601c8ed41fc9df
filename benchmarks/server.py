"""Server processes: the real server on a copy of a data set, and the reference servers."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks.generate import DATA

HOST = "127.0.0.1"
HOUSE = Path(__file__).parent.parent
START_TIMEOUT_SECONDS = 60.0


class Server:
    """A running server process."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.name = name
        self.process = process
        self.pid = process.pid
        self.port = port

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def constant() -> AbstractContextManager[Server]:
    port = _free_port()
    command = ["-m", "uvicorn", "benchmarks.constant:app", "--host", HOST, "--port", str(port)]
    return _running("constant", [*command, "--loop", "uvloop", "--http", "httptools", "--no-access-log"], {}, port)


def prepared() -> AbstractContextManager[Server]:
    port = _free_port()
    return _running("prepared", ["-m", "benchmarks.prepared", HOST, str(port)], {}, port)


@contextmanager
def groundswell(database: Path, size: int) -> Iterator[Server]:
    """Run the real server on a copy of the data set, so that the writes of one run do not affect the next."""
    copy = DATA / f"run-{database.name}"
    shutil.copyfile(database, copy)
    port = _free_port()
    settings = {
        "HOST": HOST,
        "PORT": str(port),
        "DATABASE_URL": f"sqlite://{copy}",
        "SECRET_KEY": "the key of a benchmark, which nobody else reads",
        "RATE_LIMITS": "off",
        "AUDIT_HOURS": "0",
    }
    try:
        with _running(f"groundswell-{size}", ["cli.py", "serve"], settings, port) as server:
            yield server
    finally:
        for rest in DATA.glob(f"{copy.name}*"):
            rest.unlink()


@contextmanager
def _running(name: str, command: list[str], settings: dict[str, str], port: int) -> Iterator[Server]:
    log = DATA / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=HOUSE,
            env=os.environ | settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    server = Server(name, process, port)
    try:
        _await(server, log)
        yield server
    finally:
        _stop(process)


def _await(server: Server, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not server.is_ready():
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"The server {server.name} did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind((HOST, 0))
        return int(candidate.getsockname()[1])
