"""Statements, function calls, memory and bytes of each kind of request: what does not flicker, so CI can compare it.

``python -m tests.benchmarks.counts`` prints a table. ``--check`` compares it with ``counts.toml`` and fails where a
number has grown; ``--write`` writes that file anew, after a change that is worth its price or has lowered one.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask

from . import people
from .counting import Postgres, SqliteStatements, calls, most_memory, postgres
from .in_process import our_app
from .kinds import KINDS, LOGIN, Kind, Mail
from .serving import our_settings

COMMITTED = Path(__file__).with_name("counts.toml")
CUSTOMERS = range(100, 400)
"""All with names of the same length."""

WARM_UP = 7
"""So many requests before any is counted: psycopg prepares a statement when it is executed for the sixth time."""
TIMES = 5

PARTS = ("Flask", "Werkzeug", "Jinja2", "SQLAlchemy", "psycopg", "Flask-Login")
"""What has a share in calls and memory: with other versions these may differ by ``OTHER_VERSIONS``; with another Python
they are shown and not compared."""

COLUMNS = {
    "postgresql": ("PostgreSQL statements", 0.0),
    "sqlite": ("SQLite statements", 0.0),
    "calls": ("calls", 0.02),
    "kib": ("KiB at once", 0.05),
    "html": ("HTML, gzipped", 0.02),
}
"""By name in the file: its title, and the share by which it may differ without having grown."""

FILES_TOLERANCE = 0.01
OTHER_VERSIONS = 0.10
OF_VERSIONS = ("calls", "kib")
RANDOM = re.compile(r'(?<=value=")[^"]{40,}')
FILE = re.compile(r'(?:href|src)="(/[^"#]+\.(?:css|js|svg|woff2))(?:\?[^"#]*)?[#"]')

Row = dict[str, float]


@dataclass
class Counts:
    """All that was counted.

    Sample: ``Counts({"python": "3.11"}, {"sign-in": {"postgresql": 4, "sqlite": 6, …}}, {"acct.css": 5012})``.
    """

    versions: Mapping[str, str]
    requests: dict[str, Row]
    files: dict[str, int]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.counts", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail where a number has grown over the committed one")
    parser.add_argument("--write", action="store_true", help="write the committed numbers anew")
    parser.add_argument("--statements", metavar="KIND", help="print the statements of one kind of request instead")
    options = parser.parse_args()
    if options.statements:
        return _print_statements(options.statements)
    counts = counted()
    print(table(counts))
    if options.write:
        COMMITTED.write_text(as_toml(counts), "utf-8")
    if not options.check:
        return 0
    grown = list(growth(counts, read(COMMITTED.read_text("utf-8"))))
    print("\n".join(["", *grown]) if grown else "\nNothing has grown.")
    if grown:
        print("If the change is worth it: python -m tests.benchmarks.counts --write, and commit the file.")
    return 1 if grown else 0


def counted() -> Counts:
    """Return the counts of this working tree."""
    with tempfile.TemporaryDirectory() as name, postgres() as server:
        folder = Path(name)
        on_postgres = our_app(our_settings(folder, people.fill(server.create("counts"), CUSTOMERS.stop)))
        on_sqlite = our_app(our_settings(folder, people.fill_ours(folder / "counts.db", CUSTOMERS.stop)))
        requests = {title: _row(kind, on_postgres, server, on_sqlite) for title, kind in KINDS.items()}
        files = _files(on_sqlite)
        for app in (on_postgres, on_sqlite):
            app.extensions["acct"].database.engine.dispose()
    versions = {"python": ".".join(platform.python_version_tuple()[:2]), **{part: version(part) for part in PARTS}}
    return Counts(versions, requests, files)


def growth(now: Counts, committed: Counts) -> Iterator[str]:
    """Yield a sentence for each number that is larger than the committed one, or has none."""
    tolerances = _tolerances(now.versions, committed.versions)
    for title, row in now.requests.items():
        before = committed.requests.get(title, {})
        for name in (name for name in row if name in tolerances):
            yield from _grown(f"{title}: {COLUMNS[name][0]}", row[name], before.get(name), tolerances[name])
    for file, size in now.files.items():
        yield from _grown(f"{file}: gzipped", size, committed.files.get(file), FILES_TOLERANCE)


def table(counts: Counts) -> str:
    """Return the counts as a Markdown table, and the files below it."""
    lines = [
        f"| a request | {' | '.join(title for title, _ in COLUMNS.values())} |",
        f"|---|{'---:|' * len(COLUMNS)}",
        *(
            f"| {title} | {' | '.join(f'{row[name]:,g}' if name in row else '' for name in COLUMNS)} |"
            for title, row in counts.requests.items()
        ),
        "",
        "| a file | gzipped |",
        "|---|---:|",
        *(f"| {file} | {size:,} |" for file, size in counts.files.items()),
    ]
    return "\n".join(lines)


def as_toml(counts: Counts) -> str:
    """Return the file's text."""
    lines = ["# Written by python -m tests.benchmarks.counts --write; compared by --check.", "", "[versions]"]
    lines += [f'{part} = "{number}"' for part, number in counts.versions.items()]
    for title, row in counts.requests.items():
        lines += ["", f'[requests."{title}"]', *(f"{name} = {number:g}" for name, number in row.items())]
    lines += ["", "[files]", *(f'"{file}" = {size}' for file, size in counts.files.items())]
    return "\n".join(lines) + "\n"


