from __future__ import annotations

from typing import Any

import pytest

from flask_acct.config import Config, MailSettings, PlatformSettings, Site
from flask_acct.security.startup import Unsafe, dangers, is_loopback, raise_if_unsafe

GOOD = {"SECRET_KEY": "4f3c9a1be07d52869f3c1d70ab5e42f8c6d09b17e3a5f481"}
PUBLIC = Config(site=Site(public_url="https://clients.example.com", support_email="help@example.com"))


def named(settings: dict[str, Any], config: Config = PUBLIC, *, demo: bool = False) -> list[str]:
    return [problem.where for problem in dangers(settings, config, demo=demo)]


def test_a_proper_app_may_start() -> None:
    assert named(GOOD) == []


def test_a_proper_key_of_bytes_may_start() -> None:
    assert named({"SECRET_KEY": bytes(range(32))}) == []


@pytest.mark.parametrize(
    "key",
    [
        None, "", b"", "short", "a" * 64, "x" * 31, b"y" * 40, "changeme" * 4, "CHANGEME-changeme-ChangeMe-changeme",
        "you-will-never-guess-0000000000000", 12345678901234567890123456789012345, "dev" * 11,
        "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
    ],
)  # fmt: skip
def test_a_missing_short_or_well_known_key_is_refused(key: object) -> None:
    assert named({"SECRET_KEY": key}) == ["SECRET_KEY"]


def test_the_mend_of_a_missing_key_is_the_command_that_makes_one() -> None:
    with pytest.raises(Unsafe, match=r"secrets\.token_hex\(32\).*FLASK_SECRET_KEY"):
        raise_if_unsafe({}, PUBLIC, is_demo=False)


def test_a_weak_old_key_is_refused_as_well() -> None:
    assert named({**GOOD, "SECRET_KEY_FALLBACKS": [GOOD["SECRET_KEY"], "dev"]}) == ["SECRET_KEY_FALLBACKS[1]"]


def test_nothing_switches_the_checks_off() -> None:
    settings = {"SECRET_KEY": "dev", "LOGIN_DISABLED": True, "TESTING": True}
    assert named(settings, Config(), demo=True) == ["SECRET_KEY", "LOGIN_DISABLED"]


@pytest.mark.parametrize("value", ["False", "off", "maybe"])
def test_a_worker_switched_by_a_word_that_is_no_switch_is_refused(value: str) -> None:
    assert named({**GOOD, "ACCT_WORKER": value}) == ["ACCT_WORKER"]


@pytest.mark.parametrize("value", [True, False, 0])
def test_the_worker_is_switched_by_true_and_false(value: object) -> None:
    assert named({**GOOD, "ACCT_WORKER": value}) == []


def test_a_session_key_to_keep_is_given_in_a_list() -> None:
    assert named({**GOOD, "ACCT_KEEP_IN_SESSION": "basket"}) == ["ACCT_KEEP_IN_SESSION"]


def test_http_is_refused_outside_loopback() -> None:
    assert named(GOOD, Config(site=Site(public_url="http://clients.example.com"))) == ["acct.toml: [site] public_url"]


