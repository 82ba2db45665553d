"""What is measured on each database, app beside app."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median

from flask_acct.security import passwords
from flask_acct.testing import PASSWORD

from .. import postgres_server
from . import people, turns
from .apps import OUR_APP, App
from .counting import Postgres
from .mail_server import Inbox
from .serving import REPOSITORY, environment, served
from .turns import Prepare, Side, Turn
from .visitor import Unexpected, Visitor

BARE = "bare"
FOUND, MOVED = (200,), (302, 303)
FORGOTTEN = (200, 302, 303)
VISITORS = 8
WARM_UP = 7
STATEMENT_CUSTOMERS = 200


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Args:
        costly: How many of the customers have a password hash as in use.
    """

    rounds: int
    customers: int
    costly: int
    pages: int
    sign_ins: int
    recoveries: int
    tiny: int
    sessions: int
    imports: int


FULL = Size(
    rounds=15,
    customers=200_000,
    costly=3_000,
    pages=200,
    sign_ins=15,
    recoveries=24,
    tiny=64,
    sessions=100_000,
    imports=9,
)
QUICK = Size(
    rounds=3, customers=10_000, costly=300, pages=80, sign_ins=5, recoveries=8, tiny=32, sessions=10_000, imports=3
)

PAGE, PAGE_CPU = "sign-in page, rate over bare", "sign-in page, CPU over bare's"
HOST, HOST_CPU = "signed-in page of a host, rate over bare", "signed-in page of a host, CPU over bare's"
SIGN_IN, TINY, TINY_CPU = "sign-in, CPU over one hash", "tiny hash, rate over bare", "tiny hash, CPU over bare's"
RECOVERY, MAIL = "recovery asked for, rate over bare", "CPU of a recovery with its mail, ms"
MILLISECONDS = "CPU ms: sign-in page, signed-in page, sign-in"
STATEMENTS, MEMORY = "statements", "memory"
IMPORT, WORKERS, SESSIONS = "import and build, CPU ms", "2 workers over 1", "many sessions over 10"

Figures = dict[tuple[str, str], str]
"""By row and app, what stands in the table: ``{("sign-in page, rate over bare", "flask_acct"): "1.17"}``."""


