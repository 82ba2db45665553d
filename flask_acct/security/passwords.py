"""Which passwords are allowed, and how they are hashed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise
from threading import Condition
from typing import Literal, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..config import Config
from ..db.models import User
from ..errors import AcctError
from ..values.identifiers import letters_and_digits
from ..values.unicode_forms import normalized
from . import hashes, low_priority
from .hashes import Verifiers, Work

T = TypeVar("T")

MAX_LENGTH = 1024
"""Most characters. Longer passwords are refused, never cut."""

Weakness = Literal["too_short", "too_long", "same_as_old", "too_common", "about_you", "repeats", "mailed"]


@dataclass(frozen=True, slots=True)
class PasswordTooWeak:
    """The new password is not good enough; the old one stays."""

    why: Weakness


@dataclass(frozen=True, slots=True)
class PasswordsDiffer:
    """The new password was typed differently the second time."""


hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
"""Argon2id with OWASP's first recommended parameters: about 25 ms and 19 MiB a check.

Source: OWASP Password Storage Cheat Sheet, "Argon2id"; ASVS 11.4.2.
"""


def normalised(password: str) -> str:
    """Return the password as it is hashed: NFC and nothing else, so that every keyboard types the same one.

    Source: NIST SP 800-63B §3.1.1.2.
    """
    return normalized("NFC", password)


class Busy(AcctError):
    """This process hashes as many passwords as it may, and others wait already. Nothing was done; try again soon."""


SLOT_WAIT_SECONDS = 0.5
"""How long a visitor waits for a slot."""

RETRY_SECONDS = 5
"""After how long a visitor who got no slot is asked to try again."""

_at_most: ContextVar[int | None] = ContextVar("flask_acct_hashes_at_most", default=None)
_has_slot: ContextVar[bool] = ContextVar("flask_acct_has_slot", default=False)


@contextmanager
def bounded(at_once: int, verifiers: Verifiers | None = None) -> Iterator[None]:
    """Inside this context the process hashes at most so many passwords at the same time, and raises ``Busy`` beyond.

    Hashing outside of it, for an import, say, is not limited.

    Args:
        verifiers: The host's own schemes, see ``hashes``.
    """
    token = _at_most.set(at_once)
    try:
        with hashes.knowing(verifiers or {}):
            yield
    finally:
        _at_most.reset(token)


@contextmanager
def slot() -> Iterator[None]:
    """Inside this context a slot is held for hashing. Raises ``Busy`` if too many are waiting already.

    As many may wait as may hash. The others get their answer at once, so that the threads they need stay free for
    those who only want to see a page.
    """
    most = _at_most.get()
    if most is None or _has_slot.get():
        yield
        return
    _slots.take(most)
    token = _has_slot.set(True)
    try:
        yield
    finally:
        _has_slot.reset(token)
        _slots.give_back()


Watcher = Callable[[int, int], object]
"""Called with how many threads are hashing and how many wait, whenever that changes."""


def watch(watcher: Watcher) -> None:
    """The watcher is told of every change; one for each process, which must be quick."""
    _slots.watcher = watcher


class _Slots:
    """How many threads of this process are hashing, and how many wait for a slot."""

    def __init__(self) -> None:
        self.watcher: Watcher | None = None
        self.be_fresh()

    def be_fresh(self) -> None:
        self.changed, self.taken, self.waiting = Condition(), 0, 0

    def take(self, most: int) -> None:
        with self.changed:
            if self.taken >= most and not self._waited(most):
                raise Busy("As many passwords are being hashed as may be at once.")
            self.taken += 1
            self._tell()

    def give_back(self) -> None:
        with self.changed:
            self.taken -= 1
            self._tell()
            self.changed.notify()

    def _waited(self, most: int) -> bool:
        """Whether a slot became free in time."""
        if self.waiting >= most:
            return False
        self.waiting += 1
        self._tell()
        try:
            return self.changed.wait_for(lambda: self.taken < most, SLOT_WAIT_SECONDS)
        finally:
            self.waiting -= 1
            self._tell()

    def _tell(self) -> None:
        if self.watcher is not None:
            self.watcher(self.taken, self.waiting)


_slots = _Slots()
# The threads that hold slots do not survive a fork.
os.register_at_fork(after_in_child=_slots.be_fresh)


def hashed(password: str) -> str:
    """Return the Argon2id hash to store. Raises ``Busy``."""
    with slot():
        return _computed(lambda: hasher.hash(normalised(password)))


def verify(password: str, hash_: str | None, *, work: Sequence[Work] = ()) -> bool:
    """Whether the password fits the hash. Costs the same if there is no hash to compare with. Raises ``Busy``.

    A hash that another system made is checked as that system did, with the password exactly as it was typed. Every
    password that does not fit costs the same: one hash of ours, and the most expensive stored one of each other family.
    A password that fits costs no more than needed.

    Args:
        work: The most expensive stored hash of each family. Without it, the time tells which kind of hash it is: only
            for a user who is known already.
    """
    with slot():
        return _computed(lambda: _fits(password, hash_, work))


def _computed(hashing: Callable[[], T]) -> T:
    """Return the result of hashing. For visitors it runs in a thread that gives way to those that answer others."""
    return hashing() if _at_most.get() is None else low_priority.run(hashing)


def _fits(password: str, hash_: str | None, work: Sequence[Work]) -> bool:
    if not hash_ or not needs_rehash(hash_):
        return _is_todays(hash_ or _decoy_hash(), password, work) and bool(hash_)
    if any(hashes.fits(hash_, typed) for typed in _as_hashed(password, hash_)):
        return True
    _is_todays(_decoy_hash(), password, work, but={one.family: one.units for one in hashes.costliest([hash_])})
    return False


def needs_rehash(hash_: str) -> bool:
    """Whether the hash was made with other parameters than the present ones, or by another system."""
    try:
        return not hash_.startswith("$argon2id$") or hasher.check_needs_rehash(hash_)
    except InvalidHashError:
        return True


def _as_hashed(password: str, hash_: str) -> Iterable[str]:
    """Yield the password as other systems hashed it, and as we did with former parameters."""
    return dict.fromkeys((password, normalised(password))) if hash_.startswith("$argon2id$") else (password,)


def _is_todays(hash_: str, password: str, work: Sequence[Work], *, but: Mapping[str, int] | None = None) -> bool:
    """Whether the password fits a hash with today's parameters; if not, the other families' work is done too."""
    try:
        return hasher.verify(hash_, normalised(password))
    except (VerificationError, InvalidHashError):
        for one in work:
            hashes.do_work(one, password, done=(but or {}).get(one.family, 0))
        return False


def weakness(password: str, config: Config, *, user: User) -> Weakness | None:
    """Return why this may not be the user's password, or ``None``.

    The password is judged as a whole, never a part of it: a phrase may contain any word.

    Source: NIST SP 800-63B §3.1.1.2; ASVS 6.2.4.
    """
    password = normalised(password)
    if len(password) < config.password.min_length:
        return "too_short"
    if len(password) > MAX_LENGTH:
        return "too_long"
    folded = password.casefold()
    if _is_repeated(folded) or _is_made_of_runs(folded):
        return "repeats"
    if any(_is_common(word) for word in _plain_forms(folded)):
        return "too_common"
    if _is_about(folded, {*_words_of(user), *_words_of_site(config)}):
        return "about_you"
    return None


def expires_at(user: User, config: Config) -> datetime | None:
    """Return when the user's password gets too old, or ``None`` if it never does."""
    if not config.password.max_age_days or user.password_changed_at is None:
        return None
    return user.password_changed_at + timedelta(days=config.password.max_age_days)


