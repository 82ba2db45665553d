"""Contacts kept, found, taken in from a file; and who stops getting mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, insert, or_, select, update
from sqlalchemy import Row as Record
from sqlalchemy.orm import Session

from ...accounts import recipients
from ...accounts.recipients import UnsubscribedSince
from ...config import Config
from ...db import row_locks
from ...db.batches import batches
from ...db.ids import LARGEST_ID, typed_id
from ...db.models import Account, Contact, Membership, User
from ...db.paging import ListPage
from ...declare import own_fields
from ...scope import Scope
from ...security import limits
from ...security.limits import TooMany
from ...values import phones, postcodes
from ...values.identifiers import email_address, email_key, folded, folded_address
from . import telling
from .csv_files import ContactRow
from .telling import Was

HOUR = timedelta(hours=1)

SORTS: Mapping[str, Any] = {"name": Contact.sort_key, "email": Contact.email_key}
"""What the list can be sorted by."""

LOOKS_PER_FILE = 10
"""How often a file may be looked at before it is imported."""

SORT_KEY_LENGTH = 300

READ = frozenset({"email", "phone", "postcode", "country", "locale", "categories"})
"""What is stored in a form of its own, or depends on another field."""

TEXTS = tuple(name for name in Contact.DETAILS if name not in READ)
"""What is stored as it was typed."""

Details = Mapping[str, Any]
"""What a form says of a contact, by field; checked already. What it does not name stays as it is."""


@dataclass(frozen=True, slots=True)
class StillUnsubscribed:
    """An address that was to get mails which it has unsubscribed from, and does not get."""

    email: str
    category: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ContactSaved:
    contact: Contact
    declined: Sequence[StillUnsubscribed] = ()


@dataclass(frozen=True, slots=True)
class ContactAddressInUse:
    """Another contact of the account has the address."""

    name: str


@dataclass(frozen=True, slots=True)
class Silent:
    """The contact got messages, and would get none any more."""


@dataclass(frozen=True, slots=True)
class ContactsFull:
    """The account may hold so many contacts, and ``wanted`` would be more."""

    most: int
    wanted: int


@dataclass(frozen=True, slots=True)
class ContactGone:
    """The contact was deleted in the meantime."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A file is imported."""

    added: Sequence[Contact]
    changed: Sequence[Contact]
    same: int
    declined: Sequence[StillUnsubscribed] = ()


@dataclass(frozen=True, slots=True)
class ContactsFound:
    """One page of the contacts, and how it is sorted."""

    contacts: Sequence[Contact]
    page: int
    pages: int
    sort: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an import would do: how many contacts it would add, change and leave as they are."""

    added: int
    changed: int
    same: int
    first: Sequence[tuple[Mapping[str, Any], bool]]
    """The first ones it would add or change, as they would be stored, and whether each is new."""
    are_silent: bool
    """Whether some new ones would get no messages, because their rows say nothing of any."""


@dataclass(frozen=True, slots=True)
class ChangedSeveral:
    """Several contacts get other mails."""

    changed: Sequence[Contact]
    same: int
    declined: Sequence[StillUnsubscribed] = ()


@dataclass(frozen=True, slots=True)
class NoneLeft:
    """These contacts would get no mails any more, so nothing was changed."""

    names: Sequence[str]


def browse(db: Session, account: Account, *, query: str, page: int, sort: str = "name") -> ContactsFound:
    """The contacts whose name or address holds what is asked for, in one query.

    Args:
        sort: One of ``SORTS``, with ``-`` before it for the reverse order; anything else is by name.
    """
    found = [Contact.account_id == account.id, *_like(query)]
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        sort, column = "name", SORTS["name"]
    order = column.desc() if sort.startswith("-") else column
    total = select(func.count()).select_from(Contact).where(*found).scalar_subquery()
    # How many there are comes with the rows, so a page beyond the last one is asked for once more.
    rows = db.execute(ListPage(page, page).of(select(Contact, total).where(*found).order_by(order, Contact.id))).all()
    if not rows and page > 1:
        return browse(db, account, query=query, page=ListPage.at(page, _count(db, found)).page, sort=sort)
    return ContactsFound([row[0] for row in rows], *ListPage.at(page, rows[0][1] if rows else 0), sort)


def several(db: Session, ids: Iterable[str], *, account: Account) -> Sequence[Contact]:
    """Those of the account that these ids name, by name; whatever else they say is left out."""
    numbers = {number for one in ids if (number := typed_id(one)) is not None}
    mine = select(Contact).where(Contact.account_id == account.id, Contact.id.in_(numbers))
    return db.scalars(mine.order_by(Contact.sort_key, Contact.id)).all()


def find(db: Session, id_: int, *, account: Account) -> Contact | None:
    """A contact of this account; ``None`` for another account's as for none."""
    if id_ > LARGEST_ID:
        return None
    return db.scalar(select(Contact).where(Contact.id == id_, Contact.account_id == account.id))


