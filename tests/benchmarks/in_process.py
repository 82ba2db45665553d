"""Apps without a server, for benchmarks within one process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from . import bare, ours, people
from .visitor import TOKEN, Unexpected


@contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    """The environment has the settings until the end of the block, and is then restored."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def our_app(settings: Mapping[str, str]) -> Flask:
    """Return our app, without a mail worker that would disturb the measurement."""
    with environment({**settings, "FLASK_ACCT_WORKER": "false"}):
        return ours.create_app()


def bare_app(settings: Mapping[str, str]) -> Flask:
    with environment(settings):
        return bare.create_app()


class SignIn:
    """A sign-in of one customer in a new browser: the form is fetched at once, and ``send`` sends it.

    The request is prepared beforehand, so that only the app's time is measured.
    Samples: ``SignIn(app, "/account/login", "identifier", 7)``, ``SignIn(app, "/login", "email", 7)``.
    """

    def __init__(self, app: Flask, path: str, identifier: str, customer: int) -> None:
        self.app = app
        page = app.test_client().get(path)
        token = TOKEN.search(page.text)
        if token is None:
            raise Unexpected(f"{path} has no form")
        form = {identifier: people.address(customer), "password": people.PASSWORD, "csrf_token": token[1]}
        cookie = page.headers["Set-Cookie"].partition(";")[0]
        self.environ = EnvironBuilder(path, method="POST", data=form, headers={"Cookie": cookie}).get_environ()

    def send(self, *, expect: int = 303) -> Headers:
        """Send the form. Returns the headers of the response."""
        body, status, headers = run_wsgi_app(self.app, self.environ, buffered=True)
        if not status.startswith(str(expect)):
            raise Unexpected(f"{self.environ['PATH_INFO']} answered {status}, not {expect}: {b''.join(body)[-300:]!r}")
        return headers
