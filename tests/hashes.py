"""What hashing a password costs in tests: next to nothing, except where the cost is the subject."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher

from flask_acct.security import passwords

IN_USE = passwords.hasher

QUICK = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)
"""Argon2id all the same, at some 50 microseconds instead of 25 milliseconds."""


@contextmanager
def as_in_use() -> Iterator[None]:
    """Inside, hashes cost what they cost in use."""
    _hash_with(IN_USE)
    try:
        yield
    finally:
        _hash_with(QUICK)


def _hash_with(hasher: PasswordHasher) -> None:
    passwords.hasher = hasher
    passwords._decoy_hash.cache_clear()