@dataclass
class Comparison:
    """All apps over one kind of database.

    Args:
        create: Makes an empty database of that name and returns its URL.
        tidy: Called once the databases are filled.
    """

    apps: Sequence[App]
    size: Size
    folder: Path
    inbox: Inbox
    mail_port: int
    create: Callable[[str], str]
    tidy: Callable[[str], object] = lambda _name: None
    figures: Figures = field(default_factory=dict)

    def measure(self, *, workers: bool) -> Figures:
        """Everything is measured. Returns the figures.

        Args:
            workers: Whether two workers are compared with one, too.
        """
        urls = {app.name: self._filled(app) for app in self.apps}
        with ExitStack() as stack:
            sides = {app.name: self._started(stack, app, urls[app.name]) for app in self.apps}
            self._sign_in_page(sides)
            at_first = {name: side.server.memory()[0] for name, side in sides.items()}
            self._signed_in_page(sides)
            self._sign_ins(sides)
            self._recoveries(sides)
            for name, side in sides.items():
                self.figures[MEMORY, name] = f"{at_first[name]:.0f} · {side.server.memory()[0]:.0f}"
            if workers:
                self._workers(stack, sides, urls)
        self._tiny(urls)
        self._sessions()
        return self.figures

    def _filled(self, app: App) -> str:
        name = app.name.lower().replace("-", "_")
        url = app.fill(self.create(name), self.size.customers, self.size.costly)
        self.tidy(name)
        return url

    def _started(
        self, stack: ExitStack, app: App, url: str, *, workers: int = 2, more: Mapping[str, str] | None = None
    ) -> Side:
        folder = self.folder / f"{app.name}-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        settings = {**app.settings(folder, url, self.mail_port), **(more or {})}
        start = served(app.target, settings, folder=folder, workers=workers, threads=4, python=app.python)
        return Side(app, stack.enter_context(start))

    def _sign_in_page(self, sides: Mapping[str, Side]) -> None:
        ready = {name: self._same(side, side.app.sign_in, is_signed_in=False) for name, side in sides.items()}
        found = turns.in_turns(sides, ready, self.size.rounds, expect=FOUND)
        self._over_bare(PAGE, PAGE_CPU, found)
        for name in sides:
            self.figures[MILLISECONDS, name] = f"{turns.milliseconds(found[name]):.1f}"

    def _signed_in_page(self, sides: Mapping[str, Side]) -> None:
        ready = {name: self._same(side, side.app.host, is_signed_in=True) for name, side in sides.items()}
        found = turns.in_turns(sides, ready, self.size.rounds, expect=FOUND)
        self._over_bare(HOST, HOST_CPU, found)
        for name in sides:
            self.figures[MILLISECONDS, name] += f", {turns.milliseconds(found[name]):.1f}"

    def _same(self, side: Side, path: str, *, is_signed_in: bool) -> Prepare:
        visitors = [side.customer(1 + number) if is_signed_in else side.visitor() for number in range(VISITORS)]
        for visitor in visitors:
            # Some of a page is remembered in a cookie from the first time on.
            visitor.get(path)
        return turns.pages(side, path, visitors, self.size.pages)

    def _sign_ins(self, sides: Mapping[str, Side]) -> None:
        """One at a time, and one hash here for each there."""
        hash_, hashes = passwords.hashed(PASSWORD), []
        prepared = {name: self._forms(side, self.size.sign_ins) for name, side in sides.items()}

        def hashing(name: str) -> Prepare:
            def prepare(number: int) -> Sequence[bytes]:
                before = time.process_time()
                for _ in range(self.size.sign_ins):
                    passwords.hasher.verify(hash_, PASSWORD)
                hashes.append((name, (time.process_time() - before) / self.size.sign_ins))
                return prepared[name](number)

            return prepare

        ready = {name: hashing(name) for name in sides}
        found = turns.in_turns(sides, ready, self.size.rounds, expect=MOVED, at_once=1)
        for name in sides:
            beside = [seconds for owner, seconds in hashes if owner == name][1:]
            ratios = [turn.cpu / one for turn, one in zip(found[name], beside, strict=True)]
            self.figures[SIGN_IN, name] = f"{median(ratios):.2f}"
            self.figures[MILLISECONDS, name] += f", {turns.milliseconds(found[name]):.1f}"

    def _forms(self, side: Side, requests: int, *, is_tiny: bool = False) -> Prepare:
        customers = range(self.size.costly + 1, self.size.customers) if is_tiny else range(20, self.size.costly)
        return turns.forms(side, side.app.sign_in, side.app.right, customers, requests)

    def _recoveries(self, sides: Mapping[str, Side]) -> None:
        customers, requests = range(20, self.size.costly), self.size.recoveries
        ready = {
            name: turns.forms(side, side.app.recover, side.app.forgotten, customers, requests)
            for name, side in sides.items()
        }
        found = turns.in_turns(sides, ready, self.size.rounds, expect=FORGOTTEN, settle=self._mailed)
        self._over_bare(RECOVERY, None, found)
        for name in sides:
            self.figures[MAIL, name] = f"{turns.milliseconds(found[name], 'whole'):.1f}"

    def _mailed(self, side: Side, requests: int) -> None:
        """All mails of a turn have arrived."""
        until = time.monotonic() + turns.SETTLED_SECONDS
        while side.app.sends_mail and len(self.inbox.recipients) < requests:
            if time.monotonic() > until:
                raise Unexpected(f"{len(self.inbox.recipients)} of {requests} mails of {side.app.name} arrived")
            time.sleep(0.01)
        self.inbox.recipients.clear()

    def _workers(self, stack: ExitStack, sides: Mapping[str, Side], urls: Mapping[str, str]) -> None:
        ones = {app.name: self._started(stack, app, urls[app.name], workers=1) for app in self.apps}
        for name, one in ones.items():
            both = {"one": one, "two": sides[name]}
            ready = {key: self._same(side, side.app.host, is_signed_in=True) for key, side in both.items()}
            found = turns.in_turns(both, ready, self.size.rounds, expect=FOUND)
            self.figures[WORKERS, name] = f"{turns.over(found, 'one', 'two'):.2f}"

    def _tiny(self, urls: Mapping[str, str]) -> None:
        with ExitStack() as stack:
            more = {"BENCHMARK_TINY_HASH": "1"}
            sides = {app.name: self._started(stack, app, urls[app.name], more=more) for app in self.apps}
            ready = {name: self._forms(side, self.size.tiny, is_tiny=True) for name, side in sides.items()}
            self._over_bare(TINY, TINY_CPU, turns.in_turns(sides, ready, self.size.rounds, expect=MOVED))

    def _sessions(self) -> None:
        """Only ours are kept in the database."""
        with ExitStack() as stack:
            sides = {}
            for name, sessions in (("few", 0), ("many", self.size.sessions)):
                url = people.fill(self.create(name), 20)
                people.add_sessions(url, sessions)
                self.tidy(name)
                sides[name] = self._started(stack, OUR_APP, url)
            ready = {name: self._same(side, side.app.host, is_signed_in=True) for name, side in sides.items()}
            found = turns.in_turns(sides, ready, self.size.rounds, expect=FOUND)
            self.figures[SESSIONS, OUR_APP.name] = f"{turns.over(found, 'few', 'many'):.2f}"

    def _over_bare(self, rate: str, cpu: str | None, found: Mapping[str, list[Turn]]) -> None:
        for name in found:
            self.figures[rate, name] = f"{turns.over(found, BARE, name):.2f}"
            if cpu:
                self.figures[cpu, name] = f"{1 / turns.over(found, BARE, name, 'cpu'):.2f}"


