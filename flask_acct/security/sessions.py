"""Sessions are rows: the cookie is an opaque secret, and the server decides when a session ends.

A session ends at sign-out, after ``idle_minutes`` without use, after ``absolute_hours``, and when the password
changes. A signed-in request costs one SELECT; the time of last use is written at most once a minute, so idle ends
between ``idle_minutes`` and one minute later.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import bindparam, case, delete, exists, insert, select, update
from sqlalchemy.orm import Session

from ..config import Config
from ..db.models import STILL_PENDING, Account, Membership, Transfer, User, UserSession
from ..db.writes import Write
from ..scope import Scope
from .tokens import digest

Purpose = Literal["full", "set_password", "pending"]
"""``pending`` is not a session yet: it is a sign-in that is not complete, see ``admission``."""

Reason = Literal["temporary", "expired"]

TOUCH_EVERY = timedelta(minutes=1)
SET_PASSWORD_FOR = timedelta(minutes=20)
"""How long a session that may only set a password lasts."""


_OTHER = Membership.__table__.alias().c
_HAS_OTHERS = exists().where(
    _OTHER.user_id == UserSession.user_id, _OTHER.account_id.is_distinct_from(UserSession.account_id)
)
"""Whether the user is in another account than the one in view. Stops at the first one found."""

_IS_OFFERED = exists().where(
    Transfer.to_id == UserSession.user_id, Transfer.state == STILL_PENDING, Transfer.expires_at > bindparam("now")
)
"""Whether somebody has offered the user the ownership of an account."""

# Built once: building it costs as much as running it, and every signed-in request runs it.
_HOLDER = (
    select(UserSession, User, Account, Membership, _HAS_OTHERS, _IS_OFFERED)
    .join(User, User.id == UserSession.user_id)
    .outerjoin(Membership, (Membership.user_id == User.id) & (Membership.account_id == UserSession.account_id))
    .outerjoin(Account, Account.id == Membership.account_id)
    .where(UserSession.digest == bindparam("digest"), UserSession.purpose != "pending", User.disabled_at.is_(None))
)

_BEYOND = (
    delete(UserSession)
    .where(
        UserSession.id.in_(
            select(UserSession.id)
            .where(UserSession.user_id == bindparam("user"))
            .order_by(UserSession.last_used_at.desc(), UserSession.id.desc())
            .offset(bindparam("kept"))
        )
    )
    .execution_options(synchronize_session=False)
)


BEGIN = insert(UserSession.__table__).values(  # type: ignore[arg-type]
    digest=bindparam("secret_digest"),
    user_id=bindparam("user"),
    purpose=bindparam("session_purpose"),
    reason=bindparam("session_reason"),
    created_at=bindparam("now"),
    last_used_at=bindparam("now"),
    authenticated_at=bindparam("now"),
    user_agent=bindparam("browser"),
    opened_with=bindparam("temporary"),
)
"""A session that begins, but for the account in view."""

_BEGIN_IN = BEGIN.values(account_id=bindparam("account"))


@dataclass(frozen=True, slots=True)
class CurrentSession:
    """Who is signed in: the session, its user and, if there is one, the account in view."""

    session: UserSession
    user: User
    account: Account | None
    membership: Membership | None
    idle_ends_at: datetime
    has_others: bool = False
    """Whether there is another account to switch to, or one account while none is in view."""
    is_offered: bool = False
    """Whether somebody has offered them the ownership of an account."""

    @property
    def may_only_set_password(self) -> bool:
        return self.session.purpose == "set_password"


def begin(
    scope: Scope,
    user: User,
    account_id: int | None,
    *,
    purpose: Purpose = "full",
    reason: Reason | None = None,
    opened_with: str | None = None,
    user_agent: str = "",
) -> str:
    """A new session exists. Returns the secret for its cookie, which is stored nowhere.

    Args:
        opened_with: The digest of a temporary password, which must not become the new password.
    """
    secret, values = beginning(
        scope, user, purpose=purpose, reason=reason, opened_with=opened_with, user_agent=user_agent
    )
    scope.db.connection().execute(_BEGIN_IN, {**values, "account": account_id})
    return secret


def beginning(
    scope: Scope,
    user: User,
    *,
    purpose: Purpose = "full",
    reason: Reason | None = None,
    opened_with: str | None = None,
    user_agent: str = "",
) -> tuple[str, Mapping[str, object]]:
    """Return the secret of a session and the values of ``BEGIN``, for whoever runs it with other writes."""
    secret = secrets.token_urlsafe(32)
    return secret, {
        "secret_digest": digest(secret),
        "user": user.id,
        "session_purpose": purpose,
        "session_reason": reason,
        "now": scope.now,
        "browser": user_agent[:200],
        "temporary": opened_with,
    }


def making_room(scope: Scope, user: User) -> Write:
    """Return what ends the user's least recently used sessions beyond the limit, so that there is room for one more.

    It must run after the user is locked: of two sign-ins at the same time each has to know of the other's session.
    """
    return Write(_BEYOND, {"user": user.id, "kept": scope.config.session.most_per_user - 1})


def load(scope: Scope, secret: str) -> CurrentSession | None:
    """Return whose secret this is, in one SELECT; ``None`` if the session has ended or never existed."""
    row = scope.db.execute(_HOLDER, {"digest": digest(secret), "now": scope.now}).one_or_none()
    if row is None:
        return None
    session, user, account, membership, has_others, is_offered = row
    ends = idle_end(session, scope.config)
    if scope.now >= ends or scope.now >= session.created_at + _absolute(session, scope.config):
        return None
    return CurrentSession(session, user, account, membership, ends, has_others, is_offered)


def enter_account(db: Session, session_id: int, account_id: int) -> None:
    """The session has another account in view."""
    db.execute(
        update(UserSession)
        .where(UserSession.id == session_id)
        .values(account_id=account_id)
        .execution_options(synchronize_session=False)
    )


def idle_end(session: UserSession, config: Config) -> datetime:
    """Return when the session ends if it is not used: never sooner than ``idle_minutes`` after its last use."""
    return session.last_used_at + timedelta(minutes=config.session.idle_minutes) + TOUCH_EVERY


def needs_touch(session: UserSession, now: datetime) -> bool:
    """Whether the stored time of last use is old enough to be written again."""
    return now - session.last_used_at >= TOUCH_EVERY


def touch(scope: Scope, session_id: int) -> None:
    """The session was used now."""
    scope.db.execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.last_used_at < scope.now)
        .values(last_used_at=scope.now)
        .execution_options(synchronize_session=False)
    )


def is_proven(session: UserSession, config: Config, now: datetime) -> bool:
    """Whether its user typed their password recently."""
    return now - session.authenticated_at < timedelta(minutes=config.session.reauthenticate_minutes)


def prove(scope: Scope, session_id: int) -> None:
    """Its user typed their password now."""
    scope.db.execute(
        update(UserSession)
        .where(UserSession.id == session_id)
        .values(authenticated_at=scope.now)
        .execution_options(synchronize_session=False)
    )


def end(db: Session, session_id: int) -> None:
    """The session's cookie is void."""
    db.execute(delete(UserSession).where(UserSession.id == session_id).execution_options(synchronize_session=False))


