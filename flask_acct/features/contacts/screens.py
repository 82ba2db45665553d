"""Contacts: who else gets mails about an account, and which."""

from __future__ import annotations

from dataclasses import replace

from ...accounts.unsubscribing import BACK, PATH
from ...config import Config
from ...db.models import Contact, length_of
from ...declare import own_fields
from ...declare.elements import (
    OWNER,
    Action,
    Button,
    Column,
    Declaration,
    Facts,
    Fold,
    Heading,
    Link,
    Listing,
    Mail,
    MainLink,
    Message,
    NavEntry,
    Paragraph,
    Paragraphs,
    Result,
    Rows,
    Screen,
    Tip,
    Title,
)
from ...declare.fields import Choice, Field, FileField, ListedTicks, Matches, Option, TextField, Tick, Ticks
from ...declare.texts import Part, Text
from ...values.languages import nearest

NEEDS = "contacts"
"""The permission for all of it but the owner's own mails."""

LARGEST_FILE = 1024 * 1024


SORTS = ("name", "email")
"""The columns that the list can be sorted by."""

NO_MESSAGES = Text("contacts.list.no_messages", "None")
"""What the list says of a contact who gets nothing."""


def declare(config: Config) -> Declaration:
    # A host may write to owners by category where there are no contacts.
    look = Text("contacts.message.look", "Open")
    if not config.contacts.enabled:
        return Declaration(mails=(_message(),), texts=(look,))
    return Declaration(
        screens=(
            _list(config),
            _add(config),
            _edit(config),
            _remove(),
            *((_messages(config),) if config.contacts.offered else ()),
            _remove_several(),
            _import(),
            _template(),
            _check(config),
            _export(),
            _of_owner(config),
            _resume(),
            _unsubscribe(),
            _subscribe(),
        ),
        mails=(_message(), *_mails_to_the_owner()),
        menu=(NavEntry("shell.menu.contacts", "Contacts", to="contacts.list", icon="contacts", group="company"),),
        texts=(
            look,
            NO_MESSAGES,
            *PLACES,
            *WRONG_CELLS,
            *own_fields.words("contact", config),
            *PREVIEW,
            Text("contacts.import.yes", "Yes"),
            Text("contacts.import.no", "No"),
            Text("contacts.mail.nothing", "No messages yet"),
            Text("contacts.mail.more", "And {count} more"),
        ),
    )


def _list(config: Config) -> Screen:
    return Screen(
        "contacts.list",
        "contacts",
        Title("contacts.list.title", "Contacts"),
        needs=NEEDS,
        parts=(
            MainLink("contacts.list.new", "Add new contact", to="contacts.add"),
            Paragraph(
                "contacts.list.intro",
                "A contact gets messages about this account but cannot sign in. You choose who gets which messages.",
            ),
            _room(config),
            Rows(
                "contacts.list.all",
                "All contacts",
                columns=(
                    Column("contacts.list.name", "Name"),
                    Column("contacts.list.email", "Email address"),
                    Column("contacts.list.categories", "Messages they get"),
                    Column("contacts.list.added_by", "Added by"),
                ),
                actions=(
                    Link("contacts.list.edit", "Edit", to="contacts.edit"),
                    Link("contacts.list.remove", "Delete", to="contacts.remove"),
                ),
                empty=Text("contacts.list.empty", "There are no contacts yet."),
                begin=Link("contacts.list.first", "Add a contact", to="contacts.add"),
                find=TextField(
                    "contacts.list.contact",
                    "Choose contact",
                    required=False,
                    help=Text("contacts.list.contact_help", "Type part of the name or email address."),
                ),
                is_led_by_find=True,
                sorts=SORTS,
                choose=Text("contacts.list.choose", "Select"),
                bulk=(
                    *(
                        (Link("contacts.list.change_several", "Change messages", to="contacts.messages"),)
                        if config.contacts.offered
                        else ()
                    ),
                    Link("contacts.list.remove_several", "Delete", to="contacts.remove_several"),
                ),
            ),
            Link("contacts.list.import", "Import contacts from a file", to="contacts.import"),
            Link("contacts.list.export", "Export contacts to a file", to="contacts.export"),
            Link("contacts.list.own", "Your own messages", to="contacts.own"),
        ),
        messages=(
            Message("contacts.list.added", "{name} has been added.", tone="success", status=200),
            Message(
                "contacts.list.added_without",
                "{name} has been added, but has unsubscribed from some messages and does not get them: {declined}. "
                "Open the contact to read more.",
                tone="warning",
                status=200,
            ),
            Message(
                "contacts.list.none_chosen",
                "Select at least one contact in the list first.",
                tone="warning",
                status=200,
            ),
            Message(
                "contacts.list.removed_several",
                "Contacts deleted: {count}. They will get no more messages.",
                tone="success",
                status=200,
            ),
            Message(
                "contacts.list.changed_several",
                "Contacts changed: {changed}; unchanged: {same}.",
                tone="success",
                status=200,
            ),
            Message(
                "contacts.list.changed_several_without",
                "Contacts changed: {changed}; unchanged: {same}. Some have unsubscribed from messages and do not "
                "get them: {declined}. Open a contact to read more.",
                tone="warning",
                status=200,
            ),
            Message("contacts.list.saved", "The changes to {name} have been saved.", tone="success", status=200),
            Message(
                "contacts.list.saved_without",
                "The changes to {name} have been saved. This contact has unsubscribed from some messages and does "
                "not get them: {declined}. Open the contact to read more.",
                tone="warning",
                status=200,
            ),
            Message(
                "contacts.list.removed",
                "{name} has been deleted and will get no more messages.",
                tone="success",
                status=200,
            ),
            Message(
                "contacts.list.imported",
                "The file has been imported. Contacts added: {added}; changed: {changed}; unchanged: {same}.",
                tone="success",
                status=200,
            ),
            Message(
                "contacts.list.imported_same",
                "Everything in this file was already here. Nothing has been changed.",
                tone="success",
                status=200,
            ),
            Message(
                "contacts.list.imported_without",
                "The file has been imported. Contacts added: {added}; changed: {changed}; unchanged: {same}. Some "
                "have unsubscribed from messages and do not get them: {declined}. Open a contact to read more.",
                tone="warning",
                status=200,
            ),
        ),
    )


