"""The mails sent about an account: what was written to whom, for as long as it is kept."""

from __future__ import annotations

from collections.abc import Mapping

from ...config import Config
from ...declare.elements import (
    Column,
    Declaration,
    Fact,
    Facts,
    Link,
    NavEntry,
    Paragraph,
    Paragraphs,
    RowLink,
    Rows,
    Screen,
    Title,
    Tone,
)
from ...declare.texts import Text

NEEDS = "emails"

STATES = {
    "queued": Text("emails.list.queued", "On its way"),
    "leased": Text("emails.list.queued", "On its way"),
    "sent": Text("emails.list.sent", "Sent"),
    "dead": Text("emails.list.dead", "Could not be delivered"),
}
TONES: Mapping[str, Tone] = {"queued": "info", "sent": "success", "dead": "error"}
"""By the names of the states as they are said."""

UNKNOWN = Text("emails.list.unknown", "A message of a kind that is no longer sent")
LEFT_OUT = Text(
    "emails.mail.left_out",
    "The content of this message is not shown because it was meant only for its recipient: it was about their access.",
)


def declare(config: Config) -> Declaration:
    if not config.emails.enabled:
        return Declaration()
    return Declaration(
        screens=(_list(), _mail()),
        menu=(NavEntry("shell.menu.emails", "Messages we sent", to="emails.list", icon="mail", group="company"),),
        texts=(*STATES.values(), UNKNOWN, LEFT_OUT),
    )


def _list() -> Screen:
    return Screen(
        "emails.list",
        "emails",
        Title("emails.list.title", "Messages we sent"),
        needs=NEEDS,
        parts=(
            Paragraph(
                "emails.list.intro",
                "Messages about {account} from the last {days:day|# days}. Older ones are deleted.",
            ),
            Rows(
                "emails.list.all",
                "Messages",
                columns=(
                    Column("emails.list.subject", "Subject"),
                    Column("emails.list.to", "To"),
                    Column("emails.list.on", "Date"),
                    Column("emails.list.state", "Status"),
                ),
                actions=(RowLink("emails.list.read", "Subject", to="emails.mail"),),
                empty=Text("emails.list.empty", "There are no recent messages about this account."),
                begin=Link("emails.list.home", "Back to the overview", to="site.home"),
            ),
        ),
    )


def _mail() -> Screen:
    return Screen(
        "emails.mail",
        "emails/<int:mail>",
        Title("emails.mail.title", "{subject}"),
        needs=NEEDS,
        parts=(
            Facts(
                "emails.mail.about",
                "About this message",
                facts=(
                    Fact("emails.mail.to", "To"),
                    Fact("emails.mail.on", "Date"),
                    Fact("emails.mail.state", "Status"),
                ),
            ),
            Paragraphs("emails.mail.text", "{text}"),
            Link("emails.mail.back", "All messages", to="emails.list"),
        ),
    )
