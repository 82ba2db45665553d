"""The worker: answers anonymous requests, sends the mails of the outbox, and runs the hourly duties.

It runs as a thread of the app, or as ``flask acct post`` in a process of its own; any number may run at once. It
logs neither addresses nor secrets.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import secrets
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Literal

import jinja2
from flask import Flask
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from .. import tracing
from ..accounts import unsubscribing
from ..db.database import Database
from ..db.forks import after_fork
from ..platform import Platform
from ..scope import Scope
from ..security import limits, tokens
from ..values.keys import KeyLost, Keys
from ..values.senders import Given
from . import handlers as requests
from . import heartbeats, outbox
from .handlers import RequestHandlers
from .mailbox import Mailbox
from .mime import RenderedMail
from .outbox import HeldCategories, LeasedMail
from .rendering import MailToRender, Unrenderable, chosen, clean, render
from .smtp import Later, Never, Nowhere, SenderNotAccepted, Smtp, Transport, Undelivered, Unreachable

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Duty = Callable[[Scope], object]
Broker = Callable[[int], object]
Outcome = Literal["sent", "put_off", "dead"]

HOUR = timedelta(hours=1)
SERVER_PAUSE = timedelta(seconds=5)
"""How long no mail is tried after the server could not be reached, or none of a sender that it refused: one try is
enough for all of them."""

SERVER_WAIT = timedelta(minutes=1)
"""The longest wait of a mail that failed only because of the server."""

TURNS_AT_ONCE = 10
REQUESTS_A_TURN = 10
MAILS_A_TURN = 5
"""After so many mails, requests are handled: the mails they lead to must not wait for all that wait already."""

NOTICE_EVERY = 5
"""One of so many mails is a notice before all urgent ones, so that these never delay it forever."""

AT_THE_BROKER = 100
"""So many mails wait in Celery's queue at most. The others keep their order in the outbox, where an urgent one still
comes before them."""

FULL_PAUSE_SECONDS = 0.2
"""Between two looks while so many do."""

TROUBLE_PAUSE_SECONDS = 5.0
STOP_SECONDS = 5.0
MARK_WAITS_SECONDS = (1.0, 5.0, 20.0)


class Worker:
    """Handles whatever waits in one database.

    Args:
        platforms: The platforms by key; the first one also where none is named.
        clock: Returns the time, aware and in UTC.
        answers: By kind of request, see ``handlers.RequestHandler``.
        duties: Called about once an hour, in one process, each in a transaction of its own.
        sender: ``MAIL_DEFAULT_SENDER``.
        templates: The app's, when a host restyles mails.
        pause: Seconds between two looks if nobody calls ``wake``.
        broker: Tells others to deliver a mail, given the id of its row, instead of doing so here. Whatever it raises
            means that it did not.
    """

    def __init__(
        self,
        *,
        database: Database,
        platforms: Mapping[str | None, Platform],
        keys: Keys,
        clock: Clock,
        answers: RequestHandlers,
        transport: Transport,
        duties: Sequence[Duty] = (),
        sender: Given | None = None,
        templates: jinja2.Environment | None = None,
        pause: float = 1.0,
        broker: Broker | None = None,
    ) -> None:
        self.database = database
        self.platforms = platforms
        self.keys = keys
        self.clock = clock
        self.answers = answers
        self.transport = transport
        self.duties: tuple[Duty, ...] = (forget_old, *duties)
        self.sender = sender
        self.templates = templates
        self.pause = pause
        self.broker = broker
        self._duties_at: datetime | None = None
        self._server_at: datetime | None = None
        self._senders_at: dict[str, datetime] = {}
        self._broker_at: datetime | None = None
        self._is_broker_full = False
        self._claims = 0
        self._beat_at: datetime | None
        self._own_name: str
        self._thread: threading.Thread | None
        self._starting: threading.Lock
        self._bell: threading.Event
        self._stopping: bool
        self._be_fresh()
        # A thread does not survive a fork, and its locks may be held forever in the child.
        after_fork(self, Worker._be_fresh)

    def run_once(self) -> int:
        """Everything that waits has been tried once. Returns how many requests and mails were tried."""
        with self.transport.kept_open():
            return self._take_turns()

    def _take_turns(self) -> int:
        self._give_sign_of_life()
        tried = self._answer_requests()
        self._do_duties()
        tried += self._send_mails()
        for _ in range(TURNS_AT_ONCE - 1):
            more = self._answer_requests() + self._send_mails()
            if not more:
                break
            tried += more
        return tried

    def ensure_running(self) -> None:
        """The thread runs in this process. Costs nothing if it does already."""
        if self._thread is None:
            self.start()

    def start(self) -> None:
        """A thread works in the background until ``stop`` or the end of the process."""
        with self._starting:
            if self._thread is not None:
                return
            self._stopping = False
            self._thread = threading.Thread(target=self._run, name="flask-acct-post", daemon=True)
            self._thread.start()
            atexit.register(self.stop)

    def wake(self) -> None:
        """The worker looks at the outbox now. Call it after the commit that queued something."""
        self._bell.set()

    def stop(self) -> None:
        """The thread has ended, or is left to end with the process if a delivery takes long."""
        thread, self._stopping = self._thread, True
        self._bell.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(STOP_SECONDS)
            self._thread = None
        atexit.unregister(self.stop)

    def deliver(self, id_: int) -> Outcome | None:
        """One mail of the outbox is sent, put off or dead, if it is due. Called by others, in any process, and as often
        as they like: a mail that is sent or in hand is left alone, and ``None`` returned. Hands over the next one."""
        with self.database.transaction() as db:
            outgoing = outbox.claim_one(self.scope(db), id_)
        if outgoing is None:
            return None
        with tracing.span("acct mail", {"acct.mail": outgoing.mail}) as span:
            outcome = self._send(outgoing)
            span.set("acct.outcome", outcome)
        self._hand_over(1)
        return outcome

    def run_forever(self) -> None:
        """Works in the foreground until SIGTERM or SIGINT, and finishes the current mail first."""
        self._stopping = False
        with _signals(self._end_soon):
            self._run()

    def scope(self, db: Session) -> Scope:
        """Return the scope of flows now, for the first platform."""
        return Scope(db, self.platform(None), self.keys, self.clock())

    def platform(self, platform: str | None) -> Platform:
        """Return a platform. Raises ``Unrenderable`` for one that acct.toml no longer has."""
        if platform is None:
            return next(iter(self.platforms.values()))
        if platform not in self.platforms:
            raise Unrenderable(f"acct.toml has no platform {platform!r} any more. Put [platforms.{platform}] back.")
        return self.platforms[platform]

    def _be_fresh(self) -> None:
        self._own_name = secrets.token_hex(8)
        self._beat_at = None
        self._thread = None
        self._starting = threading.Lock()
        self._bell = threading.Event()
        self._stopping = False

    def _end_soon(self, _number: int, _frame: FrameType | None) -> None:
        # Only a flag: setting the event in a signal handler could wait for a lock that this very thread holds.
        self._stopping = True

    def _run(self) -> None:
        with self.transport.kept_open():
            while not self._stopping:
                try:
                    busy = self.run_once() > 0
                    wait = min(self.pause, FULL_PAUSE_SECONDS) if self._is_broker_full else self.pause
                except Exception as error:  # noqa: BLE001 - the queue must outlive any trouble
                    _complain("The mail worker met trouble and goes on in a moment", error)
                    busy, wait = False, TROUBLE_PAUSE_SECONDS
                if not busy:
                    self.transport.rest()
                    self._bell.wait(wait)
                self._bell.clear()

    def _give_sign_of_life(self) -> None:
        """The database says that this worker works, for who asks whether mails are sent. Mails do not wait for it."""
        now = self.clock()
        if self._beat_at is not None and now < self._beat_at:
            return
        try:
            with self.database.hurried() as connection:
                heartbeats.beat(connection, self._own_name, now)
        except SQLAlchemyError:
            # Soon again: the database is away, which the next statement says, or another process is writing.
            return
        self._beat_at = now + heartbeats.EVERY

    def _answer_requests(self) -> int:
        with self.database.session() as db:
            waiting = requests.waiting(self.scope(db), limit=REQUESTS_A_TURN)
        for id_ in waiting:
            if self._stopping:
                break
            try:
                self._answer(id_)
            except Exception as error:  # noqa: BLE001 - one bad request must not stop the others
                self._put_off_answer(id_, error)
        return len(waiting)

    def _answer(self, id_: int) -> None:
        """The request is answered, and its consequences are stored, in one transaction."""
        with tracing.span("acct answer") as span, self.database.transaction() as db:
            scope = self.scope(db)
            request = requests.claim(scope, id_)
            if request is None:
                return
            span.set("acct.screen", request.kind)
            answer = self.answers[request.kind]
            outcome = answer(replace(scope, platform=self.platform(request.platform)), request)
            span.set("acct.outcome", outcome)
            requests.note_answer(scope, request, outcome)

    def _put_off_answer(self, id_: int, error: Exception) -> None:
        with self.database.transaction() as db:
            again = requests.put_off(self.scope(db), id_, reason=type(error).__name__)
        _complain(f"Request {id_} could not be answered, {'again later' if again else 'given up'}", error)

    def _do_duties(self) -> None:
        now = self.clock()
        if self._duties_at is not None and now < self._duties_at:
            return
        self._duties_at = now + HOUR
        for duty in self.duties:
            try:
                self._do(duty, now)
            except Exception as error:  # noqa: BLE001 - one failing duty must not stop the others
                _complain(f"The duty {_name(duty)} failed", error)

    def _do(self, duty: Duty, now: datetime) -> None:
        """The duty is done, unless another process has done it within the hour."""
        with self.database.transaction() as db:
            scope = replace(self.scope(db), now=now)
            if limits.count(scope, limits.key("duty", _name(duty)), per=HOUR) == 1:
                duty(scope)

    def _send_mails(self) -> int:
        if self.broker is not None:
            return self._fill_broker()
        number = self._number_due()
        for tried in range(number):
            now = self.clock()
            if self._stopping or self._is_unreachable(now):
                return tried
            outgoing = self._claim(now)
            if outgoing is None:
                return tried
            with tracing.span("acct mail", {"acct.mail": outgoing.mail}) as span:
                span.set("acct.outcome", self._send(outgoing))
        return number

    def _fill_broker(self) -> int:
        """As many mails as may be are with the broker. Returns how many came there."""
        now = self.clock()
        if self._stopping or (self._broker_at is not None and now < self._broker_at):
            return 0
        with self.database.session() as db:
            room = AT_THE_BROKER - outbox.number_handed_over(self.scope(db))
        self._is_broker_full = room <= 0
        return self._hand_over(room) if room > 0 else 0

    def _hand_over(self, most: int) -> int:
        """The next mails are with the broker, or wait on while it takes none. Returns how many it took."""
        if self.broker is None:
            return 0
        with self.database.transaction() as db:
            ids = outbox.hand_over(self.scope(db), most)
        for number, id_ in enumerate(ids):
            try:
                self.broker(id_)
            except Exception as error:  # noqa: BLE001 - whatever it is, the mail waits in the outbox
                self._keep(ids[number:], error)
                return number
        self._broker_at = None
        return len(ids)

    def _keep(self, ids: Sequence[int], error: Exception) -> None:
        self._broker_at = self.clock() + SERVER_PAUSE
        with self.database.transaction() as db:
            outbox.take_back(db, ids)
        _complain("The broker takes no mails, which wait", error)

    def _number_due(self) -> int:
        """Return how many mails to send in this turn. Takes no lock, so an idle worker disturbs nobody."""
        now = self.clock()
        if self._stopping or self._is_unreachable(now):
            return 0
        with self.database.session() as db:
            return outbox.number_due(replace(self.scope(db), now=now), held=self._held(now), limit=MAILS_A_TURN)

    def _is_unreachable(self, now: datetime) -> bool:
        return self._server_at is not None and now < self._server_at

    def _claim(self, now: datetime) -> LeasedMail | None:
        self._claims += 1
        with self.database.transaction() as db:
            scope = replace(self.scope(db), now=now)
            return outbox.claim(scope, notices_first=self._claims % NOTICE_EVERY == 0, held=self._held(now))

    def _held(self, now: datetime) -> HeldCategories | None:
        """Return the mails whose sender the server does not accept at present."""
        config = self.platform(None).config
        refused = {address for address, until in self._senders_at.items() if now < until}
        if not refused:
            return None
        mine = {name: chosen(name, self.sender, config).address for name in config.mail.senders}
        if chosen(None, self.sender, config).address in refused:
            return HeldCategories(
                frozenset(name for name, address in mine.items() if address not in refused), all_but=True
            )
        return HeldCategories(frozenset(name for name, address in mine.items() if address in refused))

    def _send(self, outgoing: LeasedMail) -> Outcome:
        """The mail is sent, put off or dead. No transaction is open during the conversation with the server."""
        with self.database.session() as db:
            reason = outbox.why_worthless(self.scope(db), outgoing)
        if reason is not None:
            self._mark_dead(outgoing, reason)
            return "dead"
        secret = None
        try:
            secret = tokens.secret_of(outgoing.token, self.keys) if outgoing.token else None
            self.transport.send(self._rendered(outgoing, secret))
        except (KeyLost, Unrenderable) as error:
            self._mark_dead(outgoing, str(error))
            return "dead"
        except Never as refused:
            self._mark_dead(outgoing, _without((secret, outgoing.recipient), refused.whole), refused.reason)
            return "dead"
        except Later as failed:
            self._put_off(outgoing, failed, _without((secret, outgoing.recipient), failed.whole))
            return "put_off"
        except Exception as error:  # noqa: BLE001 - one bad mail must not stop the others
            self._put_off(outgoing, Later(_place(error)), _place(error))
            return "put_off"
        self._mark_sent(outgoing)
        return "sent"

    def _rendered(self, outgoing: LeasedMail, secret: str | None) -> RenderedMail:
        """Return the mail in its final words. Raises ``Unrenderable``."""
        letter = _letter(outgoing, secret, self.keys)
        platform = self.platform(outgoing.platform)
        try:
            return render(letter, platform, sender=self.sender, templates=self.templates)
        except (UnicodeError, LookupError, ValueError, TypeError, jinja2.TemplateError) as error:
            raise Unrenderable(f"it cannot be drawn: {_place(error)}") from error

    def _mark_sent(self, outgoing: LeasedMail) -> None:
        """The row says so. Tried for half a minute: a delivered mail that looks unsent would be sent twice."""
        self._server_at = None
        for wait in (*MARK_WAITS_SECONDS, None):
            try:
                with self.database.transaction() as db:
                    outbox.mark_sent(self.scope(db), outgoing)
            except DBAPIError:
                if wait is None:
                    raise
                time.sleep(wait)
            else:
                log.info("Mail %s (%s) is sent", outgoing.message_id, outgoing.mail)
                return

    def _put_off(self, outgoing: LeasedMail, failed: Undelivered, reason: str) -> None:
        now = self.clock()
        if isinstance(failed, Unreachable):
            self._server_at = now + SERVER_PAUSE
        elif isinstance(failed, SenderNotAccepted):
            address = chosen(outgoing.category, self.sender, self.platform(None).config).address
            self._senders_at[address] = now + SERVER_PAUSE
        longest = SERVER_WAIT if isinstance(failed, Unreachable | SenderNotAccepted) else outbox.WAITS[-1]
        with self.database.transaction() as db:
            outbox.put_off(replace(self.scope(db), now=now), outgoing, reason=reason, longest=longest)
        log.warning("Mail %s (%s) is put off: %s", outgoing.message_id, outgoing.mail, failed.reason)

    def _mark_dead(self, outgoing: LeasedMail, reason: str, logged: str | None = None) -> None:
        with self.database.transaction() as db:
            outbox.mark_dead(db, outgoing, reason=reason)
        log.warning("Mail %s (%s) will not be sent: %s", outgoing.message_id, outgoing.mail, logged or reason)


def transport_of(app: Flask) -> Transport:
    """Return where an app's mails go: its mail server, else in the demo its mailbox, else nowhere until one is set.

    Raises ``PlainMail`` or ``BadMailSetting``.
    """
    if app.config.get("MAIL_SERVER"):
        helo = app.config.get("ACCT_MAIL_HELO") or os.environ.get("ACCT_MAIL_HELO")
        return Smtp(app.config, helo=str(helo) if helo else None)
    return Mailbox(mailbox_folder(app)) if is_demo(app) else Nowhere()


def is_demo(app: Flask) -> bool:
    """Whether this app is the demo, whose mails may be read on its page ``/mailbox``."""
    return bool(app.config.get("ACCT_DEMO") or os.environ.get("ACCT_DEMO"))


def mailbox_folder(app: Flask) -> Path:
    """Return where the demo keeps its mails."""
    return Path(app.instance_path) / "mailbox"


def forget_old(scope: Scope) -> None:
    """Mails and requests are deleted once nobody needs them. Every worker has this duty."""
    outbox.forget_old(scope)
    requests.forget_old(scope)


def _letter(outgoing: LeasedMail, secret: str | None, keys: Keys) -> MailToRender:
    concerns, category, token = outgoing.unsubscribe, outgoing.category, outgoing.token
    stop = ""
    if concerns and category and unsubscribing.can_be_stopped(concerns):
        stop = unsubscribing.sign(concerns, category, outgoing.recipient, keys)
    return MailToRender(
        mail=outgoing.mail,
        recipient=outgoing.recipient,
        recipient_name=outgoing.recipient_name,
        locale=outgoing.locale,
        time_zone=outgoing.time_zone,
        message_id=outgoing.message_id,
        written_at=outgoing.created_at,
        customer_number=outgoing.customer_number,
        category=outgoing.category,
        slots=outgoing.slots,
        purpose=token.purpose if token else None,
        secret=secret,
        until=token.expires_at if token else None,
        unsubscribe=stop,
    )


def _without(hidden: Iterable[str | None], text: str) -> str:
    """Return what a server said as one line, without the secret or the recipient it may have quoted."""
    for one in filter(None, hidden):
        text = re.sub(re.escape(one), "…", text, flags=re.IGNORECASE)
    return clean(text)


def _name(duty: Duty) -> str:
    return f"{duty.__module__}.{getattr(duty, '__qualname__', type(duty).__name__)}"


def _complain(what: str, error: BaseException) -> None:
    log.error("%s: %s", what, _place(error))


def _place(error: BaseException) -> str:
    """Return what went wrong and where, without the error's message, which may hold an address."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    steps = " < ".join(f"{frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in reversed(frames))
    return f"{type(error).__name__} in {steps}"


@contextmanager
def _signals(end: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
