"""What may be a password, and what a stored one is worth."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from importlib import resources
from statistics import median

import pytest
from argon2.exceptions import HashingError
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_acct.config import Config, parse
from flask_acct.db.models import User
from flask_acct.security import passwords
from flask_acct.security.passwords import Weakness, weakness

from ..scopes import NOON

pytestmark = pytest.mark.usefixtures("costly_hashes")


def mario() -> User:
    return User(username="m00042", email="mario.rossi@posta.example", first_name="Mario", last_name="Rossi")


def judged(password: str, config: Config | None = None) -> Weakness | None:
    return weakness(password, config or Config(), user=mario())


EIGHT = parse("[password]\nmin_length = 8\n")


@pytest.mark.parametrize(
    "password",
    [
        "a cat walks at noon",
        "seven green lamps",
        "password is my dog",
        "tres lámparas verdes",
        "il gatto dorme a mezzogiorno",
        "鯨が静かに月の上を歩いている夜に",
        "🐸🐸 jumps over 🐳 at 5",
        "ana 4837 2983 1029 3847",
        "mario climbs the blue stairs",
        "k9%dZ1-qWv0;xLm7",
        "83927 1736 28471 9",
        "¡¿…«»—·¶§†‡•‰※¤",
    ],
)
def test_a_phrase_of_ones_own_is_welcome(password: str) -> None:
    assert judged(password) is None


def test_fourteen_signs_are_too_few_and_fifteen_are_not() -> None:
    assert judged("seven red lamp") == "too_short"
    assert judged("seven red lamps") is None


def test_the_configuration_says_how_few_are_too_few() -> None:
    assert judged("kfiw2 vq", EIGHT) is None


def test_signs_are_counted_after_nfc() -> None:
    decomposed = "e\N{COMBINING ACUTE ACCENT}" * 7 + "vxq"
    assert len(decomposed) == 17
    assert judged(decomposed) == "too_short"


def test_more_than_1024_signs_are_refused_and_1024_are_not() -> None:
    long = "".join(chr(0x4E00 + 7 * number % 977) for number in range(1025))
    assert judged(long) == "too_long"
    assert judged(long[:1024]) is None


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "To be, or not to be",
        "Contraseña segura!",
        "CONTRASENA SEGURA",
        "la mia password segreta",
        "te amo mi vida ",
        "fratelli d'Italia",
        "supercalifragilisticexpialidocious",
        "unodostrescuatrocinco",
    ],
)
def test_a_common_phrase_is_too_common_however_it_is_written(password: str) -> None:
    assert judged(password) == "too_common"


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "monkeymonkeymonkey",
        "p@ssw0rdp@ssw0rd",
        "drowssapdrowssap",
        "password1234567",
        "2024!contraseña2024",
        "elpats yrettab esroh tcerroc",
    ],
)
def test_a_common_word_doubled_disguised_dressed_or_reversed_is_too_common(password: str) -> None:
    assert judged(password) == "too_common"


def test_a_common_password_of_eight_signs_is_too_common_where_eight_are_enough() -> None:
    assert judged("password", EIGHT) == "too_common"
    assert judged("trustno1", EIGHT) == "too_common"


def test_a_common_word_with_a_number_nobody_guesses_is_welcome() -> None:
    assert judged("monkey 8364 1957 20") is None


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaa",
        "abababababababa",
        "abcdabcdabcdabc",
        "...............",
        "111222333444555",
    ],
)
def test_a_repetition_is_refused(password: str) -> None:
    assert judged(password) == "repeats"


@pytest.mark.parametrize(
    "password", ["abcdefghijklmnop", "ponmlkjihgfedcba", "012345678901234", "987654321098765", "абвгдежзийклмноп"]
)
def test_a_sequence_is_refused_in_any_script_and_either_direction(password: str) -> None:
    assert judged(password) == "repeats"


@pytest.mark.parametrize(
    "password",
    [
        "qwertyuiopasdfgh",
        "QWERTYUIOPASDFGH",
        "poiuytrewqlkjhgf",
        "asdfghjklñqwertyuiop",
        "qwertzuiopasdfgh",
        "azertyuiopqsdfgh",
        "1qaz2wsx3edc4rfv",
        "zaq1xsw2cde3vfr4",
        "1q2w3e4r5t6y7u8i",
        "123qweasdzxc456rty",
        '!"·$%&/()=qwerty',
    ],
)
def test_a_walk_along_a_keyboard_is_refused(password: str) -> None:
    assert judged(password) == "repeats"


@pytest.mark.parametrize(
    "password",
    [
        "Mario.Rossi.1984",
        "mariorossimariorossi",
        "issoroirammario",
        "m00042m00042m00042",
        "mario.rossi@posta.example"[:17],
        "Rossi Mario 12/03/1984",
    ],
)
def test_a_password_made_of_the_users_own_names_is_refused(password: str) -> None:
    assert judged(password) == "about_you"


@pytest.mark.parametrize("name", ["username", "email", "domain", "first_name", "last_name"])
@pytest.mark.parametrize("word", ["quintanilla", "eva"])
def test_each_name_of_the_user_is_one_a_password_is_not_made_of(name: str, word: str) -> None:
    names = {"username": "u", "email": "m@n", "first_name": "", "last_name": ""}
    if name in ("email", "domain"):
        names["email"] = f"{word}@n" if name == "email" else f"m@{word}"
    else:
        names[name] = word
    password = f"{word}.1984.{word}, {word[::-1]}! {word}"
    assert weakness(password, EIGHT, user=User(**names)) == "about_you"


def test_two_letters_of_a_name_are_none() -> None:
    nobody = User(username="u", email="m@n", first_name="Jo", last_name="Li")
    assert weakness("jolijolijo-lijo-jo", Config(), user=nobody) is None


@pytest.mark.parametrize(("password", "bare"), [
    ("clave123456!", "clave"), ("!clave?", "clave"), ("123clave", "clave"), ("clave8392", "clave"),
    ("clave83927", "clave83927"), ("83927clave", "83927clave"), ("clave!123456", "clave!123456"), ("83927", "83927"),
])  # fmt: skip
def test_a_few_digits_or_a_run_around_a_word_are_no_part_of_it(password: str, bare: str) -> None:
    assert passwords._without_ends(password) == bare


@pytest.mark.parametrize(("password", "says"), [
    ("mario.rossi 48372983", "about_you"), ("mario.rossi 483729831", None), ("zbkqtzbkqtzbkqt", None),
    ("zbkqzbkqzbkqzbkq", "repeats"), ("acegikmoqsuwyac", None),
    ("abxcdyefzghqijw", None),
])  # fmt: skip
def test_the_judgement_changes_where_it_says(password: str, says: Weakness | None) -> None:
    assert judged(password) == says


def test_pieces_of_changing_step_are_no_run() -> None:
    assert judged("aabkklddefrrsmmn") is None


def test_a_password_made_of_the_sites_name_is_refused() -> None:
    config = parse('[site]\nname = "Brisalta Hosting"\n')
    assert judged("brisalta-hosting", config) == "about_you"
    assert judged("Hosting Brisalta 2026", config) == "about_you"


def test_a_password_made_of_a_platforms_name_is_refused() -> None:
    config = parse('[platforms.shop]\nname = "Quimbaya Tienda"\n')
    assert judged("quimbaya-tienda", config) == "about_you"
    assert judged("quimbaya-tienda") is None


def test_a_user_without_names_may_have_any_phrase() -> None:
    nobody = User(username="m1", email="x@y.example", first_name="", last_name="")
    assert weakness("seven green lamps", Config(), user=nobody) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_judged(password: str) -> None:
    assert judged(password, EIGHT) in {None, "too_short", "too_common", "about_you", "repeats"}


@pytest.mark.parametrize("password", ["seven green lamps", "qwertyuiopasdfgh", "Mario.Rossi.1984", "k9%d z" * 20])
def test_judging_takes_less_than_two_milliseconds(password: str) -> None:
    judged(password)
    user, config = mario(), Config()
    times = []
    for _ in range(15):
        begun = time.thread_time()
        weakness(password, config, user=user)
        times.append(time.thread_time() - begun)
    assert median(times) < 0.002


def test_judging_the_longest_password_takes_less_than_a_hash() -> None:
    begun = time.thread_time()
    judged("a" * 1000 + "b")
    assert time.thread_time() - begun < 0.25


def test_the_list_is_small_plain_and_names_its_licences() -> None:
    text = (resources.files("flask_acct.security") / "common_passwords.txt").read_text("utf-8")
    entries = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(text.encode()) < 300_000
    assert entries == sorted(set(entries))
    assert [entry for entry in entries if not entry.isalnum() or entry != entry.casefold()] == []
    assert "Django Software Foundation" in text
    assert "Permission is hereby granted" in text


def test_only_the_password_itself_opens() -> None:
    hash_ = passwords.hashed("seven green lamps")
    assert passwords.verify("seven green lamps", hash_)
    assert not passwords.verify("seven green lamp", hash_)
    assert not passwords.verify("Seven green lamps", hash_)
    assert not passwords.verify("seven green lamps ", hash_)


def test_the_same_letters_from_another_keyboard_open() -> None:
    assert passwords.verify("lámparas verdes", passwords.hashed("la\N{COMBINING ACUTE ACCENT}mparas verdes"))


def test_nobody_and_a_broken_hash_are_never_opened() -> None:
    assert not passwords.verify("a password nobody has", None)
    assert not passwords.verify("anything at all", "not a hash")


def test_a_hash_of_weaker_parameters_is_made_anew() -> None:
    weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$ONsNYTyZ5BJqtA3bCdXfqQ"
    assert passwords.needs_rehash(weak)
    assert not passwords.needs_rehash(passwords.hashed("seven green lamps"))


TWENTY_DAYS = parse("[password]\nmax_age_days = 20\n")


@pytest.mark.parametrize(
    ("age", "expired"), [(timedelta(days=20) - timedelta(seconds=1), False), (timedelta(days=20), True)]
)
def test_a_password_ends_after_the_days_configured(age: timedelta, expired: bool) -> None:
    user = mario()
    user.password_changed_at = NOON - age
    assert passwords.is_expired(user, TWENTY_DAYS, NOON) is expired


def test_a_password_never_ends_unless_configured() -> None:
    user = mario()
    user.password_changed_at = NOON - timedelta(days=4000)
    assert passwords.expires_at(user, Config()) is None
    assert not passwords.is_expired(user, Config(), NOON)


def test_a_user_without_a_password_has_none_to_end() -> None:
    assert passwords.expires_at(mario(), TWENTY_DAYS) is None


class Holder(threading.Thread):
    """Holds a slot until told to let go."""

    def __init__(self, at_once: int) -> None:
        super().__init__(daemon=True)
        self.at_once, self.has_it, self.may_go = at_once, threading.Event(), threading.Event()

    def run(self) -> None:
        with passwords.bounded(self.at_once), passwords.slot():
            self.has_it.set()
            self.may_go.wait(30)


@contextmanager
def held(number: int, at_once: int) -> Iterator[list[Holder]]:
    holders = [Holder(at_once) for _ in range(number)]
    for holder in holders:
        holder.start()
        assert holder.has_it.wait(30)
    try:
        yield holders
    finally:
        for holder in holders:
            holder.may_go.set()
            holder.join(30)


def test_no_more_are_hashed_at_once_than_may_be() -> None:
    with held(2, 2), passwords.bounded(2), pytest.raises(passwords.Busy):
        passwords.hashed("a kettle for the seven swans")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment that somebody waits for a slot is so long that none passes unnoticed on a busy machine."""
    monkeypatch.setattr(passwords, "SLOT_WAIT_SECONDS", 30)


