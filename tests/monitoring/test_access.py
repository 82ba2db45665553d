"""Who sees figures and findings."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_acct import Acct
from flask_acct.config import Config
from flask_acct.config.tables.monitoring import Health, Metrics
from flask_acct.monitoring import mirror
from flask_acct.monitoring.routes import WeakToken

from ..scopes import KEYS, SECRET_KEY
from ..web.site import Build, Site
from .conftest import BRINGING, TOKEN

OPEN = Config(metrics=Metrics(enabled=True))


def figures(site: Site, **options: Any) -> int:
    status: int = site.app.test_client().get("/account/-/metrics", **options).status_code
    return status


def test_there_are_none_by_default(site: Site) -> None:
    assert figures(site) == 404
    assert site.app.test_client().get("/account/-/doctor").status_code == 404


def test_with_a_token_only_who_brings_it(counted: Site) -> None:
    assert figures(counted, headers=BRINGING) == 200
    assert figures(counted, headers={"Authorization": f"bearer {TOKEN}"}) == 200


@pytest.mark.parametrize("sent", ["", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer \xff"])
def test_others_are_refused_also_at_this_machine(counted: Site, sent: str) -> None:
    assert figures(counted, headers={"Authorization": sent}) == 401


def test_without_a_token_only_this_machine(make: Build) -> None:
    site = make(OPEN)
    assert figures(site) == 200
    assert figures(site, environ_overrides={"REMOTE_ADDR": "192.0.2.9"}) == 403
    assert figures(site, environ_overrides={"REMOTE_ADDR": ""}) == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_who_comes_by_a_proxy_of_this_machine_is_not_at_it(make: Build, header: str) -> None:
    assert figures(make(OPEN), headers={header: "127.0.0.1"}) == 403


def test_nor_is_who_only_says_so_to_proxy_fix(make: Build) -> None:
    site = make(OPEN)
    site.app.wsgi_app = ProxyFix(site.app.wsgi_app, x_for=1)  # type: ignore[method-assign]
    claims = {"headers": {"X-Forwarded-For": "127.0.0.1"}, "environ_overrides": {"REMOTE_ADDR": "192.0.2.9"}}
    assert figures(site, **claims) == 403
    assert figures(site) == 200


def test_a_page_elsewhere_leads_no_browser_of_this_machine_there(make: Build) -> None:
    assert figures(make(OPEN), base_url="http://rebinding.example") == 403


def test_a_short_token_is_refused_at_start(database_url: str) -> None:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=database_url, ACCT_METRICS_TOKEN="hunter2")
    with pytest.raises(WeakToken, match="20 are needed"):
        Acct(app, config="client-area")


def test_what_the_app_sees_is_told_to_the_doctor_alone(site: Site) -> None:
    signed = {mirror.HEADER: mirror.signature(KEYS, int(time.time()))}
    client = site.app.test_client()
    assert client.get("/account/-/seen", headers=signed).get_json()["host"] == "localhost"
    late = {mirror.HEADER: mirror.signature(KEYS, int(time.time()) - 600)}
    for sent in ({}, {mirror.HEADER: "1.2"}, {mirror.HEADER: "x"}, late):
        assert client.get("/account/-/seen", headers=sent).status_code == 404


def test_the_page_of_findings_is_one_of_ours_without_a_script(counted: Site) -> None:
    answer = counted.app.test_client().get("/account/-/doctor", headers=BRINGING)
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "Mail server" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert Health().doctor is False
