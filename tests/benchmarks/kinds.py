"""The kinds of requests that are counted: what a visitor or a customer does most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from flask_acct.testing import PASSWORD
from flask_acct.testing.mails import Outbox

from . import people
from .visitor import TOKEN, Unexpected

Form = dict[str, str]
Work = Callable[[], str]
"""Does the work once and returns the page that was answered, if any."""

STRANGERS = 500
"""So much is added to a customer's number for somebody who is none, with a name as long."""

TWO_MINUTES = timedelta(minutes=2)


@dataclass(frozen=True)
class Kind:
    """One kind of request.

    Args:
        form: What is typed, for a customer's number; none for a page that is only looked at.
        status: Of the answer.
        is_signed_in: Whether a customer asks, and not a visitor.
        later: How much later than the one before each request comes.
    """

    path: str
    form: Callable[[int], Form] | None = None
    status: int = 200
    is_signed_in: bool = False
    later: timedelta = timedelta(0)

    def prepared(self, app: Flask, number: int) -> Work:
        """Return the request of one customer. All that comes before it, such as opening the form, is done here."""
        client = app.test_client()
        if self.is_signed_in:
            sign_in(client, number)
            # What is remembered of a customer from the first page on is there.
            client.get(HOST)
        method, data = "GET", None
        if self.form is not None:
            method, data = "POST", {**self.form(number), "csrf_token": _token(client, self.path)}
        _pass_time(app, self.later)
        environ = EnvironBuilder(self.path, method=method, data=data, headers=_headers(client)).get_environ()

        def ask() -> str:
            body, status, _ = run_wsgi_app(app, environ, buffered=True)
            page = b"".join(body).decode()
            if not status.startswith(str(self.status)):
                raise Unexpected(f"{self.path} answered {status}, not {self.status}: {page[-300:]}")
            return page

        return ask


@dataclass(frozen=True)
class Mail:
    """The mail worker's part of a recovery: one request is answered, one mail written and handed over."""

    def prepared(self, app: Flask, number: int) -> Work:
        """Return the worker's turn for one customer who has just asked for a new password."""
        worker = app.extensions["acct"].worker
        worker.run_once()
        RECOVERY.prepared(app, number)()
        worker.transport = outbox = Outbox()

        def send() -> str:
            worker.run_once()
            if len(mails := outbox.take()) != 1:
                raise Unexpected(f"{len(mails)} mails were sent instead of one")
            return ""

        return send


def sign_in(client: Client, number: int) -> None:
    """The customer is signed in in this browser."""
    form = {"identifier": people.address(number), "password": PASSWORD, "csrf_token": _token(client, "/account/login")}
    answer = client.post("/account/login", data=form)
    if answer.status_code != 303:
        raise Unexpected(f"the sign-in answered {answer.status}: {answer.text[-300:]}")


def _sign_in(number: int) -> Form:
    return {"identifier": people.address(number), "password": PASSWORD}


def _wrong(number: int) -> Form:
    return {"identifier": people.address(number), "password": "not the password at all"}


def _email(number: int) -> Form:
    return {"email": people.address(number)}


def _of_stranger(form: Callable[[int], Form]) -> Callable[[int], Form]:
    return lambda number: form(STRANGERS + number)


LOGIN, HOST, RECOVER = "/account/login", "/benchmark/services", "/account/recover/password"
RECOVERY = Kind(RECOVER, _email, 303)

KINDS: dict[str, Kind | Mail] = {
    "sign-in page": Kind(LOGIN),
    "signed-in page of a host": Kind(HOST, is_signed_in=True),
    "signed-in page of a host, after two minutes": Kind(HOST, is_signed_in=True, later=TWO_MINUTES),
    "signed-in page with a form": Kind("/account/password/change", is_signed_in=True),
    "sign-in": Kind(LOGIN, _sign_in, 303),
    "failed sign-in": Kind(LOGIN, _wrong, 422),
    "failed sign-in of a stranger": Kind(LOGIN, _of_stranger(_wrong), 422),
    "sign-out": Kind("/account/logout", lambda _number: {}, 303, is_signed_in=True),
    "recovery asked for": RECOVERY,
    "recovery asked for by a stranger": Kind(RECOVER, _of_stranger(_email), 303),
    "mail of a recovery": Mail(),
}


def _headers(client: Client) -> dict[str, str]:
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in client._cookies.values())  # type: ignore[union-attr]
    return {"Accept-Language": "es", **({"Cookie": cookies} if cookies else {})}


def _token(client: Client, path: str) -> str:
    page: Any = client.get(HOST if path == "/account/logout" else path)
    found = TOKEN.search(page.text)
    if found is None:
        raise Unexpected(f"{path} has no form")
    return found[1]


def _pass_time(app: Flask, long: timedelta) -> None:
    """It is so much later for the app."""
    state = app.extensions["acct"]
    if long:
        began = state.clock()
        state.clock = lambda: began + long
    else:
        state.clock = lambda: datetime.now(UTC)
