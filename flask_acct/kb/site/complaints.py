"""Collects MkDocs' warnings while it builds, in this process and in others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.language = ""
        """The language of the pages being built."""
        self.complaints: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        where = f"{self.language}: " if self.language else ""
        self.complaints.append(f"{where}{record.getMessage()}")


_listener = _Listener()


@contextmanager
def heard() -> Iterator[list[str]]:
    """Yield the list of complaints, each with its language, which grows while the block runs."""
    log = logging.getLogger("mkdocs")
    _listener.complaints = []
    log.addHandler(_listener)
    try:
        yield _listener.complaints
    finally:
        log.removeHandler(_listener)


@contextmanager
def about(language: str) -> Iterator[list[str]]:
    """Warnings inside this context are about pages of the language. Yields those collected so far."""
    before, _listener.language = _listener.language, language
    try:
        yield _listener.complaints
    finally:
        _listener.language = before


def add(complaints: list[str]) -> None:
    """Warnings that another process has collected are added."""
    _listener.complaints += [one for one in complaints if one not in _listener.complaints]
