"""Contacts over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from ... import signals
from ...accounts import unsubscribing
from ...db.models import Contact
from ...declare import own_fields
from ...values import phones
from ...values.spreadsheets import NotText, Workbook
from ...web.page import Page, View
from ...web.replies import Event, File, Missing, Reply, done, done_at_once, go, show
from ...web.rows import Row, RowPage
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
    found = flows.browse(page.db, page.account, query=page.visitor.search, page=page.visitor.page_number)
    adders = flows.adders(page.db, found.contacts)
    page.rows["all"] = RowPage(
        [_row(one, adders, page) for one in found.contacts], found.page, found.pages, page.visitor.search
    )
    page.offered["contact"] = [(str(one.id), _choice(one)) for one in found.choices]
    page.start["contact"] = NEW
    if found.total > len(found.choices):
        page.slots |= {"total": found.total, "shown": len(found.choices)}


def choose(page: Page) -> Reply:
    chosen = page.values["contact"]
    return go("contacts.add") if chosen == NEW else go("contacts.edit", at={"contact": chosen})


def begin(page: Page) -> None:
    """The form, without the question that comes only for a contact who would get nothing."""
    if page.visitor.sent(SILENT) is None:
        page.screen = page.screen.without(SILENT)


def find_contact(page: Page) -> Reply | None:
    """The contact of the address, and what the form starts with. Another account's is none."""
    contact = flows.find(page.db, page.number("contact"), account=page.account)
    if contact is None:
        return Missing()
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
    names = (field.name for field in page.screen.fields if field.name != SILENT)
    own = own_fields.typed("contact", contact, page.config)
    page.start |= {name: own[name] if name in own else _typed(contact, name) for name in names}
    page.facts["details"] = own_fields.fact_values("contact", contact, page.config)
    return None


def add(page: Page) -> Reply:
    how: dict[str, Any] = {"account": page.account, "by": page.user}
    outcome = flows.add(page.scope, page.values, may_be_silent=_may_be_silent(page), **how)
    match outcome:
        case flows.Silent():
            return _ask(page)
        case flows.ContactsFull(most):
            return show("full", most=most)
        case flows.ContactAddressInUse(name):
            return show("taken", name=name)
        case flows.ContactSaved(contact, declined):
            return _saved("added", contact, declined, page).sending(signals.contact_added, contact=contact)
        case _:
            assert_never(outcome)


def change(page: Page) -> Reply:
    how: dict[str, Any] = {"account": page.account, "by": page.user}
    outcome = flows.change(page.scope, page.number("contact"), page.values, may_be_silent=_may_be_silent(page), **how)
    match outcome:
        case flows.Silent():
            return _ask(page)
        case flows.ContactGone():
            return Missing()
        case flows.ContactAddressInUse(name):
            return show("taken", name=name)
        case flows.ContactSaved(contact, declined):
            return _saved("saved", contact, declined, page).sending(signals.contact_changed, contact=contact)
        case _:
            assert_never(outcome)


def _may_be_silent(page: Page) -> bool:
    """Whether a contact may be saved that gets no messages: where it was said so, or where there are none to get."""
    return page.values.get(SILENT, False) or not page.config.contacts.offered


def _ask(page: Page) -> Reply:
    page.screen = page.platform.declared.screens[page.screen.name]
    return show("no_messages")


def remove(page: Page) -> Reply:
    outcome = flows.remove(page.db, page.number("contact"), account=page.account)
    match outcome:
        case flows.ContactGone():
            return Missing()
        case flows.ContactSaved(contact):
            return go("contacts.list", "removed", name=contact.name).sending(signals.contact_removed, contact=contact)
        case _:
            assert_never(outcome)