def is_expired(user: User, config: Config, now: datetime) -> bool:
    """Whether the user must set a new password."""
    ends = expires_at(user, config)
    return ends is not None and ends <= now


@cache
def common() -> frozenset[str]:
    """Return the shipped list of common passwords and words, in the form that ``letters_and_digits`` gives."""
    file = resources.files("flask_acct.security") / "common_passwords.txt"
    return frozenset(line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#"))


@cache
def _decoy_hash() -> str:
    """Return a hash that costs as much to check as any other; a constant, so that the first check costs no more."""
    strength = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${strength}${'A' * 22}${'A' * 43}"


LOOKALIKES = str.maketrans("@4310!5$7", "aaeioisst")


def _plain_forms(password: str) -> set[str]:
    """Return words it may be made from: without its ends, with letters for lookalikes, and backwards."""
    bare = {password, _without_ends(password)}
    words = {letters_and_digits(word) for word in bare} | {
        letters_and_digits(word.translate(LOOKALIKES)) for word in bare
    }
    return words | {word[::-1] for word in words}


def _without_ends(password: str) -> str:
    """Return it without digits and marks at its ends, if these are few or a run: ``clave`` for ``clave123456!``."""
    letters = [place for place, character in enumerate(password) if character.isalpha()]
    if not letters:
        return password
    ends = password[: letters[0]], password[letters[-1] + 1 :]
    if all(len(letters_and_digits(end)) <= 4 or _is_made_of_runs(end.rstrip("!.?")) for end in ends):
        return password[letters[0] : letters[-1] + 1]
    return password


def _is_common(word: str) -> bool:
    """Whether it is on the list, or repeats a word of the list."""
    if not word:
        return False
    period = (word + word).index(word, 1)
    return word in common() or word[:period] in common()


def _words_of(user: User) -> set[str]:
    local, _, domain = user.email.partition("@")
    return _with_pieces(user.username, local, domain, user.first_name, user.last_name)


def _words_of_site(config: Config) -> set[str]:
    return _with_pieces(config.site.name, *(platform.name for platform in config.platforms.values()))


def _with_pieces(*names: str) -> set[str]:
    """Return each name and each piece of it of three or more characters: ``mariorossi``, ``mario``, ``rossi``."""
    pieces = (piece for name in names for piece in (name, *re.split(r"[\W_]+", name)))
    return {word for piece in pieces if len(word := letters_and_digits(piece)) >= 3}


def _is_about(password: str, words: set[str]) -> bool:
    """Whether it consists of these words, forwards or backwards, and perhaps a date: ``Mario.Rossi.1984``."""
    plain = letters_and_digits(password)
    letters = "".join(character for character in plain if character.isalpha())
    shapes = {plain, letters} if len(plain) - len(letters) <= 8 else {plain}
    words = words | {word[::-1] for word in words}
    return any(shape and _is_made_of(shape, words) for shape in shapes)


def _is_made_of(text: str, words: set[str]) -> bool:
    """Whether the text consists of words of the set, one after the other."""
    return _reaches_the_end(text, lambda start: (len(word) for word in words if text.startswith(word, start)))


TRACKS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "!\"·$%&/()=?¿", "!@#$%^&*()_+", "!\"§$%&/()=?",
    "qwertyuiop[]", "asdfghjkl;'", "asdfghjklñ", "asdfghjklòàù", "zxcvbnm,./", "zxcvbnm,.-",
    "qwertzuiopü", "asdfghjklöä", "yxcvbnm,.-", "azertyuiop", "qsdfghjklm", "wxcvbn,;:!",
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/",
    "1qay", "6zhn", "1aqw", "2zsx", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0",
    "789456123", "741852963", "147258369",
)  # fmt: skip
"""Sequences a finger walks along: the alphabet, the digits, and the rows and columns of keyboards (Spanish, English,
Italian, German, French) and of the number pad."""

