"""Contacts over HTTP."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, assert_never, cast
from zoneinfo import ZoneInfo

from ... import signals
from ...accounts import unsubscribing
from ...db.models import Contact
from ...declare import own_fields
from ...values import phones
from ...values.spreadsheets import NotText, Workbook, letter
from ...web.page import SORT, Page, View
from ...web.replies import Event, File, Missing, Open, Reply, done, done_at_once, go, show
from ...web.rows import Row, RowPage, SeveralCell
from . import csv_files, flows, uploads
from .csv_files import CellFault
from .screens import NO_MESSAGES

SHOWN_WRONG = 20
"""Kinds of faults shown on one page; the rest is counted."""
ALIKE = 3
"""Faults of one kind that are shown each; of more, their lines are listed once."""
SHOWN_LINES = 10
SHOWN_FIRST = 10
"""Contacts shown as an import would write them."""
LONGEST_SAMPLE = 40
"""Most characters of a cell that are shown to tell what its column is."""
SHOWN_DECLINED = 3
"""Addresses that a message names; a browser keeps it in its session for a moment."""


def list_contacts(page: Page) -> None:
    """The page of the list that is asked for."""
    query, sort = page.visitor.search, page.visitor.query(SORT)
    found = flows.browse(page.db, page.account, query=query, page=page.visitor.page_number, sort=sort)
    adders = flows.adders(page.db, found.contacts)
    rows = [_row(one, adders, page) for one in found.contacts]
    page.rows["all"] = RowPage(rows, found.page, found.pages, query, found.sort)


def find_contact(page: Page) -> Reply | None:
    """The contact of the address, and what the form starts with. Another account's is none."""
    contact = flows.find(page.db, page.number("contact"), account=page.account)
    if contact is None:
        return Missing()
    page.slots |= {"name": contact.name, "email": contact.email}
    since = flows.stopped(page.db, contact)
    page.rows["declined"] = RowPage(
        [
            Row(name, (_category(name, page), since[name]), at={"contact": contact.id, "category": name})
            for name in page.config.contacts.offered
            if name in since
        ]
    )
    names = (field.name for field in page.screen.fields)
    own = own_fields.typed("contact", contact, page.config)
    page.start |= {name: own[name] if name in own else _typed(contact, name) for name in names}
    page.facts["details"] = own_fields.fact_values("contact", contact, page.config)
    return None


def add(page: Page) -> Reply:
    how: dict[str, Any] = {"account": page.account, "by": page.user}
    outcome = flows.add(page.scope, page.values, **how)
    match outcome:
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
    outcome = flows.change(
        page.scope, page.number("contact"), page.values, may_be_silent=not page.config.contacts.offered, **how
    )
    match outcome:
        case flows.Silent():
            return show("no_messages")
        case flows.ContactGone():
            return Missing()
        case flows.ContactAddressInUse(name):
            return show("taken", name=name)
        case flows.ContactSaved(contact, declined):
            return _saved("saved", contact, declined, page).sending(signals.contact_changed, contact=contact)
        case _:
            assert_never(outcome)


def choose_several(page: Page) -> Reply | None:
    """The contacts that were chosen in the list, all of them ticked. Another account's are none."""
    chosen = page.visitor.chosen or page.visitor.sent_all("contacts")
    found = flows.several(page.db, chosen, account=page.account)
    if not found:
        return go("contacts.list", "none_chosen")
    page.offered["contacts"] = [(str(one.id), _choice(one)) for one in found]
    page.start["contacts"] = tuple(str(one.id) for one in found)
    return None


def choose_for_messages(page: Page) -> Reply | None:
    page.start["how"] = "give"
    return choose_several(page)


def change_several(page: Page) -> Reply:
    outcome = flows.change_several(
        page.scope,
        page.values["contacts"],
        page.values["how"],
        page.values["categories"],
        account=page.account,
        by=page.user,
    )
    match outcome:
        case flows.NoneLeft(names):
            listed = page.frame.show([*names[:SHOWN_DECLINED], *["…"] * (len(names) > SHOWN_DECLINED)])
            return show("none_left", names=listed)
        case flows.ChangedSeveral(changed, same, declined):
            events = [Event(signals.contact_changed, {"contact": one}) for one in changed]
            counts: dict[str, Any] = {"changed": len(changed), "same": same}
            if not declined:
                return go("contacts.list", "changed_several", **counts).sending_all(events)
            listed = _declined(declined, page)
            return go("contacts.list", "changed_several_without", declined=listed, **counts).sending_all(events)
        case _:
            assert_never(outcome)


def remove_several(page: Page) -> Reply:
    gone = flows.remove_several(page.db, page.values["contacts"], account=page.account)
    events = [Event(signals.contact_removed, {"contact": one}) for one in gone]
    return go("contacts.list", "removed_several", count=len(gone)).sending_all(events)


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
    page.rows["known"] = RowPage(_known_columns(page))
    page.slots["most"] = csv_files.MOST_CONTACTS
    page.slots["time"] = uploads.KEPT_FOR
    page.screen = page.screen.without("mismatch")


