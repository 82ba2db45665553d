"""Getting back in. Forms only remember what was asked (``anonymous_requests``); the worker looks it up and writes the
mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from ...accounts.naming import display_name
from ...config import Config
from ...db import owners
from ...db.models import Account, Domain, PendingRequest, Token, User
from ...mail import outbox
from ...scope import Scope
from ...security import limits, rate_limits, tokens
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


def confirm(scope: Scope, secret: str, *, locale: str) -> Confirmed | ConfirmationLinkDead:
    """The link is spent and the mail with the way in waits, for the address the link was sent to."""
    token = tokens.spend(scope, secret, "confirm_recovery")
    user = scope.db.scalar(_able_to_sign_in(scope.config).where(User.id == token.user_id)) if token else None
    if user is None:
        return ConfirmationLinkDead()
    _send_way_in(scope, user, locale=locale)
    return Confirmed()


def answer_password(scope: Scope, request: PendingRequest) -> str:
    """Whoever was named has a mail waiting, at the address stored for them. Returns what came of the request."""
    config = scope.config
    users = scope.db.scalars(_named(request.named, config).limit(MOST_MATCHES)).unique().all()
    sent = [user for user in users if _may_still_ask(scope, "recovery_of", str(user.id), request)]
    for user in sent:
        if config.recovery.password.confirm:
            _send_confirmation(scope, user, locale=request.locale)
        else:
            _send_way_in(scope, user, locale=request.locale)
    return "mailed" if sent else "too_many" if users else "nobody"


def answer_username(scope: Scope, request: PendingRequest) -> str:
    """One mail lists every user name of the address, if it is a verified one. Returns what came of the request."""
    key = identifiers.email_key(request.named["email"])
    found = select(User).where(User.email_key == (key or ""), User.email_verified_at.is_not(None))
    users = scope.db.scalars(found.order_by(User.username_key)).all()
    if not users:
        return "nobody"
    if not _may_still_ask(scope, "usernames_of", users[0].email_key, request):
        return "too_many"
    outbox.queue_for_user(
        scope,
        "recovery.usernames",
        to=users[0],
        locale=request.locale,
        slots={"usernames": [user.username for user in users]},
        is_urgent=True,
    )
    return "mailed"


def answer_request(scope: Scope, request: PendingRequest) -> str:
    """The support desk has a mail waiting with what a visitor wrote."""
    site = scope.config.site
    outbox.queue(
        scope,
        "recovery.requested",
        recipient=site.support_email,
        locale=site.default_locale,
        platform=request.platform,
        slots={
            "reference": request.reference,
            "email": request.named["email"],
            "details": [request.named["name"], request.named["email"], *request.named["about"].splitlines()],
        },
    )
    return "mailed"


HANDLERS = {
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
    return found.where(User.id.in_(owners.owners())) if config.login.is_for_owners_only else found


def _is(kind: str, typed: str) -> Any:
    """The condition that a user is the one named; a customer number or domain names its account's owner."""
    match kind:
        case "username":
            return User.username_key == (identifiers.username_key(typed) or "")
        case "email":
            return User.email_key == (identifiers.email_key(typed) or "")
        case "customer_number":
            return User.id.in_(owners.owners().where(Account.number == (identifiers.number_in(typed) or "")))
        case "domain":
            return User.id.in_(owners.owners().join(Domain).where(Domain.key == (identifiers.domain_key(typed) or "")))
    raise ValueError(f"nobody can be found by {kind!r}")


def _may_still_ask(scope: Scope, subject: str, about: str, request: PendingRequest) -> bool:
    meters = rate_limits.anonymous_mail(subject, about, request.answer or "", scope.config)
    return isinstance(limits.take(scope, *meters), Counted)


def _send_confirmation(scope: Scope, user: User, *, locale: str) -> None:
    lifetime = timedelta(minutes=scope.config.recovery.password.link_minutes)
    token = tokens.issue(scope, "confirm_recovery", user=user, lifetime=lifetime)
    outbox.queue_for_user(scope, "recovery.confirmation", to=user, token=token, locale=locale)


def _send_way_in(scope: Scope, user: User, *, locale: str) -> None:
    token = _way_in(scope, user)
    numbers = scope.db.scalars(owners.numbers_of(user.id)).all()
    # A single one stands at the head of the mail.
    slots = {
        "username": display_name(user, scope.config),
        "customer_numbers": list(numbers) if len(numbers) > 1 else [],
    }
    outbox.queue_for_user(scope, "recovery.reset", to=user, token=token, slots=slots, locale=locale)


def _way_in(scope: Scope, user: User) -> Token:
    ways = scope.config.recovery.password
    if ways.deliver == "link":
        lifetime = timedelta(minutes=ways.link_minutes)
        return tokens.issue(scope, "password_link", user=user, lifetime=lifetime)
    lifetime = timedelta(minutes=ways.temporary_password_minutes)
    return tokens.issue(scope, "temporary_password", user=user, lifetime=lifetime)
