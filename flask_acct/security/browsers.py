"""Browsers in which a user signed in before, known by a cookie of their own, so that strangers cannot make them wait.

The cookie is signed and opens nothing: it only says which failures are counted for this browser instead of for
everybody. It holds no name: whether a mark is a certain user's can be checked, but not read. Users may share a browser.

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
"""Users that one browser is known for, the latest ones."""

LONGEST = 600
"""Most characters of a cookie that is read; one for ``MOST_USERS`` users has about 300."""

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mark:
    """A user signed in here: a random number, whose it is, and the day."""

    nonce: str
    whose: str
    day: int


@dataclass(frozen=True, slots=True)
class Browser:
    """The marks in a visitor's cookie; ``STRANGE`` has none."""

    marks: tuple[Mark, ...] = ()
    keys: Keys | None = None

    @property
    def is_known(self) -> bool:
        """Whether anybody signed in here before."""
        return bool(self.marks)

    @property
    def nonce(self) -> str | None:
        """Return what tells this browser from others, whoever uses it; it changes with the user who signed in last."""
        return self.marks[0].nonce if self.marks else None

    def nonce_of(self, user_id: int) -> str | None:
        """Return what tells this browser from the user's other ones; ``None`` if they never signed in in this one."""
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
    """Return the browser that sent a cookie; ``STRANGE`` for anything but a cookie of ours."""
    if not cookie or not days or len(cookie) > LONGEST or not cookie.isascii():
        return STRANGE
    written, _, signature = cookie.rpartition(".")
    if not any(hmac.compare_digest(_signature(key, written), signature) for key in keys):
        return STRANGE
    marks = (_mark(text) for text in written.split("~"))
    oldest = _day(now - timedelta(days=days))
    return Browser(tuple(mark for mark in marks if mark and oldest < mark.day), keys)


def written(browser: Browser, user_id: int, keys: Keys, now: datetime) -> str:
    """Return the cookie of a browser in which a user signs in now; its other marks stay."""
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
