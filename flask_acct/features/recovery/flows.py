"""Getting back in. Forms only remember what was asked (``anonymous_requests``); the worker looks it up and writes the
mails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from ...accounts.naming import display_name
from ...config import Config
from ...db import owners, writes
from ...db.models import Account, Domain, User
from ...mail import outbox
from ...mail.handlers import Asked
from ...mail.outbox import OwnedAccount
from ...scope import Scope
from ...security import limits, pending, rate_limits, tokens
from ...security.limits import Counted
from ...staff import cases
from ...values import identifiers

MOST_MATCHES = 20
"""One request never writes to more users than this."""

KEYS: Mapping[str, Callable[[str], str | None]] = {
    "username": identifiers.username_key,
    "email": identifiers.email_key,
    "customer_number": identifiers.number_in,
    "domain": identifiers.domain_key,
}
"""What a user is found by, of what was typed."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The second mail waits."""


@dataclass(frozen=True, slots=True)
class ConfirmationLinkDead:
    """The link to confirm was used, replaced, too old, or meant for an address the user no longer has."""


def confirm(
    scope: Scope, secret: str, *, locale: str, asked_from: Sequence[str] = ()
) -> Confirmed | ConfirmationLinkDead:
    """The link is spent and the mail with the way in waits, for the address the link was sent to."""
    token = tokens.spend(scope, secret, "confirm_recovery")
    able = _able_to_sign_in(is_for_owners_only=scope.config.login.is_for_owners_only)
    user = scope.db.scalar(able.where(User.id == token.user_id)) if token else None
    if user is None:
        return ConfirmationLinkDead()
    _send_way_in(scope, user, {"asked_at": scope.now.isoformat(), "asked_from": list(asked_from)}, locale=locale)
    return Confirmed()


def answer_password(scope: Scope, request: Asked) -> str:
    """Whoever was named has a mail waiting, at the address stored for them. Returns what came of the request."""
    config = scope.config
    users = _named(scope, request.named)
    sent = [user for user in users if _may_still_ask(scope, "recovery_of", str(user.id), request)]
    for user in sent:
        if config.recovery.password.confirm:
            _send_confirmation(scope, user, pending.asked(request.created_at, request.named), locale=request.locale)
        else:
            _send_way_in(scope, user, pending.asked(request.created_at, request.named), locale=request.locale)
    return "mailed" if sent else "too_many" if users else "nobody"


def answer_username(scope: Scope, request: Asked) -> str:
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
        slots={"usernames": [user.username for user in users], **pending.asked(request.created_at, request.named)},
        is_urgent=True,
    )
    return "mailed"


def answer_request(scope: Scope, request: Asked) -> str:
    """The support desk has a mail waiting with what a visitor wrote."""
    site = scope.config.site
    if scope.config.staff.enabled:
        cases.open_case(scope, request)
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


def fields_of(identifier: str, config: Config) -> dict[str, str]:
    """Return the fields of the form that an identifier typed at sign-in fills: ``{"email": "ana@example.com"}``."""
    ways, kind = config.recovery.password, identifiers.kind_of(identifier)
    if not identifier:
        return {}
    if kind in ways.choose:
        return {"kind": kind, "value": identifier}
    return {kind: identifier} if kind in ways.identify else {}


def address_in(identifier: str) -> dict[str, str]:
    """Return the field that an identifier fills where only an address is asked."""
    return {"email": identifier} if identifiers.kind_of(identifier) == "email" else {}


