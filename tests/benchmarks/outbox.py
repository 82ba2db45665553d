"""So many mails that wait in PostgreSQL leave by two senders: how many a second, how often one twice, in which order.

    python -m tests.benchmarks.outbox                 # 100,000 mails
    python -m tests.benchmarks.outbox --quick         # 5,000
    python -m tests.benchmarks.outbox --celery        # by the company's Celery, with as many worker processes

One of ten is urgent, a link to set a password; the others are notices that were queued before. All wait when the
senders start, so this is the backlog of a bad day and not its usual trickle. The mail server is a process of its own,
on the same processors. PostgreSQL does not wait for the disk, unless it is told to (``--fsync``).

Exits with 1 if a mail was lost or came twice, or if notices went before urgent mails more often than the one time in
five that they may.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, insert, select, text

from flask_acct.db.database import open_engine
from flask_acct.db.models import OutboxMail, Token
from flask_acct.mail.worker import NOTICE_EVERY
from flask_acct.security.tokens import _derive, digest
from flask_acct.values.keys import Keys

from .. import postgres_server, redis_server
from ..serving import free_port
from . import figures, people
from .serving import OURS, REPOSITORY, SECRET_KEY, environment, our_settings

MAILS, QUICK, SENDERS = 100_000, 5_000, 2
URGENT_EVERY = 10
AT_ONCE = 5_000
CELERY = "tests.benchmarks.ours.celery_app"
SERVER = """
import sys
from aiosmtpd.controller import Controller
taken = open(sys.argv[2], "w", buffering=1 << 16)
class Inbox:
    async def handle_DATA(self, server, session, envelope):
        taken.write(envelope.rcpt_tos[0] + "\\n")
        return "250 OK"
