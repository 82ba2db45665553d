"""A mail server on loopback that keeps the mails it gets."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default as policy
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(frozen=True, slots=True)
class SinkMail:
    """One mail as it was received."""

    recipient: str
    subject: str
    text: str


class Sink:
    """A real SMTP server; ``received`` grows as mails come in."""

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[SinkMail] = []
        self._arrived = threading.Condition()
        self._controller: Any = Controller(
            self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True, decode_data=False
        )

    def __enter__(self) -> Sink:
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._controller.stop(no_assert=True)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy)
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        received = SinkMail(envelope.rcpt_tos[0], str(message["Subject"] or ""), text.replace("\r\n", "\n"))
        with self._arrived:
            self.received.append(received)
            self._arrived.notify_all()
        return "250 OK"

    def wait(self, seen: int, seconds: float) -> SinkMail | None:
        """Return the first mail after those already seen, or ``None`` if none comes in time."""
        with self._arrived:
            self._arrived.wait_for(lambda: len(self.received) > seen, seconds)
            return self.received[seen] if len(self.received) > seen else None


def free_port() -> int:
    """Return a port on loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
