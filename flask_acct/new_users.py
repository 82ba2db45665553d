"""What somebody fills in to become a user, whose address a link has proven: by an invitation or by signing up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from . import passwords, registration, tallies, tokens
from .config import Config
from .models import Token, User
from .passwords import Weakness
from .tallies import TooMany

HOUR = timedelta(hours=1)

TRIES_PER_LINK = 30
"""Forms an hour that one link may send."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """What they fill in. An empty ``username`` is made from the address."""

    first_name: str
    last_name: str
    new: str
    repeat: str
    username: str = ""


@dataclass(frozen=True, slots=True)
class NoUserName:
    """What was typed cannot be a user name."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Another user has this user name."""


@dataclass(frozen=True, slots=True)
class Weak:
    """The password is not good enough."""

    why: Weakness


@dataclass(frozen=True, slots=True)
class Differ:
    """The password was not typed the same twice."""


Unfit = NoUserName | Weak | Differ


def too_many(token: Token | str | None, *, db: Session, now: datetime) -> TooMany | None:
    """One more form is sent by this link. Whether there were too many in this hour."""
    id_ = token.id if isinstance(token, Token) else token or ""
    tries = tallies.count(tallies.key("join", id_), per=HOUR, db=db, now=now)
    return TooMany(HOUR) if tries > TRIES_PER_LINK else None


def judged(filled: NewUser, email: str, *, locale: str, db: Session, config: Config, now: datetime) -> User | Unfit:
    """Return somebody with a password who is not saved yet, or what is wrong with the form.

    Args:
        email: What the link has proven.
        locale: The language of the page, which their mails will be in.
    """
    if filled.username and not registration.is_user_name(filled.username):
        return NoUserName()
    names = {"first_name": filled.first_name, "last_name": filled.last_name}
    user = registration.new_user(email, filled.username, locale=locale, config=config, now=now, **names)
    if passwords.normal(filled.new) != passwords.normal(filled.repeat):
        return Differ()
    weak = passwords.weakness(filled.new, user=user, config=config)
    if weak is None and tokens.is_mailed(filled.new, db=db):
        weak = "mailed"
    if weak:
        return Weak(weak)
    user.password_hash, user.password_changed_at = passwords.hashed(filled.new), now
    return user
