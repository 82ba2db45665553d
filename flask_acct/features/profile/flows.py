"""People change what is known of them and of their account; an address only once it is proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...accounts import account_status, usernames
from ...accounts.naming import display_name
from ...config import Config
from ...db import row_locks
from ...db.database import begin_writing
from ...db.models import Account, PendingRequest, Token, User
from ...declare import own_fields
from ...mail import account_mails, address_changes, outbox
from ...mail.handlers import Asked
from ...scope import Scope
from ...security import limits, pending, rate_limits, reauthentication, tokens
from ...security.limits import TooMany
from ...security.reauthentication import WrongPassword
from ...security.sessions import CurrentSession
from ...values import phones, postcodes
from ...values.identifiers import email_address, email_key, folded_address, is_of_one_script, username, username_key

DAY = timedelta(days=1)
NAMES_PER_DAY = 20
"""User names somebody may try in a day: each answer says whether somebody has it."""

CANCELLED = "cancelled"
"""What came of a request that its user took back."""

KEPT_AS_TYPED = ("name", "tax_id", "address1", "address2", "city", "region", "country")


@dataclass(frozen=True, slots=True)
class DetailsSaved:
    """It is as the form says."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The new value equals the current one."""


@dataclass(frozen=True, slots=True)
class EmailChangeRequested:
    """The request waits for the worker. Nobody has looked whose the new address is."""


@dataclass(frozen=True, slots=True)
class Respelled:
    """The user's address is written as they typed it now. It is the same address."""

    user: User


@dataclass(frozen=True, slots=True)
class PendingEmail:
    """A new address that waits to be confirmed, and until when its link can work."""

    email: str
    until: datetime
    request: PendingRequest


@dataclass(frozen=True, slots=True)
class EmailChangeCancelled:
    """No link makes another address the user's, not even one that is still to be sent."""


@dataclass(frozen=True, slots=True)
class NothingPending:
    """No other address waits to be confirmed."""


@dataclass(frozen=True, slots=True)
class IdentifierChanged:
    """The user has another address or user name; ``was`` is the old one."""

    user: User
    was: str


@dataclass(frozen=True, slots=True)
class IdentifierInUse:
    """Somebody else has it."""

    wanted: str


@dataclass(frozen=True, slots=True)
class UnusableName:
    """It cannot be a user name."""


@dataclass(frozen=True, slots=True)
class OtherUsersLink:
    """The link was asked for by another user than the one who follows it."""


@dataclass(frozen=True, slots=True)
class EmailLinkDead:
    """The link was used, replaced or too old, or ended by a password change."""


@dataclass(frozen=True, slots=True)
class UsedLink:
    """The link was followed before, and its address is the user's."""

    email: str


def save_me(scope: Scope, user: User, typed: Mapping[str, Any]) -> DetailsSaved:
    """The user has this name, language, time zone and own fields; what the form does not ask stays as it is."""
    begin_writing(scope.db)
    user.fields = own_fields.merged("user", user.fields, typed, scope.config)
    user.first_name, user.last_name = typed["first_name"], typed["last_name"]
    user.time_zone = typed["time_zone"] or None
    user.locale = typed.get("locale", user.locale)
    return DetailsSaved()


def ask_for_email(
    scope: Scope, here: CurrentSession, new: str, password: str, *, locale: str, form: str | None = None
) -> EmailChangeRequested | Respelled | Unchanged | WrongPassword | TooMany:
    """A change of address is remembered. Nothing is looked up, so nobody learns who has an address.

    Other capitals make no other address, so they need no link: whoever could confirm it is who has it already.

    Args:
        form: What only this copy of the form carries, so that a double click asks for one thing.

    Source: OWASP Authentication Cheat Sheet, "Change a user's registered email address"; ASVS 6.3.8.
    """
    user = here.user
    refused = reauthentication.prove(scope, user, password)
    if refused:
        return refused
    address = email_address(new)
    if address == user.email:
        return Unchanged()
    begin_writing(scope.db)
    limits.clear(scope, reauthentication.tries(user))
    if address and folded_address(address) == user.email_key:
        user.email = address
        return Respelled(user)
    if limits.count(scope, limits.key("email_change_of", str(user.id)), per=DAY) > _most(scope.config):
        return TooMany(DAY)
    named = {"user": str(user.id), "email": new}
    _, values = pending.prepared(
        scope, "profile.email", named, locale=locale, platform=scope.config.platform, form=form
    )
    pending.store(scope, values)
    return EmailChangeRequested()


def pending_email(scope: Scope, user: User) -> PendingEmail | None:
    """Return the new address the user asked for last, for as long as its link could work.

    It is read from the request and not from the link: there is none where somebody else has the address already, and
    whoever asks must not see that.
    """
    latest = _requests_of(user, scope.config, scope.now).order_by(PendingRequest.id.desc()).limit(1)
    request = scope.db.scalar(latest.execution_options(populate_existing=True))
    if request is None or request.answer == CANCELLED:
        return None
    until = (request.answered_at or request.created_at) + timedelta(minutes=scope.config.profile.link_minutes)
    is_past = user.password_changed_at is not None and user.password_changed_at > request.created_at
    address = str(request.named["email"])
    if until <= scope.now or is_past or email_key(address) == user.email_key:
        return None
    return PendingEmail(address, until, request)


