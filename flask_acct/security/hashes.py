"""Password hashes that other systems made: which kind they are, whether a password fits, and what checking costs.

Known are the formats of Werkzeug, Django and passlib, bcrypt, Argon2 and ``crypt``. PBKDF2 and scrypt are checked by
``hashlib``, Argon2 by argon2-cffi, and only where such a hash is stored, bcrypt by bcrypt and ``$5$`` and ``$6$`` by
libpass, which the extra ``flask_acct[hashes]`` installs. The host can add others: ``Acct(verify={"myscheme":
function})``.

Each hash belongs to a family, within which work can be added up: after a cheaper check, the rest of a dearer one can be
done. So the time tells nobody which hash a user has, or whether there is one at all (see ``Work``).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import inspect
import logging
import re
import secrets
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.util import find_spec
from typing import NamedTuple

import argon2.low_level
from argon2 import Parameters, PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from ..errors import AcctError

log = logging.getLogger("flask_acct")

LONGEST = 255
"""Most characters of a hash that can be stored."""

MOST_MEMORY = 256 * 2**20
"""Most bytes of memory that one check may take."""

INSTALL = 'Run: pip install "flask_acct[hashes]"'

Verifier = Callable[[str, str], bool]
"""Given a hash and a typed text, whether that is the password. ``Acct(verify={"myscheme": function})``."""

Verifiers = Mapping[str, Verifier]
"""By what stands before the first ``$`` or ``:`` of their hashes, not counting a ``$`` at the very beginning."""


class NotAHash(AcctError):
    """The text given as a password hash cannot be stored as one.

    Args:
        what: Completes "It …": ``is of the scheme "md5", which is not known``.
        fix: What to do about it, a sentence.
    """

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(f"The password hash {what}. {fix}")
        self.what = what
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Hash:
    """A parsed hash."""

    family: str
    """Hashes of one family differ only in how often the same step is repeated: ``bcrypt``."""
    units: int
    """How often: for bcrypt 2 to the power of its cost, for PBKDF2 its iterations."""
    fits: Callable[[str], bool]
    """Whether a password fits the hash."""


class Work(NamedTuple):
    """The most expensive stored hash of a family. Every failed sign-in costs as much."""

    family: str
    units: int
    decoy: str | None = None
    """A hash that no password fits, for a scheme of the host's, whose cost is unknown."""


_own: ContextVar[Verifiers] = ContextVar("flask_acct_verifiers", default={})  # noqa: B039


@contextmanager
def knowing(verifiers: Verifiers) -> Iterator[None]:
    """The host's own schemes are known inside this context."""
    token = _own.set(verifiers)
    try:
        yield
    finally:
        _own.reset(token)


def raise_unless_names_fit(verifiers: Verifiers) -> None:
    """Raise ``AcctError`` unless each name can begin a hash and is not one of our own schemes."""
    for name, verifier in verifiers.items():
        if inspect.iscoroutinefunction(verifier):
            raise AcctError(f'Acct(verify={{"{name}": …}}): the function is a coroutine. Write def, not async def.')
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,20}", name):
            raise AcctError(
                f'Acct(verify={{"{name}": …}}): name what stands before the first $ or : of the hashes, 20 letters, '
                "digits and - _ . at most."
            )
        if name in SCHEMES:
            raise AcctError(f'Acct(verify={{"{name}": …}}): this scheme is known already. Leave it out.')


def read(stored: str) -> Hash:
    """Return the parsed hash. Raises ``NotAHash`` if it is unknown or malformed, or costs too much to check.

    Sample: ``read("$2y$10$…").units`` is 1024.
    """
    if len(stored) > LONGEST:
        raise NotAHash(f"is {len(stored)} characters long", f"{LONGEST} are allowed.")
    own = _own.get().get(_prefix(stored))
    if own is not None:
        return _of_host(stored, own)
    for pattern, understand in _KNOWN:
        found = re.fullmatch(pattern, stored)
        if found:
            return _within_bounds(understand(found))
    raise _unknown(stored)


def fits(stored: str, password: str) -> bool:
    """Whether the password fits the hash. A hash that cannot be checked fits no password, and the log says why."""
    try:
        return read(stored).fits(password)
    except NotAHash as error:
        log.warning("a stored hash cannot be checked: it %s. %s", error.what, error.fix)
    except ValueError:
        log.warning("a stored hash of the scheme %s cannot be checked", _prefix(stored))
    return False


