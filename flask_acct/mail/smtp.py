"""Delivery by SMTP: Flask-Mail's settings and connection, with a time limit and verified certificates added."""

from __future__ import annotations

import ipaddress
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from types import TracebackType
from typing import Any, cast

import flask_mail
import idna

from ..errors import AcctError
from .mime import RenderedMail
from .replies import Step, verdict

TIMEOUT_SECONDS = 10.0
KEPT_SECONDS = 5.0
OK, WILL_FORWARD = 250, 251
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"(?=.{{1,253}}\.?$){LABEL}(?:\.{LABEL})*\.?", re.IGNORECASE)
PRIVATE_ENDINGS = frozenset({"local", "localdomain", "localhost", "internal", "lan", "home", "arpa", "invalid", "test"})
"""Top-level names that mean nothing to other hosts."""


ENDS_COMMAND = frozenset("<> ")
"""What would end an address within a command."""


class Undelivered(Exception):
    """A mail was not delivered.

    Args:
        reason: Why, without any address; fit for a log.
        reply: The server's own words, which may quote anything.
    """

    def __init__(self, reason: str, reply: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.reply = reply

    @property
    def whole(self) -> str:
        return f"{self.reason}: {self.reply}" if self.reply else self.reason


class Later(Undelivered):
    """It may be delivered at another try."""


class Unreachable(Later):
    """The server accepts no mail at all now, whatever its content."""


class SenderNotAccepted(Later):
    """The server accepts no mail from this sender now, to any recipient."""


class Never(Undelivered):
    """The server refused this mail for good."""


class PlainMail(AcctError):
    """The mail settings would send passwords and links unencrypted."""


class BadMailSetting(AcctError):
    """A ``MAIL_*`` setting cannot be used."""


class Transport:
    """The way mails leave."""

    def deliver(self, message: EmailMessage, recipient: str) -> None:
        """The message is handed over. Raises ``Later`` or ``Never``."""
        raise NotImplementedError

    def send(self, mail: RenderedMail) -> None:
        """The same for a mail of which some transports make no message."""
        with _writing_errors():
            message = mail.message()
        self.deliver(message, mail.recipient)

    def kept_open(self) -> AbstractContextManager[None]:
        """What serves more than one mail is kept for this thread until the end of the block. Blocks may be nested."""
        return nullcontext()

    def rest(self) -> None:
        """This thread has nothing to send now: what was not needed for a while ends."""


class Nowhere(Transport):
    """The transport of an app without a mail server: every mail waits."""

    def deliver(self, message: EmailMessage, recipient: str) -> None:
        raise Unreachable("No mail server is set. Set FLASK_MAIL_SERVER, and FLASK_MAIL_USE_TLS=true")


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a mail server and this machine said to each other before the first mail."""

    server: str
    port: int
    own_name: str
    """What this machine called itself: ``mail.example.com``, or ``[192.0.2.1]``."""
    encryption: str
    """``TLSv1.3``; empty for none."""
    is_signed_in: bool


class Smtp(Transport):
    """Delivers each mail to one server.

    Args:
        settings: Flask's configuration; the ``MAIL_*`` keys of Flask-Mail are read.
        context: Which certificates are trusted; those of the system by default.
        helo: ``ACCT_MAIL_HELO``, this machine's name in EHLO. Default: its own fully qualified name, else the
            address of its connection, ``[192.0.2.1]``.
        kept_seconds: How long a worker without mails keeps its connection for the next one.

    Raises ``PlainMail`` for a server beyond loopback without TLS, and ``BadMailSetting``.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        *,
        timeout: float = TIMEOUT_SECONDS,
        context: ssl.SSLContext | None = None,
        helo: str | None = None,
        kept_seconds: float = KEPT_SECONDS,
    ) -> None:
        self.state = flask_mail.Mail().init_mail(_read(settings))
        if not (self.state.use_tls or self.state.use_ssl or is_loopback(self.state.server)):
            raise PlainMail(
                f"MAIL_SERVER = {self.state.server!r} would be spoken to in the clear. Set FLASK_MAIL_USE_TLS=true "
                "(STARTTLS, usually FLASK_MAIL_PORT=587) or FLASK_MAIL_USE_SSL=true (FLASK_MAIL_PORT=465)."
            )
        self.timeout = timeout
        self.kept_seconds = kept_seconds
        self.helo = _helo(helo)
        # Made once: reading the system's certificates takes longer than sending a mail.
        self.context = context or ssl.create_default_context()
        self._kept = _Kept()

    def deliver(self, message: EmailMessage, recipient: str) -> None:
        with _writing_errors():
            written = message.as_bytes(policy=SMTP)
        self._deliver(written, message["From"].addresses[0].addr_spec, recipient)

    def send(self, mail: RenderedMail) -> None:
        with _writing_errors():
            written = mail.written()
        self._deliver(written, mail.sender, mail.recipient)

    def _deliver(self, written: bytes, sender: str, recipient: str) -> None:
        if self._delivered_on_kept(written, sender, recipient):
            return
        connection = self._connection()
        with ExitStack() as ending:
            ending.enter_context(connection)
            connection.deliver(written, sender, recipient)
            # Not after a failure: the next mail gets a connection that nothing is wrong with.
            if self._kept.is_on:
                self._kept.connection = connection
                ending.pop_all()

    def _delivered_on_kept(self, written: bytes, sender: str, recipient: str) -> bool:
        """The mail was delivered by the connection of the mail before, unless that is no longer of use.

        Some servers take so many mails by one connection and then refuse the next one's sender: that says nothing
        about the mail, nor about its sender.
        """
        connection, self._kept.connection = self._kept.connection, None
        if connection is None:
            return False
        with ExitStack() as ending:
            ending.callback(connection.close)
            if not connection.is_ready():
                return False
            try:
                connection.deliver(written, sender, recipient)
            except Undelivered as failed:
                if isinstance(failed.__cause__, smtplib.SMTPSenderRefused):
                    return False
                raise
            self._kept.connection = connection
            ending.pop_all()
        return True

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        if self._kept.is_on:
            yield
            return
        self._kept.is_on = True
        try:
            yield
        finally:
            self._kept.is_on = False
            self._end_kept()

    def rest(self) -> None:
        connection = self._kept.connection
        if connection is not None and time.monotonic() - connection.used_at >= self.kept_seconds:
            self._end_kept()

    def _end_kept(self) -> None:
        connection, self._kept.connection = self._kept.connection, None
        if connection is not None:
            connection.__exit__(None, None, None)

    def introduce(self) -> Introduction:
        """The server was reached, encrypted and signed in to as for a mail, and left. Raises ``Unreachable``."""
        host = self._connection().configure_host()
        try:
            encrypted = host.sock if isinstance(host.sock, ssl.SSLSocket) else None
            return Introduction(
                server=str(self.state.server),
                port=int(self.state.port or 0),
                own_name=host.local_hostname,
                encryption=(encrypted.version() or "") if encrypted else "",
                is_signed_in=bool(self.state.username and self.state.password),
            )
        finally:
            with suppress(smtplib.SMTPException, OSError):
                host.quit()
            host.close()

    def _connection(self) -> VerifiedConnection:
        return VerifiedConnection(self.state, self.timeout, self.context, self.helo)


