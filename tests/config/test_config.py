"""acct.toml as developers write it, rightly and wrongly."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_acct import config as configuration
from flask_acct.config import Config, ConfigError, json_schema


def complaint(text: str) -> str:
    """What the developer reads."""
    with pytest.raises(ConfigError) as caught:
        configuration.parse(text)
    return str(caught.value)


def test_an_empty_file_is_a_whole_configuration() -> None:
    assert configuration.parse("") == Config()


def test_a_misspelt_key_is_named_with_line_table_and_the_key_meant() -> None:
    said = 'acct.toml, line 2: [session] has no key "idle_minuts". Did you mean "idle_minutes"?'
    assert complaint("[session]\nidle_minuts = 30\n") == said


def test_a_misspelt_table_is_named_with_the_table_meant() -> None:
    assert complaint("[sesion]\nidle_minutes = 30\n") == (
        "acct.toml, line 1: sesion is not a table of this file. Did you mean [session]?"
    )


def test_every_problem_is_told_at_once() -> None:
    said = complaint('[site]\nlocales = ["es-AR"]\nname = 5\n[password]\nmin_length = 4\n[labels.es]\n"a.b" = ""\n')
    assert [line.partition(": ")[0] for line in said.splitlines()] == [
        "acct.toml, line 2", "acct.toml, line 3", "acct.toml, line 5", "acct.toml, line 7",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[site]\nlocales = ["es-AR"]', '[site] locales[0] "es-AR" is not a language. Did you mean "es_AR"?'),
        ('[site]\nlocales = ["ES"]', '[site] locales[0] "ES" is not a language. Did you mean "es"?'),
        (
            '[site]\nlocales = ["spanish"]',
            '[site] locales[0] "spanish" is not a language. Write it like "es" or "es_AR".',
        ),
        ('[site]\nlocales = ["es", "es"]', '[site] locales names "es" twice. Name each once.'),
        ("[site]\nlocales = []", "[site] locales is empty. Write at least one."),
        ('[site]\nlocales = "es"', 'must be a list, but is "es". Write locales = ["es"], in square brackets.'),
        (
            '[site]\nlocales = ["es"]\ndefault_locale = "it"',
            '[site] default_locale = "it" is not one of its locales. Add "it" to locales, or choose one of: es.',
        ),
        ("[site]\nname = 5", "[site] name must be text, but is 5. Write it in quotes."),
        ("[site]\nname = 2026-01-31", "[site] name must be text, but is 2026-01-31. Write it in quotes."),
        ('[site]\nname = ""', "[site] name is empty. Write something, or remove the line."),
        (f'[site]\nname = "{"x" * 61}"', "[site] name is longer than 60 characters. Shorten it."),
        ('[site]\nname = "a\\r\\nBcc: b@example.com"', "[site] name must be one line."),
        ('[site]\npublic_url = "example.com"', "[site] public_url must be a whole web address."),
        ('[site]\npublic_url = "https://[::1"', "[site] public_url must be a whole web address."),
        (
            '[site]\npublic_url = "https://a:b@example.com/x?y=1"',
            '[site] public_url must be a plain address, for paths are added to it. Write "https://example.com/x".',
        ),
        ('[site]\nsignup_url = "orders"', 'is neither a path nor a web address. Write "/orders" or "https://…".'),
        ('[site]\nhome = "/\\\\evil.example"', "[site] home holds a space or another sign"),
        ('[site]\nhome = "//evil.example"', "[site] home is neither a path nor a web address."),
        ('[site]\nsupport_email = "desk"', "[site] support_email is not an email address."),
        ('[site]\ntime_zone = "europe/madrid"', 'is not a time zone. Did you mean "Europe/Madrid"?'),
        ('[site]\ntime_zone = "Europe"', '[site] time_zone "Europe" is not a time zone.'),
        ("[site]\naccent = 1", '[site] has no key "accent". It belongs below [brand].'),
        (
            '[brand]\naccent = "blue"',
            '[brand] accent must be a colour of six hexadecimal digits. Write it like "#2457c5".',
        ),
        ('[brand]\nlogo = "https://cdn.example/logo.svg"', "[brand] logo must be a path on this site."),
        ('[brand]\nlogo = "/static/logo.pdf"', "[brand] logo is not an image for the web."),
        ('[login]\nidentifiers = ["emial"]', '[login] identifiers[0] cannot be "emial". Did you mean "email"?'),
        ('[login]\nidentifiers = ["email", "email"]', '[login] identifiers names "email" twice.'),
        (
            '[recovery.password]\nidentify = ["email"]\nchoose = ["email"]',
            "[recovery.password] needs exactly one of identify and choose.",
        ),
        ('[recovery.password]\nconfirm = "yes"', 'must be true or false, but is "yes". Write confirm = true.'),
        ("[recovery]\nusername = true", "[recovery.username] must be a table, but is true."),
        ("[password]\nmin_length = 4", "[password] min_length is 4, which is too small. Write a number from 8."),
        ("[password]\nmin_length = 65", "[password] min_length is 65, which is too large. Write a number up to 64."),
        ('[session]\nidle_minutes = "30"', "Write idle_minutes = 30, without quotes."),
        ("[session]\nidle_minutes = 2.5", "[session] idle_minutes must be a whole number, but is 2.5."),
        (
            "[session]\nidle_minutes = 2\nwarn_seconds = 300",
            "[session] warn_seconds = 300 is not shorter than idle_minutes = 2. Write at most warn_seconds = 90.",
        ),
        ("idle_minutes = 3", "idle_minutes stands outside of any table. Put it below [session]."),
        ('platform = "x"', "platform is not a key of this file. Set ACCT_PLATFORM instead."),
        ('[platforms.b]\nurl = "https://b.example"', '[platforms.b] name is missing. Add name = "…".'),
        ('[platforms.b]\nname = "B"\nurll = ""', '[platforms.b] has no key "urll". Did you mean "url"?'),
        ('[platforms.Big]\nname = "B"', "[platforms.Big] is not a name for a platform."),
        (
            '[labels]\n"login.form.submit" = "x"',
            '[labels."login.form.submit"] is not a language. Words stand below one',
        ),
        ('[labels.xx]\n"a.b" = "c"', '[labels.xx] "xx" is not a language.'),
        (
            '[labels.es]\nlogin.form.submit = "Entrar"',
            'Write the whole id in quotes: "login.form.submit" = "…".',
        ),
        ('[labels.es]\n"login.form.submit" = ""', '[labels.es] "login.form.submit" is empty.'),
        (
            '[labels.fr]\n"a.b" = "c"',
            '[labels.fr] is for a language that the site does not offer. Add "fr" to [site] locales, or remove the',
        ),
        (
            '[platforms.b]\nname = "B"\n[platforms.b.labels.fr]\n"a.b" = "c"',
            "[platforms.b.labels.fr] is for a language that the site does not offer.",
        ),
        ('[help]\nlocales = ["de"]', '[help] locales[0] "de" is a language that the site does not offer.'),
        ('[help]\nvotes = "no"', '[help] votes must be true or false, but is "no". Write votes = false.'),
        (
            '[login]\nidentifiers = ["customer_number"]\n[recovery.password]\nidentify = ["customer_number"]',
            "[users] enabled = false.",
        ),
        (
            '[login]\nidentifiers = ["customer_number"]\n[users]\ninvitation_days = 3',
            "[users] has users who could not sign in: a customer number names the owner of its account and nobody",
        ),
        (
            '[users.permissions.invoices]\nlabel = { en = "Bills" }',
            'permissions.invoices is shipped already. To change its words, write [labels.en] "users.permission',
        ),
        (
            '[users.permissions.owner]\nlabel = { en = "Owner" }',
            "permissions.owner means a place in the account already",
        ),
        (
            "[users]\ninvitation_days = 40",
            "[users] invitation_days is 40, which is too large. Write a number up to 30.",
        ),
        (
            '[users.permissions.reports]\nlabel = { en = "Reports" }',
            "[users.permissions.reports.label] has no words in: es, it.",
        ),
        ("[site", "is not TOML"),
        ("x = " + "[" * 5000, "is not TOML"),
        ("x = " + "9" * 5000, "is not TOML"),
        ("[site]\nname = 0x" + "f" * 5000, "[site] name must be text, but is a number of very many digits."),
    ],
)
def test_each_mistake_is_told_with_its_fix(text: str, said: str) -> None:
    assert said in complaint(text)


def test_words_for_a_language_others_fall_back_to_are_welcome() -> None:
    labels = configuration.parse(
        '[site]\nlocales = ["es_AR"]\n[labels.es]\n"a.b" = "c"\n[labels.en]\n"a.b" = "d"\n'
    ).labels
    assert labels == {"es": {"a.b": "c"}, "en": {"a.b": "d"}}


def test_a_text_with_strings_of_several_lines_gets_no_line_numbers() -> None:
    said = complaint('[site]\ntagline = """\nname = 3\n"""\nname = 5\n')
    assert "acct.toml: [site] name must be text" in said


def test_the_first_language_is_the_default_one() -> None:
    assert configuration.parse('[site]\nlocales = ["it", "en"]').site.default_locale == "it"


def test_a_public_url_may_have_a_path_and_loses_its_last_slash() -> None:
    site = configuration.parse('[site]\npublic_url = "https://example.com/clients/"').site
    assert site.public_url == "https://example.com/clients"


def test_addresses_may_be_whole_or_paths_and_a_logo_is_an_image_of_the_site() -> None:
    config = configuration.parse(
        '[site]\nsignup_url = "https://shop.example/new?plan=trial"\npurchase_url = "/orders"\n'
        '[brand]\nlogo = "/static/logo.SVG?v=2"\naccent = "#ABCDEF"\n[help]\nlocales = ["es"]\n'
    )
    assert config.site.signup_url == "https://shop.example/new?plan=trial"
    assert (config.site.purchase_url, config.brand.logo) == ("/orders", "/static/logo.SVG?v=2")
    assert config.brand.accent == "#abcdef"


def test_signs_that_no_file_can_hold_are_refused_too() -> None:
    with pytest.raises(ConfigError, match=r"\[site\] name cannot be used"):
        configuration.check({"site": {"name": "\ud800"}})


def test_a_line_that_is_neither_key_nor_table_is_passed_over_when_counting() -> None:
    assert complaint('[site]\nlocales = [\n  "es",\n]\nname = 5\n').startswith("acct.toml, line 5: [site] name")


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
    assert (config.site.name, config.site.public_url, config.platform) == ("Two", "https://two.example", "two")
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


def test_the_committed_schema_is_the_current_one() -> None:
    committed = (resources.files("flask_acct") / "acct.schema.json").read_text("utf-8")
    assert json.loads(committed) == json_schema()


def test_the_schema_explains_keys_and_hides_what_is_not_of_the_file() -> None:
    schema = json_schema()
    assert "platform" not in schema["properties"]
    assert schema["$defs"]["Site"]["properties"]["home"]["description"] == "Where a user goes after signing in."


def test_every_key_of_the_sites_table_is_explained() -> None:
    keys = json_schema()["$defs"]["Site"]["properties"]
    assert [name for name, key in keys.items() if name != "name" and not key.get("description")] == []


def test_making_a_configuration_takes_less_than_twenty_milliseconds() -> None:
    text = configuration.preset_text("email-marketing")
    configuration.parse(text)
    times = []
    for _ in range(9):
        begun = time.perf_counter()
        configuration.parse(text)
        times.append(time.perf_counter() - begun)
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


def test_a_category_that_is_none_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r'\[contacts\] categories names "invoice".*Did you mean "invoices"'):
        configuration.parse('[contacts]\ncategories = ["general", "invoice"]')


def test_the_hosts_own_categories_follow_the_shipped_ones() -> None:
    words = '{ en = "News", es = "Novedades", it = "Novità" }'
    text = f'[contacts]\ncategories = ["invoices"]\n[contacts.extra.news]\nlabel = {words}\nhelp = {words}'
    config = configuration.parse(text)
    assert config.contacts.offered == ("invoices", "news")
    assert config.wording["es"] == {
        "contacts.categories.news": "Novedades",
        "contacts.categories.news_help": "Novedades",
    }


@pytest.mark.parametrize(
    ("name", "label", "says"),
    [
        ("news", '{ en = "News" }', "has no words in: es, it"),
        ("news", '{ en = "News", es = "N", it = "N", fr = "N" }', "is for a language that the site does not offer"),
        ("news_help", '{ en = "News", es = "N", it = "N" }', "is not a name for something of your own"),
        ("invoices", '{ en = "News", es = "N", it = "N" }', "is shipped already"),
    ],
)
def test_a_category_of_the_hosts_that_cannot_be_is_refused(name: str, label: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        configuration.parse(f"[contacts.extra.{name}]\nlabel = {label}")


def test_a_sender_for_a_kind_of_mail_that_there_is_not_names_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match=r'line 3: \[mail.senders\] invoces is for no kind .* "invoices"'):
        configuration.parse('[mail]\n[mail.senders]\ninvoces = "a@example.com"')


def test_a_sender_may_be_for_a_kind_of_mail_of_the_hosts_own() -> None:
    text = '[contacts.extra.news]\nlabel = { en = "News" }\n[mail.senders]\nnews = "News <news@example.com>"'
    assert configuration.parse(f'[site]\nlocales = ["en"]\n{text}').mail.senders == {"news": "News <news@example.com>"}


def test_answers_go_to_an_address() -> None:
    with pytest.raises(ConfigError, match=r"\[mail\] reply_to is not an email address"):
        configuration.parse('[mail]\nreply_to = "nobody"')


def test_strangers_sign_up_only_where_the_host_says_so() -> None:
    assert (Config().signup.is_open, Config().sign_up_at) == (False, "")


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


@pytest.mark.parametrize(
    ("written", "address", "takes"),
    [
        ("example.com", "ana@example.com", True),
        ("Example.COM", "ana@example.com", True),
        ("bücher.example", "ana@xn--bcher-kva.example", True),
        ("example.com", "ana@mail.example.com", False),
        ("example.com", "ana@example.com.evil.example", False),
        ("example.com", "ana@notexample.com", False),
    ],
)
def test_only_addresses_at_the_domains_named_may_sign_up(written: str, address: str, takes: bool) -> None:
    assert configuration.parse(f'[signup]\nenabled = true\ndomains = ["{written}"]').signup.takes(address) == takes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[signup]\nmode = "invitations"', 'Did you mean "invitation"?'),
        ('[signup]\ndomains = ["ana@example.com"]', 'Write what stands after the @: "example.com".'),
        ('[signup]\ndomains = ["no domain"]', 'Write what stands after the @: "example.com".'),
        ('[signup]\ndomains = ["a.example", "A.example"]', 'names "a.example" twice'),
        ("[signup]\ntrial_days = 30", "It belongs below [site]."),
        (
            '[login]\nidentifiers = ["customer_number"]\n[users]\nenabled = false\n'
            '[signup]\nenabled = true\naccount = "none"',
            "gives new users no account, and without one they have no customer number to sign in with",
        ),
    ],
)
def test_a_mistake_about_signing_up_is_told_with_its_fix(text: str, said: str) -> None:
    assert said in complaint(text)
