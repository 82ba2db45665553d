"""What a piece of work costs in things that do not flicker: statements, calls of functions, and memory."""

from __future__ import annotations

import gc
import re
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Engine, event

from .. import postgres_server

EXECUTED = re.compile(rb"^[^\n]*LOG:  (?:statement|execute [^:\n]*): ?", re.MULTILINE)
"""How a line of PostgreSQL's log begins that tells of a statement: sent as text, or with parameters."""


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL server that logs every statement it executes."""

    folder: Path
    address: str

    def create(self, name: str) -> str:
        """An empty database of that name exists. Returns its URL."""
        postgres_server.execute(self.address, f"CREATE DATABASE {name}")
        return f"{self.address}/{name}"

    def log_size(self) -> int:
        return (self.folder / postgres_server.LOG).stat().st_size

    def executed(self, since: int) -> list[str]:
        """Return what was executed since the log had that size, ``BEGIN`` and ``COMMIT`` included: first lines only."""
        with (self.folder / postgres_server.LOG).open("rb") as log:
            log.seek(since)
            text = log.read()
        return [text[found.end() :].partition(b"\n")[0].decode() for found in EXECUTED.finditer(text)]


@contextmanager
def postgres(*options: str, is_logging: bool = True) -> Iterator[Postgres]:
    """A PostgreSQL server runs until the end of the block, as safe as its defaults: a commit waits for the disk."""
    logging = ("-c", "log_statement=all") if is_logging else ()
    with tempfile.TemporaryDirectory(prefix="acct-benchmark-") as name:
        # PostgreSQL refuses to be root, and its own user must be able to pass.
        Path(name).chmod(0o711)
        folder = Path(name) / "postgres"
        folder.mkdir()
        try:
            yield Postgres(folder, postgres_server.start(folder, *logging, *options))
        finally:
            postgres_server.stop(folder)


@dataclass
class SqliteStatements:
    """The statements that SQLite executed for an engine, ``BEGIN`` and ``COMMIT`` included."""

    executed: list[str] = field(default_factory=list)

    def watch(self, engine: Engine) -> None:
        event.listen(engine, "checkout", self._trace)

    def _trace(self, connection: Any, _record: object, _proxy: object) -> None:
        connection.set_trace_callback(self._note)

    def _note(self, statement: str) -> None:
        # What a trigger does is told as a comment.
        if not statement.startswith("--"):
            self.executed.append(statement)


def calls(work: Callable[[], object]) -> int:
    """Return how many functions this thread called, in Python and in C."""
    count = 0

    def note(_frame: FrameType, kind: str, _argument: object) -> None:
        nonlocal count
        count += kind in ("call", "c_call")

    with _no_garbage_collection():
        sys.setprofile(note)
        try:
            work()
        finally:
            sys.setprofile(None)
    return count


def most_memory(work: Callable[[], object]) -> int:
    """Return how many bytes of Python's memory were in use at once, beyond those in use before."""
    with _no_garbage_collection():
        tracemalloc.start()
        try:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            work()
            return tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
