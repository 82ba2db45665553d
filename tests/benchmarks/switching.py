"""A user of 1,000 accounts compared with a user of two: a signed-in page, the list of accounts, and switching."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from flask_acct.db.models import Account, Membership, User
from flask_acct.security import sessions

from ..scopes import a_scope
from . import figures, people
from .in_process import our_app
from .serving import our_settings
from .visitor import Unexpected

FEW, MANY = 2, 1000
TIMES = 200
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def main() -> None:
    figures.head(f"A user of {MANY:,} accounts over one of {FEW}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = our_app(our_settings(folder, people.fill_ours(folder / "ours.db", 2 + FEW + MANY)))
        _let_in(app, user=1, accounts=range(3, 3 + FEW - 1))
        _let_in(app, user=2, accounts=range(3, 3 + MANY - 1))
        few, many = _visitor(app, 1), _visitor(app, 2)
        pairs = {
            "a signed-in page": (lambda client: client.get("/benchmark/services"), 200),
            "the list of accounts": (lambda client: client.get("/account/switch"), 200),
            "switching": (lambda client: client.post("/account/switch/3", data=_form(client)), 303),
        }
        for what, (ask, status) in pairs.items():
            ratios = [_seconds(ask, many, status) / _seconds(ask, few, status) for _ in range(TIMES)]
            figures.show(what, figures.spread(ratios), "1.00" if what == "switching" else "")


def _let_in(app: Flask, *, user: int, accounts: range) -> None:
    place = {"user_id": user, "is_owner": False, "permissions": [], "created_at": datetime.now(UTC)}
    with app.extensions["acct"].database.transaction() as db:
        db.execute(insert(Membership), [{**place, "account_id": account} for account in accounts])
        for account in db.query(Account).filter(Account.sort_key == ""):
            # These rows were inserted without the model, which would set the sort key of names.
            account.name = account.name


def _visitor(app: Flask, user: int) -> FlaskClient:
    """Return the user's browser, signed in, with the form token of a page."""
    acct = app.extensions["acct"]
    with acct.database.transaction() as db:
        secret = sessions.begin(a_scope(db, now=acct.clock()), db.get_one(User, user), user)
    client = app.test_client()
    client.set_cookie(acct.cookie_name, secret)
    found = TOKEN.search(client.get("/account/switch").text)
    if found is None:
        raise Unexpected("the list of accounts has no form")
    client.environ_base["acct.token"] = found[1]
    return client


def _form(client: FlaskClient) -> dict[str, str]:
    return {"csrf_token": client.environ_base["acct.token"]}


def _seconds(ask: Callable[[FlaskClient], object], client: FlaskClient, status: int) -> float:
    before = time.process_time()
    answer = ask(client)
    took = time.process_time() - before
    if answer.status_code != status:  # type: ignore[attr-defined]
        raise Unexpected(f"answered {answer.status_code}, not {status}")  # type: ignore[attr-defined]
    return took


if __name__ == "__main__":
    main()