def named_in(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a form says about who is meant, without the kind that was chosen: ``("m00000", "ana@example.com")``.

    It is shown to whoever typed it, so nothing is looked up.
    """
    return tuple(value for name, value in values.items() if name != "kind")


def kept_of(values: Mapping[str, Any], before: Mapping[str, str], config: Config) -> dict[str, str]:
    """Return what the browser keeps of a form: its fields, and what to sign in with, if that is known.

    Args:
        before: What it kept until now.
    """
    fields = {values["kind"]: values["value"]} if "kind" in values else values
    known = (fields[kind] for kind in config.login.shipped if fields.get(kind))
    identifier = next(known, before.get("identifier", ""))
    return {**values, **({"identifier": identifier} if identifier else {})}


def _named(scope: Scope, named: Mapping[str, str]) -> Sequence[User]:
    """Return the users a request names, locked: all that was asked must fit, or the one thing the visitor chose."""
    ways = scope.config.recovery.password
    typed = {named["kind"]: named["value"]} if ways.choose else {kind: named[kind] for kind in ways.identify}
    keys = {kind: KEYS[kind](text) or "" for kind, text in typed.items()}
    locks = scope.db.get_bind().dialect.name != "sqlite"
    return scope.db.scalars(_finding(tuple(keys), scope.config.login.is_for_owners_only, locks), keys).all()


@cache
def _finding(kinds: tuple[str, ...], is_for_owners_only: bool, locks: bool) -> Select[User]:
    """Return what finds the users by such identifiers. Built once: building it takes longer than running it."""
    able = _able_to_sign_in(is_for_owners_only=is_for_owners_only)
    found = able.where(User.email_verified_at.is_not(None), *map(_is, kinds)).order_by(User.id).limit(MOST_MATCHES)
    found = found.execution_options(populate_existing=True)
    return found.with_for_update(key_share=True, of=User) if locks else found


def _able_to_sign_in(*, is_for_owners_only: bool) -> Select[User]:
    """The users a way in is of use to: where only customer numbers sign in, those who own an account."""
    found = select(User).where(User.disabled_at.is_(None))
    return found.where(User.id.in_(owners.owners())) if is_for_owners_only else found


def _is(kind: str) -> Any:
    """The condition that a user is the one named; a customer number or domain names its account's owner."""
    key: Any = bindparam(kind)
    match kind:
        case "username":
            return User.username_key == key
        case "email":
            return User.email_key == key
        case "customer_number":
            return User.id.in_(owners.owners().where(Account.number == key))
        case "domain":
            return User.id.in_(owners.owners().join(Domain).where(Domain.key == key))
    raise ValueError(f"nobody can be found by {kind!r}")


def _may_still_ask(scope: Scope, subject: str, about: str, request: Asked) -> bool:
    meters = rate_limits.anonymous_mail(subject, about, request.answer or "", scope.config)
    return isinstance(limits.take(scope, *meters), Counted)


def _send_confirmation(scope: Scope, user: User, asked: dict[str, Any], *, locale: str) -> None:
    lifetime = timedelta(minutes=scope.config.recovery.password.link_minutes)
    accounts = outbox.owned_accounts(scope.db, user.id)
    _send(scope, "recovery.confirmation", user, accounts, "confirm_recovery", lifetime, locale=locale, slots=asked)


def _send_way_in(scope: Scope, user: User, asked: dict[str, Any], *, locale: str) -> None:
    accounts = outbox.owned_accounts(scope.db, user.id)
    # A single one stands at the head of the mail.
    slots = {
        "username": display_name(user, scope.config),
        "customer_numbers": [account.number for account in accounts] if len(accounts) > 1 else [],
        **asked,
    }
    ways = scope.config.recovery.password
    if ways.deliver == "link":
        lifetime = timedelta(minutes=ways.link_minutes)
        _send(scope, "recovery.reset", user, accounts, "password_link", lifetime, locale=locale, slots=slots)
    else:
        lifetime = timedelta(minutes=ways.temporary_password_minutes)
        _send(scope, "recovery.reset", user, accounts, "temporary_password", lifetime, locale=locale, slots=slots)


def _send(
    scope: Scope,
    mail: str,
    user: User,
    accounts: Sequence[OwnedAccount],
    purpose: tokens.Purpose,
    lifetime: timedelta,
    *,
    locale: str,
    slots: dict[str, Any] | None = None,
) -> None:
    """A mail with a new token waits for the user, who is locked; earlier tokens of its purpose are void."""
    token, issued = tokens.issuing(scope, purpose, user=user, lifetime=lifetime)
    account = accounts[0] if len(accounts) == 1 else None
    queued = outbox.queueing_for_user(scope, mail, to=user, account=account, token=token, locale=locale, slots=slots)
    writes.run_at_once(scope.db, (*issued, queued))
