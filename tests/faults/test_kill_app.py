"""A killed app loses nothing it said it would do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("kill_app.py")


@pytest.mark.long
def test_an_app_killed_at_any_point_of_a_request_mails_all_it_owes_and_leaves_nothing_half_done() -> None:
    ran = subprocess.run(
        [sys.executable, SCRIPT, "--times", "2", "--preload"], capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    figures = re.findall(r"^(\w+) +kills +2 .* owed a mail +2 +mailed +2 +lost 0", ran.stdout, re.MULTILINE)
    assert figures == ["before_commit", "after_commit", "after_response"]
