"""What staff delete for good: a user, and a closed account with the users who are in no other.

Rows are locked in the order of ``row_locks``, and before them the requests and cases: whoever answers one has locked it
by the time it comes to its user. Every table is named here, whatever its foreign keys say, because a host's SQLite may
not heed them. The audit log stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from blinker import NamedSignal
from sqlalchemy import ColumnElement, Delete, Update, and_, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from .. import signals
from ..accounts import readers
from ..db import owners, references, row_locks
from ..db.batches import batches
from ..db.database import begin_writing
from ..db.models import (
    STILL_PENDING,
    Account,
    AddressChange,
    BaseTable,
    Contact,
    Domain,
    FormerUsername,
    Invitation,
    Membership,
    OutboxMail,
    PendingRequest,
    SupportCase,
    Token,
    Transfer,
    Unsubscription,
    User,
    UserSession,
)
from ..scope import Scope
from ..security import sessions
from . import accounts, acts, traces
from . import users as users_
from .acts import ActDone, Actor, CannotAct, Outcome
from .traces import Traces


class Announce(Protocol):
    """Sends a signal to the app's receivers, in the transaction of the flow."""

    def __call__(self, signal: NamedSignal, /, **about: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Erased(ActDone):
    """They are deleted; each object is as it was."""

    users: Sequence[User] = ()
    contacts: Sequence[Contact] = ()
    """Of accounts that stay: those with the user's own address, which got mails there."""


@dataclass(frozen=True, slots=True)
class WouldGo:
    """What is deleted with an account."""

    users: Sequence[User]
    """Who is in no other account, by address."""
    staying: Sequence[User]
    """Who is in another one, too."""
    contacts: int
    domains: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Held:
    """What is locked, so that nobody else changes it."""

    found: Traces
    requests: Sequence[int]
    cases: Sequence[SupportCase] = field(default_factory=tuple)


class _KeptByApp(Exception):
    """The app's own tables refer to what is to be deleted."""


def delete_user(scope: Scope, user: User, *, by: Actor, reason: str, announce: Announce) -> Outcome:
    """The user is deleted, and all that is stored about them but the audit log; whoever owns an account is refused.

    Contacts and billing addresses with their address go as when they leave an account; other contacts that they added
    stay. A sent invitation is void. The user name is free, and former ones stay reserved to the end of their time.

    Args:
        announce: Sends ``user_deleting`` before anything is deleted. What a receiver raises ends it all.
    """
    if refused := acts.refusal(by, "user.delete", reason):
        return refused
    places = _accounts_around(scope.db, [user])
    held = _hold(scope, [user], sorted(places))
    if held is None or not _accounts_around(scope.db, [user]) <= places:
        return CannotAct("other_step")
    if numbers := scope.db.scalars(owners.numbers_of(user.id)).all():
        return CannotAct("owns_account", {"number": ", ".join(sorted(numbers))})
    try:
        with scope.db.begin_nested():
            announce(signals.user_deleting, user=user, db=scope.db)
            _raise_if_kept(scope.db, [user])
            contacts = _leave(scope, user)
            _erase(scope, [user], held)
    except _KeptByApp as kept:
        return CannotAct("user_is_used", {"tables": str(kept)})
    done = acts.record(scope, by, "user.delete", users_.target(user), reason)
    return Erased(done.about, [user], contacts)


def delete_account(scope: Scope, account: Account, *, by: Actor, reason: str, announce: Announce) -> Outcome:
    """The closed account is deleted with all that is in it, and with the users who are in no other.

    Args:
        announce: Sends ``user_deleting`` for each of them and ``account_deleting``, before anything is deleted.
    """
    if refused := acts.refusal(by, "account.delete", reason):
        return refused
    begin_writing(scope.db)
    gone = list(would_go(scope, account).users)
    around = {*_accounts_around(scope.db, gone), account.id}
    held = _hold(scope, gone, sorted(around), account)
    if held is None or {one.id for one in would_go(scope, account).users} != {one.id for one in gone}:
        return CannotAct("other_step")
    if account.state != "closed":
        return CannotAct("not_closed")
    try:
        with scope.db.begin_nested():
            for user in gone:
                announce(signals.user_deleting, user=user, db=scope.db)
            announce(signals.account_deleting, account=account, db=scope.db)
            _raise_if_kept(scope.db, gone, account)
            counts = _empty(scope, account)
            _erase(scope, gone, held, account)
    except _KeptByApp as kept:
        return CannotAct("account_is_used", {"tables": str(kept)})
    for user in gone:
        acts.record(scope, by, "user.delete", users_.target(user), reason, account=account.number)
    done = acts.record(scope, by, "account.delete", accounts.target(account), reason, users=len(gone), **counts)
    return Erased(done.about, gone)


def would_go(scope: Scope, account: Account) -> WouldGo:
    """Return what is deleted with the account."""
    here = select(Membership.user_id).where(Membership.account_id == account.id)
    elsewhere = exists().where(Membership.user_id == User.id, Membership.account_id != account.id)
    people = scope.db.execute(select(User, elsewhere).where(User.id.in_(here)).order_by(User.email_key, User.id)).all()
    number = select(func.count()).where(Contact.account_id == account.id)
    names = select(Domain.name).where(Domain.account_id == account.id).order_by(Domain.key)
    return WouldGo(
        users=[user for user, has_others in people if not has_others],
        staying=[user for user, has_others in people if has_others],
        contacts=scope.db.scalar(number) or 0,
        domains=scope.db.scalars(names).all(),
    )


def signals_of(outcome: Outcome, account: Account | None = None) -> Iterator[tuple[NamedSignal, Mapping[str, Any]]]:
    """Yield the signals about what is gone, with what they carry; none if nothing was deleted."""
    if not isinstance(outcome, Erased):
        return
    for contact in outcome.contacts:
        yield signals.contact_removed, {"contact": contact}
    for user in outcome.users:
        yield signals.user_deleted, {"user": user}
    if account is not None:
        yield signals.account_deleted, {"account": account}


def _accounts_around(db: Session, users: Sequence[User]) -> set[int]:
    """Return the accounts that the users are in, and those that offered them a place, or in whose name they did."""
    ids, keys = [user.id for user in users], [user.email_key for user in users]
    offers = or_(Invitation.email_key.in_(keys), Invitation.user_id.in_(ids), Invitation.invited_by_id.in_(ids))
    return {
        *db.scalars(select(Membership.account_id).where(Membership.user_id.in_(ids))),
        *db.scalars(select(Invitation.account_id).where(offers)),
        *db.scalars(select(Transfer.account_id).where(or_(Transfer.from_id.in_(ids), Transfer.to_id.in_(ids)))),
    }


def _hold(scope: Scope, users: Sequence[User], around: Sequence[int], account: Account | None = None) -> _Held | None:
    """All that is deleted is locked. Returns ``None`` if one of them was deleted or changed meanwhile."""
    db = scope.db
    one_by_one: list[User | Account] = [*users, *([account] if account else [])]
    before = [_known_by(one) for one in one_by_one]
    begin_writing(db)
    found = traces.of(db, users)
    more = _names(db, account) if account else ()
    held = _Held(found, traces.requests(db, found, more, locks=True), traces.cases(db, found))
    for id_ in around:
        row_locks.lock_account(db, id_)
    gone = {user.id for user in users}
    here = db.scalars(select(Membership.user_id).where(Membership.account_id == account.id)) if account else ()
    for user_id in sorted({*gone, *here}):
        if user_id in gone:
            row_locks.lock_user_to_delete(db, user_id)
        else:
            row_locks.lock_user(db, user_id)
    if not all(_is_there(db, one) for one in one_by_one):
        return None
    for one in one_by_one:
        db.refresh(one)
    # Rows were looked for by what they were known by; and SQLite may have given the number to another one.
    return held if [_known_by(one) for one in one_by_one] == before else None


def _known_by(one: User | Account) -> tuple[object, ...]:
    if isinstance(one, Account):
        return one.created_at, one.number
    return one.created_at, one.username_key, one.email_key, one.full_name


def _is_there(db: Session, one: User | Account) -> bool:
    table = type(one)
    return db.scalar(select(table.id).where(table.id == one.id)) is not None


def _names(db: Session, account: Account) -> Collection[str]:
    """Return what a request may name the account by."""
    domains = db.execute(select(Domain.key, Domain.name).where(Domain.account_id == account.id)).all()
    return {account.number, *(name.lower() for row in domains for name in row)}


def _raise_if_kept(db: Session, users: Sequence[User], account: Account | None = None) -> None:
    """Raise ``_KeptByApp`` with the names of tables of the app's own that refer to one of them."""
    db.flush()
    rows: dict[str, list[int]] = {User.__tablename__: [user.id for user in users]}
    if account is not None:
        rows[Account.__tablename__] = [account.id]
        for table in (Membership, Contact, Domain):
            ids = db.scalars(select(table.id).where(table.account_id == account.id))
            rows[table.__tablename__] = list(ids)
    if tables := references.keepers(db, rows):
        raise _KeptByApp(", ".join(tables))


def _leave(scope: Scope, user: User) -> Sequence[Contact]:
    """Contacts and billing addresses of the user's accounts that are their own get no more mails, and are returned."""
    ended: list[Contact] = []
    theirs = select(Account).join(Membership).where(Membership.user_id == user.id).order_by(Account.id)
    for account in scope.db.scalars(theirs).all():
        own = replace(readers.left_behind(scope, user, account), added=())
        readers.end(scope.db, own, account)
        ended.extend(own.contacts)
    scope.db.flush()
    return ended


def _empty(scope: Scope, account: Account) -> Mapping[str, int]:
    """Nothing is in the account any more. Returns how much there was."""
    db, id_ = scope.db, account.id
    counts = {"contacts": len(db.scalars(select(Contact.id).where(Contact.account_id == id_)).all())}
    counts["domains"] = len(db.scalars(select(Domain.id).where(Domain.account_id == id_)).all())
    for user_id in db.scalars(select(UserSession.user_id).where(UserSession.account_id == id_).distinct()).all():
        sessions.leave_account(db, user_id, id_)
    invited = db.scalars(select(Invitation.id).where(Invitation.account_id == id_)).all()
    about = Token.about["invitation_id"].as_integer()
    tokens = [
        one
        for some in batches(invited)
        for one in db.scalars(select(Token.id).where(Token.purpose == "invitation", about.in_(some)))
    ]
    for table in (Invitation, Transfer, Unsubscription, Contact, Domain, Membership):
        _run(db, delete(table).where(table.account_id == id_))
    _delete(db, Token.id, tokens)
    _run(db, delete(OutboxMail).where(OutboxMail.account_id == id_))
    return counts


def _erase(scope: Scope, users: Sequence[User], held: _Held, account: Account | None = None) -> None:
    """Nothing is stored of the users any more, nor of the account. Raises ``_KeptByApp``."""
    db, ids = scope.db, [user.id for user in users]
    mails = [*_mails_of(db, held.found, ids), *traces.mails(db, held.found, [one.reference for one in held.cases])]
    try:
        for some in batches(ids):
            for statement in _statements(scope, some, held.found):
                _run(db, statement)
        _delete(db, OutboxMail.id, mails)
        _delete(db, PendingRequest.id, held.requests)
        _delete(db, SupportCase.id, [one.id for one in held.cases])
        _delete(db, User.id, ids)
        if account is not None:
            _delete(db, Account.id, [account.id])
        references.check_now(db)
    except IntegrityError as error:
        raise _KeptByApp(references.keeper(error) or "?") from error
    gone: list[BaseTable] = [*users, *held.cases, *([account] if account else [])]
    for one in gone:
        db.expunge(one)


def _mails_of(db: Session, found: Traces, ids: Sequence[int]) -> Sequence[int]:
    """Return the ids of the mails to the users, but for those that another account sends to a contact of its own."""
    places = select(Membership.account_id).where(Membership.user_id.in_(ids))
    is_anothers = and_(
        OutboxMail.category.is_not(None), OutboxMail.account_id.is_not(None), OutboxMail.account_id.not_in(places)
    )
    to_address = func.lower(OutboxMail.recipient).in_(found.addresses) & OutboxMail.user_id.is_(None)
    links = select(Token.id).where(or_(Token.user_id.in_(ids), Token.address.in_(found.addresses)))
    mine = or_(OutboxMail.user_id.in_(ids), OutboxMail.token_id.in_(links), to_address & ~is_anothers)
    return db.scalars(select(OutboxMail.id).where(mine)).all()


def _statements(scope: Scope, ids: Sequence[int], found: Traces) -> Iterator[Delete | Update]:
    """Yield what deletes all rows of the users but theirs in ``acct_user``, and lets go of them in rows that stay."""
    ended = {"state": "revoked", "settled_at": scope.now}
    yield delete(Invitation).where(Invitation.email_key.in_(found.addresses))
    yield update(Invitation).where(Invitation.invited_by_id.in_(ids), Invitation.state == STILL_PENDING).values(ended)
    links = Token.user_id.in_(ids) | Token.address.in_(found.addresses)
    yield update(Invitation).where(Invitation.token_id.in_(select(Token.id).where(links))).values(token_id=None)
    yield delete(Token).where(links)
    for refers in (Invitation.invited_by_id, Invitation.user_id, Contact.added_by_id, FormerUsername.user_id):
        yield update(refers.class_).where(refers.in_(ids)).values({refers.key: None})
    for table in (UserSession, AddressChange, Membership):
        yield delete(table).where(table.user_id.in_(ids))
    yield delete(Transfer).where(Transfer.from_id.in_(ids) | Transfer.to_id.in_(ids))
    yield delete(Unsubscription).where(Unsubscription.email_key.in_(found.addresses), ~_has_its_address())


def _has_its_address() -> ColumnElement[bool]:
    """Return the condition that the account of an unsubscription goes on writing to its address."""
    of_contact = exists().where(
        Contact.account_id == Unsubscription.account_id, Contact.email_key == Unsubscription.email_key
    )
    of_billing = exists().where(
        Account.id == Unsubscription.account_id, func.lower(Account.billing_email) == Unsubscription.email_key
    )
    return or_(of_contact, of_billing)


def _delete(db: Session, column: InstrumentedAttribute[Any], values: Sequence[Any]) -> None:
    for some in batches(values):
        _run(db, delete(column.class_).where(column.in_(some)))


def _run(db: Session, statement: Delete | Update) -> None:
    db.execute(statement.execution_options(synchronize_session=False))
