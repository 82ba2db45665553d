"""The folder that stands in for a mail server, and the page that shows it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_acct.features.mailbox.routes import linked, mailbox_pages
from flask_acct.mail.mailbox import Mailbox
from flask_acct.mail.rendering import render
from flask_acct.platform import Platform

from .test_rendering import NOON, RESET, SECRET


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mailbox")


@pytest.fixture
def client(mailbox: Mailbox) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(mailbox_pages(mailbox.folder))
    return app.test_client()


def deliver(mailbox: Mailbox, platform: Platform, username: str = "m00000") -> None:
    letter = replace(RESET, slots={"username": username}, locale="es")
    mailbox.deliver(render(letter, platform).message(), "ana@example.com")


def test_a_mail_can_be_read_back(mailbox: Mailbox, platform: Platform) -> None:
    deliver(mailbox, platform)
    (mail,) = mailbox.mails()
    assert mail.sender == "Example Hosting <support@example.com>"
    assert mail.to == "Ana Ortega <ana@example.com>"
    assert mail.subject == platform.say("recovery.reset.subject", "es")
    assert mail.date == NOON
    assert SECRET in mail.text
    assert SECRET in mail.html


def test_the_newest_mail_comes_first(mailbox: Mailbox, platform: Platform) -> None:
    for username in ("first", "second"):
        deliver(mailbox, platform, username)
    assert ["second" in mail.text for mail in mailbox.mails()] == [True, False]


def test_only_its_owner_may_read_the_folder(mailbox: Mailbox, platform: Platform) -> None:
    deliver(mailbox, platform)
    assert mailbox.folder.stat().st_mode & 0o077 == 0


def test_an_empty_mailbox_says_how_a_mail_gets_there(client: FlaskClient) -> None:
    assert "No mail yet." in client.get("/mailbox").text


def test_the_list_leads_to_the_mail_and_its_link_can_be_followed(
    client: FlaskClient, mailbox: Mailbox, platform: Platform
) -> None:
    deliver(mailbox, platform)
    (path,) = re.findall(r'href="(/mailbox/\d[^"]+)"', client.get("/mailbox").text)
    assert f'<a href="http://127.0.0.1:5000/account/password/set?token={SECRET}">' in client.get(path).text


def test_the_html_of_a_mail_runs_in_a_sandbox_and_opens_links_in_the_whole_window(
    client: FlaskClient, mailbox: Mailbox, platform: Platform
) -> None:
    deliver(mailbox, platform)
    answer = client.get(f"/mailbox/{mailbox.mails()[0].name}/html")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert "allow-scripts" not in answer.headers["Content-Security-Policy"]
    assert '<base target="_top">' in answer.text


@pytest.mark.parametrize("path", ["/mailbox", "/mailbox/{name}", "/mailbox/{name}/html"])
def test_nothing_is_kept_by_the_browser_or_run_inline(
    path: str, client: FlaskClient, mailbox: Mailbox, platform: Platform
) -> None:
    deliver(mailbox, platform)
    answer = client.get(path.format(name=mailbox.mails()[0].name))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].find("default-src 'none'") >= 0
    assert "<script" not in answer.text


@pytest.mark.parametrize("name", ["nothing", "..", "%2e%2e%2fsecret"])
def test_a_mail_that_does_not_exist_is_not_found(name: str, client: FlaskClient) -> None:
    assert client.get(f"/mailbox/{name}/html").status_code == 404


def test_markup_in_a_mail_is_shown_and_not_run(client: FlaskClient, mailbox: Mailbox, platform: Platform) -> None:
    deliver(mailbox, platform, "<b>x</b>")
    assert "&lt;b&gt;x&lt;/b&gt;" in client.get(f"/mailbox/{mailbox.mails()[0].name}").text


def test_addresses_become_links_and_nothing_else_does() -> None:
    text = linked('a <b> https://example.com/?a=1&b="x" c')
    assert text == (
        'a &lt;b&gt; <a href="https://example.com/?a=1&amp;b=">https://example.com/?a=1&amp;b=</a>&#34;x&#34; c'
    )


def test_the_stylesheet_is_served(client: FlaskClient) -> None:
    (path,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', client.get("/mailbox").text)
    with client.get(path) as answer:
        assert answer.mimetype == "text/css"