def _room(config: Config) -> Paragraph:
    if config.contacts.max == 1:
        return Paragraph("contacts.list.room_for_one", "There is room for 1 contact.")
    if config.contacts.max:
        return Paragraph("contacts.list.room", "There is room for {config.contacts.max:contact|contacts}.")
    return Paragraph("contacts.list.any_number", "Add as many contacts as you like.")


TAKEN = Message(
    "contacts.contact.taken",
    "Another contact in this account already has this address: {name}. Edit that contact, or use another address.",
    field="email",
)


def _add(config: Config) -> Screen:
    return Screen(
        "contacts.add",
        "contacts/new",
        Title("contacts.add.title", "Add a contact"),
        needs=NEEDS,
        parts=(
            *_only_an_address(config),
            *_fields(config, is_new=True),
            Action("contacts.add.save", "Save contact"),
            Link("contacts.add.cancel", "Cancel", to="contacts.list"),
        ),
        messages=(
            TAKEN,
            Message(
                "contacts.contact.full",
                "There is no room for another contact: this account can have at most {most}. Delete one first.",
            ),
        ),
    )


def _only_an_address(config: Config) -> tuple[Paragraph, ...]:
    """What is needed, unless the host asks for more."""
    if any(own.required for own in config.fields.contact.values()):
        return ()
    if config.contacts.offered:
        return (Paragraph("contacts.add.needed", "All you need is an email address and at least one kind of message."),)
    return (Paragraph("contacts.add.intro", "Only the email address is needed."),)


def _edit(config: Config) -> Screen:
    return Screen(
        "contacts.edit",
        "contacts/<int:contact>",
        Title("contacts.edit.title", "Edit {name}"),
        needs=NEEDS,
        parts=(
            *_fields(config, is_new=False),
            Action("contacts.edit.save", "Save changes"),
            Link("contacts.edit.cancel", "Cancel", to="contacts.list"),
            Link("contacts.edit.remove", "Delete this contact", to="contacts.remove"),
            *own_fields.facts(
                "contact",
                config,
                Facts(
                    "contacts.edit.details",
                    "Details we keep about this contact",
                    empty=Text("contacts.edit.no_details", "Nothing yet."),
                ),
            ),
            Rows(
                "contacts.edit.declined",
                "Messages this contact has unsubscribed from",
                columns=(
                    Column("contacts.edit.category", "Messages"),
                    Column("contacts.edit.since", "Since"),
                ),
                actions=(Link("contacts.edit.resume", "Send again", to="contacts.resume"),),
            ),
        ),
        messages=(
            TAKEN,
            Message(
                "contacts.contact.no_messages",
                "This contact would get no messages at all. Select at least one kind.",
                field="categories",
            ),
            Message(
                "contacts.edit.resumed", "{name} gets these messages again: {category}.", tone="success", status=200
            ),
        ),
    )


