"""The guide for operators leads from an empty machine to a customer who is signed in, if its commands are followed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
import trustme

from flask_acct.cli import acct

from . import guide
from .machine import DOMAIN, Machine
from .relay import Relay, relaying
from .visits import fill_in

pytestmark = [pytest.mark.postgres, pytest.mark.long]

SITE = f"https://{DOMAIN}"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def relay(authority: trustme.CA) -> Iterator[Relay]:
    with relaying(authority) as running:
        yield running


@pytest.fixture(scope="module")
def machine(
    tmp_path_factory: pytest.TempPathFactory, postgres: str, relay: Relay, authority: trustme.CA
) -> Iterator[Machine]:
    """A machine that the guide was followed on, up to the first customers."""
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None and not os.environ.get("CI"):
        pytest.skip("needs nginx")
    made = Machine(tmp_path_factory.mktemp("m"), postgres=postgres, relay=relay, authority=authority)
    began, number = time.monotonic(), 0
    try:
        for block in (block for page in guide.STORY for block in guide.commands(page)):
            made.run(block)
            number += len(block.commands)
        print(f"{number} commands in {time.monotonic() - began:.0f} s")
        yield made
    finally:
        made.stop()


def test_the_first_customer_gets_a_mail_and_signs_in_through_nginx_with_tls(machine: Machine, tmp_path: Path) -> None:
    mail = machine.relay.mail_to("ana@bakery.example").get_body(("plain",))
    assert mail is not None
    [link] = re.findall(rf"{SITE}/account/\S+", mail.get_content())[:1]
    fill_in(machine, link, tmp_path / "jar")
    page = fill_in(machine, f"{SITE}/account/login", tmp_path / "other", email="ana@bakery.example")
    assert "Corner Bakery" in page


def test_visitors_are_told_apart_behind_the_proxy_and_cannot_choose_their_address(machine: Machine) -> None:
    machine.curl("--header", "X-Forwarded-For: 203.0.113.9", "--output", "/dev/null", f"{SITE}/account/login")
    log = (machine.root / "var/log/my-company-web.log").read_text()
    assert "proxy" not in log.lower()


def test_the_help_site_is_served_and_its_files_without_the_app(machine: Machine) -> None:
    page = machine.curl("--fail", "--location", f"{SITE}/help/en/sign-in/")
    [script] = re.findall(r'src="([^"]+\.[0-9a-f]{8}\.min\.js)"', page)[:1]
    heads = machine.curl("--fail", "--head", f"{SITE}/help/en/sign-in/{script}")
    assert "immutable" in heads


def test_figures_are_not_for_the_public(machine: Machine) -> None:
    code = machine.curl("--output", "/dev/null", "--write-out", "%{http_code}", f"{SITE}/account/-/metrics")
    assert code == "404"


def test_whoever_sends_forms_without_end_is_stopped(machine: Machine) -> None:
    codes = machine.curl(
        "--output", "/dev/null", "--write-out", "%{http_code}\n", "--data", "a=b", f"{SITE}/account/-/nothing?[1-45]"
    )  # fmt: skip
    assert "429" in codes.split()


def query(machine: Machine, database: str, statement: str) -> str:
    """Return what the administrator of PostgreSQL is answered."""
    asked = ["psql", database, "--no-align", "--tuples-only", "--command", statement]
    command = ["runuser", "-u", "postgres", "--", *asked]
    done = subprocess.run(command, env=machine.env, check=True, timeout=60, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.mark.skipif("backup" not in acct.list_commands(click.Context(acct)), reason="there is no flask acct backup yet")
def test_the_nightly_backup_is_written_and_restored_as_the_page_about_incidents_says(machine: Machine) -> None:
    subprocess.run(["systemctl", "start", "my-company-backup"], env=machine.env, check=True, timeout=60)
    newest = max((machine.root / "var/backups/my-company").iterdir())
    [block] = [one for one in guide.blocks("incidents") if "acct restore" in one.text]
    machine.run(replace(block, text=block.text.replace("NEWEST", newest.name)))
    customers = "SELECT count(*) FROM acct_user WHERE email = 'ana@bakery.example'"
    assert query(machine, "my-company-restored", customers) == query(machine, "my-company", customers) == "1"


@pytest.mark.skipif(find_spec("flask_acct.doctor") is None, reason="there are no addresses for health checks yet")
def test_a_container_can_be_asked_if_it_is_well_as_its_image_says(machine: Machine) -> None:
    """Without a proxy, and so without the headers of one."""
    [address] = re.findall(r"http://127\.0\.0\.1:8000/[\w/-]+", (machine.project / "Dockerfile").read_text())
    code = machine.curl("--output", "/dev/null", "--write-out", "%{http_code}", address)
    assert code == "200"


@pytest.mark.parametrize("page", [page for page in guide.AFTERWARDS if page not in guide.WITHIN_A_PROCESS])
def test_the_other_pages_can_be_followed_too(machine: Machine, page: str) -> None:
    for block in guide.commands(page):
        machine.run(block, repeats=False)
    code = machine.curl("--output", "/dev/null", "--write-out", "%{http_code}", f"{SITE}/account/login")
    assert code == "200"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_has_nothing_against_the_units(machine: Machine) -> None:
    units = sorted((machine.root / "etc/systemd/system").iterdir())
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "my-company" in line]
    assert said == []
