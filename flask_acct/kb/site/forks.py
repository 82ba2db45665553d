"""Shares work with processes that are forks of this one, and that send back their results."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from typing import TypeVar

T = TypeVar("T")

WORTH_A_PROCESS = 8
"""Fewer things are done before another process has started."""


def cores() -> int:
    """Return how many processes may be forked: one if this process has threads, whose locks a fork would copy."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return len(os.sched_getaffinity(0))


def shared(things: Sequence[str], work: Callable[[Sequence[str]], T], jobs: int) -> list[T]:
    """Return the results of *work*, one for each process's share of the things; this process's comes first.

    The share of a process that fails is done here, so that its errors are raised as if nothing had been shared.
    """
    jobs = max(1, min(jobs, len(things) // WORTH_A_PROCESS))
    begun = [_begin(things[number::jobs], work) for number in range(1, jobs)]
    try:
        done = [work(things[::jobs])]
        for number, (_, ear) in enumerate(begun, start=1):
            try:
                done.append(ear.recv())
            except (EOFError, OSError):
                done.append(work(things[number::jobs]))
    finally:
        for process, ear in begun:
            ear.close()
            process.terminate()
            process.join()
    return done


def _begin(things: Sequence[str], work: Callable[[Sequence[str]], T]) -> tuple[ForkProcess, Connection]:
    ear, mouth = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_apart, args=(things, work, mouth), daemon=True)
    process.start()
    mouth.close()
    return process, ear


def _apart(things: Sequence[str], work: Callable[[Sequence[str]], T], mouth: Connection) -> None:
    """Do the work in a process of its own, which ends when the parent says so and cleans up nothing of the parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        mouth.send(work(things))
    finally:
        mouth.close()
        os._exit(0)
