"""What is made once in a run of tests, by whichever process needs it first, and read by all."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

FOLDER = "TESTS_SHARED_FOLDER"
"""The environment variable that names the folder of this run; the workers of pytest-xdist inherit it."""


def begin() -> None:
    """The run has a folder. Others than its owner pass through it: PostgreSQL refuses to be root."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="acct-tests-")
    Path(os.environ[FOLDER]).chmod(0o711)


def end() -> None:
    """Nothing is left of it."""
    shutil.rmtree(os.environ.pop(FOLDER))


def folder(name: str) -> Path:
    """Return where what has this name is, or will be."""
    return Path(os.environ[FOLDER]) / name


def once(name: str, make: Callable[[Path], object]) -> Path:
    """Return the folder of that name, which ``make`` has filled: here and now, or in another process before.

    Nobody may write into it.
    """
    place, made = folder(name), folder(f"{name}.made")
    with folder(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            make(place)
            made.touch()
    return place
