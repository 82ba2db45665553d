"""Kill the app's process by SIGKILL at three points of a request, many times, and count what became of the mails.

    python tests/faults/kill_app.py --times 30

One gunicorn with one sync worker and the embedded mail thread serves the sample client area on an SQLite file; its
master process replaces a killed worker. Of every four visitors two are customers who ask for a new password, one
changes theirs, and one is a stranger. The process dies before the commit, between the commit and the response, or after
the response, at a moment of the mail thread (see ``dying_host``). A visitor without a response sends the same form
again. Exits with 1 if a mail is lost, comes twice with different Message-IDs or reaches a stranger, or if only some of
the rows that belong together exist.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.utils import parseaddr
from http.client import HTTPException
from itertools import cycle
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import OutboxMail, PendingRequest, Token, User
from flask_acct.mail import handlers, outbox
from flask_acct.security import passwords
from tests.benchmarks import people
from tests.benchmarks.serving import Server, our_settings, served
from tests.benchmarks.visitor import Visitor
from tests.faults import dying_host
from tests.faults.fake_smtp import FakeServer

Kind = Literal["customer", "password", "stranger"]
POINTS = ("before_commit", "after_commit", "after_response")
KINDS: tuple[Kind, ...] = ("customer", "password", "customer", "stranger")
MOMENTS: dict[Kind, tuple[str, ...]] = {
    "customer": ("answered", "answering", "taken", "waking"),
    "password": ("taken", "waking"),
    "stranger": ("answering", "waking", "answered"),
}
RECOVER, CHANGE = "/account/recover/password", "/account/password/change"
NEW_PASSWORD = "seven quiet horses by the lake"
HOST = "tests.faults.dying_host:create_app()"
MOST_SECONDS = 60

_CHANGED = select(User).where(User.password_changed_at > User.created_at)


class Astray(Exception):
    """The process did not die, or died elsewhere, or the app gave another response than expected."""


@dataclass(frozen=True)
class Case:
    """One visitor, and the moment at which the process dies."""

    number: int
    point: str
    moment: str
    kind: Kind

    @property
    def address(self) -> str:
        return f"nobody{self.number}@example.com" if self.kind == "stranger" else people.address(self.number)


@dataclass
class Count:
    """What became of the requests during which the process died at one point."""

    point: str
    kills: int = 0
    accepted: int = 0
    """Requests answered with 303, at once or when sent again."""
    owed: int = 0
    """Customers who should get a mail: their request was accepted, or committed although the response never came."""
    mailed: int = 0
    lost: list[str] = field(default_factory=list)
    twice: int = 0
    two_ids: int = 0
    """Mails that came twice under different Message-IDs."""
    strangers: int = 0
    """Mails to people who should not get one."""

    @property
    def is_good(self) -> bool:
        return not self.lost and self.two_ids == 0 and self.strangers == 0

    def __str__(self) -> str:
        return (
            f"{self.point:<15} kills {self.kills:>3}   accepted {self.accepted:>3}   owed a mail {self.owed:>3}   "
            f"mailed {self.mailed:>3}   lost {len(self.lost)}   came twice {self.twice:>2}   "
            f"under two Message-IDs {self.two_ids}   mails nobody asked for {self.strangers}"
        )


@dataclass(frozen=True)
class Halves:
    """Counts of rows without others that should exist with them, and the result of SQLite's integrity check."""

    tokens: int
    answers: int
    passwords: int
    integrity: str

    @property
    def is_good(self) -> bool:
        return self == Halves(0, 0, 0, "ok")

    def __str__(self) -> str:
        return (
            f"half written: tokens without a mail {self.tokens}, requests and mails that disagree {self.answers}, "
            f"passwords and notices that disagree {self.passwords}\nPRAGMA integrity_check: {self.integrity}"
        )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--preload", action="store_true", help="the master loads the app, its workers are forks")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        counts, halves = kill_all(Path(name), list(_cases(options.times)), preload=options.preload)
    print(*counts, halves, sep="\n")
    for count in counts:
        for lost in count.lost:
            print(f"LOST at {count.point}: {lost}")
    return 0 if halves.is_good and all(count.is_good for count in counts) else 1


def kill_all(folder: Path, cases: list[Case], *, preload: bool) -> tuple[list[Count], Halves]:
    url, later, mails = people.fill_ours(folder / "acct.db", len(cases)), folder / "later", FakeServer()
    settings = {**our_settings(folder, url, mail_port=mails.port), dying_host.LATER: str(later)}
    database = Database(open_engine(url))
    try:
        with served(HOST, settings, folder=folder, preload=preload) as server:
            ends = [_kill(case, server, database) for case in cases]
            later.touch()
            _wait_until_nothing_waits(database)
        counts = [_count(point, cases, ends, mails.taken) for point in POINTS]
        with database.session() as db:
            return counts, _halves(db)
    finally:
        mails.close()
        database.engine.dispose()


def _cases(times: int) -> Iterator[Case]:
    for place, point in enumerate(POINTS):
        moments = {kind: cycle(MOMENTS[kind]) for kind in MOMENTS}
        for turn in range(times):
            kind = KINDS[turn % len(KINDS)]
            moment = next(moments[kind]) if point == "after_response" else point
            yield Case(place * times + turn + 1, point, moment, kind)