@pytest.mark.usefixtures("patient")
def test_somebody_who_waits_a_moment_gets_the_next_slot() -> None:
    with held(1, 1) as (holder,):
        threading.Timer(0.1, holder.may_go.set).start()
        with passwords.bounded(1):
            assert passwords.hashed("a kettle for the seven swans")


@pytest.mark.usefixtures("patient")
def test_as_many_may_wait_as_may_hash_and_the_next_is_told_at_once() -> None:
    with held(1, 1) as (holder,):
        waiting = threading.Thread(target=lambda: taken.append(slot_taken()))
        taken: list[bool] = []
        waiting.start()
        while not passwords._slots.waiting:
            time.sleep(0.001)
        began = time.monotonic()
        assert not slot_taken()
        assert time.monotonic() - began < passwords.SLOT_WAIT_SECONDS / 2
        holder.may_go.set()
        waiting.join(30)
        assert taken == [True]


@pytest.mark.usefixtures("patient")
def test_as_many_wait_as_may_and_each_of_them_gets_a_slot() -> None:
    taken: list[bool] = []
    with held(2, 2) as holders:
        waiting = [threading.Thread(target=lambda: taken.append(slot_taken(2))) for _ in range(2)]
        for number, thread in enumerate(waiting, 1):
            thread.start()
            while passwords._slots.waiting < number:
                time.sleep(0.001)
        began = time.monotonic()
        assert not slot_taken(2)
        assert time.monotonic() - began < passwords.SLOT_WAIT_SECONDS / 2
        holders[0].may_go.set()
        for thread in waiting:
            thread.join(30)
    assert taken == [True, True]
    assert passwords._slots.taken == 0
    assert passwords._slots.waiting == 0


