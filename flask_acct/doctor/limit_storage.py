"""Where tries are counted, if not in the database: whether Redis answers, and whether it may lose counts."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ..db.shared_counts import CountsAway, SharedCounts
from .checkup import Checkup
from .lines import Line, ok, warn

SLOW_MS = 20.0
"""Each try asks twice, and its visitor waits."""

NAME = "Limit storage"


def storage(checkup: Checkup) -> Iterator[Line]:
    """Whether the Redis of ``[limits] storage`` answers, soon, and keeps what it was given."""
    shared = checkup.acct.shared
    if shared is not None:
        yield _of(shared)


def _of(shared: SharedCounts) -> Line:
    try:
        # Once to connect: the second answer is what a visitor waits for.
        shared.about()
        start = time.perf_counter()
        found = shared.about()
    except CountsAway as away:
        fix = "Until it does, the database counts. Check ACCT_LIMITS_STORAGE, and: redis-cli -u ADDRESS ping"
        return warn(NAME, f"{shared.server} does not answer ({away})", fix)
    took = (time.perf_counter() - start) * 1000
    policy = str(found.get("maxmemory_policy", "noeviction"))
    if found.get("maxmemory") and policy != "noeviction":
        what = f"{shared.server} drops counts when it is full ({policy}), and whoever had to wait may try again"
        return warn(NAME, what, "Give it a Redis of its own, with maxmemory-policy noeviction.")
    if took > SLOW_MS:
        return warn(NAME, f"{shared.server} answers after {took:.0f} ms", "Put it beside the app.")
    return ok(NAME, f"{shared.server} answers after {took:.1f} ms, Redis {found.get('redis_version', '')}")
