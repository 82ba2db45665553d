"""Signing up: an address is proven by a link before there is anything that could be taken over.

The form only remembers who asked (``anonymous_requests``). The worker mails a link to whoever is no user yet, and to
whoever is one how they get in, so that the page says the same to both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...accounts import new_users, registration
from ...accounts.new_users import Entry, NameInUse, NewUser, Unfit
from ...config import Config, Owner
from ...db.database import begin_writing
from ...db.models import Account, PendingRequest, User
from ...declare import formats, own_fields
from ...mail import outbox
from ...platform import Platform
from ...security import limits, rate_limits, tokens
from ...security.admission import Before
from ...security.keys import Keys
from ...security.limits import TooMany
from ...values import identifiers

MOST_NAMES = 20
"""User names that a mail lists."""

NOTHING: Mapping[str, str] = {}

Why = Literal["used", "expired", "known", "unknown", "closed"]
"""Why a link opens nothing: ``closed`` where nobody, or nobody with this address, may sign up any more."""


@dataclass(frozen=True, slots=True)
class SignUpPending:
    """Somebody has proven that they read what is mailed to the address, and is no user yet."""

    email: str
    email_key: str
    token_id: str


@dataclass(frozen=True, slots=True)
class SignUpLinkDead:
    """The link opens nothing any more, or never did."""

    why: Why
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedUp:
    """There is a new user with, where they got one, an account; signed in, unless the host says otherwise."""

    user: User
    account: Account | None
    entry: Entry


def answer(asked: PendingRequest, *, platform: Platform, db: Session, keys: Keys, now: datetime) -> str:
    """The address has one mail waiting, whether it is a user's or not. Returns what came of the request."""
    config = platform.config
    email = identifiers.email_address(asked.named["email"]) or ""
    key = identifiers.email_key(email)
    if key is None or not config.signup.is_open or not config.signup.takes(key):
        return "nobody"
    meters = rate_limits.anonymous_mail("sign_up_to", key, asked.answer or "", config=config)
    if isinstance(limits.take(*meters, db=db, now=now), TooMany):
        return "too_many"
    if registration.has_user(key, db=db, config=config):
        _tell_user(key, locale=asked.locale, db=db, config=config, now=now)
        return "known"
    token = tokens.issue_to_nobody(
        "sign_up",
        key,
        lifetime=timedelta(hours=config.signup.link_hours),
        about={"email": email},
        db=db,
        keys=keys,
        now=now,
    )
    outbox.queue(
        "signup.link",
        recipient=email,
        locale=config.site.spoken(asked.locale),
        platform=config.platform,
        token=token,
        is_urgent=True,
        db=db,
        now=now,
    )
    return "mailed"


ANSWERS = {"signup.form": answer}
"""How the worker answers each kind of request."""


def find(secret: str, *, db: Session, config: Config, now: datetime) -> SignUpPending | SignUpLinkDead:
    """Whose address a link proves, or why it opens nothing. Changes nothing."""
    if not config.signup.is_open:
        return SignUpLinkDead("closed")
    token = tokens.trace(secret, "sign_up", db=db)
    if token is None:
        return SignUpLinkDead("unknown")
    if token.used_at is not None or token.void_at is not None:
        return SignUpLinkDead("used")
    if token.expires_at <= now:
        return SignUpLinkDead("expired", token.expires_at)
    if not config.signup.takes(token.address):
        return SignUpLinkDead("closed")
    if registration.has_user(token.address, db=db, config=config):
        # Another link to the address may have made them a user since this one was read, and voided it with that.
        db.refresh(token)
        return SignUpLinkDead("known" if token.used_at is None and token.void_at is None else "used")
    return SignUpPending(token.about["email"], token.address, token.id)


def finish(
    secret: str,
    filled: NewUser,
    *,
    account_name: str = "",
    own: Mapping[str, str] = NOTHING,
    locale: str,
    db: Session,
    platform: Platform,
    now: datetime,
    user_agent: str = "",
    before: Before | None = None,
) -> SignedUp | Unfit | NameInUse | TooMany | SignUpLinkDead:
    """Whoever the link was mailed to is a user, with an account of their own where [signup] gives one, and signed in.

    Only a good form spends the link, so a slip costs nothing; other links to the address are worth nothing then.

    Args:
        account_name: What the account is called. Default: as its owner.
        own: What was typed in fields of the host's, by their ids: ``{"fields.user.size": "small"}``.
        locale: The language of the page, which their mails will be in.
        before: What the host says before they are signed in. They are a user whatever it is.
    """
    config = platform.config
    found = find(secret, db=db, config=config, now=now)
    if isinstance(found, SignUpLinkDead):
        return found
    waiting = new_users.too_many(found.token_id, db=db, now=now)
    # The password is hashed meanwhile, and nobody has to wait for that.
    db.commit()
    if waiting:
        return waiting
    user = new_users.judged(filled, found.email, locale=locale, db=db, config=config, now=now)
    if not isinstance(user, User):
        return user
    refused = _save(user, secret, is_named=bool(filled.username), db=db, config=config, now=now)
    if refused:
        return refused
    account = _settle(user, account_name, own, db=db, platform=platform, now=now)
    entry = new_users.sign_in(user, "sign_up", account, before, db=db, config=config, now=now, user_agent=user_agent)
    return SignedUp(user, account, entry)


