"""The same pages with Flask-Security, set up as its documentation does: sign in, a page of the host's, a new password.

It runs in a virtual environment of its own, see ``peers``, and shares the bare app's templates. ``python -m
tests.benchmarks.peer URL CUSTOMERS COSTLY`` fills its database.
"""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask, redirect, render_template, url_for
from flask_mail import Mail
from flask_security import Security, SQLAlchemyUserDatastore, auth_required, current_user
from flask_security.models import fsqla_v3 as fsqla
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import event

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
LANGUAGES = {"es": "Español", "es-AR": "Español (Argentina)", "en": "English", "it": "Italiano"}
USUAL = {"time_cost": 2, "memory_cost": 19456, "parallelism": 1}
TINY = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
PASSWORD = "correct horse battery staple"
AT_ONCE = 10_000
BARE_TEMPLATES = Path(__file__).parents[1] / "bare" / "templates"

db = SQLAlchemy()
fsqla.FsModels.set_db_info(db)


class Role(db.Model, fsqla.FsRoleMixin):  # type: ignore[name-defined,misc]
    pass


class User(db.Model, fsqla.FsUserMixin):  # type: ignore[name-defined,misc]
    first_name = db.Column(db.String(120))
    account_name = db.Column(db.String(200))
    customer_number = db.Column(db.String(18))


def create_app(url: str | None = None) -> Flask:
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.jinja_loader.searchpath.append(str(BARE_TEMPLATES))  # type: ignore[union-attr]
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url or os.environ["PEER_DATABASE_URL"],
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAIL_DEFAULT_SENDER="soporte@brisalta.example",
        SECURITY_PASSWORD_SALT="146585145368132386173505678016728509634",
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=_for_passlib(TINY if "BENCHMARK_TINY_HASH" in os.environ else USUAL),
        SECURITY_PASSWORD_LENGTH_MIN=15,
        SECURITY_RECOVERABLE=True,
        SECURITY_TRACKABLE=True,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_REQUIRES_CONFIRMATION_ERROR_VIEW=None,
    )
    db.init_app(app)
    Mail(app)
    CSRFProtect(app)
    Security(app, SQLAlchemyUserDatastore(db, User, Role))
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _prepare_sqlite)
    app.context_processor(lambda: {"languages": LANGUAGES})
    app.after_request(_protect)
    app.add_url_rule("/", "home", home)
    # What the bare app's layout links to.
    app.add_url_rule("/sign-in", "sign_in", lambda: redirect(url_for("security.login")))
    app.add_url_rule("/sign-out", "sign_out", lambda: redirect(url_for("security.logout")), methods=["POST"])
    app.add_url_rule("/forgotten", "recover", lambda: redirect(url_for("security.forgot_password")))
    app.add_url_rule("/password", "change_password", home)
    return app


@auth_required("session")
def home() -> str:
    return render_template("home.html", user=current_user)


def fill(url: str, customers: int, costly: int) -> None:
    """So many customers are in a new database. Those up to ``costly`` have a password hash as in use."""
    app = create_app(url)
    with app.app_context():
        db.create_all()
        usual, tiny = _hashed(app, USUAL), _hashed(app, TINY)
        for start in range(1, customers + 1, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, customers + 1))
            rows = [_row(number, usual if number <= costly else tiny) for number in numbers]
            db.session.execute(db.insert(User), rows)
        db.session.commit()


def _row(number: int, hash_: str) -> dict[str, Any]:
    return {
        "id": number,
        "email": f"customer{number}@example.com",
        "password": hash_,
        "active": True,
        "fs_uniquifier": uuid.uuid4().hex,
        "create_datetime": datetime.now(UTC).replace(tzinfo=None),
        "update_datetime": datetime.now(UTC).replace(tzinfo=None),
        "first_name": "Alice",
        "account_name": f"Account {number}",
        "customer_number": str(number),
    }


def _hashed(app: Flask, options: dict[str, int]) -> str:
    """Flask-Security hashes what an HMAC made of the password."""
    from flask_security.utils import get_hmac

    return PasswordHasher(**options).hash(get_hmac(PASSWORD))


def _for_passlib(options: dict[str, int]) -> dict[str, Any]:
    return {f"argon2__{name}": number for name, number in options.items()} | {"argon2__type": "ID"}


def _protect(response: Any) -> Any:
    response.headers.update(HEADERS)
    response.vary.add("Cookie")
    return response


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 15000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
