"""A killed mail worker loses nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("kill_worker.py")


@pytest.mark.long
def test_a_worker_killed_at_any_point_loses_no_mail_and_repeats_only_what_was_taken() -> None:
    ran = subprocess.run(
        [sys.executable, SCRIPT, "--times", "3"], capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    figures = re.findall(r"^(\w+) +kills +3 +mails +9 +lost 0 +came twice +(\d+)", ran.stdout, re.MULTILINE)
    assert figures == [("before_data", "0"), ("after_data", "0"), ("after_250", "3"), ("at_quit", "0")]
