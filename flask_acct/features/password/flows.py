"""A user gets a new password: with a mailed link, after a temporary or expired one, or because they want to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from ...accounts.naming import display_name
from ...db import owners, row_locks
from ...db.database import begin_writing
from ...db.models import User
from ...mail import outbox
from ...scope import Scope
from ...security import admission, limits, passwords, rate_limits, reauthentication, sessions, tokens
from ...security.admission import (
    Attempt,
    Before,
    ElsewhereFirst,
    NewPasswordFirst,
    Refuse,
    Stopped,
    Welcome,
)
from ...security.credentials import identifier_of
from ...security.limits import TooMany
from ...security.passwords import PasswordsDiffer, PasswordTooWeak
from ...security.reauthentication import WrongPassword
from ...security.sessions import CurrentSession

Entry = Welcome | NewPasswordFirst | ElsewhereFirst | Stopped
"""How somebody is signed in who has set a password by a mailed link, or not."""

WARN_DAYS = (1, 5)
"""How many days before its end a password's user is told, the nearest first."""


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """The password is the new one; the user's other sessions and open links have ended."""

    user: User


@dataclass(frozen=True, slots=True)
class SetPasswordLinkDead:
    """The link was used, replaced, too old, or meant for an address the user no longer has."""


@dataclass(frozen=True, slots=True)
class TooLate:
    """The session may not set a password, or not any more: it became another just now."""


def set_by_link(
    scope: Scope, secret: str, new: str, repeat: str, *, locale: str | None = None
) -> PasswordChanged | PasswordTooWeak | PasswordsDiffer | SetPasswordLinkDead:
    """The user of the link has the new password. The link is spent only by a good one, so a slip costs nothing.

    Args:
        locale: The language of the page, for who has chosen none.
    """
    token = tokens.find(scope, secret, "password_link", "activation")
    user = scope.db.get(User, token.user_id) if token else None
    if user is None:
        return SetPasswordLinkDead()
    wrong = _wrong(scope, new, repeat, user)
    if wrong:
        return wrong
    hashed = passwords.hashed(new)
    begin_writing(scope.db)
    if not tokens.spend(scope, secret, "password_link", "activation"):
        return SetPasswordLinkDead()
    # The link was read in the user's mailbox, so the address is theirs.
    user.email_verified_at = user.email_verified_at or scope.now
    if not _replace(scope, user, hashed):
        return SetPasswordLinkDead()
    return _finish(scope, user, locale=locale)


def set_in_session(
    scope: Scope, here: CurrentSession, new: str, repeat: str, *, locale: str | None = None
) -> PasswordChanged | PasswordTooWeak | PasswordsDiffer | TooLate:
    """The user of a session that may only set a password has the new one, and that session has ended too."""
    if not here.may_only_set_password:
        return TooLate()
    wrong = _wrong(scope, new, repeat, here.user, opened_with=here.session.opened_with)
    if wrong:
        return wrong
    hashed = passwords.hashed(new)
    begin_writing(scope.db)
    if not _replace(scope, here.user, hashed):
        return TooLate()
    return _finish(scope, here.user, locale=locale)


def sign_in(
    scope: Scope, user: User, hash_: str | None, *, before: Before | None, user_agent: str = ""
) -> Entry | None:
    """Whoever has just set a password by a mailed link is signed in, unless the host decides otherwise.

    Returns ``None`` if they could not sign in by the form either, or the password is another one by now.

    Args:
        hash_: The hash of the password that they have set.
        before: The host's ``before_sign_in``, which is asked first, while nothing is locked.
    """
    if not _may_sign_in(scope, user):
        return None
    answer = before(Attempt(user, "password_link")) if before else None
    begin_writing(scope.db)
    if row_locks.lock_user_with(scope.db, user.id, hash_) is None:
        return None
    if isinstance(answer, Refuse):
        return Stopped(answer.words)
    if answer is not None:
        return admission.hold_pending(scope, user, answer, user_agent=user_agent)
    return admission.admit(scope, user, user_agent=user_agent)