def do_work(work: Work, password: str, *, done: int = 0) -> None:
    """The rest of the work of checking the family's most expensive hash was done; ``done`` units were done before."""
    rest = work.units - done
    if rest <= 0:
        return
    if work.decoy is not None:
        own = _own.get().get(work.family.removeprefix("host:"))
        if own is not None:
            _verified_by_host(own, work.decoy, password)
        return
    if package := missing_package(work.family):
        # The answer stays the same: for a user with such a hash and for an unknown one.
        log.error("stored hashes of %s cannot be checked: %s is not installed. %s", work.family, package, INSTALL)
        return
    _SPENDING[work.family.partition("-")[0]](work.family, rest, password)


def costliest(stored: Iterable[str]) -> list[Work]:
    """Return the most expensive hash of each family, without our own and unknown ones."""
    found: dict[str, Work] = {}
    for one in stored:
        try:
            hash_ = read(one)
        except NotAHash:
            continue
        if hash_.family not in found or hash_.units > found[hash_.family].units:
            decoy = decoy_of(one) if hash_.family.startswith("host:") else None
            found[hash_.family] = Work(hash_.family, hash_.units, decoy)
    return list(found.values())


def decoy_of(stored: str) -> str:
    """Return a hash of the same shape that no password fits: its last part is random."""
    start = max(stored.rfind("$"), stored.rfind(":")) + 1
    return stored[:start] + "".join(map(_another, stored[start:]))


def is_like_one(text: str) -> bool:
    """Whether a text looks like a hash. As a password, it would be what a leaked table says."""
    return _prefix(text) in {*_own.get(), *SCHEMES} or any(re.fullmatch(shape, text) for shape in _SHAPES)


def _another(character: str) -> str:
    for alphabet in ("0123456789abcdef", "0123456789ABCDEF", string.ascii_letters):
        if character in alphabet:
            return secrets.choice(alphabet)
    return character


def _prefix(stored: str) -> str:
    """Return what stands before the first ``$`` or ``:``."""
    found = re.match(r"\$?([A-Za-z0-9_.-]+)[$:]", stored)
    return found[1] if found else ""


def _of_host(stored: str, own: Verifier) -> Hash:
    return Hash(f"host:{_prefix(stored)}", 1, lambda password: _verified_by_host(own, stored, password))


def _verified_by_host(own: Verifier, stored: str, password: str) -> bool:
    """Whether the host's function accepts the password. An error in it counts as no, so that it reveals no user."""
    try:
        answer = own(stored, password)
    except Exception:
        log.exception("Acct(verify=…): the function for %s failed", _prefix(stored))
        return False
    if inspect.isawaitable(answer):
        # A coroutine is true as any object is, whatever its result would be.
        log.error("Acct(verify=…): the function for %s gives a coroutine. Write def, not async def.", _prefix(stored))
        return False
    return bool(answer)


# Bounds.


@dataclass(frozen=True, slots=True)
class Bound:
    """The limits of what one check of a family may cost."""

    least: int
    most: int
    in_words: Callable[[int], str]
    """The cost of a hash in words: ``has 31 rounds``."""


def _times(what: str) -> Callable[[int], str]:
    return lambda units: f"takes {units:,} {what}"


BOUNDS = {
    "pbkdf2": Bound(1, 5_000_000, _times("iterations")),
    "bcrypt": Bound(2**4, 2**15, lambda units: f"has the cost {units.bit_length() - 1}"),
    "scrypt": Bound(2, 2**22, _times("blocks (N x r x p)")),
    "argon2": Bound(8, 4 * 2**20, _times("KiB (memory x passes)")),
    "sha512crypt": Bound(1000, 1_000_000, _times("rounds")),
    "sha256crypt": Bound(1000, 1_000_000, _times("rounds")),
}
"""A more expensive hash would let anybody keep the server busy."""


def _within_bounds(found: Hash) -> Hash:
    bound = BOUNDS[found.family.partition("-")[0]]
    if not bound.least <= found.units <= bound.most:
        what = f"{bound.in_words(found.units)}, and {bound.least:,} to {bound.most:,} are checked"
        if found.family == "bcrypt":
            what = f"{bound.in_words(found.units)}, and costs from 4 to 15 are checked"
        raise NotAHash(what, "Leave it out: the user can set a password by mail.")
    return found


def _raise_if_too_large(needed: int) -> None:
    if needed > MOST_MEMORY:
        what = f"takes {needed // 2**20:,} MiB to check, and {MOST_MEMORY // 2**20} are allowed"
        raise NotAHash(what, "Leave it out: the user can set a password by mail.")


