"""Browsers that signed a user in before, known by a cookie of their own, so that strangers cannot make them wait.

The cookie is signed and opens nothing: it only says which failures are counted with this browser's instead of with
everybody's. It holds no name; whose a mark is can be checked for a user, not read. Several users may share a browser.

Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..values.keys import Keys

MOST_USERS = 5
"""Users one browser is known for, the latest ones."""

LONGEST = 600
"""Characters of a cookie that is looked at; one for ``MOST_USERS`` users has some 300."""

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mark:
    """That a user signed in here: a random number, whose it is, and on which day."""

    nonce: str
    whose: str
    day: int


@dataclass(frozen=True, slots=True)
class Browser:
    """What a visitor's browser is known for; ``STRANGE`` for one that is not."""

    marks: tuple[Mark, ...] = ()
    keys: Keys | None = None

    @property
    def is_known(self) -> bool:
        """Whether anybody signed in here before."""
        return bool(self.marks)

    @property
    def nonce(self) -> str | None:
        """What tells it from other browsers, whoever uses it; changes with the user who signed in last."""
        return self.marks[0].nonce if self.marks else None

    def nonce_of(self, user_id: int) -> str | None:
        """What tells it from other browsers in which the user signed in, if they did so in this one."""
        mark = self._mark_of(user_id)
        return mark.nonce if mark else None

    def _mark_of(self, user_id: int) -> Mark | None:
        for mark in self.marks:
            for key in self.keys or ():
                if hmac.compare_digest(_whose(key, user_id, mark.nonce), mark.whose):
                    return mark
        return None


STRANGE = Browser()


def read(cookie: str | None, keys: Keys, now: datetime, *, days: int) -> Browser:
    """The browser that sent a cookie. Anything but a cookie of ours is a strange browser's."""
    if not cookie or not days or len(cookie) > LONGEST or not cookie.isascii():
        return STRANGE
    written, _, signature = cookie.rpartition(".")
    if not any(hmac.compare_digest(_signature(key, written), signature) for key in keys):
        return STRANGE
    marks = (_mark(text) for text in written.split("~"))
    oldest = _day(now - timedelta(days=days))
    return Browser(tuple(mark for mark in marks if mark and oldest < mark.day), keys)


def written(browser: Browser, user_id: int, keys: Keys, now: datetime) -> str:
    """The cookie of a browser in which a user signed in now. What it is known for else stays."""
    mine = browser._mark_of(user_id)
    nonce = mine.nonce if mine else secrets.token_urlsafe(12)
    mark = Mark(nonce, _whose(keys.current, user_id, nonce), _day(now))
    others = [other for other in browser.marks if other != mine]
    text = _text([mark, *others][:MOST_USERS])
    return f"{text}.{_signature(keys.current, text)}"


def _text(marks: Iterable[Mark]) -> str:
    return "~".join(f"{mark.nonce}.{mark.whose}.{mark.day}" for mark in marks)


def _mark(text: str) -> Mark | None:
    nonce, whose, day = (*text.split("."), "", "")[:3]
    return Mark(nonce, whose, int(day)) if nonce and whose and day.isdecimal() else None


def _day(time: datetime) -> int:
    return (time - _EPOCH).days


def _whose(key: bytes, user_id: int, nonce: str) -> str:
    return _mac(key, f"flask_acct browser of {user_id} {nonce}")[:16]


def _signature(key: bytes, text: str) -> str:
    return _mac(key, f"flask_acct browser {text}")


def _mac(key: bytes, text: str) -> str:
    return urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).decode().rstrip("=")
