"""Every benchmark, one after the other: ``python -m tests.benchmarks``. Each runs in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time

from .serving import REPOSITORY

BENCHMARKS = ("pages", "sign_in", "recovery", "scale", "timing", "imports", "workers")
MOST_SECONDS = 350
"""All of them together; one that is not done by then is stopped, and that is said."""


def main() -> int:
    began, failed = time.monotonic(), []
    for name in BENCHMARKS:
        left = MOST_SECONDS - (time.monotonic() - began)
        try:
            subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=True, cwd=REPOSITORY, timeout=left)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            print(f"  {name} did not finish: {error}")
            failed.append(name)
    print(f"\n{len(BENCHMARKS) - len(failed)} of {len(BENCHMARKS)} in {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
