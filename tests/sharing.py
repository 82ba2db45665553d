"""What is made once in a run of tests, by whichever process needs it first, and read by all."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = "TESTS_SHARED_FOLDER"
"""The environment variable that names the folder of this run; the workers of pytest-xdist inherit it."""

ROOM = 2 * 2**30
"""How many bytes the folder may come to hold, PostgreSQL's included."""


def begin() -> None:
    """The run has a folder. Others than its owner pass through it: PostgreSQL refuses to be root."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="acct-tests-", dir=_in_memory())
    Path(os.environ[FOLDER]).chmod(0o711)


def end() -> None:
    """Nothing is left of it."""
    shutil.rmtree(os.environ.pop(FOLDER))


def _in_memory() -> str | None:
    """Return where files are kept in memory, if there is room: nothing waits for a disk there."""
    memory = Path("/dev/shm")
    has_room = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ROOM
    return str(memory) if has_room else None


@contextmanager
def passing() -> Iterator[Path]:
    """An empty folder of this block alone, gone after it."""
    place = Path(tempfile.mkdtemp(dir=os.environ[FOLDER]))
    try:
        yield place
    finally:
        shutil.rmtree(place)


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
