"""What a forked process must replace: connections, threads and locks belong to its parent."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

_LIVING: WeakKeyDictionary[Any, Callable[[Any], object]] = WeakKeyDictionary()


def after_fork(holder: T, begin_anew: Callable[[T], object]) -> None:
    """``begin_anew(holder)`` is called in every child process, for as long as the holder lives.

    Python never releases a function registered with ``os.register_at_fork``, so only one is registered: neither a
    holder, nor what it refers to, nor anything else of an app must be kept alive by it.
    """
    _LIVING[holder] = begin_anew


def _begin_anew() -> None:
    for holder, begin_anew in list(_LIVING.items()):
        begin_anew(holder)


os.register_at_fork(after_in_child=_begin_anew)
