"""What load balancers ask: whether a process lives, and whether it is ready."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, redirect, request
from sqlalchemy import text

from flask_acct import Acct
from flask_acct.config import Config
from flask_acct.config.tables.monitoring import Health
from flask_acct.db.database import Database
from flask_acct.mail import heartbeats
from flask_acct.testing import FrozenClock
from flask_acct.web import neighbours

from ..scopes import NOON, SECRET_KEY
from ..web.site import Build, Site


def ask(site: Site, name: str, **options: Any) -> Any:
    return site.app.test_client().get(f"/account/-/{name}", **options)


def test_a_process_lives_if_it_answers(site: Site) -> None:
    assert ask(site, "live").get_json() == {"status": "live"}


def test_living_asks_the_database_nothing(site: Site) -> None:
    with site.statements() as heard:
        ask(site, "live")
    assert heard == []


@pytest.mark.parametrize("name", ["live", "ready"])
def test_no_cookie_is_set_and_no_try_is_counted(site: Site, name: str) -> None:
    before = site.rows()
    answer = ask(site, name)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert site.rows() == before


def test_a_site_without_a_worker_is_not_ready_and_says_only_that(site: Site) -> None:
    answer = ask(site, "ready")
    assert answer.status_code == 503
    assert answer.get_json() == {"status": "not ready", "missing": ["worker"]}


def test_once_a_worker_was_heard_from_it_is(site: Site) -> None:
    site.letters()
    assert ask(site, "ready").status_code == 200


def test_being_ready_takes_few_statements(site: Site) -> None:
    site.letters()
    with site.statements() as heard:
        ask(site, "ready")
    assert len(heard) <= 4


def test_a_worker_that_falls_silent_is_missed_after_the_minutes_of_acct_toml(make: Build) -> None:
    site = make(Config(health=Health(worker_minutes=2)))
    site.letters()
    site.clock.move(minutes=1)
    assert ask(site, "ready").status_code == 200
    site.clock.move(minutes=2)
    assert ask(site, "ready").get_json()["missing"] == ["worker"]


def test_nobody_asks_for_it_with_0_minutes(make: Build) -> None:
    assert ask(make(Config(health=Health(worker_minutes=0))), "ready").status_code == 200


def test_one_of_two_workers_is_enough(site: Site) -> None:
    with site.acct.database.engine.begin() as connection:
        heartbeats.beat(connection, "one", NOON)
        heartbeats.beat(connection, "two", NOON)
    site.clock.move(minutes=4)
    with site.acct.database.engine.begin() as connection:
        heartbeats.beat(connection, "two", site.clock())
    site.clock.move(minutes=4)
    assert ask(site, "ready").status_code == 200


def test_missing_tables_are_told(site: Site) -> None:
    site.run("DELETE FROM acct_alembic_version")
    assert ask(site, "ready").get_json()["missing"] == ["migrations"]


def test_older_tables_are_told_and_newer_ones_are_those_of_a_deploy(site: Site) -> None:
    site.letters()
    site.run("UPDATE acct_alembic_version SET version_num = '0001'")
    assert ask(site, "ready").get_json()["missing"] == ["migrations"]
    site.run("UPDATE acct_alembic_version SET version_num = '9999'")
    assert ask(site, "ready").status_code == 200


@pytest.mark.postgres
def test_a_database_that_is_away_is_told_without_its_name(postgres_url: str) -> None:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False, TESTING=True)
    app.config["ACCT_DATABASE_URL"] = postgres_url.rpartition("/")[0] + "/nowhere"
    Acct(app, config="client-area")
    answer = app.test_client().get("/account/-/ready")
    app.extensions["acct"].database.engine.dispose()
    assert answer.status_code == 503
    assert answer.get_json() == {"status": "not ready", "missing": ["database"]}


def test_it_is_answered_to_other_machines_before_public_url_is_set(site: Site) -> None:
    there = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.9"}, "base_url": "http://10.0.0.5"}
    assert ask(site, "live", **there).status_code == 200
    assert site.app.test_client().get("/account/login", **there).status_code != 200


def test_a_host_that_shadows_an_address_learns_it(site: Site) -> None:
    site.app.add_url_rule("/account/-/live", "mine", lambda: redirect(request.path))
    assert any("/account/-/live (mine)" in shadow for shadow in neighbours.shadows(site.app))


@pytest.mark.postgres
def test_signs_of_life_are_the_same_on_postgresql(postgres_url: str) -> None:
    database = Database.at(postgres_url)
    clock = FrozenClock(NOON)
    for _ in range(2):
        with database.hurried() as connection:
            heartbeats.beat(connection, "one", clock())
        clock.move(minutes=1)
    with database.session() as db:
        found = heartbeats.heard(db, NOON)
        rows = db.execute(text("SELECT count(*) FROM acct_tally")).scalar()
    assert found.number == 1
    assert rows == 1
    assert found.last is not None
    assert found.last > NOON