class _Kept(threading.local):
    """The connection that a thread keeps between mails, if it does."""

    is_on = False
    connection: VerifiedConnection | None = None


class VerifiedConnection(flask_mail.Connection):
    """Flask-Mail's connection with a time limit, which never trusts an unknown certificate."""

    def __init__(self, mail: Any, timeout: float, context: ssl.SSLContext, helo: str = "") -> None:
        super().__init__(mail)
        self.helo = helo
        self.timeout = timeout
        self.context = context
        self.used_at = 0.0
        """When it last delivered a mail, by ``time.monotonic``."""

    def configure_host(self) -> smtplib.SMTP:
        """Return a connection that is encrypted and signed in, as the settings require. Raises ``Unreachable``."""
        with _connection_errors():
            host = self._greeted()
            try:
                if self.mail.use_tls and not self.mail.use_ssl:
                    host.starttls(context=self.context)
                if self.mail.username and self.mail.password:
                    host.login(self.mail.username, self.mail.password)
                # Checked here and not with the first mail: a server that refuses our name refuses every mail.
                host.ehlo_or_helo_if_needed()
            except BaseException:
                host.close()
                raise
            return host

    def _greeted(self) -> smtplib.SMTP:
        # Any name, so that smtplib looks up none: EHLO comes later.
        server, port, name = self.mail.server, self.mail.port, "localhost"
        if self.mail.use_ssl:
            host: smtplib.SMTP = smtplib.SMTP_SSL(
                server, port, local_hostname=name, timeout=self.timeout, context=self.context
            )
        else:
            host = smtplib.SMTP(server, port, local_hostname=name, timeout=self.timeout)
        host.local_hostname = self.helo or _own_name() or literal(cast(socket.socket, host.sock))
        return host

    def deliver(self, written: bytes, sender: str, recipient: str) -> None:
        """The server has answered 250 for the unchanged message. Raises ``Later`` or ``Never``."""
        if self.host is None:
            return
        in_commands = [_in_brackets(address) for address in (sender, recipient)]
        with _delivery_errors():
            if self.host.has_extn("pipelining"):
                self._hand_over(self.host, written, sender, recipient, in_commands)
            else:
                self.host.sendmail(sender, [recipient], written)
        self.used_at = time.monotonic()

    def _hand_over(
        self, host: smtplib.SMTP, written: bytes, sender: str, recipient: str, in_commands: Sequence[str]
    ) -> None:
        """What ``sendmail`` does, but sender and recipient are named at once, as the server allows: one way less.

        Not with DATA: a server that refused the recipient might wait for a mail all the same. Source: RFC 2920 §3.1.
        """
        size = f" size={len(written)}" if host.has_extn("size") else ""
        commands = (f"mail FROM:{in_commands[0]}{size}", f"rcpt TO:{in_commands[1]}")
        host.send("".join(f"{command}\r\n" for command in commands))
        if (refusal := host.getreply())[0] != OK:
            raise smtplib.SMTPSenderRefused(*refusal, sender)
        if (refusal := host.getreply())[0] not in (OK, WILL_FORWARD):
            raise smtplib.SMTPRecipientsRefused({recipient: refusal})
        if (refusal := host.data(written))[0] != OK:
            raise smtplib.SMTPDataError(*refusal)

    def is_ready(self) -> bool:
        """Whether the server is still there and has forgotten the mail before. Asked before a mail is handed over,
        so a connection that the server has closed costs no mail a try."""
        if self.host is None:
            return True
        try:
            return self.host.rset()[0] == OK
        except (smtplib.SMTPException, OSError):
            return False

    def close(self) -> None:
        """The connection is closed without a word, which no server has to answer."""
        if self.host is not None:
            self.host.close()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, tb: TracebackType | None
    ) -> None:
        if self.host is None:
            return
        # An error after the 250 must not make a delivered mail look undelivered.
        with suppress(smtplib.SMTPException, OSError):
            if exc_type is None:
                self.host.quit()
        self.host.close()


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, judged by its name or number alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@contextmanager
def _connection_errors() -> Iterator[None]:
    """Raise ``Unreachable``, with the fix, for errors before a mail is handed over: they are about the server."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Unreachable("The mail server's certificate is not trusted", error.verify_message) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Unreachable("The mail server lacks what MAIL_USE_TLS or MAIL_USERNAME asks for", str(error)) from error
    except smtplib.SMTPAuthenticationError as error:
        raise Unreachable("The mail server refused MAIL_USERNAME and MAIL_PASSWORD", _text(error.smtp_error)) from error
    except smtplib.SMTPHeloError as error:
        reason = f"The mail server refused this machine's name with {error.smtp_code}. Set FLASK_ACCT_MAIL_HELO"
        raise Unreachable(reason, _text(error.smtp_error)) from error
    except smtplib.SMTPResponseException as error:
        raise Unreachable(f"The mail server greeted with {error.smtp_code}", _text(error.smtp_error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unreachable("The mail server could not be reached", f"{type(error).__name__} {error}") from error


@contextmanager
def _writing_errors() -> Iterator[None]:
    """Raise ``Never`` for a mail that cannot be written as mail servers read it."""
    try:
        yield
    except (UnicodeError, ValueError) as error:
        raise Never("The mail cannot be encoded for the mail server") from error


@contextmanager
def _delivery_errors() -> Iterator[None]:
    """Raise ``Later`` or ``Never`` for what smtplib raises while a mail is handed over."""
    try:
        yield
    except smtplib.SMTPSenderRefused as error:
        raise _failure_of("sender", error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise _failure_of("recipient", *next(iter(error.recipients.values()))) from error
    except smtplib.SMTPResponseException as error:
        raise _failure_of("content", error.smtp_code, error.smtp_error) from error
    except (UnicodeError, smtplib.SMTPNotSupportedError) as error:
        raise Never("The mail cannot be encoded for the mail server") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Later("The connection to the mail server broke", f"{type(error).__name__} {error}") from error


def _failure_of(step: Step, code: int, reply: bytes | str) -> Undelivered:
    """Return what a refusal means for the mail. Only a refused sender delays other mails."""
    text = _text(reply)
    reason = f"The mail server answered {code}"
    match verdict(step, code, text):
        case "dies":
            return Never(reason, text)
        case "ours" if step == "sender":
            return SenderNotAccepted(
                f"The mail server refused the sender with {code}. Check it, MAIL_USERNAME and quotas", text
            )
        case "ours":
            return Later(f"{reason}, about the sender or its settings", text)
        case _:
            return Later(reason, text)


def _in_brackets(address: str) -> str:
    """Return an address as commands name it. Raises ``Never`` for one that cannot be."""
    quoted = smtplib.quoteaddr(address)
    # What smtplib or a server reads another address out of goes to nobody.
    is_another = quoted != f"<{address}>" or not ENDS_COMMAND.isdisjoint(address)
    if is_another or not (quoted.isascii() and quoted.isprintable()):
        raise Never("The mail cannot be encoded for the mail server")
    return quoted


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply


def _read(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return Flask-Mail's settings; from the environment they come as text."""
    read = {key: value for key, value in settings.items() if key.startswith("MAIL_")}
    for key in ("MAIL_USE_TLS", "MAIL_USE_SSL", "MAIL_SUPPRESS_SEND"):
        read[key] = _switch(key, settings.get(key, False))
    port = settings.get("MAIL_PORT") or (465 if read["MAIL_USE_SSL"] else 587 if read["MAIL_USE_TLS"] else 25)
    try:
        read["MAIL_PORT"] = int(port)
    except ValueError:
        raise BadMailSetting(f"MAIL_PORT = {port!r} is not a number. Set FLASK_MAIL_PORT=587.") from None
    return read


