"""Signing in: one look-up, one hash, one answer for whatever is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, literal, select, true, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from ...accounts.account_status import account_of
from ...db import owners, row_locks, writes
from ...db.database import begin_writing
from ...db.models import Account, PasswordWork, Token, User
from ...db.writes import Write
from ...scope import Scope
from ...security import admission, limits, password_work, passwords, rate_limits, tokens
from ...security.admission import (
    Attempt,
    Before,
    ElsewhereFirst,
    Named,
    NewPasswordFirst,
    Refuse,
    Stopped,
    Welcome,
)
from ...security.browsers import STRANGE, Browser
from ...security.hashes import Work
from ...security.limits import Counted, TooMany
from ...security.rate_limits import Way
from ...values import identifiers
from ...values.identifiers import Kind

# Statements are built once: building one costs more than running it, and every sign-in runs both kinds.
_WHO = {
    "username": User.username_key == bindparam("key"),
    "email": User.sign_in_email == bindparam("key"),
    "customer_number": User.id == owners.owners().where(Account.number == bindparam("key")).scalar_subquery(),
}
_ANYHOW = select(literal(1).label("one")).subquery()
_NAMED = {
    kind: select(User.id, User.password_hash, PasswordWork).select_from(
        _ANYHOW.outerjoin(User, who).outerjoin(PasswordWork, true())
    )
    for kind, who in _WHO.items()
}
"""Who is named, if anybody, with each kind of foreign hash that is stored: one row and more, whoever it is. The user
is loaded later, when the password was right: loading one takes longer than loading none, which strangers could time."""


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """Something did not fit; nobody learns what."""


@dataclass(frozen=True, slots=True)
class _Proven:
    """Somebody has given a right password; nothing has come of it yet."""

    user_id: int
    hash: str | None
    rehashed: str | None
    """The same password by a hash of today's, where the one stored is not."""
    opened_with: str | None
    """The digest of the temporary password, where that is what was right."""
    taken: Counted | TooMany
    forgiven: Way


_REHASH = update(User).where(User.id == bindparam("user")).values(password_hash=bindparam("hash"))

Own = Callable[[str], Named | None]
"""Finds who is named by an identifier of the host's; ``None`` for what is none."""

Take = Callable[..., Counted | TooMany]
"""Counts a try by the first of several ways that is free, as ``limits.take_first`` does."""


def sign_in(
    scope: Scope,
    identifier: str,
    password: str,
    *,
    network: str,
    browser: Browser = STRANGE,
    user_agent: str = "",
    before: Before | None = None,
    own: Own | None = None,
) -> Welcome | NewPasswordFirst | ElsewhereFirst | Stopped | SignInRefused | TooMany:
    """A session has begun for whoever the identifier and password belong to, unless the host says otherwise.

    A temporary password opens a session that can only set a new one; so does a password past its age. Whether the
    user is unknown, has no password or the password is wrong, the same statements and the same hashes are run: one of
    ours, and what ``PasswordWork`` says. A hash of another system is made anew when its password is given. The try is
    counted and committed before it is hashed. Raises ``passwords.Busy``.

    Args:
        identifier: As typed: a user name, customer number or address, whichever the configuration allows.
        network: The visitor's network, ``limits.network(address)``.
        browser: What their browser is known for.
        before: What the host says once the password is right. It is asked while nothing is locked.
        own: Finds who is named by an identifier of the host's. It is asked at every try, whatever was typed.

    Source: ASVS 6.3.8; NIST SP 800-63B §3.2.2.
    """
    found = _prove(scope, identifier, password, temporary=True, own=own, take=_take, network=network, browser=browser)
    if not isinstance(found, _Proven):
        return found
    answer = _asked(scope, found, before) if before else None
    begin_writing(scope.db)
    user = _locked(scope, found)
    if user is None:
        return SignInRefused()
    if isinstance(answer, Refuse):
        writes.run(scope.db, _give_back(scope, found))
        return Stopped(answer.words)
    if not _spent(scope, found, user, password):
        return SignInRefused()
    number = identifiers.number_key(identifier) or ""
    how: dict[str, Any] = {"opened_with": found.opened_with, "user_agent": user_agent}
    if answer is None:
        return admission.admit(scope, user, number=number, beside=_give_back(scope, found), **how)
    writes.run(scope.db, _give_back(scope, found))
    named = account_of(scope.db, user.id, number)
    return admission.hold_pending(scope, user, answer, account_id=named.id if named else None, **how)


def authenticate(
    scope: Scope,
    identifier: str,
    password: str,
    *,
    network: str,
    browser: Browser = STRANGE,
    own: Own | None = None,
    take: Take | None = None,
) -> User | SignInRefused | TooMany:
    """Return whose the identifier and password are; no session begins. For a host's own form.

    Limits, statements and hashes are those of ``sign_in``, but a temporary password is a wrong one: it opens nothing
    but the page for a new password. Raises ``passwords.Busy``.

    Args:
        take: Counts the try. Default: it is counted and committed before it is hashed.
    """
    found = _prove(
        scope, identifier, password, temporary=False, own=own, take=take or _take, network=network, browser=browser
    )
    if not isinstance(found, _Proven):
        return found
    begin_writing(scope.db)
    user = _locked(scope, found)
    if user is None:
        return SignInRefused()
    writes.run(scope.db, _give_back(scope, found))
    return user


