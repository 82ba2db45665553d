"""What staff do for a user: look, end sessions, send the way back in, disable, and change the address in time.

Never a password chosen, and never a session as the user. A way back in is what the user's own request on the page for a
forgotten password would bring: to the address stored for them, and to no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from ..accounts.naming import display_name
from ..db import row_locks
from ..db.database import begin_writing
from ..db.models import STILL_PENDING, Account, AddressChange, Domain, Membership, User, UserSession
from ..mail import address_changes, outbox
from ..scope import Scope
from ..security import pending, rate_limits, sessions, tokens
from ..values.identifiers import email_address, email_key, folded_address
from . import acts
from .acts import Actor, CannotAct, Outcome, Target

ENDED_KEPT_FOR = timedelta(days=90)


BY_LINK = "link in the notice"
"""As whom the audit log names a customer who cancels a change of their address."""


@dataclass(frozen=True, slots=True)
class AddressKept:
    """The user's address stays as it is."""

    email: str


@dataclass(frozen=True, slots=True)
class ObjectionTooLate:
    """There is nothing to cancel by this link: it was used or replaced, or the address has changed."""


@dataclass(frozen=True, slots=True)
class UserShown:
    """A user, as staff see one."""

    user: User
    memberships: Sequence[Membership]
    open_sessions: int
    pending: AddressChange | None
    """The address they will have."""
    limited_until: datetime | None
    """Until when somebody has to wait to sign in as them, after too many wrong passwords."""


def find(db: Session, id_: int) -> User | None:
    """Return the user with this id."""
    return db.get(User, id_)


def show(scope: Scope, user: User) -> UserShown:
    """Return what staff see of a user."""
    theirs = select(Membership).where(Membership.user_id == user.id).options(joinedload(Membership.account))
    count = select(func.count()).where(UserSession.user_id == user.id, UserSession.purpose == "full")
    return UserShown(
        user,
        scope.db.scalars(theirs.order_by(Membership.is_owner.desc(), Membership.id)).all(),
        scope.db.scalar(count) or 0,
        _pending(scope.db, user),
        rate_limits.limited_until(scope, user),
    )


def disable(scope: Scope, user: User, *, by: Actor, reason: str) -> Outcome:
    """No session of the user counts any more and none begins, and no link or temporary password lets them in."""
    if refused := acts.refusal(by, "user.disable", reason):
        return refused
    _lock(scope, user)
    if user.disabled_at is not None:
        return CannotAct("is_disabled")
    user.disabled_at = scope.now
    sessions.end_all(scope.db, user)
    tokens.void(scope, user)
    return acts.record(scope, by, "user.disable", target(user), reason)


def enable(scope: Scope, user: User, *, by: Actor, reason: str) -> Outcome:
    """The user can sign in again, with the password they had."""
    if refused := acts.refusal(by, "user.enable", reason):
        return refused
    _lock(scope, user)
    if user.disabled_at is None:
        return CannotAct("is_enabled")
    user.disabled_at = None
    return acts.record(scope, by, "user.enable", target(user), reason)


def end_sessions(scope: Scope, user: User, *, by: Actor, reason: str) -> Outcome:
    """The user is signed out everywhere."""
    if refused := acts.refusal(by, "user.end_sessions", reason):
        return refused
    _lock(scope, user)
    count = scope.db.scalar(select(func.count()).where(UserSession.user_id == user.id)) or 0
    sessions.end_all(scope.db, user)
    return acts.record(scope, by, "user.end_sessions", target(user), reason, sessions=count)


def unlock(scope: Scope, user: User, *, by: Actor, reason: str) -> Outcome:
    """Nobody has to wait any more to sign in as the user; some tries are left, not as many as before."""
    if refused := acts.refusal(by, "user.unlock", reason):
        return refused
    _lock(scope, user)
    rate_limits.pardon(scope, user)
    return acts.record(scope, by, "user.unlock", target(user), reason)


def send_recovery(scope: Scope, user: User, *, by: Actor, reason: str) -> Outcome:
    """The user's way back in is on its way, as if they had asked for it themselves; the worker writes it."""
    if refused := acts.refusal(by, "user.send_recovery", reason):
        return refused
    named = _named(scope, user)
    if not scope.config.recovery.password.enabled or named is None:
        return CannotAct("no_recovery")
    if user.disabled_at is not None:
        return CannotAct("is_disabled")
    if user.email_verified_at is None:
        return CannotAct("not_verified")
    begin_writing(scope.db)
    locale = scope.config.site.nearest_locale(user.locale)
    reference, values = pending.prepared(
        scope, "recovery.password", named, locale=locale, platform=scope.config.platform, sender="staff"
    )
    pending.store(scope, values)
    return acts.record(scope, by, "user.send_recovery", target(user), reason, reference=reference)


def change_address(scope: Scope, user: User, new: str, *, by: Actor, reason: str) -> Outcome:
    """The user will have another address once the waiting time is over; the old one is told at once, and when.

    Whoever reads the old one has that time to object. A change that waits already is replaced.
    """
    if refused := acts.refusal(by, "user.change_address", reason):
        return refused
    address, known = email_address(new), email_key(new)
    if address is None or known is None:
        return CannotAct("no_address")
    _lock(scope, user)
    if folded_address(address) == user.email_key:
        return CannotAct("same_address")
    if _holder(scope, known, user) is not None:
        return CannotAct("address_in_use")
    _end_pending(scope, user, "cancelled")
    due = scope.now + timedelta(hours=scope.config.staff.address_wait_hours)
    change = AddressChange(user_id=user.id, email=address, by=by.name, reason=reason, created_at=scope.now, due_at=due)
    scope.db.add(change)
    slots = {"username": display_name(user, scope.config), "due_at": due.isoformat()}
    link = tokens.issue(scope, "keep_address", user=user, lifetime=due - scope.now)
    outbox.queue_for_user(scope, "staff.address_planned", to=user, token=link, slots=slots, is_urgent=True)
    return acts.record(
        scope,
        by,
        "user.change_address",
        target(user),
        reason,
        was=user.email,
        email=address,
        due=f"{due:%Y-%m-%d %H:%M} UTC",
    )