_LIBRARIES = {"bcrypt": "bcrypt", "sha256crypt": "passlib", "sha512crypt": "passlib"}
"""The module that checks a family, where neither Python nor argon2-cffi can."""


def missing_package(family: str) -> str | None:
    """Return the package to install before a hash of this family can be checked; ``None`` if nothing is missing."""
    module = _LIBRARIES.get(family)
    if module is None or find_spec(module) is not None:
        return None
    return {"passlib": "libpass"}.get(module, module)


def _needs_library_of(family: str) -> None:
    if package := missing_package(family):
        raise NotAHash(f"needs {package}, which is not installed", INSTALL)


# The format of each scheme.

Understood = Callable[["re.Match[str]"], Hash]


def _pbkdf2(digest: str, rounds: str, salt: bytes, expected: bytes) -> Hash:
    if len(expected) != hashlib.new(digest).digest_size:
        raise NotAHash("is cut short or too long", "Copy it whole.")

    def fits(password: str) -> bool:
        made = hashlib.pbkdf2_hmac(digest, password.encode(), salt, int(rounds), len(expected))
        return hmac.compare_digest(made, expected)

    return Hash(f"pbkdf2-{digest}", _number(rounds), fits)


def _scrypt(n: int, r: int, p: int, salt: bytes, expected: bytes, length: int = 64) -> Hash:
    if len(expected) != length:
        raise NotAHash("is cut short or too long", "Copy it whole.")
    if n < 2 or n & (n - 1) or not (r and p):
        raise NotAHash("has parameters that scrypt does not", "Copy it whole.")
    _raise_if_too_large(128 * n * r)
    _raise_if_too_large(128 * r * p)

    def fits(password: str) -> bool:
        made = _scrypted(password, salt, n, r, p, length)
        return hmac.compare_digest(made, expected)

    return Hash("scrypt", n * r * p, fits)


def _scrypted(password: str, salt: bytes, n: int, r: int, p: int, length: int = 64) -> bytes:
    room = 132 * n * r * p + 2**20
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=room, dklen=length)


def _bcrypt(stored: str, prepare: Callable[[str], bytes] = str.encode) -> Hash:
    _needs_library_of("bcrypt")
    cost, stored = int(stored[4:6]), _trimmed(stored)

    def fits(password: str) -> bool:
        import bcrypt

        typed = prepare(password)
        # No bcrypt has ever read beyond a zero byte or the 72nd byte; this library refuses such passwords.
        return b"\0" not in typed and bcrypt.checkpw(typed[:72], stored.encode())

    return Hash("bcrypt", 2**cost, fits)


_CRYPT64_ALPHABET = "./" + string.ascii_uppercase + string.ascii_lowercase + string.digits


def _trimmed(stored: str) -> str:
    """Return the bcrypt hash without the unused bits at the end of its salt and digest, which some libraries set."""

    def trim(character: str, mask: int) -> str:
        return _CRYPT64_ALPHABET[_CRYPT64_ALPHABET.index(character) & mask]

    return stored[:28] + trim(stored[28], 0b110000) + stored[29:-1] + trim(stored[-1], 0b111100)


def _django_bcrypt_sha256(found: re.Match[str]) -> Hash:
    return _bcrypt(found[1], lambda password: hashlib.sha256(password.encode()).hexdigest().encode())


def _passlib_bcrypt_sha256(found: re.Match[str]) -> Hash:
    salt = found["salt"].encode()

    def prepare(password: str) -> bytes:
        if found["v2"]:
            return base64.b64encode(hmac.digest(salt, password.encode(), "sha256"))
        return base64.b64encode(hashlib.sha256(password.encode()).digest())

    return _bcrypt(f"${found['kind']}${int(found['cost']):02}${found['salt']}{found['digest']}", prepare)


def _argon2(stored: str) -> Hash:
    try:
        cost = extract_parameters(stored)
    except InvalidHashError:
        raise NotAHash("is not whole", "Copy it whole.") from None
    _raise_if_too_large(cost.memory_cost * 1024)
    if cost.parallelism > 64 or cost.memory_cost < 8 * cost.parallelism:
        raise NotAHash("has parameters that Argon2 does not", "Copy it whole.")

    def fits(password: str) -> bool:
        try:
            return PasswordHasher().verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    return Hash("argon2", _argon2_units(cost), fits)


def _argon2_units(cost: Parameters) -> int:
    return cost.memory_cost * cost.time_cost


