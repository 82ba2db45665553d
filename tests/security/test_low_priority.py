"""What takes long gives way to what somebody waits for."""

from __future__ import annotations

import os
import sys
import threading
from contextvars import ContextVar

import pytest

from flask_acct.security import low_priority, passwords
from flask_acct.testing import PASSWORD

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own here")
WHO = ContextVar("who", default="nobody")


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@linux_only
def test_it_works_at_a_lower_priority() -> None:
    assert low_priority.run(niceness) == low_priority.NICENESS


@linux_only
def test_whoever_waits_for_it_keeps_theirs() -> None:
    before = niceness()
    low_priority.run(niceness)
    assert niceness() == before


def test_it_knows_what_its_caller_knows() -> None:
    token = WHO.set("ana")
    try:
        assert low_priority.run(WHO.get) == "ana"
    finally:
        WHO.reset(token)


def test_what_it_raises_is_raised() -> None:
    def fail() -> None:
        raise RuntimeError("trouble")

    with pytest.raises(RuntimeError, match="trouble"):
        low_priority.run(fail)


def test_a_forked_process_has_threads_of_its_own() -> None:
    low_priority.run(niceness)
    child = os.fork()
    if child == 0:
        os._exit(0 if low_priority.run(lambda: 7) == 7 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@linux_only
def test_a_visitors_password_is_checked_there() -> None:
    seen = []

    def fits(_hash: str, _typed: str) -> bool:
        seen.append(niceness())
        return True

    with passwords.bounded(2, {"myscheme": fits}):
        assert passwords.verify(PASSWORD, "myscheme$0a$1b")
    assert seen == [low_priority.NICENESS]


@linux_only
def test_what_nobody_waits_for_is_hashed_at_once() -> None:
    before = {thread.name for thread in threading.enumerate()}
    passwords.hashed(PASSWORD)
    assert {thread.name for thread in threading.enumerate()} == before


def test_many_at_once_are_all_done() -> None:
    done: list[int] = []
    threads = [threading.Thread(target=lambda: done.append(low_priority.run(lambda: 1))) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 100