def cancel_email(scope: Scope, user: User) -> EmailChangeCancelled | NothingPending:
    """The address stays the user's, whatever was asked for and however far the worker is with it."""
    begin_writing(scope.db)
    pending = pending_email(scope, user)
    if pending is None:
        return NothingPending()
    unanswered = or_(PendingRequest.answered_at.is_(None), PendingRequest.id == pending.request.id)
    mine = [found.id for found in scope.db.scalars(_requests_of(user, scope.config, scope.now).where(unanswered))]
    # The request first, then the user, as the worker takes them: what it answers at this moment is voided afterwards.
    scope.db.execute(
        update(PendingRequest)
        .where(PendingRequest.id.in_(mine))
        .values(answer=CANCELLED, answered_at=func.coalesce(PendingRequest.answered_at, scope.now))
        .execution_options(synchronize_session=False)
    )
    scope.db.refresh(user, with_for_update=True)
    tokens.void(scope, user, purposes=("email_change",))
    return NothingPending() if email_key(pending.email) == user.email_key else EmailChangeCancelled()


def _requests_of(user: User, config: Config, now: datetime) -> Select[PendingRequest]:
    """The user's requests for another address that are not answered yet, or whose link could still work."""
    long_ago = now - timedelta(minutes=config.profile.link_minutes)
    return select(PendingRequest).where(
        or_(PendingRequest.answered_at.is_(None), PendingRequest.answered_at > long_ago),
        PendingRequest.kind == "profile.email",
        PendingRequest.named["user"].as_string() == str(user.id),
    )


def answer_email(scope: Scope, request: Asked) -> str:
    """The user is told; the new address has a link to confirm it, or a word that it is in use. Returns what came of it.

    Whoever asked must not see in their own mailbox, nor by what becomes of an earlier link, which of the two it was.
    """
    config, address = scope.config, request.named["email"]
    user = scope.db.get(User, int(request.named["user"]), with_for_update=True)
    if user is None or (user.password_changed_at and user.password_changed_at > request.created_at):
        return "nobody"
    tokens.void(scope, user, purposes=("email_change",))
    slots = {"username": display_name(user, config), "when_at": request.created_at.isoformat()}
    outbox.queue_for_user(scope, "profile.email_requested", to=user, slots=slots, locale=request.locale)
    key = email_key(address) or ""
    ways = rate_limits.strange_address("email_change_to", key, str(user.id), each=_most(config))
    if isinstance(limits.take_first(scope, *ways), TooMany):
        return "too_many"
    holder = scope.db.scalar(select(User).where(User.sign_in_email == key, User.id != user.id))
    if holder:
        outbox.queue_for_user(scope, "profile.email_taken", to=holder, locale=request.locale)
        return "taken"
    _send_link(scope, user, request)
    return "mailed"


HANDLERS = {"profile.email": answer_email}
"""How the worker answers each kind of request."""


def confirmable_token(scope: Scope, secret: str) -> Token | None:
    """The token of a link that could confirm an address now, and says which."""
    return tokens.find(scope, secret, "email_change")


def followed(db: Session, secret: str, user: User) -> UsedLink | None:
    """What a link says that this user has followed before: a second click, a tab restored."""
    token = tokens.find_any(db, secret, "email_change")
    if token is None or token.used_at is None or token.user_id != user.id:
        return None
    # It may have been followed since this user was read.
    db.refresh(user, ["email", "email_key"])
    if token.address != user.email_key:
        return None
    return UsedLink(user.email)


def confirm_email(
    scope: Scope, secret: str, here: CurrentSession
) -> IdentifierChanged | IdentifierInUse | OtherUsersLink | UsedLink | EmailLinkDead:
    """The user has the address the link was sent to, and other sessions have ended.

    The link alone is not enough: whoever reads a mistyped address would have the user's way to a new password. So it
    takes the mailbox and the user who asked, signed in.

    Links and temporary passwords mailed to the old address are bound to it, so they died with it. Only the session in
    which it happens stays. Who changes an address may do it because somebody else is in; ASVS 7.4.3 asks for this where
    a way to prove oneself changes, and the address is the way to a new password.
    """
    token, user = confirmable_token(scope, secret), here.user
    if token is None:
        return followed(scope.db, secret, user) or EmailLinkDead()
    if token.user_id != user.id:
        return OtherUsersLink()
    begin_writing(scope.db)
    # The user first, then their links, as everywhere: of two changes side by side, one finds its link dead.
    scope.db.refresh(user, with_for_update=True)
    token = tokens.spend(scope, secret, "email_change")
    if token is None:
        return followed(scope.db, secret, user) or EmailLinkDead()
    return _set_email(scope, user, str(token.about["email"]), keep_session=here.session.id, is_verified=True)


