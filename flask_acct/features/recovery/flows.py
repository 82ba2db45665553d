"""Getting back in. Forms only remember what was asked (``anonymous_requests``); the worker looks it up and writes the
mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ...accounts.naming import called
from ...config import Config
from ...db.models import Account, Domain, Membership, PendingRequest, Token, User
from ...mail import outbox
from ...platform import Platform
from ...security import limits, rate_limits, tokens
from ...security.keys import Keys
from ...security.limits import Counted
from ...values import identifiers

MOST_MATCHES = 20
"""One request never writes to more users than this."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The second mail waits."""


@dataclass(frozen=True, slots=True)
class ConfirmationLinkDead:
    """The link to confirm was used, replaced, too old, or meant for an address the user no longer has."""


def confirm(
    secret: str, *, locale: str, db: Session, config: Config, keys: Keys, now: datetime
) -> Confirmed | ConfirmationLinkDead:
    """The link is spent and the mail with the way in waits, for the address the link was sent to."""
    token = tokens.spend(secret, "confirm_recovery", db=db, now=now)
    user = db.scalar(_able_to_sign_in(config).where(User.id == token.user_id)) if token else None
    if user is None:
        return ConfirmationLinkDead()
    _send_way_in(user, locale=locale, db=db, config=config, keys=keys, now=now)
    return Confirmed()


def answer_password(asked: PendingRequest, *, platform: Platform, db: Session, keys: Keys, now: datetime) -> str:
    """Whoever was named has a mail waiting, at the address stored for them. Returns what came of the request."""
    config = platform.config
    users = db.scalars(_named(asked.named, config).limit(MOST_MATCHES)).unique().all()
    sent = [user for user in users if _may_still_ask("recovery_of", str(user.id), asked, config=config, db=db, now=now)]
    for user in sent:
        if config.recovery.password.confirm:
            _send_confirmation(user, locale=asked.locale, db=db, config=config, keys=keys, now=now)
        else:
            _send_way_in(user, locale=asked.locale, db=db, config=config, keys=keys, now=now)
    return "mailed" if sent else "too_many" if users else "nobody"


def answer_username(asked: PendingRequest, *, platform: Platform, db: Session, keys: Keys, now: datetime) -> str:
    """One mail lists every user name of the address, if it is a verified one. Returns what came of the request."""
    key = identifiers.email_key(asked.named["email"])
    found = select(User).where(User.email_key == (key or ""), User.email_verified_at.is_not(None))
    users = db.scalars(found.order_by(User.username_key)).all()
    if not users:
        return "nobody"
    if not _may_still_ask("usernames_of", users[0].email_key, asked, config=platform.config, db=db, now=now):
        return "too_many"
    outbox.queue_for_user(
        "recovery.usernames",
        to=users[0],
        locale=asked.locale,
        config=platform.config,
        slots={"usernames": [user.username for user in users]},
        is_urgent=True,
        db=db,
        now=now,
    )
    return "mailed"


def answer_request(asked: PendingRequest, *, platform: Platform, db: Session, keys: Keys, now: datetime) -> str:
    """The support desk has a mail waiting with what a visitor wrote."""
    site = platform.config.site
    outbox.queue(
        "recovery.requested",
        recipient=site.support_email,
        locale=site.default_locale,
        platform=asked.platform,
        slots={
            "reference": asked.reference,
            "email": asked.named["email"],
            "details": [asked.named["name"], asked.named["email"], *asked.named["about"].splitlines()],
        },
        db=db,
        now=now,
    )
    return "mailed"


ANSWERS = {
    "recovery.password": answer_password,
    "recovery.username": answer_username,
    "recovery.request": answer_request,
}
"""How the worker answers each kind of request."""


def _named(named: Mapping[str, str], config: Config) -> Select[User]:
    """The users a request names: all that was asked must fit, or the one thing the visitor chose."""
    found = _able_to_sign_in(config).where(User.email_verified_at.is_not(None)).order_by(User.id)
    if config.recovery.password.choose:
        return found.where(_is(named["kind"], named["value"]))
    return found.where(*(_is(kind, named[kind]) for kind in config.recovery.password.identify))


def _able_to_sign_in(config: Config) -> Select[User]:
    """The users a way in is of use to: where only customer numbers sign in, those who own an account."""
    found = select(User)
    return found.where(User.id.in_(_owner())) if config.login.is_for_owners_only else found


def _is(kind: str, typed: str) -> Any:
    """The condition that a user is the one named; a customer number or domain names its account's owner."""
    match kind:
        case "username":
            return User.username_key == (identifiers.username_key(typed) or "")
        case "email":
            return User.email_key == (identifiers.email_key(typed) or "")
        case "customer_number":
            return User.id.in_(_owner().where(Account.number == (identifiers.number_in(typed) or "")))
        case "domain":
            return User.id.in_(_owner().join(Domain).where(Domain.key == (identifiers.domain_key(typed) or "")))
    raise ValueError(f"nobody can be found by {kind!r}")


def _owner() -> Select[int]:
    return select(Membership.user_id).join(Account).where(Membership.is_owner)


def _may_still_ask(
    subject: str, about: str, asked: PendingRequest, *, config: Config, db: Session, now: datetime
) -> bool:
    meters = rate_limits.anonymous_mail(subject, about, asked.answer or "", config=config)
    return isinstance(limits.take(*meters, db=db, now=now), Counted)


def _send_confirmation(user: User, *, locale: str, db: Session, config: Config, keys: Keys, now: datetime) -> None:
    lifetime = timedelta(minutes=config.recovery.password.link_minutes)
    token = tokens.issue("confirm_recovery", user=user, lifetime=lifetime, db=db, keys=keys, now=now)
    outbox.queue_for_user("recovery.confirmation", to=user, token=token, locale=locale, config=config, db=db, now=now)


def _send_way_in(user: User, *, locale: str, db: Session, config: Config, keys: Keys, now: datetime) -> None:
    token = _way_in(user, db=db, config=config, keys=keys, now=now)
    numbers = db.scalars(
        select(Account.number).join(Membership).where(Membership.user_id == user.id, Membership.is_owner)
    ).all()
    # A single one stands at the head of the mail.
    slots = {
        "username": called(user, config=config),
        "customer_numbers": list(numbers) if len(numbers) > 1 else [],
    }
    outbox.queue_for_user(
        "recovery.reset", to=user, token=token, slots=slots, locale=locale, config=config, db=db, now=now
    )


def _way_in(user: User, *, db: Session, config: Config, keys: Keys, now: datetime) -> Token:
    ways = config.recovery.password
    if ways.deliver == "link":
        lifetime = timedelta(minutes=ways.link_minutes)
        return tokens.issue("password_link", user=user, lifetime=lifetime, db=db, keys=keys, now=now)
    lifetime = timedelta(minutes=ways.temporary_password_minutes)
    return tokens.issue("temporary_password", user=user, lifetime=lifetime, db=db, keys=keys, now=now)
