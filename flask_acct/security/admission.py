"""The step between proving who somebody is and their session: the host is asked, and a session begins.

The host can refuse whoever has proven who they are, or send them elsewhere first (``Acct.before_sign_in``). Whoever is
sent elsewhere has no session yet. Their sign-in is pending: bound to the browser by a secret of its own, for a quarter
of an hour, and void as soon as a new password is set. ``complete`` turns it into a session, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, bindparam, case, delete, select, update
from sqlalchemy.orm import Session

from ..db import row_locks
from ..db.models import Account, Membership, User, UserSession
from ..db.writes import Write, together
from ..scope import Scope
from ..values.languages import nearest
from . import passwords, sessions, tokens
from .sessions import Reason

Way = Literal["password", "temporary_password", "invitation", "sign_up", "password_link"]
"""How somebody has just proven who they are."""

PENDING_FOR = timedelta(minutes=15)
"""How long a pending sign-in can be completed."""


@dataclass(frozen=True, slots=True)
class Named:
    """The text typed is an identifier that the host knows; ``user`` is whose it is, if anybody's."""

    kind: str
    key: str
    user: User | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody has proven who they are and has no session yet: the argument of a host's ``before_sign_in``."""

    user: User
    way: Way
    account: Account | None = None
    """The account they were invited into, if they come by an invitation."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The host's answer to an ``Attempt``: nobody is signed in, and the form says why.

    Sample: ``Refuse({"en": "The area is closed until Monday.", "es": "El área está cerrada hasta el lunes."})``.
    """

    words: str | Mapping[str, str]
    """One text for everybody, or one by language."""


Before = Callable[[Attempt], Refuse | str | None]
"""The host's answer: ``Refuse``, the address to go to first, or ``None`` to sign them in."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """Signed in; ``secret`` is for the session cookie."""

    user: User
    secret: str
    has_choice: bool = False
    """Whether the user is in several accounts and has named none of them."""


@dataclass(frozen=True, slots=True)
class NewPasswordFirst:
    """Known, but may only set a new password; ``secret`` is for the cookie of that session."""

    user: User
    secret: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Stopped:
    """The host lets nobody sign in now, and says why. There is no session."""

    words: str | Mapping[str, str]

    def in_language(self, locale: str, site_locale: str) -> str:
        """Return the host's words in the nearest language it said them in."""
        if isinstance(self.words, str):
            return self.words
        return nearest(self.words, locale, site_locale)


@dataclass(frozen=True, slots=True)
class ElsewhereFirst:
    """The host sends them to an address of its own first; ``secret`` is for the cookie of the browser with the pending
    sign-in. There is no session."""

    user: User
    secret: str
    url: str


# Statements are built once: building one costs more than running it.
_PLACES = (
    select(Membership.account_id, Account.number, Account.state)
    .join(Account)
    .where(Membership.user_id == bindparam("user"))
    .order_by(
        case((Account.number == bindparam("number"), 0), else_=1),
        case((Account.state == "active", 0), (Account.state == "closed", 2), else_=1),
        Membership.is_owner.desc(),
        Membership.id,
    )
    .limit(2)
)
"""The account in view after sign-in: the one whose number was typed, an open one, their own, the oldest. And the next
one, which shows whether there is a choice."""

_BEGIN_IN_VIEW = sessions.BEGIN.values(
    account_id=_PLACES.with_only_columns(Membership.account_id).limit(1).scalar_subquery()
)

_SEEN = update(User).where(User.id == bindparam("user")).values(last_signed_in_at=bindparam("now"))


def admit(
    scope: Scope,
    user: User,
    *,
    number: str = "",
    opened_with: str | None = None,
    user_agent: str = "",
    beside: Sequence[Write] = (),
) -> Welcome | NewPasswordFirst:
    """The user, who is locked already, has a session. Links mailed to their address are void.

    Args:
        beside: What else is written, by the same statement where the database can.
        number: The customer number of the account to have in view, if one was typed.
        opened_with: The digest of the temporary password they signed in with, which must be replaced first.
    """
    reason: Reason | None = "temporary" if opened_with else None
    if reason is None and passwords.is_expired(user, scope.config, scope.now):
        reason = "expired"
    purpose: sessions.Purpose = "set_password" if reason else "full"
    secret, session = sessions.beginning(
        scope, user, purpose=purpose, reason=reason, opened_with=opened_with, user_agent=user_agent
    )
    about = {"user": user.id, "number": number, "now": scope.now}
    writes = [*beside, tokens.voiding(scope, user), sessions.making_room(scope, user)]
    writes += [] if reason else [Write(_SEEN, about)]
    writes.append(Write(_BEGIN_IN_VIEW, {**session, **about}))
    places = together(scope.db, writes, _PLACES, about)
    if reason is not None:
        return NewPasswordFirst(user, secret, reason)
    has_choice = len(places) > 1 and places[0].number != number and places[1].state != "closed"
    return Welcome(user, secret, has_choice)


def hold_pending(
    scope: Scope,
    user: User,
    url: str,
    *,
    account_id: int | None = None,
    opened_with: str | None = None,
    user_agent: str = "",
) -> ElsewhereFirst:
    """The user's sign-in is pending. Earlier ones of theirs that have expired are deleted.

    Args:
        url: Where the host sends them.
        account_id: The account they named, to have in view.
        opened_with: As for ``admit``.
    """
    over = (
        (UserSession.user_id == user.id)
        & (UserSession.purpose == "pending")
        & (UserSession.created_at <= scope.now - PENDING_FOR)
    )
    scope.db.execute(delete(UserSession).where(over).execution_options(synchronize_session=False))
    secret = sessions.begin(scope, user, account_id, purpose="pending", opened_with=opened_with, user_agent=user_agent)
    return ElsewhereFirst(user, secret, url)


def pending(scope: Scope, secret: str) -> User | None:
    """Return whose sign-in is pending in the browser with this secret."""
    return scope.db.scalar(
        select(User).join(UserSession, UserSession.user_id == User.id).where(*_is_pending(secret, scope.now))
    )


def complete(
    scope: Scope, secret: str, user: User, *, number: str = "", user_agent: str = ""
) -> Welcome | NewPasswordFirst | None:
    """The pending sign-in becomes a session of the user. Returns ``None`` if there is none of theirs any more.

    If two requests complete it at the same time, only one gets the session.

    Args:
        number: The customer number of the account to have in view, if it is not the one that was typed at first.
    """
    row_locks.lock_user(scope.db, user.id)
    mine = delete(UserSession).where(*_is_pending(secret, scope.now), UserSession.user_id == user.id)
    row = scope.db.execute(
        mine.returning(UserSession.account_id, UserSession.opened_with).execution_options(synchronize_session=False)
    ).one_or_none()
    if row is None:
        return None
    named = scope.db.get(Account, row.account_id) if row.account_id and not number else None
    number = named.number if named else number
    return admit(scope, user, number=number, opened_with=row.opened_with, user_agent=user_agent)


def cancel(db: Session, secret: str) -> None:
    """The pending sign-in is void."""
    gone = delete(UserSession).where(UserSession.digest == tokens.digest(secret), UserSession.purpose == "pending")
    db.execute(gone.execution_options(synchronize_session=False))


def _is_pending(secret: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        UserSession.digest == tokens.digest(secret),
        UserSession.purpose == "pending",
        UserSession.created_at > now - PENDING_FOR,
    )
