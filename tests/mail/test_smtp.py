"""Conversations with servers that really listen."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest
import trustme

from flask_acct.mail.smtp import (
    BadMailSetting,
    Later,
    Never,
    Nowhere,
    PlainMail,
    Smtp,
    Unreachable,
    is_fully_qualified,
    literal,
)

from ..serving import free_port
from .conftest import Server, listening


@pytest.fixture
def message() -> EmailMessage:
    drawn = EmailMessage(policy=SMTP)
    drawn["From"] = "Example <support@example.com>"
    drawn["To"] = "Łukasz <ana@example.com>"
    drawn["Subject"] = "Tu contraseña"
    drawn["Date"] = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    drawn["Message-ID"] = "<acct.3f9a@example.com>"
    drawn.set_content("Línea\n.\nFrom here\n", cte="quoted-printable")
    return drawn


@pytest.fixture(params=[False, True], ids=["one by one", "at once"])
def server(server: Server, request: pytest.FixtureRequest) -> Server:
    """A plain server on loopback, which takes commands one by one, or several at once."""
    server.allows_pipelining = request.param
    return server


def test_the_server_takes_the_very_bytes_that_were_drawn(server: Server, message: EmailMessage) -> None:
    Smtp(server.settings).deliver(message, "ana@example.com")
    assert server.taken == [("support@example.com", ["ana@example.com"], message.as_bytes())]


# Several mails by one connection.

PEOPLE = ["ana@example.com", "bea@example.com", "cleo@example.com"]


def recipients(server: Server) -> list[str]:
    return [recipient for _, whom, _ in server.taken for recipient in whom]


def test_mails_sent_together_share_a_connection(server: Server, message: EmailMessage) -> None:
    transport = Smtp(server.settings)
    with transport.kept_open():
        for recipient in PEOPLE:
            transport.deliver(message, recipient)
    assert recipients(server) == PEOPLE
    assert len(server.greeted) == 1


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("reply", ["421 4.3.2 closing", "451 4.7.1 later", "550 5.7.1 no"])
def test_a_refused_mail_says_the_same_whether_commands_are_sent_at_once(
    server: Server, message: EmailMessage, command: str, reply: str
) -> None:
    said = []
    for server.allows_pipelining in (False, True):
        server.refusals[command] = reply
        with pytest.raises((Later, Never)) as caught:
            Smtp(server.settings).deliver(message, PEOPLE[0])
        said.append((type(caught.value), caught.value.whole))
    assert said[0] == said[1]
    assert server.taken == []


@pytest.mark.parametrize("address", ["łuk@example.com", "ana@example.com\x00", "ana@exa\u2028mple.com"])
def test_an_address_that_no_command_can_hold_is_never_tried_again(
    server: Server, message: EmailMessage, address: str
) -> None:
    server.allows_pipelining = True
    with pytest.raises(Never, match="cannot be encoded"):
        Smtp(server.settings).deliver(message, address)
    assert server.asked == []


def test_an_address_of_two_lines_is_no_second_command(server: Server, message: EmailMessage) -> None:
    with contextlib.suppress(Later, Never):
        Smtp(server.settings).deliver(message, "ana@example.com>\r\nRCPT TO:<eve@example.com")
    assert "eve@example.com" not in recipients(server)


def test_a_connection_outlasts_the_blocks_within_a_block(server: Server, message: EmailMessage) -> None:
    transport = Smtp(server.settings)
    with transport.kept_open():
        for recipient in PEOPLE:
            with transport.kept_open():
                transport.deliver(message, recipient)
            transport.rest()
        assert server.goodbyes == 0
    assert recipients(server) == PEOPLE
    assert len(server.greeted) == 1
    assert server.goodbyes == 1


def test_a_connection_that_was_not_needed_for_a_while_ends(server: Server, message: EmailMessage) -> None:
    transport = Smtp(server.settings, kept_seconds=0)
    with transport.kept_open():
        for recipient in PEOPLE:
            transport.deliver(message, recipient)
            transport.rest()
    assert recipients(server) == PEOPLE
    assert len(server.greeted) == 3
    assert server.goodbyes == 3


def test_a_mail_after_the_server_closed_the_connection_leaves_by_another(message: EmailMessage) -> None:
    with listening(timeout=1) as impatient:
        transport = Smtp(impatient.settings)
        with transport.kept_open():
            transport.deliver(message, PEOPLE[0])
            time.sleep(2)
            transport.deliver(message, PEOPLE[1])
    assert recipients(impatient) == PEOPLE[:2]
    assert len(impatient.greeted) == 2


def test_mails_sent_one_by_one_have_a_connection_each(server: Server, message: EmailMessage) -> None:
    transport = Smtp(server.settings)
    with transport.kept_open():
        transport.deliver(message, PEOPLE[0])
    transport.deliver(message, PEOPLE[1])
    assert recipients(server) == PEOPLE[:2]
    assert len(server.greeted) == 2


@pytest.mark.parametrize("most", [1, 2])
def test_a_server_that_takes_few_mails_by_one_connection_gets_all_by_several(
    server: Server, message: EmailMessage, most: int
) -> None:
    server.most_a_connection = most
    transport = Smtp(server.settings)
    with transport.kept_open():
        for recipient in PEOPLE:
            transport.deliver(message, recipient)
    assert recipients(server) == PEOPLE
    assert len(server.greeted) == {1: 3, 2: 2}[most]


@pytest.mark.parametrize("answer", ["421 4.3.2 closing", "500 what?"])
def test_a_connection_that_does_not_forget_the_mail_before_is_not_used_again(
    server: Server, message: EmailMessage, answer: str
) -> None:
    server.refusals["RSET"] = answer
    transport = Smtp(server.settings)
    with transport.kept_open():
        for recipient in PEOPLE:
            transport.deliver(message, recipient)
    assert recipients(server) == PEOPLE
    assert len(server.greeted) == 3


def test_a_mail_that_is_refused_takes_no_other_with_it(server: Server, message: EmailMessage) -> None:
    server.refusals[PEOPLE[1]] = "550 5.1.1 no such person"
    transport = Smtp(server.settings)
    with transport.kept_open():
        transport.deliver(message, PEOPLE[0])
        with pytest.raises(Never):
            transport.deliver(message, PEOPLE[1])
        transport.deliver(message, PEOPLE[2])
    assert recipients(server) == [PEOPLE[0], PEOPLE[2]]


def test_a_sender_that_is_refused_is_refused_by_a_new_connection_as_well(server: Server, message: EmailMessage) -> None:
    transport = Smtp(server.settings)
    with transport.kept_open():
        transport.deliver(message, PEOPLE[0])
        server.refusals["support@example.com"] = "553 5.7.1 not yours"
        with pytest.raises(Later):
            transport.deliver(message, PEOPLE[1])
    assert recipients(server) == PEOPLE[:1]
    assert len(server.greeted) == 2


def test_starttls_with_a_trusted_certificate_delivers(
    tls_server: Server, trusting: ssl.SSLContext, message: EmailMessage
) -> None:
    settings = {**tls_server.settings, "MAIL_USE_TLS": True}
    Smtp(settings, context=trusting).deliver(message, "ana@example.com")
    assert len(tls_server.taken) == 1


def test_an_untrusted_certificate_gets_no_mail(tls_server: Server, message: EmailMessage) -> None:
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        Smtp({**tls_server.settings, "MAIL_USE_TLS": True}).deliver(message, "ana@example.com")
    assert tls_server.taken == []


@pytest.fixture
def misnamed_server(authority: trustme.CA) -> Iterator[Server]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("mail.example.net").configure_cert(context)
    with listening(tls_context=context, require_starttls=True) as found:
        yield found


def test_a_certificate_for_another_host_gets_no_mail(
    misnamed_server: Server, trusting: ssl.SSLContext, message: EmailMessage
) -> None:
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        Smtp({**misnamed_server.settings, "MAIL_USE_TLS": True}, context=trusting).deliver(message, "ana@example.com")
    assert misnamed_server.taken == []


def test_a_server_without_starttls_gets_no_mail_when_it_is_asked_for(server: Server, message: EmailMessage) -> None:
    with pytest.raises(Unreachable, match="lacks what MAIL_USE_TLS"):
        Smtp({**server.settings, "MAIL_USE_TLS": True}).deliver(message, "ana@example.com")
    assert server.taken == []


@pytest.fixture
def wrapped_server(authority: trustme.CA) -> Iterator[Server]:
    """TLS from the first byte, as on port 465."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with listening(ssl_context=context) as found:
        yield found


