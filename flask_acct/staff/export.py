"""All that is stored about a user or an account, as JSON, for whoever asks what a company has about them.

A column is exported or left out with a reason (``LEFT_OUT``). Left out are secrets, the numbers by which rows refer to
each other, and what is somebody else's: contacts that a user added for an account, the names and reasons of staff. What
is found by an address is told only if the user has proven that it is theirs, and nobody shares it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from ..db.models import (
    Account,
    AddressChange,
    Addressed,
    AuditEntry,
    BaseTable,
    Contact,
    Domain,
    FormerUsername,
    Invitation,
    Membership,
    OutboxMail,
    PendingRequest,
    SupportCase,
    Transfer,
    Unsubscription,
    User,
    UserSession,
)
from ..scope import Scope
from . import accounts, acts, traces, users
from .acts import ActDone, Actor, Outcome

Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of one table under one name, and the columns that are told of each."""

    name: str
    table: type[BaseTable]
    columns: Columns
    names_account: bool = False
    """Whether the customer number of each row's account is told."""


@dataclass(frozen=True, slots=True)
class Exported(ActDone):
    """It is recorded; ``content`` is the text of the file."""

    content: str = ""


ADDRESSED: Columns = tuple(name for name in Addressed.__annotations__)
LIFE: Columns = ("created_at", "expires_at", "settled_at")

USER = Section(
    "user",
    User,
    (
        "id", "username", "email", "email_verified_at", "first_name", "last_name", "locale", "time_zone", "fields",
        "password_changed_at", "created_at", "last_signed_in_at", "disabled_at",
    ),
)  # fmt: skip
PLACES = Section(
    "memberships", Membership, ("is_owner", "permissions", "categories_off", "created_at"), names_account=True
)
SESSIONS = Section(
    "sessions", UserSession, ("purpose", "reason", "created_at", "last_used_at", "authenticated_at", "user_agent")
)
MAILS = Section(
    "mails", OutboxMail, ("mail", "recipient", "category", "state", "created_at", "sent_at"), names_account=True
)
CHANGES = Section("address_changes", AddressChange, ("email", "state", "created_at", "due_at", "ended_at"))
SENT = Section("invitations_sent", Invitation, ("state", "sent_at", *LIFE), names_account=True)
RECEIVED = Section(
    "invitations_received", Invitation, ("email", "locale", "permissions", "state", "sent_at", *LIFE),
    names_account=True,
)  # fmt: skip
OFFERS_MADE = Section("ownership_offers_made", Transfer, ("state", "keeps", *LIFE), names_account=True)
OFFERS = Section("ownership_offers_received", Transfer, ("state", *LIFE), names_account=True)
ADDED = Section("contacts_added", Contact, ("created_at",), names_account=True)
OWN_CONTACTS = Section(
    "contacts_with_own_address", Contact, (*Contact.DETAILS, "fields", "created_at", "changed_at"), names_account=True
)
FORMER_NAMES = Section("former_user_names", FormerUsername, ("key", "free_at"))
UNSUBSCRIBED = Section("unsubscriptions", Unsubscription, ("email_key", "category", "created_at"), names_account=True)
CASES = Section(
    "requests_for_access", SupportCase,
    ("reference", "name", "email", "text", "locale", "state", "created_at", "changed_at"),
)  # fmt: skip
REQUESTS = Section("requests", PendingRequest, ("reference", "kind", "created_at", "answered_at"))
STAFF_ACTS = Section("staff_actions", AuditEntry, ("at", "act"))

ACCOUNT = Section(
    "account",
    Account,
    (
        "number", "name", "billing_email", "plan", "plan_expires_on", "state", "created_at", "fields", *ADDRESSED,
    ),
)  # fmt: skip
DOMAINS = Section("domains", Domain, ("name",))
CONTACTS = Section("contacts", Contact, (*Contact.DETAILS, "fields", "created_at", "changed_at"))
MEMBERS = Section("users", Membership, ("is_owner", "permissions", "created_at"))
INVITATIONS = Section("invitations", Invitation, ("email", "permissions", "state", "sent_at", *LIFE))

SECTIONS = (
    USER, PLACES, SESSIONS, MAILS, CHANGES, SENT, RECEIVED, OFFERS_MADE, OFFERS, ADDED, OWN_CONTACTS, FORMER_NAMES,
    UNSUBSCRIBED, CASES, REQUESTS, STAFF_ACTS, ACCOUNT, DOMAINS, CONTACTS, MEMBERS, INVITATIONS,
)  # fmt: skip

SECRET = "a secret, or what one is checked by"  # noqa: S105
INTERNAL = "a number by which rows refer to each other"
SAME = "the same as another column, written for searching"
MACHINERY = "how it is delivered; says nothing of anybody"
ANOTHERS = "somebody else's: who of the staff did it, and what they noted for each other"
NOBODYS = "names nobody"

