"""The connections to databases that tests open, and those that nobody closed.

Since Python 3.13 SQLite's say so themselves, in whichever test the garbage collector comes by.
"""

from __future__ import annotations

import gc
import os
from weakref import ref

from sqlalchemy import event
from sqlalchemy.pool import Pool

_OPEN: dict[int, tuple[str, ref[object]]] = {}
"""By the connection: the test that opened it, and what its pool keeps of it."""


@event.listens_for(Pool, "connect")
def _opened(connection: object, record: object) -> None:
    _OPEN[id(connection)] = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0], ref(record)


@event.listens_for(Pool, "close")
@event.listens_for(Pool, "close_detached")
def _closed(connection: object, _record: object = None) -> None:
    _OPEN.pop(id(connection), None)


def left_open(*, is_end: bool = False) -> list[str]:
    """The tests that opened a connection which is gone and was never closed. Each is told once.

    Args:
        is_end: Whether all is over: then one that somebody still holds is left open as well.
    """
    if not _OPEN:
        return []
    gc.collect()
    left = {key: test for key, (test, record) in _OPEN.items() if is_end or record() is None}
    for key in left:
        del _OPEN[key]
    return sorted(set(left.values()))
