"""Hashes whose library is not installed: an import refuses them, and says what to install."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from flask_acct import Acct, cli
from flask_acct.security import hashes
from flask_acct.security.hashes import NotAHash

from .scopes import SECRET_KEY

BCRYPT = "$2y$04$dzcOYHKMqRzqZ2Z0pRp4Z.JmG4oOo1QfIYgX8ZyD5bB5nLd3vVbIa"
SHA512 = "$6$rounds=1000$saltsalt$" + "a" * 86
SHA256 = "$5$rounds=1000$saltsalt$" + "a" * 43
INSTALL = r'pip install "flask_acct\[hashes\]"'


@pytest.fixture(params=["bcrypt", "passlib"])
def missing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A library as Python finds it that is not installed."""
    name = str(request.param)
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)
    return name


OF = {"bcrypt": (BCRYPT, "bcrypt$" + BCRYPT), "passlib": (SHA512, SHA256)}


def test_a_hash_that_needs_it_is_refused_with_what_to_install(missing: str) -> None:
    for hash_ in OF[missing]:
        with pytest.raises(NotAHash) as refused:
            hashes.read(hash_)
        package = {"passlib": "libpass"}.get(missing, missing)
        assert refused.value.what == f"needs {package}, which is not installed"
        assert refused.value.fix == 'Run: pip install "flask_acct[hashes]"'


def test_the_others_are_read_all_the_same(missing: str) -> None:
    other = "passlib" if missing == "bcrypt" else "bcrypt"
    others = (*OF[other], "pbkdf2:sha256:1000$salt$" + "a" * 64)
    assert all(hashes.read(hash_).units > 0 for hash_ in others)


def test_the_import_names_the_line_and_imports_nothing(missing: str, tmp_path: Path, database_url: str) -> None:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=database_url, ACCT_WORKER=False)
    Acct(app, config="client-area")
    file = tmp_path / "customers.csv"
    file.write_text(f"account_name,email,password_hash\nZoe,zoe@example.com,{OF[missing][0]}\n", "utf-8")
    runner: CliRunner = app.test_cli_runner()
    refused = runner.invoke(cli.acct, ["import", str(file)])
    assert refused.exit_code == 1
    assert "line 2, column password_hash: needs" in refused.output
    assert 'Run: pip install "flask_acct[hashes]"' in refused.output
    assert "Nothing was imported." in refused.output
