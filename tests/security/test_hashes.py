"""Hashes of other systems, as those systems made them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Callable
from typing import Any

import argon2
import bcrypt
import pytest
from passlib import hash as passlib
from werkzeug.security import generate_password_hash

from flask_acct.security import hashes, passwords
from flask_acct.security.hashes import NotAHash, Work

TYPED = "correct horse battery stáple"
ENCODED = TYPED.encode()
ARGON2 = argon2.PasswordHasher(time_cost=1, memory_cost=512, parallelism=2)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def django_scrypt() -> str:
    made = hashlib.scrypt(ENCODED, salt=b"pepper", n=2**10, r=8, p=5, dklen=64)
    return f"scrypt${2**10}$pepper$8$5${b64(made)}"


def django_pbkdf2(digest: str) -> str:
    return f"pbkdf2_{digest}$1200$pepper${b64(hashlib.pbkdf2_hmac(digest, ENCODED, b'pepper', 1200))}"


def php_bcrypt(typed: bytes = ENCODED, cost: int = 4) -> str:
    return bcrypt.hashpw(typed, bcrypt.gensalt(cost)).decode().replace("$2b$", "$2y$")


def django_bcrypt_sha256() -> str:
    return "bcrypt_sha256$" + bcrypt.hashpw(hashlib.sha256(ENCODED).hexdigest().encode(), bcrypt.gensalt(4)).decode()


def passlib_bcrypt_sha256(version: int) -> str:
    salt = bcrypt.gensalt(4).decode()[7:]
    key = hashlib.sha256(ENCODED).digest() if version == 1 else hmac.digest(salt.encode(), ENCODED, "sha256")
    whole = bcrypt.hashpw(base64.b64encode(key), f"$2b$04${salt}".encode()).decode()
    start = "2b,4" if version == 1 else "v=2,t=2b,r=4"
    return f"$bcrypt-sha256${start}${whole[7:29]}${whole[29:]}"


MADE: dict[str, Callable[[], str]] = {
    "werkzeug scrypt": lambda: generate_password_hash(TYPED),
    "werkzeug pbkdf2": lambda: generate_password_hash(TYPED, "pbkdf2:sha256:1000"),
    "werkzeug pbkdf2 sha1": lambda: generate_password_hash(TYPED, "pbkdf2:sha1:1000"),
    "bcrypt 2b": lambda: bcrypt.hashpw(ENCODED, bcrypt.gensalt(4)).decode(),
    "bcrypt 2a": lambda: bcrypt.hashpw(ENCODED, bcrypt.gensalt(4, prefix=b"2a")).decode(),
    "bcrypt 2y of PHP and WHMCS": php_bcrypt,
    "django pbkdf2_sha256": lambda: django_pbkdf2("sha256"),
    "django pbkdf2_sha1": lambda: django_pbkdf2("sha1"),
    "django argon2": lambda: "argon2" + ARGON2.hash(TYPED),
    "django scrypt": django_scrypt,
    "django bcrypt": lambda: "bcrypt$" + bcrypt.hashpw(ENCODED, bcrypt.gensalt(4)).decode(),
    "django bcrypt_sha256": django_bcrypt_sha256,
    "passlib pbkdf2-sha1": lambda: passlib.pbkdf2_sha1.using(rounds=1000).hash(TYPED),
    "passlib pbkdf2-sha256": lambda: passlib.pbkdf2_sha256.using(rounds=1000).hash(TYPED),
    "passlib pbkdf2-sha512": lambda: passlib.pbkdf2_sha512.using(rounds=1000).hash(TYPED),
    "passlib scrypt": lambda: passlib.scrypt.using(rounds=8).hash(TYPED),
    "passlib bcrypt-sha256, first version": lambda: passlib_bcrypt_sha256(1),
    "passlib bcrypt-sha256": lambda: passlib_bcrypt_sha256(2),
    "crypt $6$": lambda: passlib.sha512_crypt.using(rounds=1000).hash(TYPED),
    "crypt $5$": lambda: passlib.sha256_crypt.using(rounds=1000).hash(TYPED),
    "crypt $6$ without rounds": lambda: passlib.sha512_crypt.using(rounds=5000).hash(TYPED),
    "argon2id": lambda: ARGON2.hash(TYPED),
    "argon2i": lambda: argon2.PasswordHasher(1, 512, 1, type=argon2.Type.I).hash(TYPED),
}


@pytest.fixture(params=MADE)
def stored(request: pytest.FixtureRequest) -> str:
    return MADE[request.param]()


def test_the_password_of_another_system_fits_its_hash(stored: str) -> None:
    assert passwords.verify(TYPED, stored)


@pytest.mark.parametrize("typed", [TYPED + " ", TYPED.upper(), "", "x" * 1024, "a\0b"])
def test_no_other_password_fits_it(stored: str, typed: str) -> None:
    assert not passwords.verify(typed, stored)


DECOMPOSED = unicodedata.normalize("NFD", TYPED)


def test_a_hash_of_ours_with_other_parameters_opens_from_any_keyboard() -> None:
    assert passwords.verify(DECOMPOSED, ARGON2.hash(TYPED))


def test_a_password_that_another_system_hashed_as_it_was_typed_opens_by_that() -> None:
    assert passwords.verify(DECOMPOSED, ARGON2.hash(DECOMPOSED))
    assert passwords.verify(DECOMPOSED, php_bcrypt(DECOMPOSED.encode()))


def test_the_password_of_another_system_is_just_what_was_typed() -> None:
    assert not passwords.verify(DECOMPOSED, php_bcrypt())


def test_the_hash_itself_is_not_the_password(stored: str) -> None:
    assert not passwords.verify(stored, stored)


def test_every_hash_of_another_system_is_to_be_made_anew(stored: str) -> None:
    assert passwords.needs_rehash(stored)


def test_every_hash_looks_like_one(stored: str) -> None:
    assert hashes.is_like_one(stored)


@pytest.mark.parametrize("left", [-3, 10])
def test_a_hash_cut_short_is_refused(stored: str, left: int) -> None:
    if stored[:left].count("argon2") and left == -3:
        pytest.skip("Argon2 knows no length of its own")
    with pytest.raises(NotAHash):
        hashes.read(stored[:left])


@pytest.mark.parametrize("typed", ["k" * 72 + "never looked at", "ñ" * 60])
def test_bcrypt_looks_at_the_first_72_bytes_as_it_always_did(typed: str) -> None:
    assert passwords.verify(typed, php_bcrypt(typed.encode()[:72]))


def test_bits_that_say_nothing_at_the_end_of_a_salt_are_passed_over() -> None:
    stored = php_bcrypt()
    salt = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    odd = salt[salt.index(stored[28]) + 3]
    assert passwords.verify(TYPED, stored[:28] + odd + stored[29:])


SILLY = {
    "bcrypt of cost 31": "$2b$31$" + "A" * 53,
    "bcrypt of cost 16": "$2b$16$" + "A" * 53,
    "bcrypt of cost 3": "$2b$03$" + "A" * 53,
    "bcrypt of cost 31 of Django": "bcrypt_sha256$$2b$31$" + "A" * 53,
    "bcrypt of cost 31 of passlib": "$bcrypt-sha256$v=2,t=2b,r=31$" + "A" * 22 + "$" + "A" * 31,
    "a thousand million rounds of Django": "pbkdf2_sha256$1000000000$pepper$" + b64(bytes(32)),
    "a thousand million rounds of Werkzeug": "pbkdf2:sha256:1000000000$pepper$" + "0" * 64,
    "a thousand million rounds of passlib": "$pbkdf2-sha256$1000000000$AAAA$" + "A" * 43,
    "more rounds than digits can say": "pbkdf2_sha256$" + "9" * 100 + "$pepper$" + b64(bytes(32)),
    "no rounds": "pbkdf2_sha256$0$pepper$" + b64(bytes(32)),
    "scrypt of 4 GB": f"scrypt:{2**22}:8:1$pepper$" + "0" * 128,
    "scrypt of 4 GB of Django": f"scrypt${2**22}$pepper$8$1$" + b64(bytes(64)),
    "scrypt of 4 GB of passlib": "$scrypt$ln=22,r=8,p=1$AAAA$" + "A" * 43,
    "scrypt many times": "scrypt:32768:8:9999$pepper$" + "0" * 128,
    "scrypt of no power of two": "scrypt:32767:8:1$pepper$" + "0" * 128,
    "argon2 of 4 GB": "$argon2id$v=19$m=4194304,t=1,p=1$" + "A" * 22 + "$" + "A" * 43,
    "argon2 many times": "$argon2id$v=19$m=65536,t=9999,p=1$" + "A" * 22 + "$" + "A" * 43,
    "argon2 of many threads": "argon2$argon2id$v=19$m=262144,t=1,p=9999$" + "A" * 22 + "$" + "A" * 43,
    "crypt of many rounds": "$6$rounds=999999999$pepper$" + "A" * 86,
    "crypt of few rounds": "$5$rounds=1$pepper$" + "A" * 43,
}


@pytest.mark.parametrize("silly", SILLY.values(), ids=SILLY)
def test_a_hash_that_would_keep_us_busy_is_refused(silly: str) -> None:
    with pytest.raises(NotAHash, match=r"Leave it|Copy it"):
        hashes.read(silly)


@pytest.mark.parametrize("silly", SILLY.values(), ids=SILLY)
def test_one_that_is_stored_all_the_same_is_not_checked(silly: str) -> None:
    assert not passwords.verify(TYPED, silly)


@pytest.mark.parametrize(
    ("stored", "named"),
    [
        ("md5$pepper$5f4dcc3b5aa765d61d8327deb882cf99", '"md5"'),
        ("$1$pepper$5f4dcc3b5aa765d61d8327", '"1"'),
        ("$P$BabcdefghijklmnopqrstuvwxyzABCD", '"P"'),
        ("$wp$2y$10$abcdefghijklmnopqrstuv", '"wp"'),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "does not say how it was made"),
        ("my old password", "is not a password hash"),
        ("!qPZ3nSm4fakfjk3lkj3lkj3kljfslkjfs", "locked"),
        ("!$6$rounds=5000$abc$def", "locked"),
        ("$2b$10$tooshort", '"2b"'),
        ("$argon2id$v=19$m=1,t=1,p=1$a$b", "parameters|whole"),
        ("x" * 300, "300 characters"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_named(stored: str, named: str) -> None:
    with pytest.raises(NotAHash, match=named):
        hashes.read(stored)


@pytest.mark.parametrize("text", ["correct horse battery staple", "Pa$$w0rd$for$me", "a:b:c:d", "$$$", "", "12345678"])
def test_a_password_does_not_look_like_a_hash(text: str) -> None:
    assert not hashes.is_like_one(text)


@pytest.mark.parametrize(
    "text",
    [
        "5f4dcc3b5aa765d61d8327deb882cf99", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8", "{SSHA}0c0blFTXXNuAMHECS4uxrj3",
        "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "$apr1$abcdefgh$ijklmnopqrstuvwxyz0123",
        "$P$BabcdefghijklmnopqrstuvwxyzABCD", "5f4dcc3b5aa765d61d8327deb882cf99:salt", "sha1$salt$0123456789abcdef0123",
        "$2y$10$cut",
    ],
)  # fmt: skip
def test_hashes_that_are_not_known_look_like_one_as_well(text: str) -> None:
    assert hashes.is_like_one(text)


def shouted(stored: str, password: str) -> bool:
    return stored == f"shout:{password.upper()}"


def test_a_scheme_of_the_hosts_is_checked_by_its_function() -> None:
    with hashes.knowing({"shout": shouted}):
        assert passwords.verify("abc", "shout:ABC")
        assert not passwords.verify("abd", "shout:ABC")
        assert hashes.is_like_one("shout:ABC")


def test_a_function_that_fails_lets_nobody_in_and_tells_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def broken(stored: str, password: str) -> bool:
        raise RuntimeError("no")

    with hashes.knowing({"shout": broken}):
        assert not passwords.verify("abc", "shout:ABC")
    assert "shout" in caplog.text


def test_a_scheme_nobody_knows_any_more_lets_nobody_in(caplog: pytest.LogCaptureFixture) -> None:
    assert not passwords.verify("abc", "shout:ABC")
    assert "Acct(verify=" in caplog.text


# What a try costs.


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What was computed, by libraries that do what they always do."""
    calls: list[tuple[str, int]] = []

    def counted(name: str, real: Any, units: Callable[..., int]) -> Callable[..., Any]:
        def call(*args: Any, **how: Any) -> Any:
            calls.append((name, units(*args, **how)))
            return real(*args, **how)

        return call

    monkeypatch.setattr(bcrypt, "hashpw", counted("bcrypt", bcrypt.hashpw, lambda _, salt: 2 ** int(salt[4:6])))
    monkeypatch.setattr(bcrypt, "checkpw", counted("bcrypt", bcrypt.checkpw, lambda _, salt: 2 ** int(salt[4:6])))
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counted("pbkdf2", hashlib.pbkdf2_hmac, lambda *a: a[3]))
    monkeypatch.setattr(hashlib, "scrypt", counted("scrypt", hashlib.scrypt, lambda *_, n, r, p, **__: n * r * p))
    return calls


