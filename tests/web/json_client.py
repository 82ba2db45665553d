"""A program that uses the screens in JSON: a script in a browser, with cookies, or an app, with a secret of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from .site import Site

APP = {"X-Acct-Client": "app"}


@dataclass
class Answer:
    """A response."""

    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def said(self) -> Any:
        return self.response.get_json()

    def __getitem__(self, name: str) -> Any:
        return self.said[name]

    @property
    def message(self) -> str | None:
        return self["message"]["id"] if self["message"] else None

    @property
    def result(self) -> str | None:
        return self["result"]["id"] if self["result"] else None

    @property
    def errors(self) -> dict[str, str]:
        return {name: one["id"] for name, one in self["errors"].items()}

    def part(self, name: str) -> Any:
        (found,) = [one for one in self["parts"] if one["name"] == name]
        return found

    @property
    def names(self) -> list[str]:
        return [one["name"] for one in self["parts"]]


@dataclass
class Program:
    """A client that keeps the form token, or its secret, from one response to the next."""

    client: FlaskClient
    root: str
    is_app: bool = False
    token: str = ""
    secret: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        return self._kept(self.client.get(path, base_url=self.root, headers=self._headers(headers)))

    def send(self, path: str, fields: dict[str, Any] | None = None, headers: Any = None, **more: Any) -> Answer:
        """Send the fields of a form, and other members of the JSON object beside them."""
        body = {"fields": fields or {}, **more}
        return self.post(path, body, **(headers or {}))

    def post(self, path: str, body: object, **headers: str) -> Answer:
        return self._kept(self.client.post(path, json=body, base_url=self.root, headers=self._headers(headers)))

    def sign_in(self, identifier: str, password: str) -> Answer:
        self.get("/account/login")
        return self.send("/account/login", {"identifier": identifier, "password": password})

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        mode = APP if self.is_app else {"X-CSRF-Token": self.token}
        bearer = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        return {"Accept": "application/json", **mode, **bearer, **self.headers, **more}

    def _kept(self, response: TestResponse) -> Answer:
        answer = Answer(response)
        if response.mimetype == "application/json":
            self.token = answer.said.get("csrf_token") or self.token
            self.secret = (answer.said.get("session") or {}).get("token") or self.secret
        return answer


def program(site: Site, **more: Any) -> Program:
    return Program(site.app.test_client(), site.root, **more)
