"""The public address, by real requests: the certificate, the proxies, and what the app sees of its visitors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_acct import Acct
from flask_acct.doctor import public_address
from flask_acct.doctor.checkup import Checkup

from ..scopes import SECRET_KEY
from ..serving import free_port, served
from ..web.site import Build, Site
from .conftest import found, states

Around = Callable[[Any], Any]


@contextmanager
def online(site: Site, certificate: Path, around: Around = lambda app: app) -> Iterator[Checkup]:
    """The site is served by TLS, behind what stands around it."""
    with served(around(site.app.wsgi_app), certificate) as port:
        yield Checkup(site.app, url=f"https://localhost:{port}")


@pytest.fixture
def pem(authority: trustme.CA, tmp_path: Path, trusted: None) -> Callable[..., Path]:
    """Makes a certificate for localhost with its key, in a file, that ends after so many days."""

    def make_one(days: int = 90, issuer: trustme.CA = authority) -> Path:
        file = tmp_path / f"{days}.pem"
        made = issuer.issue_cert("localhost", not_after=datetime.now(UTC) + timedelta(days=days, hours=1))
        made.private_key_and_cert_chain_pem.write_to_path(file)
        return file

    return make_one


class Proxy:
    """What nginx does for an app on its machine: it speaks http with it, and says by headers what it was asked."""

    def __init__(self, app: Any, *, is_gullible: bool = False) -> None:
        self.app, self.is_gullible = app, is_gullible

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if not self.is_gullible:
            environ["HTTP_X_FORWARDED_FOR"] = "198.51.100.7"
        environ["HTTP_X_FORWARDED_PROTO"] = environ["wsgi.url_scheme"]
        environ |= {"wsgi.url_scheme": "http", "REMOTE_ADDR": "127.0.0.1"}
        return self.app(environ, start_response)


@pytest.mark.parametrize(("days", "state"), [(90, "ok"), (15, "warn"), (3, "fail")])
def test_a_certificate_is_trusted_and_has_its_days(site: Site, pem: Callable[..., Path], days: int, state: str) -> None:
    with online(site, pem(days)) as checkup:
        (line,) = found(public_address.certificate, checkup)
    assert line.state == state
    assert f"ends in {days} days" in line.what


def test_one_that_nobody_trusts_is_told(site: Site, pem: Callable[..., Path]) -> None:
    with online(site, pem(issuer=trustme.CA())) as checkup:
        assert states(public_address.certificate, checkup) == {"TLS": "fail"}
        assert states(public_address.proxies, checkup) == {"Public address": "fail"}


def test_a_site_that_does_not_answer_is_told(site: Site) -> None:
    checkup = Checkup(site.app, url=f"https://localhost:{free_port()}")
    assert states(public_address.certificate, checkup) == {"TLS": "fail"}
    assert states(public_address.proxies, checkup) == {"Public address": "fail"}


def test_behind_a_proxy_that_the_app_was_told_of_all_is_well(secure: Site, pem: Callable[..., Path]) -> None:
    with online(secure, pem(), lambda app: Proxy(ProxyFix(app, x_for=1, x_proto=1))) as checkup:
        lines = found(public_address.proxies, checkup)
    assert {line.name: line.state for line in lines} == {
        "Public address": "ok",
        "Proxies": "ok",
        "Server's clock": "ok",
    }
    assert any("198.51.100.7" in line.what for line in lines)


def test_behind_one_that_it_was_not_told_of_everybody_would_be_one_visitor(
    secure: Site, pem: Callable[..., Path]
) -> None:
    with online(secure, pem(), Proxy) as checkup:
        lines = [line for line in found(public_address.proxies, checkup) if line.name == "Proxies"]
    assert {line.state for line in lines} == {"fail"}
    assert any("sees http where visitors use https" in line.what for line in lines)
    assert all("ProxyFix" in line.fix for line in lines)


def test_an_app_that_believes_what_visitors_claim_is_told(secure: Site, pem: Callable[..., Path]) -> None:
    def gullible(app: Any) -> Any:
        return Proxy(ProxyFix(app, x_for=1, x_proto=1), is_gullible=True)

    with online(secure, pem(), gullible) as checkup:
        assert any("believes whatever address" in line.what for line in found(public_address.proxies, checkup))


def test_another_key_in_another_process_is_told(site: Site, pem: Callable[..., Path]) -> None:
    other = Flask("other")
    other.config.update(SECRET_KEY=SECRET_KEY[::-1], ACCT_DATABASE_URL=str(site.acct.database.engine.url))
    Acct(other, config="client-area")
    with online(site, pem()) as checkup:
        (line,) = found(public_address.proxies, Checkup(other, url=checkup.url))
    assert line.state == "fail"
    assert "another SECRET_KEY" in line.what


def test_the_page_does_not_ask_its_own_site(site: Site) -> None:
    (line,) = found(public_address.proxies, Checkup(site.app, is_page=True))
    assert line.what.startswith("not checked")


@pytest.fixture
def secure(make: Build) -> Site:
    return make(ACCT_PUBLIC_URL="https://clients.example.com")
