"""Tries what was built on each Python from 3.11 on that is found here: ``pythons.py DIST``. Needs uv.

Three times each: the wheel with the newest dependencies, the wheel with the lowest that ``pyproject.toml`` allows, and
the source distribution, which pip builds. With ``--fast-tests`` the tests of ``make test-fast`` run instead, with the
newest and with the lowest. ``--only 3.12`` or ``--only lowest`` leaves out the rest. A Python that is not here is said,
and not counted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from from_wheel import EXTRAS, REPOSITORY, of_hosts, try_hosts, try_out
from installing import LOWEST, TO_RUN, install, make_environment, newest

WANTED = ("3.11", "3.12", "3.13", "3.14")
"""Every Python that python.org still mends and this package allows."""

PYPROJECT = str(REPOSITORY / "pyproject.toml")
ALL_EXTRAS = "[kb,verify,postgres,hashes,metrics]"
FAST = "not browser and not postgres and not long"


@dataclass(frozen=True, slots=True)
class TriedPython:
    """One Python; each method tries something in an environment of its own, and raises if it does not work."""

    python: str
    dist: str
    workers: str

    def newest(self, home: Path) -> None:
        install(self._environment(home), TO_RUN, f"{newest(self.dist, 'flask_acct-*.whl')}{EXTRAS}", *of_hosts())
        try_out(home)
        try_hosts(home)

    def lowest(self, home: Path) -> None:
        python = self._environment(home)
        # What a wheel requires is not direct, so "lowest-direct" would not look at it.
        install(python, TO_RUN, *LOWEST, "-r", PYPROJECT, "--extra", "kb", "--extra", "hashes", *of_hosts())
        install(python, TO_RUN, "--no-deps", str(newest(self.dist, "flask_acct-*.whl")))
        try_out(home)
        try_hosts(home)

    def sdist(self, home: Path) -> None:
        python = self._environment(home)
        install(python, "pip")
        source = newest(self.dist, "flask_acct-*.tar.gz")
        subprocess.run([python, "-m", "pip", "install", "--quiet", f"{source}{EXTRAS}"], check=True)
        try_out(home)

    def fast_newest(self, home: Path) -> None:
        self._fast(home)

    def fast_lowest(self, home: Path) -> None:
        self._fast(home, *LOWEST)

    def _fast(self, home: Path, *options: str) -> None:
        python = self._environment(home)
        install(python, TO_RUN, *options, "-e", f"{REPOSITORY}{ALL_EXTRAS}", "--group", f"{PYPROJECT}:dev")
        # The tests start some hundred processes; none need compile what another one compiled.
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        options_of_pytest = ["-q", "-p", "no:cacheprovider", "-n", self.workers, "--dist", "worksteal", "-m", FAST]
        subprocess.run(
            [python, "-m", "pytest", *options_of_pytest],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PATH": path},
            check=True,
        )

    def _environment(self, home: Path) -> Path:
        return make_environment(home / "venv", self.python)


def found(version: str) -> str | None:
    """Return the program of a Python: on PATH, of pyenv or of uv."""
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"), reverse=True)
    of_uv = subprocess.run(
        ["uv", "python", "find", "--no-python-downloads", version], capture_output=True, text=True, check=False
    )
    candidates = [shutil.which(f"python{version}"), *map(str, pyenv), of_uv.stdout.strip()]
    return next((one for one in candidates if one and _is(one, version)), None)


def _is(program: str, version: str) -> bool:
    # pyenv puts a program on PATH for versions that are not chosen, which only says so.
    asked = [program, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == version
    except OSError:
        return False


def planned(options: argparse.Namespace) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Yield each thing to try with its name; say which Pythons are not there."""
    ways = ("fast_newest", "fast_lowest") if options.fast_tests else ("newest", "lowest", "sdist")
    for version in WANTED:
        python = found(version)
        if python is None:
            print(f"Python {version} is not here: skipped", flush=True)
            continue
        for way in ways:
            name = f"{version} {way.replace('_', ' ')}"
            if all(only in name for only in options.only):
                yield name, getattr(TriedPython(python, options.dist, options.workers), way)


def main() -> int:
    """Try everything, whatever failed before. Returns 1 if anything did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dist")
    parser.add_argument("--fast-tests", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--workers", default="2")
    options = parser.parse_args()
    results = {name: _works(name, trial) for name, trial in planned(options)}
    print("\n".join(f"{'ok    ' if works else 'FAILED'} {name}" for name, works in results.items()))
    print(f"{sum(results.values())} passed, {len(results) - sum(results.values())} failed")
    return 0 if results and all(results.values()) else 1


def _works(name: str, trial: Callable[[Path], None]) -> bool:
    print(f"== {name}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        try:
            trial(Path(folder))
        except (subprocess.CalledProcessError, AssertionError):
            traceback.print_exc()
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