def keep_address(scope: Scope, user: User, *, by: Actor, reason: str) -> Outcome:
    """The user keeps the address they have."""
    if refused := acts.refusal(by, "user.keep_address", reason):
        return refused
    _lock(scope, user)
    change = _end_pending(scope, user, "cancelled")
    if change is None:
        return CannotAct("nothing_pending")
    tokens.void(scope, user, purposes=("keep_address",))
    slots = {"username": display_name(user, scope.config)}
    outbox.queue_for_user(scope, "staff.address_kept", to=user, slots=slots)
    return acts.record(scope, by, "user.keep_address", target(user), reason, email=change.email)


def object_to_change(scope: Scope, secret: str) -> AddressKept | ObjectionTooLate:
    """The user keeps their address, as whoever reads it wants by the link in the notice. It opens nothing else."""
    begin_writing(scope.db)
    token = tokens.spend(scope, secret, "keep_address")
    user = scope.db.get(User, token.user_id) if token is not None else None
    if user is None:
        return ObjectionTooLate()
    _lock(scope, user)
    change = _end_pending(scope, user, "cancelled")
    if change is None:
        return ObjectionTooLate()
    slots = {"username": display_name(user, scope.config)}
    outbox.queue_for_user(scope, "staff.address_kept", to=user, slots=slots)
    acts.record(scope, Actor(BY_LINK, "support"), "user.objected", target(user), "", email=change.email)
    return AddressKept(user.email)


def change_due_addresses(scope: Scope) -> None:
    """Every address whose waiting time is over is the user's, and both addresses are told."""
    due = select(AddressChange).where(AddressChange.state == STILL_PENDING, AddressChange.due_at <= scope.now)
    for change in scope.db.scalars(due.order_by(AddressChange.id).limit(100)).all():
        row_locks.lock_user(scope.db, change.user_id)
        user = scope.db.get(User, change.user_id, populate_existing=True)
        if user is None:
            # Deleted a moment ago, and the change with them.
            continue
        scope.db.refresh(change, with_for_update=True)
        if change.state != "pending":
            continue
        was = user.email
        is_free = address_changes.move(scope, user, change.email)
        change.state, change.ended_at = ("done" if is_free else "in_use"), scope.now
        about = {"was": was, "email": change.email, "state": change.state}
        acts.record(scope, Actor(change.by, "admin"), "user.address_changed", target(user), change.reason, **about)


def forget_old(scope: Scope) -> None:
    """Changes of an address that ended long ago are deleted."""
    old = delete(AddressChange).where(AddressChange.ended_at < scope.now - ENDED_KEPT_FOR)
    scope.db.execute(old.execution_options(synchronize_session=False))


def target(user: User) -> Target:
    """Return the user as the audit log names them."""
    return Target("user", user.id, user.email)


def named(user: User) -> str:
    """Return how a list names the user: ``Ana Sala (ana@example.com)``, or the address alone."""
    return user.email if user.full_name == user.email else f"{user.full_name} ({user.email})"


def _lock(scope: Scope, user: User) -> None:
    begin_writing(scope.db)
    row_locks.lock_user(scope.db, user.id)
    scope.db.refresh(user)


def _pending(db: Session, user: User) -> AddressChange | None:
    waits = AddressChange.user_id == user.id, AddressChange.state == STILL_PENDING
    return db.scalar(select(AddressChange).where(*waits))


def _end_pending(scope: Scope, user: User, state: str) -> AddressChange | None:
    change = _pending(scope.db, user)
    if change is not None:
        change.state, change.ended_at = state, scope.now
        scope.db.flush()
    return change


def _holder(scope: Scope, known: str, user: User) -> User | None:
    """Return who else signs in with the address."""
    return scope.db.scalar(select(User).where(User.sign_in_email == known, User.id != user.id))


def _named(scope: Scope, user: User) -> dict[str, str] | None:
    """Return what the user would have typed on the page for a forgotten password; ``None`` if they have none of it."""
    ways = scope.config.recovery.password
    kinds = ways.choose or ways.identify
    known: dict[str, str] = {kind: value for kind in kinds if (value := _identifier(scope.db, user, kind))}
    if ways.choose:
        kind = next((one for one in ("username", "customer_number", "domain", "email") if one in known), None)
        return {"kind": kind, "value": known[kind]} if kind else None
    return known if len(known) == len(kinds) else None


def _identifier(db: Session, user: User, kind: str) -> str | None:
    if kind == "username":
        return user.username
    if kind == "email":
        return user.email
    own = select(Account.id).join(Membership).where(Membership.user_id == user.id, Membership.is_owner)
    if kind == "customer_number":
        return db.scalar(select(Account.number).where(Account.id.in_(own)).order_by(Account.id).limit(1))
    return db.scalar(select(Domain.name).where(Domain.account_id.in_(own)).order_by(Domain.id).limit(1))
