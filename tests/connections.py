"""The database connections that tests open, and those that were never closed.

Since Python 3.13 an unclosed SQLite connection warns by itself, but in whichever test the garbage collector runs.
"""

from __future__ import annotations

import gc
import os
from weakref import ref

from sqlalchemy import event
from sqlalchemy.pool import Pool

_OPEN: dict[int, tuple[str, ref[object]]] = {}
"""By connection: the test that opened it, and a weak reference to its record in the pool."""


@event.listens_for(Pool, "connect")
def _opened(connection: object, record: object) -> None:
    _OPEN[id(connection)] = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0], ref(record)


@event.listens_for(Pool, "close")
@event.listens_for(Pool, "close_detached")
def _closed(connection: object, _record: object = None) -> None:
    _OPEN.pop(id(connection), None)


def left_open(*, is_end: bool = False) -> list[str]:
    """Return the tests that opened a connection which was dropped without being closed. Each is returned once.

    Args:
        is_end: Whether all tests are over, so that connections still in use count as well.
    """
    if not _OPEN:
        return []
    gc.collect()
    left = {key: test for key, (test, record) in _OPEN.items() if is_end or record() is None}
    for key in left:
        del _OPEN[key]
    return sorted(set(left.values()))