def _may_sign_in(scope: Scope, user: User) -> bool:
    """Whether there is an identifier that the user could type at the sign-in form."""
    return bool(identifier_of(scope, user))


def change(
    scope: Scope, here: CurrentSession, current: str, new: str, repeat: str, *, locale: str | None = None
) -> PasswordChanged | PasswordTooWeak | PasswordsDiffer | WrongPassword | TooMany:
    """The signed-in user has the new password; this session stays, every other has ended."""
    refused = reauthentication.prove(scope, here.user, current)
    if refused:
        return refused
    wrong = _wrong(scope, new, repeat, here.user)
    if wrong:
        return wrong
    hashed = passwords.hashed(new)
    begin_writing(scope.db)
    if not _replace(scope, here.user, hashed):
        # It became another just now.
        return WrongPassword()
    limits.clear(scope, reauthentication.tries(here.user))
    return _finish(scope, here.user, locale=locale, keep_session=here.session.id)


def warn_of_expiry(scope: Scope) -> int:
    """Everyone whose password ends within five days, and again within one, has a mail waiting. Returns how many."""
    config = scope.config
    if not config.password.max_age_days:
        return 0
    over = scope.now - timedelta(days=config.password.max_age_days)
    age = User.password_changed_at
    soon = select(User).where(User.password_hash.is_not(None), age > over, age <= over + timedelta(days=max(WARN_DAYS)))
    if config.login.is_for_owners_only:
        soon = soon.where(User.id.in_(owners.owners()))
    users = scope.db.scalars(soon.with_for_update())
    return sum(_warned(scope, user) for user in users)


def _warned(scope: Scope, user: User) -> bool:
    ends = passwords.expires_at(user, scope.config)
    if ends is None or ends <= scope.now:
        return False
    due = next(days for days in WARN_DAYS if ends - scope.now <= timedelta(days=days))
    if user.expiry_warned_days is not None and user.expiry_warned_days <= due:
        return False
    user.expiry_warned_days = due
    slots = {"username": display_name(user, scope.config), "until_at": ends.isoformat()}
    outbox.queue_for_user(scope, "password.expires_soon", to=user, slots=slots)
    return True


def _wrong(
    scope: Scope, new: str, repeat: str, user: User, *, opened_with: str | None = None
) -> PasswordTooWeak | PasswordsDiffer | None:
    """What is wrong with a new password.

    Args:
        opened_with: The digest of the temporary password that opened the session.
    """
    if passwords.normalised(new) != passwords.normalised(repeat):
        return PasswordsDiffer()
    weak = passwords.weakness(new, scope.config, user=user)
    # It lies in a mailbox for good. Source: ASVS 6.4.1.
    if weak is None and (tokens.digest(tokens.bare_secret(new)) == opened_with or tokens.is_mailed(scope.db, new)):
        weak = "mailed"
    if weak is None and user.password_hash and passwords.verify(new, user.password_hash):
        weak = "same_as_old"
    return PasswordTooWeak(weak) if weak else None


def _replace(scope: Scope, user: User, hashed: str) -> bool:
    """Whether the password is the new one now. Of two changes side by side, one has the say."""
    replaced = scope.db.execute(
        update(User)
        .where(User.id == user.id, User.password_hash.is_not_distinct_from(user.password_hash))
        .values(password_hash=hashed, password_changed_at=scope.now, expiry_warned_days=None)
        .returning(User.id)
    )
    return replaced.one_or_none() is not None


def _finish(scope: Scope, user: User, *, locale: str | None, keep_session: int | None = None) -> PasswordChanged:
    """What follows a new password: open links and sessions are worth nothing, nobody waits, and its user is told."""
    tokens.void(scope, user)
    # Whoever asked for another address did so with the old password.
    tokens.void(scope, user, purposes=("email_change",))
    sessions.end_all(scope.db, user, except_id=keep_session)
    rate_limits.pardon(scope, user)
    slots = {"username": display_name(user, scope.config), "when_at": scope.now.isoformat()}
    outbox.queue_for_user(scope, "password.changed", to=user, slots=slots, locale=locale)
    return PasswordChanged(user)