def _save(
    user: User, secret: str, *, is_named: bool, db: Session, config: Config, now: datetime
) -> NameInUse | SignUpLinkDead | None:
    """The user is saved and the link spent, or neither."""
    begin_writing(db)
    # Of two links to one address, the first one followed makes a user.
    tokens.hold_address(user.email_key, "sign_up", db=db)
    found = find(secret, db=db, config=config, now=now)
    if isinstance(found, SignUpLinkDead):
        return found
    match registration.add(user, is_named=is_named, db=db, config=config, now=now):
        case "email":
            return SignUpLinkDead("known")
        case "username":
            return NameInUse()
    tokens.spend(secret, "sign_up", db=db, now=now)
    tokens.void_address(user.email_key, "sign_up", db=db, now=now)
    return None


def _settle(
    user: User, account_name: str, own: Mapping[str, str], *, db: Session, platform: Platform, now: datetime
) -> Account | None:
    """The new user has what they filled in, an account where [signup] gives one, and a mail that welcomes them."""
    config = platform.config
    user.fields = _kept("user", own, config)
    account = _open_account(user, account_name, db=db, config=config, now=now)
    if account is not None:
        account.fields = _kept("account", own, config)
    _welcome(user, account, db=db, platform=platform, now=now)
    return account


def _kept(owner: Owner, own: Mapping[str, str], config: Config) -> dict[str, Any]:
    """What is kept of the host's fields, by name."""
    prefix = f"fields.{owner}."
    typed = {id_.removeprefix(prefix): value for id_, value in own.items() if id_.startswith(prefix)}
    return dict(own_fields.merged(owner, {}, typed, config=config))


def _open_account(user: User, name: str, *, db: Session, config: Config, now: datetime) -> Account | None:
    """A new user's own account, on trial; nothing where [signup] gives none."""
    if config.signup.account == "none":
        return None
    last_day = last_day_of_trial(config, now=now)
    how: dict[str, Any] = {"owner": user, "plan": "trial", "plan_expires_on": last_day, "db": db, "now": now}
    account = None
    while account is None:
        # Somebody else's may have got the same number at this moment.
        account = registration.open_account(name or user.full_name, **how)
    return account


def last_day_of_trial(config: Config, *, now: datetime) -> date | None:
    """The last day of a trial that begins now, where the site is; ``None`` for one without end."""
    if not config.site.trial_days:
        return None
    return now.astimezone(ZoneInfo(config.site.time_zone)).date() + timedelta(days=config.site.trial_days)


def _tell_user(email_key: str, *, locale: str, db: Session, config: Config, now: datetime) -> None:
    """Whoever has the address hears that they are a user, and under which names."""
    found = select(User).where(User.email_key == email_key)
    if "email" not in config.login.identifiers:
        found = found.where(User.email_verified_at.is_not(None))
    users: Sequence[User] = db.scalars(found.order_by(User.username_key).limit(MOST_NAMES)).all()
    outbox.queue_for_user(
        "signup.known",
        to=users[0],
        locale=locale,
        config=config,
        slots={"usernames": [user.username for user in users]},
        is_urgent=True,
        db=db,
        now=now,
    )


def _welcome(user: User, account: Account | None, *, db: Session, platform: Platform, now: datetime) -> None:
    config, locale = platform.config, platform.config.site.spoken(user.locale)
    slots: dict[str, object] = {"details": _details(user, account, locale, platform)}
    if account is not None:
        slots["account"] = account.name
        day = account.plan_expires_on
        slots["last_day"] = formats.shown(day, locale=locale, time_zone=config.site.time_zone) if day else ""
    outbox.queue_for_user("signup.welcome", to=user, account=account, slots=slots, config=config, db=db, now=now)


def _details(user: User, account: Account | None, locale: str, platform: Platform) -> list[str]:
    """What the user signs in with."""
    said = {
        "username": lambda: platform.say("signup.welcome.username", locale, username=user.username),
        "email": lambda: platform.say("signup.welcome.email", locale, email=user.email),
        "customer_number": lambda: (
            platform.say("shell.mail.customer_number", locale, number=account.number) if account else ""
        ),
    }
    lines = [said[kind]() for kind in platform.config.login.shipped]
    return [line for line in lines if line]