def _switch(key: str, value: object) -> bool:
    if isinstance(value, (bool, int)):
        return bool(value)
    switches = {"true": True, "yes": True, "on": True, "1": True, "": False}
    switches |= {"false": False, "no": False, "off": False, "0": False}
    if str(value).lower() not in switches:
        raise BadMailSetting(f"{key} = {value!r} is neither true nor false. Set FLASK_{key}=true.")
    return switches[str(value).lower()]


def _helo(name: str | None) -> str:
    """Return ``ACCT_MAIL_HELO`` as EHLO needs it; empty if it is not set. Raises ``BadMailSetting``."""
    given = (name or "").strip()
    if not given:
        return ""
    try:
        return _address_literal(given.strip("[]").removeprefix("IPv6:"))
    except ValueError:
        pass
    try:
        encoded = given if given.isascii() else idna.encode(given, uts46=True).decode("ascii")
    except idna.IDNAError:
        encoded = ""
    if not HOST.fullmatch(encoded):
        fix = "Set FLASK_ACCT_MAIL_HELO=mail.example.com, the name that the address you send from leads back to."
        raise BadMailSetting(f"ACCT_MAIL_HELO = {name!r} is no name of a host. {fix}")
    return encoded.rstrip(".")


@lru_cache(maxsize=1)
def _own_name() -> str:
    """Return this machine's fully qualified name, or an empty text. Looked up once: resolvers may be slow."""
    name = socket.getfqdn().rstrip(".")
    return name if is_fully_qualified(name) else ""


def is_fully_qualified(name: str) -> bool:
    """Whether other hosts can look a name up: a container's id or ``box.local`` they cannot."""
    top = name.rpartition(".")[2].lower()
    return "." in name and bool(HOST.fullmatch(name)) and not top.isdigit() and top not in PRIVATE_ENDINGS


def literal(connection: socket.socket) -> str:
    """Return the address of this end of the connection, as EHLO needs it. Source: RFC 5321 §4.1.3."""
    return _address_literal(connection.getsockname()[0].partition("%")[0])


def _address_literal(address: str) -> str:
    """Return ``[192.0.2.1]`` or ``[IPv6:2001:db8::1]``. Raises ``ValueError`` for a text that is no address."""
    known = ipaddress.ip_address(address)
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    return f"[IPv6:{known}]" if known.version == 6 else f"[{known}]"
