"""What an app loads when it starts: what only some requests or commands need waits for the first of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

START = """
import sys
from flask import Flask
from flask_acct import Acct
app = Flask("shop")
app.config.update(SECRET_KEY="3f9d0b6c2a7e4518b6d2c9e1f0a47385", ACCT_DATABASE_URL="sqlite:///acct.db", TESTING=True)
_, preset, *names = sys.argv
Acct(app, config=preset)
print(*sorted(name for name in names if name in sys.modules))
"""

LATER = (
    "phonenumbers", "alembic", "psycopg", "markdown", "mkdocs", "nh3", "playwright", "multiprocessing", "unittest",
    "flask_acct.importing", "sqlalchemy.dialects.postgresql", "flask_acct.kb", "flask_acct.features.mailbox.routes",
    "flask_acct.web.openapi",
)  # fmt: skip
"""Numbers, migrations, the other database, articles, what only tests use, the import of people, and the pages of a demo
and of the description for machines."""

LANGUAGES = (
    START
    + """
from babel import localedata
app.test_client().get("/account/login").get_data()
print(*sorted(localedata._cache))
"""
)
"""Babel's cache holds the tables of each language that was loaded."""


def test_what_is_seldom_needed_is_not_loaded_at_the_start(tmp_path: Path) -> None:
    assert told(tmp_path, START, "client-area", *LATER, "flask") == ["flask"]


def test_pages_of_features_that_the_configuration_leaves_out_are_not_loaded(tmp_path: Path) -> None:
    pages = [f"flask_acct.features.{feature}.pages" for feature in ("contacts", "invitations", "login")]
    assert told(tmp_path, START, "customer-panel", *pages) == ["flask_acct.features.login.pages"]


def test_the_first_page_loads_the_table_of_its_own_language_alone_although_it_lists_languages(tmp_path: Path) -> None:
    # How many minutes there are, in which form. "root" is what all languages share.
    assert told(tmp_path, LANGUAGES, "client-area") == ["es", "root"]


def told(folder: Path, program: str, *arguments: str) -> list[str]:
    """Return the words that a program prints, in a process of its own."""
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()
