"""What a mail looks like, and what nobody can make it look like."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_acct import config as configuration
from flask_acct import features
from flask_acct.config import Config
from flask_acct.declare.elements import Button, Secret
from flask_acct.mail.examples import example
from flask_acct.mail.links import unlinked
from flask_acct.mail.rendering import MailToRender, Unrenderable, render
from flask_acct.platform import Platform

from ..scopes import NOON

SECRET = "S" * 43

RESET = MailToRender(
    "recovery.reset",
    "ana@example.com",
    "en",
    "acct.3f9a",
    NOON,
    recipient_name="Ana Ortega",
    customer_number="9000",
    slots={"username": "m00000"},
    purpose="password_link",
    secret=SECRET,
    until=datetime(2026, 3, 4, 13, 0, tzinfo=UTC),
)


def sent(letter: MailToRender, platform: Platform, **options: str) -> EmailMessage:
    """The message as it arrives: drawn, put on the wire, read back."""
    wire = render(letter, platform, **options).written()
    return message_from_bytes(wire, _class=EmailMessage, policy=SMTP)


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return body.get_content().replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return body.get_content()


def temporary(config: Config) -> Platform:
    ways = config.recovery.password.model_copy(update={"deliver": "temporary_password"})
    recovery = config.recovery.model_copy(update={"password": ways})
    return features.platform(config.model_copy(update={"recovery": recovery}))


def with_site(config: Config, **values: object) -> Platform:
    return features.platform(config.model_copy(update={"site": config.site.model_copy(update=values)}))


class Links(HTMLParser):
    """The addresses of a page's links, and every tag it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.found += [value or "" for name, value in attrs if tag == "a" and name == "href"]


def test_the_customer_number_is_the_first_line(platform: Platform) -> None:
    assert text_of(sent(RESET, platform)).splitlines()[0] == "Customer number: 9000"


def test_a_mail_that_is_not_numbered_shows_no_customer_number(platform: Platform) -> None:
    letter = replace(RESET, mail="recovery.usernames", slots={"usernames": ["m00000"]}, purpose=None, secret=None)
    assert "9000" not in text_of(sent(letter, platform))


def test_the_link_stands_alone_on_its_line_and_is_the_first_address(platform: Platform) -> None:
    text = text_of(sent(RESET, platform))
    link = f"http://127.0.0.1:5000/account/password/set?token={SECRET}"
    assert link in text.splitlines()
    assert re.findall(r"\w+://\S+", text)[0] == link


def test_the_html_mail_links_to_the_same_address(platform: Platform) -> None:
    links = Links(html_of(sent(RESET, platform))).found
    assert set(links) == {f"http://127.0.0.1:5000/account/password/set?token={SECRET}"}


def test_a_temporary_password_stands_alone_and_is_in_no_address(config: Config) -> None:
    letter = replace(RESET, purpose="temporary_password", secret="abcDEF234567abcDEF23")
    message = sent(letter, temporary(config))
    text = text_of(message)
    assert "abcDEF234567abcDEF23" in text.splitlines()
    assert re.findall(r"\w+://\S+", text)[0] == "http://127.0.0.1:5000/account/login"
    assert set(Links(html_of(message)).found) == {"http://127.0.0.1:5000/account/login"}


def test_a_list_has_one_entry_a_line(platform: Platform) -> None:
    letter = replace(RESET, mail="recovery.usernames", slots={"usernames": ["m00000", "m00001"]}, secret=None)
    assert "Your user names:\nm00000\nm00001\n" in text_of(sent(letter, platform))


def test_an_empty_list_is_left_out_with_its_sentence(platform: Platform) -> None:
    assert "Your customer number:" not in text_of(sent(RESET, platform))


def test_both_bodies_hold_every_sentence(platform: Platform) -> None:
    message = sent(RESET, platform)
    for body in (text_of(message), html_of(message)):
        assert "Somebody, probably you, asked for a new password for m00000." in body
        assert "This message was sent to you by Example Hosting." in body


