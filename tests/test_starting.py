"""What an app loads when it starts: what only some requests or commands need waits for the first of them."""

from __future__ import annotations

import subprocess
import sys

START = """
import sys
from flask import Flask
from flask_acct import Acct
app = Flask("shop")
app.config.update(SECRET_KEY="3f9d0b6c2a7e4518b6d2c9e1f0a47385", ACCT_DATABASE_URL="sqlite:///acct.db", TESTING=True)
Acct(app, config="client-area")
print(*sorted(name for name in sys.argv[1:] if name in sys.modules))
"""

LATER = ("phonenumbers", "alembic", "psycopg", "markdown", "mkdocs", "nh3", "playwright", "multiprocessing", "unittest")
"""Numbers, migrations, the other database, articles, and what only tests use."""


def test_what_is_seldom_needed_is_not_loaded_at_the_start(tmp_path: object) -> None:
    command = [sys.executable, "-c", START, *LATER, "flask"]
    done = subprocess.run(command, cwd=str(tmp_path), capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["flask"]
