"""Flask-Security in a virtual environment of its own, so that none of it is a dependency of ours."""

from __future__ import annotations

import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path

from .serving import REPOSITORY

FLASK_SECURITY = "5.9.2"
FOLDER = Path(sys.prefix) / "peers" / f"flask-security-{FLASK_SECURITY}"
PYTHON = FOLDER / "bin" / "python"

SHARED = ("Flask", "Werkzeug", "Jinja2", "SQLAlchemy", "psycopg", "Flask-Login", "Flask-WTF", "argon2-cffi", "gunicorn")
"""Both run on the same versions of these."""


def is_installed() -> bool:
    return PYTHON.exists() and _has_security()


def install() -> None:
    """Flask-Security is in its environment, from the package registry."""
    if is_installed():
        return
    venv.create(FOLDER, with_pip=True, clear=True)
    same = [f"{'psycopg[binary]' if name == 'psycopg' else name}=={version(name)}" for name in SHARED]
    command = [PYTHON, "-m", "pip", "install", "-q", f"Flask-Security[common,fsqla]=={FLASK_SECURITY}", *same]
    subprocess.run(command, check=True, stdout=sys.stderr)


def fill(url: str, customers: int, costly: int) -> str:
    """The customers are in the peer's database. Returns its URL."""
    command = [PYTHON, "-m", "tests.benchmarks.peer", url, str(customers), str(costly)]
    subprocess.run(command, check=True, cwd=REPOSITORY)
    return url


def _has_security() -> bool:
    found = subprocess.run([PYTHON, "-c", "import flask_security"], check=False, stderr=subprocess.DEVNULL)
    return found.returncode == 0