def read(text: str) -> Counts:
    return Counts(**tomllib.loads(text))


def _tolerances(now: Mapping[str, str], committed: Mapping[str, str]) -> dict[str, float]:
    """Return the share by which each column may be larger; one that cannot be compared is left out."""
    usual = {name: tolerance for name, (_, tolerance) in COLUMNS.items()}
    if now == committed:
        return usual
    if now["python"] != committed["python"]:
        return {name: tolerance for name, tolerance in usual.items() if name not in OF_VERSIONS}
    return {**usual, **dict.fromkeys(OF_VERSIONS, OTHER_VERSIONS)}


def _grown(what: str, now: float, before: float | None, tolerance: float) -> Iterator[str]:
    if before is None:
        yield f"{what}: {now:g}, not in {COMMITTED.name}"
    elif now > before * (1 + tolerance):
        yield f"{what}: {now:g} instead of {before:g}"


def _row(kind: Kind | Mail, on_postgres: Flask, server: Postgres, on_sqlite: Flask) -> Row:
    numbers = iter(CUSTOMERS)
    statements = SqliteStatements()
    statements.watch(on_sqlite.extensions["acct"].database.engine)
    for app in (on_postgres, on_sqlite):
        for _ in range(WARM_UP):
            kind.prepared(app, next(numbers))()
    row: Row = {"postgresql": 0, "sqlite": 0}
    for _ in range(TIMES):
        work = kind.prepared(on_postgres, next(numbers))
        before = server.log_size()
        work()
        row["postgresql"] += len(server.executed(before)) / TIMES
        work = kind.prepared(on_sqlite, next(numbers))
        statements.executed.clear()
        page = work()
        row["sqlite"] += len(statements.executed) / TIMES
    row["calls"] = median(calls(kind.prepared(on_postgres, next(numbers))) for _ in range(TIMES))
    row["kib"] = round(median(most_memory(kind.prepared(on_postgres, next(numbers))) for _ in range(TIMES)) / 1024)
    if page and isinstance(kind, Kind) and kind.status != 303:
        row["html"] = _gzipped(RANDOM.sub("", page).encode())
    return {name: round(number, 2) for name, number in row.items()}


def _files(app: Flask) -> dict[str, int]:
    """Return the size of what a browser loads with the sign-in page, by name."""
    client = app.test_client()
    paths = dict.fromkeys(FILE.findall(client.get(LOGIN).text))
    return {Path(path).name: _gzipped(client.get(path).data) for path in paths}


def _gzipped(content: bytes) -> int:
    return len(gzip.compress(content, mtime=0))


def _print_statements(title: str) -> int:
    """What the PostgreSQL server executed for one request of that kind is printed."""
    with tempfile.TemporaryDirectory() as name, postgres() as server:
        app = our_app(our_settings(Path(name), people.fill(server.create("counts"), CUSTOMERS.stop)))
        numbers = iter(CUSTOMERS)
        for _ in range(WARM_UP):
            KINDS[title].prepared(app, next(numbers))()
        work = KINDS[title].prepared(app, next(numbers))
        before = server.log_size()
        work()
        print("\n".join(server.executed(before)))
        app.extensions["acct"].database.engine.dispose()
    return 0


def _same_hashes() -> Any:
    """Sets are looked through in the same order each time, so that calls and memory are the same."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        os.execve(sys.executable, [sys.executable, "-m", "tests.benchmarks.counts", *sys.argv[1:]], environment)


if __name__ == "__main__":
    _same_hashes()
    sys.exit(main())
