"""Users with password hashes of another system: does the response time reveal them, and what do their sign-ins cost?

For each scheme, in a new database: wrong passwords for a user with such a hash, for one with a hash of ours and for an
unknown name, in interleaved rounds; then the right password before and after it is rehashed as Argon2id. In process, no
server. Measured is the wall-clock time of the flow, its statements on SQLite included.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

import bcrypt
from passlib import hash as schemes
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from flask_acct.config import Config
from flask_acct.db import schema
from flask_acct.db.database import Database
from flask_acct.features.login import flows
from flask_acct.security import password_work, passwords
from flask_acct.testing.records import PASSWORD, add_account, add_user

from ..scopes import NOON, a_scope
from . import figures

ROUNDS = 40
FIRST_SIGN_INS = 5
CONFIG = Config()
OURS, OLD, NOBODY = "ours", "old", "nobody"

SCHEMES: Mapping[str, Callable[[], str]] = {
    "Werkzeug scrypt": partial(generate_password_hash, PASSWORD, "scrypt"),
    "Werkzeug pbkdf2": partial(generate_password_hash, PASSWORD, "pbkdf2:sha256:600000"),
    "bcrypt, cost 12": lambda: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(12)).decode(),
    "Django pbkdf2": partial(schemes.django_pbkdf2_sha256.using(rounds=600_000).hash, PASSWORD),
    "crypt $6$": partial(schemes.sha512_crypt.using(rounds=5000).hash, PASSWORD),
}
"""How each scheme hashes the password, with the default strength of its library."""


def main() -> None:
    figures.head(
        f"Old hashes: wrong passwords, median of {ROUNDS} interleaved rounds; right ones before and after rehash"
    )
    for name, made in SCHEMES.items():
        with tempfile.TemporaryDirectory() as folder:
            database = Database.at(f"sqlite:///{Path(folder) / 'acct.db'}")
            schema.upgrade(database.engine)
            with database.session() as db:
                _fill(made, db=db)
                _wrong(name, db=db)
                _right(db=db)
            database.engine.dispose()


def _fill(made: Callable[[], str], *, db: Session) -> None:
    """The database has one user with a hash of ours and others with the old hash: one for wrong passwords, and some who
    sign in."""
    names = [OURS, OLD, *(f"first{number}" for number in range(FIRST_SIGN_INS))]
    for number, name in enumerate(names):
        person = add_user(a_scope(db, config=CONFIG, now=NOON), f"{name}@example.com", username=name)
        add_account(a_scope(db, now=NOON), name, owner=person, number=str(9000 + number))
        person.password_hash = passwords.hashed(PASSWORD) if name == OURS else made()
        password_work.note(db, [person.password_hash])
    db.commit()


def _wrong(scheme: str, *, db: Session) -> None:
    times: dict[str, list[float]] = {OURS: [], OLD: [], NOBODY: []}
    toss = random.Random(scheme)
    for number in range(ROUNDS):
        names = list(times)
        toss.shuffle(names)
        for name in names:
            # Each try comes from another network and at another time, so that no rate limit applies.
            times[name].append(_seconds(name, "not the password", number, db=db))
    for other in (OURS, NOBODY):
        gaps = [(a - b) * 1000 for a, b in zip(times[OLD], times[other], strict=True)]
        low, high = figures.interval(gaps)
        told = {OURS: "one of ours", NOBODY: "nobody"}[other]
        figures.show(f"{scheme}, less {told}", f"{median(gaps):+.2f} ms ({low:+.2f} to {high:+.2f})")
    figures.show("  a wrong password", f"{1000 * median(times[NOBODY]):.0f} ms")


def _right(*, db: Session) -> None:
    names = [f"first{number}" for number in range(FIRST_SIGN_INS)]
    first = [_seconds(name, PASSWORD, 1000 + number, db=db) for number, name in enumerate(names)]
    again = [_seconds(name, PASSWORD, 2000 + number, db=db) for number, name in enumerate(names)]
    figures.show("  the right one, at first", f"{1000 * median(first):.0f} ms")
    figures.show("  the right one, from then on", f"{1000 * median(again):.0f} ms")


def _seconds(name: str, password: str, number: int, *, db: Session) -> float:
    now = NOON + timedelta(days=number)
    network = f"198.51.{number % 250}.{number // 250}"
    before = time.perf_counter()
    flows.sign_in(a_scope(db, config=CONFIG, now=now), f"{name}@example.com", password, network=network)
    db.commit()
    return time.perf_counter() - before


if __name__ == "__main__":
    main()
