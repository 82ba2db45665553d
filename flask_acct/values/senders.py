"""Senders of mails: ``MAIL_DEFAULT_SENDER`` and the like, rejected at start if they cannot be used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import AcctError
from .identifiers import email_address

Given = str | tuple[str | None, str]
"""What Flask-Mail accepts: ``"Shop <noreply@example.com>"``, or ``("Shop", "noreply@example.com")``."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
BARE = re.compile(r"(?P<open><)?(?P<address>[^<>\s,;:\"]+)(?(open)>)")
NAMED = re.compile(r"(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<name>[^\"<>,;:@\\]*)) *< *(?P<address>[^<>\s]+) *>")
NO_REPLY = re.compile(r"(do[._-]?not|no)[._-]?reply([._+-].*)?", re.IGNORECASE)


class BadSender(AcctError):
    """The sender is not one mailbox with an address that every mail server accepts."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(f"{what}. {fix}")
        self.what = what
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Sender:
    """A mailbox: ``Sender("Shop, Inc.", "noreply@example.com")``. Its domain is in A-labels."""

    name: str
    address: str

    @property
    def takes_no_replies(self) -> bool:
        """Whether its name says that nobody reads replies: ``no-reply@example.com``."""
        return bool(NO_REPLY.fullmatch(self.address.partition("@")[0]))


def sender_of(given: object) -> Sender:
    """Return the sender as one mailbox. Raises ``BadSender`` with what is wrong and how to fix it."""
    name, address = _parts(given)
    plain = email_address(address)
    if plain is None:
        raise BadSender(f"= {given!r} has no address that every mail server takes", _fix(address))
    return Sender(name.strip(), plain)


def _parts(given: object) -> tuple[str, str]:
    """Return name and address, the address as it was written."""
    if isinstance(given, str):
        _raise_if_control(given)
        return _written(given.strip())
    if isinstance(given, Sequence) and len(given) == 2 and _are_texts(given):
        name, address = given[0] or "", given[1]
        _raise_if_control(name + address)
        return name, address
    raise BadSender(f"= {given!r} is no sender", 'Write "Shop <noreply@example.com>", or a pair of name and address.')


def _are_texts(pair: Sequence[object]) -> bool:
    return isinstance(pair[0], str | None) and isinstance(pair[1], str)


def _raise_if_control(text: str) -> None:
    if CONTROL.search(text):
        raise BadSender("holds a line break or another control character", "Write it on one line, without tabs.")


def _written(given: str) -> tuple[str, str]:
    if not given:
        raise BadSender("is empty", 'Write "noreply@example.com", or remove it to send from [site] support_email.')
    if bare := BARE.fullmatch(given):
        return "", bare["address"]
    if named := NAMED.fullmatch(given):
        quoted = named["quoted"]
        return named["name"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted), named["address"]
    fix = "Name one address; put a name that holds a comma in quotes: '\"Shop, Inc.\" <shop@example.com>'."
    raise BadSender(f"= {given!r} does not read as one name and address", fix)


def _fix(address: str) -> str:
    if "@" in address and not address.rpartition("@")[0].isascii():
        return "What stands before the @ must be ASCII: write it like noreply@example.com."
    return 'Write it like "noreply@example.com", or "Shop <noreply@example.com>".'
