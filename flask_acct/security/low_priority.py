"""Long computations in threads of their own that give way to the threads that answer requests.

Argon2 releases Python's lock while it works, so two hashes on two processors leave nothing for a page that somebody
else opens. In threads of a lower priority they only take what is left over.
"""

from __future__ import annotations

import contextvars
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

NICENESS = 10
"""Of 19. At 10 a thread gets about a tenth of a processor that others want, and all of one that nobody wants. Source:
sched(7), "The nice value"."""

MOST_THREADS = 64
"""They are started when needed; the caller limits how many work at the same time."""

_threads: ThreadPoolExecutor | None = None
_starting = threading.Lock()


def run(work: Callable[[], T]) -> T:
    """Return what *work* returns, or raise what it raises. It sees the caller's context variables.

    Where threads have no priority of their own (only Linux gives them one) it runs in the calling thread.
    """
    if sys.platform != "linux":
        return work()
    return _pool().submit(contextvars.copy_context().run, work).result()


def _pool() -> ThreadPoolExecutor:
    global _threads
    with _starting:
        if _threads is None:
            _threads = ThreadPoolExecutor(MOST_THREADS, "flask-acct-hash", initializer=_lower_priority)
        return _threads


def _lower_priority() -> None:
    # Greenlets that stand in for threads (gevent) run in the main thread, whose priority must not be lowered for good.
    if threading.get_native_id() != os.getpid():
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _begin_anew() -> None:
    """Threads do not survive a fork."""
    global _threads, _starting
    _threads, _starting = None, threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)