def _known_columns(page: Page) -> list[Row]:
    """What a column of a file can be called: by the word of the contact form, or by a name that no language changes."""
    words = page.frame.words
    known = csv_files.columns(page.config)
    named = csv_files.choices(words, page.config, str)
    needed = {True: words["contacts.import.yes"], False: words["contacts.import.no"]}
    return [Row(name, (label, name, needed[name == "email"])) for name, label in named if name in known]


def take_file(page: Page) -> Reply:
    """The file is kept until its user has seen what it would change; if it is wrong, that is shown."""
    if busy := flows.may_import(page.scope, page.account, page.user):
        return show("too_often", wait=busy.wait)
    # Reading takes a while, and nobody else should wait for the lock of what was counted.
    page.host.save()
    content = page.values["file"]
    read = csv_files.read(content, page.config)
    match read:
        case Workbook():
            return show("workbook")
        case NotText():
            return show("not_utf8")
        case csv_files.TooLong():
            return show("too_many", most=csv_files.MOST_CONTACTS)
        case csv_files.ContactsRead([], [], _, layout) if not (layout.names and layout.lacks_email):
            return show("empty")
    reference = uploads.keep(page.scope, content, account=page.account, user=page.user)
    if not read.wrong:
        return go("contacts.check", at={"file": reference})
    page.screen = page.platform.declared.screens[page.screen.name]
    page.links["match"] = page.host.url_at("contacts.check", {"file": reference})
    shown = list(islice(_problems(read, page), SHOWN_WRONG + 1))
    page.rows["problems"] = RowPage(shown[:SHOWN_WRONG])
    return show("wrong_first" if len(shown) > SHOWN_WRONG else "wrong", count=len(read.wrong))


def look(page: Page) -> Reply | None:
    """What the file would change is shown, or what is wrong with it; nothing is written."""
    upload = uploads.find(page.scope, str(page.at["file"]), account=page.account, user=page.user)
    if upload is None:
        return go("contacts.import", "gone", time=uploads.KEPT_FOR)
    if busy := flows.may_look(page.scope, page.user):
        return go("contacts.import", "too_often", wait=busy.wait)
    page.host.save()
    read = csv_files.read(upload.content, page.config, upload.columns)
    if not isinstance(read, csv_files.ContactsRead):
        return go("contacts.import", "too_many", most=csv_files.MOST_CONTACTS)
    page.found |= {"upload": upload, "read": read}
    _offer_columns(read.layout, page)
    _preview(read, page)
    return None


def _offer_columns(layout: csv_files.FileLayout, page: Page) -> None:
    words = page.frame.words
    offered = csv_files.choices(words, page.config, lambda kind: page.frame.say("contacts.check.kind", kind=kind))
    page.offered["columns"] = [("", words["contacts.check.leave_out"]), *offered]
    page.brought["columns"] = [
        (
            name or page.frame.say("contacts.check.nameless", letter=letter(index)),
            page.frame.say("contacts.check.first", cells=_sample(layout, index)) if _sample(layout, index) else "",
        )
        for index, name in enumerate(layout.names)
    ]
    page.start["columns"] = tuple(layout.columns)


def _sample(layout: csv_files.FileLayout, index: int) -> str:
    cells = (row[index] for row in layout.first if index < len(row))
    return ", ".join(textwrap.shorten(cell, LONGEST_SAMPLE, placeholder="…") for cell in cells if cell)


def _preview(read: csv_files.ContactsRead, page: Page) -> None:
    """What would be written, or what is wrong; the form has the button that is of use then."""
    page.rows |= {"preview": RowPage([]), "problems": RowPage(list(islice(_problems(read, page), SHOWN_WRONG)))}
    if read.wrong or read.layout.lacks_email:
        page.slots["count"] = len(read.wrong)
        page.screen = page.screen.without("counts", "submit", "categories", *(() if read.wrong else ("faults",)))
        return
    foreseen = flows.foresee(page.scope, read.rows, account=page.account, most=SHOWN_FIRST)
    page.found["foreseen"] = foreseen
    page.slots |= {"added": foreseen.added, "changed": foreseen.changed, "same": foreseen.same}
    rows = [_foreseen(values, is_new, foreseen, page) for values, is_new in foreseen.first]
    page.rows["preview"] = RowPage(rows)
    page.screen = page.screen.without("faults", "again", *(() if foreseen.are_silent else ("categories",)))


def _foreseen(values: Mapping[str, Any], is_new: bool, foreseen: flows.Foreseen, page: Page) -> Row:
    kinds = _kinds(values["categories"], page)
    if not kinds and is_new and foreseen.are_silent:
        kinds = page.frame.words["contacts.check.as_selected"]
    name = f"{values['first_name']} {values['last_name']}".strip() or values["company"]
    what = page.frame.words["contacts.check.added" if is_new else "contacts.check.changes"]
    return Row(values["email_key"], (values["email"], name, kinds or NO_MESSAGES, what))


