"""What a mail server's refusal is about: the recipient, the mail itself, or us, the sender.

Mails refused because of us wait, for an operator can fix that: the sender, signing in, relaying, a quota, a setting.
Mails refused because of the recipient or the mail are dead, for nobody here can fix that. Sources: RFC 5321 §4.2,
RFC 3463, RFC 5248, RFC 7372.
"""

from __future__ import annotations

import re
from typing import Literal

Step = Literal["sender", "recipient", "content"]
"""What was refused: MAIL FROM, RCPT TO, or DATA with the mail itself."""

Verdict = Literal["ours", "waits", "dies"]
"""It is about us, and waits until that is fixed; it is not about us, and waits; it is final."""

STATUS = re.compile(r"^(?:\d{3}[ -])?([245])\.(\d{1,3})\.(\d{1,3})\b", re.MULTILINE)
ADDRESS = re.compile(r"<[^>]*>|\S+@\S+")

ABOUT_US = re.compile(
    r"\b(?:un)?authenticat|\bauthori[sz]ed? (?:to send|sender)|\brelay|\bsender|\bfrom (?:address|header)|\bmail from"
    r"|\bhelo\b|\behlo\b|\bnot verified|\bnot logged in|\bspf\b|\bdkim\b|\bdmarc\b|\breverse dns|\bptr\b"
    r"|\b(?:black|block) ?list|\bspamhaus|\b(?:dns|r)bl\b|\bstarttls"
    r"|\b(?:daily|hourly|sending|rate|outgoing) (?:\w+ ){0,2}(?:limit|quota)|\bcredits?\b",
    re.IGNORECASE,
)
"""Words of servers that give no enhanced code, or a vague one: Exim, OpenSMTPD, Amazon SES, SendGrid."""

OUR_CODES = frozenset({500, 501, 502, 503, 504, 523, 530, 534, 535, 538, 554})
"""Without an enhanced code: the conversation, signing in, encryption; and 554, which at RCPT TO is about the client."""


def verdict(step: Step, code: int, text: str) -> Verdict:
    """Return what happens to a mail that was refused at this step.

    Args:
        code: The code of the reply, ``550``.
        text: The text of the reply, its lines without the code: ``"5.1.1 No such user"``.
    """
    if step == "sender":
        return "dies" if _is_too_large(code, text) else "ours"
    if not 500 <= code < 600:
        return "waits"
    status = _status(text)
    if status is None:
        return _plain(step, code, text)
    kind, subject, detail = status
    if kind != 5:
        return "waits"
    return _enhanced(step, code, subject, detail, text)


def _is_too_large(code: int, text: str) -> bool:
    """Whether MAIL FROM was refused for the announced size, which is about the mail and not the sender."""
    status = _status(text)
    return status == (5, 3, 4) or (status is None and code == 552)


def _status(text: str) -> tuple[int, int, int] | None:
    """Return the enhanced code: ``(5, 1, 1)``."""
    found = STATUS.search(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _is_about_us(text: str) -> bool:
    # An address may be called relay@ or sender@.
    return bool(ABOUT_US.search(ADDRESS.sub(" ", text)))


def _plain(step: Step, code: int, text: str) -> Verdict:
    """Return what a reply without a meaningful enhanced code is about."""
    if _is_about_us(text):
        return "ours"
    if step == "content":
        # Here 554 is a filter's verdict on this mail.
        return "ours" if code in OUR_CODES - {554} else "dies"
    if code == 552:
        # A full mailbox, or too many recipients: RFC 5321 §4.5.3.1.10 reads it as 452.
        return "waits"
    return "ours" if code in OUR_CODES else "dies"


def _enhanced(step: Step, code: int, subject: int, detail: int, text: str) -> Verdict:
    match subject, detail:
        case (1, 7 | 8) | (4, 5) | (3, 5) | (2, 252):
            # The sender's address; a quota; a setting of the server's; permission to send as somebody.
            return "ours"
        case (2, 2 | 121 | 122):
            # A full mailbox, or one that accepts no more for now: RFC 3463 calls it transient.
            return "waits"
        case (7, 17 | 18):
            # The mailbox or domain belongs to somebody else by now.
            return "dies"
        case (7, 0 | 1 | 2) if step == "content":
            # A filter's verdict on this mail, unless it names the sender: sent again, it would be refused again.
            return "ours" if _is_about_us(text) else "dies"
        case (7, _):
            return "ours"
        case (0, _) | (1, 0) | (5, 0):
            return _plain(step, code, text)
        case (5, _):
            return "ours"
        case (3, 0 | 1 | 2):
            return "waits"
        case _:
            return "dies"
