"""Requests made up from the description, by thousands: none fails, and no answer is another than described."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.config.tables.api import Api
from flask_acct.db.database import Database
from flask_acct.testing import PASSWORD

from ..serving import served
from .json_client import program
from .site import Site, build

HERE = Path(__file__).parent
EXAMPLES = "5"
"""Made-up requests for each screen and kind of fault."""

MANY = {
    "sign_ins_per_address_per_hour": 100_000,
    "requests_per_address": 100_000,
    "requests_per_hour": 10_000_000,
    "support_requests_per_address": 100_000,
    "support_requests_per_hour": 100_000,
    "dead_links_per_address_per_hour": 100_000,
    "invitations_per_hour": 10_000,
    "imports_per_hour": 10_000,
    "hashes_at_once": 64,
}
"""Limits that thousands of requests in a minute do not reach."""


def tireless(name: str) -> Config:
    whole = configuration.preset(name)
    api = Api(enabled=True, apps=True, openapi=True)
    return whole.model_copy(update={"api": api, "limits": whole.limits.model_copy(update=MANY)})


def fill(site: Site) -> None:
    """Give the account contacts and an invitation, so that addresses lead somewhere."""
    app = program(site, is_app=True)
    assert app.sign_in(site.identifier(site.people.alice), PASSWORD).status == 200
    screens = site.acct.platform.declared.screens
    for number in range(3 if "contacts.add" in screens else 0):
        contact = {"email": f"c{number}@example.net", "categories": [site.config.contacts.offered[0]]}
        assert app.send("/account/contacts/new", contact, account="9000").status == 200
    if "users.list" in screens:
        invitation = {"email": "guest@example.net", "grants": ["invoices"]}
        assert app.send("/account/users/invite", invitation, account="9000").status == 200


def run(site: Site, port: int, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run schemathesis against the site: examples, coverage of each constraint, made-up data, and links in turn."""
    base = f"http://127.0.0.1:{port}/account"
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.web.schemathesis_hooks",
        "PYTHONPATH": str(HERE.parents[1]),
        "ACCT_SIGN_IN": f"{base}/login",
        "ACCT_IDENTIFIER": site.identifier(site.people.alice),
        "ACCT_PASSWORD": PASSWORD,
        "ACCT_ACCOUNT": "9000",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder),
    }
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")]
    command += ["run", f"{base}/openapi.json", "--header", "X-Acct-Client: app", "--max-examples", EXAMPLES]
    command += ["--seed", "1", "--continue-on-failure", "--no-color"]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.postgres
@pytest.mark.parametrize("any_database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("preset", ["client-area"])
def test_nothing_made_up_is_answered_otherwise_than_described(
    any_database: Database, preset: str, tmp_path: Path
) -> None:
    url = any_database.engine.url.render_as_string(hide_password=False)
    site = build(tireless(preset), url, datetime.now(UTC))
    try:
        fill(site)
        with served(site.app) as port:
            done = run(site, port, tmp_path)
    finally:
        site.acct.database.engine.dispose()
    summary = done.stdout.rpartition("= SUMMARY =")[2]
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in summary, summary
