"""A mail of two parts, text and HTML: as a message, or written as it is sent.

``EmailMessage`` parses and folds every header of every mail, also those of its parts, which takes longer than drawing
the mail. So what is sent is written here, to the same bytes; headers that are not plain are left to the library.
"""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.quoprimime import body_encode
from functools import lru_cache
from typing import Any

LINE_LENGTH = 78
"""The most characters of a line, as ``email.policy`` has it. Source: RFC 5322 §2.1.1."""

PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
"""The value of a header that is written as it is, if its line is not too long."""

ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+"
PLAIN_MAILBOX = re.compile(rf"(?:{ATOM}(?: {ATOM})* )?<?{ATOM}(?:\.{ATOM})*@{ATOM}(?:\.{ATOM})*>?")
"""A mailbox without anything to quote: ``Ana Ortega <ana@example.com>``."""

MAILBOXES = frozenset({"From", "To", "Reply-To"})
RECIPIENTS_OWN = frozenset({"To", "Date", "Message-ID", "List-Unsubscribe"})
"""The headers that are never the same in two mails."""


class Whole(BaseHeader):
    """A header of one word that is never folded: an address would become encoded words that no program decodes."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds.update(decoded=value, parse_tree=None)

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


HEADERS = HeaderRegistry()
HEADERS.map_to_type("list-unsubscribe", Whole)
POLICY = SMTP.clone(header_factory=HEADERS)


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail in its final words."""

    sender: str
    """Its address alone, as the mail server is told; so is the recipient's."""
    recipient: str
    headers: Sequence[tuple[str, str]]
    """In their order, without those that say how the mail is written: ``("Subject", "Welcome")``."""
    text: bytes
    """In UTF-8, as is the page."""
    page: bytes
    language: str
    """Its tag: ``es-AR``."""

    def message(self) -> EmailMessage:
        """Return it as a message that can be read and changed."""
        message = EmailMessage(policy=POLICY)
        for name, value in self.headers:
            message[name] = value
        message.set_content(self.text.decode(), cte="quoted-printable")
        message.add_alternative(self.page.decode(), subtype="html", cte="quoted-printable")
        # Not earlier: "Content-" headers move into the first part when the second is added.
        message["Content-Language"] = self.language
        return message

    def written(self) -> bytes:
        """Return it as it is sent: what ``message().as_bytes()`` returns, apart from the boundary, which is random."""
        # Quoted-printable never has two "=" in a row, so no text can hold it.
        boundary = f"{'=' * 15}{secrets.randbelow(sys.maxsize):019d}=="
        lines = (
            *(_header(name, value) for name, value in self.headers),
            f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n',
            _header("Content-Language", self.language),
            f"\r\n--{boundary}\r\n",
            _part("plain", self.text),
            f"\r\n--{boundary}\r\n",
            _part("html", self.page, "MIME-Version: 1.0\r\n"),
            f"\r\n--{boundary}--\r\n",
        )
        return "".join(lines).encode("ascii")


def mailbox(name: str, address: str) -> str:
    """Return a mailbox as a header names it, quoted where it must be."""
    plain = f"{name} <{address}>" if name else address
    return plain if PLAIN_MAILBOX.fullmatch(plain) else str(Address(name, addr_spec=address))


def _header(name: str, value: str) -> str:
    return _folded(name, value) if name in RECIPIENTS_OWN else _usual(name, value)


@lru_cache(maxsize=256)
def _usual(name: str, value: str) -> str:
    """Return a header that is the same in mail after mail."""
    return _folded(name, value)


def _folded(name: str, value: str) -> str:
    line = f"{name}: {value}"
    if len(line) <= LINE_LENGTH and _is_plain(name, value):
        return f"{line}\r\n"
    # Raises ``ValueError`` for a value of several lines.
    _, header = POLICY.header_store_parse(name, value)
    folded: str = header.fold(policy=POLICY)
    return folded


def _is_plain(name: str, value: str) -> bool:
    plain = PLAIN_MAILBOX if name in MAILBOXES else PLAIN
    return plain.fullmatch(value) is not None and "=?" not in value


def _part(subtype: str, content: bytes, more: str = "") -> str:
    """Return one part with its headers, in quoted-printable."""
    plain = b"\n".join(content.splitlines()) + b"\n"
    encoded = body_encode(plain.decode("latin-1"), LINE_LENGTH).replace("\n", "\r\n")
    kind = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n'
    return f"{kind}{more}\r\n{encoded}"
