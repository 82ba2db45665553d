"""``flask acct post``: the mail worker as a process of its own, and the state of the outbox."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from ..db import schema
from ..db.models import OutboxMail
from ..platform import Platform
from . import handlers, outbox
from .examples import example
from .handlers import UnansweredRequests
from .outbox import OutboxStatus
from .rendering import Unrenderable, render
from .worker import Worker


@click.command()
@click.option("--once", is_flag=True, help="Give all that waits one try, then end.")
@click.option("--status", is_flag=True, help="Say what waits, and why.")
@click.option("--failed", is_flag=True, help="List the mails that failed: when, to whom and why.")
@click.option("--to", "address", metavar="ADDRESS", help="List the mails to an address, and what became of each.")
@click.option("--retry", is_flag=True, help="Let dead mails wait again where their link would still work.")
@click.option("--preview", metavar="NAME", help="Show a mail with example values, such as recovery.reset.")
@click.option("--locale", metavar="LOCALE", help="With --preview: its language, such as es_AR.")
@click.option("--html", is_flag=True, help="With --preview: its HTML.")
@with_appcontext
def post(
    *,
    once: bool,
    status: bool,
    failed: bool,
    address: str | None,
    retry: bool,
    preview: str | None,
    locale: str | None,
    html: bool,
) -> None:
    """Answer requests and send mails until stopped."""
    state = current_app.extensions["acct"]
    if sum((once, status, failed, address is not None, retry, preview is not None)) > 1:
        raise click.UsageError("--once, --status, --failed, --to, --retry and --preview are used one at a time.")
    if (locale or html) and preview is None:
        raise click.UsageError("--locale and --html go with --preview NAME.")
    if preview is None:
        schema.raise_unless_current(state.database.engine)
    if preview is not None:
        click.echo(previewed(preview, state.platform, state.clock(), locale=locale, html=html))
    elif status:
        click.echo("\n".join(_status(state)))
    elif failed or address is not None:
        click.echo("\n".join(_listed(state, address)))
    elif retry:
        click.echo(_revived(state))
    else:
        _work(state.worker, once=once)


def previewed(name: str, platform: Platform, now: datetime, *, locale: str | None, html: bool) -> str:
    """Return a declared mail with example values. Raises ``click.ClickException`` for an unknown name or language."""
    mails = platform.declared.mails
    _one_of("mail", name, mails)
    if locale is not None:
        locale = locale.replace("-", "_")
        _one_of("language of this site", locale, platform.config.site.locales)
    chosen = locale or platform.config.site.default_locale
    letter = example(mails[name], platform, now, locale=chosen)
    try:
        message = render(letter, platform, sender=current_app.config.get("MAIL_DEFAULT_SENDER")).message()
    except Unrenderable as error:
        raise click.ClickException(str(error)) from error
    body = message.get_body(("html" if html else "plain",))
    content = body.get_content() if body is not None else ""
    if html:
        return str(content)
    heads = "\n".join(f"{header}: {message[header]}" for header in ("From", "To", "Subject"))
    return f"{heads}\n\n{content}"


def report(mails: OutboxStatus, requests: UnansweredRequests, now: datetime) -> Iterator[str]:
    """Yield what waits and why, line by line."""
    counts = mails.counts
    unsent = counts.get("queued", 0) + counts.get("leased", 0)
    if not (unsent or requests.number):
        yield "Nothing waits: every request is answered and every mail is sent."
    if requests.number:
        tried = f", {requests.tried} of them tried before" if requests.tried else ""
        yield f"Requests to be answered: {requests.number}, the oldest {_ago(requests.oldest, now)}{tried}."
    if unsent:
        yield f"Mails to be sent: {unsent}, the oldest {_ago(mails.oldest, now)}; {counts.get('leased', 0)} in hand."
        yield f"Next try: {_ahead(mails.next_attempt, now)}."
        yield from (f"  {number} waiting after: {reason}" for reason, number in mails.failures)
    if counts.get("sent"):
        yield f"Mails sent in the last 30 days: {counts['sent']}."
    if mails.dead:
        yield f"Mails not sent: {counts['dead']}. Those still of use wait again after 'flask acct post --retry'."
        yield from (f"  {number} × {mail}: {reason}" for mail, reason, number in mails.dead)
        yield "  Which they are, and to whom: flask acct post --failed. One of them: flask acct mail retry|discard"
    if requests.failed:
        yield "Requests given up:"
        yield from (f"  {reference}: {reason}" for reference, reason in requests.failed)


def _status(state: Any) -> Iterator[str]:
    with state.database.session() as db:
        mails, requests = outbox.waiting(db), handlers.unanswered(db)
    return report(mails, requests, state.clock())


def _listed(state: Any, address: str | None) -> Iterator[str]:
    with state.database.session() as db:
        mails = outbox.failed(db) if address is None else outbox.to_address(db, address)
        if not mails:
            none_to_them = f"No mail to {address} in the last {outbox.SENT_KEPT_FOR.days} days."
            yield "No mail failed." if address is None else none_to_them
        for mail in mails:
            yield f"#{mail.id}  {_minute(mail.created_at)}  {mail.recipient}  {mail.mail}  {_fate(mail)}"


def _fate(mail: OutboxMail) -> str:
    """Return what became of a mail."""
    if mail.state == "sent":
        return f"taken by the mail server at {_minute(mail.sent_at)}, Message-ID {mail.message_id}"
    if mail.state == "dead":
        return f"not sent: {mail.failure}"
    return f"waits after: {mail.failure}" if mail.failure else "waits"


def _minute(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC" if when is not None else "unknown"


def _revived(state: Any) -> str:
    with state.database.transaction() as db:
        revived = outbox.revive(state.scope(db))
    if not revived:
        return "No dead mail would be of use any more."
    return f"Mails waiting again: {revived}. They are sent within seconds if the worker runs."


def _work(worker: Worker, *, once: bool) -> None:
    if once:
        tried = worker.run_once()
        click.echo(f"Requests and mails tried: {tried}. 'flask acct post --status' says what still waits.")
        return
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    click.echo("The mail worker runs. Stop it with Ctrl-C or SIGTERM.")
    worker.run_forever()


def _one_of(what: str, name: str, known: Any) -> None:
    if name in known:
        return
    close = difflib.get_close_matches(name, known, 1, 0.4)
    hint = f'Did you mean "{close[0]}"? ' if close else ""
    raise click.ClickException(f'"{name}" is no {what}. {hint}There are: {", ".join(sorted(known))}.')


def _ago(when: datetime | None, now: datetime) -> str:
    return f"from {_length((now - when).total_seconds())} ago" if when is not None else "unknown"


def _ahead(when: datetime | None, now: datetime) -> str:
    if when is None or when <= now:
        return "now, as soon as a worker runs"
    return f"in {_length((when - now).total_seconds())}"


def _length(seconds: float) -> str:
    whole = max(int(seconds), 0)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{whole} s"
