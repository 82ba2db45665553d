"""Installs the built wheel in a clean environment and uses it as a new user would: ``from_wheel.py DIST``. Needs uv.

All that may be missing in a wheel is used outside the repository: templates, static files, catalogs, presets,
migrations and articles. Then the tests of the small apps in ``tests/hosts`` run with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from installing import TO_RUN, install, make_environment, name_of, newest

APP = """
from flask import Flask
from flask_acct import Acct

def create_app():
    app = Flask(__name__)
    app.config.from_prefixed_env()
    Acct(app, config="acct.toml")
    return app
"""

USE = """
from flask_acct import __all__ as exported
from app import create_app

client = create_app().test_client()
for locale, word in (("en", "Password"), ("es", "Contraseña"), ("it", "Password")):
    client.set_cookie("acct_language", locale)
    page = client.get("/account/login")
    assert page.status_code == 200 and word in page.text, (locale, page.status_code)
    for name in ("acct.css", "acct.js"):
        assert client.get(f"/account/static/{name}").status_code == 200, name
token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
answer = client.post("/account/login", data={"identifier": "a@example.com", "password": "x", "csrf_token": token})
assert answer.status_code == 422, answer.status_code
assert "Acct" in exported
print("1 passed, 0 failed")
"""

EXTRAS = "[kb,hashes]"
REPOSITORY = Path(__file__).parents[2]
HOSTS = REPOSITORY / "tests" / "hosts"
OF_HOSTS = {
    "asgiref", "Flask-Admin", "Flask-Babel", "Flask-Limiter", "Flask-Migrate", "Flask-SQLAlchemy",
    "Flask-SQLAlchemy-Lite", "flask-talisman", "pytest",
}  # fmt: skip
"""The other packages that the apps of hosts and their tests use."""

SETTINGS = {
    "FLASK_APP": "app",
    "FLASK_SECRET_KEY": "b1946ac92492d2347c6235b4d2611184c0ffee00",
    "ACCT_DATABASE_URL": "sqlite:///acct.db",
}


def main(dist: str) -> None:
    """Raise unless the newest wheel in ``dist`` works in a clean environment."""
    wheel = newest(dist, "flask_acct-*.whl")
    with tempfile.TemporaryDirectory() as folder:
        python = make_environment(Path(folder, "venv"), sys.executable)
        install(python, TO_RUN, f"{wheel}{EXTRAS}", *of_hosts())
        try_out(Path(folder))
        try_hosts(Path(folder))


def of_hosts() -> list[str]:
    """Return what the apps of hosts require, with the versions of ``pyproject.toml``."""
    groups = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    return [one for one in groups["dev"] if name_of(one) in OF_HOSTS]


def try_out(home: Path) -> None:
    """Raise unless flask_acct works as it is installed in ``home/venv``."""
    programs = home / "venv" / "bin"
    run = _runner(home)
    (home / "app.py").write_text(APP)
    (home / "use.py").write_text(USE)
    run(programs / "flask", "acct", "init", "--preset", "client-area")
    run(programs / "flask", "acct", "check")
    run(programs / "flask", "acct", "upgrade")
    run(programs / "flask", "acct", "post", "--status")
    run(programs / "flask", "acct", "kb", "render", "articles")
    assert list((home / "articles").rglob("recover-password.md")), "the wheel brought no articles"
    run(programs / "flask", "acct", "new", "my-company", "--domain", "clients.example.com")
    run(programs / "flask", "acct", "check", "my-company/acct.toml")
    assert (home / "my-company" / ".env.example").is_file(), "the wheel brought no hidden files"
    asked = (home / "my-company" / "requirements.txt").read_text()
    assert f"flask_acct[kb,postgres]=={version()}\n" in asked, "the project asks for another version"
    run(programs / "python", "use.py")


def try_hosts(home: Path) -> None:
    """Raise unless the small apps of hosts work with it."""
    shutil.copytree(HOSTS, home / "hosts", ignore=shutil.ignore_patterns("__pycache__"))
    python = home / "venv" / "bin" / "python"
    _runner(home)(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "hosts")


def version() -> str:
    """Return the version, which stands in ``pyproject.toml`` alone."""
    number: str = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return number


def _runner(home: Path):
    environment = {**os.environ, **SETTINGS}
    environment.pop("PYTHONPATH", None)

    def run(*command: object) -> None:
        print("$", *(Path(str(part)).name if index == 0 else part for index, part in enumerate(command)), flush=True)
        subprocess.run([str(part) for part in command], cwd=home, env=environment, check=True)

    return run


if __name__ == "__main__":
    main(sys.argv[1])
