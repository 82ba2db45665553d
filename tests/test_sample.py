"""The sample client area: no way out of it leads nowhere, whichever preset it runs."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_acct.config import presets

from .conftest import SECRET_KEY


@pytest.fixture(params=presets())
def sample(request: pytest.FixtureRequest, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setenv("ACCT_CONFIG", request.param)
    monkeypatch.setenv("ACCT_DATABASE_URL", database_url)
    monkeypatch.setenv("FLASK_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("FLASK_ACCT_WORKER", "false")
    from sample_app import create_app

    return create_app()


@pytest.mark.parametrize("page", ["/contact", "/plans"])
def test_the_title_of_a_page_begins_with_its_heading(sample: Flask, page: str) -> None:
    html = sample.test_client().get(page).text
    heading, title = re.search(r"<h1>(.+)</h1>", html), re.search(r"<title>(.+) ·", html)
    assert heading
    assert title
    assert title[1] == heading[1]


STARTS = ["/", "/account/login", "/account/recover/password", "/contact", "/plans", "/nowhere"]


@pytest.mark.parametrize("start", STARTS)
def test_every_link_of_a_page_leads_somewhere(sample: Flask, start: str) -> None:
    client = sample.test_client()
    links = set(re.findall(r'href="(/[^"]*)"', client.get(start).text))

    assert {link for link in links if status(client, link) >= 400} == set()


def status(client: FlaskClient, link: str) -> int:
    with client.get(link) as answer:
        return answer.status_code
