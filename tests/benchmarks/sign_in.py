"""CPU time of a sign-in relative to one Argon2 verification, and SELECTs of a signed-in request; without a server."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from flask import Flask
from sqlalchemy import Engine, event

from flask_acct.security import passwords

from . import figures, people
from .in_process import SignIn, bare_app, our_app
from .serving import bare_settings, our_settings
from .visitor import Unexpected

TIMES = 60


def main() -> None:
    figures.head("Sign-in: CPU over one Argon2 verification")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = our_app(our_settings(folder, people.fill_ours(folder / "ours.db", 1)))
        bare = bare_app(bare_settings(people.fill_bare(folder / "bare.db", 1)))
        hash_ = passwords.hashed(people.PASSWORD)
        our_ratios, bare_ratios, verifications = [], [], []
        for _ in range(TIMES):
            sign_ins = SignIn(ours, "/account/login", "identifier", 1), SignIn(bare, "/login", "email", 1)
            one = cpu(lambda: passwords.hasher.verify(hash_, people.PASSWORD))
            our_ratios.append(cpu(sign_ins[0].send) / one)
            bare_ratios.append(cpu(sign_ins[1].send) / one)
            verifications.append(one)
        figures.show("ours", figures.spread(our_ratios), "at most 1.15")
        figures.show("bare", figures.spread(bare_ratios))
        figures.show("  one verification", f"{median(verifications) * 1000:.1f} ms")
        figures.show("SELECTs of a signed-in request", str(_selects(ours)), "1")


def cpu(call: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    before = time.process_time()
    call()
    return time.process_time() - before


def _selects(app: Flask) -> int:
    """Return the number of SQL statements, of any kind, of one signed-in request for a host's page."""
    engine: Engine = app.extensions["acct"].database.engine
    answer = SignIn(app, "/account/login", "identifier", 1).send()
    cookie = answer["Set-Cookie"].partition(";")[0]
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: statements.append(statement))
    status = app.test_client(use_cookies=False).get("/benchmark/services", headers={"Cookie": cookie}).status_code
    if status != 200:
        raise Unexpected(f"the signed-in page answered {status}")
    return len(statements)


if __name__ == "__main__":
    main()