def adders(db: Session, contacts: Sequence[Contact]) -> Mapping[int, str]:
    """The names of those who added these contacts, by their ids."""
    ids = {contact.added_by_id for contact in contacts} - {None}
    if not ids:
        return {}
    return {user.id: user.full_name for user in db.scalars(select(User).where(User.id.in_(ids)))}


def everyone(db: Session, account: Account) -> Sequence[Contact]:
    """All contacts of the account, by name."""
    ordered = select(Contact).where(Contact.account_id == account.id).order_by(Contact.sort_key, Contact.id)
    return db.scalars(ordered).all()


def add(
    scope: Scope,
    details: Details,
    *,
    account: Account,
    by: User | None = None,
) -> ContactSaved | ContactAddressInUse | ContactsFull:
    """The account has another contact; its owner is told, unless it was the owner who did it."""
    row_locks.lock_account(scope.db, account.id)
    if full := _full(scope, account, 1):
        return full
    if taken := _taken(scope.db, details["email"], account, None):
        return taken
    contact = Contact(**_blank(account, scope.now), added_by_id=by.id if by else None)
    declined = _fill(scope, contact, details)
    scope.db.add(contact)
    scope.db.flush()
    telling.of_added(scope, contact, account, by=by)
    return ContactSaved(contact, declined)


def change(
    scope: Scope,
    id_: int,
    details: Details,
    *,
    account: Account,
    by: User | None = None,
    may_be_silent: bool = True,
) -> ContactSaved | ContactAddressInUse | ContactGone | Silent:
    """The contact is as the form says, but for mails that its address has unsubscribed from.

    Another address is another reader, as if somebody had added them. The owner is told of that, and of messages they
    did not get before, unless it was the owner who did it.

    Args:
        may_be_silent: Whether a contact that gets messages may be left without any.
    """
    row_locks.lock_account(scope.db, account.id)
    contact = find(scope.db, id_, account=account)
    if contact is None:
        return ContactGone()
    if taken := _taken(scope.db, details["email"], account, contact):
        return taken
    if not may_be_silent and contact.categories and not details["categories"]:
        return Silent()
    was = Was.of(contact)
    declined = _fill(scope, contact, details)
    if contact.email_key != was.email_key:
        contact.added_by_id = by.id if by else None
    telling.of_changed(scope, contact, was, account, by=by)
    return ContactSaved(contact, declined)


def remove(db: Session, id_: int, *, account: Account) -> ContactSaved | ContactGone:
    """The contact is deleted; ``ContactSaved`` holds it as it was."""
    row_locks.lock_account(db, account.id)
    contact = find(db, id_, account=account)
    if contact is None:
        return ContactGone()
    db.delete(contact)
    db.flush()
    return ContactSaved(contact)


def remove_several(db: Session, ids: Iterable[str], *, account: Account) -> Sequence[Contact]:
    """The contacts are deleted. Returns them as they were."""
    row_locks.lock_account(db, account.id)
    gone = several(db, ids, account=account)
    for contact in gone:
        db.delete(contact)
    db.flush()
    return gone


