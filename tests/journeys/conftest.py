"""``flask acct kb verify`` in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser

from flask_acct.cli import acct

REPOSITORY = Path(__file__).parents[2]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("ACCT_", "FLASK_"))}
"""The environment without the variables for this app."""

Verify = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return tmp_path / "records"


@pytest.fixture
def verify(tmp_path: Path, records: Path, monkeypatch: pytest.MonkeyPatch, browser: Browser) -> Verify:
    """A function that runs the command in a folder of its own, so that it writes nothing into the repository."""

    def run(*options: str, app: str = "sample_app:create_app", **settings: str) -> subprocess.CompletedProcess[str]:
        arguments = ["kb", "verify", "--app", app, "--records", str(records), "--jobs", "1", *options]
        with monkeypatch.context() as here:
            here.chdir(tmp_path)
            for name in CLEAN.keys() ^ os.environ.keys():
                here.delenv(name)
            for name, value in {"PYTHONPATH": str(REPOSITORY), **settings}.items():
                here.setenv(name, value)
            # The command runs in this process, which has the browser.
            done = CliRunner().invoke(acct, arguments, catch_exceptions=False)
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def verify_apart(tmp_path: Path, records: Path) -> Verify:
    """The same, but as a host runs it: by ``flask``, in new processes."""

    def run(*options: str, app: str = "sample_app:create_app", **settings: str) -> subprocess.CompletedProcess[str]:
        flask = shutil.which("flask", path=str(Path(sys.executable).parent))
        assert flask
        return subprocess.run(
            [flask, "acct", "kb", "verify", "--app", app, "--records", str(records), *options],
            cwd=tmp_path,
            env={**CLEAN, "PYTHONPATH": str(REPOSITORY), **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run
