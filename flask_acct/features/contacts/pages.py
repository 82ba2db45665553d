"""Contacts over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, assert_never, cast
from zoneinfo import ZoneInfo

from flask import Response, abort, make_response, request

from ... import signals
from ...accounts import unsubscribing
from ...db.models import Account, Contact, Membership, User
from ...declare import own_fields
from ...security.sessions import CurrentSession
from ...values import phones
from ...values.spreadsheets import NotText, Workbook
from ...web import language
from ...web.page import Page, View
from ...web.rows import PER_PAGE, Row, RowPage
from . import csv_files, flows
from .csv_files import CellFault
from .screens import NO_MESSAGES

NEW = "new"
SILENT = "silent"
"""The field that says that a contact shall get no messages."""

SHOWN_WRONG = 100
"""Kinds of faults shown on one page; the rest is counted."""
ALIKE = 3
"""Faults of one kind that are shown each; of more, their lines are listed once."""
SHOWN_LINES = 10
SHOWN_DECLINED = 3
"""Addresses that a message names; a browser keeps it in its session for a moment."""


def list_contacts(page: Page) -> None:
    """The page of the list that is asked for, and who can be chosen."""
    found = flows.browse(page.db, _account(page), asked=page.asked, page=page.number, per_page=PER_PAGE)
    adders = flows.adders(page.db, found.contacts)
    page.rows["all"] = RowPage([_row(one, adders, page) for one in found.contacts], found.page, found.pages, page.asked)
    page.offered["contact"] = [(str(one.id), _choice(one)) for one in found.choices]
    page.start["contact"] = NEW
    if found.total > len(found.choices):
        page.slots |= {"total": found.total, "shown": len(found.choices)}


def choose(page: Page) -> Response:
    chosen = page.values["contact"]
    return page.go("contacts.add") if chosen == NEW else page.go("contacts.edit", at={"contact": chosen})


def begin(page: Page) -> None:
    """The form, without the question that comes only for a contact who would get nothing."""
    if SILENT not in request.form:
        page.screen = page.screen.without(SILENT)


def find_contact(page: Page) -> None:
    """The contact of the address, and what the form starts with. Another account's is none."""
    contact = flows.find(page.db, page.at["contact"], account=_account(page)) or abort(404)
    page.slots |= {"name": contact.name, "email": contact.email}
    begin(page)
    since = flows.stopped(page.db, contact)
    page.rows["declined"] = RowPage(
        [
            Row(name, (_category(name, page), since[name]), at={"contact": contact.id, "category": name})
            for name in page.config.contacts.offered
            if name in since
        ]
    )
    kept = (field.name for field in page.screen.fields if field.name != SILENT)
    own = own_fields.typed("contact", contact, page.config)
    page.start |= {name: own[name] if name in own else _typed(contact, name) for name in kept}
    page.facts["details"] = own_fields.told("contact", contact, page.config)


def add(page: Page) -> Response:
    how: dict[str, Any] = {"account": _account(page), "by": _user(page)}
    outcome = flows.add(page.scope, page.values, may_be_silent=_may_be_silent(page), **how)
    match outcome:
        case flows.Silent():
            return _ask(page)
        case flows.ContactsFull(most):
            return page.show("full", most=most)
        case flows.ContactAddressInUse(name):
            return page.show("taken", name=name)
        case flows.ContactSaved(contact, declined):
            page.tell(signals.contact_added, contact=contact)
            return _saved("added", contact, declined, page)
        case _:
            assert_never(outcome)


def change(page: Page) -> Response:
    how: dict[str, Any] = {"account": _account(page), "by": _user(page)}
    outcome = flows.change(page.scope, page.at["contact"], page.values, may_be_silent=_may_be_silent(page), **how)
    match outcome:
        case flows.Silent():
            return _ask(page)
        case flows.ContactGone():
            return abort(404)
        case flows.ContactAddressInUse(name):
            return page.show("taken", name=name)
        case flows.ContactSaved(contact, declined):
            page.tell(signals.contact_changed, contact=contact)
            return _saved("saved", contact, declined, page)
        case _:
            assert_never(outcome)


def _may_be_silent(page: Page) -> bool:
    """Whether a contact may be saved that gets no messages: where it was said so, or where there are none to get."""
    return bool(page.values.get(SILENT)) or not page.config.contacts.offered


def _ask(page: Page) -> Response:
    page.screen = page.platform.declared.screens[page.screen.name]
    return page.show("no_messages")


