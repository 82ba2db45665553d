"""Real mail servers on loopback, and workers with real databases."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from flask_acct import features
from flask_acct.config import Config
from flask_acct.db.database import Database
from flask_acct.mail.smtp import Smtp
from flask_acct.mail.worker import Worker
from flask_acct.platform import Platform
from flask_acct.testing import FrozenClock
from flask_acct.values.keys import Keys

from ..serving import free_port


@dataclass
class Server:
    """A mail server that keeps the mails it accepted; if it has ``replies``, it uses them up first.

    ``refusals`` are its replies to a command, by name: ``{"RCPT": "550 5.1.1 No such user"}``, or to one address.
    """

    port: int = 0
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    greeted: list[str] = field(default_factory=list)
    """The names by which clients introduced themselves."""
    asked: list[str] = field(default_factory=list)
    """The senders of all mails that were offered, accepted or not."""
    allows_pipelining: bool = False
    goodbyes: int = 0
    """How many clients ended their connection by QUIT."""
    most_a_connection: int = 1000
    """How many mails it takes before it wants another connection."""

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.greeted.append(hostname)
        if "EHLO" in self.refusals:
            return [self.refusals["EHLO"]]
        session.host_name = hostname
        # After the line with the server's name, and before the one without a hyphen.
        return [responses[0], "250-PIPELINING", *responses[1:]] if self.allows_pipelining else responses

    async def handle_HELO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str
    ) -> str:
        if "EHLO" in self.refusals:
            return self.refusals["EHLO"]
        session.host_name = hostname
        return f"250 {server.hostname}"

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked.append(address)
        offered = getattr(session, "offered", 0) + 1
        session.offered = offered  # type: ignore[attr-defined]
        if offered > self.most_a_connection:
            return "421 4.7.0 too many messages in this connection"
        if refusal := self.refusals.get(address) or self.refusals.get("MAIL"):
            return refusal
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.goodbyes += 1
        return "221 2.0.0 Bye"

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return self.refusals.get("RSET", "250 2.0.0 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self.refusals.get(address) or self.refusals.get("RCPT"):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.replies:
            reply = self.replies.pop(0)
            if not reply.startswith("250"):
                return reply
        if "DATA" in self.refusals:
            return self.refusals["DATA"]
        self.taken.append((envelope.mail_from or "", list(envelope.rcpt_tos), bytes(envelope.content or b"")))
        return "250 taken"

    # This is not a property, because aiosmtpd reads every attribute of its handler at each connection.
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(wire, _class=EmailMessage, policy=WIRE) for _, _, wire in self.taken]

    @property
    def settings(self) -> dict[str, Any]:
        return {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": self.port}


@contextmanager
def listening(**options: Any) -> Iterator[Server]:
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=free_port(), server_hostname="localhost", **options)
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()


@pytest.fixture
def server() -> Iterator[Server]:
    """A plain server on loopback."""
    with listening() as found:
        yield found


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """The TLS context of a client that trusts the test's certificate authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def tls_server(authority: trustme.CA) -> Iterator[Server]:
    """A server that offers STARTTLS with a certificate for 127.0.0.1 and accepts no mail without it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with listening(tls_context=context, require_starttls=True) as found:
        yield found


@pytest.fixture
def silent_port() -> Iterator[int]:
    """The port of a server that accepts connections and never sends anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def hold() -> None:
            try:
                while True:
                    held.append(listener.accept()[0])
            except OSError:
                return

        thread = threading.Thread(target=hold, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for connection in held:
            connection.close()


@pytest.fixture
def platform(config: Config) -> Platform:
    return features.platform(config)


@pytest.fixture
def clock(now: datetime) -> FrozenClock:
    return FrozenClock(now)


@pytest.fixture
def make_worker(
    database: Database, platform: Platform, keys: Keys, clock: FrozenClock, server: Server
) -> Callable[..., Worker]:
    """A function that makes a worker for the test's database and server; each part can be replaced by an argument."""

    def make(**parts: Any) -> Worker:
        usual: dict[str, Any] = {
            "database": database,
            "platforms": {None: platform},
            "keys": keys,
            "clock": clock,
            "answers": {},
            "transport": Smtp(server.settings),
        }
        return Worker(**{**usual, **parts})

    return make
