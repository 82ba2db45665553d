"""A site on which a real browser can open every declared screen in every state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import Response, request
from playwright.sync_api import BrowserContext, Page, Request

from flask_acct import config as configuration
from flask_acct.db.models import User
from flask_acct.declare.elements import Facts, Link, Rows, Screen
from flask_acct.declare.fields import Choice, ListedTicks, Matches
from flask_acct.features import declare
from flask_acct.security import sessions
from flask_acct.web import dispatch, html
from flask_acct.web.addresses import PARAMETER
from flask_acct.web.filled import Complaint, Filled
from flask_acct.web.page import Page as Visit
from flask_acct.web.replies import Done, Open
from flask_acct.web.rows import Row, RowPage
from flask_acct.web.state import state

from ..scopes import a_scope
from ..serving import served
from ..web.site import Site

SLOTS: dict[str, Any] = {
    "account": "Ortega Bakery",
    "added": 12,
    "changed": 3,
    "candidate": "Bob Ruiz",
    "candidate_email": "bob@example.com",
    "offer_until": date(2026, 3, 11),
    "category": "Facturas y recibos",
    "column": "Correo electrónico",
    "columns": "first_name, last_name, email",
    "count": 4,
    "most": 100,
    "names": "Ana Sala, Bea Ruiz",
    "same": 0,
    "shown": 50,
    "total": 60,
    "wanted": 101,
    "days": 90,
    "domains": "example.org",
    "email": "ana@example.com",
    "expired_on": date(2026, 3, 1),
    "from": "Alice Ortega",
    "helpful": 12,
    "here": "Charlie's Bikes",
    "inviter": "Alice Ortega",
    "name": "Ana Sala",
    "new_email": "ana@example.net",
    "number": "9000",
    "of": 14,
    "own": "alice@example.com",
    "owner": "Alice Ortega",
    "permission": "Ver y pagar facturas",
    "permissions": "Ver dominios, Ver y pagar facturas",
    "reference": "R-7KQ2-M9XD",
    "since": date(2026, 3, 1),
    "subject": "Factura 2026-17",
    "why": "Call us first: +34 910 00 00 00.",
    "time": timedelta(minutes=30),
    "typed": "ana@example.com",
    "until": date(2026, 3, 11),
    "username": "m00000",
    "who": "m00000",
    "wait": timedelta(minutes=7),
}

BROUGHT: dict[str, Any] = {
    "back": "/help/es/sign-in/",
    "support": "/contact?article=sign-in&language=es",
    "text": ["Vence el 31 de enero.", "Gracias por su confianza."],
}
"""What pages provide to their screens (``page.brought``)."""


@dataclass(eq=False)
class House:
    """A site served on loopback. ``heard`` collects the requests and errors of its pages."""

    site: Site
    url: str
    heard: list[str] = field(default_factory=list)

    def address(self, screen: Screen, shows: str = "") -> str:
        """Return the address of a screen in one of its states: with a message, its problems or a result."""
        return f"{self.url}/drawn/{screen.name}?shows={shows}"

    def let_in(self, context: BrowserContext, user: User) -> None:
        """The user is signed in in this browser."""
        with self.site.acct.database.transaction() as db:
            secret = sessions.begin(a_scope(db, now=self.site.clock()), user, self.site.people.account.id)
        with self.site.app.test_request_context(base_url=self.url):
            name = self.site.acct.cookie_name
        context.add_cookies([{"name": name, "value": secret, "url": self.url}])

    def listen(self, page: Page) -> Page:
        """The page's errors, and its requests to other sites, are recorded in ``heard``. Returns the page."""
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.heard.append(str(error)))
        page.on("request", self._hear_request)
        return page

    def _hear(self, kind: str, text: str) -> None:
        # Chromium also logs an error for every page whose status is not 2xx.
        if kind in {"error", "warning"} and "Failed to load resource" not in text:
            self.heard.append(text)

    def _hear_request(self, request: Request) -> None:
        if not request.url.startswith(self.url):
            self.heard.append(f"asks for {request.url}")


@contextmanager
def opened(site: Site) -> Iterator[House]:
    """The site is served until the end of the block."""
    site.app.add_url_rule("/drawn/<name>", "drawn", drawn)
    with served(site.app) as port:
        yield House(site, f"http://127.0.0.1:{port}")


def drawn(name: str) -> Response:
    """Return any screen in any state, whoever asks."""
    page = dispatch.page_of(state().platform.declared.screens[name], _at())
    _bring(page)
    shows = request.args.get("shows", "")
    if shows == "problems":
        page.filled = Filled({}, {field.name: Complaint("shell.form.required") for field in page.screen.fields})
        return html.show_problems(page)
    if shows in {result.name for result in page.screen.results}:
        html.render(Done(shows, SLOTS), page)
        return html.render(Open(), page)
    return html.show_message(page, shows or None, SLOTS)


def _at() -> dict[str, object]:
    """Return a value for every parameter that a screen's address may have."""
    paths = (screen.path for screen in state().platform.declared.screens.values())
    return {name: 1 for path in paths for name in PARAMETER.findall(path)}


def _bring(page: Visit) -> None:
    """The page has what its screen needs: rows of lists, three options of choices, and values of slots."""
    page.slots |= SLOTS
    page.brought |= BROUGHT
    pages = 3
    for part in page.screen.parts:
        if isinstance(part, Rows):
            cells = ["ana.sala.de.una.empresa.con.nombre.largo@example.com"] * len(part.columns)
            page.rows[part.name] = RowPage([Row("ana", cells, at=page.at, chosen_as="1")], min(2, pages), pages)
            # An address has only one page number, so only one list of a screen may have several pages.
            pages = 1
        elif isinstance(part, Facts):
            page.facts[part.name] = {fact.name: "ana.sala@example.com" for fact in part.facts}
        elif isinstance(part, Link) and not part.to:
            page.links[part.name] = "/invoices"
        elif isinstance(part, Matches):
            page.brought[part.name] = [("Wohin", "ana@example.com, bea@example.com"), ("Wer", "")]
            page.offered[part.name] = [("", "Descartar"), ("email", "Correo electrónico")]
        elif isinstance(part, ListedTicks):
            page.offered[part.name] = [("1", "Ana Sala · ana@example.com"), ("2", "Bea Ruiz · bea@example.com")]
        elif isinstance(part, Choice) and part.source == "page":
            page.offered[part.name] = [(str(number), f"Ana Sala {number}") for number in range(3)]


def needs_user(screen: Screen) -> bool:
    """Whether only a signed-in user can open the screen."""
    return screen.access == "user" or bool(screen.needs)


def states(screen: Screen) -> list[str]:
    """Return the states of a screen: as it opens, with all fields wrong, with one message per tone, and each result."""
    tones: dict[Any, str] = {}
    for message in screen.messages:
        tones.setdefault((message.tone, bool(message.field)), message.name)
    problems = ["problems"] if screen.fields else []
    return ["", *problems, *tones.values(), *(result.name for result in screen.results)]


def variety() -> list[tuple[str, Screen]]:
    """Return a preset and screen for every screen that looks different from all others, the default preset's first."""
    found: dict[Any, tuple[str, Screen]] = {}
    for preset in configuration.presets():
        for screen in declare(configuration.preset(preset).on(None)).screens.values():
            anatomy = (screen.name, tuple((part.id, part.message) for part in screen.parts), len(screen.results))
            found.setdefault(anatomy, (preset, screen))
    return list(found.values())
