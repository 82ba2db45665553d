"""Two processes guess one password at the same time: together they are allowed no more guesses than one."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any, Literal

from flask_acct.config import Config
from flask_acct.db.database import Database, open_engine
from flask_acct.db.shared_counts import SharedCounts
from flask_acct.features.login import flows as login
from flask_acct.features.login.flows import SignInRefused
from flask_acct.security.limits import TooMany

from ..personas import settle
from ..scopes import NOON, a_scope


@dataclass(frozen=True)
class Figures:
    """The results of all processes together."""

    verified: int
    refused: int
    errors: int


def race(
    url: str, number: int, processes: int = 2, storage: str | None = None, start: Literal["spawn", "fork"] = "spawn"
) -> Figures:
    """Run the race, with this number of guesses by each process. Returns the results.

    Args:
        storage: The address of the Redis that counts, if the database does not.
        start: How processes begin; "fork" is quick, and they have the hasher of the tests.
    """
    engine = open_engine(url)
    with Database(engine).session() as db:
        settle(db=db, config=Config(), now=NOON)
    engine.dispose()
    context = multiprocessing.get_context(start)
    gate, results = context.Barrier(processes), context.Queue()
    runners = [context.Process(target=_guess, args=(url, number, gate, results, storage)) for _ in range(processes)]
    for runner in runners:
        runner.start()
    found = [results.get(timeout=300) for _ in runners]
    for runner in runners:
        runner.join(30)
    return Figures(*(sum(part) for part in zip(*found, strict=True)))


def _guess(url: str, number: int, gate: Barrier, results: Any, storage: str | None) -> None:
    engine = open_engine(url)
    shared = SharedCounts(storage) if storage else None
    verified = refused = errors = 0
    gate.wait(60)
    for _ in range(number):
        try:
            with Database(engine).session() as db:
                found = login.sign_in(
                    a_scope(db, config=Config(), now=NOON, shared=shared),
                    "alice@example.com",
                    "not my password at all",
                    network="192.0.2.1",
                )
                db.commit()
        except Exception:  # noqa: BLE001 - any error at all is what is counted
            errors += 1
        else:
            verified, refused = verified + isinstance(found, SignInRefused), refused + isinstance(found, TooMany)
    engine.dispose()
    results.put((verified, refused, errors))
