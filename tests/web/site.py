"""A host's app with flask_acct for tests: with a clock that can be set, a mailbox, and the three personas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from flask import Flask, abort, jsonify, render_template_string
from flask_login import current_user
from sqlalchemy import event, text

from flask_acct import current_account, requires
from flask_acct.config import Config
from flask_acct.db.models import User, metadata
from flask_acct.extension import Acct
from flask_acct.testing import PASSWORD, AcctClient, FrozenClock
from flask_acct.testing.mails import Outbox
from flask_acct.web.state import State

from ..personas import Personas, settle
from ..scopes import SECRET_KEY
from .visitor import Visitor

PAGE = '{% extends "flask_acct/layout.html" %}{% block main %}<h1>{{ heading }}</h1>{% endblock %}'


@dataclass
class Site:
    app: Flask
    clock: FrozenClock
    outbox: Outbox
    people: Personas
    host: Acct
    """The ``Acct`` that the host's own code calls."""

    @property
    def acct(self) -> State:
        state: State = self.app.extensions["acct"]
        return state

    @property
    def config(self) -> Config:
        return self.acct.platform.config

    @property
    def root(self) -> str:
        """The address that the visitors' browsers use; its host name must make no difference."""
        return "https://localhost" if self.acct.is_https else "http://localhost"

    def visitor(self, user: User | None = None, **headers: str) -> Visitor:
        client = self.app.test_client(user=user)
        return Visitor(client, self.root, **headers)

    def say(self, id_: str, locale: str | None = None) -> str:
        return self.acct.platform.say(id_, locale or self.config.site.default_locale)

    def letters(self) -> list[tuple[str, EmailMessage]]:
        """Answer all requests and send all queued mails. Returns the recipient and message of each mail."""
        assert self.acct.worker is not None
        self.acct.worker.run_once()
        return self.outbox.take()

    def rows(self, *without: str) -> dict[str, list[Any]]:
        """Return every row of every table, by table."""
        with self.acct.database.engine.connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(table.select())))
                for table in metadata.sorted_tables
                if table.name not in without
            }

    def run(self, statement: str, **values: object) -> None:
        with self.acct.database.engine.begin() as connection:
            connection.execute(text(statement), values)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Yields a list that gets every SQL statement run within the block."""
        heard: list[str] = []

        def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            heard.append(statement)

        event.listen(self.acct.database.engine, "before_cursor_execute", hear)
        try:
            yield heard
        finally:
            event.remove(self.acct.database.engine, "before_cursor_execute", hear)

    def identifier(self, user: User) -> str:
        """Return what this user signs in with on this site."""
        kind = self.config.login.identifiers[0]
        return {"username": user.username, "email": user.email, "customer_number": self.number(user)}[kind]

    def number(self, user: User) -> str:
        return {self.people.alice.id: "9000", self.people.charlie.id: "9001"}.get(user.id, "0")

    def sign_in(self, identifier: str, password: str = PASSWORD, visitor: Visitor | None = None) -> Visitor:
        visitor = visitor or self.visitor()
        visitor.open("/account/login")
        labels = {self.say("login.form.identifier"): identifier, self.say("login.form.password"): password}
        visitor.press(self.say("login.form.submit"), labels)
        return visitor

    def alice(self) -> Visitor:
        """Return Alice, who has just signed in through the form."""
        return self.sign_in(self.identifier(self.people.alice))


Build = Callable[..., Site]


def build(
    config: Config,
    url: str,
    now: datetime,
    *,
    prepare: Callable[[Flask], object] = lambda _app: None,
    options: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Site:
    """Return a host's app with a fresh database that has Alice, Bob and Charlie in it.

    Args:
        prepare: What the host does to its app before it adds flask_acct.
        options: Further arguments of ``Acct``.
    """
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=url, ACCT_WORKER=False, **settings)
    app.test_client_class = AcctClient
    clock, outbox = FrozenClock(now), Outbox()
    prepare(app)
    host = Acct(app, config=config, clock=clock, **{"errors": "all", **(options or {})})
    _add_pages(app)
    state: State = app.extensions["acct"]
    assert state.worker is not None
    state.worker.transport = outbox
    with state.database.session() as db:
        people = settle(db=db, config=state.platform.config, now=now)
    return Site(app, clock, outbox, people, host)


def _add_pages(app: Flask) -> None:
    """The app has pages of the host's own: a home page, pages that need permissions, and pages that fail."""
    app.add_url_rule("/", "home", lambda: render_template_string(PAGE, heading="Home"))
    app.add_url_rule("/me", "me", lambda: jsonify(user=getattr(current_user, "username", None)))
    app.add_url_rule("/services", "services", requires()(lambda: _named("Services")))
    app.add_url_rule("/invoices", "invoices", requires("invoices")(lambda: _named("Invoices")), methods=["GET", "POST"])
    app.add_url_rule("/boom", "boom", _boom, methods=["GET", "POST"])
    app.add_url_rule("/abort/<int:code>", "trouble", lambda code: abort(code))


def _named(heading: str) -> str:
    name = current_account.name if current_account else ""
    return render_template_string(PAGE, heading=f"{heading} of {name}")


def _boom() -> str:
    raise RuntimeError("secret inside of the app")