def _fields(config: Config, *, is_new: bool) -> tuple[Part, ...]:
    """What both forms of a contact ask: first what most people fill in, then the rest, folded."""
    return (
        TextField(
            "contacts.contact.email", "Email address", input_type="email", must_be="email", example="ana@example.com"
        ),
        TextField(
            "contacts.contact.first_name", "First name", required=False, max_length=length_of(Contact.first_name)
        ),
        TextField("contacts.contact.last_name", "Last name", required=False, max_length=length_of(Contact.last_name)),
        *_kinds(config, is_new=is_new),
        *_own(config, required=True),
        Fold("contacts.contact.details", "More details: company, phone, address, language"),
        TextField("contacts.contact.company", "Company", required=False, max_length=length_of(Contact.company)),
        TextField("contacts.contact.phone", "Phone", input_type="tel", must_be="phone", required=False, max_length=40),
        TextField("contacts.contact.tax_id", "Tax number", required=False, max_length=length_of(Contact.tax_id)),
        Choice(
            "contacts.contact.locale",
            "Message language",
            source="languages",
            required=False,
            help=Text("contacts.contact.locale_help", "If you choose none, the account owner's language is used."),
        ),
        *_own(config, required=False),
        Heading("contacts.contact.place", "Address"),
        TextField(
            "contacts.contact.address1", "Street and number", required=False, max_length=length_of(Contact.address1)
        ),
        TextField(
            "contacts.contact.address2",
            "Unit, floor or building",
            required=False,
            max_length=length_of(Contact.address2),
        ),
        TextField("contacts.contact.city", "City", required=False, max_length=length_of(Contact.city)),
        TextField("contacts.contact.region", "State or province", required=False, max_length=length_of(Contact.region)),
        Choice("contacts.contact.country", "Country", source="countries", required=False),
        TextField(
            "contacts.contact.postcode",
            "Postal code",
            must_be="postcode",
            required=False,
            max_length=length_of(Contact.postcode),
        ),
    )


def _kinds(config: Config, *, is_new: bool) -> tuple[Field, ...]:
    """A box for each kind of message, of which one must be ticked.

    Only ``flows`` knows whether a contact who is there already may stay without any: one that gets none may.
    """
    if not config.contacts.offered:
        return ()
    return (
        Ticks(
            "contacts.contact.categories",
            "Messages this contact gets",
            required=is_new,
            options=categories(config),
            help=Text(
                "contacts.contact.categories_help",
                "Select at least one kind. A contact never gets passwords, links to set one, or other messages "
                "meant for one user only.",
            ),
        ),
    )


def _own(config: Config, *, required: bool) -> tuple[Field, ...]:
    """The host's own fields, those that must be filled in or the others."""
    parts = own_fields.parts("contact", config)
    return tuple(one for one in parts if one.required == required)


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
        help=Paragraph("contacts.categories.products_help", "Order details, and welcome messages for new services."),
    ),
    Option(
        "contacts.categories.domains",
        "Domains",
        help=Paragraph("contacts.categories.domains_help", "Domains to renew, and completed registrations."),
    ),
    Option(
        "contacts.categories.invoices",
        "Invoices",
        help=Paragraph("contacts.categories.invoices_help", "Invoices and payment reminders."),
    ),
    Option(
        "contacts.categories.support",
        "Support",
        help=Paragraph("contacts.categories.support_help", "Updates on this account's support requests."),
    ),
)


def _own_category(name: str, config: Config) -> Option:
    """A category of the host's. Its words are the configuration's (``Config.wording``), so no catalog's."""
    added, box = config.contacts.extra[name], SHIPPED[0]
    id_ = f"contacts.categories.{name}"
    help_text = (
        replace(box.help, id=f"{id_}_help", message=nearest(added.help, "en")) if box.help and added.help else None
    )
    return replace(box, id=id_, message=nearest(added.label, "en"), help=help_text)


