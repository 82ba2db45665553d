"""Figures for Prometheus: what they count, that they name nobody, and that all processes are counted together."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from flask_acct.config import Config
from flask_acct.config.tables.monitoring import Metrics
from flask_acct.db.models import OutboxMail
from flask_acct.monitoring.metrics import NoPrometheus
from flask_acct.security import passwords

from ..benchmarks.serving import served
from ..web.site import Build, Site
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
    empty = figures(counted)
    assert of(empty, "outbox_mails") == 0
    assert of(empty, "workers") == 0
    for state in ("queued", "leased", "dead"):
        _queue(counted, state)
    found = figures(counted)
    assert of(found, "outbox_mails") == 2
    assert of(found, "outbox_oldest_seconds") == 3600
    assert of(found, "outbox_dead_mails") == 1
    counted.letters()
    assert of(figures(counted), "workers") == 1


def _queue(site: Site, state: str) -> None:
    """A mail is in this state since an hour ago."""
    now = site.clock()
    with site.acct.database.transaction() as db:
        db.add(
            OutboxMail(
                message_id=f"<{state}>", mail="recovery.reset", recipient="alice@example.com", locale="en", state=state,
                next_attempt_at=now, created_at=now - timedelta(hours=1),
            )
        )  # fmt: skip


def test_hashes_that_run_and_wait_are_told(counted: Site) -> None:
    with passwords.bounded(1), passwords.slot():
        assert of(figures(counted), "hashes_running") == 1
    assert of(figures(counted), "hashes_running") == 0
    assert of(figures(counted), "hashes_waiting") == 0


def test_no_figure_names_anybody(counted: Site) -> None:
    counted.sign_in("alice", "wrong password")
    counted.alice().open("/account/me")
    counted.visitor().client.get("/account/users/mallory@example.com")
    text = counted.app.test_client().get("/account/-/metrics", headers=BRINGING).text
    labels = {name for family in text_string_to_metric_families(text) for one in family.samples for name in one.labels}
    assert labels <= {"screen", "method", "status", "outcome", "le"}
    assert not re.search("alice|mallory|@|127\\.0\\.0", text)


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
        asked = 0
        # Which of the two answers is not ours to choose.
        while asked < 500 and len(list((tmp_path / "figures").glob("histogram_*.db"))) < 2:
            with ThreadPoolExecutor(8) as visitors:
                list(visitors.map(lambda _: urlopen(f"{root}/login").read(), range(24)))
            asked += 24
        found = read(urlopen(Request(f"{root}/-/metrics", headers=BRINGING)).read().decode())
        counted = list((tmp_path / "figures").glob("histogram_*.db"))
    assert of(found, "request_seconds_count", screen="login.form", method="GET", status="2xx") == asked
    assert len(counted) == 2


def test_without_the_library_the_app_says_what_to_install(make: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(NoPrometheus, match=r"flask_acct\[metrics\]"):
        make(Config(metrics=Metrics(enabled=True)))
    assert make(Config()).visitor().open("/account/login").status == 200


@pytest.mark.parametrize("name", ["live", "ready"])
def test_a_site_with_figures_still_answers_load_balancers(counted: Site, name: str) -> None:
    assert counted.app.test_client().get(f"/account/-/{name}").status_code in (200, 503)