def change_several(
    scope: Scope, ids: Iterable[str], how: str, kinds: Sequence[str], *, account: Account, by: User | None = None
) -> ChangedSeveral | NoneLeft:
    """The contacts get other mails; none of them is left without any that got some.

    The owner is told by one mail of those who get more than before, unless it was the owner.

    Args:
        how: Whether they get these kinds as well (``give``), no longer (``stop``), or no others (``exactly``).
    """
    row_locks.lock_account(scope.db, account.id)
    contacts = several(scope.db, ids, account=account)
    refused = recipients.unsubscribed(scope.db, account.id)
    wanted = {contact.id: _after(how, contact.categories, kinds) for contact in contacts}
    left = {id_: [name for name in scope.config.contacts.offered if name in names] for id_, names in wanted.items()}
    silent = [contact.name for contact in contacts if contact.categories and not left[contact.id]]
    if silent:
        return NoneLeft(silent)
    declined: list[StillUnsubscribed] = []
    changed: list[Contact] = []
    widened: list[Contact] = []
    for contact in contacts:
        no = refused.get(contact.email_key, {})
        declined += [StillUnsubscribed(contact.email, name, no[name]) for name in left[contact.id] if name in no]
        now = [name for name in left[contact.id] if name not in no]
        if set(now) == set(contact.categories):
            continue
        was = Was.of(contact)
        contact.categories, contact.changed_at = now, scope.now
        changed.append(contact)
        widened += [contact] if was.gained(contact) else []
    telling.of_changed_several(scope, widened, account, by=by)
    return ChangedSeveral(changed, len(contacts) - len(changed), tuple(declined))


def _after(how: str, now: Iterable[str], kinds: Iterable[str]) -> set[str]:
    """The categories of a contact once they were changed."""
    match how:
        case "give":
            return {*now, *kinds}
        case "stop":
            return {*now} - {*kinds}
        case _:
            return {*kinds}


def stopped(db: Session, contact: Contact) -> Mapping[str, datetime]:
    """What the address of a contact has unsubscribed from, and when."""
    found = recipients.unsubscribed(db, contact.account_id, address=contact.email_key)
    return found.get(contact.email_key, {})


def resume(scope: Scope, id_: int, category: str, *, account: Account) -> ContactSaved | ContactGone:
    """The contact gets mails of the category again that it had unsubscribed from: somebody says that it wants them."""
    row_locks.lock_account(scope.db, account.id)
    contact = find(scope.db, id_, account=account)
    if contact is None or not recipients.resume(scope, account.id, contact.email_key, category):
        return ContactGone()
    contact.changed_at = scope.now
    return ContactSaved(contact)


def may_import(scope: Scope, account: Account, user: User) -> TooMany | None:
    """Count one more file of the account and of the user, and say when there were too many in the hour."""
    keys = limits.key("contacts_files_of", str(account.id)), limits.key("contacts_files_by", str(user.id))
    counts = [limits.count(scope, key, per=HOUR) for key in keys]
    return TooMany(HOUR) if max(counts) > scope.config.limits.imports_per_hour else None


def may_look(scope: Scope, user: User) -> TooMany | None:
    """Count one more look of the user at a file that is kept, and say when there were too many in the hour."""
    count = limits.count(scope, limits.key("contacts_files_seen_by", str(user.id)), per=HOUR)
    return TooMany(HOUR) if count > LOOKS_PER_FILE * scope.config.limits.imports_per_hour else None


def foresee(scope: Scope, rows: Sequence[ContactRow], *, account: Account, most: int) -> Foreseen:
    """What ``take_in`` would do with the rows, while nothing is written.

    Args:
        most: How many contacts are shown as they would be.
    """
    known = {record.email_key: record for record in _known(scope.db, rows, account)}
    taking = Taking(scope.config, recipients.unsubscribed(scope.db, account.id), ())
    blank = _blank(account, scope.now)
    fresh = [row for row in rows if row.key not in known]
    old = [row for row in rows if row.key in known]
    changed = [row for row in old if taking.changes(row, known[row.key], scope.now)]
    shown = [(row, True) for row in fresh[:most]] + [(row, False) for row in changed[:most]]
    shown.sort(key=lambda one: one[0].line)
    first = [
        (taking.values(row, blank if is_new else dict(known[row.key]._mapping)), is_new) for row, is_new in shown[:most]
    ]
    return Foreseen(
        added=len(fresh),
        changed=len(changed),
        same=len(old) - len(changed),
        first=first,
        are_silent=any(not row.says_categories for row in fresh) and bool(scope.config.contacts.offered),
    )


