"""``flask acct doctor`` as its operator runs it, against a site that is served."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result

from flask_acct.doctor.checks import CHECKS

from ..mail.conftest import Server
from ..serving import free_port, served
from ..web.site import Build, Site


@pytest.fixture
def running(make: Build, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site with a mail server and a worker that was heard from."""
    monkeypatch.chdir(tmp_path)
    port = free_port()
    site = make(
        ACCT_PUBLIC_URL=f"http://localhost:{port}",
        ACCT_MAIL_HELO="mail.example.com",
        MAIL_DEFAULT_SENDER="noreply@acct.test",
        **server.settings,
    )
    for rule in list(site.app.url_map.iter_rules()):
        # The host of the tests has pages that nobody may open.
        if rule.endpoint in {"home", "me", "boom", "trouble"}:
            site.app.view_functions[rule.endpoint].acct_is_public = True  # type: ignore[attr-defined]
    site.letters()
    return site


def doctor(site: Site, *options: str) -> Result:
    return site.app.test_cli_runner().invoke(args=["acct", "doctor", *options])


def test_it_ends_with_0_where_nothing_failed(running: Site, server: Server) -> None:
    port = int(running.config.site.public_url.rpartition(":")[2])
    with served(running.app, port=port):
        result = doctor(running, "--mail", "me@example.com")
    assert result.exit_code == 0, result.output
    assert "is answered by this app" in result.output
    assert ", 0 to mend." in result.output
    assert len(server.taken) == 1


def test_it_ends_with_1_where_something_failed_and_a_program_gets_the_fix(running: Site) -> None:
    result = doctor(running, "--json")
    findings = json.loads(result.output)
    (away,) = [line for line in findings if line["name"] == "Public address"]
    assert result.exit_code == 1
    assert away["state"] == "fail"
    assert away["fix"] == "Start the app and the web server."
    assert {line["state"] for line in findings} <= {"ok", "warn", "fail"}
    assert len(findings) >= len(CHECKS) - 5
    assert all(line["fix"] for line in findings if line["state"] != "ok")
