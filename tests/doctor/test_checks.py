"""The database, the keys, the host's app, the help site and the machine."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from flask_acct import Acct
from flask_acct.config import Config
from flask_acct.db.models import OutboxMail, Token
from flask_acct.doctor import database, help_site, host, keys, machine
from flask_acct.doctor.checks import CHECKS
from flask_acct.doctor.checkup import Checkup, run
from flask_acct.doctor.lines import Line
from flask_acct.features.help import builds

from ..scopes import SECRET_KEY
from ..serving import served
from ..web.site import Build, Site
from .conftest import found, states


def test_a_database_file_is_told_with_its_tables_and_its_log(site: Site) -> None:
    checkup = Checkup(site.app)
    checks = (database.engine, database.migrations, database.write_ahead_log, database.connections)
    assert {name: state for check in checks for name, state in states(check, checkup).items()} == {
        "Database": "ok", "Tables": "ok", "Write-ahead log": "ok", "Connections": "ok",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("revision", "state"), [("0001", "fail"), ("9999", "warn"), (None, "fail")], ids=["older", "newer", "none"]
)
def test_tables_of_another_version_are_told(site: Site, revision: str | None, state: str) -> None:
    site.run("DELETE FROM acct_alembic_version")
    if revision:
        site.run("INSERT INTO acct_alembic_version VALUES (:revision)", revision=revision)
    assert states(database.migrations, Checkup(site.app)) == {"Tables": state}


def test_a_database_that_is_away_is_told_by_one_check_and_stops_no_other() -> None:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere")
    Acct(app, config="client-area")
    told = {line.name: line for check in CHECKS[3:11] for line in found(check, Checkup(app))}
    assert told["Database"].state == "fail"
    assert not any("could not be checked" in line.what for line in told.values())


def test_more_threads_than_connections_are_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--workers 2 --threads=64")
    assert states(database.connections, Checkup(site.app)) == {"Connections": "warn"}


@pytest.mark.postgres
def test_a_server_is_told_with_its_limit_and_its_clock(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=postgres_url)
    Acct(app, config="client-area")
    checkup = Checkup(app)
    checks = (database.engine, database.migrations, database.connections, database.clock)
    assert {state for check in checks for state in states(check, checkup).values()} == {"ok"}
    monkeypatch.setenv("WEB_CONCURRENCY", "50")
    (line,) = found(database.connections, checkup)
    app.extensions["acct"].database.engine.dispose()
    assert line.state == "fail"
    assert "the server allows 100: enough for 5 processes, and there are 50" in line.what


@pytest.mark.parametrize(("seconds", "state"), [(0.4, "ok"), (9.0, "warn"), (70.0, "fail")])
def test_clocks_that_differ_are_told(seconds: float, state: str) -> None:
    assert database.difference("Clock", seconds, "the database's").state == state


def test_waiting_mails_whose_key_is_gone_are_told(site: Site) -> None:
    now = site.clock()
    with site.acct.database.transaction() as db:
        token = Token(
            id="0" * 32, digest="1" * 64, purpose="reset", address="a@example.com", created_at=now, expires_at=now
        )
        mail = OutboxMail(
            message_id="<1>", mail="recovery.reset", recipient="a@example.com", locale="en", token_id=token.id,
            next_attempt_at=now, created_at=now,
        )  # fmt: skip
        db.add(token)
        db.flush()
        db.add(mail)
    (line,) = found(keys.waiting_links, Checkup(site.app))
    assert line.state == "fail"
    assert "SECRET_KEY_FALLBACKS" in line.fix


def test_a_route_without_a_rule_is_told(site: Site) -> None:
    site.app.add_url_rule("/bread", "bread", lambda: "")
    told = found(host.routes, Checkup(site.app))
    assert any(line.state == "fail" and "/bread" in line.what for line in told)


def test_what_acct_check_warns_of_is_told_with_its_fix(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCT_URL_PREFIX", "/elsewhere")
    (line,) = [line for line in found(host.settings, Checkup(site.app)) if line.state == "warn"]
    assert line.name == "Help site"
    assert line.fix.startswith("Set ACCT_URL_PREFIX=/account")


@pytest.fixture
def helped(make: Build, tmp_path: Path) -> Site:
    """A site with a built help site."""
    folder = tmp_path / "help"
    (folder / "es").mkdir(parents=True)
    (folder / builds.POLICY_FILE).write_text("default-src 'self'")
    (folder / "es" / "index.html").write_text("<html><body>Help</body></html>")
    return make(ACCT_HELP_SITE=str(folder))


def test_a_help_site_is_fresh_until_what_it_is_made_from_changes(helped: Site, tmp_path: Path) -> None:
    assert states(help_site.freshness, Checkup(helped.app)) == {"Help site": "ok"}
    long_ago = time.time() - 40 * 365 * 24 * 3600
    os.utime(tmp_path / "help" / builds.POLICY_FILE, (long_ago, long_ago))
    assert states(help_site.freshness, Checkup(helped.app)) == {"Help site": "warn"}
    (tmp_path / "help" / builds.POLICY_FILE).unlink()
    assert states(help_site.freshness, Checkup(helped.app)) == {"Help site": "fail"}


def test_a_help_site_is_asked_for_at_its_address(helped: Site) -> None:
    with served(helped.app) as port:
        checkup = Checkup(helped.app, url=f"http://localhost:{port}")
        assert states(help_site.served, checkup) == {"Help address": "ok"}
    assert states(help_site.served, checkup) == {"Help address": "fail"}


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that everybody on this machine may open."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder


def test_a_secret_that_everybody_can_read_is_told(
    site: Site, public_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(public_folder)
    secret = public_folder / ".env"
    secret.write_text("FLASK_SECRET_KEY=...")
    secret.chmod(0o644)
    told = [line for line in found(machine.permissions, Checkup(site.app)) if line.state == "fail"]
    assert [line.fix for line in told] == [f"Run: chmod o-rwx {secret}"]
    secret.chmod(0o640)
    assert "fail" not in states(machine.permissions, Checkup(site.app)).values()


def test_a_configuration_that_everybody_can_change_is_told(make: Build, public_folder: Path) -> None:
    file = public_folder / "acct.toml"
    file.write_text("")
    site = make(Config().model_copy(update={"folder": public_folder}))
    file.chmod(0o666)
    assert states(machine.permissions, Checkup(site.app))["Permissions"] == "fail"


def test_room_time_zones_and_versions_are_told(site: Site) -> None:
    checkup = Checkup(site.app)
    assert set(states(machine.disk, checkup)) == {"Disk"}
    assert states(machine.time_zones, checkup) == {"Time zones": "ok"}
    (line,) = found(machine.versions, checkup)
    assert "flask_acct" in line.what


def test_a_check_that_fails_itself_says_so_and_stops_no_other(site: Site) -> None:
    def broken(_checkup: Checkup) -> Line:
        raise RuntimeError("alice@example.com")

    broken_one, then = run([broken, machine.versions], Checkup(site.app))
    assert broken_one.state == "fail"
    assert broken_one.what == "could not be checked: RuntimeError"
    assert then.state == "ok"
