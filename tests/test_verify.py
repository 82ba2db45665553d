"""``Acct(verify=…)``: a scheme of the host's lets its users in."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from flask_acct import Acct, AcctError
from flask_acct.config import Config
from flask_acct.db import schema
from flask_acct.db.models import User
from flask_acct.security import password_work
from flask_acct.testing import AcctClient

from .personas import settle
from .scopes import SECRET_KEY


def make(tmp_path: Path, scheme: str) -> Flask:
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=SECRET_KEY,
        TESTING=True,
        ACCT_WORKER=False,
        ACCT_DATABASE_URL=f"sqlite:///{tmp_path / 'acct.db'}",
        WTF_CSRF_ENABLED=False,
    )
    Acct(app, config=Config(), verify={scheme: lambda stored, typed: stored == f"shout:{typed.upper()}"})
    return app


@pytest.mark.usefixtures("costly_hashes")
def test_a_user_of_the_hosts_scheme_signs_in_and_is_kept_as_argon2id(tmp_path: Path) -> None:
    app = make(tmp_path, "shout")
    acct = app.extensions["acct"]
    schema.upgrade(acct.database.engine)
    with acct.database.session() as db:
        settle(db=db, config=acct.platform.config, now=acct.clock()).alice.password_hash = "shout:ABC"
        db.commit()
    app.test_client_class = AcctClient
    client = app.test_client()
    page = client.get("/account/login").get_data(as_text=True)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "identifier": "alice@example.com", "password": "abc"}
    assert client.post("/account/login", data=form).status_code == 303
    with acct.database.session() as db:
        stored = db.scalars(select(User.password_hash).where(User.username == "alice")).one()
    assert stored
    assert stored.startswith(password_work.OURS)


def test_a_name_that_no_hash_begins_with_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AcctError, match="before the first"):
        make(tmp_path, "two words")