def find_declined(page: Page) -> Reply | None:
    """The contact of the address, and since when it gets none of the category the address names."""
    contact, category = flows.find(page.db, page.number("contact"), account=page.account), str(page.at["category"])
    since = flows.stopped(page.db, contact).get(category) if contact else None
    if contact is None or since is None or category not in page.config.contacts.offered:
        return Missing()
    page.slots |= {"name": contact.name, "email": contact.email, "since": since, "category": _category(category, page)}
    return None


def resume(page: Page) -> Reply:
    outcome = flows.resume(page.scope, page.number("contact"), str(page.at["category"]), account=page.account)
    match outcome:
        case flows.ContactGone():
            return Missing()
        case flows.ContactSaved(contact):
            slots = {"name": contact.name, "category": page.slots["category"]}
            resumed = go("contacts.edit", "resumed", at={"contact": contact.id}, **slots)
            return resumed.sending(signals.contact_changed, contact=contact)
        case _:
            assert_never(outcome)


def explain_import(page: Page) -> None:
    page.rows["problems"] = RowPage([])
    page.slots |= {"columns": ", ".join(csv_files.columns(page.config)), "most": csv_files.MOST_CONTACTS}


def take_in(page: Page) -> Reply:
    """The file is imported, or everything that is wrong with it is shown and nothing is."""
    if busy := flows.may_import(page.scope, page.account, page.user):
        return show("too_often", wait=busy.wait)
    # Reading takes a while, and nobody else should wait for the lock of what was counted.
    page.host.save()
    read = csv_files.read(page.values["file"], page.config)
    match read:
        case Workbook():
            return show("workbook")
        case NotText():
            return show("not_utf8")
        case csv_files.TooLong():
            return show("too_many", most=csv_files.MOST_CONTACTS)
        case csv_files.ContactsRead(_, wrong) if wrong:
            page.rows["problems"] = RowPage(list(islice(_problems(read, page), SHOWN_WRONG)))
            return show("wrong", count=len(wrong))
        case csv_files.ContactsRead([], _):
            return show("empty")
        case csv_files.ContactsRead(rows, _):
            return _taken_in(rows, page)
        case _:
            assert_never(read)


def _taken_in(rows: Sequence[csv_files.ContactRow], page: Page) -> Reply:
    chosen = page.values["categories"] if page.config.contacts.offered else ()
    outcome = flows.take_in(page.scope, rows, account=page.account, categories=chosen, by=page.user)
    match outcome:
        case flows.ContactsFull(most, wanted):
            return show("full", most=most, wanted=wanted)
        case flows.TakenIn([], [], _, ()):
            return go("contacts.list", "imported_same")
        case flows.TakenIn(added, changed, same, declined):
            events: list[Event] = [Event(signals.contact_added, {"contact": one}) for one in added]
            events += [Event(signals.contact_changed, {"contact": one}) for one in changed]
            counts: dict[str, Any] = {"added": len(added), "changed": len(changed), "same": same}
            if not declined:
                return go("contacts.list", "imported", **counts).sending_all(events)
            named = [f"{one.email} ({_topic_and_date(one, page)})" for one in declined[:SHOWN_DECLINED]]
            listed = ", ".join(named + ["…"] * (len(declined) > SHOWN_DECLINED))
            return go("contacts.list", "imported_without", declined=listed, **counts).sending_all(events)
        case _:
            assert_never(outcome)


def download(page: Page) -> Reply:
    """All contacts as a file."""
    content = csv_files.write(flows.everyone(page.db, page.account), config=page.config)
    return File(content, "text/csv", f"contacts-{page.account.number}-{page.now:%Y-%m-%d}.csv")


def show_own(page: Page) -> None:
    page.slots["account"] = page.account.name
    page.start["categories"] = flows.own(page.scope, page.membership)


def choose_own(page: Page) -> Reply:
    flows.choose_own(page.scope, page.membership, page.values["categories"])
    return go("contacts.own", "saved")


def unsubscribe(page: Page) -> Reply:
    """Whoever the address was made for gets no more; the answer is the same for one that nobody made."""
    stopped = unsubscribing.stop(page.scope, str(page.at["signed"]))
    reply = done_at_once("done")
    return reply.sending(signals.contact_changed, contact=stopped) if isinstance(stopped, Contact) else reply