def _mails_to_the_owner() -> tuple[Mail, ...]:
    """What its owner learns when somebody else gives another address the messages of the account."""
    return (
        Mail(
            "contacts.added",
            Text("contacts.added.subject", "{account} has a new contact"),
            (
                Paragraph(
                    "contacts.added.intro",
                    "{name} ({address}) added a contact to {account} on {when}: {contact}, {contact_email}.",
                ),
                Listing("contacts.added.kinds", "Messages this contact gets:"),
                Button("contacts.added.open", "View contacts", to="contacts.list"),
                Paragraph(
                    "contacts.added.not_right",
                    "If you do not know this address, delete the contact and check what {name} can do.",
                ),
            ),
            numbered=True,
        ),
        Mail(
            "contacts.changed",
            Text("contacts.changed.subject", "A contact of {account} was changed"),
            (
                Paragraph(
                    "contacts.changed.intro",
                    "{name} ({address}) changed a contact of {account} on {when}: {contact}, {contact_email}.",
                ),
                Listing("contacts.changed.was_email", "Previous address:"),
                Listing("contacts.changed.kinds", "Messages this contact gets:"),
                Button("contacts.changed.open", "View contacts", to="contacts.list"),
                Paragraph(
                    "contacts.changed.not_right",
                    "If you do not know this address, delete the contact and check what {name} can do.",
                ),
            ),
            numbered=True,
        ),
        Mail(
            "contacts.changed_several",
            Text("contacts.changed_several.subject", "Contacts of {account} now get more messages"),
            (
                Paragraph(
                    "contacts.changed_several.intro",
                    "{name} ({address}) changed contacts of {account} on {when}.",
                ),
                Listing("contacts.changed_several.widened", "These contacts now get more kinds of messages:"),
                Button("contacts.changed_several.open", "View contacts", to="contacts.list"),
                Paragraph(
                    "contacts.changed_several.not_right",
                    "If you do not know these addresses, delete the contacts and check what {name} can do.",
                ),
            ),
            numbered=True,
        ),
        Mail(
            "contacts.imported",
            Text("contacts.imported.subject", "Contacts were imported into {account}"),
            (
                Paragraph(
                    "contacts.imported.intro",
                    "{name} ({address}) imported contacts into {account} from a file on {when}.",
                ),
                Listing("contacts.imported.added", "New contacts:"),
                Listing("contacts.imported.widened", "These contacts now get more kinds of messages:"),
                Button("contacts.imported.open", "View contacts", to="contacts.list"),
                Paragraph(
                    "contacts.imported.not_right",
                    "If there are addresses you do not know, delete those contacts and check what {name} can do.",
                ),
            ),
            numbered=True,
        ),
    )


def _remove() -> Screen:
    return Screen(
        "contacts.remove",
        "contacts/<int:contact>/remove",
        Title("contacts.remove.title", "Delete {name}?"),
        needs=NEEDS,
        parts=(
            Paragraph(
                "contacts.remove.question",
                "{name} ({email}) will get no more messages about this account. The details of this contact will "
                "be deleted for good.",
            ),
            Action("contacts.remove.submit", "Delete contact", is_grave=True),
            Link("contacts.remove.cancel", "Keep this contact", to="contacts.list"),
        ),
    )


def _remove_several() -> Screen:
    """What is asked before the contacts chosen in the list are deleted; it names each of them."""
    return Screen(
        "contacts.remove_several",
        "contacts/remove",
        Title("contacts.remove_several.title", "Delete these contacts?"),
        needs=NEEDS,
        parts=(
            Paragraph(
                "contacts.remove_several.question",
                "They will get no more messages about this account. Their details will be deleted for good.",
            ),
            ListedTicks("contacts.remove_several.contacts", "Contacts to delete"),
            Action("contacts.remove_several.submit", "Delete these contacts", is_grave=True),
            Link("contacts.remove_several.cancel", "Keep them all", to="contacts.list"),
        ),
    )


