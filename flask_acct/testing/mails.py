"""The mails of a test: taken where they would have left, and sent to nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import cast

from flask import Flask

from ..mail.worker import Worker
from .databases import state_for_tests


@dataclass
class Outbox:
    """A transport that keeps what it is given, each mail with its recipient, in the order of leaving."""

    _kept: list[tuple[str, EmailMessage]] = field(default_factory=list)

    def deliver(self, message: EmailMessage, recipient: str) -> None:
        self._kept.append((recipient, message))

    def take(self) -> list[tuple[str, EmailMessage]]:
        """Return what was delivered since the last time: ``[("alice@example.com", message)]``."""
        taken, self._kept = self._kept, []
        return taken


def sent_mails(app: Flask) -> list[EmailMessage]:
    """Send what waits, to nobody, and return it: each mail as it would have left, in the order of leaving.

    What was asked for by a form is answered first, as the worker does: a mail for a forgotten password is there after
    the request that asked for it.

    Sample::

        app.test_client().post("/account/recover/password", data={...})
        [mail] = sent_mails(app)
        assert mail["To"] == "Alice Owner <alice@example.com>"
        link = mail.get_body(("plain",)).get_content()
    """
    worker = cast(Worker, state_for_tests(app).worker)
    kept, outbox = worker.transport, Outbox()
    worker.transport = outbox
    try:
        worker.run_once()
    finally:
        worker.transport = kept
    return [message for _, message in outbox.take()]