def end_all(db: Session, user: User, *, except_id: int | None = None) -> None:
    """Every session of the user has ended, except one that may be kept."""
    others = delete(UserSession).where(UserSession.user_id == user.id)
    if except_id is not None:
        others = others.where(UserSession.id != except_id)
    db.execute(others.execution_options(synchronize_session=False))


def leave_account(db: Session, user_id: int, account_id: int) -> None:
    """No session of the user has the account in view any more: each has another of theirs, or none."""
    elsewhere = (
        select(Membership.account_id)
        .join(Account)
        .where(Membership.user_id == user_id, Membership.account_id != account_id)
        .order_by(case((Account.state == "active", 0), else_=1), Membership.is_owner.desc(), Membership.id)
        .limit(1)
        .scalar_subquery()
    )
    db.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.account_id == account_id)
        .values(account_id=elsewhere)
        .execution_options(synchronize_session=False)
    )


def forget_ended(scope: Scope) -> None:
    """Rows of sessions past their end are deleted."""
    limits = scope.config.session
    idle = scope.now - timedelta(minutes=limits.idle_minutes) - TOUCH_EVERY
    oldest = scope.now - timedelta(hours=limits.absolute_hours)
    scope.db.execute(
        delete(UserSession)
        .where((UserSession.last_used_at <= idle) | (UserSession.created_at <= oldest))
        .execution_options(synchronize_session=False)
    )


def _absolute(session: UserSession, config: Config) -> timedelta:
    return SET_PASSWORD_FOR if session.purpose == "set_password" else timedelta(hours=config.session.absolute_hours)
