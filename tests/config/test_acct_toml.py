"""The whole of acct.toml, and what follows from several of its tables."""

from __future__ import annotations

import pytest

from flask_acct import config as configuration
from flask_acct.config import Config, ConfigError


def two_platforms() -> Config:
    return configuration.parse(
        '[site]\nname = "Base"\n[labels.es]\n"a.b" = "base"\n"a.c" = "base"\n'
        '[platforms.one]\nname = "One"\n'
        '[platforms.two]\nname = "Two"\nurl = "https://two.example"\n[platforms.two.labels.es]\n"a.b" = "two"\n'
    )


def test_the_first_platform_is_served_unless_another_is_named() -> None:
    assert two_platforms().on(None).site.name == "One"


def test_a_platform_brings_its_name_address_and_words() -> None:
    config = two_platforms().on("two")
    assert config.site.name == "Two"
    assert config.site.public_url == "https://two.example"
    assert config.platform == "two"
    assert config.labels["es"] == {"a.b": "two", "a.c": "base"}


def test_a_platform_without_an_address_uses_the_sites() -> None:
    assert two_platforms().on("one").site.public_url == Config().site.public_url


def test_an_unknown_platform_is_refused() -> None:
    with pytest.raises(ConfigError, match=r'"tow" is not a platform\. Did you mean "two"'):
        two_platforms().on("tow")
    with pytest.raises(ConfigError, match=r"The configuration has no \[platforms\]"):
        Config().on("one")


def test_a_configuration_without_platforms_is_its_own() -> None:
    assert Config().on(None) is not None
    assert Config().on(None).platform is None


def test_sentences_may_name_every_key_and_empty_ones_are_blank() -> None:
    values = Config().values
    assert values["config.session.idle_minutes"] == 30
    assert values["config.site.signup_url"] == ""
    assert not any(name.startswith(("config.labels", "config.platforms")) for name in values)


def test_the_hosts_own_categories_follow_the_shipped_ones() -> None:
    words = '{ en = "News", es = "Novedades", it = "Novità" }'
    text = f'[contacts]\ncategories = ["invoices"]\n[contacts.extra.news]\nlabel = {words}\nhelp = {words}'
    config = configuration.parse(text)
    assert config.contacts.offered == ("invoices", "news")
    assert config.wording["es"] == {
        "contacts.categories.news": "Novedades",
        "contacts.categories.news_help": "Novedades",
    }


def test_strangers_sign_up_only_where_the_host_says_so() -> None:
    assert not Config().signup.is_open
    assert Config().sign_up_at == ""


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[signup]\nenabled = true\n[site]\nsignup_url = "/plans"', "signup.form"),
        ('[site]\nsignup_url = "/plans"', "site.signup_url"),
        ("[signup]\nenabled = false", ""),
        ('[signup]\nenabled = true\nmode = "closed"', "signup.form"),
    ],
)
def test_the_page_of_ours_takes_the_place_of_the_hosts_address(text: str, place: str) -> None:
    assert configuration.parse(text).sign_up_at == place
