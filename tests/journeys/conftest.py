"""``flask acct kb verify`` in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
JOBS = "1" if "PYTEST_XDIST_WORKER" in os.environ else "2"
"""Where tests run side by side already, each is content with one process."""

Verify = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return tmp_path / "records"


@pytest.fixture
def verify(tmp_path: Path, records: Path) -> Verify:
    """Runs the command in a folder of its own, so that nothing of the repository is written."""

    def run(*options: str, app: str = "sample_app:create_app", **settings: str) -> subprocess.CompletedProcess[str]:
        flask = shutil.which("flask", path=str(Path(sys.executable).parent))
        assert flask
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("ACCT_", "FLASK_"))}
        return subprocess.run(
            [flask, "acct", "kb", "verify", "--app", app, "--records", str(records), "--jobs", JOBS, *options],
            cwd=tmp_path,
            env={**clean, "PYTHONPATH": str(REPOSITORY), **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run
