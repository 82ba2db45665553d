"""Ours beside the same pages by hand and, where installed, Flask-Security: ``python -m tests.benchmarks``.

On SQLite and PostgreSQL, apps in turns, one table. ``--quick`` measures less; ``--peers`` installs
Flask-Security in an environment of its own; ``--write`` writes the table into ``RESULTS.md``.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from .. import postgres_server
from . import comparison, peers
from .apps import App, compared
from .comparison import FULL, QUICK, Comparison, Figures, Size
from .counting import postgres
from .mail_server import listening
from .serving import REPOSITORY

RESULTS = Path(__file__).with_name("RESULTS.md")
MAIL_SECONDS = 0.05
SHOWN_VERSIONS = (*peers.SHARED, "Flask-SQLAlchemy")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and customers")
    parser.add_argument("--peers", action="store_true", help="install Flask-Security first")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args()
    if options.peers:
        peers.install()
    began, load = time.monotonic(), os.getloadavg()[0]
    apps, size = compared(), QUICK if options.quick else FULL
    sqlite, on_postgres = measured(apps, size)
    told = "\n".join([*_about(size, load, time.monotonic() - began), "", *table(apps, size, sqlite, on_postgres)])
    print(told)
    if options.write:
        RESULTS.write_text(f"# Results\n\nWritten by `python -m tests.benchmarks --write`.\n\n{told}\n", "utf-8")


def measured(apps: Sequence[App], size: Size) -> tuple[Figures, Figures]:
    """Return the figures on SQLite, and those on PostgreSQL."""
    with tempfile.TemporaryDirectory() as name, listening(MAIL_SECONDS) as (inbox, port):
        folders = [Path(name) / kind for kind in ("once", "sqlite", "postgres")]
        for folder in folders:
            folder.mkdir()
        once, for_sqlite, for_postgres = folders
        found = comparison.imports(apps, once, port, size.imports)
        _tell("imports")
        create = f"sqlite:///{for_sqlite}/{{}}.db".format
        sqlite = Comparison(apps, size, for_sqlite, inbox, port, create).measure(workers=False)
        _tell("SQLite")
        with postgres(is_logging=False) as server:

            def tidy(database: str) -> None:
                """What follows the filling of a database, such as statistics, does not fall into what is measured."""
                postgres_server.execute(server.address, "VACUUM (ANALYZE)", database=database)
                postgres_server.execute(server.address, "CHECKPOINT")

            figures = Comparison(apps, size, for_postgres, inbox, port, server.create, tidy).measure(workers=True)
            _tell("PostgreSQL")
            figures |= comparison.statements(apps, server, once, port)
    return found | sqlite, figures


def table(apps: Sequence[App], size: Size, sqlite: Figures, on_postgres: Figures) -> list[str]:
    """Return the lines of the one table, in Markdown. Two figures of a cell are of SQLite and PostgreSQL."""
    rows = [
        (comparison.PAGE, comparison.PAGE, "≥ 1.2"),
        (comparison.PAGE_CPU, comparison.PAGE_CPU, ""),
        (comparison.HOST, comparison.HOST, "≥ 0.90"),
        (comparison.HOST_CPU, comparison.HOST_CPU, ""),
        (comparison.SIGN_IN, comparison.SIGN_IN, "≤ 1.12 / ≤ 1.18"),
        (comparison.TINY, f"sign-in with a tiny hash, {size.customers:,} users, rate over bare", "≥ 0.50"),
        (comparison.TINY_CPU, f"sign-in with a tiny hash, {size.customers:,} users, CPU over bare's", ""),
        (comparison.RECOVERY, "recovery asked for, mail server of 50 ms, rate over bare", "≥ 0.70"),
        (comparison.MAIL, "CPU of a recovery with its mail, ms (bare: stores it, mails nothing)", "≤ 8"),
        (comparison.MILLISECONDS, comparison.MILLISECONDS, ""),
        (
            comparison.STATEMENTS,
            "statements the PostgreSQL server executes: signed-in page/sign-in/failed/recovery",
            "1/4/3/2",
        ),
        (comparison.MEMORY, "worker after GETs · after all, MiB", "≤ 85 · ≤ 150"),
        (comparison.IMPORT, comparison.IMPORT, "≤ 350"),
        (comparison.WORKERS, "2 workers over 1, rate of the signed-in page, PostgreSQL", "≥ 1.7"),
        (comparison.SESSIONS, f"{size.sessions:,} sessions over 10, rate of the signed-in page", "≥ 0.97"),
    ]
    lines = [
        f"| SQLite / PostgreSQL | {' | '.join(app.name for app in apps)} | goal |",
        "|---|" + "---|" * (len(apps) + 1),
    ]
    for row, title, goal in rows:
        cells = [
            " / ".join(side[row, app.name] for side in (sqlite, on_postgres) if (row, app.name) in side) for app in apps
        ]
        lines.append(f"| {title} | {' | '.join(cells)} | {goal} |")
    return lines


def _about(size: Size, load: float, seconds: float) -> list[str]:
    """When, of what and on what it was measured."""
    commit = _told("git", "describe", "--always", "--dirty", "--abbrev=10")
    versions = ", ".join(f"{name} {version(name)}" for name in SHOWN_VERSIONS)
    server = _told("postgres", "--version").removeprefix("postgres (PostgreSQL) ")
    peer = f", Flask-Security {peers.FLASK_SECURITY}" if peers.is_installed() else ""
    cores = len(os.sched_getaffinity(0))
    busy = "; **other programs ran: only statements can be relied on, and rates least**" if load > cores / 2 else ""
    return [
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit}, {'quick' if size is QUICK else 'full'}, "
        f"medians of {size.rounds} rounds in turns, {seconds / 60:.1f} minutes",
        f"- {cores} cores; load average {load:.1f} before and {os.getloadavg()[0]:.1f} after{busy}",
        f"- Python {platform.python_version()}, PostgreSQL {server}, {versions}{peer}",
        "- gunicorn, 2 workers of 4 threads; argon2id 19456/2/1; both databases wait for the disk at a commit",
    ]


def _told(*command: str) -> str:
    return subprocess.run(command, check=True, cwd=REPOSITORY, capture_output=True, text=True).stdout.strip()


def _tell(what: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {what} done", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
