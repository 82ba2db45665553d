"""Contacts over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never, cast

from flask import Response, abort, make_response, request

from ... import phones, signals, unsubscribing
from ...models import Account, Contact, Membership
from ...sessions import Present
from ...web.page import Page, Turn
from ...web.rows import PER_PAGE, Listed, Row
from . import flows, sheets
from .screens import NO_MESSAGES
from .sheets import Wrong

NEW = "new"
SILENT = "silent"
"""The field that says that a contact shall get no messages."""

SHOWN_WRONG = 100
"""Cells that must be mended, shown on one page; the rest is counted."""


def list_contacts(page: Page) -> None:
    """The page of the list that is asked for, and who can be chosen."""
    found = flows.browse(_account(page), asked=page.asked, page=page.number, per_page=PER_PAGE, db=page.db)
    page.rows["all"] = Listed([_row(one, page) for one in found.contacts], found.page, found.pages, page.asked)
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
    contact = flows.find(page.at["contact"], account=_account(page), db=page.db) or abort(404)
    page.slots |= {"name": contact.name, "email": contact.email}
    begin(page)
    kept = (field.name for field in page.screen.fields if field.name != SILENT)
    page.start |= {name: _typed(contact, name) for name in kept}


def add(page: Page) -> Response:
    how: dict[str, Any] = {"account": _account(page), "db": page.db, "now": page.now}
    outcome = flows.add(page.values, config=page.config, may_be_silent=_may_be_silent(page), **how)
    match outcome:
        case flows.Silent():
            return _ask(page)
        case flows.Full(most):
            return page.show("full", most=most)
        case flows.Taken(name):
            return page.show("taken", name=name)
        case flows.Saved(contact):
            page.tell(signals.contact_added, contact=contact)
            return page.go("contacts.list", "added", name=contact.name)
        case _:
            assert_never(outcome)


def change(page: Page) -> Response:
    how: dict[str, Any] = {"account": _account(page), "db": page.db, "now": page.now}
    outcome = flows.change(page.at["contact"], page.values, may_be_silent=_may_be_silent(page), **how)
    match outcome:
        case flows.Silent():
            return _ask(page)
        case flows.Gone():
            return abort(404)
        case flows.Taken(name):
            return page.show("taken", name=name)
        case flows.Saved(contact):
            page.tell(signals.contact_changed, contact=contact)
            return page.go("contacts.list", "saved", name=contact.name)
        case _:
            assert_never(outcome)


def _may_be_silent(page: Page) -> bool:
    """Whether a contact may be saved that gets no messages: where it was said so, or where there are none to get."""
    return bool(page.values.get(SILENT)) or not page.config.contacts.offered


def _ask(page: Page) -> Response:
    page.screen = page.edition.declared.screens[page.screen.name]
    return page.show("no_messages")


def remove(page: Page) -> Response:
    outcome = flows.remove(page.at["contact"], account=_account(page), db=page.db)
    match outcome:
        case flows.Gone():
            return abort(404)
        case flows.Saved(contact):
            page.tell(signals.contact_removed, contact=contact)
            return page.go("contacts.list", "removed", name=contact.name)
        case _:
            assert_never(outcome)


def explain_import(page: Page) -> None:
    page.rows["problems"] = Listed([])
    page.slots |= {"columns": ", ".join(sheets.COLUMNS), "most": sheets.MOST_CONTACTS}


def take_in(page: Page) -> Response:
    """The file is imported, or everything that is wrong with it is shown and nothing is."""
    read = sheets.read(page.file("file"), config=page.config)
    match read:
        case sheets.NotText():
            return page.show("not_utf8")
        case sheets.TooLong():
            return page.show("too_many", most=sheets.MOST_CONTACTS)
        case sheets.Read(rows, wrong) if wrong:
            page.rows["problems"] = Listed(
                [_problem(one, number, page) for number, one in enumerate(wrong[:SHOWN_WRONG])]
            )
            return page.show("wrong", count=len(wrong))
        case sheets.Read([], _):
            return page.show("empty")
        case sheets.Read(rows, _):
            return _taken_in(rows, page)
        case _:
            assert_never(read)


def _taken_in(rows: Sequence[sheets.Row], page: Page) -> Response:
    outcome = flows.take_in(
        rows,
        account=_account(page),
        db=page.db,
        config=page.config,
        now=page.now,
        categories=page.ticked("categories") if page.config.contacts.offered else (),
    )
    match outcome:
        case flows.Full(most, wanted):
            return page.show("full", most=most, wanted=wanted)
        case flows.TakenIn(added, changed, same):
            for contact in added:
                page.tell(signals.contact_added, contact=contact)
            for contact in changed:
                page.tell(signals.contact_changed, contact=contact)
            return page.go("contacts.list", "imported", added=len(added), changed=len(changed), same=same)
        case _:
            assert_never(outcome)


def download(page: Page) -> Response:
    """All contacts as a file."""
    account = _account(page)
    response = make_response(sheets.write(flows.everyone(account, db=page.db)))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    name = f"contacts-{account.number}-{page.now:%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def show_own(page: Page) -> None:
    here = _here(page)
    page.slots["account"] = _account(page).name
    off = here[1].categories_off
    page.start["categories"] = " ".join(name for name in page.config.contacts.offered if name not in off)


def choose_own(page: Page) -> Response:
    flows.choose_own(_here(page)[1], page.ticked("categories"), db=page.db, config=page.config)
    return page.go("contacts.own", "saved")


def unsubscribe(page: Page) -> Response:
    """Whoever the address was made for gets no more; the answer is the same for one that nobody made."""
    stopped = unsubscribing.stop(page.at["signed"], db=page.db, keys=page.keys)
    if isinstance(stopped, Contact):
        page.tell(signals.contact_changed, contact=stopped)
    return page.answer("done")


def _here(page: Page) -> tuple[Account, Membership]:
    here = cast(Present, page.here)
    return cast(Account, here.account), cast(Membership, here.membership)


def _account(page: Page) -> Account:
    """The account in view; the guard has seen to it that there is one."""
    return _here(page)[0]


def _row(contact: Contact, page: Page) -> Row:
    offered = page.config.contacts.offered
    words = page.frame.words
    kinds = ", ".join(words[f"contacts.categories.{name}"] for name in offered if name in contact.categories)
    return Row(contact.email_key, (contact.name, contact.email, kinds or NO_MESSAGES), at={"contact": contact.id})


def _choice(contact: Contact) -> str:
    return contact.email if contact.name == contact.email else f"{contact.name} · {contact.email}"


def _typed(contact: Contact, field: str) -> str:
    """What the form would have to hold for the contact to be as it is."""
    value = getattr(contact, field)
    if field == "phone":
        return phones.written(value)
    return " ".join(value) if isinstance(value, list) else value or ""


def _problem(wrong: Wrong, number: int, page: Page) -> Row:
    place = "contacts.import.cell" if wrong.column else "contacts.import.line"
    where = page.frame.say(place, line=wrong.line, column=wrong.column)
    return Row(str(number), (where, page.frame.say(wrong.id, **wrong.slots)))


PAGES = {
    "contacts.list": Turn(prepare=list_contacts, submit=choose),
    "contacts.add": Turn(prepare=begin, submit=add),
    "contacts.edit": Turn(prepare=find_contact, submit=change),
    "contacts.remove": Turn(prepare=find_contact, submit=remove),
    "contacts.import": Turn(prepare=explain_import, submit=take_in),
    "contacts.export": Turn(arrive=download),
    "contacts.own": Turn(prepare=show_own, submit=choose_own),
    "contacts.unsubscribe": Turn(submit=unsubscribe, is_signed=True),
}
