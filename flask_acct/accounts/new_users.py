"""The form by which somebody becomes a user after a link has proven their address: an invitation or a sign-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ..db.models import Account, User
from ..scope import Scope
from ..security import admission, limits, passwords, tokens
from ..security.admission import (
    Attempt,
    Before,
    ElsewhereFirst,
    NewPasswordFirst,
    Refuse,
    Stopped,
    Way,
    Welcome,
)
from ..security.limits import TooMany
from ..security.passwords import PasswordsDiffer, PasswordTooWeak
from . import registration

HOUR = timedelta(hours=1)

TRIES_PER_LINK = 30
"""How often an hour a form may be sent by one link."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """What was filled in. An empty ``username`` is made from the address."""

    first_name: str
    last_name: str
    new: str
    repeat: str
    username: str = ""


@dataclass(frozen=True, slots=True)
class NoUserName:
    """The text typed cannot be a user name."""


@dataclass(frozen=True, slots=True)
class NameInUse:
    """Another user has this user name."""


Unfit = NoUserName | PasswordTooWeak | PasswordsDiffer


Entry = Welcome | NewPasswordFirst | ElsewhereFirst | Stopped
"""How a new user comes in: signed in, or as the host has decided."""


def too_many(scope: Scope, token_id: str | None) -> TooMany | None:
    """One more form was sent by this link. Return how long to wait if there were too many within an hour."""
    tries = limits.count(scope, limits.key("join", token_id or ""), per=HOUR)
    return TooMany(HOUR) if tries > TRIES_PER_LINK else None


def validated(scope: Scope, filled: NewUser, email: str, *, locale: str) -> User | Unfit:
    """Return a user with a password, not saved yet, or what is wrong with the form.

    Args:
        email: The address that the link has proven.
        locale: The language of the page, in which their mails will be.
    """
    if filled.username and not registration.is_user_name(filled.username):
        return NoUserName()
    user = registration.new_user(
        email,
        scope.config,
        scope.now,
        username=filled.username,
        first_name=filled.first_name,
        last_name=filled.last_name,
        locale=locale,
    )
    if passwords.normalised(filled.new) != passwords.normalised(filled.repeat):
        return PasswordsDiffer()
    weak = passwords.weakness(filled.new, scope.config, user=user)
    if weak is None and tokens.is_mailed(scope.db, filled.new):
        weak = "mailed"
    if weak:
        return PasswordTooWeak(weak)
    user.password_hash, user.password_changed_at = passwords.hashed(filled.new), scope.now
    return user


def sign_in(
    scope: Scope, user: User, way: Way, account: Account | None, before: Before | None, *, user_agent: str = ""
) -> Entry:
    """The new user is signed in and has the account in view, unless the host decides otherwise.

    Args:
        before: The host's ``before_sign_in``, which is asked first.
    """
    verdict = before(Attempt(user, way, account)) if before else None
    if isinstance(verdict, Refuse):
        return Stopped(verdict.words)
    if verdict is not None:
        id_ = account.id if account else None
        return admission.hold_pending(scope, user, verdict, account_id=id_, user_agent=user_agent)
    number = account.number if account else ""
    return admission.admit(scope, user, number=number, user_agent=user_agent)
