"""Contacts: who else gets mails about an account, and which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...config import Config
from ...screen import (
    OWNER,
    Action,
    Button,
    Column,
    Declaration,
    Field,
    Heading,
    Link,
    Mail,
    Message,
    Option,
    Paragraph,
    Paragraphs,
    Result,
    Rows,
    Screen,
    Text,
    Tip,
    Title,
)
from ...unsubscribing import PATH

NEEDS = "contacts"
"""The permission for all of it but the owner's own mails."""

LARGEST_FILE = 1024 * 1024


NO_MESSAGES = Text("contacts.list.no_messages", "None")
"""What the list says of a contact who gets nothing."""


def declare(config: Config) -> Declaration:
    # A host may write to owners by category where there are no contacts.
    mails, look = (_message(),), Text("contacts.message.look", "Open")
    if not config.contacts.enabled:
        return Declaration(mails=mails, texts=(look,))
    return Declaration(
        screens=(
            _list(config),
            _add(config),
            _edit(config),
            _remove(),
            _import(config),
            _export(),
            _own(config),
            _unsubscribe(),
        ),
        mails=mails,
        menu=(Link("shell.menu.contacts", "Contacts", to="contacts.list"),),
        texts=(look, NO_MESSAGES, *PLACES, *WRONG_CELLS),
    )


def _list(config: Config) -> Screen:
    return Screen(
        "contacts.list",
        "contacts",
        Title("contacts.list.title", "Contacts"),
        needs=NEEDS,
        parts=(
            Paragraph(
                "contacts.list.intro",
                "A contact gets messages about this account but cannot sign in. You choose who gets which.",
            ),
            _room(config),
            Field(
                "contacts.list.contact",
                "Choose contact",
                kind="choice",
                options=(Option("contacts.list.new", "Add new contact"),),
                source="page",
                help=Text(
                    "contacts.list.contact_help",
                    "Of {total} contacts, the first {shown} are here. Search for the others below.",
                ),
            ),
            Action("contacts.list.open", "Go"),
            Rows(
                "contacts.list.all",
                "All contacts",
                columns=(
                    Column("contacts.list.name", "Name"),
                    Column("contacts.list.email", "Email address"),
                    Column("contacts.list.categories", "Messages they get"),
                ),
                actions=(
                    Link("contacts.list.edit", "Change", to="contacts.edit"),
                    Link("contacts.list.remove", "Delete", to="contacts.remove"),
                ),
                empty=Text("contacts.list.empty", "There are no contacts yet. Add the first one above."),
                find=Field("contacts.list.find", "Find a contact by name or email address", required=False),
            ),
            Link("contacts.list.import", "Import contacts from a file", to="contacts.import"),
            Link("contacts.list.export", "Export contacts to a file", to="contacts.export"),
            Link("contacts.list.own", "Messages you get yourself", to="contacts.own"),
        ),
        messages=(
            Message("contacts.list.added", "{name} is a contact now.", tone="success", status=200),
            Message("contacts.list.saved", "The changes to {name} are saved.", tone="success", status=200),
            Message(
                "contacts.list.removed", "{name} is deleted and gets no more messages.", tone="success", status=200
            ),
            Message(
                "contacts.list.imported",
                "The file is imported: {added} contacts added, {changed} changed, {same} as they were.",
                tone="success",
                status=200,
            ),
        ),
    )


def _room(config: Config) -> Paragraph:
    if config.contacts.max:
        return Paragraph("contacts.list.room", "There is room for {config.contacts.max} contacts.")
    return Paragraph("contacts.list.any_number", "Add as many contacts as you like.")


def _add(config: Config) -> Screen:
    return Screen(
        "contacts.add",
        "contacts/new",
        Title("contacts.add.title", "Add a contact"),
        needs=NEEDS,
        parts=(
            Paragraph("contacts.add.intro", "Only the email address is needed."),
            *_fields(config),
            Action("contacts.add.save", "Save contact"),
            Link("contacts.add.cancel", "Cancel", to="contacts.list"),
        ),
        messages=(
            *_saving(),
            Message(
                "contacts.contact.full",
                "This account has {most} contacts already, and there is no room for more. Delete one first.",
            ),
        ),
    )


def _edit(config: Config) -> Screen:
    return Screen(
        "contacts.edit",
        "contacts/<int:contact>",
        Title("contacts.edit.title", "Change {name}"),
        needs=NEEDS,
        parts=(
            *_fields(config),
            Action("contacts.edit.save", "Save changes"),
            Link("contacts.edit.cancel", "Cancel", to="contacts.list"),
            Link("contacts.edit.remove", "Delete this contact", to="contacts.remove"),
        ),
        messages=_saving(),
    )


def _saving() -> tuple[Message, ...]:
    return (
        Message(
            "contacts.contact.taken",
            "Another contact of this account has this address: {name}. Change that one, or type another address.",
            field="email",
        ),
        Message(
            "contacts.contact.no_messages",
            "This contact would get no messages at all. Select at least one kind, or confirm below that none is right.",
            field="categories",
        ),
    )