def take_in(
    scope: Scope,
    rows: Sequence[ContactRow],
    *,
    account: Account,
    by: User | None = None,
    categories: Sequence[str] = (),
) -> TakenIn | ContactsFull:
    """Every row is a contact: the one that has its address is changed, or there is a new one.

    The owner is told by one mail of all new ones, and of messages others did not get before, unless it was the owner.

    Args:
        by: Who added the new ones.
        categories: What new contacts get whose row names none.
    """
    row_locks.lock_account(scope.db, account.id)
    known = {record.email_key: record for record in _known(scope.db, rows, account)}
    fresh = [row for row in rows if row.key not in known]
    if fresh and (full := _full(scope, account, len(fresh))):
        return full
    taking = Taking(scope.config, recipients.unsubscribed(scope.db, account.id), categories)
    blank = _blank(account, scope.now) | {"added_by_id": by.id if by else None}
    new = [taking.new_values(row, blank) for row in fresh]
    old = [(known[row.key], taking.changes(row, known[row.key], scope.now)) for row in rows if row.key in known]
    changed = {record.id: changes for record, changes in old if changes}
    _update(scope.db, changed)
    before = {record.id: frozenset(record.categories) for record, _ in old}
    added, after = _insert(scope.db, new), _all(scope.db, changed)
    widened = [contact for contact in after if not before[contact.id].issuperset(contact.categories)]
    telling.of_import(scope, added, widened, account, by=by)
    return TakenIn(added, after, len(old) - len(changed), tuple(taking.declined))


@dataclass(slots=True)
class Taking:
    """Rows of a file on their way to what is stored, without what their addresses have unsubscribed from."""

    config: Config
    stopped: UnsubscribedSince
    otherwise: Sequence[str]
    """The categories of a new contact whose row names none."""
    declined: list[StillUnsubscribed] = field(default_factory=list)

    def new_values(self, row: ContactRow, blank: Mapping[str, Any]) -> dict[str, Any]:
        """All columns of a new contact."""
        values = self.values(row, blank)
        if not row.says_categories:
            values["categories"] = self._categories(row, self.otherwise)
        return values

    def values(self, row: ContactRow, old: Mapping[str, Any]) -> dict[str, Any]:
        """All columns of the contact, as the row says, and where it says nothing as they were."""
        values = {**old, **row.values, "email_key": row.key}
        values["fields"] = own_fields.with_changes(old["fields"], row.values.get("fields", {}))
        values["locale"] = values["locale"] or None
        if row.says_categories:
            values["categories"] = self._categories(row, values["categories"])
        name = f"{values['first_name']} {values['last_name']}".strip()
        values["sort_key"] = folded(name or values["company"] or values["email"])[:SORT_KEY_LENGTH]
        return values

    def changes(self, row: ContactRow, record: Record[Any], now: datetime) -> dict[str, Any]:
        """What the row changes of the contact that is there."""
        old = dict(record._mapping)
        # The same address in other capitals is no change.
        values = self.values(row, old) | {"email": old["email"]}
        changes = {name: value for name, value in values.items() if old[name] != value}
        return changes | {"changed_at": now} if changes.keys() - {"sort_key"} else {}

    def _categories(self, row: ContactRow, named: Sequence[str]) -> list[str]:
        chosen = {name for name in named if row.ticks.get(name, True)} | {name for name, on in row.ticks.items() if on}
        refused = self.stopped.get(row.key, {})
        self.declined += [
            StillUnsubscribed(row.values["email"], name, refused[name]) for name in refused if name in chosen
        ]
        return [name for name in self.config.contacts.offered if name in chosen and name not in refused]


def choose_own(scope: Scope, membership: Membership, wanted: Iterable[str]) -> None:
    """The owner gets the mails of these categories and of no others, whatever they unsubscribed from before."""
    row_locks.lock_account(scope.db, membership.account_id)
    chosen = set(wanted)
    membership.categories_off = [name for name in scope.config.contacts.offered if name not in chosen]
    recipients.forget_unsubscribed(scope.db, membership.account_id, membership.user.email_key, sorted(chosen))


def own(scope: Scope, membership: Membership) -> Sequence[str]:
    """The categories whose mails the owner gets."""
    address = membership.user.email_key
    refused = recipients.unsubscribed(scope.db, membership.account_id, address=address).get(address, {})
    return [name for name in scope.config.contacts.offered if name not in {*membership.categories_off, *refused}]


def _known(db: Session, rows: Sequence[ContactRow], account: Account) -> Iterator[Record[Any]]:
    """All columns of the contacts that rows are about."""
    for piece in batches(row.key for row in rows):
        yield from db.execute(
            select(*Contact.__table__.columns).where(Contact.account_id == account.id, Contact.email_key.in_(piece))
        )