def set_email(
    scope: Scope, user: User, new: str, *, keep_session: int | None = None, is_verified: bool = True
) -> IdentifierChanged | Respelled | Unchanged | IdentifierInUse:
    """The user has another address, because an operator or the host says so; both addresses are told.

    What was mailed to the old one lets nobody in any more, and their sessions have ended.

    Args:
        new: An address that ``email_key`` knows.
        keep_session: One session that stays: the user's own, who did it.
        is_verified: Whether somebody has proven that the user reads what is mailed there.
    """
    begin_writing(scope.db)
    scope.db.refresh(user, with_for_update=True)
    address = email_address(new) or new
    if address == user.email:
        return Unchanged()
    if folded_address(address) == user.email_key:
        user.email = address
        return Respelled(user)
    return _set_email(scope, user, address, keep_session=keep_session, is_verified=is_verified)


def _set_email(
    scope: Scope, user: User, wanted: str, *, keep_session: int | None, is_verified: bool
) -> IdentifierChanged | IdentifierInUse:
    was = user.email
    if not address_changes.move(scope, user, wanted, keep_session=keep_session, is_verified=is_verified):
        return IdentifierInUse(wanted)
    return IdentifierChanged(user, was)


def rename(
    scope: Scope, here: CurrentSession, new: str, password: str
) -> IdentifierChanged | Unchanged | UnusableName | IdentifierInUse | WrongPassword | TooMany:
    """The user has another user name; the old one is nobody else's for a while."""
    user, key = here.user, username_key(new)
    new = username(new) or new
    refused = reauthentication.prove(scope, user, password)
    if refused:
        return refused
    if key is None or not (is_of_one_script(new) or key == user.username_key):
        return UnusableName()
    if new == user.username:
        return Unchanged()
    begin_writing(scope.db)
    row_locks.lock_user(scope.db, user.id)
    limits.clear(scope, reauthentication.tries(user))
    if limits.count(scope, limits.key("username_change_of", str(user.id)), per=DAY) > NAMES_PER_DAY:
        return TooMany(DAY)
    was, was_key = user.username, user.username_key
    if not _try_set_username(scope, user, new, key):
        return IdentifierInUse(new)
    if key != was_key:
        usernames.reserve_former(scope, was_key, user=user)
    tokens.void(scope, user)
    slots = {"username": new, "was": was, "when_at": scope.now.isoformat()}
    outbox.queue_for_user(scope, "profile.username_changed", to=user, slots=slots)
    return IdentifierChanged(user, was)


def save_account(scope: Scope, here: CurrentSession, typed: Mapping[str, Any]) -> DetailsSaved:
    """The account's details are as the form says; its owner is told of another address for billing.

    Args:
        typed: Checked already. Nothing in it reaches a user's own address, so it opens no way back in.
    """
    id_ = here.account.id if here.account else 0
    row_locks.lock_account(scope.db, id_)
    account = scope.db.get_one(Account, id_, populate_existing=True)
    billing_email = email_address(typed["billing_email"]) if typed["billing_email"] else None
    is_moved = email_key(billing_email or "") != email_key(account.billing_email or "")
    for name in KEPT_AS_TYPED:
        setattr(account, name, typed[name])
    account.phone = phones.number(typed["phone"], typed["country"]) or ""
    account.postcode = postcodes.postcode(typed["postcode"], typed["country"]) or ""
    account.billing_email = billing_email
    account.fields = own_fields.merged("account", account.fields, typed, scope.config, country=typed["country"])
    if is_moved:
        _queue_billing_notice(scope, account, here.user)
    return DetailsSaved()


def _most(config: Config) -> int:
    return config.limits.email_changes_per_day


def _send_link(scope: Scope, user: User, request: Asked) -> None:
    config, address = scope.config, email_address(request.named["email"]) or ""
    token = tokens.issue(
        scope,
        "email_change",
        user=user,
        lifetime=timedelta(minutes=config.profile.link_minutes),
        address=email_key(address),
        about={"email": address},
    )
    # Without the user's name or number: whose address it is, nobody knows yet. Nor is it about an account, whose
    # history would tell a free address from a taken one.
    outbox.queue(
        scope,
        "profile.confirm",
        recipient=address,
        locale=config.site.nearest_locale(user.locale, request.locale),
        time_zone=user.time_zone,
        user_id=user.id,
        platform=config.platform,
        token=token,
    )


def _try_set_username(scope: Scope, user: User, name: str, key: str) -> bool:
    """Give the user the name. Return whether it is free: nobody has it, or gave it up not long ago."""
    nested = scope.db.begin_nested()
    try:
        user.username, user.username_key = name, key
        scope.db.flush()
    except IntegrityError:
        nested.rollback()
        return False
    # Asked afterwards: whoever gives it up at this moment has done so by now.
    if usernames.is_reserved(scope, key, user=user):
        nested.rollback()
        return False
    nested.commit()
    return True


def _queue_billing_notice(scope: Scope, account: Account, by: User) -> None:
    owner = account_status.owner_of(scope.db, account)
    slots = {"name": by.full_name, "address": by.email, "billing_email": account.billing_email or "—"}
    account_mails.notify(scope, "profile.billing_email_changed", owner, account, **slots)