def subscribe(page: Page) -> Reply:
    """Whoever the address was made for gets them again; the answer is the same for one that nobody made."""
    again = unsubscribing.resume(page.scope, str(page.at["signed"]))
    reply = done("done")
    return reply.sending(signals.contact_changed, contact=again) if isinstance(again, Contact) else reply


def _saved(message: str, contact: Contact, declined: Sequence[flows.StillUnsubscribed], page: Page) -> Reply:
    """Back to the list, which says what was saved, and what was not."""
    if not declined:
        return go("contacts.list", message, name=contact.name)
    listed = ", ".join(_topic_and_date(one, page) for one in declined)
    return go("contacts.list", f"{message}_without", name=contact.name, declined=listed)


def _topic_and_date(declined: flows.StillUnsubscribed, page: Page) -> str:
    """``Invoices, 4 March 2026``."""
    day = declined.since.astimezone(ZoneInfo(page.visitor.time_zone)).date()
    return f"{_category(declined.category, page)}, {page.frame.show(day)}"


def _category(name: str, page: Page) -> str:
    return page.frame.words[f"contacts.categories.{name}"]


def _row(contact: Contact, adders: Mapping[int, str], page: Page) -> Row:
    offered = page.config.contacts.offered
    words = page.frame.words
    kinds = ", ".join(words[f"contacts.categories.{name}"] for name in offered if name in contact.categories)
    added_by = adders.get(contact.added_by_id or 0, "")
    cells = (contact.name, contact.email, kinds or NO_MESSAGES, added_by)
    return Row(contact.email_key, cells, at={"contact": contact.id})


def _choice(contact: Contact) -> str:
    return contact.email if contact.name == contact.email else f"{contact.name} · {contact.email}"


def _typed(contact: Contact, field: str) -> object:
    """What the form would have to hold for the contact to be as it is."""
    value = getattr(contact, field)
    if field == "phone":
        return phones.written(value)
    return tuple(value) if isinstance(value, list) else value or ""


def _problems(read: csv_files.ContactsRead, page: Page) -> Iterator[Row]:
    """What is wrong with the file, the same in many lines once."""
    alike: dict[tuple[str, str], list[CellFault]] = {}
    for wrong in read.wrong:
        alike.setdefault((wrong.column, wrong.id), []).append(wrong)
    for number, wrongs in enumerate(_fault_groups(alike.values())):
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


def _fault_groups(alike: Iterable[Sequence[CellFault]]) -> list[Sequence[CellFault]]:
    """What is told in one row: a few faults each by itself, many of a kind together; by the line they begin in."""
    listed: list[Sequence[CellFault]] = []
    for wrongs in alike:
        listed += [wrongs] if len(wrongs) > ALIKE else [[one] for one in wrongs]
    return sorted(listed, key=lambda wrongs: wrongs[0].line)


def _column(column: str, page: Page) -> str:
    """What a column is called that the file does not have, such as one that is missing."""
    words = page.frame.words
    label = words.get(f"contacts.contact.{column}") or words.get(f"fields.contact.{column}")
    return f"{column} ({label})" if label and column in csv_files.columns(page.config) else column


PAGES = {
    "contacts.list": View(load=list_contacts, post=choose),
    "contacts.add": View(load=begin, post=add),
    "contacts.edit": View(load=find_contact, post=change),
    "contacts.remove": View(load=find_contact, post=remove),
    "contacts.import": View(load=explain_import, post=take_in),
    "contacts.export": View(get=download),
    "contacts.resume": View(load=find_declined, post=resume),
    "contacts.own": View(load=show_own, post=choose_own),
    "contacts.unsubscribe": View(post=unsubscribe, is_signed=True),
    "contacts.subscribe": View(post=subscribe),
}