def test_tls_from_the_first_byte_is_verified_too(
    wrapped_server: Server, trusting: ssl.SSLContext, message: EmailMessage
) -> None:
    settings = {**wrapped_server.settings, "MAIL_USE_SSL": True}
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        Smtp(settings).deliver(message, "ana@example.com")
    Smtp(settings, context=trusting).deliver(message, "ana@example.com")
    assert len(wrapped_server.taken) == 1


def test_a_silent_server_is_given_up_in_time(silent_port: int, message: EmailMessage) -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable, match="could not be reached"):
        Smtp({"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": silent_port}, timeout=0.3).deliver(message, "ana@example.com")
    assert time.monotonic() - started < 8


def test_ten_seconds_is_the_longest_wait_of_one_step(server: Server) -> None:
    assert Smtp(server.settings).timeout == 10


def test_nobody_listening_is_tried_later(message: EmailMessage) -> None:
    with pytest.raises(Later, match="could not be reached"):
        Smtp({"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": free_port()}).deliver(message, "ana@example.com")


@pytest.mark.parametrize("reply", ["421 closing", "450 try again", "451 greylisted"])
def test_a_reply_of_four_hundred_is_tried_later(reply: str, server: Server, message: EmailMessage) -> None:
    server.replies = [reply]
    with pytest.raises(Later, match=reply[:3]) as caught:
        Smtp(server.settings).deliver(message, "ana@example.com")
    assert not isinstance(caught.value, Unreachable)


