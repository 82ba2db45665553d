"""What a browser holds besides its session: a cookie of our own, for visitors and signed-in users.

It holds the secret that a visitor's forms are bound to, messages for the next page, and the secrets of links that
were followed. None of it is in Flask's session: whoever controls a neighbouring host, ``shop.example.com`` beside
``clients.example.com``, can plant that in a browser, signed as it is, with a form token, words or a link of their own.
Under https no other host can set this one, by the prefix ``__Host-``. It is ``Lax`` whatever the host chose for
Flask's, so that a link followed from a page of webmail works. Source: RFC 6265bis §4.1.3.2; ASVS 3.3.3.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Response, g
from itsdangerous import BadSignature, URLSafeSerializer

from . import browser_cookies
from .state import state

LONGEST = 3800
"""Most bytes of the cookie's value. Browsers drop a cookie of more than 4096 with its name and attributes."""


@dataclass
class Visit:
    """What one browser holds. Sample of ``said``: ``{"at": "login.form", "id": "login.form.ended", "slots": {}}``."""

    secret: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    said: Mapping[str, Any] | None = None
    links: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By the purposes it has: the secret of a link, and when it was last used, in seconds since 1970."""
    unsent: str = ""
    """The reference of a form that arrived after its session had ended, see ``unsent_forms``."""
    language: str = ""
    """The language chosen on a page, which is also theirs after signing in."""
    looked: int = 0
    """When this session had no invitation waiting, in seconds since 1970: the next pages need not look again."""
    pending: str = ""
    """The secret of a sign-in that the host has to complete, see ``admission``."""
    onward: str = ""
    """Where whoever completes it wanted to go."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """What the visitor last typed to say who they are, by field name, so that they need not type it twice. Sample:
    ``{"identifier": "ana@example.com"}``."""
    typed_at: int = 0
    """When that was, in seconds since 1970."""
    is_kept: bool = True
    """Whether the browser holds exactly this, or there is nothing to hold."""
    is_read: bool = False
    """Whether the browser sent it."""

    def say(self, at: str, id_: str, slots: Mapping[str, str] | None = None) -> None:
        """The next visit to a screen begins with this message."""
        self.said, self.is_kept = {"at": at, "id": id_, "slots": dict(slots or {})}, False

    def heard(self) -> None:
        """The message has been shown."""
        self.is_kept = self.is_kept and self.said is None
        self.said = None

    def hold(self, carrier: str, secret: str, since: int) -> None:
        self.links[carrier], self.is_kept = (secret, since), False

    def let_go(self, carrier: str) -> None:
        if self.links.pop(carrier, None):
            self.is_kept = False

    def choose_language(self, locale: str) -> None:
        self.is_kept = self.is_kept and self.language == locale
        self.language = locale

    def look(self, at: int) -> None:
        self.looked, self.is_kept = at, False

    def wait(self, secret: str, onward: str) -> None:
        """The host completes the sign-in of this secret; another one of this browser is forgotten."""
        self.pending, self.onward, self.is_kept = secret, onward, False

    def remember_typed(self, typed: Mapping[str, str], at: int) -> None:
        self.typed, self.typed_at, self.is_kept = typed, at, False

    def remember_unsent(self, reference: str) -> None:
        self.is_kept = self.is_kept and self.unsent == reference
        self.unsent = reference


def visit() -> Visit:
    """Return what the browser of this request holds; empty for one that is new."""
    if "acct_visit" not in g:
        g.acct_visit = _read(browser_cookies.read(state().visit_cookie_name) or "")
    return cast(Visit, g.acct_visit)


def form_secret() -> str:
    """Return the secret that a visitor's forms are bound to; the browser gets it with this response."""
    here = visit()
    if not here.is_read:
        here.is_kept = False
    return here.secret


def begin_anew(links: Collection[str] = (), *, keep_unsent: bool = False) -> None:
    """The browser holds nothing of before, except some links. Forms that are open in it become invalid."""
    before = visit()
    kept_links = {carrier: held for carrier, held in before.links.items() if carrier in links}
    unsent = before.unsent if keep_unsent else ""
    g.acct_visit = Visit(links=kept_links, unsent=unsent, language=before.language, is_kept=False)


def write(response: Response) -> None:
    """The response sets the cookie, if the browser does not hold it as it is now."""
    here: Visit | None = g.get("acct_visit")
    if here is None or here.is_kept:
        return
    acct = state()
    value = _written(here)
    # What was typed, and then even the longest message, are worth less than the form that would be lost with them.
    if len(value) > LONGEST:
        here.typed = {}
        value = _written(here)
    if len(value) > LONGEST:
        here.said = None
        value = _written(here)
    browser_cookies.write(response, acct.visit_cookie_name, value)
    here.is_kept = here.is_read = True


def _read(value: str) -> Visit:
    try:
        held = _signer().loads(value)
        links = {carrier: (str(secret), int(since)) for carrier, (secret, since) in held["links"].items()}
        unsent, language, looked = str(held["unsent"]), str(held["language"]), int(held["looked"])
        pending, onward = (str(held.get(name, "")) for name in ("pending", "onward"))
        typed = {str(name): str(value) for name, value in held.get("typed", {}).items()}
        return Visit(
            secret=str(held["secret"]),
            said=held["said"],
            links=links,
            unsent=unsent,
            language=language,
            looked=looked,
            pending=pending,
            onward=onward,
            typed=typed,
            typed_at=int(held.get("typed_at", 0)),
            is_read=True,
        )
    except (AttributeError, BadSignature, KeyError, TypeError, ValueError):
        # Not ours, or of an earlier version. It may be another app's, and stays until there is something to hold.
        return Visit()


def _written(here: Visit) -> str:
    names = ("secret", "said", "links", "unsent", "language", "looked")
    held = {name: getattr(here, name) for name in names}
    if here.pending:
        held |= {"pending": here.pending, "onward": here.onward}
    if here.typed:
        held |= {"typed": dict(here.typed), "typed_at": here.typed_at}
    return str(_signer().dumps(held))


def _signer() -> URLSafeSerializer:
    cache = state().cache
    if "visit signer" not in cache:
        # The last key is the one that signs.
        keys = list(reversed(state().keys.keys))
        cache["visit signer"] = URLSafeSerializer(
            keys, salt="flask_acct visit", signer_kwargs={"digest_method": hashlib.sha256}
        )
    return cast(URLSafeSerializer, cache["visit signer"])
