"""Mail: the server that takes it, the worker that sends it, and what waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid

from sqlalchemy.exc import SQLAlchemyError

from ..mail import heartbeats, outbox
from ..mail.celery_app import NoCelery, celery_of
from ..mail.mailbox import Mailbox
from ..mail.rendering import chosen
from ..mail.smtp import Introduction, Nowhere, Smtp, Undelivered, Unreachable
from ..mail.worker import transport_of
from ..values.senders import Sender
from .checkup import Checkup
from .lines import Line, fail, ok, warn

USUAL_WAIT = timedelta(minutes=5)
LONG_WAIT = timedelta(minutes=30)
CELERY_SECONDS = 2.0

TEXT = """\
This mail was sent by: flask acct doctor --mail

It says that {site} can send mail from {sender}. Look at its full headers, too: the line Authentication-Results should
say spf=pass, dkim=pass and dmarc=pass. If it lay among junk, they say why.
"""


def sender_of(checkup: Checkup) -> Sender:
    """Return whom mails are from."""
    return chosen(None, checkup.app.config.get("MAIL_DEFAULT_SENDER"), checkup.config)


def server(checkup: Checkup) -> Iterator[Line]:
    """Whether the mail server takes mail from this machine; with an address, by a mail to it."""
    transport = transport_of(checkup.app)
    if isinstance(transport, Nowhere):
        fix = "Set FLASK_MAIL_SERVER, and FLASK_MAIL_USE_TLS=true."
        yield fail("Mail server", "none is set, so every mail waits", fix)
    elif isinstance(transport, Mailbox):
        yield warn("Mail server", "none: mails are kept on the page /mailbox", "Set FLASK_MAIL_SERVER for a real site.")
    elif isinstance(transport, Smtp):
        yield from _of_server(checkup, transport)


def worker(checkup: Checkup) -> Line:
    """Whether a mail worker was heard from."""
    minutes = checkup.config.health.worker_minutes or 5
    now = checkup.acct.clock()
    try:
        with checkup.acct.database.session() as db:
            heard = heartbeats.heard(db, now - timedelta(minutes=minutes))
    except SQLAlchemyError:
        return fail("Mail worker", "unknown, because the database cannot be used", "See above.")
    start = "Start one: flask acct post, or let the app have its own by removing FLASK_ACCT_WORKER=false."
    if heard.last is None:
        return fail("Mail worker", "none was heard from for two days", start)
    ago = _length(now - heard.last)
    if not heard.number:
        return fail("Mail worker", f"none was heard from for {ago}", start)
    # A worker that has ended does not say so.
    number = f"{heard.number} heard from within {minutes} minutes, restarted ones included"
    return ok("Mail worker", f"{number}, the last {ago} ago")


def celery(checkup: Checkup) -> Iterator[Line]:
    """Whether the broker takes mails and a Celery worker delivers them, where the company's Celery is to."""
    if checkup.config.mail.deliver != "celery":
        return
    try:
        app = celery_of(checkup.app)
    except NoCelery as missing:
        yield fail("Celery", "there is none", missing.message)
        return
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=CELERY_SECONDS)
            is_there = app.control.ping(timeout=CELERY_SECONDS, connection=connection, limit=1)
    except Exception as error:  # noqa: BLE001 - each kind of broker has errors of its own
        fix = "Mails wait in the outbox until it does. Check the address in your Celery settings."
        yield fail("Celery", f"the broker does not answer ({type(error).__name__})", fix)
        return
    if is_there:
        yield ok("Celery", "a worker answers")
    else:
        yield fail("Celery", "no worker answers", "Start one: celery -A make_celery worker")


def waiting(checkup: Checkup) -> Iterator[Line]:
    """Whether mails leave in time, and whether any never will."""
    try:
        with checkup.acct.database.session() as db:
            size = outbox.size(db)
    except SQLAlchemyError:
        # Reported for the database itself.
        return
    wait = checkup.acct.clock() - size.oldest if size.oldest else timedelta(0)
    what = f"{size.unsent} mails wait, the oldest for {_length(wait)}" if size.unsent else "nothing waits"
    if wait > LONG_WAIT:
        yield fail("Outbox", what, "See why: flask acct post --status")
    elif wait > USUAL_WAIT:
        yield warn("Outbox", what, "See why: flask acct post --status")
    else:
        yield ok("Outbox", what)
    if size.dead:
        fix = "See which and why: flask acct post --failed. Then: flask acct post --retry"
        yield warn("Dead mails", f"{size.dead} will not be sent", fix)


def _of_server(checkup: Checkup, transport: Smtp) -> Iterator[Line]:
    try:
        met = transport.introduce()
    except Unreachable as failed:
        yield fail("Mail server", failed.whole, "Check the MAIL_ settings, and from this machine: nc -vz SERVER PORT")
        return
    encrypted = met.encryption or "no TLS, on this machine"
    signed_in = "signed in" if met.is_signed_in else "without a user name"
    yield ok("Mail server", f"{met.server}:{met.port} answers, {encrypted}, {signed_in}")
    yield _of_name(met)
    if checkup.mail_to:
        yield _of_test_mail(checkup, transport)


def _of_name(met: Introduction) -> Line:
    if met.own_name.startswith("["):
        fix = "Set FLASK_ACCT_MAIL_HELO to the name of this machine in the DNS."
        return warn("EHLO", f"this machine calls itself {met.own_name}, which some servers refuse", fix)
    return ok("EHLO", f"this machine calls itself {met.own_name}")


def _of_test_mail(checkup: Checkup, transport: Smtp) -> Line:
    sender = sender_of(checkup)
    message = EmailMessage()
    message["From"] = formataddr((sender.name, sender.address))
    message["To"] = checkup.mail_to
    message["Subject"] = f"A test mail of {checkup.config.site.name}"
    message["Date"] = format_datetime(checkup.acct.clock())
    message["Message-ID"] = make_msgid("acct.doctor", sender.address.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(TEXT.format(site=checkup.config.site.name, sender=sender.address))
    try:
        transport.deliver(message, checkup.mail_to)
    except Undelivered as failed:
        return fail("Test mail", failed.whole, "Check MAIL_DEFAULT_SENDER, and what the server says.")
    return ok("Test mail", f"taken by the server for {checkup.mail_to}; see whether it arrives, and not among junk")


def _length(time: timedelta) -> str:
    seconds = max(int(time.total_seconds()), 0)
    hours, minutes = divmod(seconds // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds} s"
