"""A host checks its help centre in its own test suite: its factory, its templates, its words, its articles."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from .conftest import REPOSITORY

SHOP = """\
from flask import Flask
from flask_acct import Acct, requires


def create_app():
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.add_url_rule("/", "home", lambda: "Welcome")

    @app.get("/orders")
    @requires("orders")
    def orders():
        return "Your orders"

    Acct(app, config="acct.toml")
    return app
"""

ACCT = """\
[site]
name = "Corner Shop"
public_url = "http://127.0.0.1:5000"
locales = ["en", "es"]
default_locale = "en"

[help]
articles = "help"

[labels.en]
"login.form.submit" = "Come in"

[labels.es]
"login.form.submit" = "Pasar"
"""

ARTICLE = """\
---
difficulty: easy
minutes: 2
---
# Before you order

You need to be signed in.

1. Open {{ visit("login.form") }}.
1. Fill in {{ fill("login.form.identifier") }} and {{ fill("login.form.password") }}.
1. Press {{ click("login.form.submit") }}.
"""

FOOTER = """\
<footer>
<a href="{{ acct.place('site.home') }}" data-acct="shell.header.home">{{ acct.words["shell.header.home"] }}</a>
<a href="{{ acct.place('support') }}" data-acct="shell.footer.support">{{ acct.words["shell.footer.support"] }}</a>
</footer>
"""

TEST = """\
from flask_acct.kb.testing import journeys

pytest_plugins = ["flask_acct.kb.testing"]


@journeys("shop:create_app", articles=["order-first"])
def test_the_help_centre_is_true(acct_journey):
    acct_journey()
"""

RENAMED = """\
{% filter replace(">Come in</button>"|safe, ">Enter</button>"|safe) %}
{% include "flask_acct/screen.html" %}
{% endfilter %}
"""

Suite = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A host's project, its own article, element and words included."""
    files = {
        "shop.py": SHOP,
        "acct.toml": ACCT,
        "help/en/order-first.md": ARTICLE,
        "templates/flask_acct/elements/footer.html": FOOTER,
        "test_help.py": TEST,
    }
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return tmp_path


@pytest.fixture
def suite(shop: Path) -> Suite:
    """Runs the host's tests as the host does."""

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("ACCT_", "FLASK_", "PYTEST_"))
        }
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers", "-W", "error", *options],
            cwd=shop,
            env={**clean, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


@pytest.mark.browser
def test_each_journey_of_the_hosts_own_app_is_a_test(suite: Suite) -> None:
    done = suite("-v")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("order-first-en-wide", "order-first-es-wide", "order-first-en-phone", "order-first-es-phone"):
        assert f"test_help.py::test_the_help_centre_is_true[{name}] PASSED" in done.stdout
    assert "4 passed" in done.stdout


@pytest.mark.browser
def test_a_page_that_is_not_as_its_article_says_fails_its_test(shop: Path, suite: Suite) -> None:
    (shop / "templates" / "flask_acct" / "login.form.html").write_text(RENAMED)
    done = suite("-k", "en-wide")
    assert done.returncode == 1
    assert 'step    click("login.form.submit"), help/en/order-first.md:11' in done.stdout
    assert "wanted  login.form.submit to say 'Come in'" in done.stdout
    assert (shop / "report" / "kb" / "order-first-en-wide.png").is_file()


def test_every_article_of_the_configuration_is_collected_by_default(shop: Path, suite: Suite) -> None:
    test = (shop / "test_help.py").read_text()
    (shop / "test_help.py").write_text(test.replace(', articles=["order-first"]', ""))
    found = suite("--collect-only", "-q").stdout
    assert "[sign-in-en-wide]" in found
    assert "[recover-password-es-phone]" in found


def test_a_configuration_that_cannot_be_read_says_what_to_mend(shop: Path, suite: Suite) -> None:
    (shop / "acct.toml").write_text(ACCT.replace('name = "Corner Shop"', 'nam = "Corner Shop"'))
    done = suite()
    assert done.returncode != 0
    assert 'Did you mean "name"?' in done.stdout + done.stderr


def test_a_test_that_names_no_app_says_how(shop: Path, suite: Suite) -> None:
    test = (shop / "test_help.py").read_text()
    (shop / "test_help.py").write_text(test.replace('@journeys("shop:create_app", articles=["order-first"])', ""))
    assert '@journeys("shop:create_app")' in suite().stdout


def test_the_pages_for_developers_show_this_very_test() -> None:
    test = dedent(TEST).replace(', articles=["order-first"]', "")
    assert test in (REPOSITORY / "kb" / "developers" / "help-site.md").read_text("utf-8")
