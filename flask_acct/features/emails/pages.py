"""The history of mails over HTTP."""

from __future__ import annotations

from typing import cast

from flask import abort

from ...db.models import Account, Membership, OutboxMail
from ...declare.labels import language_tag
from ...mail.outbox import SENT_KEPT_FOR
from ...mail.rendering import spoken
from ...platform import Platform
from ...security.sessions import CurrentSession
from ...web.page import Page, View
from ...web.rows import Row, RowPage
from ...web.state import state
from . import flows
from .screens import LEFT_OUT, STATES, UNKNOWN


def list_mails(page: Page) -> None:
    """The page of the history that is asked for."""
    account, place = _here(page)
    found = flows.browse(page.scope, place, page=page.number)
    page.slots |= {"account": account.name, "days": SENT_KEPT_FOR.days}
    page.rows["all"] = RowPage([_row(mail, page) for mail in found.mails], found.page, found.pages)


def find_mail(page: Page) -> None:
    """The mail of the address. Another account's is none, nor is one that is not for whoever asks."""
    mail = flows.find(page.scope, page.at["mail"], _here(page)[1]) or abort(404)
    page.slots["subject"] = _subject(mail, page)
    page.facts["about"] = {"to": mail.recipient, "on": _when(mail), "state": STATES[mail.state]}
    if flows.is_private(mail):
        page.slots["text"] = [page.frame.words[LEFT_OUT.id]]
    else:
        page.slots |= {
            "text": flows.text(mail, _platform(mail)),
            "text_lang": language_tag(spoken(mail.locale, page.config)),
        }


def _row(mail: OutboxMail, page: Page) -> Row:
    cells = (_subject(mail, page), mail.recipient, _when(mail), STATES[mail.state])
    return Row(str(mail.id), cells, at={"mail": mail.id})


def _subject(mail: OutboxMail, page: Page) -> str:
    known = flows.subject(mail, _platform(mail), locale=page.frame.locale)
    return known or page.frame.words[UNKNOWN.id]


def _platform(mail: OutboxMail) -> Platform:
    """What the platform says that the mail came from."""
    acct = state()
    return acct.platforms.get(mail.platform, acct.platform)


def _when(mail: OutboxMail) -> object:
    return mail.sent_at or mail.created_at


def _here(page: Page) -> tuple[Account, Membership]:
    """The account in view and the place in it; the guard has seen to it that there is one."""
    here = cast(CurrentSession, page.here)
    return cast(Account, here.account), cast(Membership, here.membership)


PAGES = {
    "emails.list": View(prepare=list_mails),
    "emails.mail": View(prepare=find_mail),
}