def total(calls: list[tuple[str, int]]) -> dict[str, int]:
    return {name: sum(units for called, units in calls if called == name) for name, _ in calls}


def test_a_wrong_password_costs_the_same_whatever_is_stored(spent: list[tuple[str, int]]) -> None:
    pbkdf2, small = MADE["django pbkdf2_sha256"](), MADE["passlib pbkdf2-sha256"]()
    scrypt, little = MADE["django scrypt"](), MADE["passlib scrypt"]()
    bcrypts = [php_bcrypt(cost=cost) for cost in (4, 5, 7)]
    every = [pbkdf2, small, scrypt, little, *bcrypts]
    work = hashes.costliest(every)
    found = {}
    for stored in (None, passwords.hashed(TYPED), *every):
        spent.clear()
        assert not passwords.verify("wrong", stored, work=work)
        found[stored] = total(spent)
    assert list(found.values()) == [{"bcrypt": 128, "pbkdf2": 1200, "scrypt": 40960}] * len(found)


def test_the_right_password_of_a_hash_of_ours_costs_nothing_of_theirs(spent: list[tuple[str, int]]) -> None:
    stored = passwords.hashed(TYPED)
    assert passwords.verify(TYPED, stored, work=[Work("bcrypt", 128)])
    assert spent == []


