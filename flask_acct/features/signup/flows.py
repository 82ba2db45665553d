"""Signing up: an address is proven by a link before anything exists that could be taken over.

The form only stores the request (``anonymous_requests``). The worker mails a link to a new address, and to the address
of a user how they get in, so that the page says the same to both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select

from ...accounts import new_users, registration
from ...accounts.new_users import Entry, NameInUse, NewUser, Unfit
from ...config import Config, Owner
from ...db.database import begin_writing
from ...db.models import Account, User
from ...declare import formats, own_fields
from ...mail import outbox
from ...mail.handlers import Asked
from ...platform import Platform
from ...scope import Scope
from ...security import limits, pending, rate_limits, tokens
from ...security.admission import Before
from ...security.limits import TooMany
from ...values import identifiers

MOST_NAMES = 20
"""Most user names that a mail lists."""

NOTHING: Mapping[str, Any] = {}

Why = Literal["used", "expired", "known", "unknown", "closed"]
"""Why a link opens nothing: ``closed`` if nobody, or nobody with this address, may sign up any more."""


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
    """There is a new user and, if they get one, an account; signed in, unless the host decides otherwise."""

    user: User
    account: Account | None
    entry: Entry


def answer(scope: Scope, request: Asked) -> str:
    """One mail waits for the address, whether it is a user's or not. Returns the outcome of the request."""
    config = scope.config
    email = identifiers.email_address(request.named["email"]) or ""
    key = identifiers.email_key(email)
    if key is None or not config.signup.is_open or not config.signup.takes(key):
        return "nobody"
    meters = rate_limits.anonymous_mail("sign_up_to", key, request.answer or "", config)
    if isinstance(limits.take(scope, *meters), TooMany):
        return "too_many"
    if registration.has_user(scope, key):
        _queue_known_address_mail(scope, key, pending.asked(request.created_at, request.named), locale=request.locale)
        return "known"
    token = tokens.issue_to_nobody(
        scope, "sign_up", key, lifetime=timedelta(hours=config.signup.link_hours), about={"email": email}
    )
    outbox.queue(
        scope,
        "signup.link",
        recipient=email,
        locale=config.site.nearest_locale(request.locale),
        platform=config.platform,
        token=token,
        slots=pending.asked(request.created_at, request.named),
        is_urgent=True,
    )
    return "mailed"


HANDLERS = {"signup.form": answer}
"""The worker's handler for each kind of request."""


def find(scope: Scope, secret: str) -> SignUpPending | SignUpLinkDead:
    """Return whose address a link proves, or why it opens nothing. Changes nothing."""
    if not scope.config.signup.is_open:
        return SignUpLinkDead("closed")
    token = tokens.find_any(scope.db, secret, "sign_up")
    if token is None:
        return SignUpLinkDead("unknown")
    if token.used_at is not None or token.void_at is not None:
        return SignUpLinkDead("used")
    if token.expires_at <= scope.now:
        return SignUpLinkDead("expired", token.expires_at)
    if not scope.config.signup.takes(token.address):
        return SignUpLinkDead("closed")
    if registration.has_user(scope, token.address):
        # Another link to the address may have made them a user since this one was read, and so voided it.
        scope.db.refresh(token)
        return SignUpLinkDead("known" if token.used_at is None and token.void_at is None else "used")
    return SignUpPending(token.about["email"], token.address, token.id)


def finish(
    scope: Scope,
    secret: str,
    filled: NewUser,
    *,
    account_name: str = "",
    own: Mapping[str, Any] = NOTHING,
    locale: str,
    user_agent: str = "",
    before: Before | None = None,
) -> SignedUp | Unfit | NameInUse | TooMany | SignUpLinkDead:
    """The holder of the link's address is a user, with an account of their own if [signup] gives one, and signed in.

    Only a valid form spends the link, so a slip costs nothing; then other links to the address are void.

    Args:
        account_name: The name of the account. Default: its owner's.
        own: What was typed in fields of the host's, by their ids: ``{"fields.user.size": "small"}``.
        locale: The language of the page, in which their mails will be.
        before: The host's ``before_sign_in``. They are a user whatever it returns.
    """
    found = find(scope, secret)
    if isinstance(found, SignUpLinkDead):
        return found
    waiting = new_users.too_many(scope, found.token_id)
    # Committed before the password is hashed: nobody should wait for the lock meanwhile.
    scope.db.commit()
    if waiting:
        return waiting
    user = new_users.validated(scope, filled, found.email, locale=locale)
    if not isinstance(user, User):
        return user
    refused = _save(scope, user, secret, is_named=bool(filled.username))
    if refused:
        return refused
    account = _complete(scope, user, account_name, own)
    entry = new_users.sign_in(scope, user, "sign_up", account, before, user_agent=user_agent)
    return SignedUp(user, account, entry)


