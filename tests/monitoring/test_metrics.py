"""Figures for Prometheus: what they count, that they name nobody, and that all processes are counted together."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from flask_acct.monitoring.metrics import instruments

from ..benchmarks.serving import served
from ..web.site import Site
from .conftest import BRINGING, TOKEN

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Figures:
    """Each figure by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figures(site: Site) -> Figures:
    return read(site.app.test_client().get("/account/-/metrics", headers=BRINGING).text)


def of(found: Figures, name: str, **labels: str) -> float:
    return found.get((f"flask_acct_{name}", tuple(sorted(labels.items()))), 0.0)


def test_sign_ins_are_counted_by_outcome(counted: Site) -> None:
    before = figures(counted)
    counted.sign_in("alice", "wrong password")
    counted.alice()
    after = figures(counted)
    for outcome in ("wrong", "signed_in"):
        assert of(after, "sign_ins_total", outcome=outcome) - of(before, "sign_ins_total", outcome=outcome) == 1


def test_requests_are_timed_by_screen(counted: Site) -> None:
    labels = {"screen": "login.form", "method": "GET", "status": "2xx"}
    before = of(figures(counted), "request_seconds_count", **labels)
    counted.visitor().open("/account/login")
    counted.app.test_client().get("/account/-/live")
    counted.app.test_client().get("/")
    found = figures(counted)
    assert of(found, "request_seconds_count", **labels) - before == 1
    assert {dict(labels).get("screen", "") for _, labels in found} & {"home", "live", "metrics"} == set()


def test_the_outbox_is_measured(counted: Site) -> None:
    counted.alice()
    site = counted
    site.run("DELETE FROM acct_outbox")
    assert of(figures(site), "outbox_mails") == 0
    assert of(figures(site), "workers") == 0
    visitor = site.visitor()
    visitor.open("/account/recover/password")
    site.run(
        "INSERT INTO acct_outbox (message_id, mail, recipient, recipient_name, locale, slots, is_urgent, state, "
        "attempts, next_attempt_at, created_at) VALUES ('<1>', 'm', 'alice@example.com', '', 'en', '{}', 0, 'queued', 0, "
        "'2026-03-04 12:00:00', '2026-03-04 11:00:00'), ('<2>', 'm', 'alice@example.com', '', 'en', '{}', 0, 'dead', 0, "
        "'2026-03-04 12:00:00', '2026-03-04 11:00:00')"
    )
    found = figures(site)
    assert of(found, "outbox_mails") == 1
    assert of(found, "outbox_oldest_seconds") == 3600
    assert of(found, "outbox_dead_mails") == 1
    site.letters()
    assert of(figures(site), "workers") == 1


def test_hashes_that_run_and_wait_are_told() -> None:
    from flask_acct.security import passwords

    counted = instruments()
    with passwords.bounded(1), passwords.slot():
        assert counted.hashing._value.get() == 1
    assert counted.hashing._value.get() == 0
    assert counted.waiting._value.get() == 0


def test_no_figure_names_anybody(counted: Site) -> None:
    counted.sign_in("alice", "wrong password")
    counted.alice().open("/account/me")
    counted.visitor().client.get("/account/users/mallory@example.com")
    text = counted.app.test_client().get("/account/-/metrics", headers=BRINGING).text
    labels = {name for family in text_string_to_metric_families(text) for one in family.samples for name in one.labels}
    assert labels <= {"screen", "method", "status", "outcome", "le"}
    assert not re.search("alice|mallory|@|127\\.0\\.0|9000", text)


APP = """
from flask import Flask
from flask_acct import Acct
from flask_acct.db import schema

app = Flask(__name__)
app.config.from_prefixed_env()
Acct(app, config="acct.toml")
"""


def test_two_processes_of_gunicorn_are_counted_together(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "counted_app.py").write_text(APP)
    (tmp_path / "acct.toml").write_text("[metrics]\nenabled = true\n")
    (tmp_path / "figures").mkdir()
    settings = {
        "ACCT_CONFIG": str(tmp_path / "acct.toml"),
        "FLASK_ACCT_WORKER": "false",
        "ACCT_DATABASE_URL": database_url,
        "ACCT_METRICS_TOKEN": TOKEN,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "figures"),
        "PYTHONPATH": f"{tmp_path}:{':'.join(sys.path)}",
        "FLASK_SECRET_KEY": "an-example-key-for-tests-only-0123456789abcdef",
    }
    with served("counted_app:app", settings, folder=tmp_path, workers=2) as server:
        root = f"http://127.0.0.1:{server.port}/account"
        for _ in range(24):
            urlopen(f"{root}/login").read()
        found = read(urlopen(Request(f"{root}/-/metrics", headers=BRINGING)).read().decode())
        counted = list((tmp_path / "figures").glob("histogram_*.db"))
    assert of(found, "request_seconds_count", screen="login.form", method="GET", status="2xx") == 24
    assert len(counted) == 2


def test_without_the_library_the_app_says_what_to_install(tmp_path: Path) -> None:
    """In a process of its own, where it cannot be imported."""
    (tmp_path / "acct.toml").write_text("[metrics]\nenabled = true\n")
    code = (
        "import sys; sys.modules['prometheus_client'] = None\n"
        "from flask import Flask; from flask_acct import Acct\n"
        "app = Flask('host'); app.config.update(SECRET_KEY='an-example-key-0123456789abcdef-xyz', TESTING=True,"
        " ACCT_DATABASE_URL='sqlite://')\n"
        "Acct(app, config=sys.argv[1])"
    )
    for config, said in ((str(tmp_path / "acct.toml"), "flask_acct[metrics]"), ("client-area", "")):
        command = [sys.executable, "-c", code, config]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert said in ended.stderr
        assert (ended.returncode == 0) == (not said)


@pytest.mark.parametrize("name", ["live", "ready"])
def test_a_site_with_figures_still_answers_load_balancers(counted: Site, name: str) -> None:
    assert counted.app.test_client().get(f"/account/-/{name}").status_code in (200, 503)
