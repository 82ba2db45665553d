"""Finds changed files by checking them at short intervals.

They are checked, and not reported by the operating system: that works the same on every system, in containers and on
network drives, and finds files that did not exist when the watch began.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

Seen = dict[str, tuple[int, int, int]]
"""The state of each file: when it was written, its size and its inode."""

PASSED_BY = frozenset({"verified", "__pycache__", "node_modules"})
"""Folders of pictures and programs, which hold nothing that people write."""


def seen(watched: Iterable[Path]) -> Seen:
    """Return every file of the watched files and folders with its state; missing ones are left out."""
    return {file: _state(stat) for path in watched for file, stat in _files(path)}


def changed(before: Seen, now: Seen) -> frozenset[str]:
    """Return the files that are new, gone or different."""
    return frozenset(file for file in before.keys() | now.keys() if before.get(file) != now.get(file))


def _state(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _files(path: Path) -> Iterator[tuple[str, os.stat_result]]:
    folders = [str(path)]
    # A link to a folder may lead back to where it is.
    been: set[tuple[int, int]] = set()
    while folders:
        name = folders.pop()
        try:
            stat = os.stat(name)  # noqa: PTH116
            if not _is_folder(stat):
                yield name, stat
                continue
            if (stat.st_dev, stat.st_ino) in been:
                continue
            been.add((stat.st_dev, stat.st_ino))
            folders += [f"{name}/{inner}" for inner in os.listdir(name) if _counts(inner)]  # noqa: PTH208
        except OSError:
            # It was deleted this moment, or may not be read.
            continue


def _is_folder(stat: os.stat_result) -> bool:
    return stat.st_mode & 0o170000 == 0o040000


def _counts(name: str) -> bool:
    """Whether the name is not that of an editor's own file, such as ``.sign-in.md.swp`` or ``sign-in.md~``."""
    return not name.startswith((".", "#")) and not name.endswith("~") and name not in PASSED_BY