def _save(scope: Scope, user: User, secret: str, *, is_named: bool) -> NameInUse | SignUpLinkDead | None:
    """The user is saved and the link spent, or neither."""
    begin_writing(scope.db)
    # Of two links to one address, the first one followed makes a user.
    tokens.lock_address(scope.db, user.email_key, "sign_up")
    found = find(scope, secret)
    if isinstance(found, SignUpLinkDead):
        return found
    match registration.add(scope, user, is_named=is_named):
        case "email":
            return SignUpLinkDead("known")
        case "username":
            return NameInUse()
    tokens.spend(scope, secret, "sign_up")
    tokens.void_address(scope, user.email_key, "sign_up")
    return None


def _complete(scope: Scope, user: User, account_name: str, own: Mapping[str, Any]) -> Account | None:
    """The new user has what they filled in, an account if [signup] gives one, and a welcome mail."""
    config = scope.config
    user.fields = _own_values("user", own, config)
    account = _open_account(scope, user, account_name)
    if account is not None:
        account.fields = _own_values("account", own, config)
    _welcome(scope, user, account)
    return account


def _own_values(owner: Owner, own: Mapping[str, Any], config: Config) -> dict[str, Any]:
    """Return the values of the host's fields to store, by name."""
    prefix = f"fields.{owner}."
    typed = {id_.removeprefix(prefix): value for id_, value in own.items() if id_.startswith(prefix)}
    return dict(own_fields.merged(owner, {}, typed, config))


def _open_account(scope: Scope, user: User, name: str) -> Account | None:
    """Return a new user's own account, on trial; ``None`` if [signup] gives none."""
    if scope.config.signup.account == "none":
        return None
    last_day = last_day_of_trial(scope.config, scope.now)
    how: dict[str, Any] = {"owner": user, "plan": "trial", "plan_expires_on": last_day}
    account = None
    while account is None:
        # Somebody else's may have got the same number at this moment.
        account = registration.open_account(scope, name or user.full_name, **how)
    return account


def last_day_of_trial(config: Config, now: datetime) -> date | None:
    """Return the last day of a trial that begins now, in the site's time zone; ``None`` for one without end."""
    if not config.site.trial_days:
        return None
    return config.site.day_of(now) + timedelta(days=config.site.trial_days)


def _queue_known_address_mail(scope: Scope, email_key: str, asked: dict[str, Any], *, locale: str) -> None:
    """The holder of the address gets a mail that says that they are a user, and under which names."""
    found = select(User).where(User.email_key == email_key)
    if "email" not in scope.config.login.identifiers:
        found = found.where(User.email_verified_at.is_not(None))
    users: Sequence[User] = scope.db.scalars(found.order_by(User.username_key).limit(MOST_NAMES)).all()
    outbox.queue_for_user(
        scope,
        "signup.known",
        to=users[0],
        locale=locale,
        slots={"usernames": [user.username for user in users], **asked},
        is_urgent=True,
    )


def _welcome(scope: Scope, user: User, account: Account | None) -> None:
    config, locale = scope.config, scope.config.site.nearest_locale(user.locale)
    slots: dict[str, object] = {"details": _details(user, account, locale, scope.platform)}
    if account is not None:
        slots["account"] = account.name
        day = account.plan_expires_on
        slots["last_day"] = formats.shown(day, locale=locale, time_zone=config.site.time_zone) if day else ""
    outbox.queue_for_user(scope, "signup.welcome", to=user, account=account, slots=slots)


def _details(user: User, account: Account | None, locale: str, platform: Platform) -> list[str]:
    """Return what the user signs in with."""
    mail_slots = {
        "username": lambda: platform.say("signup.welcome.username", locale, username=user.username),
        "email": lambda: platform.say("signup.welcome.email", locale, email=user.email),
        "customer_number": lambda: (
            platform.say("shell.mail.customer_number", locale, number=account.number) if account else ""
        ),
    }
    lines = [mail_slots[kind]() for kind in platform.config.login.shipped]
    return [line for line in lines if line]
