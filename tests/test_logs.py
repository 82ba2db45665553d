"""Logs as JSON: one line an event, with the id of its request and nothing of anybody."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from flask_acct import Acct, logs
from flask_acct.config import Config
from flask_acct.logs import REQUEST_ID, UnknownLog
from flask_acct.testing import PASSWORD

from .scopes import SECRET_KEY
from .web.site import Site, build
from .web.test_recovering import link, way_in


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What an app logs as JSON. Other tests find logging as it was."""
    names = ("", *logs.QUIETER, *logs.SERVERS)
    loggers = [logging.getLogger(name) for name in names]
    before = [(logger, list(logger.handlers), logger.level, logger.propagate) for logger in loggers]
    stream = io.StringIO()
    logs.configure(stream=stream)
    yield stream
    for logger, handlers, level, propagate in before:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.fixture
def logged(database_url: str, now: datetime, written: io.StringIO) -> Iterator[Site]:
    site = build(Config(), database_url, now)
    logs.log_requests(site.app)
    yield site
    site.acct.database.engine.dispose()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def requests(stream: io.StringIO) -> list[dict[str, Any]]:
    return [line for line in lines(stream) if line["event"] == "request"]


def test_a_request_is_one_line_with_what_was_asked_and_how_long_it_took(logged: Site, written: io.StringIO) -> None:
    answer = logged.app.test_client().get("/account/login?next=/secret")
    (line,) = requests(written)
    assert line["endpoint"] == "acct.login_form"
    assert line["method"] == "GET"
    assert line["status"] == 200
    assert line["ms"] > 0
    assert line["level"] == "info"
    assert line["request_id"] == answer.headers[REQUEST_ID]
    assert "secret" not in written.getvalue()


def test_a_sane_id_of_a_proxy_is_kept(logged: Site, written: io.StringIO) -> None:
    sent = "7f3a-2026.03_04"
    answer = logged.app.test_client().get("/account/login", headers={REQUEST_ID: sent})
    assert answer.headers[REQUEST_ID] == sent
    assert requests(written)[-1]["request_id"] == sent


@pytest.mark.parametrize("sent", ["short", "a" * 65, "alice@example.com", 'x","level":"critical', "a b c d e f g h"])
def test_any_other_is_replaced(logged: Site, written: io.StringIO, sent: str) -> None:
    answer = logged.app.test_client().get("/account/login", headers={REQUEST_ID: sent})
    assert answer.headers[REQUEST_ID] != sent
    assert sent not in written.getvalue()


def test_what_programs_ask_all_the_time_is_not_logged(logged: Site, written: io.StringIO) -> None:
    for name in ("live", "ready"):
        logged.app.test_client().get(f"/account/-/{name}")
    assert requests(written) == []


def test_a_break_in_a_text_begins_no_line(written: io.StringIO) -> None:
    logging.getLogger("host").warning("two\nlines %s", "\u2028of one")
    (line,) = lines(written)
    assert line["event"] == "two\nlines \u2028of one"


def test_an_error_is_told_by_its_class_and_place_and_not_by_its_text(logged: Site, written: io.StringIO) -> None:
    logged.app.config["PROPAGATE_EXCEPTIONS"] = False
    assert logged.visitor().client.get("/boom").status_code == 500
    (line,) = [line for line in lines(written) if "errors" in line]
    assert line["event"] == "A request failed"
    assert line["errors"][0]["type"] == "RuntimeError"
    assert "_boom (site.py:" in line["errors"][0]["at"][0]
    assert len(line["errors"][0]["reference"]) == 8
    assert line["request_id"]
    assert "secret inside" not in written.getvalue()


def test_nothing_of_anybody_is_in_the_log(logged: Site, written: io.StringIO) -> None:
    """Somebody fails, signs in, recovers, follows the link, and somebody else is told nothing."""
    logging.getLogger().setLevel(logging.DEBUG)
    alice = logged.people.alice
    logged.sign_in("alice", "a wrong password")
    logged.alice().open("/account/me")
    visitor, address = logged.visitor(), link(way_in(logged))
    token = address.partition("token=")[2]
    visitor.open(address)
    visitor.client.get(f"/nowhere/{alice.email}", base_url=logged.root)
    text = written.getvalue()
    hidden = (alice.email, "alice", PASSWORD, "a wrong password", token, "ortega", "9000", "127.0.0.1")
    assert len(requests(written)) > 8
    assert len(token) > 20
    assert {secret for secret in hidden if secret in text} == set()


def test_the_environment_turns_it_on(database_url: str, written: io.StringIO) -> None:
    app = _app(database_url, "json")
    assert app.test_client().get("/account/login").headers[REQUEST_ID]
    assert "X-Request-ID" not in _app(database_url, None).test_client().get("/account/login").headers


def test_an_unknown_kind_is_refused_with_the_fix(database_url: str) -> None:
    with pytest.raises(UnknownLog, match="Set ACCT_LOG=json"):
        _app(database_url, "yaml")


def _app(database_url: str, kind: str | None) -> Flask:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=database_url, ACCT_WORKER=False, ACCT_LOG=kind)
    Acct(app, config="client-area")
    return app
