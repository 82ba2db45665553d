"""The contacts page and the mails of a category, with ten contacts in an account and with 10,000."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from flask_acct.accounts import recipients
from flask_acct.db.models import Account, Contact, User
from flask_acct.features.contacts import csv_files, flows
from flask_acct.mail import sending
from flask_acct.mail.sending import OwnWords
from flask_acct.security import sessions

from ..scopes import a_scope
from . import figures, people
from .in_process import our_app
from .serving import our_settings

FEW, MANY, SOME = 10, 10_000, 1000
ROUNDS = 60
PAGES = {"first page": "", "page 200": "?page=200", "search, 1,000 found": "?find=c1", "search, none found": "?find=zz"}


def main() -> None:
    figures.head(f"Contacts: pages with {FEW} and with {MANY:,}, and mails to {SOME:,}")
    with tempfile.TemporaryDirectory() as name:
        app = our_app(our_settings(Path(name), people.fill_ours(Path(name) / "acct.db", 1)))
        with app.extensions["acct"].database.session() as db:
            few, statements = _pages(app, FEW, db)
            many, others = _pages(app, MANY, db)
            for page in PAGES:
                figures.show(f"{page}, {MANY:,} over {FEW}", f"{median(many[page]) / median(few[page]):.2f}")
                figures.show("  ms", f"{figures.spread(few[page])}, {figures.spread(many[page])}")
            told = f"{statements['first page']}, {others['first page']}"
            figures.show(f"statements of the first page, {FEW} and {MANY:,}", told, "one more")
            _files(app, db)
            _mails(app, db)


def _pages(app: Flask, number: int, db: Session) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Return the milliseconds and SQL statements of each page, with this number of contacts in the account."""
    account = _fill(number, db)
    user = db.get_one(User, 1)
    acct = app.extensions["acct"]
    secret = sessions.begin(a_scope(db, now=acct.clock()), user, account.id)
    db.commit()
    client = app.test_client()
    client.set_cookie(acct.cookie_name, secret)
    took: dict[str, list[float]] = {page: [] for page in PAGES}
    heard: dict[str, int] = {}
    for _ in range(ROUNDS):
        for page, query in PAGES.items():
            with _statements(app) as statements:
                began = time.perf_counter()
                answer = client.get(f"/account/contacts{query}")
                took[page].append(1000 * (time.perf_counter() - began))
            if answer.status_code != 200:
                raise RuntimeError(f"the contacts page answered {answer.status}")
            heard[page] = len(statements)
    return took, heard


def _files(app: Flask, db: Session) -> None:
    """Print the times to export all contacts, and to import them into the same account and as new ones."""
    account, config = db.get_one(Account, 1), app.extensions["acct"].platform.config
    how: dict[str, Any] = {"account": account}
    text, seconds = _timed(lambda: csv_files.write(flows.everyone(db, account)))
    figures.show(f"exporting {MANY:,}", f"{seconds:.2f} s, {len(text.encode()) / 1024:.0f} KiB")
    read, seconds = _timed(lambda: csv_files.read(text.encode(), config))
    figures.show(f"reading the file of {MANY:,}", f"{seconds:.2f} s")
    if not isinstance(read, csv_files.ContactsRead) or read.wrong:
        raise RuntimeError("an export that cannot be read")
    rows = read.rows
    _, seconds = _timed(lambda: flows.take_in(a_scope(db, config=config, now=datetime.now(UTC)), rows, **how))
    figures.show(f"importing {MANY:,} that are there", f"{seconds:.2f} s")
    _fill(0, db)
    _, seconds = _timed(lambda: flows.take_in(a_scope(db, config=config, now=datetime.now(UTC)), rows, **how))
    figures.show(f"importing {MANY:,} new ones", f"{seconds:.2f} s")


def _mails(app: Flask, db: Session) -> None:
    account, platform = _fill(SOME, db), app.extensions["acct"].platform
    now = datetime.now(UTC)
    with _statements(app) as heard:
        found, seconds = _timed(lambda: recipients.of(a_scope(db, config=platform.config), account, "invoices"))
    figures.show(f"recipients, {len(found):,}", f"{1000 * seconds:.0f} ms, {len(heard)} statements")
    words = OwnWords({"en": "Invoice", "es": "Factura"}, {"en": "It is due.", "es": "Vence."}, "/invoices/12")
    with _statements(app) as heard:
        _, seconds = _timed(
            lambda: (sending.send(a_scope(db, platform=platform, now=now), account, "invoices", words), db.flush())
        )
    figures.show("  their mails in the outbox", f"{1000 * seconds:.0f} ms, {len(heard)} statements")


def _fill(number: int, db: Session) -> Account:
    """Return an account with this number of contacts."""
    db.query(Contact).delete()
    account, now = db.get_one(Account, 1), datetime.now(UTC)
    rows = [
        {"account_id": account.id, "first_name": f"Ana {n:05}", "email": f"c{n}@example.com", "phone": "+34910000000",
         "email_key": f"c{n}@example.com", "sort_key": f"ana {n:05}", "country": "ES", "postcode": "28013",
         "categories": ["invoices"], "created_at": now, "changed_at": now}
        for n in range(number)
    ]  # fmt: skip
    if rows:
        db.execute(insert(Contact), rows)
    db.flush()
    return account


@contextmanager
def _statements(app: Flask) -> Iterator[list[str]]:
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    engine = app.extensions["acct"].database.engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def _timed(do: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return do(), time.perf_counter() - began


if __name__ == "__main__":
    main()
