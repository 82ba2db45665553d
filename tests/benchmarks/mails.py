"""CPU of a recovery with its mail, by step: the form's request, the look-up, and the mail that leaves.

In one process, without threads, to a real SMTP server in another; on SQLite and PostgreSQL.
"""

from __future__ import annotations

import cProfile
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from flask import Flask

from .. import postgres_server
from ..serving import free_port
from . import figures, people
from .in_process import our_app
from .kinds import RECOVERY
from .serving import our_settings
from .visitor import Unexpected

ROUNDS, MAILS = 9, 30
CUSTOMERS = (ROUNDS + 2) * MAILS
SERVER = """
import sys, time
from aiosmtpd.controller import Controller
class Inbox:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"
Controller(Inbox(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
print("ready", flush=True)
time.sleep(3600)
"""


def main() -> None:
    figures.head("Mails: CPU of a recovery with its mail, ms")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        port = stack.enter_context(_mail_server())
        _measure("SQLite", _app(folder, people.fill_ours(folder / "ours.db", CUSTOMERS), port))
        (folder / "postgres").mkdir()
        server = postgres_server.start(folder / "postgres")
        stack.callback(postgres_server.stop, folder / "postgres")
        url = people.fill(f"{server}/postgres", CUSTOMERS)
        _measure("PostgreSQL", _app(folder, url, port))


@contextmanager
def _mail_server() -> Iterator[int]:
    """A mail server runs in a process of its own until the end of the block. Yields its port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield port
    finally:
        process.kill()
        process.wait()


def _app(folder: Path, url: str, port: int) -> Flask:
    return our_app(our_settings(folder, url, mail_port=port))


def _measure(database: str, app: Flask) -> None:
    rounds = [_round(app, number) for number in range(ROUNDS + 1)][1:]
    for step, taken in zip(("form", "look-up", "mail"), zip(*rounds, strict=True), strict=True):
        figures.show(f"{database}: {step}", f"{median(taken):.2f} ms")
    figures.show(f"{database}: together", f"{median(map(sum, rounds)):.2f} ms", "8 ms")
    if "--profile" in sys.argv:
        _profile(app)


def _round(app: Flask, number: int) -> tuple[float, float, float]:
    """Return the milliseconds of one recovery in a round of many, by step."""
    worker = app.extensions["acct"].worker
    forms = [RECOVERY.prepared(app, customer) for customer in _customers(number)]
    begun = time.process_time()
    for ask in forms:
        ask()
    asked = time.process_time()
    while worker._answer_requests():
        pass
    answered = time.process_time()
    tried = worker.run_once()
    ended = time.process_time()
    if tried != MAILS:
        raise Unexpected(f"{tried} of {MAILS} mails were tried")
    form, look_up, mail = asked - begun, answered - asked, ended - answered
    return form * 1000 / MAILS, look_up * 1000 / MAILS, mail * 1000 / MAILS


def _customers(number: int) -> range:
    return range(number * MAILS + 1, (number + 1) * MAILS + 1)


def _profile(app: Flask) -> None:
    worker = app.extensions["acct"].worker
    for customer in _customers(ROUNDS + 1):
        RECOVERY.prepared(app, customer)()
    for step in (worker._answer_requests, worker.run_once):
        profile = cProfile.Profile()
        profile.runcall(step)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(90)


if __name__ == "__main__":
    main()