def show_look(page: Page) -> Reply:
    """The page as it is opened."""
    read = cast(csv_files.ContactsRead, page.found["read"])
    if read.layout.lacks_email:
        return show("no_address", status=200)
    return Open()


def take_in(page: Page) -> Reply:
    """The file is imported as it was shown; if its columns are matched anew, that is shown first."""
    upload, read = cast(uploads.Upload, page.found["upload"]), cast(csv_files.ContactsRead, page.found["read"])
    columns = page.values["columns"] or read.layout.columns
    twice = next((one for one in columns if one and columns.count(one) > 1), None)
    if twice is not None:
        return show("twice", column=dict(page.offered["columns"])[twice])
    if tuple(columns) != tuple(read.layout.columns):
        uploads.match(page.scope, upload, columns, user=page.user)
        return go("contacts.check", "changed" if "email" in columns else None, at=page.at)
    if read.wrong or read.layout.lacks_email:
        return show("no_address" if read.layout.lacks_email else "wrong")
    chosen = page.values.get("categories", ())
    foreseen = cast(flows.Foreseen, page.found["foreseen"])
    if foreseen.are_silent and not chosen:
        return show("no_messages")
    return _taken_in(read.rows, chosen, upload, page)


def _taken_in(rows: Sequence[csv_files.ContactRow], chosen: Sequence[str], upload: uploads.Upload, page: Page) -> Reply:
    outcome = flows.take_in(page.scope, rows, account=page.account, categories=chosen, by=page.user)
    if not isinstance(outcome, flows.ContactsFull):
        uploads.forget(page.scope, upload, user=page.user)
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
            listed = _declined(declined, page)
            return go("contacts.list", "imported_without", declined=listed, **counts).sending_all(events)
        case _:
            assert_never(outcome)


def _declined(declined: Sequence[flows.StillUnsubscribed], page: Page) -> str:
    """The first addresses that do not get what they have unsubscribed from."""
    named = [f"{one.email} ({_topic_and_date(one, page)})" for one in declined[:SHOWN_DECLINED]]
    return page.frame.show(named + ["…"] * (len(declined) > SHOWN_DECLINED))


def download_template(page: Page) -> Reply:
    """An empty file with all columns, in the reader's language."""
    return File(csv_files.template(page.frame.words, page.config), "text/csv", "contacts.csv")


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


def name_kind(page: Page) -> None:
    """The page names the kind of messages that its address is about, whoever signed that."""
    category = unsubscribing.category_of(str(page.at["signed"]))
    if category in page.config.contacts.offered:
        page.slots["category"] = _category(category, page)
    else:
        page.screen = page.screen.without("kind")


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
    listed = page.frame.show([_topic_and_date(one, page) for one in declined])
    return go("contacts.list", f"{message}_without", name=contact.name, declined=listed)


def _topic_and_date(declined: flows.StillUnsubscribed, page: Page) -> str:
    """``Invoices, 4 March 2026``."""
    day = declined.since.astimezone(ZoneInfo(page.visitor.time_zone)).date()
    return page.frame.show([_category(declined.category, page), day])


def _category(name: str, page: Page) -> str:
    return page.frame.words[f"contacts.categories.{name}"]


def _row(contact: Contact, adders: Mapping[int, str], page: Page) -> Row:
    added_by = adders.get(contact.added_by_id or 0, "")
    names = _names(contact.categories, page)
    cells = (contact.name, contact.email, SeveralCell(names) if names else NO_MESSAGES, added_by)
    return Row(contact.email_key, cells, at={"contact": contact.id}, chosen_as=str(contact.id))


def _kinds(categories: Sequence[str], page: Page) -> str:
    """``Invoices, Support``."""
    return page.frame.show(_names(categories, page))


def _names(categories: Sequence[str], page: Page) -> list[str]:
    words, offered = page.frame.words, page.config.contacts.offered
    return [words[f"contacts.categories.{name}"] for name in offered if name in categories]


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
    "contacts.list": View(load=list_contacts),
    "contacts.add": View(post=add),
    "contacts.edit": View(load=find_contact, post=change),
    "contacts.remove": View(load=find_contact, post=remove),
    "contacts.remove_several": View(load=choose_several, post=remove_several),
    "contacts.messages": View(load=choose_for_messages, post=change_several),
    "contacts.import": View(load=explain_import, post=take_file),
    "contacts.template": View(get=download_template),
    "contacts.check": View(load=look, get=show_look, post=take_in),
    "contacts.export": View(get=download),
    "contacts.resume": View(load=find_declined, post=resume),
    "contacts.own": View(load=show_own, post=choose_own),
    "contacts.unsubscribe": View(load=name_kind, post=unsubscribe, is_signed=True),
    "contacts.subscribe": View(load=name_kind, post=subscribe),
}
