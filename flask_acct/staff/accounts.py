"""What staff do for an account: look, suspend, reopen, close, change the plan and the domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from ..accounts import account_status
from ..accounts.account_status import State
from ..db import row_locks
from ..db.database import begin_writing
from ..db.models import Account, Domain, Membership
from ..scope import Scope
from ..values.identifiers import domain_key, readable
from . import acts
from .acts import Actor, CannotAct, Outcome, Target

STATES: tuple[State, ...] = get_args(State)
PLANS = ("trial", "purchased")


@dataclass(frozen=True, slots=True)
class AccountShown:
    """An account, as staff see one."""

    account: Account
    memberships: Sequence[Membership]
    """Its owner first."""
    domains: Sequence[str]


def find(db: Session, id_: int) -> Account | None:
    """Return the account with this id."""
    return db.get(Account, id_)


def show(scope: Scope, account: Account) -> AccountShown:
    """Return what staff see of an account."""
    places = select(Membership).where(Membership.account_id == account.id).options(joinedload(Membership.user))
    names = select(Domain.name).where(Domain.account_id == account.id).order_by(Domain.key)
    return AccountShown(
        account,
        scope.db.scalars(places.order_by(Membership.is_owner.desc(), Membership.id).limit(100)).all(),
        scope.db.scalars(names).all(),
    )


def set_state(scope: Scope, account: Account, state: State, *, by: Actor, reason: str) -> Outcome:
    """The account is open, suspended or closed, from the next request of each of its users on."""
    if refused := acts.refusal(by, "account.state", reason):
        return refused
    outcome = account_status.set_state(scope.db, account, state)
    if outcome.was == state:
        return CannotAct("same_state")
    return acts.record(scope, by, "account.state", target(account), reason, was=outcome.was, state=state)


def set_plan(scope: Scope, account: Account, plan: str, expires_on: date | None, *, by: Actor, reason: str) -> Outcome:
    """The account has this plan, until the end of that day; for ever without one."""
    if refused := acts.refusal(by, "account.plan", reason):
        return refused
    _lock(scope, account)
    was, until = account.plan, account.plan_expires_on
    if (was, until) == (plan, expires_on):
        return CannotAct("same_plan")
    account.plan, account.plan_expires_on = plan, expires_on
    about = {"was": was, "was_until": until and until.isoformat(), "plan": plan}
    until_now = expires_on and expires_on.isoformat()
    return acts.record(scope, by, "account.plan", target(account), reason, **about, until=until_now)


def set_domains(scope: Scope, account: Account, typed: str, *, by: Actor, reason: str) -> Outcome:
    """The account has exactly these domains.

    Args:
        typed: Their names, with spaces, commas or line ends between them.
    """
    if refused := acts.refusal(by, "account.domains", reason):
        return refused
    wanted: list[str] = []
    for name in typed.replace(",", " ").split():
        known = domain_key(name)
        if known is None:
            return CannotAct("no_domain", {"domain": name[:100]})
        wanted.append(known)
    _lock(scope, account)
    owned = {one.key for one in scope.db.scalars(select(Domain).where(Domain.account_id == account.id))}
    added, removed = [one for one in dict.fromkeys(wanted) if one not in owned], owned - set(wanted)
    if not added and not removed:
        return CannotAct("same_domains")
    if others := _of_others(scope.db, added):
        return CannotAct("domain_taken", {"domain": others[0].name, "number": others[0].account.number})
    gone = delete(Domain).where(Domain.account_id == account.id, Domain.key.in_(removed))
    scope.db.execute(gone.execution_options(synchronize_session=False))
    scope.db.add_all(Domain(account_id=account.id, key=one, name=readable(one)) for one in added)
    scope.db.flush()
    about = {"added": " ".join(added), "removed": " ".join(sorted(removed))}
    return acts.record(scope, by, "account.domains", target(account), reason, **about)


def target(account: Account) -> Target:
    """Return the account as the audit log names it."""
    return Target("account", account.id, account.number)


def _lock(scope: Scope, account: Account) -> None:
    begin_writing(scope.db)
    row_locks.lock_account(scope.db, account.id)
    scope.db.refresh(account)


def _of_others(db: Session, added: Sequence[str]) -> Sequence[Domain]:
    return db.scalars(select(Domain).where(Domain.key.in_(added)).options(joinedload(Domain.account)).limit(1)).all()