def _sha_crypt(found: re.Match[str]) -> Hash:
    family = {"5": "sha256crypt", "6": "sha512crypt"}[found["kind"]]
    _needs_library_of(family)
    # Without a number of rounds, 5,000 are meant.
    rounds = _number(found["rounds"] or "5000")

    def fits(password: str) -> bool:
        if "\0" in password:
            return False
        from passlib import hash as schemes

        scheme = schemes.sha256_crypt if found["kind"] == "5" else schemes.sha512_crypt
        return bool(scheme.verify(password, found[0]))

    return Hash(family, rounds, fits)


def _number(digits: str) -> int:
    """Return the number that the digits write; one beyond every bound if there are too many digits."""
    return int(digits) if len(digits) <= 12 else 10**12


def _base64(text: str) -> bytes:
    """Return the decoded bytes, with or without padding, also of passlib's alphabet, which has ``.`` for ``+``."""
    text = text.rstrip("=").replace(".", "+")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise NotAHash("is not whole", "Copy it whole.") from None


_B64 = "[A-Za-z0-9+/]+={0,2}"
_CRYPT64 = "[./A-Za-z0-9]"
_BCRYPT = rf"\$2[aby]\$[0-9]{{2}}\${_CRYPT64}{{53}}"
_ARGON2 = r"\$argon2(?:id|i|d)\$v=19\$m=[0-9]{1,9},t=[0-9]{1,9},p=[0-9]{1,5}\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+"

_KNOWN: tuple[tuple[str, Understood], ...] = (
    # Werkzeug.
    (
        r"scrypt:([0-9]{1,9}):([0-9]{1,5}):([0-9]{1,5})\$([^$]+)\$([0-9a-f]+)",
        lambda m: _scrypt(int(m[1]), int(m[2]), int(m[3]), m[4].encode(), _hex(m[5])),
    ),
    (
        r"pbkdf2:(sha1|sha224|sha256|sha384|sha512):([0-9]+)\$([^$]+)\$([0-9a-f]+)",
        lambda m: _pbkdf2(m[1], m[2], m[3].encode(), _hex(m[4])),
    ),
    # bcrypt as PHP, WHMCS, Laravel, Ruby and most others write it; Django and passlib put a name before it.
    (_BCRYPT, lambda m: _bcrypt(m[0])),
    (rf"bcrypt\$({_BCRYPT})", lambda m: _bcrypt(m[1])),
    (rf"bcrypt_sha256\$({_BCRYPT})", _django_bcrypt_sha256),
    (
        rf"\$bcrypt-sha256\$(?:(?P<v2>v=2,t=)|)(?P<kind>2[ab]),(?:r=)?(?P<cost>[0-9]{{1,2}})"
        rf"\$(?P<salt>{_CRYPT64}{{22}})\$(?P<digest>{_CRYPT64}{{31}})",
        _passlib_bcrypt_sha256,
    ),
    # Django.
    (
        rf"pbkdf2_(sha256|sha1)\$([0-9]+)\$([^$]+)\$({_B64})",
        lambda m: _pbkdf2(m[1], m[2], m[3].encode(), _base64(m[4])),
    ),
    (
        rf"scrypt\$([0-9]{{1,9}})\$([^$]+)\$([0-9]{{1,5}})\$([0-9]{{1,5}})\$({_B64})",
        lambda m: _scrypt(int(m[1]), int(m[3]), int(m[4]), m[2].encode(), _base64(m[5])),
    ),
    (rf"argon2({_ARGON2})", lambda m: _argon2(m[1])),
    # passlib.
    (
        rf"\$pbkdf2(?:-(sha256|sha512))?\$([0-9]+)\$({_CRYPT64}*)\$({_CRYPT64}+)",
        lambda m: _pbkdf2(m[1] or "sha1", m[2], _base64(m[3]), _base64(m[4])),
    ),
    (
        rf"\$scrypt\$ln=([0-9]{{1,2}}),r=([0-9]{{1,5}}),p=([0-9]{{1,5}})\$({_B64}|)\$({_B64})",
        lambda m: _scrypt(2 ** int(m[1]), int(m[2]), int(m[3]), _base64(m[4]), _base64(m[5]), 32),
    ),
    # Of several systems.
    (_ARGON2, lambda m: _argon2(m[0])),
    (
        rf"\$(?P<kind>5)\$(?:rounds=(?P<rounds>[0-9]+)\$)?{_CRYPT64}{{0,16}}\${_CRYPT64}{{43}}",
        _sha_crypt,
    ),
    (
        rf"\$(?P<kind>6)\$(?:rounds=(?P<rounds>[0-9]+)\$)?{_CRYPT64}{{0,16}}\${_CRYPT64}{{86}}",
        _sha_crypt,
    ),
)
"""The pattern of each hash, and how it is understood. ``re`` compiles one when the first is read."""


