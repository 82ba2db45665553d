"""Every benchmark, one after the other: ``python -m tests.benchmarks``. Each runs in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

from .serving import REPOSITORY

BENCHMARKS = ("pages", "sign_in", "recovery", "scale", "switching", "timing", "imports", "workers", "contacts")
MOST_SECONDS = 350
"""The time for all of them together; a benchmark that takes longer is stopped and reported."""


def main() -> int:
    until, began = time.monotonic() + MOST_SECONDS, time.monotonic()
    failed = [name for name in BENCHMARKS if not _run(name, until)]
    print(f"\n{len(BENCHMARKS) - len(failed)} of {len(BENCHMARKS)} in {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


def _run(name: str, until: float) -> bool:
    """Run a benchmark. Returns whether it ended in time."""
    if time.monotonic() >= until:
        print(f"  {name} was not begun: no time left")
        return False
    process = subprocess.Popen([sys.executable, "-m", f"tests.benchmarks.{name}"], cwd=REPOSITORY)
    try:
        return process.wait(until - time.monotonic()) == 0
    except subprocess.TimeoutExpired:
        # The same signal as Ctrl-C, so that it stops the servers it started.
        process.send_signal(signal.SIGINT)
        process.wait()
        print(f"  {name} was stopped: no time left")
        return False


if __name__ == "__main__":
    sys.exit(main())
