"""Folders that are made once per run of tests, by the first process that needs them, and read by all."""

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
"""The number of bytes that the folder may grow to, PostgreSQL's files included."""


def begin() -> None:
    """The run has a folder. All users may enter it, because PostgreSQL refuses to run as root."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="acct-tests-", dir=_in_memory())
    Path(os.environ[FOLDER]).chmod(0o711)


def end() -> None:
    """The folder of the run is deleted."""
    shutil.rmtree(os.environ.pop(FOLDER))


def _in_memory() -> str | None:
    """Return a folder in memory, which is faster than a disk; ``None`` without one that has enough room."""
    memory = Path("/dev/shm")
    has_room = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ROOM
    return str(memory) if has_room else None


@contextmanager
def passing() -> Iterator[Path]:
    """There is an empty folder for this block, which is deleted at its end."""
    place = Path(tempfile.mkdtemp(dir=os.environ[FOLDER]))
    try:
        yield place
    finally:
        shutil.rmtree(place)


def folder(name: str) -> Path:
    """Return the path of the shared folder of this name, which may not exist yet."""
    return Path(os.environ[FOLDER]) / name


def once(name: str, make: Callable[[Path], object]) -> Path:
    """Return the shared folder of this name, which ``make`` has filled, now or before in another process.

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