@dataclass(frozen=True)
class End:
    """How a visit ended."""

    accepted: bool
    committed: bool


def _kill(case: Case, server: Server, database: Database) -> End:
    """The process has died during this visit and been replaced; the visitor has sent the form again if necessary."""
    visitor = Visitor(server.port)
    path, form = _form(case, visitor)
    form["csrf_token"] = visitor.token(path)
    victim = server.workers
    accepted = _send(visitor, f"{path}?die={case.moment}", form)
    if accepted != (case.point == "after_response"):
        raise Astray(f"{case}: the visitor was {'' if accepted else 'not '}answered")
    _wait_for_the_end_of(victim, server, case)
    committed = _is_committed(case, database)
    if committed == (case.point == "before_commit"):
        raise Astray(f"{case}: its rows are {'' if committed else 'not '}committed")
    if accepted or (committed and case.kind == "password"):
        # There is nothing to send again, because the password has changed. A new process starts its mail thread with
        # its first request.
        visitor.get(path)
        return End(accepted, committed)
    return End(_send(visitor, path, form), committed=True)


def _form(case: Case, visitor: Visitor) -> tuple[str, dict[str, str]]:
    if case.kind != "password":
        return RECOVER, {"email": case.address}
    visitor.send("/account/login", identifier=case.address, password=people.PASSWORD)
    return CHANGE, {"current": people.PASSWORD, "new": NEW_PASSWORD, "repeat": NEW_PASSWORD}


def _send(visitor: Visitor, path: str, form: dict[str, str]) -> bool:
    """Send a form. Returns whether the response was 303; ``False`` is no response at all, from a killed process.

    Raises ``Astray`` for any other response.
    """
    try:
        reply = visitor.ask("POST", path, form)
    except (HTTPException, ConnectionError):
        return False
    if reply.status != 303:
        raise Astray(f"{path} answered {reply.status}: {reply.text[-300:]}")
    return True


def _wait_for_the_end_of(victim: tuple[int, ...], server: Server, case: Case) -> None:
    until = time.monotonic() + MOST_SECONDS
    while set(victim) & set(server.workers):
        if time.monotonic() > until:
            raise Astray(f"{case}: the process lives on")
        time.sleep(0.01)


def _is_committed(case: Case, database: Database) -> bool:
    with database.session() as db:
        if case.kind == "password":
            return db.scalars(_CHANGED.where(User.email == case.address)).first() is not None
        return any(asked.named["email"] == case.address for asked in db.scalars(select(PendingRequest)))


def _wait_until_nothing_waits(database: Database) -> None:
    until = time.monotonic() + MOST_SECONDS
    while _waits(database) and time.monotonic() < until:
        time.sleep(0.1)


def _waits(database: Database) -> bool:
    with database.session() as db:
        counts = outbox.waiting(db).counts
        return bool(counts.get("queued") or counts.get("leased") or handlers.unanswered(db).number)


def _count(point: str, cases: list[Case], ends: list[End], taken: list[bytes]) -> Count:
    messages = [message_from_bytes(wire) for wire in taken]
    came = Counter(parseaddr(str(message["To"]))[1] for message in messages)
    ids = {(parseaddr(str(message["To"]))[1], str(message["Message-ID"])) for message in messages}
    count = Count(point)
    for case, end in zip(cases, ends, strict=True):
        if case.point != point:
            continue
        owed = case.kind != "stranger" and (end.accepted or end.committed)
        count.kills += 1
        count.accepted += end.accepted
        count.owed += owed
        count.mailed += owed and came[case.address] > 0
        count.twice += max(came[case.address] - 1, 0)
        count.two_ids += max(sum(address == case.address for address, _ in ids) - 1, 0)
        count.strangers += 0 if owed else came[case.address]
        if owed and not came[case.address]:
            count.lost.append(str(case))
    return count


def _halves(db: Session) -> Halves:
    """Return the counts of what a transaction that was only partly committed would leave behind."""
    mailed = select(OutboxMail.token_id).where(OutboxMail.token_id.is_not(None))
    tokens = db.scalar(select(func.count()).select_from(Token).where(Token.id.not_in(mailed)))
    said = Counter(
        asked.named["email"] for asked in db.scalars(select(PendingRequest).where(PendingRequest.answer == "mailed"))
    )
    resets = Counter(db.scalars(select(OutboxMail.recipient).where(OutboxMail.mail == "recovery.reset")))
    notices = Counter(db.scalars(select(OutboxMail.recipient).where(OutboxMail.mail == "password.changed")))
    return Halves(
        tokens=tokens or 0,
        answers=sum(((said - resets) + (resets - said)).values()),
        passwords=sum(((_changed(db) - notices) + (notices - _changed(db))).values()),
        integrity="; ".join(db.scalars(text("PRAGMA integrity_check"))),
    )


def _changed(db: Session) -> Counter[str]:
    """Return the addresses of the users whose password has changed."""
    return Counter(user.email for user in db.scalars(_CHANGED) if passwords.verify(NEW_PASSWORD, user.password_hash))


if __name__ == "__main__":
    sys.exit(main())
