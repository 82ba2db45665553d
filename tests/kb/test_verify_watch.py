"""``kb verify --watch`` does an article's steps again at each change, and says what came of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
ARTICLE = """\
---
minutes: 5
---
# Order bread

1. Open {{ visit("login.form") }} and fill in {{ fill("login.form.identifier") }}.
"""


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "acct.toml").write_text('[site]\nname = "Bakery"\nlocales = ["en"]\n[help]\narticles = "help"\n')
    (tmp_path / "help" / "en").mkdir(parents=True)
    (tmp_path / "help" / "en" / "order-bread.md").write_text(ARTICLE)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ACCT_", "FLASK_"))}
    settings = {**kept, "ACCT_CONFIG": "acct.toml", "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"}
    command = [
        sys.executable,
        "-m",
        "flask",
        "acct",
        "kb",
        "verify",
        "--watch",
        "order-bread",
        "--wide",
        "--no-pictures",
    ]
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(command, cwd=tmp_path, env=settings, stdout=said, stderr=said, text=True)
        yield process
        process.kill()
        process.wait()


@pytest.mark.browser
def test_the_steps_are_done_again_at_each_change(watching: subprocess.Popen[str], tmp_path: Path) -> None:
    article = tmp_path / "help" / "en" / "order-bread.md"
    assert said_at_last(tmp_path, "order-bread en wide: passed, 2 steps")
    article.write_text(ARTICLE.replace("login.form.identifier", "login.form.identifierr"))
    assert said_at_last(tmp_path, "the beginning of the journey, help/en/order-bread.md:6")
    article.write_text(ARTICLE)
    assert said_at_last(tmp_path, "order-bread en wide: passed, 2 steps", times=2)
    (tmp_path / "acct.toml").write_text((tmp_path / "acct.toml").read_text().replace("[help]", "[help"))
    assert said_at_last(tmp_path, "FAILED acct.toml")
    watching.send_signal(signal.SIGINT)
    assert watching.wait(60) == 0
    assert "Traceback" not in (tmp_path / "said").read_text()


def said_at_last(folder: Path, words: str, times: int = 1) -> bool:
    end = time.monotonic() + 90
    while (folder / "said").read_text().count(words) < times:
        if time.monotonic() > end:
            raise TimeoutError((folder / "said").read_text())
        time.sleep(0.1)
    return True
