"""What a password may be, and how it is kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from .config import Config
from .models import User

MAX_LENGTH = 1024
"""Characters. Longer ones are refused, never cut."""

Weakness = Literal["too_short", "too_long", "same_as_old", "too_common", "about_you", "repeats"]

hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
"""Argon2id at OWASP's first recommendation: about 25 ms and 19 MiB a verification.

Source: OWASP Password Storage Cheat Sheet, "Argon2id"; ASVS 11.4.2.
"""


def normal(password: str) -> str:
    """The password as it is hashed: NFC and nothing else, so that every keyboard types the same one.

    Source: NIST SP 800-63B §3.1.1.2.
    """
    return unicodedata.normalize("NFC", password)


def hashed(password: str) -> str:
    """The Argon2id hash to store."""
    return hasher.hash(normal(password))


def verify(password: str, hash_: str | None) -> bool:
    """Whether the password is the hashed one. Costs the same when there is no hash to compare with."""
    try:
        return hasher.verify(hash_ or _nobodys_hash(), normal(password)) and hash_ is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(hash_: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return hasher.check_needs_rehash(hash_)


def weakness(password: str, *, user: User, config: Config) -> Weakness | None:
    """Why this may not be the user's password, or ``None``."""
    password = normal(password)
    if len(password) < config.password.min_length:
        return "too_short"
    if len(password) > MAX_LENGTH:
        return "too_long"
    folded = password.casefold()
    if _is_repeated(folded) or _is_sequence(folded):
        return "repeats"
    if folded in common():
        return "too_common"
    if _stripped(folded) in {_stripped(word.casefold()) for word in _about(user, config) if word}:
        return "about_you"
    return None


def expires_at(user: User, *, config: Config) -> datetime | None:
    """When the user's password is too old, or ``None`` when it never is."""
    if not config.password.max_age_days or user.password_changed_at is None:
        return None
    return user.password_changed_at + timedelta(days=config.password.max_age_days)


def is_expired(user: User, *, config: Config, now: datetime) -> bool:
    """Whether the user must set a new password."""
    ends = expires_at(user, config=config)
    return ends is not None and ends <= now


@cache
def common() -> frozenset[str]:
    """The shipped list of common passwords of eight characters and more, case-folded."""
    file = resources.files("flask_acct") / "common_passwords.txt"
    return frozenset(line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#"))


@cache
def _nobodys_hash() -> str:
    return hasher.hash("a password nobody has")


def _about(user: User, config: Config) -> Iterable[str]:
    local, _, domain = user.email.partition("@")
    names = (user.first_name, user.last_name, f"{user.first_name}{user.last_name}")
    return (user.username, user.email, local, domain, domain.partition(".")[0], config.site.name, *names)


def _stripped(password: str) -> str:
    """Letters only, so that ``mario.rossi.1984`` is still the user's name."""
    return "".join(sign for sign in password if sign.isalpha()) or password


def _is_repeated(password: str) -> bool:
    """One to four signs again and again: ``abcabcabcabcabc``."""
    return any(password == (password[:n] * len(password))[: len(password)] for n in range(1, 5))


def _is_sequence(password: str) -> bool:
    """Each sign is the neighbour of the one before: ``abcdefghijklmno``."""
    steps = {ord(b) - ord(a) for a, b in pairwise(password)}
    return len(steps) == 1 and steps <= {-1, 0, 1}