@pytest.mark.parametrize("reply", ["550 no such user", "554 spam"])
def test_a_reply_of_five_hundred_is_never_tried_again(reply: str, server: Server, message: EmailMessage) -> None:
    server.replies = [reply]
    with pytest.raises(Never, match=reply[:3]):
        Smtp(server.settings).deliver(message, "ana@example.com")


def test_an_address_beyond_ascii_is_never_tried_again(server: Server, message: EmailMessage) -> None:
    with pytest.raises(Never, match="cannot be encoded"):
        Smtp(server.settings).deliver(message, "usér@example.com")


def test_a_refused_login_is_the_servers_matter_and_not_the_mails(server: Server, message: EmailMessage) -> None:
    settings = {**server.settings, "MAIL_USERNAME": "acct", "MAIL_PASSWORD": "wrong"}
    with pytest.raises(Unreachable):
        Smtp(settings).deliver(message, "ana@example.com")


@pytest.mark.parametrize("host", ["mail.example.com", "192.0.2.7", "mailhog", "localhost.example.com"])
def test_plain_mail_is_refused_beyond_loopback_and_says_the_fix(host: str) -> None:
    with pytest.raises(PlainMail, match="FLASK_MAIL_USE_TLS=true"):
        Smtp({"MAIL_SERVER": host})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "127.9.9.9"])
def test_plain_mail_is_allowed_on_loopback(host: str) -> None:
    assert Smtp({"MAIL_SERVER": host}).state.server == host