def _fields(config: Config) -> tuple[Field | Heading, ...]:
    """What both forms of a contact ask, in the order a letter would."""
    return (
        Heading("contacts.contact.person", "Who it is"),
        Field("contacts.contact.first_name", "First name", required=False, max_length=120),
        Field("contacts.contact.last_name", "Last name", required=False, max_length=120),
        Field("contacts.contact.company", "Company", required=False, max_length=200),
        Field("contacts.contact.email", "Email address", kind="email", must_be="email", example="ana@example.com"),
        Field("contacts.contact.phone", "Phone", kind="tel", must_be="phone", required=False, max_length=40),
        Field("contacts.contact.tax_id", "Tax number", required=False, max_length=64),
        Heading("contacts.contact.place", "Address"),
        Field("contacts.contact.address1", "Street and number", required=False, max_length=200),
        Field("contacts.contact.address2", "Flat, floor or building", required=False, max_length=200),
        Field("contacts.contact.city", "City", required=False, max_length=120),
        Field("contacts.contact.region", "State or province", required=False, max_length=120),
        Field("contacts.contact.postcode", "Postcode", must_be="postcode", required=False, max_length=20),
        Field("contacts.contact.country", "Country", kind="choice", source="countries", required=False),
        Heading("contacts.contact.messages", "Messages"),
        Field(
            "contacts.contact.locale",
            "Language of the messages",
            kind="choice",
            source="languages",
            required=False,
            help=Text("contacts.contact.locale_help", "Without a choice, it is that of the owner of the account."),
        ),
        Field(
            "contacts.contact.categories",
            "Messages this contact gets",
            kind="ticks",
            required=False,
            options=categories(config),
            help=Text(
                "contacts.contact.categories_help",
                "A contact never gets passwords, links to set one, or other mail that is for one user alone.",
            ),
        ),
        Field("contacts.contact.silent", "Save this contact without any messages", kind="tick", required=False),
    )


def categories(config: Config) -> tuple[Option, ...]:
    """A box for each category of this configuration."""
    shipped = {option.name: option for option in SHIPPED}
    return tuple(shipped.get(name) or _own_category(name, config) for name in config.contacts.offered)


SHIPPED = (
    Option(
        "contacts.categories.general",
        "General",
        help=Paragraph(
            "contacts.categories.general_help", "News, announcements and reminders that concern every customer."
        ),
    ),
    Option(
        "contacts.categories.products",
        "Products",
        help=Paragraph("contacts.categories.products_help", "Details of orders, and the welcome to a new service."),
    ),
    Option(
        "contacts.categories.domains",
        "Domains",
        help=Paragraph(
            "contacts.categories.domains_help", "Domains that must be renewed, and registrations that went through."
        ),
    ),
    Option(
        "contacts.categories.invoices",
        "Invoices",
        help=Paragraph("contacts.categories.invoices_help", "Invoices, and reminders of those not paid yet."),
    ),
    Option(
        "contacts.categories.support",
        "Support",
        help=Paragraph("contacts.categories.support_help", "News of the requests this account has made to support."),
    ),
)


def _own_category(name: str, config: Config) -> Option:
    """A category of the host's. Its words are the configuration's (``Config.wording``), so no catalog's."""
    added, box = config.contacts.extra[name], SHIPPED[0]
    id_ = f"contacts.categories.{name}"
    told = replace(box.help, id=f"{id_}_help", message=_any(added.help)) if box.help and added.help else None
    return replace(box, id=id_, message=_any(added.label), help=told)


def _any(words: Mapping[str, str]) -> str:
    return words.get("en") or next(iter(words.values()))


def _remove() -> Screen:
    return Screen(
        "contacts.remove",
        "contacts/<int:contact>/remove",
        Title("contacts.remove.title", "Delete {name}?"),
        needs=NEEDS,
        parts=(
            Paragraph(
                "contacts.remove.question",
                "{name} ({email}) will get no more messages about this account. What you typed in about this contact "
                "is deleted for good.",
            ),
            Action("contacts.remove.submit", "Delete contact", is_grave=True),
            Link("contacts.remove.cancel", "Keep this contact", to="contacts.list"),
        ),
    )