def _messages(config: Config) -> Screen:
    """Other kinds of messages for the contacts chosen in the list."""
    return Screen(
        "contacts.messages",
        "contacts/messages",
        Title("contacts.messages.title", "Change messages for several contacts"),
        needs=NEEDS,
        parts=(
            ListedTicks("contacts.messages.contacts", "Contacts to change"),
            Choice(
                "contacts.messages.how",
                "What to change",
                options=(
                    Option("contacts.messages.give", "Also send them these messages"),
                    Option("contacts.messages.stop", "Stop sending them these messages"),
                    Option("contacts.messages.exactly", "Send them only these messages"),
                ),
            ),
            Ticks("contacts.messages.categories", "Messages", options=categories(config)),
            Action("contacts.messages.submit", "Save changes"),
            Link("contacts.messages.cancel", "Cancel", to="contacts.list"),
        ),
        messages=(
            Message(
                "contacts.messages.none_left",
                "Some contacts would get no messages at all: {names}. Keep at least one kind for them, or delete them.",
                field="categories",
            ),
        ),
    )


FAULT_COLUMNS = (
    Column("contacts.import.where", "Where"),
    Column("contacts.import.what", "What is wrong"),
)
"""What is told of each fault of a file."""


def _import() -> Screen:
    return Screen(
        "contacts.import",
        "contacts/import",
        Title("contacts.import.title", "Import contacts"),
        needs=NEEDS,
        parts=(
            Paragraph(
                "contacts.import.intro",
                "Add many contacts at once from a CSV file, which any spreadsheet program can save. The first line "
                "names the columns, and each line after it is one contact. Contacts whose address is already here "
                "are updated; all others are added. You will see a preview before anything is saved.",
            ),
            Link("contacts.import.template", "Download a template", to="contacts.template"),
            Link("contacts.import.example", "Export your contacts to see an example", to="contacts.export"),
            Tip(
                "contacts.import.columns",
                "The columns can be in any order; only the email address is required. An empty cell leaves the "
                "value unchanged; a single hyphen (-) clears it.",
            ),
            FileField(
                "contacts.import.file",
                "File",
                accept=".csv,text/csv",
                max_bytes=LARGEST_FILE,
                help=Text("contacts.import.file_help", "Up to 1 MB and {most} contacts."),
            ),
            Action("contacts.import.submit", "Continue"),
            Rows("contacts.import.problems", "What to correct in the file", columns=FAULT_COLUMNS),
            Paragraph("contacts.import.mismatch", "Is a column matched to the wrong field?"),
            Link("contacts.import.match", "Match the columns yourself"),
            Link("contacts.import.cancel", "Cancel", to="contacts.list"),
            Rows(
                "contacts.import.known",
                "Columns you can use",
                is_folded=True,
                columns=(
                    Column("contacts.import.called", "Name"),
                    Column("contacts.import.or_called", "Or this name"),
                    Column("contacts.import.needed", "Required"),
                ),
            ),
        ),
        messages=(
            Message(
                "contacts.import.wrong",
                "Nothing was imported. Correct the file and choose it again. Cells to correct: {count}.",
            ),
            Message(
                "contacts.import.wrong_first",
                "Nothing was imported. Correct the file and choose it again. Cells to correct: {count}; the first "
                "ones are listed below.",
            ),
            Message(
                "contacts.import.gone",
                "This file is no longer available: only the last file is kept, for {time}. Choose it again.",
                tone="warning",
                status=200,
            ),
            Message(
                "contacts.import.not_utf8",
                'The characters in this file cannot be read. Save it again; in Excel, choose "CSV UTF-8".',
                field="file",
            ),
            Message(
                "contacts.import.workbook",
                "This is a workbook or a web page, even if its name ends in .csv. Open it in your spreadsheet "
                'program and save it as CSV: in Excel, choose the type "CSV UTF-8"; in Numbers, export it; in '
                "Google Sheets, download it.",
                field="file",
            ),
            Message(
                "contacts.import.too_often",
                "Too many files were sent in a short time. Please wait {wait} and send this one again.",
                status=429,
            ),
            Message("contacts.import.empty", "There are no contacts in this file.", field="file"),
            Message(
                "contacts.import.too_many",
                "This file has more than {most} contacts. Split it, and import one part at a time.",
                field="file",
            ),
        ),
    )


