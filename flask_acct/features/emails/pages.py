"""The history of mails over HTTP."""

from __future__ import annotations

from ...db.models import OutboxMail
from ...declare.labels import language_tag
from ...mail.outbox import SENT_KEPT_FOR
from ...mail.rendering import offered_locale
from ...web.page import Page, View
from ...web.replies import Missing, Reply
from ...web.rows import Row, RowPage, StateCell
from . import flows
from .screens import LEFT_OUT, STATES, TONES, UNKNOWN


def list_mails(page: Page) -> None:
    """The requested page of the history is loaded."""
    found = flows.browse(page.scope, page.membership, page=page.visitor.page_number)
    page.slots |= {"account": page.account.name, "days": SENT_KEPT_FOR.days}
    page.rows["all"] = RowPage([_row(mail, page) for mail in found.mails], found.page, found.pages)


def find_mail(page: Page) -> Reply | None:
    """The mail of the address is loaded. Another account's counts as missing, and so does one the user may not read."""
    mail = flows.find(page.scope, page.number("mail"), page.membership)
    if mail is None:
        return Missing()
    page.slots["subject"] = _subject(mail, page)
    page.facts["about"] = {"to": mail.recipient, "on": _when(mail), "state": _state(mail, page)}
    if flows.is_private(mail):
        page.brought["text"] = [page.frame.words[LEFT_OUT.id]]
    else:
        page.brought |= {
            "text": flows.text(mail, page.host.platform(mail.platform)),
            "text_lang": language_tag(offered_locale(mail.locale, page.config)),
        }
    return None


def _row(mail: OutboxMail, page: Page) -> Row:
    cells = (_subject(mail, page), mail.recipient, _when(mail), _state(mail, page))
    return Row(str(mail.id), cells, at={"mail": mail.id})


def _subject(mail: OutboxMail, page: Page) -> str:
    known = flows.subject(mail, page.host.platform(mail.platform), locale=page.locale)
    return known or page.frame.words[UNKNOWN.id]


def _state(mail: OutboxMail, page: Page) -> StateCell:
    words = STATES[mail.state]
    return StateCell(words.name, page.frame.words[words.id], TONES[words.name], id=words.id)


def _when(mail: OutboxMail) -> object:
    return mail.sent_at or mail.created_at


PAGES = {
    "emails.list": View(load=list_mails),
    "emails.mail": View(load=find_mail),
}