RUN = 3
"""How many characters in a row make a run."""


@cache
def _runs() -> frozenset[str]:
    """Return every piece of every track, of three or more characters, in both directions."""
    return frozenset(
        way[start:end]
        for track in TRACKS
        for way in (track, track[::-1])
        for start in range(len(way))
        for end in range(start + RUN, len(way) + 1)
    )


LONGEST_RUN = max(len(track) for track in TRACKS)


def _is_made_of_runs(password: str) -> bool:
    """Whether it consists of runs: ``abcdefghijklmno``, ``qwertyuiopasdfg``, ``111222333444555``."""
    return _reaches_the_end(password, lambda start: _runs_at(password, start))


def _runs_at(password: str, start: int) -> Iterator[int]:
    """Yield the lengths of the runs that begin here: on a track, or along the code points of any script."""
    longest = min(LONGEST_RUN, len(password) - start)
    yield from (length for length in range(RUN, longest + 1) if password[start : start + length] in _runs())
    characters = [ord(character) for character in password[start : start + LONGEST_RUN]]
    steps = [after - before for before, after in pairwise(characters)]
    for length in range(2, len(steps) + 1):
        if steps[length - 1] != steps[0] or abs(steps[0]) > 1:
            return
        yield length + 1


def _reaches_the_end(text: str, lengths_at: Callable[[int], Iterable[int]]) -> bool:
    """Whether pieces laid end to end cover the text; ``lengths_at`` yields the lengths of those that fit at a place."""
    reached, furthest = {0}, 0
    for start in range(len(text)):
        if start > furthest:
            return False
        if start in reached:
            ends = [start + length for length in lengths_at(start)]
            reached.update(ends)
            furthest = max([furthest, *ends])
    return len(text) in reached


def _is_repeated(password: str) -> bool:
    """Whether one to four characters are repeated throughout: ``abcabcabcabcabc``."""
    return any(password == (password[:n] * len(password))[: len(password)] for n in range(1, 5))
