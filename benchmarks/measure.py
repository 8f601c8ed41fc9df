"""CPU time of a running process and its child processes."""

import os
import subprocess
import sys
from pathlib import Path

CLOCK_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    return _from_proc(pid) if sys.platform == "linux" else _from_ps(pid)


def _from_proc(pid: int) -> float:
    """Add utime and stime of each process in the tree; see proc(5), which counts fields from 1."""
    process = Path(f"/proc/{pid}")
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / CLOCK_TICKS_PER_SECOND
    children = {child for task in process.glob("task/*/children") for child in task.read_text().split()}
    return own + sum(_from_proc(int(child)) for child in children)


def _from_ps(pid: int) -> float:
    """Read the time of the process alone from ps, such as `1-02:03:04.56`; days and hours may be absent."""
    text = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    days, _, clock = text.strip().rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = seconds * 60 + float(part)
    return int(days or 0) * 86_400 + seconds