@pytest.mark.parametrize("locale", ["en", "es", "it", "es_AR"])
def test_a_mail_is_written_in_the_language_of_its_reader(locale: str, config: Config) -> None:
    platform = with_site(config, locales=("en", "es", "it", "es_AR"))
    message = sent(replace(RESET, locale=locale), platform)
    tag = locale.replace("_", "-")
    assert message["Content-Language"] == tag
    assert f'<html lang="{tag}" dir="ltr">' in html_of(message)
    assert platform.say("recovery.reset.not_you", locale) in text_of(message)


def test_a_language_no_longer_offered_becomes_the_default(platform: Platform) -> None:
    assert sent(replace(RESET, locale="de"), platform)["Content-Language"] == "en"


def test_a_mail_in_a_language_written_from_the_right_says_so(config: Config) -> None:
    platform = with_site(config, locales=("en", "ar"))
    assert 'dir="rtl"' in html_of(sent(replace(RESET, locale="ar"), platform))


def test_a_mail_in_arabic_keeps_what_runs_to_the_right_apart_but_in_its_subject(config: Config) -> None:
    message = sent(replace(RESET, locale="ar"), with_site(config, locales=("en", "ar")))
    assert re.search("\u2068[^\u2069]+\u2069", text_of(message))
    assert re.search(r'<a class="quiet" dir="ltr" href="(https?://[^"]+)"[^>]*>\1</a>', html_of(message))
    assert not re.search("[\u2066-\u2069]|  ", str(message["Subject"]))


def test_the_end_of_a_link_is_told_in_the_readers_time_zone(platform: Platform) -> None:
    text = text_of(sent(replace(RESET, locale="es", time_zone="Europe/Madrid"), platform))
    assert "4 de marzo de 2026, 14:00 (CET)" in text


@pytest.mark.parametrize(
    ("zone", "said"), [("Europe/Madrid", "(CET)"), ("Europe/London", "(GMT)"), ("Asia/Kolkata", "(IST)")]
)
def test_an_english_mail_names_the_zone_as_it_is_called_there(platform: Platform, zone: str, said: str) -> None:
    assert said in text_of(sent(replace(RESET, locale="en", time_zone=zone), platform))


@pytest.mark.parametrize("locale", ["en", "es", "it"])
def test_a_time_zone_without_a_short_name_is_told_as_its_distance_from_gmt(platform: Platform, locale: str) -> None:
    text = text_of(sent(replace(RESET, locale=locale, time_zone="America/Argentina/Buenos_Aires"), platform))
    assert "(GMT-03:00)" in text


def test_a_slot_with_a_time_is_told_in_the_readers_time_zone(platform: Platform) -> None:
    slots = {"username": "m00000", "when_at": "2026-07-01T12:00:00+00:00"}
    letter = replace(RESET, mail="password.changed", slots=slots, locale="it", time_zone="Europe/Rome")
    assert "1 luglio 2026, 14:00 (CEST)" in text_of(sent(letter, platform))


def test_a_time_zone_nobody_knows_becomes_the_sites(platform: Platform) -> None:
    assert "13:00 (UTC)" in text_of(sent(replace(RESET, locale="es", time_zone="Mars/Base"), platform))


def test_the_headers_are_those_of_an_automatic_mail(platform: Platform) -> None:
    message = sent(RESET, platform)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == "<acct.3f9a@127.0.0.1>"
    assert message["Date"].datetime == NOON
    assert message["Subject"] == "Set a new password for Example Hosting"
    assert str(message["From"]) == "Example Hosting <support@example.com>"
    assert str(message["To"]) == "Ana Ortega <ana@example.com>"


@pytest.mark.parametrize(
    ("sender", "seen"),
    [
        ("noreply@example.org", "Example Hosting <noreply@example.org>"),
        ("Mail Desk <noreply@example.org>", "Mail Desk <noreply@example.org>"),
        (("Mail Desk", "noreply@example.org"), "Mail Desk <noreply@example.org>"),
    ],
)
def test_the_default_sender_is_who_it_is_from(sender: str, seen: str, platform: Platform) -> None:
    assert str(sent(RESET, platform, sender=sender)["From"]) == seen