LEFT_OUT: Mapping[str, str] = {
    "acct_user.username_key": SAME,
    "acct_user.email_key": SAME,
    "acct_user.sign_in_email": SAME,
    "acct_user.password_hash": SECRET,
    "acct_user.expiry_warned_days": MACHINERY,
    "acct_account.id": INTERNAL,
    "acct_account.sort_key": SAME,
    "acct_membership.id": INTERNAL,
    "acct_membership.user_id": INTERNAL,
    "acct_membership.account_id": INTERNAL,
    "acct_domain.id": INTERNAL,
    "acct_domain.account_id": INTERNAL,
    "acct_domain.key": SAME,
    "acct_session.id": INTERNAL,
    "acct_session.digest": SECRET,
    "acct_session.user_id": INTERNAL,
    "acct_session.account_id": INTERNAL,
    "acct_session.opened_with": SECRET,
    "acct_token": SECRET,
    "acct_request.id": INTERNAL,
    "acct_request.named": "what anybody typed, who may have been somebody else",
    "acct_request.locale": MACHINERY,
    "acct_request.platform": MACHINERY,
    "acct_request.answer": MACHINERY,
    "acct_request.attempts": MACHINERY,
    "acct_request.leased_until": MACHINERY,
    "acct_outbox.id": INTERNAL,
    "acct_outbox.message_id": MACHINERY,
    "acct_outbox.recipient_name": SAME,
    "acct_outbox.locale": MACHINERY,
    "acct_outbox.time_zone": MACHINERY,
    "acct_outbox.platform": MACHINERY,
    "acct_outbox.customer_number": SAME,
    "acct_outbox.slots": "what a mail says, which may be about others, too; its reader has the mail",
    "acct_outbox.token_id": SECRET,
    "acct_outbox.user_id": INTERNAL,
    "acct_outbox.account_id": INTERNAL,
    "acct_outbox.is_urgent": MACHINERY,
    "acct_outbox.unsubscribe": INTERNAL,
    "acct_outbox.attempts": MACHINERY,
    "acct_outbox.next_attempt_at": MACHINERY,
    "acct_outbox.leased_until": MACHINERY,
    "acct_outbox.leased_by": MACHINERY,
    "acct_outbox.expires_at": MACHINERY,
    "acct_outbox.failure": MACHINERY,
    "acct_tally": "keyed digests, deleted after 30 days at most",
    "acct_contact.id": INTERNAL,
    "acct_contact.account_id": INTERNAL,
    "acct_contact.email_key": SAME,
    "acct_contact.sort_key": SAME,
    "acct_contact.added_by_id": INTERNAL,
    "acct_unsubscription.id": INTERNAL,
    "acct_unsubscription.account_id": INTERNAL,
    "acct_former_username.user_id": INTERNAL,
    "acct_invitation.id": INTERNAL,
    "acct_invitation.account_id": INTERNAL,
    "acct_invitation.email_key": SAME,
    "acct_invitation.token_id": SECRET,
    "acct_invitation.invited_by_id": INTERNAL,
    "acct_invitation.user_id": INTERNAL,
    "acct_transfer.id": INTERNAL,
    "acct_transfer.account_id": INTERNAL,
    "acct_transfer.from_id": INTERNAL,
    "acct_transfer.to_id": INTERNAL,
    "acct_help_vote": NOBODYS,
    "acct_help_vote_count": NOBODYS,
    "acct_help_feedback": NOBODYS,
    "acct_help_search": NOBODYS,
    "acct_password_work": NOBODYS,
    "acct_staff": ANOTHERS,
    "acct_staff_session": ANOTHERS,
    "acct_audit.id": INTERNAL,
    "acct_audit.by": ANOTHERS,
    "acct_audit.on_kind": INTERNAL,
    "acct_audit.on_id": INTERNAL,
    "acct_audit.on_name": SAME,
    "acct_audit.reason": ANOTHERS,
    "acct_audit.about": ANOTHERS,
    "acct_case.id": INTERNAL,
    "acct_case.platform": MACHINERY,
    "acct_case.taken_by": ANOTHERS,
    "acct_case.user_id": INTERNAL,
    "acct_address_change.id": INTERNAL,
    "acct_address_change.user_id": INTERNAL,
    "acct_address_change.by": ANOTHERS,
    "acct_address_change.reason": ANOTHERS,
}
"""Tables and columns that are not exported, and why."""


def export_user(scope: Scope, user: User, *, by: Actor, reason: str) -> Outcome:
    """What is stored about the user is told, and that it was is recorded."""
    if refused := acts.refusal(by, "user.export", reason):
        return refused
    content = _written(_of_user(scope, user))
    done = acts.record(scope, by, "user.export", users.target(user), reason)
    return Exported(done.about, content)


def export_account(scope: Scope, account: Account, *, by: Actor, reason: str) -> Outcome:
    """What is stored about the account is told, and that it was is recorded."""
    if refused := acts.refusal(by, "account.export", reason):
        return refused
    content = _written(_of_account(scope, account))
    done = acts.record(scope, by, "account.export", accounts.target(account), reason)
    return Exported(done.about, content)


