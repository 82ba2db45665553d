"""A made-up app in which the code blocks of the pages for developers are run, with the names they use undefined."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import Flask, redirect, request, url_for
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.security import generate_password_hash

import flask_acct
from flask_acct import Acct, User
from flask_acct.config import Config
from flask_acct.testing import KEY, an_owner, make_tables

SETTINGS = {"TESTING": True, "SECRET_KEY": KEY, "ACCT_DATABASE_URL": "sqlite://"}

LABEL = {"en": "One", "es": "Uno", "it": "Uno"}
CONFIG = Config.model_validate(
    {
        "fields": {
            "user": {
                "phone": {"type": "phone", "label": LABEL},
                "newsletter": {"type": "yes_no", "label": LABEL},
                "born": {"type": "date", "label": LABEL},
            }
        }
    }
)


class Model(DeclarativeBase):
    """The base of the made-up host's tables."""


class Order(Model):
    __tablename__ = "made_up_order"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]


class Phone(Model):
    __tablename__ = "made_up_phone"
    number: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))


class Form(dict[str, str]):
    """A form that was filled in."""

    password = SimpleNamespace(data="a made-up password")


def bare() -> Flask:
    """An app without flask_acct."""
    app = Flask("made_up")
    app.config.update(SETTINGS)
    return app


@contextmanager
def names(app: Flask) -> Iterator[dict[str, Any]]:
    """The names that blocks may use without importing them, within a request to the app."""
    acct = Acct(app, config=CONFIG)
    make_tables(app)
    owner = an_owner(app, account="Example Ltd")
    Model.metadata.create_all(acct_engine := app.extensions["acct"].database.engine, tables=_tables())
    with app.test_request_context("/?next=/", method="POST"):
        user = acct.session.get_one(User, owner.id)
        other = acct.create_user("someone@example.com")
        account = user.memberships[0].account
        yield {
            **{name: getattr(flask_acct, name) for name in flask_acct.__all__},
            "app": app,
            "acct": acct,
            "user": other,
            "account": account,
            "current_user": user,
            "form": Form(name="ana@example.com", password="x"),
            "Order": Order,
            "Phone": Phone,
            "date": date,
            "day": date(2027, 1, 31),
            "redirect": redirect,
            "request": request,
            "url_for": url_for,
            "LOCKED": set(),
            "has_totp": lambda user: False,
            "is_right": lambda user, code: True,
            "show": str,
            "normalised": str.strip,
            "old_hash": generate_password_hash("old", "pbkdf2:sha256:1000"),
        }
    acct_engine.dispose()


def _tables() -> list[Any]:
    return [Model.metadata.tables[name] for name in ("made_up_order", "made_up_phone")]
