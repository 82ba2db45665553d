"""The written ``Caddyfile``, before the app under gunicorn, gets a certificate by itself and serves as nginx would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from click.testing import CliRunner

from flask_acct.cli import acct
from flask_acct.monitoring import mirror
from flask_acct.security import passwords
from flask_acct.values.keys import Keys

from ..serving import free_port
from . import pebble
from .machine import DOMAIN, REPOSITORY
from .visits import PASSWORD, fill_in

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(which("caddy") is None or not pebble.is_installed(), reason="needs caddy and pebble"),
]

SITE = f"https://{DOMAIN}"
KEY = "a key of the test, that nobody else has"
SCRIPT = "assets/bundle.0123abcd.min.js"
START_SECONDS = 30

OPTIONS = """
{{
	admin off
	acme_ca {pebble.directory}
	acme_ca_root {pebble.authority}
	http_port {http}
	https_port {https}
	storage file_system {folder}/certificates
}}
import {folder}/my-company/Caddyfile
"""


class CaddySite:
    """A written project that is served to who asks by ``curl``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "my-company"
        self.ports = {"http": free_port(), "https": free_port(), "app": free_port()}
        self.env = {
            **os.environ, "PYTHONPATH": str(REPOSITORY), "FLASK_SECRET_KEY": KEY, "FLASK_ACCT_WORKER": "false",
            "FLASK_MAIL_SERVER": "127.0.0.1", "ACCT_DATABASE_URL": f"sqlite:///{folder}/acct.db",
            "ACCT_HELP_SITE": str(self.project / "instance/help"), "BIND": f"127.0.0.1:{self.ports['app']}",
            "UPSTREAM": f"127.0.0.1:{self.ports['app']}",
        }  # fmt: skip

    def acct(self, *words: str) -> None:
        self._run(sys.executable, "-m", "flask", "--app", "app", "acct", *words)

    def curl(self, *words: str) -> str:
        """Run curl as a customer's browser would come. Returns what it prints."""
        there = [f"{DOMAIN}:{port}:127.0.0.1:{self.ports[name]}" for name, port in (("http", 80), ("https", 443))]
        connected = ["--connect-to", there[0], "--connect-to", there[1], "--cacert", str(self.folder / "root.pem")]
        return self._run("curl", "--silent", "--show-error", *connected, *words)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """A program runs, and writes to the log."""
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.project, env=self.env, stdout=log, stderr=log)

    def start_app(self) -> None:
        self.app = self.start(sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "app:create_app()")

    def start_caddy(self) -> None:
        options = str(self.folder / "Caddyfile")
        self.caddy = self.start("caddy", "run", "--config", options, "--adapter", "caddyfile")

    def wait(self) -> None:
        """The site answers with a certificate that is trusted."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                self.curl("--fail", "--output", "/dev/null", f"{SITE}/account/-/live")
            except subprocess.CalledProcessError:
                time.sleep(0.2)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self.project, env=self.env, check=True, capture_output=True, text=True, timeout=60
        )
        return done.stdout


def write(site: CaddySite) -> None:
    """The project is there, with a customer and a help site of one page."""
    done = CliRunner().invoke(acct, ["new", str(site.project), "--domain", DOMAIN, "--locale", "en"])
    assert done.exit_code == 0, done.output
    for name, text in (("csp.txt", ""), ("en/index.html", "<h1>Help</h1>"), (f"en/{SCRIPT}", "1;" * 1000)):
        file = site.project / "instance/help" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    columns = "customer_number,account_name,email,password_hash"
    row = f'1001,Corner Bakery,ana@bakery.example,"{passwords.hasher.hash(PASSWORD)}"'
    (site.project / "customers.csv").write_text(f"{columns}\n{row}\n")
    site.acct("upgrade")
    site.acct("import", "customers.csv")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaddySite]:
    made = CaddySite(tmp_path_factory.mktemp("caddy"))
    write(made)
    with pebble.running(made.folder, http=made.ports["http"], https=made.ports["https"]) as authority:
        options = OPTIONS.format(pebble=authority, folder=made.folder, **made.ports)
        (made.folder / "Caddyfile").write_text(options)
        made.start_app()
        made.start_caddy()
        try:
            made.wait()
            yield made
        finally:
            stop(made.caddy)
            stop(made.app)


def stop(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    program.wait(20)


def head(site: CaddySite, address: str, *words: str) -> dict[str, str]:
    """Return the headers that an address answers with, by their names in lower case, and the ``status``."""
    lines = site.curl("--http1.1", "--dump-header", "-", "--output", "/dev/null", *words, address).splitlines()
    named = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return {**named, "status": lines[0].split()[1]}


def test_the_certificate_is_had_by_acme_for_the_domain(site: CaddySite) -> None:
    assert list((site.folder / "certificates").rglob(f"{DOMAIN}.crt"))
    assert "issued" in (site.folder / "pebble.log").read_text().lower()


def test_http_leads_to_https(site: CaddySite) -> None:
    answered = head(site, f"http://{DOMAIN}/account/login?next=1")
    assert answered["status"] == "308"
    assert answered["location"] == f"{SITE}/account/login?next=1"


def test_a_customer_signs_in(site: CaddySite, tmp_path: Path) -> None:
    assert "Corner Bakery" in fill_in(site, f"{SITE}/account/login", tmp_path / "jar", "ana@bakery.example")


def test_the_app_sees_the_visitor_and_not_what_the_visitor_claims(site: CaddySite) -> None:
    signed = mirror.signature(Keys.of(KEY), int(time.time()))
    claims = ("X-Forwarded-For: 203.0.113.9", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http")
    words = [word for one in (f"{mirror.HEADER}: {signed}", *claims) for word in ("--header", one)]
    seen: dict[str, Any] = json.loads(site.curl("--fail", *words, f"{SITE}/account/-/seen"))
    assert seen["visitor"] == "127.0.0.1"
    assert seen["scheme"] == "https"
    assert seen["host"] == DOMAIN


def test_pages_have_the_headers_of_the_app(site: CaddySite) -> None:
    answered = head(site, f"{SITE}/account/login")
    assert answered["strict-transport-security"] == "max-age=31536000"
    assert "default-src" in answered["content-security-policy"]
    assert answered["cache-control"] == "no-store"


def test_more_than_two_megabytes_are_refused(site: CaddySite) -> None:
    (site.folder / "long").write_bytes(b"a=" + b"b" * 2_100_000)
    answered = head(site, f"{SITE}/account/login", "--data-binary", f"@{site.folder}/long", "--header", "Expect:")
    assert answered["status"] == "413"


def test_files_of_the_help_site_are_compressed_and_kept_by_browsers(site: CaddySite) -> None:
    answered = head(site, f"{SITE}/help/en/{SCRIPT}", "--compressed")
    assert answered["content-encoding"] == "gzip"
    assert "immutable" in answered["cache-control"]
    assert "<h1>Help</h1>" in site.curl("--fail", f"{SITE}/help/en/")


def test_visitors_wait_while_the_app_restarts(site: CaddySite) -> None:
    stop(site.app)
    with ThreadPoolExecutor(1) as visitors:
        visit = visitors.submit(head, site, f"{SITE}/account/login")
        time.sleep(0.5)
        site.start_app()
        assert visit.result()["status"] == "200"


def test_figures_are_not_for_the_public(site: CaddySite) -> None:
    assert head(site, f"{SITE}/account/-/metrics")["status"] == "404"
