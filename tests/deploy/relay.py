"""A mail server that takes mails over TLS from who knows its password."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from ..serving import free_port

NAME, PASSWORD = "no-reply@example.com", "a mail password"
WAIT_SECONDS = 60


class Relay:
    """What the server has taken."""

    def __init__(self, port: int = 0) -> None:
        self.port = port or free_port()
        self.taken: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(bytes(envelope.content))
        return "250 taken"

    def mail_to(self, address: str) -> EmailMessage:
        """Return the first mail to an address, once it is there."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            for wire in self.taken:
                mail = message_from_bytes(wire, _class=EmailMessage, policy=policy.default)
                if address in str(mail["To"]):
                    return mail
            time.sleep(0.1)
        raise AssertionError(f"no mail to {address} came; {len(self.taken)} others did")


def _is_right(_server: Any, _session: Any, _envelope: Any, mechanism: str, given: Any) -> AuthResult:
    expected = LoginPassword(NAME.encode(), PASSWORD.encode())
    return AuthResult(success=mechanism in {"LOGIN", "PLAIN"} and given == expected, handled=False)


@contextmanager
def relaying(authority: trustme.CA, name: str = "127.0.0.1", port: int = 0) -> Iterator[Relay]:
    """The server runs until the block ends, with a certificate for a name; on a free port by default."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    relay = Relay(port)
    controller = Controller(
        relay, hostname="127.0.0.1", port=relay.port, tls_context=context, require_starttls=True,
        authenticator=_is_right, auth_required=True, server_hostname="mail.example.com",
    )  # fmt: skip
    controller.start()
    try:
        yield relay
    finally:
        controller.stop()
