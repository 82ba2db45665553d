"""A visitor who reads a page as people do: by its heading, the labels of its fields, its buttons and links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

VOID = {"input", "meta", "link", "img", "br", "hr", "source", "use"}


@dataclass
class Node:
    """One element of a page."""

    tag: str
    attributes: dict[str, str]
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def acct(self) -> str:
        return self.attributes.get("data-acct", "")

    def within_all(self) -> Iterator[Node]:
        """Yield everything inside it, at any depth."""
        for child in self.children:
            yield child
            yield from child.within_all()

    def within(self, tag: str) -> Node | None:
        node: Node | None = self
        while node is not None and node.tag != tag:
            node = node.parent
        return node


class Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.nodes: list[Node] = []
        self.here: Node | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.here)
        self.nodes.append(node)
        if self.here is not None:
            self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_endtag(self, tag: str) -> None:
        node = self.here
        while node is not None and node.tag != tag:
            node = node.parent
        if node is not None:
            self.here = node.parent

    def handle_data(self, data: str) -> None:
        node = self.here
        while node is not None:
            node.words.append(data)
            node = node.parent


class Read:
    """A page as its reader sees it."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        body = response.get_data(as_text=True)
        response.close()
        self.html = body if response.mimetype == "text/html" else ""

    @cached_property
    def nodes(self) -> list[Node]:
        return Reader(self.html).nodes

    @property
    def screen(self) -> str:
        return next((node.attributes.get("data-acct-screen", "") for node in self.nodes if node.tag == "main"), "")

    @property
    def heading(self) -> str:
        return self.only("h1").text

    @property
    def language(self) -> str:
        return self.only("html").attributes["lang"]

    @property
    def elements(self) -> list[str]:
        return [node.acct for node in self.nodes if node.acct]

    @property
    def text(self) -> str:
        return self.only("main").text

    def only(self, tag: str) -> Node:
        (found,) = [node for node in self.nodes if node.tag == tag]
        return found

    def says(self, id_: str) -> bool:
        return id_ in self.elements

    def element(self, id_: str) -> Node:
        (found,) = [node for node in self.nodes if node.acct == id_]
        return found

    def field(self, label: str) -> Node:
        """Return the control that a label belongs to."""
        labels = [node for node in self.nodes if node.tag == "label" and node.text.startswith(label)]
        # "Nome" is a label of its own beside "Nome utente".
        (tied,) = [node for node in labels if node.text == label] or labels
        (control,) = [node for node in self.nodes if node.attributes.get("id") == tied.attributes["for"]]
        return control

    def button(self, text: str) -> Node:
        """Return the button with these words in the page's main part."""
        found = [node for node in self.nodes if node.tag == "button" and node.text == text and node.within("main")]
        assert len(found) == 1, f"{len(found)} buttons {text!r} on {self.screen}"
        return found[0]

    def link(self, text: str) -> str:
        found = {node.attributes["href"] for node in self.nodes if node.tag == "a" and node.text == text}
        assert len(found) == 1, f"{len(found)} links {text!r} on {self.screen}"
        return found.pop()


class Visitor:
    """Somebody with a browser. ``page`` is the page they see."""

    def __init__(self, client: FlaskClient, root: str = "http://localhost", **headers: str) -> None:
        self.client = client
        self.root = root
        self.headers = headers
        self.page: Read
        self.path = ""

    def open(self, path: str, **headers: str) -> Read:
        """Open the page at a path, following redirects one by one."""
        return self._follow(self.client.get(path, base_url=self.root, headers={**self.headers, **headers}), path)

    def press(self, button: str, typed: dict[str, str] | None = None, **headers: str) -> Read:
        """Fill in the fields of a button's form by their labels, send it, and follow redirects."""
        response = self.send(button, typed, **headers)
        return self._follow(response, self.path)

    def send(self, button: str, typed: dict[str, str] | None = None, **headers: str) -> TestResponse:
        """Send the form like ``press``, but return its own response, without following a redirect."""
        action, data = self.form(button, typed)
        sent = {"Referer": self.root + self.path, **self.headers, **headers}
        return self.client.post(action, data=data, base_url=self.root, headers=sent)

    def form(self, button: str, typed: dict[str, str] | None = None) -> tuple[str, dict[str, Any]]:
        """Return the address and the data that the form of a button sends.

        In ``typed``, a checkbox or radio button is ``"yes"`` to tick it and ``""`` to untick it.
        """
        pressed = self.page.button(button)
        form = pressed.within("form")
        assert form is not None
        controls = [node for node in self.page.nodes if _is_sent(node, form)]
        data: dict[str, Any] = {}
        for node in (one for one in controls if not _is_box(one)):
            name, former = node.attributes["name"], data.get(node.attributes["name"])
            data[name] = (
                _value(node) if former is None else [*([former] if isinstance(former, str) else former), _value(node)]
            )
        ticked = {id(node) for node in controls if _is_box(node) and "checked" in node.attributes}
        for label, value in (typed or {}).items():
            control = self.page.field(label)
            if _is_box(control):
                if value and control.attributes["type"] == "radio":
                    name = control.attributes["name"]
                    ticked -= {id(node) for node in controls if node.attributes["name"] == name}
                (ticked.add if value else ticked.discard)(id(control))
            else:
                data[control.attributes["name"]] = value
        for box in (node for node in controls if id(node) in ticked):
            data.setdefault(box.attributes["name"], []).append(_value(box))
        if "name" in pressed.attributes:
            data[pressed.attributes["name"]] = pressed.attributes.get("value", "")
        return form.attributes.get("action") or self.path, data

    def csrf(self) -> str:
        """Return the token in the forms of this page."""
        return next(node.attributes["value"] for node in self.page.nodes if node.attributes.get("name") == "csrf_token")

    def post(self, path: str, data: dict[str, Any], **headers: str) -> TestResponse:
        """Send data to a path without a form, with the token of the present page."""
        sent = {"Referer": self.root + path, **self.headers, **headers}
        return self.client.post(path, data={"csrf_token": self.csrf(), **data}, base_url=self.root, headers=sent)

    def _follow(self, response: TestResponse, path: str) -> Read:
        for _ in range(5):
            if response.status_code not in {301, 302, 303, 307, 308}:
                break
            path = response.headers["Location"]
            assert not urlsplit(path).netloc, f"sent away to {path}"
            response = self.client.get(path, base_url=self.root, headers=self.headers)
        self.path, self.page = path, Read(response)
        return self.page


def _is_sent(node: Node, form: Node) -> bool:
    return node.tag in {"input", "select", "textarea"} and "name" in node.attributes and node.within("form") is form


def _is_box(node: Node) -> bool:
    return node.attributes.get("type") in {"checkbox", "radio"}


def _value(node: Node) -> str:
    if node.tag == "textarea":
        return node.text
    if node.tag != "select":
        return node.attributes.get("value", "")
    options = [option for option in node.children if option.tag == "option"]
    chosen = [option for option in options if "selected" in option.attributes] or options
    return chosen[0].attributes.get("value", "") if chosen else ""