def test_a_long_host_keeps_the_message_id_whole(config: Config) -> None:
    host = f"{'a' * 60}.{'b' * 60}.example.com"
    platform = with_site(config, public_url=f"https://{host}")
    assert sent(RESET, platform)["Message-ID"] == f"<acct.3f9a@{host}>"


def test_a_name_in_another_script_arrives_as_it_is(platform: Platform) -> None:
    letter = replace(RESET, recipient_name="Łukasz Żółć")
    assert sent(letter, platform)["To"].addresses[0].display_name == "Łukasz Żółć"


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=250))
def test_no_name_adds_a_header_or_a_recipient(name: str) -> None:
    message = sent(replace(RESET, recipient_name=name), _default())
    assert [address.addr_spec for address in message["To"].addresses] == ["ana@example.com"]
    assert message.keys() == EXPECTED_HEADERS


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00"])
def test_no_slot_adds_a_header(sign: str, platform: Platform) -> None:
    slots = {"reference": f"R-1{sign}Bcc: eve@example.net", "details": ["x"]}
    message = sent(replace(RESET, mail="recovery.requested", slots=slots, secret=None), platform)
    assert message.keys() == EXPECTED_HEADERS
    assert message["Subject"] == "Access request R-1 Bcc: eve@ example. net"


def test_no_slot_smuggles_an_encoded_word_into_the_subject(platform: Platform) -> None:
    slots = {"reference": "=?utf-8?q?x=0ABcc=3A_eve?=", "details": ["x"]}
    message = sent(replace(RESET, mail="recovery.requested", slots=slots, secret=None), platform)
    assert message["Subject"] == "Access request = ?utf-8?q?x=0ABcc=3A_eve?="


def test_no_slot_adds_a_line_or_an_address(platform: Platform) -> None:
    text = text_of(sent(replace(RESET, slots={"username": "x\nhttps://evil.example/"}), platform))
    assert "https://evil.example" not in text
    assert re.findall(r"\w+://\S+", text)[0].startswith("http://127.0.0.1:5000/account/password/set?token=")
    assert "for x evil. example/." in text


def test_no_list_entry_begins_a_line_of_its_own(platform: Platform) -> None:
    slots = {"username": "m00000", "customer_numbers": ["9000\nhttps://evil.example/"]}
    text = text_of(sent(replace(RESET, slots=slots), platform))
    assert "9000\n  evil. example/\n" in text


def test_wording_with_an_address_does_not_come_before_the_link(config: Config) -> None:
    wording = {"en": {"recovery.reset.intro": "See https://example.com/help, {username}."}}
    text = text_of(sent(RESET, features.platform(config.model_copy(update={"labels": wording}))))
    assert re.findall(r"\w+://\S+", text)[0].endswith(SECRET)
    assert "See example.com/help, m00000." in text


@pytest.mark.parametrize("typed", ["http:http:////evil.example", "hhttp://ttp://evil.example", "a://b://c://" * 50])
def test_no_scheme_is_left_when_one_was_hidden_in_another(typed: str) -> None:
    assert "://" not in unlinked(typed)


def test_everything_is_escaped_in_html(config: Config) -> None:
    platform = with_site(config, name='<script>alert("x")</script>')
    page = html_of(sent(replace(RESET, slots={"username": "<img src=x onerror=y>"}), platform))
    assert not {"script", "img"} & set(Links(page).tags)


def test_the_footer_of_the_brand_stands_in_both_bodies(config: Config) -> None:
    brand = config.brand.model_copy(update={"footer": "Example Ltd, 1 Example Street"})
    message = sent(RESET, features.platform(config.model_copy(update={"brand": brand})))
    assert "Example Ltd, 1 Example Street" in text_of(message)
    assert "Example Ltd, 1 Example Street" in html_of(message)