controller = Controller(Inbox(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
print("ready", flush=True)
sys.stdin.read()
controller.stop()
taken.close()
"""


@dataclass(frozen=True)
class Figures:
    """What came of a run."""

    mails: int
    seconds: float
    arrived: Sequence[str]
    """The recipients, in the order in which their mails arrived."""
    cpu: float
    """Of the senders, seconds."""

    @property
    def twice(self) -> int:
        return sum(number - 1 for number in Counter(self.arrived).values())

    @property
    def lost(self) -> int:
        return self.mails - len(set(self.arrived))

    @property
    def early_notices(self) -> tuple[int, int]:
        """How many notices arrived before the last urgent mail, and how many of them may."""
        last = max((place for place, one in enumerate(self.arrived) if one.startswith("urgent")), default=-1)
        urgent = sum(recipient.startswith("urgent") for recipient in self.arrived)
        early = last + 1 - urgent
        # And what senders and server had in hand when the last urgent one was taken.
        return early, urgent // (NOTICE_EVERY - 1) + 50

    @property
    def most_out_of_order(self) -> int:
        """By how many places a mail of one kind was overtaken at most by others of its kind."""
        most = 0
        for kind in ("urgent", "notice"):
            numbers = [int(one.partition("@")[0].removeprefix(kind)) for one in self.arrived if one.startswith(kind)]
            most = max([most, *(abs(place - number) for place, number in enumerate(_ranks(numbers)))])
        return most


def _ranks(numbers: Sequence[int]) -> list[int]:
    rank = {number: place for place, number in enumerate(sorted(numbers))}
    return [rank[number] for number in numbers]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=MAILS)
    parser.add_argument("--senders", type=int, default=SENDERS)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} mails")
    parser.add_argument("--celery", action="store_true", help="Celery delivers, with a Redis as its broker")
    parser.add_argument("--fsync", action="store_true", help="each commit waits for the disk of the day")
    options = parser.parse_args()
    mails = QUICK if options.quick else options.mails
    how = "Celery worker processes" if options.celery else "senders"
    figures.head(f"Outbox: {mails:,} mails, {options.senders} {how}, PostgreSQL")
    found = measured(mails, options.senders, celery=options.celery, fsync=options.fsync)
    return report(found)


def measured(mails: int, senders: int, *, celery: bool = False, fsync: bool = False) -> Figures:
    """All mails have left, or five minutes have passed without one."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        (folder / "postgres").mkdir()
        server = postgres_server.start(folder / "postgres", *(() if fsync else ("-c", "fsync=off")))
        stack.callback(postgres_server.stop, folder / "postgres")
        url = people.fill(f"{server}/postgres", 1)
        engine = open_engine(url)
        stack.callback(engine.dispose)
        queue(engine, mails)
        taken = folder / "taken"
        with mail_server(taken) as port:
            settings = {**our_settings(folder, url, mail_port=port), "FLASK_ACCT_WORKER": "false"}
            before = os.times()
            start = time.perf_counter()
            with by_celery(folder, settings, senders) if celery else by_senders(settings, senders):
                wait_until_sent(engine)
                seconds = time.perf_counter() - start
            after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return Figures(mails, seconds, taken.read_text().split(), cpu)


def queue(engine: Engine, mails: int) -> None:
    """The mails wait: the notices first, since an hour, the urgent ones since a minute."""
    now = datetime.now(UTC)
    urgent = range(0, mails, URGENT_EVERY)
    rows = [_row(number, now, is_urgent=False) for number in range(mails) if number % URGENT_EVERY]
    rows += [_row(number, now, is_urgent=True) for number in urgent]
    with engine.begin() as connection:
        for start in range(0, len(urgent), AT_ONCE):
            connection.execute(insert(Token), [_token(number, now) for number in urgent[start : start + AT_ONCE]])
        for start in range(0, len(rows), AT_ONCE):
            connection.execute(insert(OutboxMail), rows[start : start + AT_ONCE])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE acct_outbox"))


def _token(number: int, now: datetime) -> dict[str, Any]:
    id_ = f"t{number}"
    return {
        "id": id_, "user_id": 1, "purpose": "password_link", "address": people.address(1), "created_at": now,
        "digest": digest(_derive(next(iter(Keys.of(SECRET_KEY))), id_, "password_link")),
        "expires_at": now + timedelta(hours=12),
    }  # fmt: skip


def _row(number: int, now: datetime, *, is_urgent: bool) -> dict[str, Any]:
    since = now - (timedelta(minutes=1) if is_urgent else timedelta(hours=1)) + timedelta(microseconds=number)
    kind = "urgent" if is_urgent else "notice"
    slots = {"username": "m1"} if is_urgent else {"username": "m1", "when_at": now.isoformat()}
    return {
        "message_id": f"acct.{number:032x}", "mail": "recovery.reset" if is_urgent else "password.changed",
        "recipient": f"{kind}{number}@example.com", "recipient_name": "", "locale": "en", "slots": slots, "user_id": 1,
        "token_id": f"t{number}" if is_urgent else None, "is_urgent": is_urgent, "state": "queued", "attempts": 0,
        "next_attempt_at": since, "expires_at": now + timedelta(hours=12) if is_urgent else None, "created_at": since,
    }  # fmt: skip


@contextmanager
def mail_server(taken: Path) -> Iterator[int]:
    """A mail server in a process of its own, which writes the recipient of each mail to a file. Yields its port."""
    port = free_port()
    command = [sys.executable, "-c", SERVER, str(port), str(taken)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.readline()
    try:
        yield port
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


@contextmanager
def by_senders(settings: dict[str, str], number: int) -> Iterator[None]:
    command = [sys.executable, "-m", "flask", "--app", OURS, "acct", "post"]
    with _all([command] * number, settings):
        yield


@contextmanager
def by_celery(folder: Path, settings: dict[str, str], number: int) -> Iterator[None]:
    """One Celery worker with so many processes, and one of ours that hands mails over."""
    file = Path(settings["ACCT_CONFIG"])
    file.write_text(file.read_text("utf-8") + '\n[mail]\ndeliver = "celery"\n', "utf-8")
    with redis_server.running() as redis:
        settings = {**settings, "BENCHMARK_BROKER": redis.url}
        worker = [sys.executable, "-m", "celery", "-A", CELERY, "worker", "-c", str(number), "-l", "ERROR"]
        post = [sys.executable, "-m", "flask", "--app", f"{CELERY}:flask_app", "acct", "post"]
        with _all([worker, post], settings):
            yield


@contextmanager
def _all(commands: Sequence[list[str]], settings: dict[str, str]) -> Iterator[None]:
    env = environment(settings)
    running = [
        subprocess.Popen(command, cwd=REPOSITORY, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    try:
        yield
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(60)


def wait_until_sent(engine: Engine) -> None:
    """Nothing waits any more, or nothing has been sent for five minutes."""
    left = select(func.count()).where(OutboxMail.state.in_(("queued", "leased")))
    before, since = -1, time.monotonic()
    while True:
        with engine.connect() as connection:
            number = connection.execute(left).scalar_one()
        if not number or (number == before and time.monotonic() - since > 300):
            return
        if number != before:
            before, since = number, time.monotonic()
        time.sleep(1 if number > 2000 else 0.1)


def report(found: Figures) -> int:
    """Print what came of it. Returns the exit code."""
    early, may = found.early_notices
    figures.show("mails a second", f"{found.mails / found.seconds:.0f}, {found.seconds:.0f} s in all")
    figures.show("CPU of senders and mail server", f"{found.cpu / found.mails * 1000:.1f} ms a mail")
    figures.show("lost", f"{found.lost:,}", "0")
    figures.show("twice", f"{found.twice:,}", "0")
    figures.show("notices before the last urgent mail", f"{early:,}", f"at most {may:,}, one in {NOTICE_EVERY}")
    figures.show("places a mail was overtaken within its kind", f"{found.most_out_of_order:,} at most")
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    figures.show("machine", f"{os.cpu_count()} cores, load {load}, Python {platform.python_version()}")
    return 1 if found.lost or found.twice or early > may else 0


if __name__ == "__main__":
    sys.exit(main())
