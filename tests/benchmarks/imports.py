"""Where the time of importing and building our app goes, by package. How much it is in all: ``tests.benchmarks``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from . import figures, people
from .serving import REPOSITORY, environment, our_settings

SHOWN = 12
START = "from tests.benchmarks import ours; ours.create_app()"


def main() -> None:
    figures.head("Start: milliseconds of each package, without what it imports, under -X importtime")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = our_settings(folder, people.fill_ours(folder / "ours.db", 1))
        # Compiled by the first time, measured in the second.
        _packages(settings)
        spent = _packages(settings)
        figures.show("all packages", f"{sum(spent.values()) / 1000:.0f} ms")
        for package, microseconds in spent.most_common(SHOWN):
            figures.show(f"  {package}", f"{microseconds / 1000:.0f} ms")


def _packages(settings: Mapping[str, str]) -> Counter[str]:
    """Return microseconds by package."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", START],
        check=True, cwd=REPOSITORY, env=environment(settings), capture_output=True, text=True,
    ).stderr  # fmt: skip
    spent: Counter[str] = Counter()
    for line in told.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and parts[0].strip().isdigit():
            spent[parts[2].strip().partition(".")[0]] += int(parts[0])
    return spent


if __name__ == "__main__":
    main()
