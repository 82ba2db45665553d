"""The cost of starting: the time to import and build the app, and the memory of a worker that has served some pages."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from . import figures, people
from .serving import BARE, OURS, REPOSITORY, bare_settings, environment, our_settings, served
from .visitor import Visitor

TIMES = 5
PAGES = 30
SHOWN = 8
OUR_START = "from tests.benchmarks import ours; ours.create_app()"
BARE_START = "from tests.benchmarks import bare; bare.create_app()"


def main() -> None:
    figures.head("Start: seconds to import and build the app, and memory of a worker")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = our_settings(folder, people.fill_ours(folder / "ours.db", 1))
        bare = bare_settings(people.fill_bare(folder / "bare.db", 1))
        _times(ours, bare)
        _packages(ours)
        _memory("ours", OURS, ours, "/account/login", folder)
        _memory("bare", BARE, bare, "/login", folder)


def _times(ours: Mapping[str, str], bare: Mapping[str, str]) -> None:
    our_times, bare_times = [], []
    for _ in range(TIMES):
        our_times.append(_start(OUR_START, ours))
        bare_times.append(_start(BARE_START, bare))
    figures.show("ours and bare", f"{median(our_times):.2f} s and {median(bare_times):.2f} s")


def _start(code: str, settings: Mapping[str, str]) -> float:
    before = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY, env=environment(settings))
    return time.perf_counter() - before


def _packages(settings: Mapping[str, str]) -> None:
    """Print the time to import each package, without what the package itself imports."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", OUR_START],
        check=True, cwd=REPOSITORY, env=environment(settings), capture_output=True, text=True,
    ).stderr  # fmt: skip
    microseconds: Counter[str] = Counter()
    for line in told.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and parts[0].strip().isdigit():
            microseconds[parts[2].strip().partition(".")[0]] += int(parts[0])
    figures.show("  importing, all packages", f"{sum(microseconds.values()) / 1e6:.2f} s under -X importtime")
    for package, spent in microseconds.most_common(SHOWN):
        figures.show(f"    {package}", f"{spent / 1000:.0f} ms")


def _memory(what: str, app: str, settings: Mapping[str, str], path: str, folder: Path) -> None:
    with served(app, settings, folder=folder) as server:
        for _ in range(PAGES):
            Visitor(server.port).get(path)
        resident, private = server.memory()
    figures.show(f"memory of a worker, {what}", f"{resident:.0f} MiB, {private:.0f} of them its own")


if __name__ == "__main__":
    main()
