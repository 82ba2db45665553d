"""How each app grows: with its users, its sessions and its workers, on SQLite and PostgreSQL, in one run.

    python -m tests.benchmarks.scale --peers        # 100 to 1,000,000 users, 10 to 100,000 sessions, 1 to 4 workers
    python -m tests.benchmarks.scale --quick        # 10,000 users and sessions, fewer rounds

Small and large take turns, so whatever else the machine does hits both: a ratio can be believed where a rate cannot.
1.00 is flat. Filling a million customers for three apps on two databases takes most of the time of a full run.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from .. import postgres_server
from . import people, turns
from .__main__ import MAIL_SECONDS, _about, _tell
from .apps import OUR_APP, App, compared
from .comparison import FORGOTTEN, FOUND, FULL, MOVED, QUICK, VISITORS, Size
from .counting import postgres
from .mail_server import Inbox, listening
from .peers import install
from .serving import served
from .turns import Prepare, Side, Turn

FEW_USERS, MANY_USERS, MANY_SESSIONS, WORKERS = 100, 1_000_000, 100_000, (1, 2, 4)
COSTLY = 3_000
"""How many customers of a large database have a hash as in use; those are the ones that sign in."""

Rows = dict[str, dict[str, str]]
"""By row and app, what stands in a cell for one database."""


@dataclass
class Growth:
    """All apps over one kind of database, small beside large.

    Args:
        create: Makes an empty database of that name and returns its URL.
        tidy: Called with a database's name once it is filled.
    """

    apps: Sequence[App]
    size: Size
    users: int
    sessions: int
    folder: Path
    inbox: Inbox
    mail_port: int
    create: Callable[[str], str]
    tidy: Callable[[str], object] = lambda _name: None

    def measure(self) -> Rows:
        rows: Rows = {}
        for app in self.apps:
            few, many = self._filled(app, FEW_USERS), self._filled(app, self.users)
            _tell(f"{app.name} filled")
            for row, cell in (*self._by_users(app, few, many), *self._by_workers(app, many)):
                rows.setdefault(row, {})[app.name] = cell
            _tell(app.name)
        for row, cell in self._by_sessions():
            rows.setdefault(row, {})[OUR_APP.name] = cell
        return rows

    def _filled(self, app: App, users: int) -> str:
        name = f"{app.name.lower().replace('-', '_')}_{users}"
        url = app.fill(self.create(name), users, min(users, COSTLY))
        self.tidy(name)
        return url

    def _by_users(self, app: App, few: str, many: str) -> list[tuple[str, str]]:
        with ExitStack() as stack:
            sides = {"few": self._started(stack, app, few), "many": self._started(stack, app, many)}
            kinds: list[tuple[str, Callable[[Side], Prepare], Sequence[int], int]] = [
                ("signed-in page", self._page, FOUND, turns.AT_ONCE),
                ("sign-in", self._sign_in, MOVED, 1),
                ("recovery, with its mail", self._recovery, FORGOTTEN, turns.AT_ONCE),
            ]
            return [
                (f"{name}, {self.users:,} users over {FEW_USERS}", _grown(self._turns(sides, prepare, expect, at_once)))
                for name, prepare, expect, at_once in kinds
            ]

    def _by_sessions(self) -> list[tuple[str, str]]:
        with ExitStack() as stack:
            sides = {}
            for name, number in (("few", 10), ("many", self.sessions)):
                url = people.fill(self.create(name), 20)
                people.add_sessions(url, number)
                self.tidy(name)
                sides[name] = self._started(stack, OUR_APP, url)
            found = self._turns(sides, self._page, FOUND, turns.AT_ONCE)
        return [(f"signed-in page, {self.sessions:,} sessions over 10", _grown(found))]

    def _by_workers(self, app: App, url: str) -> list[tuple[str, str]]:
        with ExitStack() as stack:
            sides = {str(number): self._started(stack, app, url, workers=number) for number in WORKERS}
            found = self._turns(sides, self._page, FOUND, turns.AT_ONCE)
            rates = " · ".join(f"{turns.over(found, '1', str(number)):.2f}" for number in WORKERS[1:])
        return [(f"signed-in page, {' and '.join(map(str, WORKERS[1:]))} workers over 1, rate", rates)]

    def _turns(
        self, sides: Mapping[str, Side], prepare: Callable[[Side], Prepare], expect: Sequence[int], at_once: int
    ) -> dict[str, list[Turn]]:
        ready = {name: prepare(side) for name, side in sides.items()}
        settle = self._mailed if expect is FORGOTTEN else _nothing
        return turns.in_turns(sides, ready, self.size.rounds, expect=expect, at_once=at_once, settle=settle)

    def _page(self, side: Side) -> Prepare:
        visitors = [side.customer(1 + number) for number in range(VISITORS)]
        for visitor in visitors:
            # Some of a page is remembered in a cookie from the first time on.
            visitor.get(side.app.host)
        return turns.pages(side, side.app.host, visitors, self.size.pages)

    def _sign_in(self, side: Side) -> Prepare:
        return turns.forms(side, side.app.sign_in, side.app.right, range(20, FEW_USERS), self.size.sign_ins)

    def _recovery(self, side: Side) -> Prepare:
        return turns.forms(side, side.app.recover, side.app.forgotten, range(20, FEW_USERS), self.size.recoveries)

    def _mailed(self, side: Side, requests: int) -> None:
        until = time.monotonic() + turns.SETTLED_SECONDS
        while side.app.sends_mail and len(self.inbox.recipients) < requests and time.monotonic() < until:
            time.sleep(0.01)
        self.inbox.recipients.clear()

    def _started(self, stack: ExitStack, app: App, url: str, *, workers: int = 2) -> Side:
        folder = self.folder / f"{app.name}-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        settings = app.settings(folder, url, self.mail_port)
        return Side(
            app,
            stack.enter_context(
                served(app.target, settings, folder=folder, workers=workers, threads=4, python=app.python)
            ),
        )


def _nothing(_side: Side, _requests: int) -> None:
    """Nothing is waited for."""


def _grown(found: Mapping[str, list[Turn]]) -> str:
    """Return ``1.02 (2.4 → 2.5 ms)``: the CPU of the large one over the small one's, and that of each."""
    ratio = turns.over(found, "many", "few", "whole")
    small, large = (turns.milliseconds(found[name], "whole") for name in ("few", "many"))
    return f"{ratio:.2f} ({small:.1f} → {large:.1f} ms)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="10,000 users and sessions, fewer rounds")
    parser.add_argument("--users", type=int, help="how many are many")
    parser.add_argument("--only", help="one app and PostgreSQL alone: flask_acct")
    parser.add_argument("--peers", action="store_true", help="install Flask-Security first")
    options = parser.parse_args()
    if options.peers:
        install()
    size = QUICK if options.quick else FULL
    users = options.users or (size.customers if options.quick else MANY_USERS)
    sessions = size.sessions if options.quick else MANY_SESSIONS
    began, load = time.monotonic(), os.getloadavg()[0]
    apps = [app for app in compared() if options.only in (None, app.name)]
    sqlite, on_postgres = measured(apps, size, users, sessions, on_sqlite=options.only is None)
    print("\n".join([*_about(size, load, time.monotonic() - began), "", *table(apps, sqlite, on_postgres)]))


