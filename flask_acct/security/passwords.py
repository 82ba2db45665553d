"""What a password may be, and how it is kept."""

from __future__ import annotations

import os
import re
import unicodedata
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
from . import hashes, low_priority
from .hashes import Verifiers, Work

T = TypeVar("T")

MAX_LENGTH = 1024
"""Characters. Longer ones are refused, never cut."""

Weakness = Literal["too_short", "too_long", "same_as_old", "too_common", "about_you", "repeats", "mailed"]


@dataclass(frozen=True, slots=True)
class PasswordTooWeak:
    """The new password is not good enough; an old one stays."""

    why: Weakness


@dataclass(frozen=True, slots=True)
class PasswordsDiffer:
    """The new password was not typed the same twice."""


hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
"""Argon2id at OWASP's first recommendation: about 25 ms and 19 MiB a verification.

Source: OWASP Password Storage Cheat Sheet, "Argon2id"; ASVS 11.4.2.
"""


def normal(password: str) -> str:
    """The password as it is hashed: NFC and nothing else, so that every keyboard types the same one.

    Source: NIST SP 800-63B §3.1.1.2.
    """
    return unicodedata.normalize("NFC", password)


class Busy(AcctError):
    """This process hashes as many passwords as it may, and others wait already. Nothing was done; try again soon."""


SLOT_WAIT_SECONDS = 0.5
"""How long somebody waits for a slot."""

RETRY_SECONDS = 5
"""After how long somebody who got none is asked to try again."""

_at_most: ContextVar[int | None] = ContextVar("flask_acct_hashes_at_most", default=None)
_has_slot: ContextVar[bool] = ContextVar("flask_acct_has_slot", default=False)


@contextmanager
def bounded(at_once: int, verifiers: Verifiers | None = None) -> Iterator[None]:
    """In here this process hashes so many passwords at the same time, and raises ``Busy`` beyond.

    What is not for a visitor, an import, say, is not bounded.

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
    """Whatever is hashed in here, its turn has come. Raises ``Busy`` where too many are before it.

    As many may wait as may hash: the others get their answer at once, so that the threads they need are left for
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


class _Slots:
    """How many threads of this process are hashing, and how many wait for it."""

    def __init__(self) -> None:
        self.be_fresh()

    def be_fresh(self) -> None:
        self.changed, self.taken, self.waiting = Condition(), 0, 0

    def take(self, most: int) -> None:
        with self.changed:
            if self.taken >= most and not self._waited(most):
                raise Busy("As many passwords are being hashed as may be at once.")
            self.taken += 1

    def give_back(self) -> None:
        with self.changed:
            self.taken -= 1
            self.changed.notify()

    def _waited(self, most: int) -> bool:
        """Whether it is this one's turn within a moment."""
        if self.waiting >= most:
            return False
        self.waiting += 1
        try:
            return self.changed.wait_for(lambda: self.taken < most, SLOT_WAIT_SECONDS)
        finally:
            self.waiting -= 1


_slots = _Slots()
# The threads that hold slots do not survive a fork.
os.register_at_fork(after_in_child=_slots.be_fresh)


def hashed(password: str) -> str:
    """The Argon2id hash to store. Raises ``Busy``."""
    with slot():
        return _computed(lambda: hasher.hash(normal(password)))


def verify(password: str, hash_: str | None, *, work: Sequence[Work] = ()) -> bool:
    """Whether the password is the hashed one. Costs the same when there is no hash to compare with. Raises ``Busy``.

    A hash that another system made is checked as that system did, the password being just what was typed. Whatever
    does not fit costs as much as any other that does not: one hash of ours, and of each other family that is stored
    the dearest. What fits costs no more than it must.

    Args:
        work: The dearest hash of each family that is stored. Without it, the time tells which hash it is: for somebody
            who is known already.
    """
    with slot():
        return _computed(lambda: _fits(password, hash_, work))


def _computed(hashing: Callable[[], T]) -> T:
    """What comes of hashing. For a visitor it is done by a thread that gives way to those that answer others."""
    return hashing() if _at_most.get() is None else low_priority.run(hashing)


def _fits(password: str, hash_: str | None, work: Sequence[Work]) -> bool:
    if not hash_ or not needs_rehash(hash_):
        return _is_todays(hash_ or _nobodys_hash(), password, work) and bool(hash_)
    if any(hashes.fits(hash_, typed) for typed in _as_hashed(password, hash_)):
        return True
    _is_todays(_nobodys_hash(), password, work, but={one.family: one.units for one in hashes.dearest([hash_])})
    return False


def needs_rehash(hash_: str) -> bool:
    """Whether the hash was made with other parameters than today's, or by another system."""
    try:
        return not hash_.startswith("$argon2id$") or hasher.check_needs_rehash(hash_)
    except InvalidHashError:
        return True


def _as_hashed(password: str, hash_: str) -> Iterable[str]:
    """What another system hashed, and what we did with the parameters of another day."""
    return dict.fromkeys((password, normal(password))) if hash_.startswith("$argon2id$") else (password,)


def _is_todays(hash_: str, password: str, work: Sequence[Work], *, but: Mapping[str, int] | None = None) -> bool:
    """Whether the password fits a hash of today's; where not, what the others cost is spent, but what was already."""
    try:
        return hasher.verify(hash_, normal(password))
    except (VerificationError, InvalidHashError):
        for one in work:
            hashes.spend(one, password, done=(but or {}).get(one.family, 0))
        return False