@pytest.mark.parametrize(
    ("settings", "port"),
    [({}, 25), ({"MAIL_USE_TLS": "true"}, 587), ({"MAIL_USE_SSL": True}, 465), ({"MAIL_PORT": "2525"}, 2525)],
)
def test_the_port_follows_from_the_encryption(settings: dict[str, object], port: int) -> None:
    assert Smtp({"MAIL_SERVER": "localhost", **settings}).state.port == port


def test_false_written_as_a_word_does_not_switch_tls_on() -> None:
    with pytest.raises(PlainMail):
        Smtp({"MAIL_SERVER": "mail.example.com", "MAIL_USE_TLS": "False"})


@pytest.mark.parametrize("setting", [{"MAIL_PORT": "smtp"}, {"MAIL_USE_TLS": "maybe"}])
def test_a_setting_that_cannot_be_used_says_the_fix(setting: dict[str, str]) -> None:
    with pytest.raises(BadMailSetting, match="Set FLASK_MAIL_"):
        Smtp({"MAIL_SERVER": "localhost", **setting})


def test_without_a_server_every_mail_waits_and_says_why(message: EmailMessage) -> None:
    with pytest.raises(Unreachable, match="FLASK_MAIL_SERVER"):
        Nowhere().deliver(message, "ana@example.com")


def test_the_name_that_is_set_is_what_this_machine_calls_itself(server: Server, message: EmailMessage) -> None:
    Smtp(server.settings, helo="mail.example.com").deliver(message, "ana@example.com")
    assert server.greeted == ["mail.example.com"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("mail.example.com.", "mail.example.com"), (" mail.example.com ", "mail.example.com"), ("mailhost", "mailhost"),
        ("correo.tienda-ñ.example", "correo.xn--tienda--b0a.example"), ("192.0.2.1", "[192.0.2.1]"),
        ("[192.0.2.1]", "[192.0.2.1]"), ("2001:db8::1", "[IPv6:2001:db8::1]"),
        ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
        ("::ffff:192.0.2.1", "[192.0.2.1]"),
    ],
)  # fmt: skip
def test_the_name_that_is_set_may_be_an_address(given: str, said: str) -> None:
    assert Smtp({"MAIL_SERVER": "localhost"}, helo=given).helo == said


@pytest.mark.parametrize(
    "name", ["mail example.com", "mail\r\nQUIT", "my_box.example.com", "-", "a" * 300, "http://x.example"]
)
def test_a_name_that_no_server_would_take_is_refused_at_start(name: str) -> None:
    with pytest.raises(BadMailSetting, match="FLASK_ACCT_MAIL_HELO"):
        Smtp({"MAIL_SERVER": "localhost"}, helo=name)


@pytest.mark.parametrize(
    "name",
    [
        "localhost", "3f2a9c170b1d", "box.local", "localhost.localdomain", "box.lan", "my_box.example.com", "127.0.0.1",
        "1.0.0.127.in-addr.arpa", "",
    ],
)  # fmt: skip
def test_a_name_that_means_nothing_elsewhere_is_not_fully_qualified(name: str) -> None:
    assert not is_fully_qualified(name)


def test_a_name_of_the_internet_is_fully_qualified() -> None:
    assert is_fully_qualified("web-1.clients.example.com")


def test_a_machine_without_such_a_name_is_called_by_its_address(server: Server, message: EmailMessage) -> None:
    Smtp(server.settings).deliver(message, "ana@example.com")
    expected = socket.getfqdn() if is_fully_qualified(socket.getfqdn()) else "[127.0.0.1]"
    assert server.greeted == [expected]


def test_the_address_of_the_newer_kind_is_written_as_one() -> None:
    address = ("::1", 0)
    with (
        socket.create_server(address, family=socket.AF_INET6) as listener,
        socket.create_connection(listener.getsockname()[:2]) as connection,
    ):
        assert literal(connection) == "[IPv6:::1]"
