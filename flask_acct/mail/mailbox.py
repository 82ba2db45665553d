"""A folder instead of a mail server: every mail becomes a file, and can be read. For the demo and for tests."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from .smtp import Transport

MOST = 200
"""How many mails are listed: the newest ones."""


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One mail as its reader sees it. ``name`` is the name of its file without the ending."""

    name: str
    sender: str
    to: str
    subject: str
    date: datetime
    text: str
    html: str


class Mailbox(Transport):
    """A transport that keeps every mail in a folder that only its owner can read, because links in the mails work."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, message: EmailMessage, recipient: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256(str(message["Message-ID"]).encode()).hexdigest()[:12]
        file = self.folder / f"{time.time_ns():020d}-{digest}.eml"
        part = file.with_suffix(".part")
        part.write_bytes(message.as_bytes(policy=SMTP))
        # Renamed when complete, so that nobody reads half a mail.
        part.replace(file)

    def mails(self) -> list[ReceivedMail]:
        """Return the mails, newest first."""
        files = sorted(self.folder.glob("*.eml"), reverse=True)[:MOST]
        return [_received(file) for file in files]

    def mail(self, name: str) -> ReceivedMail | None:
        """Return the mail with this file name; ``None`` if there is none."""
        # Compared with the files, never joined to the folder: the name comes from a URL.
        return next((_received(file) for file in self.folder.glob("*.eml") if file.stem == name), None)


def _received(file: Path) -> ReceivedMail:
    message = message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=SMTP)
    return ReceivedMail(
        name=file.stem,
        sender=str(message["From"]),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        date=message["Date"].datetime,
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _body(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    return body.get_content() if body is not None else ""
