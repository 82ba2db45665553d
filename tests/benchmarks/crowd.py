"""Two hundred signed-in requests at once, each of a session whose last use must be saved, in a process of 32 threads.

``python -m tests.benchmarks.crowd [postgresql://…]``: SQLite, and an empty PostgreSQL database if one is named.
"""

from __future__ import annotations

import http.client
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import User, UserSession
from flask_acct.security import sessions

from ..scopes import a_scope
from . import figures, people
from .serving import OURS, Server, our_settings, served

THREADS, AT_ONCE, ROUNDS = 32, 200, 3
WARM_UP = 64


def main(*others: str) -> None:
    figures.head(f"{AT_ONCE} signed-in requests at once, {THREADS} threads")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for url in (f"sqlite:///{folder / 'ours.db'}", *others):
            people.fill(url, AT_ONCE)
            for number in range(1, ROUNDS + 1):
                # Each round has a new process, whose connection pool is empty.
                with served(OURS, our_settings(folder, url), folder=folder, threads=THREADS) as server:
                    print(f"  {url.partition(':')[0]}, round {number}: {_crowd(server, url)}")


def _crowd(server: Server, url: str) -> str:
    """Send all requests at once. Returns the number of responses of each status, and the seconds, as text."""
    secrets = _signed_in(url)
    _all_at_once(server, secrets[:WARM_UP])
    _age(url)
    answers = _all_at_once(server, secrets)
    seconds = [one for _, one in answers]
    statuses = dict(Counter(status for status, _ in answers))
    return f"{statuses}, median {statistics.median(seconds):.2f} s, slowest {max(seconds):.2f} s"


def _signed_in(url: str) -> list[str]:
    engine = open_engine(url)
    with Database(engine).transaction() as db:
        users = [db.get_one(User, number) for number in range(1, AT_ONCE + 1)]
        secrets = [sessions.begin(a_scope(db, now=datetime.now(UTC)), user, user.id) for user in users]
    engine.dispose()
    return secrets


def _age(url: str) -> None:
    """Every session was last used two minutes ago."""
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(update(UserSession).values(last_used_at=datetime.now(UTC) - timedelta(minutes=2)))
    engine.dispose()


def _all_at_once(server: Server, secrets: list[str]) -> list[tuple[int, float]]:
    gate, answers = threading.Barrier(len(secrets)), []

    def ask(secret: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        gate.wait()
        began = time.monotonic()
        connection.request("GET", "/benchmark/services", headers={"Cookie": f"acct={secret}"})
        answer = connection.getresponse()
        answer.read()
        answers.append((answer.status, time.monotonic() - began))
        connection.close()

    threads = [threading.Thread(target=ask, args=(secret,)) for secret in secrets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


if __name__ == "__main__":
    main(*sys.argv[1:])
