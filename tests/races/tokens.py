"""Two processes spend the same tokens at the same time: each token is spent once, and nobody sees an error.

Run ``python -m tests.races.tokens DATABASE_URL [TOKENS]`` against an empty database; it prints the figures.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from flask_acct.config import Config
from flask_acct.db import schema
from flask_acct.db.database import Database, open_engine
from flask_acct.security import tokens
from flask_acct.testing.records import add_user
from flask_acct.values.keys import Keys

from ..scopes import NOON, SECRET_KEY, a_scope


@dataclass(frozen=True)
class Figures:
    """The results of the race."""

    tokens: int
    uses: int
    """How many attempts succeeded, of all processes together."""
    losers: int
    """How many attempts were told that the token is not valid."""
    errors: int
    marked: int
    """How many tokens are marked as used in the database."""
    seconds: float


def race(url: str, number: int, processes: int = 2) -> Figures:
    """Run the race with this number of tokens, each of another user and spent by every process."""
    secrets = _issue(url, number)
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(processes), context.Queue()
    runners = [context.Process(target=_spend, args=(url, secrets, gate, results)) for _ in range(processes)]
    began = time.monotonic()
    for runner in runners:
        runner.start()
    found = [results.get(timeout=300) for _ in runners]
    for runner in runners:
        runner.join(30)
    uses, losers, errors = (sum(part) for part in zip(*found, strict=True))
    return Figures(number, uses, losers, errors, _marked(url), round(time.monotonic() - began, 1))


def _issue(url: str, number: int) -> list[str]:
    engine, keys = open_engine(url), Keys.of(SECRET_KEY)
    with Database(engine).transaction() as db:
        scope = a_scope(db, config=Config(), now=NOON)
        people = [add_user(scope, f"u{n:05}@example.com", username=f"u{n:05}") for n in range(number)]
        made = [
            tokens.issue(a_scope(db, keys=keys, now=NOON), "password_link", user=one, lifetime=timedelta(hours=1))
            for one in people
        ]
        secrets = [tokens.secret_of(token, keys) for token in made]
    engine.dispose()
    return secrets


def _spend(url: str, secrets: list[str], gate: Barrier, results: Any) -> None:
    engine = open_engine(url)
    database, uses, losers, errors = Database(engine), 0, 0, 0
    gate.wait(60)
    for secret in secrets:
        try:
            with database.session() as db:
                # Like a page: find the token, which takes no lock, then spend it.
                tokens.find(a_scope(db, now=NOON), secret, "password_link")
                spent = tokens.spend(a_scope(db, now=NOON), secret, "password_link")
                db.commit()
        except Exception:  # noqa: BLE001 - any error at all is what is counted
            errors += 1
        else:
            uses, losers = uses + (spent is not None), losers + (spent is None)
    engine.dispose()
    results.put((uses, losers, errors))


def _marked(url: str) -> int:
    engine = open_engine(url)
    with engine.connect() as connection:
        marked = connection.exec_driver_sql("SELECT count(*) FROM acct_token WHERE used_at IS NOT NULL").scalar_one()
    engine.dispose()
    return int(marked)


def main() -> None:
    url, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 500
    engine = open_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    print(race(url, number))


if __name__ == "__main__":
    main()