def _check(config: Config) -> Screen:
    """What a file would change, before it does: which column is which, and what becomes of the contacts."""
    return Screen(
        "contacts.check",
        "contacts/import/<file>",
        Title("contacts.check.title", "Check before you import"),
        needs=NEEDS,
        parts=(
            Paragraph(
                "contacts.check.counts",
                "Nothing has been saved yet. Contacts to add: {added}; to change: {changed}; unchanged: {same}.",
            ),
            Paragraph(
                "contacts.check.faults",
                "Nothing has been saved. Correct the file and choose it again, or match its columns below. Cells "
                "to correct: {count}. The first ones:",
            ),
            Rows(
                "contacts.check.preview",
                "Preview",
                columns=(
                    Column("contacts.check.email", "Email address"),
                    Column("contacts.check.name", "Name"),
                    Column("contacts.contact.messages", "Messages"),
                    Column("contacts.check.what", "What happens"),
                ),
            ),
            Rows("contacts.check.problems", "What to correct in the file", columns=FAULT_COLUMNS),
            Matches(
                "contacts.check.columns",
                "Columns of the file",
                required=False,
                help=Text(
                    "contacts.check.columns_help",
                    "Choose what each column contains. If you change anything, you will see a new preview before "
                    "it is saved.",
                ),
            ),
            *_messages_of_new_contacts(config),
            Action("contacts.check.submit", "Import"),
            Action("contacts.check.again", "Check again"),
            Link("contacts.check.another", "Choose another file", to="contacts.import"),
            Link("contacts.check.cancel", "Cancel", to="contacts.list"),
        ),
        messages=(
            Message(
                "contacts.check.wrong",
                "Nothing was imported, because the file still needs correcting.",
            ),
            Message(
                "contacts.check.changed",
                "The columns have been matched again, and nothing has been saved yet. Please check the preview.",
                tone="info",
                status=200,
            ),
            Message("contacts.check.no_address", "Choose which column holds the email addresses.", field="columns"),
            Message(
                "contacts.check.twice",
                "Two columns cannot have the same meaning: {column}. Leave one of them out.",
                field="columns",
            ),
            Message(
                "contacts.check.no_messages",
                "Some new contacts would get no messages at all, because their lines name none. Select at least one "
                "kind.",
                field="categories",
            ),
            Message(
                "contacts.import.full",
                "Nothing was imported: there is not enough room. Contacts this account can have: {most}; with this "
                "file: {wanted}.",
            ),
        ),
    )


def _messages_of_new_contacts(config: Config) -> tuple[Field, ...]:
    if not config.contacts.offered:
        return ()
    return (
        Ticks(
            "contacts.import.categories",
            "Messages for new contacts",
            required=False,
            options=categories(config),
            tick_all=Text("contacts.import.all", "Select all"),
            help=Text(
                "contacts.import.categories_help",
                "For those whose line in the file names none. Select at least one kind.",
            ),
        ),
    )


PREVIEW = (
    Text("contacts.check.added", "Will be added"),
    Text("contacts.check.changes", "Will be changed"),
    Text("contacts.check.as_selected", "Those you select below"),
    Text("contacts.check.leave_out", "Leave out"),
    Text("contacts.check.kind", "Messages: {kind}"),
    Text("contacts.check.first", "First cells: {cells}"),
    Text("contacts.check.nameless", "Column {letter}, without a name"),
)
"""What the preview of an import says, and its choices."""

PLACES = (
    Text("contacts.import.line", "Line {line}"),
    Text("contacts.import.cell", "Line {line}, column {column}"),
    Text("contacts.import.row", "Row {row} of the sheet, line {line} of the file"),
    Text("contacts.import.row_cell", "Row {row} of the sheet, line {line} of the file, column {column}"),
    Text("contacts.import.lines", "Lines {lines} and others ({count} in total)"),
    Text("contacts.import.column", "Column {column}, lines {lines} and others ({count} in total)"),
)
"""Where in the file something is to be mended; the same in many lines is told once."""

WRONG_CELLS = (
    Paragraph(
        "contacts.import.too_many_columns",
        "This file has {columns} columns, and the most allowed is {most}. Remove those that are not about contacts.",
    ),
    Paragraph(
        "contacts.import.cells",
        "This line has {cells:cell|cells} and the first one has {columns}. Put double quotes around any cell that "
        "contains the separator.",
    ),
    Paragraph(
        "contacts.import.not_csv",
        "From here on, this is not valid CSV. Close the double quotes; the rest was not read.",
    ),
    Paragraph("contacts.import.same", "This address is already on line {line}. Remove one of the two."),
    Paragraph(
        "contacts.import.shortened",
        "The spreadsheet has shortened this number: {value}. Format the column as text and type the number again.",
    ),
    Paragraph(
        "contacts.import.no_country", "{value} is not a country we know. Use its code, such as ES, or its full name."
    ),
    Paragraph("contacts.import.no_language", "{value} is not a language of this site. Available: {offered}."),
    Paragraph("contacts.import.no_category", "There is no kind of message called {value}. Available: {offered}."),
    Paragraph("contacts.import.no_tick", "{value} is neither yes nor no. Enter x, yes or no, or leave it empty."),
)
"""What can be wrong with a cell of the file, besides what forms say."""


