"""Signing in: one look-up, one hash, one answer for whatever is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, literal, select, true, update
from sqlalchemy.orm import Session

from ... import identifiers, limits, locks, password_work, passwords, sessions, tallies, tokens
from ...browsers import STRANGE, Browser
from ...config import Config
from ...database import begin_writing
from ...hashes import Work
from ...identifiers import Kind
from ...limits import Way
from ...models import Account, Membership, PasswordWork, Token, User
from ...sessions import Reason
from ...tallies import Taken, TooMany

# Statements are built once: building one costs more than running it, and every sign-in runs both kinds.
_WHO = {
    "username": User.username_key == bindparam("key"),
    "email": User.sign_in_email == bindparam("key"),
    "customer_number": User.id
    == (
        select(Membership.user_id)
        .join(Account)
        .where(Account.number == bindparam("key"), Membership.is_owner)
        .scalar_subquery()
    ),
}
_ANYHOW = select(literal(1).label("one")).subquery()
_NAMED = {
    kind: select(User, PasswordWork).select_from(_ANYHOW.outerjoin(User, who).outerjoin(PasswordWork, true()))
    for kind, who in _WHO.items()
}
"""Who is named, if anybody, with each kind of foreign hash that is stored: one row and more, whoever it is."""

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
    browser: Browser = STRANGE,
    user_agent: str = "",
) -> Welcome | NewPasswordFirst | Refused | TooMany:
    """A session has begun for whoever the identifier and password belong to.

    A temporary password opens a session that can only set a new one; so does a password past its age. Whether the
    user is unknown, has no password or the password is wrong, the same statements and the same hashes are run: one of
    ours, and what ``PasswordWork`` says. A hash of another system is made anew when its password is given. The try is
    counted and committed before it is hashed. Raises ``passwords.Busy``.

    Args:
        identifier: As typed: a user name, customer number or address, whichever the configuration allows.
        network: The visitor's network, ``tallies.network(address)``.
        browser: What their browser is known for.

    Source: ASVS 6.3.8; NIST SP 800-63B §3.2.2.
    """
    kind = identifiers.kind_of(identifier)
    key = identifiers.key_of(kind, identifier)
    with passwords.slot():
        # Something that is no identifier here names nobody, by the same statement.
        user, work = _named(kind, key if key and kind in config.login.identifiers else "", db=db)
        temporary = _temporary(password, user, db=db, now=now)
        ways, forgiven = limits.sign_in(
            f"{kind}:{key or identifier}", user, network=network, browser=browser, config=config
        )
        hash_ = user.password_hash if user else None
        taken = tallies.take_first(*ways, db=db, now=now)
        db.commit()
        # A temporary password needs no limit, nobody guesses it: who was mailed one may have to wait for strangers.
        if isinstance(taken, TooMany) and not temporary:
            return taken
        fits = passwords.verify(password, hash_, work=work)
        if user is None or not (fits or temporary):
            return Refused()
        rehashed = passwords.hashed(password) if fits and passwords.needs_rehash(hash_ or "") else None
    begin_writing(db)
    locks.hold_user(user.id, db=db)
    if fits:
        # It may have been changed while it was being checked.
        if rehashed and not _rehash(user, hash_, rehashed, db=db):
            return Refused()
        if isinstance(taken, Taken):
            _forgive(forgiven, taken, db=db)
    elif tokens.spend(password, "temporary_password", db=db, now=now):
        limits.pardon(user, config=config, db=db)
    else:
        return Refused()
    opened_with = temporary.digest if temporary and not fits else None
    return _admit(user, identifier, opened_with, db=db, config=config, now=now, user_agent=user_agent)


def _named(kind: Kind, key: str, *, db: Session) -> tuple[User | None, list[Work]]:
    """Who has this identifier, and what a wrong try costs, in one statement."""
    rows = db.execute(_NAMED[kind], {"key": key}).all()
    return rows[0][0], password_work.of(row[1] for row in rows if row[1] is not None)


def _rehash(user: User, old: str | None, new: str, *, db: Session) -> bool:
    """Whether the same password is kept by a hash of today's from now on."""
    changed = db.execute(
        update(User)
        .where(User.id == user.id, User.password_hash == old)
        .values(password_hash=new)
        .returning(User.id)
        .execution_options(synchronize_session=False)
    )
    is_new = changed.one_or_none() is not None
    db.expire(user, ["password_hash"])
    return is_new


def _forgive(forgiven: Way, taken: Taken, *, db: Session) -> None:
    """What failed in a row just here was the user's own doing. What strangers did elsewhere goes on counting."""
    here = [meter.key for meter in forgiven if meter.key in taken.counts]
    if here:
        tallies.give_back(dict.fromkeys(here, taken.counts[here[0]]), db=db)


def remember_language(user: User, locale: str) -> None:
    """Mails to the user are in the language they read when they signed in, unless they have one already."""
    if user.locale is None:
        user.locale = locale


def _admit(
    user: User,
    identifier: str,
    opened_with: str | None,
    *,
    db: Session,
    config: Config,
    now: datetime,
    user_agent: str,
) -> Welcome | NewPasswordFirst:
    """The user's session.

    Args:
        opened_with: The digest of the temporary password they came with.
    """
    tokens.void(user, db=db, now=now)
    typed = identifiers.number_key(identifier) or ""
    places = db.connection().execute(_IN_VIEW, {"user": user.id, "typed": typed}).all()
    account_id = places[0].account_id if places else None
    # After the line above, so that of two sign-ins at once each knows of the other's session.
    sessions.make_room(user, config=config, db=db)
    reason: Reason | None = "temporary" if opened_with else None
    if reason is None and passwords.is_expired(user, config=config, now=now):
        reason = "expired"
    if reason is not None:
        secret = sessions.begin(
            user, account_id, purpose="set_password", reason=reason, opened_with=opened_with, db=db, now=now,
            user_agent=user_agent,
        )  # fmt: skip
        return NewPasswordFirst(user, secret, reason)
    db.connection().execute(_SEEN, {"user": user.id, "now": now})
    secret = sessions.begin(user, account_id, db=db, now=now, user_agent=user_agent)
    has_choice = len(places) > 1 and places[0].number != typed and places[1].state != "closed"
    return Welcome(user, secret, has_choice)


def _temporary(password: str, user: User | None, *, db: Session, now: datetime) -> Token | None:
    token = tokens.find(password, "temporary_password", db=db, now=now)
    return token if token and user and token.user_id == user.id else None
