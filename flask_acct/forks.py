"""What a forked process must begin anew: connections, threads and locks are its parent's."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from weakref import WeakMethod


def after_fork(method: Callable[[], object]) -> None:
    """The bound method is called in every child process, for as long as its object lives.

    Python keeps for ever what it calls after a fork; the object, and all it holds, must not be kept by that.
    """
    os.register_at_fork(after_in_child=partial(_call, WeakMethod(method)))


def _call(method: WeakMethod[Callable[[], object]]) -> None:
    living = method()
    if living is not None:
        living()
