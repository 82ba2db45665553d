"""Whether there is a backup that is not old."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..backup.making import backups_in
from ..values.amounts import counted
from .checkup import Checkup
from .lines import Line, fail, ok, warn

FRESH = timedelta(hours=26)
"""A nightly backup may begin a little later than the night before, and takes a while."""

MAKE = "Make one: flask acct backup. Then look why the nightly one is not made: systemctl list-timers"


def newest(_checkup: Checkup) -> Iterator[Line]:
    """Yield how old the newest backup is, if ``ACCT_BACKUPS`` says where they are."""
    if not (named := os.environ.get("ACCT_BACKUPS")):
        return
    folder = Path(named)
    if not os.access(folder, os.R_OK | os.X_OK):
        yield warn("Backups", f"{folder} is not there, or this user may not look", "Set ACCT_BACKUPS to their folder.")
        return
    if not (made := backups_in(folder)):
        yield warn("Backups", f"there is none in {folder}", MAKE)
        return
    age = datetime.now(UTC) - datetime.fromtimestamp(made[-1].stat().st_mtime, UTC)
    what = f"{made[-1].name} is {counted(int(age / timedelta(hours=1)), 'hour')} old"
    yield ok("Backups", what) if age <= FRESH else fail("Backups", what, MAKE)
