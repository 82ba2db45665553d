"""Contacts kept, found, taken in from a file; and who stops getting mails."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlalchemy.orm import Session

from ... import phones, postcodes
from ...config import Config
from ...database import begin_writing
from ...identifiers import email_address, email_key
from ...models import LARGEST_ID, Account, Contact, Membership
from .sheets import Row

MOST_CHOICES = 50
"""Contacts offered in the list to choose from."""

SORT_KEY_LENGTH = 300

TEXTS = (
    "first_name", "last_name", "company", "tax_id", "address1", "address2", "city", "region",
)  # fmt: skip
"""What is kept as it was typed."""

Details = Mapping[str, str]
"""What a form or a file says of a contact, by field; checked already. What it does not name stays as it is."""


@dataclass(frozen=True, slots=True)
class Saved:
    contact: Contact


@dataclass(frozen=True, slots=True)
class Taken:
    """Another contact of the account has the address."""

    name: str


@dataclass(frozen=True, slots=True)
class Silent:
    """The contact would get no messages, and nobody has said that it is meant so."""


@dataclass(frozen=True, slots=True)
class Full:
    """The account may hold so many contacts, and ``wanted`` would be more."""

    most: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Gone:
    """The contact was deleted in the meantime."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A file is imported."""

    added: Sequence[Contact]
    changed: Sequence[Contact]
    same: int


@dataclass(frozen=True, slots=True)
class Browsed:
    """One page of the contacts, and those to choose from."""

    contacts: Sequence[Contact]
    choices: Sequence[Contact]
    total: int
    page: int
    pages: int


def browse(account: Account, *, asked: str, page: int, per_page: int, db: Session) -> Browsed:
    """The contacts whose name or address holds what is asked for, by name.

    One query where all of them can be chosen from, two where there are more, however many.
    """
    found = [Contact.account_id == account.id, *_like(asked)]
    ordered = select(Contact).where(*found).order_by(Contact.sort_key, Contact.id)
    first = db.scalars(ordered.limit(MOST_CHOICES + 1)).all()
    if len(first) <= MOST_CHOICES:
        page, pages = _page(page, len(first), per_page)
        return Browsed(first[(page - 1) * per_page : page * per_page], first, len(first), page, pages)
    total = select(func.count()).select_from(Contact).where(*found).scalar_subquery()
    rows = db.execute(ordered.add_columns(total).offset((page - 1) * per_page).limit(per_page)).all()
    if not rows:
        last = _page(page, _count(found, db=db), per_page)[0]
        return browse(account, asked=asked, page=last, per_page=per_page, db=db)
    number = rows[0][1]
    return Browsed([row[0] for row in rows], first[:MOST_CHOICES], number, *_page(page, number, per_page))


def find(id_: int, *, account: Account, db: Session) -> Contact | None:
    """A contact of this account; ``None`` for another account's as for none."""
    if id_ > LARGEST_ID:
        return None
    return db.scalar(select(Contact).where(Contact.id == id_, Contact.account_id == account.id))


def everyone(account: Account, *, db: Session) -> Sequence[Contact]:
    """All contacts of the account, by name."""
    ordered = select(Contact).where(Contact.account_id == account.id).order_by(Contact.sort_key, Contact.id)
    return db.scalars(ordered).all()


def add(
    details: Details, *, account: Account, db: Session, config: Config, now: datetime, may_be_silent: bool = True
) -> Saved | Taken | Full | Silent:
    """The account has another contact.

    Args:
        may_be_silent: Whether it is meant so where the contact gets no messages.
    """
    _lock(account, db=db)
    if full := _full(account, 1, db=db, config=config):
        return full
    if taken := _taken(details["email"], account, None, db=db):
        return taken
    if not may_be_silent and not details["categories"]:
        return Silent()
    contact = _blank(account, now)
    _fill(contact, details, now)
    db.add(contact)
    db.flush()
    return Saved(contact)


def change(
    id_: int, details: Details, *, account: Account, db: Session, now: datetime, may_be_silent: bool = True
) -> Saved | Taken | Gone | Silent:
    """The contact is as the form says.

    Args:
        may_be_silent: Whether it is meant so where the contact gets no messages any more.
    """
    _lock(account, db=db)
    contact = find(id_, account=account, db=db)
    if contact is None:
        return Gone()
    if taken := _taken(details["email"], account, contact, db=db):
        return taken
    if not may_be_silent and contact.categories and not details["categories"]:
        return Silent()
    _fill(contact, details, now)
    return Saved(contact)


def remove(id_: int, *, account: Account, db: Session) -> Saved | Gone:
    """The contact is deleted; ``Saved`` holds it as it was."""
    _lock(account, db=db)
    contact = find(id_, account=account, db=db)
    if contact is None:
        return Gone()
    db.delete(contact)
    db.flush()
    return Saved(contact)


