"""Somebody with a browser: opens pages, fills in forms, keeps cookies."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from werkzeug.test import Client, TestResponse


class Form:
    """A form of a page: the address it is sent to, and the values of its fields."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, str] = {}


class Forms(HTMLParser):
    """All forms of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
        elif tag == "input" and self.found and "name" in given:
            self.found[-1].fields[given["name"]] = given.get("value", "")


class Visitor:
    """A browser at one address.

    Args:
        app: A WSGI app, mounted or not.
        base: The address of the app: ``https://shop.example.com``.
    """

    def __init__(self, app: Any, base: str = "http://localhost") -> None:
        self.client, self.base = Client(app), base

    def open(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(
            path, base_url=self.base, headers={name.replace("_", "-"): v for name, v in headers.items()}
        )

    def post(self, path: str, data: dict[str, str] | None = None, **headers: str) -> TestResponse:
        told = {"Referer": f"{self.base}/", **{name.replace("_", "-"): v for name, v in headers.items()}}
        return self.client.post(path, base_url=self.base, data=data or {}, headers=told)

    def fill_in(self, path: str, **typed: str) -> TestResponse:
        """Open a page and send its form that has these fields."""
        page = self.open(path)
        [form] = [one for one in Forms(page.text).found if typed.keys() <= one.fields.keys()]
        return self.post(urljoin(path, form.action), {**form.fields, **typed})

    def send(self, page: str, action: str) -> TestResponse:
        """Send the form of a page that goes to this address, as it is."""
        [form] = [one for one in Forms(page).found if one.action == action]
        return self.post(action, form.fields)

    def sign_in(self, email: str, password: str, path: str = "/account/login") -> TestResponse:
        """Sign in through the real form."""
        return self.fill_in(path, identifier=email, password=password)