def test_the_footer_of_the_brand_is_said_in_the_readers_language_where_it_has_words(config: Config) -> None:
    brand = config.brand.model_copy(update={"footer": "Ejemplo SL"})
    labels = {**config.labels, "en": {**config.labels.get("en", {}), "shell.footer.line": "Example Ltd"}}
    platform = features.platform(config.model_copy(update={"brand": brand, "labels": labels}))
    feet = [text_of(sent(replace(RESET, locale=locale), platform)) for locale in ("en", "it")]
    assert [("Ejemplo SL" in foot, "Example Ltd" in foot) for foot in feet] == [(False, True), (True, False)]


@pytest.mark.parametrize(("accent", "ink"), [("#ffee00", "#10151c"), ("#102060", "#ffffff")])
def test_the_words_on_the_button_can_be_read(accent: str, ink: str, config: Config) -> None:
    brand = config.brand.model_copy(update={"accent": accent})
    page = html_of(sent(RESET, features.platform(config.model_copy(update={"brand": brand}))))
    assert f'bgcolor="{accent}"' in page
    assert f"background-color:{accent};" in page
    assert f"color:{ink}; font-family" in page


def branded(config: Config, **brand: str) -> Platform:
    return features.platform(config.model_copy(update={"brand": config.brand.model_copy(update=brand)}))


def test_a_mail_greets_its_reader_by_name_after_the_customer_number(platform: Platform) -> None:
    message = sent(RESET, platform)
    assert text_of(message).splitlines()[:3] == ["Customer number: 9000", "", "Hello Ana Ortega,"]
    assert html_of(message).count("Hello Ana Ortega,") == 1


def test_a_mail_to_an_address_without_a_name_greets_nobody_by_name(platform: Platform) -> None:
    assert "\nHello,\n" in text_of(sent(replace(RESET, recipient_name=""), platform))


def test_no_name_in_a_greeting_is_a_link_or_a_message_of_its_own(platform: Platform) -> None:
    name = "Win at https://evil.example " + "x" * 200
    text = text_of(sent(replace(RESET, recipient_name=name), platform))
    assert f"Hello Win at evil. example {'x' * 38}…," in text


def test_a_hosts_own_words_begin_without_a_greeting_of_ours(platform: Platform) -> None:
    slots = {"subject": "Your invoice", "text": ["Dear Ana,", "here it is."], "button": "Open", "open": "/invoices"}
    assert "Hello" not in text_of(sent(replace(RESET, mail="contacts.message", slots=slots, secret=None), platform))


def test_the_support_desk_is_not_greeted(platform: Platform) -> None:
    slots = {"reference": "R-1", "details": ["x"]}
    desk = replace(RESET, mail="recovery.requested", recipient="support@example.com", slots=slots, secret=None)
    assert "Hello" not in text_of(sent(desk, platform))


ASKED = {"username": "m00000", "asked_at": "2026-03-04T11:00:00+00:00"}


def test_a_mail_says_when_and_roughly_from_where_it_was_asked_for(platform: Platform) -> None:
    letter = replace(RESET, slots={**ASKED, "asked_from": ["Firefox, Windows", "IP 8.8.8.*"]}, time_zone="Europe/Rome")
    said = "Requested: March 4, 2026, 12:00\u202fPM (CET) · Firefox, Windows · IP 8.8.8.*"
    assert said in text_of(sent(letter, platform))
    assert said in html_of(sent(letter, platform))


def test_a_mail_asked_for_from_nowhere_known_says_when(platform: Platform) -> None:
    assert "Requested: March 4, 2026, 11:00\u202fAM (UTC)\n" in text_of(sent(replace(RESET, slots=ASKED), platform))


def test_a_mail_that_an_older_release_queued_does_not_say_when(platform: Platform) -> None:
    assert "Requested" not in text_of(sent(RESET, platform))


def test_an_inbox_shows_what_a_mail_says_beside_its_subject(platform: Platform) -> None:
    page = html_of(sent(RESET, platform))
    first = re.search(r'<div style="display:none;[^>]*>(.*?)(&#847;|\u034f)', page, re.DOTALL)
    assert first is not None
    assert first[1] == "Somebody, probably you, asked for a new password for m00000."