def _of_user(scope: Scope, user: User) -> dict[str, Any]:
    found = traces.of(scope.db, [user])
    proven = found.addresses if user.email_verified_at else ()
    places = select(Membership.account_id).where(Membership.user_id == user.id)
    wanted: list[tuple[Section, ColumnElement[bool]]] = [
        (PLACES, Membership.user_id == user.id),
        (SESSIONS, UserSession.user_id == user.id),
        (MAILS, or_(OutboxMail.user_id == user.id, _unowned(OutboxMail.user_id, OutboxMail.recipient, proven))),
        (CHANGES, AddressChange.user_id == user.id),
        (SENT, Invitation.invited_by_id == user.id),
        (RECEIVED, or_(Invitation.user_id == user.id, _unowned(Invitation.user_id, Invitation.email_key, proven))),
        (OFFERS_MADE, Transfer.from_id == user.id),
        (OFFERS, Transfer.to_id == user.id),
        (ADDED, Contact.added_by_id == user.id),
        (OWN_CONTACTS, Contact.email_key.in_(proven) & Contact.account_id.in_(places)),
        (FORMER_NAMES, FormerUsername.user_id == user.id),
        (UNSUBSCRIBED, Unsubscription.email_key.in_(proven)),
        (CASES, or_(SupportCase.user_id == user.id, _unowned(SupportCase.user_id, SupportCase.email, proven))),
        (REQUESTS, PendingRequest.id.in_(traces.requests(scope.db, found) if proven else [])),
        (STAFF_ACTS, acts.is_about("user", user.id, user.created_at)),
    ]
    mine = User.id == user.id
    return _headed(scope, USER, mine) | {one.name: _rows(scope, one, rule) for one, rule in wanted}


def _of_account(scope: Scope, account: Account) -> dict[str, Any]:
    wanted: list[tuple[Section, ColumnElement[bool]]] = [
        (DOMAINS, Domain.account_id == account.id),
        (CONTACTS, Contact.account_id == account.id),
        (UNSUBSCRIBED, Unsubscription.account_id == account.id),
        (INVITATIONS, Invitation.account_id == account.id),
        (OFFERS_MADE, Transfer.account_id == account.id),
        (MAILS, (OutboxMail.account_id == account.id) & _is_the_owners(account)),
        (STAFF_ACTS, acts.is_about("account", account.id, account.created_at)),
    ]
    told = _headed(scope, ACCOUNT, Account.id == account.id)
    told[MEMBERS.name] = _members(scope, account)
    return told | {one.name: _rows(scope, one, rule) for one, rule in wanted}


def _unowned(
    user_id: InstrumentedAttribute[int | None], address: InstrumentedAttribute[str], proven: Collection[str]
) -> ColumnElement[bool]:
    """Return the condition of rows that are nobody's and have one of the addresses."""
    return and_(user_id.is_(None), func.lower(address).in_(proven))


def _is_the_owners(account: Account) -> ColumnElement[bool]:
    """Return the condition of mails that the owner may know of; what was for another user alone stays theirs."""
    owner = select(Membership.user_id).where(Membership.account_id == account.id, Membership.is_owner)
    is_for_all = and_(OutboxMail.category.is_not(None), OutboxMail.token_id.is_(None), OutboxMail.expires_at.is_(None))
    return or_(is_for_all, OutboxMail.user_id.is_(None), OutboxMail.user_id.in_(owner))


def _headed(scope: Scope, one: Section, mine: ColumnElement[bool]) -> dict[str, Any]:
    return {"exported_at": scope.now, "site": scope.config.site.name, one.name: _rows(scope, one, mine)[0]}


def _rows(scope: Scope, one: Section, rule: ColumnElement[bool]) -> Sequence[dict[str, Any]]:
    table = one.table.__table__.c
    found = select(*(table[name] for name in one.columns)).where(rule)
    names = one.columns
    if one.names_account:
        found = found.add_columns(Account.number.label("account")).outerjoin(Account, Account.id == table.account_id)
        names = (*names, "account")
    ordered = found.order_by(*cast(Table, one.table.__table__).primary_key.columns)
    return [dict(zip(names, row, strict=True)) for row in scope.db.execute(ordered)]


def _members(scope: Scope, account: Account) -> Sequence[dict[str, Any]]:
    """Return who is in the account, by the names that its owner sees."""
    table = Membership.__table__.c
    columns = (User.first_name, User.last_name, User.email, *(table[name] for name in MEMBERS.columns))
    found = select(*columns).join(User).where(Membership.account_id == account.id).order_by(Membership.id)
    names = ("first_name", "last_name", "email", *MEMBERS.columns)
    return [dict(zip(names, row, strict=True)) for row in scope.db.execute(found)]


def _written(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2, default=_in_iso) + "\n"


def _in_iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not told")
