"""Kinds of values: what each takes, and what is said of what it does not."""

from __future__ import annotations

import pytest

from flask_acct import config as configuration
from flask_acct.config import ConfigError

from .complaints import complaint


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
        ('[site]\nname = "a\\r\\nBcc: b@example.com"', "[site] name must be one line."),
        ('[site]\npublic_url = "example.com"', "[site] public_url must be a whole web address."),
        ('[site]\npublic_url = "https://[::1"', "[site] public_url must be a whole web address."),
        (
            '[site]\npublic_url = "https://a:b@example.com/x?y=1"',
            '[site] public_url must be a plain address, for paths are added to it. Write "https://example.com/x".',
        ),
        ('[site]\nsignup_url = "orders"', 'is neither a path nor a web address. Write "/orders" or "https://…".'),
        ('[site]\nhome = "/\\\\evil.example"', "[site] home holds a space or another character"),
        ('[site]\nhome = "//evil.example"', "[site] home is neither a path nor a web address."),
        ('[site]\nsupport_email = "desk"', "[site] support_email is not an email address."),
        ('[site]\ntime_zone = "europe/madrid"', 'is not a time zone. Did you mean "Europe/Madrid"?'),
        ('[site]\ntime_zone = "Europe"', '[site] time_zone "Europe" is not a time zone.'),
        (
            '[brand]\naccent = "blue"',
            '[brand] accent must be a colour of six hexadecimal digits. Write it like "#2457c5".',
        ),
        ('[brand]\nlogo = "https://cdn.example/logo.svg"', "[brand] logo must be a path on this site."),
        ('[brand]\nlogo = "/static/logo.pdf"', "[brand] logo is not an image for the web."),
        ('[brand]\nlogo_mail = "/static/logo.svg"', "[brand] logo_mail is not an image that mail programs draw."),
        ('[brand]\nlogo_dark = "/static/logo.svg"', "[brand] has logo_dark without logo. Set logo, too."),
        ('[brand]\nfont_bold_file = "/b.woff2"', "[brand] has font_bold_file without font_file. Set font_file, too."),
        ('[brand]\nfont_file = "https://cdn.example/a.woff2"', "[brand] font_file must be the path of a WOFF2 or WOFF"),
        ('[brand]\nfont_file = "/static/a.ttf"', "[brand] font_file must be the path of a WOFF2 or WOFF"),
        ('[brand]\nfont_file = "/a\')b.woff2"', "[brand] font_file holds a bracket or an apostrophe."),
        ('[brand]\nfont = "Inter; } * {"', '[brand] font "Inter; } * {" is not the name of a font.'),
        ('[brand]\nradius = "1em"', "[brand] radius must be a length in px or rem."),
        ('[brand]\nradius = "3rem"', "[brand] radius is too round. Use at most 32px."),
        ('[login]\nidentifiers = ["email", "email"]', '[login] identifiers names "email" twice.'),
        ('[platforms.Big]\nname = "B"', "[platforms.Big] is not a name for a platform."),
        (
            '[labels]\n"login.form.submit" = "x"',
            '[labels."login.form.submit"] is not a language. Words stand below one',
        ),
        ('[labels.xx]\n"a.b" = "c"', '[labels.xx] "xx" is not a language.'),
        ('[signup]\ndomains = ["ana@example.com"]', 'Write what stands after the @: "example.com".'),
        ('[signup]\ndomains = ["no domain"]', 'Write what stands after the @: "example.com".'),
        ('[signup]\ndomains = ["a.example", "A.example"]', 'names "a.example" twice'),
    ],
)
def test_a_value_that_is_not_of_its_kind_is_told_with_its_fix(text: str, said: str) -> None:
    assert said in complaint(text)


def test_a_public_url_may_have_a_path_and_loses_its_last_slash() -> None:
    site = configuration.parse('[site]\npublic_url = "https://example.com/clients/"').site
    assert site.public_url == "https://example.com/clients"


def test_addresses_may_be_whole_or_paths_and_a_logo_is_an_image_of_the_site() -> None:
    config = configuration.parse(
        '[site]\nsignup_url = "https://shop.example/new?plan=trial"\npurchase_url = "/orders"\n'
        '[brand]\nlogo = "/static/logo.SVG?v=2"\naccent = "#ABCDEF"\n[help]\nlocales = ["es"]\n'
    )
    assert config.site.signup_url == "https://shop.example/new?plan=trial"
    assert config.site.purchase_url == "/orders"
    assert config.brand.logo == "/static/logo.SVG?v=2"
    assert config.brand.accent == "#abcdef"


def test_a_font_is_written_as_stylesheets_have_it_and_ends_with_one_that_every_system_has() -> None:
    assert configuration.parse("[brand]\nfont = \"Avenir Next, 'Segoe UI'\"").brand.font == (
        '"Avenir Next", "Segoe UI", sans-serif'
    )
    assert configuration.parse('[brand]\nfont = "Georgia, serif"').brand.font == '"Georgia", serif'


@pytest.mark.parametrize(("written", "pixels"), [("0", "0px"), ("6px", "6px"), ("0.5rem", "8px"), ("2rem", "32px")])
def test_a_radius_is_a_length_in_pixels(written: str, pixels: str) -> None:
    assert configuration.parse(f'[brand]\nradius = "{written}"').brand.radius == pixels


def test_answers_go_to_an_address() -> None:
    with pytest.raises(ConfigError, match=r"\[mail\] reply_to is not an email address"):
        configuration.parse('[mail]\nreply_to = "nobody"')


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