def test_no_secret_is_shown_in_an_inbox(config: Config) -> None:
    letter = replace(RESET, purpose="temporary_password", secret="abcDEF234567abcDEF23")
    page = html_of(sent(letter, temporary(config)))
    assert page.count("abcDEF234567abcDEF23") == 1


def test_the_logo_stands_at_the_head_with_the_name_for_those_who_see_no_images(config: Config) -> None:
    site = config.site.model_copy(update={"public_url": "https://clients.example.com/x"})
    page = html_of(sent(RESET, branded(config.model_copy(update={"site": site}), logo_mail="/static/logo.png")))
    assert '<img src="https://clients.example.com/x/static/logo.png" alt="Example Hosting" height="40"' in page
    assert page.count(">Example Hosting<") == 0


def test_without_a_logo_the_name_is_set_in_type(platform: Platform) -> None:
    assert html_of(sent(RESET, platform)).count(">Example Hosting<") == 1


def test_a_button_that_would_not_be_seen_has_a_border(config: Config) -> None:
    page = html_of(sent(RESET, branded(config, accent="#fafafa")))
    assert "background-color:#fafafa; border:1px solid #4" in page
    assert ".button { border-color: #fafafa !important; }" in page


def test_a_mail_has_the_font_and_corners_of_the_brand(config: Config) -> None:
    page = html_of(sent(RESET, branded(config, font='"Avenir Next", sans-serif', radius="12px")))
    assert "font-family:'Avenir Next', sans-serif;" in page
    assert "border-radius:12px;" in page


def test_a_link_mail_without_its_token_is_not_drawn(platform: Platform) -> None:
    with pytest.raises(Unrenderable, match="needs a token"):
        render(replace(RESET, secret=None), platform)


def test_a_link_for_another_purpose_is_not_drawn(platform: Platform) -> None:
    with pytest.raises(Unrenderable, match="needs a token"):
        render(replace(RESET, purpose="confirm_recovery"), platform)


def test_a_missing_slot_names_itself(platform: Platform) -> None:
    with pytest.raises(Unrenderable, match=r"recovery\.reset\.intro needs a value for 'username'"):
        render(replace(RESET, slots={}), platform)


@pytest.mark.parametrize(
    "address", ["a@b@example.com", "usér@example.com", "x@g,evil@example.net", "", "a b@c.example"]
)
def test_an_address_that_is_none_is_not_written_to(address: str, platform: Platform) -> None:
    with pytest.raises(Unrenderable, match="is not an email address"):
        render(replace(RESET, recipient=address), platform)


def test_an_international_domain_is_written_to_by_todays_rules(platform: Platform) -> None:
    assert (
        sent(replace(RESET, recipient="a@faß.example"), platform)["To"].addresses[0].addr_spec == "a@xn--fa-hia.example"
    )


@pytest.mark.parametrize("name", configuration.presets())
def test_every_mail_of_every_preset_can_be_drawn_in_every_language(name: str) -> None:
    platform = features.platform(configuration.preset(name).on(None))
    for mail in platform.declared.mails.values():
        for locale in platform.config.site.locales:
            letter = example(mail, platform, NOON, locale=locale)
            text = text_of(sent(letter, platform))
            assert not re.search(r"\{[a-z_.]+\}", text)
            known = {"", *platform.declared.screens}
            buttons = [part for part in mail.parts if isinstance(part, Button) and part.to in known]
            assert len(re.findall(r"^http\S+$", text, re.MULTILINE)) == len(buttons)
            assert (letter.secret in text.splitlines()) == any(isinstance(part, Secret) for part in mail.parts)


EXPECTED_HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
]


def _default(platforms: list[Platform] = []) -> Platform:  # noqa: B006 - made once for all examples
    if not platforms:
        platforms.append(features.platform(Config()))
    return platforms[0]