def weakness(password: str, config: Config, *, user: User) -> Weakness | None:
    """Why this may not be the user's password, or ``None``.

    The whole password is judged, never a part of it: a phrase may hold any word.

    Source: NIST SP 800-63B §3.1.1.2; ASVS 6.2.4.
    """
    password = normal(password)
    if len(password) < config.password.min_length:
        return "too_short"
    if len(password) > MAX_LENGTH:
        return "too_long"
    folded = password.casefold()
    if _is_repeated(folded) or _is_made_of_runs(folded):
        return "repeats"
    if any(_is_common(word) for word in _undisguised(folded)):
        return "too_common"
    if _is_about(folded, {*_words_of(user), *_words_of_site(config)}):
        return "about_you"
    return None


def expires_at(user: User, config: Config) -> datetime | None:
    """When the user's password is too old, or ``None`` when it never is."""
    if not config.password.max_age_days or user.password_changed_at is None:
        return None
    return user.password_changed_at + timedelta(days=config.password.max_age_days)


def is_expired(user: User, config: Config, now: datetime) -> bool:
    """Whether the user must set a new password."""
    ends = expires_at(user, config)
    return ends is not None and ends <= now


@cache
def common() -> frozenset[str]:
    """The shipped list of common passwords and words, in the form ``letters_and_digits`` gives."""
    file = resources.files("flask_acct.security") / "common_passwords.txt"
    return frozenset(line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#"))


@cache
def _nobodys_hash() -> str:
    """What checking costs as much as any other; written, not made, so that the first one asked for costs no more."""
    strength = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${strength}${'A' * 22}${'A' * 43}"


LOOKALIKES = str.maketrans("@4310!5$7", "aaeioisst")


def _undisguised(password: str) -> set[str]:
    """What may be meant: without what is put before and after it, with letters for lookalikes, read backwards."""
    bare = {password, _undressed(password)}
    words = {letters_and_digits(word) for word in bare} | {
        letters_and_digits(word.translate(LOOKALIKES)) for word in bare
    }
    return words | {word[::-1] for word in words}


def _undressed(password: str) -> str:
    """Without the digits and marks at its ends, if the digits are few or a run: ``clave`` for ``clave123456!``."""
    letters = [place for place, character in enumerate(password) if character.isalpha()]
    if not letters:
        return password
    ends = password[: letters[0]], password[letters[-1] + 1 :]
    if all(len(letters_and_digits(end)) <= 4 or _is_made_of_runs(end.rstrip("!.?")) for end in ends):
        return password[letters[0] : letters[-1] + 1]
    return password


def _is_common(word: str) -> bool:
    """Whether it is on the list, or a word of the list again and again."""
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
    """Each name and each piece of it, if it has three characters and more: ``mariorossi``, ``mario``, ``rossi``."""
    pieces = (piece for name in names for piece in (name, *re.split(r"[\W_]+", name)))
    return {word for piece in pieces if len(word := letters_and_digits(piece)) >= 3}


def _is_about(password: str, words: set[str]) -> bool:
    """Whether these words, forwards or backwards, and a date or so are all there is: ``Mario.Rossi.1984``."""
    plain = letters_and_digits(password)
    letters = "".join(character for character in plain if character.isalpha())
    shapes = {plain, letters} if len(plain) - len(letters) <= 8 else {plain}
    words = words | {word[::-1] for word in words}
    return any(shape and _is_made_of(shape, words) for shape in shapes)


def _is_made_of(text: str, words: set[str]) -> bool:
    """Whether words of the set, one after the other, make the text."""
    return _reaches_the_end(text, lambda start: (len(word) for word in words if text.startswith(word, start)))


TRACKS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "!\"·$%&/()=?¿", "!@#$%^&*()_+", "!\"§$%&/()=?",
    "qwertyuiop[]", "asdfghjkl;'", "asdfghjklñ", "asdfghjklòàù", "zxcvbnm,./", "zxcvbnm,.-",
    "qwertzuiopü", "asdfghjklöä", "yxcvbnm,.-", "azertyuiop", "qsdfghjklm", "wxcvbn,;:!",
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/",
    "1qay", "6zhn", "1aqw", "2zsx", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0",
    "789456123", "741852963", "147258369",
)  # fmt: skip
"""What a finger walks along: the alphabet, the digits, and the rows and columns of keyboards (Spanish, English,
Italian, German, French) and of the number pad."""

RUN = 3
"""Signs in a row that make a run."""


@cache
def _runs() -> frozenset[str]:
    """Every piece of every track, of three characters and more, in both directions."""
    return frozenset(
        way[start:end]
        for track in TRACKS
        for way in (track, track[::-1])
        for start in range(len(way))
        for end in range(start + RUN, len(way) + 1)
    )


LONGEST_RUN = max(len(track) for track in TRACKS)


def _is_made_of_runs(password: str) -> bool:
    """Whether runs are all there is: ``abcdefghijklmno``, ``qwertyuiopasdfg``, ``111222333444555``."""
    return _reaches_the_end(password, lambda start: _runs_at(password, start))


def _runs_at(password: str, start: int) -> Iterator[int]:
    """The lengths of the runs that begin here: on a track, or along the code points of any script."""
    longest = min(LONGEST_RUN, len(password) - start)
    yield from (length for length in range(RUN, longest + 1) if password[start : start + length] in _runs())
    characters = [ord(character) for character in password[start : start + LONGEST_RUN]]
    steps = [after - before for before, after in pairwise(characters)]
    for length in range(2, len(steps) + 1):
        if steps[length - 1] != steps[0] or abs(steps[0]) > 1:
            return
        yield length + 1


def _reaches_the_end(text: str, lengths_at: Callable[[int], Iterable[int]]) -> bool:
    """Whether pieces laid end to end cover the text; ``lengths_at`` tells the pieces that fit at a place."""
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
    """One to four characters again and again: ``abcabcabcabcabc``."""
    return any(password == (password[:n] * len(password))[: len(password)] for n in range(1, 5))
