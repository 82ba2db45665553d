"""A slow mail server that remembers the recipients of its mails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller

from ..serving import free_port


class Inbox:
    """Every mail the server has accepted, by recipient.

    Args:
        seconds: How long the server waits before it accepts each mail.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.recipients: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        await asyncio.sleep(self.seconds)
        self.recipients.extend(envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def listening(seconds: float = 0.05) -> Iterator[tuple[Inbox, int]]:
    """The server runs until the end of the block. Yields its inbox and its port."""
    inbox = Inbox(seconds)
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield inbox, controller.port
    finally:
        controller.stop()
