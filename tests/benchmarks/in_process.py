"""Apps without a server, for what is measured inside one process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import Flask

from . import bare, ours, people
from .visitor import TOKEN, Unexpected


@contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    """The settings are in the environment, and afterwards what was there before."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def our_app(settings: Mapping[str, str]) -> Flask:
    """Our app; no mail worker runs beside what is measured."""
    with environment({**settings, "FLASK_ACCT_WORKER": "false"}):
        return ours.create_app()


def bare_app(settings: Mapping[str, str]) -> Flask:
    with environment(settings):
        return bare.create_app()


class SignIn:
    """A sign-in of one customer in a browser of their own: the form is fetched, then ``send`` does the rest.

    Samples: ``SignIn(app, "/account/login", "identifier", 7)``, ``SignIn(app, "/login", "email", 7)``.
    """

    def __init__(self, app: Flask, path: str, identifier: str, customer: int) -> None:
        self.client = app.test_client()
        self.path = path
        token = TOKEN.search(self.client.get(path).text)
        if token is None:
            raise Unexpected(f"{path} has no form")
        self.form = {
            identifier: people.address(customer),
            "password": people.PASSWORD,
            "csrf_token": token[1],
        }

    def send(self, *, expect: int = 303) -> None:
        status = self.client.post(self.path, data=self.form).status_code
        if status != expect:
            raise Unexpected(f"{self.path} answered {status}, not {expect}")
