"""What a mail server's answers mean, each in a conversation with a server that really listens."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from flask_acct.mail.replies import verdict
from flask_acct.mail.smtp import Later, Never, SenderNotAccepted, Smtp, Undelivered, Unreachable

from .conftest import Server


@pytest.fixture
def message() -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Example <noreply@example.com>"
    message["To"] = "ana@example.com"
    message["Subject"] = "Hello"
    message["Date"] = datetime(2026, 3, 4, tzinfo=UTC)
    message.set_content("Hello")
    return message


def refused(command: str, reply: str, server: Server, message: EmailMessage) -> Undelivered:
    """What becomes of a mail when a command is answered so."""
    server.refusals[command] = reply
    with pytest.raises(Undelivered) as caught:
        Smtp(server.settings).deliver(message, "ana@example.com")
    return caught.value


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("MAIL", "530 5.7.0 Authentication Required"),
        ("MAIL", "530 Must issue a STARTTLS command first"),
        ("MAIL", "535 5.7.8 Error: authentication failed"),
        ("MAIL", "550 5.4.5 Daily user sending limit exceeded"),
        ("MAIL", "550 5.7.60 SMTP; Client does not have permissions to send as this sender"),
        ("MAIL", "550-5.7.1 You are not allowed to send\r\n550-5.7.1 from this address.\r\n550 5.7.1 See the manual."),
        ("MAIL", "550 rejected"),
        ("MAIL", "553 5.7.1 Sender address rejected: not owned by user"),
        ("MAIL", "553 sorry, that domain is not in my list"),
        ("MAIL", "552 5.2.2 Over quota"),
        ("MAIL", "503 5.5.1 Error: send HELO/EHLO first"),
        ("MAIL", "501 5.1.7 Bad sender address syntax"),
        ("MAIL", "451 4.7.1 Too much mail from this account"),
        ("MAIL", "421 4.7.0 Try again later, closing connection"),
    ],
)
def test_a_refused_sender_waits_as_long_as_it_takes_to_mend(
    command: str, reply: str, server: Server, message: EmailMessage
) -> None:
    undelivered = refused(command, reply, server, message)
    assert isinstance(undelivered, SenderNotAccepted)
    assert reply[:3] in undelivered.reason
    assert reply.split("\r\n")[0][4:] in undelivered.whole


@pytest.mark.parametrize(
    "reply",
    [
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
        "550 5.7.1 <box>: Helo command rejected: Host not found",
        "501 Syntactically invalid EHLO argument(s)",
    ],
)
def test_a_refused_name_of_this_machine_is_the_servers_matter(
    reply: str, server: Server, message: EmailMessage
) -> None:
    undelivered = refused("EHLO", reply, server, message)
    assert isinstance(undelivered, Unreachable)
    assert "FLASK_ACCT_MAIL_HELO" in undelivered.reason


@pytest.mark.parametrize(
    "reply",
    [
        "554 5.7.1 <ana@example.com>: Relay access denied",
        "550 relay not permitted",
        "550-Verification failed for <noreply@example.com>\r\n550 Sender verify failed",
        "553 5.7.1 <noreply@example.com>: Sender address rejected: not owned by user shop",
        "550 5.1.8 <noreply@example.com>: Sender address rejected: Domain not found",
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
        "530 5.7.0 Must issue a STARTTLS command first",
        "550 5.4.5 Daily sending quota exceeded",
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
        "503 5.5.1 Error: need MAIL command",
        "554 Transaction failed",
        "550 Authentication is required for relay",
        "550 5.3.5 System incorrectly configured",
    ],
)
def test_what_a_server_says_of_us_at_the_recipient_waits_and_holds_up_nobody(
    reply: str, server: Server, message: EmailMessage
) -> None:
    undelivered = refused("RCPT", reply, server, message)
    assert isinstance(undelivered, Later)
    assert not isinstance(undelivered, SenderNotAccepted | Unreachable)
    assert "about the sender or its settings" in undelivered.reason


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.1.1 No such user",
        "550-5.1.1 The email account that you tried to reach does not exist.\r\n550 5.1.1 Check it for typos.",
        "550 No such user here",
        "550 <relay@example.com>: unknown user",
        "550 <sender@example.com>: Recipient address rejected: User unknown in local recipient table",
        "551 5.1.6 Recipient has moved",
        "553 5.1.3 Bad recipient address syntax",
        "550 5.2.1 The account is disabled",
        "556 5.1.10 Recipient address has null MX",
        "550 5.4.1 Recipient address rejected: Access denied",
        "550 5.5.0 Requested action not taken: mailbox unavailable",
        "550 5.0.0 No",
        "550 5.1.0 Address rejected",
        "550 5.7.17 Mailbox owner has changed",
    ],
)
def test_a_recipient_that_is_refused_for_good_dies(reply: str, server: Server, message: EmailMessage) -> None:
    assert isinstance(refused("RCPT", reply, server, message), Never)


@pytest.mark.parametrize(
    "reply",
    [
        "450 4.2.0 Greylisted, try again in 300 seconds",
        "452 4.2.2 Over quota",
        "552 5.2.2 The mailbox is full",
        "552 Mailbox quota exceeded",
        "552 Too many recipients",
        "550 4.7.1 A code of two minds",
        "550 5.2.121 This recipient gets no more mails of yours for an hour",
    ],
)
def test_a_recipient_that_is_short_of_room_or_time_waits_and_holds_up_nobody(
    reply: str, server: Server, message: EmailMessage
) -> None:
    undelivered = refused("RCPT", reply, server, message)
    assert isinstance(undelivered, Later)
    assert not isinstance(undelivered, SenderNotAccepted | Unreachable)


@pytest.mark.parametrize(
    "reply",
    [
        "554 5.6.0 Message content rejected",
        "554 5.7.1 This message looks like spam",
        "550 5.7.1 Our filter refuses it",
        "550 Message rejected",
        "554 spam",
        "552 5.3.4 Message size exceeds fixed limit",
        "552 Message size exceeds maximum permitted",
        "550 5.1.1 No such user after all",
    ],
)
def test_a_mail_whose_content_is_refused_dies(reply: str, server: Server, message: EmailMessage) -> None:
    assert isinstance(refused("DATA", reply, server, message), Never)


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.7.60 Client does not have permissions to send as this sender",
        "554 5.2.252 SendAsDenied; noreply@example.com not allowed to send as shop@example.com",
        "550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550 5.7.26 DKIM did not pass",
        "550 5.7.1 Unauthenticated email from example.com is not accepted due to its DMARC policy",
        "554 Message rejected: Email address is not verified.",
        "550 The from address does not match a verified Sender Identity",
        "550 5.4.5 Daily user sending limit exceeded",
        "530 5.7.57 Client was not authenticated to send anonymous mail",
        "503 5.5.1 Bad sequence of commands",
        "451 4.3.0 Try later",
    ],
)
def test_a_mail_that_is_refused_for_its_sender_waits(reply: str, server: Server, message: EmailMessage) -> None:
    undelivered = refused("DATA", reply, server, message)
    assert isinstance(undelivered, Later)
    assert not isinstance(undelivered, SenderNotAccepted | Unreachable)


def test_a_mail_too_large_for_the_server_dies_though_it_says_so_of_the_sender(
    server: Server, message: EmailMessage
) -> None:
    assert isinstance(refused("MAIL", "552 5.3.4 Message size exceeds file system limit", server, message), Never)


@pytest.mark.parametrize("code", [500, 550, 554, 599])
def test_every_refusal_of_five_hundred_means_something(code: int) -> None:
    assert {verdict(step, code, "") for step in ("sender", "recipient", "content")} <= {"ours", "dies"}


def test_the_reply_of_a_server_that_hangs_up_waits(server: Server, message: EmailMessage) -> None:
    assert isinstance(refused("RCPT", "421 4.3.2 Shutting down", server, message), Later)