def _prove(
    scope: Scope,
    identifier: str,
    password: str,
    *,
    temporary: bool,
    own: Own | None,
    take: Take,
    network: str,
    browser: Browser,
) -> _Proven | SignInRefused | TooMany:
    """Who has given a right password. But for the try that is counted, nothing is changed.

    Args:
        temporary: Whether a temporary password is a right one.
    """
    kind = identifiers.kind_of(identifier)
    key = identifiers.key_of(kind, identifier)
    counted_as = f"{kind}:{key or identifier}"
    with passwords.slot():
        # Something that is no identifier here names nobody, by the same statement.
        is_ours = bool(key) and kind in scope.config.login.identifiers
        user_id, hash_, work = _named(scope.db, kind, key if key and is_ours else "")
        hosts = own(identifier) if own else None
        if hosts is not None:
            if user_id is None and hosts.user is not None:
                user_id, hash_ = hosts.user.id, hosts.user.password_hash
            # However it is typed; and whether anybody has it makes no difference.
            counted_as = counted_as if is_ours else f"{hosts.kind}:{hosts.key}"
        token = _temporary(scope, password, user_id) if temporary else None
        ways, forgiven = rate_limits.sign_in(counted_as, user_id, scope.config, network=network, browser=browser)
        taken = take(scope, *ways)
        # A temporary password needs no limit, nobody guesses it: who was mailed one may have to wait for strangers.
        if isinstance(taken, TooMany) and not token:
            return taken
        fits = passwords.verify(password, hash_, work=work)
        if user_id is None or not (fits or token):
            return SignInRefused()
        rehashed = passwords.hashed(password) if fits and passwords.needs_rehash(hash_ or "") else None
    opened_with = token.digest if token and not fits else None
    return _Proven(user_id, hash_, rehashed, opened_with, taken, forgiven)


def _take(scope: Scope, *ways: Way) -> Counted | TooMany:
    """The try is counted and committed, so that many at once are no more than many in a row."""
    return limits.take_at_once(scope, *ways)


def _asked(scope: Scope, found: _Proven, before: Before) -> Refuse | str | None:
    """Return what the host says of who has given a right password."""
    user = scope.db.get(User, found.user_id)
    return before(Attempt(user, "temporary_password" if found.opened_with else "password")) if user else None


def _locked(scope: Scope, found: _Proven) -> User | None:
    """Return the user, locked, if the password that was right still is: it may have changed while it was checked.

    They have it by a hash of today's. A user whom staff have disabled is refused as for a wrong password.
    """
    if found.opened_with is not None:
        row_locks.lock_user(scope.db, found.user_id)
        user = scope.db.get(User, found.user_id, populate_existing=True)
    else:
        user = row_locks.lock_user_with(scope.db, found.user_id, found.hash)
    if user is None or user.disabled_at is not None:
        return None
    if found.opened_with is None and found.rehashed:
        _store_hash(scope.db, user, found.rehashed)
    return user


def _spent(scope: Scope, found: _Proven, user: User, password: str) -> bool:
    """Whether the temporary password, if it is one, could be spent. Nobody has to wait any more who had one."""
    if found.opened_with is None:
        return True
    if not tokens.spend(scope, password, "temporary_password"):
        return False
    rate_limits.pardon(scope, user)
    return True


def _give_back(scope: Scope, found: _Proven) -> tuple[Write, ...]:
    """Return what forgets the failures in a row just here, which were the user's own doing.

    What strangers did elsewhere goes on counting.
    """
    if found.opened_with is not None or not isinstance(found.taken, Counted):
        return ()
    counts = found.taken.counts
    here = [meter.key for meter in found.forgiven if meter.key in counts]
    return limits.forgive(scope, found.taken, dict.fromkeys(here, counts[here[0]])) if here else ()


def _named(db: Session, kind: Kind, key: str) -> tuple[int | None, str | None, list[Work]]:
    """Return who has this identifier, their hash, and what a wrong try costs, by one statement."""
    rows = db.execute(_NAMED[kind], {"key": key}).all()
    return rows[0][0], rows[0][1], password_work.of(row[2] for row in rows if row[2] is not None)


def _store_hash(db: Session, user: User, hash_: str) -> None:
    db.connection().execute(_REHASH, {"user": user.id, "hash": hash_})
    set_committed_value(user, "password_hash", hash_)


def _temporary(scope: Scope, password: str, user_id: int | None) -> Token | None:
    token = tokens.find(scope, password, "temporary_password")
    return token if token and token.user_id == user_id else None
