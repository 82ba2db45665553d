"""Mail, by real conversations: the server, its TLS and sign-in, a mail to try, and what the DNS says of the sender."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import timedelta

import pytest
import trustme
from aiosmtpd.smtp import AuthResult, LoginPassword

from flask_acct.db.models import OutboxMail
from flask_acct.doctor import dns_records, mail
from flask_acct.doctor.checkup import Checkup

from ..mail.conftest import Server, listening
from ..serving import free_port
from ..web.site import Build, Site
from .conftest import answering, found, states

FROM = {"MAIL_DEFAULT_SENDER": "Brisalta <noreply@mail.brisalta.net>"}
SPF = "v=spf1 mx ~all"
DMARC = "v=DMARC1; p=quarantine"


@pytest.fixture
def closed_server(authority: trustme.CA) -> Iterator[Server]:
    """A server that takes mail only by TLS and from who signs in."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)

    def knows(_server: object, _session: object, _envelope: object, _how: str, given: LoginPassword) -> AuthResult:
        return AuthResult(success=given.password == b"right", handled=False)

    with listening(tls_context=context, require_starttls=True, authenticator=knows, auth_required=True) as found:
        yield found


def settings(server: Server, password: str = "right") -> dict[str, object]:
    return {
        "MAIL_SERVER": "localhost", "MAIL_PORT": server.port, "MAIL_USE_TLS": True, "MAIL_USERNAME": "acct",
        "MAIL_PASSWORD": password, "ACCT_MAIL_HELO": "mail.brisalta.net", **FROM,
    }  # fmt: skip


def test_a_server_that_takes_our_mail_is_told_with_its_tls(make: Build, closed_server: Server, trusted: None) -> None:
    lines = {line.name: line for line in found(mail.server, Checkup(make(**settings(closed_server)).app))}
    assert {name: line.state for name, line in lines.items()} == {"Mail server": "ok", "EHLO": "ok"}
    assert "TLSv1.3, signed in" in lines["Mail server"].what
    assert "mail.brisalta.net" in lines["EHLO"].what
    assert closed_server.taken == []


def test_a_mail_to_try_arrives(make: Build, closed_server: Server, trusted: None) -> None:
    checkup = Checkup(make(**settings(closed_server)).app, mail_to="me@example.com")
    assert states(mail.server, checkup)["Test mail"] == "ok"
    (message,) = closed_server.messages()
    assert message["To"] == "me@example.com"
    assert message["From"].addresses[0].addr_spec == "noreply@mail.brisalta.net"
    assert "flask acct doctor" in message.get_content()


def test_a_mail_that_is_refused_is_told_with_the_servers_words(
    make: Build, closed_server: Server, trusted: None
) -> None:
    closed_server.refusals["RCPT"] = "550 5.7.1 relaying denied"
    checkup = Checkup(make(**settings(closed_server)).app, mail_to="me@example.com")
    (line,) = [line for line in found(mail.server, checkup) if line.name == "Test mail"]
    assert line.state == "fail"
    assert "relaying denied" in line.what


def test_a_wrong_password_and_an_unknown_certificate_are_told(
    make: Build, closed_server: Server, trusted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkup = Checkup(make(**settings(closed_server, "wrong")).app)
    (wrong,) = found(mail.server, checkup)
    assert "refused MAIL_USERNAME and MAIL_PASSWORD" in wrong.what
    monkeypatch.delenv("SSL_CERT_FILE")
    (unknown,) = found(mail.server, checkup)
    assert "certificate is not trusted" in unknown.what


@pytest.mark.parametrize("is_set", [True, False])
def test_a_server_that_is_away_or_not_set_is_told(make: Build, is_set: bool) -> None:
    away = {"MAIL_SERVER": "localhost", "MAIL_PORT": free_port(), **FROM} if is_set else {}
    assert states(mail.server, Checkup(make(**away).app)) == {"Mail server": "fail"}


def test_a_worker_at_work_is_told_and_one_that_fell_silent(site: Site) -> None:
    assert states(mail.worker, Checkup(site.app)) == {"Mail worker": "fail"}
    site.letters()
    (line,) = found(mail.worker, Checkup(site.app))
    assert line.state == "ok"
    site.clock.move(minutes=10)
    (line,) = found(mail.worker, Checkup(site.app))
    assert line.state == "fail"
    assert "10 min" in line.what


def test_workers_that_were_restarted_are_not_said_to_be_at_work(site: Site) -> None:
    site.letters()
    (line,) = found(mail.worker, Checkup(site.app))
    assert line.what.startswith("1 heard from within 5 minutes, restarted ones included, the last ")


@pytest.mark.parametrize(("minutes", "state"), [(1, "ok"), (10, "warn"), (40, "fail")])
def test_mails_that_wait_long_are_told(site: Site, minutes: int, state: str) -> None:
    then = site.clock() - timedelta(minutes=minutes)
    with site.acct.database.transaction() as db:
        row = {"mail": "recovery.reset", "recipient": "a@example.com", "locale": "en", "next_attempt_at": then}
        db.add(OutboxMail(message_id="<1>", created_at=then, **row))
        db.add(OutboxMail(message_id="<2>", created_at=then, state="dead", **row))
    assert states(mail.waiting, Checkup(site.app)) == {"Outbox": state, "Dead mails": "warn"}


def records(site: Site, known: dict[str, list[str]], selector: str = "") -> dict[str, str]:
    with answering(known) as resolver:
        checkup = Checkup(site.app, dkim_selector=selector, resolver=resolver)
        checks = (dns_records.spf, dns_records.dmarc, dns_records.dkim)
        return {line.name: line.state for check in checks for line in found(check, checkup)}


def test_a_sender_whose_domain_is_set_up_is_well(make: Build) -> None:
    known = {
        "mail.brisalta.net": ["google-site-verification=x", SPF],
        "_dmarc.brisalta.net": [DMARC],
        "acct._domainkey.mail.brisalta.net": ["v=DKIM1; k=rsa; p=MIGf"],
    }
    assert records(make(**FROM), known, "acct") == {"SPF": "ok", "DMARC": "ok", "DKIM": "ok"}


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({}, {"SPF": "fail", "DMARC": "fail", "DKIM": "fail"}),
        ({"mail.brisalta.net": [SPF, "v=spf1 a -all"]}, {"SPF": "fail", "DMARC": "fail", "DKIM": "fail"}),
        ({"mail.brisalta.net": ["v=spf1 +all"]}, {"SPF": "fail", "DMARC": "fail", "DKIM": "fail"}),
        ({"acct._domainkey.mail.brisalta.net": ["v=DKIM1; p="]}, {"SPF": "fail", "DMARC": "fail", "DKIM": "fail"}),
        ({"_dmarc.mail.brisalta.net": ["v=DMARC1; p=none"]}, {"SPF": "fail", "DMARC": "ok", "DKIM": "fail"}),
    ],
)
def test_what_is_missing_or_lets_everybody_send_is_told(
    make: Build, known: dict[str, list[str]], told: dict[str, str]
) -> None:
    assert records(make(**FROM), known, "acct") == told


@pytest.mark.parametrize("domain", ["acct.test", "localhost.localdomain", "example.com", "mail.example.org"])
def test_without_a_domain_or_a_selector_it_says_that_nothing_was_checked(make: Build, domain: str) -> None:
    assert records(make(MAIL_DEFAULT_SENDER=f"noreply@{domain}"), {}) == {
        "SPF": "warn",
        "DMARC": "warn",
        "DKIM": "warn",
    }
