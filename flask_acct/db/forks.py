"""What a forked process must begin anew: connections, threads and locks are its parent's."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

_LIVING: WeakKeyDictionary[Any, Callable[[Any], object]] = WeakKeyDictionary()


def after_fork(holder: T, begin_anew: Callable[[T], object]) -> None:
    """``begin_anew(holder)`` is called in every child process, for as long as the holder lives.

    Python keeps for ever what it is told to call after a fork, so it is told once: neither the holder, nor all it
    holds, nor anything else for each app must be kept by that.
    """
    _LIVING[holder] = begin_anew


def _begin_anew() -> None:
    for holder, begin_anew in list(_LIVING.items()):
        begin_anew(holder)


os.register_at_fork(after_in_child=_begin_anew)