def take_in(
    rows: Sequence[Row],
    *,
    account: Account,
    db: Session,
    config: Config,
    now: datetime,
    categories: Sequence[str] = (),
) -> TakenIn | Full:
    """Every row is a contact: the one that has its address is changed, or there is a new one.

    Args:
        categories: What new contacts get whose row names none.
    """
    _lock(account, db=db)
    known = {contact.email_key: contact for contact in everyone(account, db=db)}
    fresh = [row for row in rows if row.key not in known]
    if fresh and (full := _full(account, len(fresh), db=db, config=config)):
        return full
    old = [(known[row.key], row.values) for row in rows if row.key in known]
    changed = [contact for contact, details in old if _fill(contact, details, now)]
    db.flush()
    return TakenIn(_added(fresh, account, categories, db=db, now=now), changed, len(old) - len(changed))


def choose_own(membership: Membership, wanted: Iterable[str], *, db: Session, config: Config) -> None:
    """The owner gets the mails of these categories and of no others."""
    begin_writing(db)
    chosen = set(wanted)
    membership.categories_off = [name for name in config.contacts.offered if name not in chosen]


def folded(name: str) -> str:
    """What a name is sorted and searched by: small letters without accents."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _added(
    rows: Sequence[Row], account: Account, categories: Sequence[str], *, db: Session, now: datetime
) -> Sequence[Contact]:
    """A new contact for each row, in a few statements: one by one they would take as long as all the rest."""
    if not rows:
        return []
    contacts = [_blank(account, now) for _ in rows]
    for contact, row in zip(contacts, rows, strict=True):
        named = row.values.get("categories") or " ".join(categories)
        _fill(contact, {**row.values, "categories": named}, now)
    columns = [column.key for column in Contact.__table__.columns if not column.primary_key]
    values = [{name: getattr(contact, name) for name in columns} for contact in contacts]
    return db.scalars(insert(Contact).returning(Contact), values).all()


def _blank(account: Account, now: datetime) -> Contact:
    empty = dict.fromkeys((*TEXTS, "phone", "postcode", "country"), "")
    return Contact(account_id=account.id, created_at=now, changed_at=now, categories=[], **empty)


def _fill(contact: Contact, details: Details, now: datetime) -> bool:
    """The contact is as the details say. Returns whether that changed anything."""
    values: dict[str, object] = {name: details[name] for name in TEXTS if name in details}
    values |= _reach(details, contact)
    if "locale" in details:
        values["locale"] = details["locale"] or None
    if "categories" in details:
        values["categories"] = details["categories"].split()
    changes = {name: value for name, value in values.items() if getattr(contact, name) != value}
    for name, value in changes.items():
        setattr(contact, name, value)
    if changes:
        contact.sort_key = folded(contact.name)[:SORT_KEY_LENGTH]
        contact.changed_at = now
    return bool(changes)


def _reach(details: Details, contact: Contact) -> dict[str, object]:
    """Address, phone and postcode as they are stored."""
    values: dict[str, object] = {}
    if details["email"] != contact.email:
        address = email_address(details["email"]) or ""
        values = {"email": address, "email_key": address.lower()}
    country = details.get("country", contact.country)
    if "country" in details:
        values["country"] = country
    if "phone" in details:
        values["phone"] = phones.number(details["phone"], country) or ""
    if "postcode" in details:
        values["postcode"] = postcodes.postcode(details["postcode"], country) or ""
    return values


def _lock(account: Account, *, db: Session) -> None:
    """Nobody else adds or changes contacts of this account until the transaction ends."""
    begin_writing(db)
    db.execute(select(Account.id).where(Account.id == account.id).with_for_update(key_share=True))


def _full(account: Account, more: int, *, db: Session, config: Config) -> Full | None:
    most = config.contacts.max
    if not most:
        return None
    wanted = more + (db.scalar(select(func.count()).where(Contact.account_id == account.id)) or 0)
    return Full(most, wanted) if wanted > most else None


def _taken(email: str, account: Account, contact: Contact | None, *, db: Session) -> Taken | None:
    other = select(Contact).where(Contact.account_id == account.id, Contact.email_key == email_key(email))
    found = db.scalar(other if contact is None else other.where(Contact.id != contact.id))
    return Taken(found.name) if found else None


def _like(asked: str) -> list[ColumnElement[bool]]:
    if not asked:
        return []
    name = Contact.sort_key.contains(folded(asked), autoescape=True)
    return [or_(name, Contact.email_key.contains(asked.lower(), autoescape=True))]


def _page(page: int, total: int, per_page: int) -> tuple[int, int]:
    """The page asked for, or the last one there is; and how many there are."""
    pages = max(1, -(-total // per_page))
    return min(page, pages), pages


def _count(found: Sequence[ColumnElement[bool]], *, db: Session) -> int:
    return db.scalar(select(func.count()).select_from(Contact).where(*found)) or 0
