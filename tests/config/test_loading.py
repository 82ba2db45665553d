"""Where acct.toml is found, read and checked."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_acct import config as configuration
from flask_acct.config import Config, ConfigError

from .complaints import complaint


def test_an_empty_file_is_a_whole_configuration() -> None:
    assert configuration.parse("") == Config()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('platform = "x"', "platform is not a key of this file. Set ACCT_PLATFORM instead."),
        ("[site", "is not TOML"),
        ("x = " + "[" * 5000, "is not TOML"),
        ("x = " + "9" * 5000, "is not TOML"),
    ],
)
def test_what_is_no_acct_toml_is_told(text: str, said: str) -> None:
    assert said in complaint(text)


def test_a_file_that_does_not_exist_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"acct.toml: does not exist. Run 'flask acct init'"):
        configuration.read(tmp_path / "acct.toml")


def test_a_preset_named_with_a_typo_is_guessed() -> None:
    with pytest.raises(ConfigError, match='Did you mean "client-area"'):
        configuration.preset("cliet-area")
    with pytest.raises(ConfigError, match='Did you mean the preset "client-area"'):
        configuration.read(Path("cliet-area"))


def test_a_folder_and_a_file_that_is_not_utf_8_are_refused(tmp_path: Path) -> None:
    latin = tmp_path / "acct.toml"
    latin.write_bytes("[site]\nname = 'Almacén'\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"is not UTF-8: .*Save it as UTF-8"):
        configuration.read(latin)
    with pytest.raises(ConfigError, match="cannot be read"):
        configuration.read(tmp_path)


def test_a_byte_order_mark_is_forgiven(tmp_path: Path) -> None:
    file = tmp_path / "acct.toml"
    file.write_bytes(b"\xef\xbb\xbf[site]\nname = 'Alma'\n")
    assert configuration.read(file).site.name == "Alma"


def test_another_address_is_that_of_the_platform_served_there() -> None:
    config = configuration.parse('[platforms.one]\nname = "One"\n[platforms.two]\nname = "Two"\n')
    moved = configuration.served_at(config, "https://two.example", "two")
    assert moved.on("two").site.public_url == "https://two.example"


def test_an_address_that_is_none_is_refused_in_the_name_of_its_variable() -> None:
    with pytest.raises(ConfigError, match=r"ACCT_PUBLIC_URL: \[site\] public_url must be a whole web address"):
        configuration.served_at(Config(), "example.com")


def test_making_a_configuration_takes_less_than_twenty_milliseconds() -> None:
    text = configuration.preset_text("email-marketing")
    configuration.parse(text)
    times = []
    for _ in range(9):
        begun = time.thread_time()
        configuration.parse(text)
        times.append(time.thread_time() - begun)
    assert median(times) < 0.02


NAMES = st.sampled_from(
    ["site", "session", "labels", "platforms", "login", "recovery", "password", "help", "brand", "limits", "platform",
     "es", "es-AR", "locales", "name", "idle_minutes", "identify", "choose", "username", "enabled", "url", "logo"]
) | st.text(max_size=12)  # fmt: skip
SCALARS = (
    st.text(max_size=12)
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.datetimes()
    | st.dates()
    | st.times()
    | st.sampled_from(["email", "/path", "https://[", "Europe", "../etc/passwd", "es", "\x00", "#2457c5"])
)
TABLES = st.dictionaries(
    NAMES,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
    ),
    max_size=6,
)


def refusal(make: Callable[[], Config]) -> ConfigError | None:
    """What is wrong, or ``None``; any other error passes through."""
    try:
        make()
    except ConfigError as error:
        return error
    return None


def is_clear(error: ConfigError | None) -> bool:
    return error is None or (bool(error.problems) and all(len(problem.what) > 4 for problem in error.problems))


@settings(max_examples=300, deadline=None)
@given(TABLES)
def test_whatever_stands_in_the_file_is_a_configuration_or_a_clear_refusal(tables: dict[str, Any]) -> None:
    assert is_clear(refusal(lambda: configuration.check(tables)))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from("[]{}=.\"'\n#a1 "), max_size=40).map("".join))
def test_whatever_the_text_is_it_is_a_configuration_or_a_clear_refusal(text: str) -> None:
    assert is_clear(refusal(lambda: configuration.parse(text)))