def remove(page: Page) -> Response:
    outcome = flows.remove(page.db, page.at["contact"], account=_account(page))
    match outcome:
        case flows.ContactGone():
            return abort(404)
        case flows.ContactSaved(contact):
            page.tell(signals.contact_removed, contact=contact)
            return page.go("contacts.list", "removed", name=contact.name)
        case _:
            assert_never(outcome)


def find_declined(page: Page) -> None:
    """The contact of the address, and since when it gets none of the category the address names."""
    contact = flows.find(page.db, page.at["contact"], account=_account(page)) or abort(404)
    category = page.at["category"]
    since = flows.stopped(page.db, contact).get(category)
    if since is None or category not in page.config.contacts.offered:
        abort(404)
    page.slots |= {"name": contact.name, "email": contact.email, "since": since, "category": _category(category, page)}


def resume(page: Page) -> Response:
    outcome = flows.resume(page.scope, page.at["contact"], page.at["category"], account=_account(page))
    match outcome:
        case flows.ContactGone():
            return abort(404)
        case flows.ContactSaved(contact):
            page.tell(signals.contact_changed, contact=contact)
            slots = {"name": contact.name, "category": page.slots["category"]}
            return page.go("contacts.edit", "resumed", at={"contact": contact.id}, **slots)
        case _:
            assert_never(outcome)


def explain_import(page: Page) -> None:
    page.rows["problems"] = RowPage([])
    page.slots |= {"columns": ", ".join(csv_files.columns(page.config)), "most": csv_files.MOST_CONTACTS}


def take_in(page: Page) -> Response:
    """The file is imported, or everything that is wrong with it is shown and nothing is."""
    here = cast(CurrentSession, page.here)
    if busy := flows.may_import(page.scope, _account(page), here.user):
        return page.show("too_often", wait=busy.wait)
    # Reading takes a while, and nobody else should wait for the lock of what was counted.
    page.keep()
    read = csv_files.read(page.file("file"), page.config)
    match read:
        case Workbook():
            return page.show("workbook")
        case NotText():
            return page.show("not_utf8")
        case csv_files.TooLong():
            return page.show("too_many", most=csv_files.MOST_CONTACTS)
        case csv_files.ContactsRead(_, wrong) if wrong:
            page.rows["problems"] = RowPage(list(islice(_problems(read, page), SHOWN_WRONG)))
            return page.show("wrong", count=len(wrong))
        case csv_files.ContactsRead([], _):
            return page.show("empty")
        case csv_files.ContactsRead(rows, _):
            return _taken_in(rows, page)
        case _:
            assert_never(read)


def _taken_in(rows: Sequence[csv_files.ContactRow], page: Page) -> Response:
    chosen = page.ticked("categories") if page.config.contacts.offered else ()
    outcome = flows.take_in(page.scope, rows, account=_account(page), categories=chosen, by=_user(page))
    match outcome:
        case flows.ContactsFull(most, wanted):
            return page.show("full", most=most, wanted=wanted)
        case flows.TakenIn([], [], _, ()):
            return page.go("contacts.list", "imported_same")
        case flows.TakenIn(added, changed, same, declined):
            for contact in added:
                page.tell(signals.contact_added, contact=contact)
            for contact in changed:
                page.tell(signals.contact_changed, contact=contact)
            counts: dict[str, Any] = {"added": len(added), "changed": len(changed), "same": same}
            if not declined:
                return page.go("contacts.list", "imported", **counts)
            named = [f"{one.email} ({_said(one, page)})" for one in declined[:SHOWN_DECLINED]]
            told = ", ".join(named + ["…"] * (len(declined) > SHOWN_DECLINED))
            return page.go("contacts.list", "imported_without", declined=told, **counts)
        case _:
            assert_never(outcome)


def download(page: Page) -> Response:
    """All contacts as a file."""
    account = _account(page)
    response = make_response(csv_files.write(flows.everyone(page.db, account), config=page.config))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    name = f"contacts-{account.number}-{page.now:%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def show_own(page: Page) -> None:
    here = _here(page)
    page.slots["account"] = _account(page).name
    page.start["categories"] = " ".join(flows.own(page.scope, here[1]))


def choose_own(page: Page) -> Response:
    flows.choose_own(page.scope, _here(page)[1], page.ticked("categories"))
    return page.go("contacts.own", "saved")


def unsubscribe(page: Page) -> Response:
    """Whoever the address was made for gets no more; the answer is the same for one that nobody made."""
    stopped = unsubscribing.stop(page.scope, page.at["signed"])
    if isinstance(stopped, Contact):
        page.tell(signals.contact_changed, contact=stopped)
    return page.answer("done")


def subscribe(page: Page) -> Response:
    """Whoever the address was made for gets them again; the answer is the same for one that nobody made."""
    again = unsubscribing.resume(page.scope, page.at["signed"])
    if isinstance(again, Contact):
        page.tell(signals.contact_changed, contact=again)
    return page.done("done")


