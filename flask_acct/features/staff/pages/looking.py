"""What staff look at and do not change: the search, outgoing mail, the help site's readers, the audit log."""

from __future__ import annotations

from typing import cast

from ....db.models import OutboxMail
from ....declare.labels import language_tag
from ....staff import acts, cases, mails, readers, search
from ....web.page import Handled, Page, View
from ....web.replies import File, Missing, Reply
from ....web.rows import Row, RowPage
from ..screens import ACCOUNT_STATES, MAIL_STATES, PLANS, USER_STATES
from .shared import after, boxed, leave_out_for_support, name_of, show_log, why

EVERY = "@"
"""What to search for to see all messages: every address holds it."""

OF_DEAD = ("retry", "discard")
"""What can be done with a message that was not delivered."""


def show_home(page: Page) -> None:
    query = page.visitor.search
    hits = search.search(page.scope, query=query, page=page.visitor.page_number)
    page.slots |= {"cases": cases.number_open(page.scope), "dead": mails.number_dead(page.scope)}
    accounts = [
        Row(
            one.number,
            (one.name, one.number, boxed(ACCOUNT_STATES[one.state], page), PLANS.get(one.plan, one.plan)),
            href=page.host.url_at("staff.account", {"account": one.id}),
        )
        for one in hits.accounts
    ]
    users = [
        Row(
            str(one.id),
            (
                one.full_name,
                one.email,
                one.username,
                boxed(USER_STATES["disabled" if one.disabled_at else "active"], page),
            ),
            href=page.host.url_at("staff.user", {"user": one.id}),
        )
        for one in hits.users
    ]
    page.rows |= {"accounts": RowPage(accounts, hits.page, hits.pages, query), "users": RowPage(users)}


def list_mails(page: Page) -> None:
    query = page.visitor.search
    found = mails.browse(page.scope, query=query, page=page.visitor.page_number)
    rows = [
        Row(
            str(one.id),
            (one.recipient, _subject(one, page), boxed(MAIL_STATES[one.state], page), one.failure, one.created_at),
            href=page.host.url_at("staff.mail", {"mail": one.id}),
        )
        for one in found.mails
    ]
    page.rows["all"] = RowPage(rows, found.page, found.pages, query)
    if not query:
        page.links["search_all"] = page.host.url("staff.mails", find=EVERY)


def _subject(mail: OutboxMail, page: Page) -> str:
    return mails.subject(mail, page.host.platform(mail.platform), locale=page.locale)


def find_mail(page: Page) -> Reply | None:
    mail = mails.find(page.db, page.number("mail"))
    if mail is None:
        return Missing()
    page.found["mail"] = page.row = mail
    page.slots["to"] = mail.recipient
    return None


def show_mail(page: Page) -> Reply | None:
    if reply := find_mail(page):
        return reply
    mail = _mail(page)
    about = {
        "subject": _subject(mail, page),
        "state": boxed(MAIL_STATES[mail.state], page),
        "why": mail.failure,
        "attempts": str(mail.attempts),
        "on": mail.created_at,
        "sent": mail.sent_at,
        "next": mail.next_attempt_at if mail.state == "queued" else None,
        "until": mail.expires_at,
    }
    page.facts["about"] = {name: value for name, value in about.items() if value is not None}
    show_log(page, "mail", mail.id, mail.created_at)
    leave_out_for_support(page, *OF_DEAD)
    if mail.state != "dead":
        page.screen = page.screen.without(*OF_DEAD)
    return None


def retry_mail(page: Page) -> Handled:
    outcome = mails.retry(page.scope, _mail(page), by=page.staff.actor, reason=page.values["reason"])
    return after(page, outcome, "staff.mail", "retried", page.at)


def discard_mail(page: Page) -> Handled:
    outcome = mails.discard(page.scope, _mail(page), by=page.staff.actor, reason=page.values["reason"])
    return after(page, outcome, "staff.mails", "discarded", {})


def _mail(page: Page) -> OutboxMail:
    return cast(OutboxMail, page.found["mail"])


def show_readers(page: Page) -> None:
    votes = [
        Row(
            f"{one.article} {one.locale}", (one.article, language_tag(one.locale), str(one.unhelpful), str(one.helpful))
        )
        for one in readers.votes(page.db)
    ]
    searches = [
        Row(str(one.id), (one.query, language_tag(one.locale), str(one.count), one.last_on))
        for one in readers.empty_searches(page.db)
    ]
    missing = [Row(one.digest, (one.text, one.article, one.sent_on)) for one in readers.missing(page.db)]
    page.rows |= {"votes": RowPage(votes), "searches": RowPage(searches), "missing": RowPage(missing)}


def show_audit(page: Page) -> None:
    query = page.visitor.search
    found = acts.browse(page.scope, query=query, page=page.visitor.page_number)
    rows = [
        Row(
            str(one.id),
            (name_of(one), one.on_name, one.by, why(one), one.at),
        )
        for one in found.entries
    ]
    page.rows["all"] = RowPage(rows, found.page, found.pages, query)
    page.links["csv"] = page.host.url("staff.audit_file", **({"find": query} if query else {}))


def save_audit(page: Page) -> Handled:
    content = acts.as_csv(page.scope, query=page.visitor.search)
    return File(content, "text/csv", f"audit-{page.now:%Y-%m-%d}.csv")


PAGES = {
    "staff.home": View(load=show_home),
    "staff.mails": View(load=list_mails),
    "staff.mail": View(load=show_mail),
    "staff.mail_retry": View(load=find_mail, post=retry_mail),
    "staff.mail_discard": View(load=find_mail, post=discard_mail),
    "staff.help": View(load=show_readers),
    "staff.audit": View(load=show_audit),
    "staff.audit_file": View(get=save_audit),
}
