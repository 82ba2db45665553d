"""Signing in: one look-up, one hash, one answer for whatever is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from ... import identifiers, passwords, sessions, tallies, tokens
from ...config import Config
from ...database import begin_writing
from ...models import Account, Membership, Token, User
from ...sessions import Reason
from ...tallies import TooMany

# Statements are built once: building one costs more than running it, and every sign-in runs both kinds.
_NAMED = {
    "username": select(User).where(User.username_key == bindparam("key")),
    "email": select(User).where(User.sign_in_email == bindparam("key")),
    "customer_number": (
        select(User).join(Membership).join(Account).where(Account.number == bindparam("key"), Membership.is_owner)
    ),
}

_IN_VIEW = (
    select(Membership.account_id, Account.number, Account.state)
    .join(Account)
    .where(Membership.user_id == bindparam("user"))
    .order_by(
        case((Account.number == bindparam("typed"), 0), else_=1),
        case((Account.state == "active", 0), (Account.state == "closed", 2), else_=1),
        Membership.is_owner.desc(),
        Membership.id,
    )
    .limit(2)
)
"""The account in view after sign-in: the one whose number was typed, an open one, their own, the oldest. And the next
one, which shows whether there is a choice."""

_SEEN = update(User).where(User.id == bindparam("user")).values(last_signed_in_at=bindparam("now"))


@dataclass(frozen=True, slots=True)
class Welcome:
    """Signed in; ``secret`` is for the session cookie."""

    user: User
    secret: str
    has_choice: bool = False
    """Whether several accounts can be chosen from, and the user has named none of them."""


@dataclass(frozen=True, slots=True)
class NewPasswordFirst:
    """Known, but may only set a new password; ``secret`` is for that session's cookie."""

    user: User
    secret: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Refused:
    """Something did not fit; nobody learns what."""


def sign_in(
    identifier: str,
    password: str,
    *,
    db: Session,
    config: Config,
    now: datetime,
    network: str,
    user_agent: str = "",
) -> Welcome | NewPasswordFirst | Refused | TooMany:
    """A session has begun for whoever the identifier and password belong to.

    A temporary password opens a session that can only set a new one; so does a password past its age. Whether the
    user is unknown, has no password or the password is wrong, the same statements and one hash are run.

    Args:
        identifier: As typed: a user name, customer number or address, whichever the configuration allows.
        network: The visitor's network, ``tallies.network(address)``.

    Source: ASVS 6.3.8; NIST SP 800-63B §3.2.2.
    """
    kind = identifiers.kind_of(identifier)
    key = identifiers.key_of(kind, identifier)
    tries, crowd = tallies.key("sign_in", f"{kind}:{key or identifier}"), tallies.key("sign_in_from", network)
    waiting = tallies.blocked(tries, crowd, db=db, now=now)
    if waiting:
        return waiting
    # Something that is no identifier here names nobody, by the same statement.
    user = db.scalar(_NAMED[kind], {"key": key if key and kind in config.login.identifiers else ""})
    fits = passwords.verify(password, user.password_hash if user else None)
    temporary = _temporary(password, user, db=db, now=now)
    if user is None or not (fits or temporary):
        return _refuse(tries, crowd, db=db, config=config, now=now)
    rehashed = passwords.hashed(password) if fits and passwords.needs_rehash(user.password_hash or "") else None
    begin_writing(db)
    # Tries sent side by side all passed the first look; under the lock the limit holds for them as well.
    waiting = tallies.blocked(tries, crowd, db=db, now=now)
    if waiting:
        return waiting
    if not fits and not tokens.spend(password, "temporary_password", db=db, now=now):
        return Refused()
    if rehashed:
        user.password_hash = rehashed
    return _admit(user, identifier, tries, is_temporary=not fits, db=db, config=config, now=now, user_agent=user_agent)


def remember_language(user: User, locale: str) -> None:
    """Mails to the user are in the language they read when they signed in, unless they have one already."""
    if user.locale is None:
        user.locale = locale


def _admit(
    user: User,
    identifier: str,
    tries: str,
    *,
    is_temporary: bool,
    db: Session,
    config: Config,
    now: datetime,
    user_agent: str,
) -> Welcome | NewPasswordFirst:
    tallies.clear(tries, db=db)
    tokens.void(user, db=db, now=now)
    typed = identifiers.number_key(identifier) or ""
    places = db.connection().execute(_IN_VIEW, {"user": user.id, "typed": typed}).all()
    account_id = places[0].account_id if places else None
    reason: Reason | None = "temporary" if is_temporary else None
    if reason is None and passwords.is_expired(user, config=config, now=now):
        reason = "expired"
    if reason is not None:
        secret = sessions.begin(
            user, account_id, purpose="set_password", reason=reason, db=db, now=now, user_agent=user_agent
        )
        return NewPasswordFirst(user, secret, reason)
    db.connection().execute(_SEEN, {"user": user.id, "now": now})
    secret = sessions.begin(user, account_id, db=db, now=now, user_agent=user_agent)
    has_choice = len(places) > 1 and places[0].number != typed and places[1].state != "closed"
    return Welcome(user, secret, has_choice)


def _refuse(tries: str, crowd: str, *, db: Session, config: Config, now: datetime) -> Refused:
    tallies.fail(tries, limit=config.limits.sign_in_failures, per=timedelta(days=1), db=db, now=now)
    tallies.fail(crowd, limit=config.limits.sign_in_failures_per_address, per=timedelta(hours=1), db=db, now=now)
    return Refused()


def _temporary(password: str, user: User | None, *, db: Session, now: datetime) -> Token | None:
    token = tokens.find(password, "temporary_password", db=db, now=now)
    return token if token and user and token.user_id == user.id else None