def _saved(message: str, contact: Contact, declined: Sequence[flows.StillUnsubscribed], page: Page) -> Response:
    """Back to the list, which says what was saved, and what was not."""
    if not declined:
        return page.go("contacts.list", message, name=contact.name)
    told = ", ".join(_said(one, page) for one in declined)
    return page.go("contacts.list", f"{message}_without", name=contact.name, declined=told)


def _said(declined: flows.StillUnsubscribed, page: Page) -> str:
    """``Invoices, 4 March 2026``."""
    day = declined.since.astimezone(ZoneInfo(language.time_zone())).date()
    return f"{_category(declined.category, page)}, {page.frame.show(day)}"


def _category(name: str, page: Page) -> str:
    return page.frame.words[f"contacts.categories.{name}"]


def _here(page: Page) -> tuple[Account, Membership]:
    here = cast(CurrentSession, page.here)
    return cast(Account, here.account), cast(Membership, here.membership)


def _user(page: Page) -> User:
    """Who does it; the guard has seen to it that there is somebody."""
    return cast(CurrentSession, page.here).user


def _account(page: Page) -> Account:
    """The account in view; the guard has seen to it that there is one."""
    return _here(page)[0]


def _row(contact: Contact, adders: Mapping[int, str], page: Page) -> Row:
    offered = page.config.contacts.offered
    words = page.frame.words
    kinds = ", ".join(words[f"contacts.categories.{name}"] for name in offered if name in contact.categories)
    added_by = adders.get(contact.added_by_id or 0, "")
    cells = (contact.name, contact.email, kinds or NO_MESSAGES, added_by)
    return Row(contact.email_key, cells, at={"contact": contact.id})


def _choice(contact: Contact) -> str:
    return contact.email if contact.name == contact.email else f"{contact.name} · {contact.email}"


def _typed(contact: Contact, field: str) -> str:
    """What the form would have to hold for the contact to be as it is."""
    value = getattr(contact, field)
    if field == "phone":
        return phones.written(value)
    return " ".join(value) if isinstance(value, list) else value or ""


def _problems(read: csv_files.ContactsRead, page: Page) -> Iterator[Row]:
    """What is wrong with the file, the same in many lines once."""
    alike: dict[tuple[str, str], list[CellFault]] = {}
    for wrong in read.wrong:
        alike.setdefault((wrong.column, wrong.id), []).append(wrong)
    for number, wrongs in enumerate(_told(alike.values())):
        first = wrongs[0]
        column = read.headers.get(first.column) or _column(first.column, page)
        if len(wrongs) > 1:
            lines = ", ".join(str(one.line) for one in wrongs[:SHOWN_LINES])
            place = "contacts.import.column" if column else "contacts.import.lines"
            where = page.frame.say(place, lines=lines, count=len(wrongs), column=column)
        else:
            place = f"{'row' if first.row else ''}{'_' if first.row and column else ''}{'cell' if column else ''}"
            where = page.frame.say(f"contacts.import.{place or 'line'}", line=first.line, row=first.row, column=column)
        yield Row(str(number), (where, page.frame.say(first.id, **first.slots)))


def _told(alike: Iterable[Sequence[CellFault]]) -> list[Sequence[CellFault]]:
    """What is told in one row: a few faults each by itself, many of a kind together; by the line they begin in."""
    told: list[Sequence[CellFault]] = []
    for wrongs in alike:
        told += [wrongs] if len(wrongs) > ALIKE else [[one] for one in wrongs]
    return sorted(told, key=lambda wrongs: wrongs[0].line)


def _column(column: str, page: Page) -> str:
    """What a column is called that the file does not have, such as one that is missing."""
    words = page.frame.words
    label = words.get(f"contacts.contact.{column}") or words.get(f"fields.contact.{column}")
    return f"{column} ({label})" if label and column in csv_files.columns(page.config) else column


PAGES = {
    "contacts.list": View(prepare=list_contacts, submit=choose),
    "contacts.add": View(prepare=begin, submit=add),
    "contacts.edit": View(prepare=find_contact, submit=change),
    "contacts.remove": View(prepare=find_contact, submit=remove),
    "contacts.import": View(prepare=explain_import, submit=take_in),
    "contacts.export": View(arrive=download),
    "contacts.resume": View(prepare=find_declined, submit=resume),
    "contacts.own": View(prepare=show_own, submit=choose_own),
    "contacts.unsubscribe": View(submit=unsubscribe, is_signed=True),
    "contacts.subscribe": View(submit=subscribe),
}
