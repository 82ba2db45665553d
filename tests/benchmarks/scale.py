"""Does the time of a sign-in depend on the number of customers: 10, 10,000 or 200,000?

Hashing is made cheap in this process alone, so that database queries dominate. Sizes and apps take turns.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from argon2 import PasswordHasher
from flask import Flask

from flask_acct.security import passwords

from . import bare, figures, people
from .in_process import SignIn, bare_app, our_app
from .serving import bare_settings, our_settings

SIZES = (10, 10_000, 200_000)
ROUNDS = 60
TINY = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Place:
    """One app with one number of customers, and the seconds its sign-ins took."""

    app: Flask
    customers: int
    path: str
    identifier: str
    engine: Any = None
    known: list[float] = field(default_factory=list)
    unknown: list[float] = field(default_factory=list)

    def visit(self, number: int) -> None:
        """One sign-in succeeds and one fails."""
        if self.engine is not None:
            bare.db.remove()
            bare.db.configure(bind=self.engine)
        spread = 1 + number * 7919 % self.customers
        self.known.append(_seconds(SignIn(self.app, self.path, self.identifier, spread), expect=303))
        stranger = self.customers + 1 + number
        self.unknown.append(_seconds(SignIn(self.app, self.path, self.identifier, stranger), expect=422))


def main() -> None:
    figures.head("Scale: sign-ins by number of customers, the hash made tiny")
    passwords.hasher = bare.hasher = TINY
    bare.NOBODYS_HASH = TINY.hash("a password nobody has")
    passwords._decoy_hash.cache_clear()
    with tempfile.TemporaryDirectory() as name:
        ours, bares = _places(Path(name))
        for number in range(ROUNDS):
            for place in (*ours, *bares) if number % 2 else (*bares, *ours):
                place.visit(number)
        for our, other in zip(ours, bares, strict=True):
            _report(our, other, ours[0])


def _places(folder: Path) -> tuple[list[Place], list[Place]]:
    ours, bares, hash_ = [], [], TINY.hash(people.PASSWORD)
    for size in SIZES:
        ours_url = people.fill_ours(folder / f"ours-{size}.db", size, hash_=hash_)
        bare_url = people.fill_bare(folder / f"bare-{size}.db", size, hash_=hash_)
        ours.append(Place(our_app(our_settings(folder, ours_url)), size, "/account/login", "identifier"))
        app = bare_app(bare_settings(bare_url))
        bares.append(Place(app, size, "/login", "email", bare.db.session_factory.kw["bind"]))
    return ours, bares


def _report(our: Place, other: Place, smallest: Place) -> None:
    flat = median(smallest.known) / median(our.known)
    figures.show(f"{our.customers:,} customers, speed over {smallest.customers}", f"{flat:.2f}", "1.00 (flat)")
    figures.show("  ours / bare", f"{median(other.known) / median(our.known):.2f}")
    figures.show("  a sign-in, and one of a stranger", f"{_ms(our.known)} and {_ms(our.unknown)} ms")


def _seconds(sign_in: SignIn, *, expect: int) -> float:
    before = time.perf_counter()
    sign_in.send(expect=expect)
    return time.perf_counter() - before


def _ms(seconds: list[float]) -> str:
    return f"{1000 * median(seconds):.2f}"


if __name__ == "__main__":
    main()