def _insert(db: Session, values: Sequence[Mapping[str, Any]]) -> Sequence[Contact]:
    """New contacts, in a few statements: one by one they would take as long as all the rest."""
    return db.scalars(insert(Contact).returning(Contact), values).all() if values else []


def _update(db: Session, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """The contacts, by their ids, have these values: one statement for all that change in the same columns."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for id_, values in changes.items():
        alike.setdefault(tuple(sorted(values)), []).append({**values, "contact_id": id_})
    for columns, rows in alike.items():
        statement = update(Contact.__table__).where(Contact.__table__.c.id == bindparam("contact_id"))  # type: ignore[arg-type]
        db.connection().execute(statement.values({name: bindparam(name) for name in columns}), rows)


def _all(db: Session, ids: Iterable[int]) -> Sequence[Contact]:
    """The contacts with these ids, as they are now."""
    found: list[Contact] = []
    for piece in batches(ids):
        some = select(Contact).where(Contact.id.in_(piece)).order_by(Contact.id)
        found += db.scalars(some.execution_options(populate_existing=True))
    return found


def _blank(account: Account, now: datetime) -> dict[str, Any]:
    """The columns of a contact of whom nothing is known."""
    empty: dict[str, Any] = dict.fromkeys(
        (*TEXTS, "phone", "postcode", "country", "email", "email_key", "sort_key"), ""
    )
    return empty | {
        "account_id": account.id,
        "locale": None,
        "categories": [],
        "fields": {},
        "created_at": now,
        "changed_at": now,
    }


def _fill(scope: Scope, contact: Contact, details: Details) -> Sequence[StillUnsubscribed]:
    """The contact is as the details say, but for mails it has unsubscribed from, which are returned."""
    values: dict[str, Any] = {name: details[name] for name in TEXTS if name in details}
    values |= _reach(details, contact)
    if "locale" in details:
        values["locale"] = details["locale"] or None
    country = str(values.get("country", contact.country))
    values["fields"] = own_fields.merged("contact", contact.fields, details, scope.config, country=country)
    key = values.get("email_key", contact.email_key)
    refused = recipients.unsubscribed(scope.db, contact.account_id, address=key).get(key, {})
    query = details.get("categories", contact.categories)
    values["categories"] = [name for name in query if name not in refused]
    changes = {name: value for name, value in values.items() if getattr(contact, name) != value}
    for name, value in changes.items():
        setattr(contact, name, value)
    if changes:
        contact.sort_key = folded(contact.name)[:SORT_KEY_LENGTH]
        contact.changed_at = scope.now
    return tuple(StillUnsubscribed(contact.email, name, refused[name]) for name in query if name in refused)


def _reach(details: Details, contact: Contact) -> dict[str, object]:
    """Address, phone and postcode as they are stored."""
    values: dict[str, object] = {}
    if details["email"] != contact.email:
        address = email_address(details["email"]) or ""
        values = {"email": address, "email_key": folded_address(address)}
    country = details.get("country", contact.country)
    if "country" in details:
        values["country"] = country
    if "phone" in details:
        values["phone"] = phones.number(details["phone"], country) or ""
    if "postcode" in details:
        values["postcode"] = postcodes.postcode(details["postcode"], country) or ""
    return values


def _full(scope: Scope, account: Account, more: int) -> ContactsFull | None:
    most = scope.config.contacts.max
    if not most:
        return None
    wanted = more + (scope.db.scalar(select(func.count()).where(Contact.account_id == account.id)) or 0)
    return ContactsFull(most, wanted) if wanted > most else None


def _taken(db: Session, email: str, account: Account, contact: Contact | None) -> ContactAddressInUse | None:
    other = select(Contact).where(Contact.account_id == account.id, Contact.email_key == email_key(email))
    found = db.scalar(other if contact is None else other.where(Contact.id != contact.id))
    return ContactAddressInUse(found.name) if found else None


def _like(query: str) -> list[ColumnElement[bool]]:
    if not query:
        return []
    name = Contact.sort_key.contains(folded(query), autoescape=True)
    return [or_(name, Contact.email_key.contains(folded_address(query), autoescape=True))]


def _count(db: Session, found: Sequence[ColumnElement[bool]]) -> int:
    return db.scalar(select(func.count()).select_from(Contact).where(*found)) or 0
