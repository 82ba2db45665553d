"""What is slow, late or in another window makes no journey fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..scopes import SECRET_KEY
from . import hosts
from .conftest import Verify

ACCT = """\
[site]
name = "Corner Shop"
public_url = "http://127.0.0.1:5000"
locales = ["en"]
default_locale = "en"

[help]
articles = "help"
"""

ARTICLE = """\
---
minutes: 2
---
# Look something up on the way

1. Open {{ visit("login.form") }} and fill in {{ fill("login.form.identifier") }}.
1. See what {{ click("login.form.forgot_password") }} says, in a tab of its own: {{ see("recovery.password.title") }}.
1. Back in the first tab, fill in {{ fill("login.form.password") }} and press {{ click("login.form.submit") }}.
"""

HOSTS = {"slow": "/late.js", "second_tab": ' target="_blank"', "pop_up": "/pop.js"}
"""What tells their pages from everybody's."""


@pytest.mark.browser
@pytest.mark.parametrize("host", HOSTS)
def test_a_journey_waits_for_what_comes_late(verify: Verify, host: str) -> None:
    done = verify(
        "--config", "client-area", "--locale", "en", "--articles", "recover-password", "--wide", "--no-pictures",
        app=f"tests.journeys.hosts:{host}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.browser
def test_a_reader_goes_back_to_the_first_tab(verify: Verify, tmp_path: Path) -> None:
    (tmp_path / "acct.toml").write_text(ACCT)
    (tmp_path / "help" / "en").mkdir(parents=True)
    (tmp_path / "help" / "en" / "two-tabs.md").write_text(ARTICLE)
    done = verify(
        "--config", str(tmp_path / "acct.toml"), "--articles", "two-tabs", "--wide", "--no-pictures",
        app="tests.journeys.hosts:second_tab",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("host", HOSTS)
def test_the_hosts_are_as_they_say(monkeypatch: pytest.MonkeyPatch, database_url: str, host: str) -> None:
    monkeypatch.setenv("ACCT_DATABASE_URL", database_url)
    monkeypatch.setenv("FLASK_SECRET_KEY", SECRET_KEY)
    app = getattr(hosts, host)()
    client = app.test_client()
    pages = [client.get(f"/account/{path}").text for path in ("login", "recover/password")]
    # The first request has started the mail worker.
    app.extensions["acct"].worker.stop()
    assert any(HOSTS[host] in page for page in pages)