def _import(config: Config) -> Screen:
    return Screen(
        "contacts.import",
        "contacts/import",
        Title("contacts.import.title", "Import contacts"),
        needs=NEEDS,
        parts=(
            Paragraph(
                "contacts.import.intro",
                "Bring many contacts at once, in a file as spreadsheets save it: CSV, encoded as UTF-8. Its first line "
                "names the columns, and each line after it is one contact. An address that is here already is changed; "
                "all others are added.",
            ),
            Tip(
                "contacts.import.columns",
                "These columns may be there, in any order; only email must be: {columns}.",
            ),
            Rows(
                "contacts.import.problems",
                "What must be mended in the file",
                columns=(
                    Column("contacts.import.where", "Where"),
                    Column("contacts.import.what", "What is wrong"),
                ),
            ),
            Field(
                "contacts.import.file",
                "File",
                kind="file",
                accept=".csv,text/csv",
                max_bytes=LARGEST_FILE,
                help=Text("contacts.import.file_help", "1 MB and {most} contacts at most."),
            ),
            *_messages_of_new_contacts(config),
            Action("contacts.import.submit", "Import"),
            Link("contacts.import.cancel", "Cancel", to="contacts.list"),
            Link("contacts.import.example", "Export your contacts to see such a file", to="contacts.export"),
        ),
        messages=(
            Message(
                "contacts.import.wrong",
                "Nothing was imported, for {count} cells must be mended. Mend them in the file and send it again.",
            ),
            Message(
                "contacts.import.not_utf8",
                'This file is not text in UTF-8. Save it anew; in Excel choose "CSV UTF-8".',
                field="file",
            ),
            Message("contacts.import.empty", "There is no contact in this file.", field="file"),
            Message(
                "contacts.import.too_many",
                "There are more than {most} contacts in this file. Divide it, and import one part after the other.",
                field="file",
            ),
            Message(
                "contacts.import.full",
                "Nothing was imported, for there is room for {most} contacts in this account, and with this file there "
                "would be {wanted}.",
                field="file",
            ),
        ),
    )


def _messages_of_new_contacts(config: Config) -> tuple[Field, ...]:
    if not config.contacts.offered:
        return ()
    return (
        Field(
            "contacts.import.categories",
            "Messages for new contacts",
            kind="ticks",
            required=False,
            options=categories(config),
            tick_all=Text("contacts.import.all", "Select all"),
            help=Text(
                "contacts.import.categories_help",
                "For those whose line in the file names none. Without a tick here they get no messages until you "
                "choose some.",
            ),
        ),
    )


PLACES = (
    Text("contacts.import.line", "Line {line}"),
    Text("contacts.import.cell", "Line {line}, column {column}"),
)
"""Where in the file something is to be mended."""

WRONG_CELLS = (
    Paragraph("contacts.import.missing", "There is no such column. Add it to the first line."),
    Paragraph("contacts.import.unknown", "This is none of the columns. Rename or remove it."),
    Paragraph("contacts.import.twice", "This column is there twice. Remove one."),
    Paragraph(
        "contacts.import.cells",
        "This line has {cells} cells and the first one has {columns}. Put a cell that holds the separator in double "
        "quotes.",
    ),
    Paragraph(
        "contacts.import.not_csv",
        "From here on this is not CSV. Close the double quotes; what follows was not read.",
    ),
    Paragraph("contacts.import.same", "This address is in line {line} already. Remove one of the two."),
    Paragraph("contacts.import.no_country", "{value} is not the code of a country. It looks like ES."),
    Paragraph("contacts.import.no_language", "{value} is not a language of this site. It has: {offered}."),
    Paragraph("contacts.import.no_category", "There are no messages of the kind {value}. There are: {offered}."),
)
"""What can be wrong with a cell of the file, besides what forms say."""


def _export() -> Screen:
    """Opening it downloads the file."""
    return Screen("contacts.export", "contacts/export", Title("contacts.export.title", "Export contacts"), needs=NEEDS)


def _own(config: Config) -> Screen:
    return Screen(
        "contacts.own",
        "contacts/own",
        Title("contacts.own.title", "Messages you get yourself"),
        needs=OWNER,
        parts=(
            Paragraph(
                "contacts.own.intro",
                "As the owner of {account} you get every message about it, unless you take the tick away here. "
                "Messages about your own access always come.",
            ),
            Field(
                "contacts.own.categories",
                "Messages you get",
                kind="ticks",
                required=False,
                options=categories(config),
            ),
            Action("contacts.own.save", "Save"),
            Link("contacts.own.back", "Back to the contacts", to="contacts.list"),
        ),
        messages=(Message("contacts.own.saved", "Your choice is saved.", tone="success", status=200),),
    )


def _unsubscribe() -> Screen:
    return Screen(
        "contacts.unsubscribe",
        f"{PATH}/<signed>",
        Title("contacts.unsubscribe.title", "Get no more of these messages"),
        parts=(
            Paragraph(
                "contacts.unsubscribe.intro",
                "Press the button, and we send you no more messages of the kind that brought you here.",
            ),
            Action("contacts.unsubscribe.submit", "Send me no more of them"),
        ),
        results=(
            Result(
                "contacts.unsubscribe.done",
                "You get no more of these messages. One that is on its way already may still arrive.",
                parts=(
                    Paragraph(
                        "contacts.unsubscribe.back",
                        "Was it a mistake? The owner of the account can let them come again.",
                    ),
                    Link("contacts.unsubscribe.own", "You are the owner? Choose your messages", to="contacts.own"),
                ),
            ),
        ),
    )


def _message() -> Mail:
    return Mail(
        "contacts.message",
        Text("contacts.message.subject", "{subject}"),
        (
            Paragraphs("contacts.message.text", "{text}"),
            Button("contacts.message.open", "{button}"),
        ),
        numbered=True,
    )
