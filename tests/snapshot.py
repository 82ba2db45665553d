"""Every page and mail of every preset, written to a folder: ``python -m tests.snapshot FOLDER``.

Take one before a refactoring and one after it, and compare the folders: ``diff -r before after``. A visitor and each of
the personas open every page that a link leads to and send every form, unchanged, filled in and empty. Values that
differ between runs, such as secrets and form tokens, are replaced by fixed words.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from werkzeug.test import TestResponse

from flask_acct import config as configuration
from flask_acct.db import schema
from flask_acct.db.database import open_engine
from flask_acct.mail.commands import previewed
from flask_acct.security import passwords
from flask_acct.testing import PASSWORD

from .hashes import QUICK
from .scopes import NOON
from .web.site import Site, build
from .web.visitor import Node, Read, _is_box, _is_sent, _value

PEOPLE = ("visitor", "alice", "bob", "charlie")
HEADERS = ("Location", "Cache-Control", "Content-Security-Policy", "Retry-After", "Vary", "Content-Language")
TYPED = {"email": "someone@example.org", "password": PASSWORD, "number": "3"}
ROUNDS = 3
"""How many times all known pages are opened again to look for new forms and links."""

MOVING = (
    (re.compile(r'(name="csrf_token"[^>]*value=")[^"]*'), r"\1TOKEN"),
    (re.compile(r'("csrf_token":")[^"]*'), r"\1TOKEN"),
    (re.compile(r"[A-Za-z0-9_-]{40,}(?:\.[A-Za-z0-9_.-]+)?"), "SECRET"),
    (re.compile(r"\b[A-Za-z0-9]{20}\b"), "SECRET"),
    (re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4})+\b"), "CODE"),
    (re.compile(r"\?v=[0-9a-f]+"), "?v=V"),
)


@dataclass
class Snapshot:
    """What one person sees on one site, in order."""

    site: Site
    person: str
    locale: str
    lines: list[str] = field(default_factory=list)

    def take(self) -> str:
        """Return all that is seen, as text."""
        self._begin()
        seen: dict[str, Read] = {}
        sent: set[tuple[str, ...]] = set()
        for _ in range(ROUNDS):
            # Forms that were sent may have changed any page.
            known = list(seen)
            seen.clear()
            self._look_around(seen, known)
            for path, read in list(seen.items()):
                self._send_forms(path, read, seen, sent)
        return "\n".join(self.lines)

    def _begin(self) -> None:
        user = getattr(self.site.people, self.person, None)
        self.client = self.site.app.test_client(user=user)
        self.root = self.site.root

    def _look_around(self, seen: dict[str, Read], known: list[str]) -> None:
        waiting = [*self._addresses(), *known]
        while waiting:
            path = waiting.pop(0)
            if path in seen:
                continue
            seen[path] = self._get(path)
            waiting += [link for link in _links(seen[path]) if link not in seen]

    def _addresses(self) -> Iterator[str]:
        for rule in sorted(self.site.app.url_map.iter_rules(), key=str):
            if rule.endpoint.startswith("acct.") and not rule.arguments and "GET" in (rule.methods or ()):
                yield rule.rule
        yield "/account/nowhere"

    def _get(self, path: str) -> Read:
        return self._read(f"GET {path}", self.client.get(path, base_url=self.root, headers=self._headers()))

    def _send_forms(self, path: str, read: Read, seen: dict[str, Read], sent: set[tuple[str, ...]]) -> None:
        for button in [node for node in read.nodes if node.tag == "button" and node.within("form")]:
            form = button.within("form")
            assert form is not None
            if form.attributes.get("method", "").lower() != "post":
                continue
            action = urljoin(path, form.attributes.get("action") or path)
            for how in ("as it is", "typed", "empty"):
                data = _data(read, form, button, how)
                key = (action, how, *sorted(f"{name}={value}" for name, value in data.items() if name != "csrf_token"))
                if key in sent or len(sent) > 400:
                    continue
                sent.add(key)
                self._send(path, action, data, how, seen)

    def _send(self, path: str, action: str, data: dict[str, Any], how: str, seen: dict[str, Read]) -> None:
        # The token must be the current session's, which an earlier form may have replaced.
        fresh = Read(self.client.get(path, base_url=self.root, headers=self._headers()))
        tokens = [node for node in fresh.nodes if node.attributes.get("name") == "csrf_token"]
        if tokens:
            data = {**data, "csrf_token": tokens[0].attributes["value"]}
        headers = {**self._headers(), "Referer": self.root + path}
        response = self.client.post(action, data=data, base_url=self.root, headers=headers)
        onward = response.headers.get("Location")
        self._read(f"POST {action} ({how}: {', '.join(sorted(data))})", response)
        if onward and not urlsplit(onward).netloc:
            seen.setdefault(onward, self._get(onward))
        self._letters()
        if self.person != "visitor" and self.client.get("/me", base_url=self.root).json == {"user": None}:
            self.lines.append("(signed in again)")
            self._begin()

    def _letters(self) -> None:
        for recipient, message in self.site.letters():
            heads = " · ".join(str(message[name]) for name in ("Subject", "From", "Reply-To"))
            self.lines.append(_still(f"== mail to {recipient}: {heads}"))
            for part in message.walk():
                if part.get_content_maintype() == "text":
                    self.lines.append(_still(part.get_content()))

    def _read(self, what: str, response: TestResponse) -> Read:
        heads = [f"{name}: {response.headers[name]}" for name in HEADERS if name in response.headers]
        body = (
            response.get_data(as_text=True)
            if (response.mimetype or "").startswith(("text/", "application/json"))
            else ""
        )
        self.lines.append(_still("\n".join([f"== {what}: {response.status_code}", *heads, body])))
        return Read(response)

    def _headers(self) -> dict[str, str]:
        return {"Accept-Language": self.locale.replace("_", "-")}


def _links(read: Read) -> list[str]:
    found = [node.attributes.get("href", "") for node in read.nodes if node.tag == "a"]
    paths = [urlsplit(link)._replace(fragment="").geturl() for link in found if link.startswith("/account")]
    return [path for path in dict.fromkeys(paths) if "?next=" not in path]


def _data(read: Read, form: Node, button: Node, how: str) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for node in (node for node in read.nodes if _is_sent(node, form)):
        name, kind = node.attributes["name"], node.attributes.get("type", node.tag)
        if _is_box(node):
            if how == "typed" or (how == "as it is" and "checked" in node.attributes):
                data.setdefault(name, []).append(_value(node))
        elif kind == "radio":
            data.setdefault(name, _value(node))
        elif kind in {"hidden", "select"} or how == "as it is":
            data[name] = _value(node)
        elif kind != "file":
            data[name] = TYPED.get(kind, "words") if how == "typed" else ""
    if "name" in button.attributes:
        data[button.attributes["name"]] = button.attributes.get("value", "")
    return data


def _still(text: str) -> str:
    for moving, word in MOVING:
        text = moving.sub(word, text)
    return text


def main(folder: Path) -> None:
    """The folder holds a file for each preset, person and language, and one for each mail."""
    passwords.hasher = QUICK
    folder.mkdir(parents=True)
    for preset in configuration.presets():
        for person in PEOPLE:
            for locale in ("en", "es", "it"):
                _one(preset, person, locale, folder)
        print(preset, flush=True)


def _one(preset: str, person: str, locale: str, folder: Path) -> None:
    config = configuration.preset(preset).on(None)
    if locale not in config.site.locales:
        return
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/acct.db"
        engine = open_engine(url)
        schema.upgrade(engine)
        engine.dispose()
        site = build(config, url, NOON)
        (folder / f"{preset}.{person}.{locale}.txt").write_text(Snapshot(site, person, locale).take(), "utf-8")
        if person == "visitor":
            _mails(site, folder / f"{preset}.mails.{locale}.txt", locale)
        site.acct.database.engine.dispose()


def _mails(site: Site, file: Path, locale: str) -> None:
    with site.app.app_context(), file.open("w", encoding="utf-8") as out:
        for name in sorted(site.acct.platform.declared.mails):
            for html in (False, True):
                text = previewed(name, site.acct.platform, NOON, locale=locale, html=html)
                out.write(_still(f"== {name}\n{text}\n"))


if __name__ == "__main__":
    if len(sys.argv) != 2 or Path(sys.argv[1]).exists():
        sys.exit("Usage: python -m tests.snapshot FOLDER, which is made.")
    main(Path(sys.argv[1]))