def _hex(text: str) -> bytes:
    if len(text) % 2:
        raise NotAHash("is not whole", "Copy it whole.")
    return bytes.fromhex(text)


SCHEMES = frozenset(
    {
        "scrypt", "pbkdf2", "pbkdf2_sha256", "pbkdf2_sha1", "pbkdf2-sha256", "pbkdf2-sha512", "bcrypt", "bcrypt_sha256",
        "bcrypt-sha256", "2a", "2b", "2y", "argon2", "argon2id", "argon2i", "argon2d", "5", "6",
    }
)  # fmt: skip
"""What known hashes begin with."""

_SHAPES = (
    r"\$[A-Za-z0-9_.-]{1,20}\$\S{8,}",  # What crypt writes, in any scheme: $1$, $apr1$, $P$, $wp$, $y$.
    r"\$[PHS]\$?[./A-Za-z0-9]{20,}",  # phpass and Drupal.
    r"[a-z0-9_]{3,20}\$[^$\s]*\$\S{16,}",  # Django's and Werkzeug's old ones: md5$salt$…, sha1$salt$….
    r"\{[A-Z0-9.-]{3,12}\}\S{8,}",  # LDAP: {SSHA}….
    r"(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})",
    r"[0-9a-fA-F]{32,128}:\S+",  # With its salt.
    r"\*[0-9A-F]{40}",  # MySQL.
    r"SCRAM-SHA-256\$\S+",  # PostgreSQL.
)


def _unknown(stored: str) -> NotAHash:
    """Return the error for a hash that cannot be checked. It quotes nothing of the hash but the name of its scheme."""
    if stored[:1] in {"!", "*"} and len(stored) < LONGEST:
        return NotAHash("opens nothing: its account is locked", "Leave it empty: the user can set a password by mail.")
    name = _prefix(stored)
    if name in SCHEMES:
        return NotAHash(f'is of the scheme "{name}", but not whole or written in another way', "Copy it whole.")
    by_hand = 'Leave it out, or check it by a function of yours: Acct(verify={"name": function}).'
    if name and len(name) <= 20:
        return NotAHash(f'is of the scheme "{name}", which is not known', by_hand.replace("name", name, 1))
    if any(re.fullmatch(shape, stored) for shape in _SHAPES):
        return NotAHash("does not say how it was made", f"Write a name and $ before it. {by_hand}")
    return NotAHash("is not a password hash", "Put passwords into the column password.")


# Work done only to take time.


def _powers(units: int, least: int, most: int) -> Iterator[int]:
    """Yield powers of two, from the least to the most, that add up to the units, without a rest below the least."""
    while units >= least:
        piece = min(1 << (units.bit_length() - 1), most)
        yield piece
        units -= piece


def _spend_bcrypt(_family: str, units: int, password: str) -> None:
    import bcrypt

    for piece in _powers(units, 2**4, 2**15):
        salt = f"$2b${piece.bit_length() - 1:02}${'A' * 21}.".encode()
        bcrypt.hashpw(password.encode().replace(b"\0", b"")[:72], salt)


def _spend_pbkdf2(family: str, units: int, password: str) -> None:
    hashlib.pbkdf2_hmac(family.partition("-")[2], password.encode(), bytes(16), units)


def _spend_scrypt(_family: str, units: int, password: str) -> None:
    for piece in _powers(units // 8, 2, 2**15):
        _scrypted(password, bytes(16), piece, 8, 1)


def _spend_argon2(_family: str, units: int, password: str) -> None:
    memory = min(units, 102_400)
    argon2.low_level.hash_secret_raw(
        password.encode(),
        bytes(16),
        time_cost=max(1, units // memory),
        memory_cost=max(8, memory),
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    )


def _spend_sha_crypt(family: str, units: int, password: str) -> None:
    if units < 1000:
        return
    from passlib import hash as schemes

    scheme = schemes.sha256_crypt if family == "sha256crypt" else schemes.sha512_crypt
    scheme.using(rounds=units, salt="nobody").hash(password.replace("\0", ""))


_SPENDING: Mapping[str, Callable[[str, int, str], None]] = {
    "bcrypt": _spend_bcrypt,
    "pbkdf2": _spend_pbkdf2,
    "scrypt": _spend_scrypt,
    "argon2": _spend_argon2,
    "sha256crypt": _spend_sha_crypt,
    "sha512crypt": _spend_sha_crypt,
}
