"""What a forked process begins anew, and that nobody is kept alive for it."""

from __future__ import annotations

import gc
import os
import weakref
from datetime import datetime

from sqlalchemy import text

from flask_acct.config import Config
from flask_acct.db import database
from flask_acct.db.database import Database, open_engine
from flask_acct.db.forks import after_fork

from ..web.site import build


def test_an_app_that_nobody_holds_is_freed(database_url: str, config: Config, now: datetime) -> None:
    site = build(config, database_url, now)
    site.alice()
    site.letters()
    app = weakref.ref(site.app)
    del site
    gc.collect()
    assert app() is None


def test_a_child_leaves_its_parents_connections_alone(database_url: str) -> None:
    engine = open_engine(database_url)
    Database(engine)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert engine.pool.checkedin() == 1  # type: ignore[attr-defined]
    was = str(engine.pool)
    if (child := os.fork()) == 0:
        gc.collect()
        inherited = [pool.checkedin() for pool in database.INHERITED if str(pool) in was]  # type: ignore[attr-defined]
        os._exit(int((engine.pool.checkedin(), inherited) != (0, [1])))  # type: ignore[attr-defined]
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert engine.pool.checkedin() == 1  # type: ignore[attr-defined]
    engine.dispose()


def test_it_is_called_in_the_child_for_who_lives_and_for_nobody_else() -> None:
    class Holder:
        calls = 0

        def begin_anew(self) -> None:
            Holder.calls += 1

    kept, dropped = Holder(), Holder()
    for holder in (kept, dropped):
        after_fork(holder, Holder.begin_anew)
    del holder, dropped
    gc.collect()
    if (child := os.fork()) == 0:
        os._exit(Holder.calls)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert Holder.calls == 0
