"""The mails of a test: collected instead of sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import cast

from flask import Flask

from ..mail.smtp import Transport
from ..mail.worker import Worker
from .databases import state_for_tests


@dataclass
class Outbox(Transport):
    """A transport that collects the mails of a test, each with its recipient, in the order they are sent."""

    _mails: list[tuple[str, EmailMessage]] = field(default_factory=list)

    def deliver(self, message: EmailMessage, recipient: str) -> None:
        self._mails.append((recipient, message))

    def take(self) -> list[tuple[str, EmailMessage]]:
        """Return the mails since the last call: ``[("alice@example.com", message)]``."""
        taken, self._mails = self._mails, []
        return taken


def sent_mails(app: Flask) -> list[EmailMessage]:
    """Send the waiting mails to nobody, and return them: each as it would have been sent, in that order.

    Pending requests are answered first, as the worker does: the mail for a forgotten password is there after
    the request for it.

    Sample::

        app.test_client().post("/account/recover/password", data={...})
        [mail] = sent_mails(app)
        assert mail["To"] == "Alice Owner <alice@example.com>"
        link = mail.get_body(("plain",)).get_content()
    """
    worker = cast(Worker, state_for_tests(app).worker)
    before, outbox = worker.transport, Outbox()
    worker.transport = outbox
    try:
        worker.run_once()
    finally:
        worker.transport = before
    return [message for _, message in outbox.take()]