def test_a_scheme_of_the_hosts_is_asked_once_whoever_signs_in() -> None:
    asked: list[str] = []

    def count(stored: str, _password: str) -> bool:
        asked.append(stored)
        return False

    with hashes.knowing({"shout": count}):
        work = hashes.costliest(["shout:ABC"])
        for stored in (None, passwords.hashed(TYPED), "shout:ABC"):
            asked.clear()
            assert not passwords.verify("wrong", stored, work=work)
            assert len(asked) == 1


def test_what_a_try_costs_is_told_by_nobodys_hash() -> None:
    with hashes.knowing({"shout": shouted}):
        [work] = hashes.costliest(["shout:0123456789abcdef0123456789abcdef"])
    assert work.decoy is not None
    assert work.decoy.startswith("shout:")
    assert work.decoy != "shout:0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("name", ["", "two words", "a$b", "a:b", "x" * 21])
def test_a_scheme_needs_a_name_that_a_hash_can_begin_with(name: str) -> None:
    with pytest.raises(hashes.AcctError, match="before the first"):
        hashes.raise_unless_names_fit({name: shouted})


@pytest.mark.parametrize("name", ["bcrypt", "scrypt", "2y"])
def test_a_scheme_that_is_known_is_not_given_again(name: str) -> None:
    with pytest.raises(hashes.AcctError, match="known already"):
        hashes.raise_unless_names_fit({name: shouted})