def test_who_lets_go_leaves_the_slots_of_others_taken() -> None:
    with held(2, 2) as holders:
        holders[0].may_go.set()
        holders[0].join(30)
        with held(1, 2):
            assert not slot_taken(2)


def test_nobody_waits_longer_than_a_moment() -> None:
    with held(1, 1):
        began = time.monotonic()
        assert not slot_taken()
        assert time.monotonic() - began < 10 * passwords.SLOT_WAIT_SECONDS


def slot_taken(at_once: int = 1) -> bool:
    try:
        with passwords.bounded(at_once), passwords.slot():
            return True
    except passwords.Busy:
        return False


@pytest.mark.parametrize(
    "use",
    [
        lambda: passwords.hashed("a kettle"), lambda: passwords.verify("a kettle", None),
        lambda: passwords.verify("a kettle", "no hash"), lambda: passwords.verify("x" * 5000, None),
        lambda: passwords.hashed("\udc00"), lambda: passwords.verify("\udc00", None),
    ],
)  # fmt: skip
def test_a_slot_is_given_back_whatever_happens(use: Callable[[], object]) -> None:
    with passwords.bounded(1):
        for _ in range(3):
            with suppress(UnicodeError, HashingError):
                use()
    assert slot_taken()


def test_a_slot_is_given_back_by_whoever_fails_in_it() -> None:
    with pytest.raises(RuntimeError, match="trouble"), passwords.bounded(1), passwords.slot():
        raise RuntimeError("trouble")
    assert slot_taken()


def test_somebody_who_has_a_slot_needs_no_second_one() -> None:
    with passwords.bounded(1), passwords.slot():
        assert passwords.verify("a kettle", passwords.hashed("a kettle"))
    assert slot_taken()


def test_what_is_not_for_a_visitor_is_not_bounded() -> None:
    with held(1, 1):
        assert passwords.hashed("a kettle for the seven swans")


def test_a_forked_process_has_all_of_its_slots() -> None:
    with held(1, 1):
        child = os.fork()
        if not child:
            os._exit(0 if slot_taken() else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