def measured(
    apps: Sequence[App], size: Size, users: int, sessions: int, *, on_sqlite: bool = True
) -> tuple[Rows, Rows]:
    with tempfile.TemporaryDirectory() as name, listening(MAIL_SECONDS) as (inbox, port):
        folders = [Path(name) / kind for kind in ("sqlite", "postgres")]
        for folder in folders:
            folder.mkdir()
        create = f"sqlite:///{folders[0]}/{{}}.db".format
        growth = Growth(apps, size, users, sessions, folders[0], inbox, port, create)
        sqlite = growth.measure() if on_sqlite else {}
        with postgres(is_logging=False) as server:

            def tidy(database: str) -> None:
                postgres_server.execute(server.address, "VACUUM (ANALYZE)", database=database)
                postgres_server.execute(server.address, "CHECKPOINT")

            found = Growth(apps, size, users, sessions, folders[1], inbox, port, server.create, tidy).measure()
    return sqlite, found


def table(apps: Sequence[App], sqlite: Rows, on_postgres: Rows) -> list[str]:
    """Return the lines of the table, in Markdown: CPU large over small, and milliseconds; SQLite / PostgreSQL."""
    lines = [f"| SQLite / PostgreSQL | {' | '.join(app.name for app in apps)} |", "|---|" + "---|" * len(apps)]
    for row in on_postgres:
        both = [one[row] for one in (sqlite, on_postgres) if row in one]
        cells = [" / ".join(one[app.name] for one in both if app.name in one) for app in apps]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    main()