def statements(apps: Sequence[App], server: Postgres, folder: Path, mail_port: int) -> Figures:
    """Return what the PostgreSQL server executes for a request: signed-in page, sign-in, failed, recovery."""
    figures: Figures = {}
    for app in apps:
        name = f"statements_{app.name.lower().replace('-', '_')}"
        url = app.fill(server.create(name), STATEMENT_CUSTOMERS, STATEMENT_CUSTOMERS)
        postgres_server.execute(server.address, f"ALTER DATABASE {name} SET log_statement = 'all'")
        settings = {**app.settings(folder, url, mail_port), "FLASK_ACCT_WORKER": "false"}
        with served(app.target, settings, folder=folder, python=app.python) as running:
            counted = [_executed(server, Side(app, running), kind) for kind in range(4)]
        figures[STATEMENTS, app.name] = "/".join(f"{one:g}" for one in counted)
    return figures


def _executed(server: Postgres, side: Side, kind: int) -> float:
    """Return the statements of one request of a kind, by its place in the row."""
    app, customers = side.app, range(20, STATEMENT_CUSTOMERS)
    prepare, expect = [
        (lambda: turns.pages(side, app.host, [_at_home(side)], 1), FOUND),
        (lambda: turns.forms(side, app.sign_in, app.right, customers, 1), MOVED),
        (lambda: turns.forms(side, app.sign_in, app.wrong, customers, 1), (app.rejected,)),
        (lambda: turns.forms(side, app.recover, app.forgotten, customers, 1), FORGOTTEN),
    ][kind]
    ready, counted = prepare(), []
    for number in range(WARM_UP + 3):
        requests = ready(number)
        # What is done after an answer belongs to it.
        time.sleep(0.05)
        before = server.log_size()
        turns.clients.send(side.server.port, requests, at_once=1, expect=expect)
        time.sleep(0.05)
        counted.append(len(server.executed(before)))
    return round(fmean(counted[WARM_UP:]), 1)


def _at_home(side: Side) -> Visitor:
    """Return a customer who is signed in and has seen the page: some of it is remembered in a cookie."""
    visitor = side.customer(1)
    visitor.get(side.app.host)
    return visitor


def imports(apps: Sequence[App], folder: Path, mail_port: int, times: int) -> Figures:
    """Return the CPU of importing and building each app, apps in turns."""
    spent: dict[str, list[float]] = {app.name: [] for app in apps}
    for app in apps:
        app.fill(f"sqlite:///{folder / app.name}.db", 1, 1)
    for _ in range(times):
        for app in apps:
            module, _, call = app.target.partition(":")
            settings = app.settings(folder, f"sqlite:///{folder / app.name}.db", mail_port)
            command = [app.python, "-c", f"import {module} as app; app.{call}"]
            before = _children_cpu()
            subprocess.run(command, check=True, cwd=REPOSITORY, env=environment(settings))
            spent[app.name].append(1000 * (_children_cpu() - before))
    return {(IMPORT, name): f"{median(found):.0f}" for name, found in spent.items()}


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