def test_http_of_another_platform_is_refused_as_well() -> None:
    config = Config(platforms={"pro": PlatformSettings(name="Pro", url="http://pro.example.com")})
    assert named(GOOD, config) == ["acct.toml: [platforms.pro] url"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:5000", "http://127.8.9.1", "http://[::1]:80", "http://localhost:1"])
def test_http_is_fine_on_loopback(url: str) -> None:
    assert named(GOOD, Config(site=Site(public_url=url))) == []


@pytest.mark.parametrize(
    "host", ["localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "0.0.0.0", "::", "", None]
)
def test_a_host_that_only_looks_like_loopback_is_not(host: str | None) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("switch", ["DEBUG", "PROPAGATE_EXCEPTIONS"])
def test_debugging_is_refused_where_visitors_are(switch: str) -> None:
    assert named({**GOOD, switch: True}) == [switch]
    assert named({**GOOD, switch: True}, Config()) == []


def test_the_mailbox_page_is_refused_where_visitors_are() -> None:
    assert named(GOOD, demo=True) == ["ACCT_DEMO"]
    assert named(GOOD, Config(), demo=True) == []


def test_mail_in_the_clear_is_refused_outside_loopback() -> None:
    assert named({**GOOD, "MAIL_SERVER": "smtp.example.com"}) == ["MAIL_SERVER"]


@pytest.mark.parametrize(
    "settings",
    [
        {"MAIL_SERVER": "smtp.example.com", "MAIL_USE_TLS": True},
        {"MAIL_SERVER": "smtp.example.com", "MAIL_USE_SSL": True},
        {"MAIL_SERVER": "127.0.0.1"},
    ],
)
def test_mail_by_tls_or_to_this_machine_is_fine(settings: dict[str, Any]) -> None:
    assert named({**GOOD, **settings}) == []


@pytest.mark.parametrize(
    "sender",
    [
        "noreply", "Shop, Inc. <noreply@example.com>", "", "   ", "a@example.com, b@example.com",
        "a@example.com; b@example.com", "Shop\nBcc: eve@example.net <noreply@example.com>", "noreply@example.com\n",
        "señor@example.com", "Shop noreply@example.com", "Shop <noreply@example.com", "noreply@example.com>",
        "noreply@localhost", "Shop <>", "everybody: a@example.com;", "noreply@192.0.2.1", ("Shop",),
        ("Shop", "noreply@example.com", "more"), ("Shop", "noreply"), ("Shop\r\nBcc: x", "noreply@example.com"), 5,
        b"noreply@example.com", {"Shop": "noreply@example.com"},
    ],
)  # fmt: skip
def test_a_sender_that_no_mail_could_be_from_is_refused(sender: object) -> None:
    assert named({**GOOD, "MAIL_DEFAULT_SENDER": sender}) == ["MAIL_DEFAULT_SENDER"]


@pytest.mark.parametrize(
    "sender",
    [
        "noreply@example.com", "<noreply@example.com>", "Shop <noreply@example.com>",
        '"Shop, Inc." <noreply@example.com>', "Compañía <noreply@example.com>", "noreply@tienda-ñ.example",
        ("Shop, Inc.", "noreply@example.com"), ["Shop", "noreply@example.com"], (None, "noreply@example.com"), None,
    ],
)  # fmt: skip
def test_a_sender_with_one_good_address_is_fine(sender: object) -> None:
    assert named({**GOOD, "MAIL_DEFAULT_SENDER": sender}) == []


def test_the_mend_of_a_name_with_a_comma_is_to_quote_it() -> None:
    with pytest.raises(Unsafe, match=r'"Shop, Inc\." <shop@example\.com>'):
        raise_if_unsafe({**GOOD, "MAIL_DEFAULT_SENDER": "Shop, Inc. <a@example.com>"}, PUBLIC, is_demo=False)


def test_mails_of_a_public_site_are_not_from_an_example_address() -> None:
    nameless = Config(site=Site(public_url="https://clients.example.com"))
    settings = {**GOOD, "MAIL_SERVER": "127.0.0.1"}
    assert named(settings, nameless) == ["MAIL_DEFAULT_SENDER"]
    assert named({**settings, "MAIL_DEFAULT_SENDER": "a@example.com"}, nameless) == []
    assert named(settings, Config()) == []


@pytest.mark.parametrize("sender", ["invoices", "Invoices, Ltd. <invoices@example.com>", "factúras@example.com"])
def test_the_sender_of_a_kind_of_mail_is_checked_like_the_default_one(sender: str) -> None:
    config = PUBLIC.model_copy(update={"mail": MailSettings(senders={"invoices": sender})})
    assert named(GOOD, config) == ["acct.toml: [mail.senders] invoices"]


def test_every_danger_is_told_at_once() -> None:
    settings = {"LOGIN_DISABLED": True, "DEBUG": True, "MAIL_SERVER": "smtp.example.com"}
    with pytest.raises(Unsafe) as refused:
        raise_if_unsafe(settings, Config(site=Site(public_url="http://clients.example.com")), is_demo=False)
    told = str(refused.value)
    assert all(
        word in told for word in ("SECRET_KEY", "LOGIN_DISABLED", "DEBUG", "MAIL_SERVER", "public_url", "https://")
    )