def _template() -> Screen:
    """Opening it downloads the file."""
    return Screen(
        "contacts.template",
        "contacts/template",
        Title("contacts.template.title", "Download a template"),
        needs=NEEDS,
    )


def _export() -> Screen:
    """Opening it downloads the file."""
    return Screen("contacts.export", "contacts/export", Title("contacts.export.title", "Export contacts"), needs=NEEDS)


def _of_owner(config: Config) -> Screen:
    return Screen(
        "contacts.own",
        "contacts/own",
        Title("contacts.own.title", "Your own messages"),
        needs=OWNER,
        parts=(
            Paragraph(
                "contacts.own.intro",
                "As the owner of {account}, you get every message about it unless you deselect it here. Messages "
                "about your own access are always sent.",
            ),
            Ticks(
                "contacts.own.categories",
                "Messages you get",
                required=False,
                options=categories(config),
            ),
            Action("contacts.own.save", "Save"),
            Link("contacts.own.back", "Back to contacts", to="contacts.list"),
        ),
        messages=(Message("contacts.own.saved", "Your choice has been saved.", tone="success", status=200),),
    )


def _resume() -> Screen:
    """Somebody says that a contact asked for what it had unsubscribed from."""
    return Screen(
        "contacts.resume",
        "contacts/<int:contact>/resume/<category>",
        Title("contacts.resume.title", "Send {category} to {name} again?"),
        needs=NEEDS,
        parts=(
            Paragraph(
                "contacts.resume.question",
                "{email} unsubscribed from these messages on {since}. Whoever reads mail at that address can "
                "subscribe again with the link at the bottom of any such message. Do it for them only if they have "
                "asked you to.",
            ),
            Tick("contacts.resume.asked", "This person has asked me for these messages"),
            Action("contacts.resume.submit", "Send them again"),
            Link("contacts.resume.cancel", "Leave as it is", to="contacts.edit"),
        ),
    )


def _unsubscribe() -> Screen:
    return Screen(
        "contacts.unsubscribe",
        f"{PATH}/<signed>",
        Title("contacts.unsubscribe.title", "Unsubscribe from these messages"),
        parts=(
            Paragraph(
                "contacts.unsubscribe.intro",
                "If you unsubscribe, we will send you no more messages of the kind that brought you here.",
            ),
            Paragraph("contacts.unsubscribe.kind", "Kind of messages: {category}"),
            Action("contacts.unsubscribe.submit", "Unsubscribe"),
            Link("contacts.unsubscribe.again", "Have you unsubscribed, and want them again?", to="contacts.subscribe"),
        ),
        results=(
            Result(
                "contacts.unsubscribe.done",
                "You have unsubscribed from these messages. One that is already on its way may still arrive.",
                parts=(
                    Paragraph(
                        "contacts.unsubscribe.back",
                        "Nobody can subscribe you again unless you ask for it. Was it a mistake?",
                    ),
                    Link("contacts.unsubscribe.undo", "Subscribe again", to="contacts.subscribe"),
                    Link("contacts.unsubscribe.own", "Are you the owner? Choose your messages", to="contacts.own"),
                ),
            ),
        ),
    )


def _subscribe() -> Screen:
    return Screen(
        "contacts.subscribe",
        f"{BACK}/<signed>",
        Title("contacts.subscribe.title", "Subscribe to these messages again"),
        parts=(
            Paragraph(
                "contacts.subscribe.intro",
                "Did you unsubscribe from messages of this kind? Subscribe again, and we will send them to you.",
            ),
            Paragraph("contacts.subscribe.kind", "Kind of messages: {category}"),
            Action("contacts.subscribe.submit", "Subscribe again"),
            Link("contacts.subscribe.cancel", "Unsubscribe from these messages", to="contacts.unsubscribe"),
        ),
        results=(
            Result(
                "contacts.subscribe.done",
                "If you had unsubscribed from these messages, you will get them again from now on.",
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
