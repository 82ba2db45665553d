"""What a stranger types stands in mails and is no link, in whatever way a mail program guesses."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_acct import config as configuration
from flask_acct import features
from flask_acct.config import Config, MailSettings
from flask_acct.declare.elements import Listing, Paragraphs
from flask_acct.declare.labels import slots as slots_of
from flask_acct.mail.examples import example
from flask_acct.mail.links import ShownAsIs, is_plain_address, unlinked
from flask_acct.mail.rendering import MailToRender, redacted, render, subject
from flask_acct.platform import Platform

from .test_rendering import NOON, RESET, html_of, sent, text_of

DOTS = "[.\u2024\u3002\ufe52\uff0e\uff61]"
LETTER = f"(?!{DOTS})[a-z\u0080-\U0010ffff]"
LINKED = re.compile(
    rf"(?:[0-9]|{LETTER}){DOTS}+{LETTER}(?:[0-9\-]|{LETTER})|\w@\w|://|\b(?:mailto|tel|sip|javascript):\S"
    rf"|\b(?:\d{{1,3}}{DOTS}){{3}}\d{{1,3}}\b",
    re.IGNORECASE,
)
"""What mail programs link, guessed more eagerly than any of them does."""

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
"""What some of them skip before they guess."""

STRANGERS = [
    "www.evil.example/win", "evil.example", "evil。example", "evil．example", "evil｡example", "evil․example",
    "ｗｗｗ．ｅｖｉｌ．ｃｏｍ", "ñandú.example", "пример.рф", "例え.テスト", "भारत.भारत", "xn--evl-qla.example",
    "user@evil.example",
    "user＠evil.example", "192.0.2.1", "http://192.0.2.1/win", "tel:+34900123456", "mailto:user@evil.example",
    "evil\u200b.\u200bexample", "evil.\u2060example", "evil\u00ad.example", "evil.\ufeffexample", "evil.\u200dexample",
    "evil.example.", "(evil.example)", "win.zip", "WWW.EVIL.EXAMPLE", "evil.example:8080/win", "t.co", "x.com",
    "https://evil.example", "HTTPS:\\\\evil.example", "//evil.example/win", "hxxps://evil.example", "ftp.evil.example",
    "http:http:////evil.example", "a.b.c.d.evil.example/x.y?z=a.b#c.d", "evil.example,win", "evil.example\u202e/win",
    "\u202egro.live", "javascript:alert(1)", "evil.museum", "evil..example", "1.evil.example", "evil.example–win",
]  # fmt: skip


def is_linked(text: str) -> bool:
    return bool(LINKED.search(text)) or bool(LINKED.search(INVISIBLE.sub("", text)))


@pytest.mark.parametrize("typed", STRANGERS)
def test_nothing_that_looks_like_an_address_is_left_whole(typed: str) -> None:
    assert not is_linked(unlinked(typed))


@pytest.mark.parametrize(
    "name",
    [
        "AC/DC S.L.", "J.R.R. Tolkien", "Ortega Bakery", "Ana María López-Pérez", "Toldos S.A. de C.V.", "St. John's",
        "T-Mobile", "1.5 l", "12:30", "Nº 5.º B", "M.ª José", "evil[.]com", "Yahoo!", "O'Neill & Sons, Inc.",
        "Łukasz Żółć",
        "نیم‌فاصله", "株式会社テスト", "@ana", "24/7 Help", "1.234,56 €", "1.234.567.890", "PHP 8.2.1",
    ],
)  # fmt: skip
def test_a_name_as_people_and_companies_have_them_stays_as_it_is(name: str) -> None:
    assert unlinked(name) == name


def test_a_company_called_after_its_domain_can_still_be_read() -> None:
    assert unlinked("Booking.com B.V.") == "Booking. com B.V."


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="ab1.:/@\\ -。．\u200b\u200d\u2060wW", max_size=40))
def test_no_mixture_of_such_characters_is_left_linked(typed: str) -> None:
    assert not is_linked(unlinked(typed))


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_breaking_twice_breaks_nothing_more(typed: str) -> None:
    once = unlinked(typed)
    assert not is_linked(unlinked(once))


@pytest.mark.parametrize(
    "typed", ["a." * 20_000, "." * 40_000, "a-" * 20_000, "a:" * 20_000, "1." * 20_000, "@" * 40_000]
)
def test_however_long_it_takes_no_time(typed: str) -> None:
    assert len(unlinked(typed)) >= len(typed)


def evil(name: str, locale: str, platform: Platform, typed: str) -> MailToRender:
    """A declared mail in which everything that anybody could have typed is the same."""
    mail = platform.declared.mails[name]
    letter = example(mail, platform, NOON, locale=locale)
    names = {slot for text in mail.texts() for slot in slots_of(platform.sentences(locale)[text.id])}
    lists = [part.name for part in mail.parts if isinstance(part, Listing | Paragraphs)]
    slots = {slot: typed for slot in names if f"{slot}_at" not in letter.slots}
    return replace(letter, recipient_name=typed, slots={**letter.slots, **slots, **{one: [typed] for one in lists}})


def mails() -> list[str]:
    return sorted({name for preset in configuration.presets() for name in edition_of(preset).declared.mails})


def edition_of(preset: str, made: dict[str, Platform] = {}) -> Platform:  # noqa: B006 - made once for all tests
    if preset not in made:
        made[preset] = features.platform(configuration.preset(preset).on(None))
    return made[preset]


@pytest.mark.parametrize("typed", ["www.evil.example/win", "user@evil.example/x", "evil。example", "tel:+34900123456"])
@pytest.mark.parametrize("name", mails())
def test_no_mail_of_ours_links_to_what_a_stranger_typed(name: str, typed: str) -> None:
    platform = next(edition_of(one) for one in configuration.presets() if name in edition_of(one).declared.mails)
    letter = evil(name, platform.config.site.default_locale, platform, typed)
    message = sent(letter, platform)
    for part in (str(message["Subject"]), str(message["To"]), text_of(message), html_of(message)):
        assert typed not in part
    paragraphs = [subject(letter, platform, locale="en"), *redacted(letter, platform)]
    assert not [one for one in paragraphs if "evil.example" in one or "evil。example" in one]


INVITED = MailToRender(
    "users.invitation",
    "ana@example.com",
    "en",
    "acct.1",
    NOON,
    slots={"inviter": "Alice", "account": "Ortega Bakery", "grants": []},
    purpose="invitation",
    secret="S" * 43,
    until=NOON,
)


def test_the_subject_of_an_invitation_is_no_link(platform: Platform) -> None:
    name = "www.evil.example/win"
    letter = replace(INVITED, slots={"inviter": f"{name} {name}", "account": name, "grants": []})
    said = str(sent(letter, platform)["Subject"])
    assert said == "www. evil. example/win www. evil. example/win invites you to www. evil. example/win"


def test_a_long_name_is_cut_in_the_subject_and_whole_in_the_text(platform: Platform) -> None:
    name = "Free prize " * 18
    message = sent(replace(INVITED, slots={**INVITED.slots, "account": name}), platform)
    (inviter, account) = str(message["Subject"]).split(" invites you to ")
    assert inviter == "Alice"
    assert len(account) <= 60
    assert account.endswith("…")
    assert name.strip() in text_of(message)


def test_a_name_of_sixty_characters_is_whole_in_the_subject(platform: Platform) -> None:
    name = "x" * 60
    assert str(sent(replace(INVITED, slots={**INVITED.slots, "account": name}), platform)["Subject"]).endswith(name)


def test_the_subject_a_host_writes_is_not_cut(platform: Platform) -> None:
    said = "Your order is on its way and will be with you on Thursday the fifth of March"
    letter = MailToRender(
        "contacts.message", "ana@example.com", "en", "acct.1", NOON, slots={"subject": said, "text": ["x"]}
    )
    letter = replace(letter, slots={**letter.slots, "button": "Open"})
    assert str(sent(letter, platform)["Subject"]).strip() == said


# What is meant to be read


def test_the_address_a_mail_is_about_stays_as_it_is(platform: Platform) -> None:
    slots = {"email": "bob.ruiz@ortega.example", "account": "Ortega Bakery"}
    letter = replace(INVITED, mail="users.declined", slots=slots, purpose=None, secret=None, until=None)
    message = sent(letter, platform)
    assert str(message["Subject"]).startswith("bob.ruiz@ortega.example ")
    assert "bob.ruiz@ortega.example" in text_of(message)


@pytest.mark.parametrize(
    "typed",
    ["www.evil.example@evil.example", "evil.example/x@evil.example", "see evil.example", "a@b@evil.example", ""],
)
def test_what_is_no_plain_address_is_broken_where_one_should_be(typed: str, platform: Platform) -> None:
    assert not is_plain_address(typed)
    slots = {"email": typed, "account": "Ortega Bakery"}
    letter = replace(INVITED, mail="users.declined", slots=slots, purpose=None, secret=None, until=None)
    assert not typed or typed not in text_of(sent(letter, platform))


@pytest.mark.parametrize("name", ["ana.sala", "ortega.example", "maría.j"])
def test_a_user_name_can_be_typed_as_its_mail_has_it(name: str, platform: Platform) -> None:
    letter = replace(RESET, mail="recovery.usernames", slots={"usernames": [name]}, secret=None)
    assert name in text_of(sent(letter, platform)).splitlines()


def test_the_welcome_has_the_user_name_as_it_is_typed(platform: Platform) -> None:
    slots = {"username": "ana.sala", "details": ["Customer number: 9000", "User name: ana.sala"]}
    letter = replace(RESET, mail="accounts.activation", slots=slots, purpose="activation")
    assert "User name: ana.sala" in text_of(sent(letter, platform)).splitlines()


def test_the_support_desk_can_copy_the_address_to_answer_to(platform: Platform) -> None:
    slots = {
        "reference": "R-1", "email": "ana@gmail.example",
        "details": ["Ana www.evil.example", "ana@gmail.example", "See evil.example"],
    }  # fmt: skip
    lines = text_of(sent(replace(RESET, mail="recovery.requested", slots=slots, secret=None), platform)).splitlines()
    assert "ana@gmail.example" in lines
    assert "Ana www. evil. example" in lines
    assert "See evil. example" in lines


def test_a_name_that_is_our_own_host_stays_as_it_is(config: Config) -> None:
    site = config.site.model_copy(update={"public_url": "https://clients.example.com"})
    platform = features.platform(config.model_copy(update={"site": site}))
    slots = {**INVITED.slots, "account": "clients.example.com"}
    assert "to clients.example.com" in str(sent(replace(INVITED, slots=slots), platform)["Subject"])
    slots = {**INVITED.slots, "account": "evil.clients.example.com"}
    assert "evil. clients" in str(sent(replace(INVITED, slots=slots), platform)["Subject"])


@pytest.mark.parametrize(
    "said", ["ortega.example", "www.ortega.example", "ortega.example/shop", "ana@ortega.example", "(ortega.example),"]
)
def test_a_domain_that_is_meant_is_shown_with_all_below_it(said: str) -> None:
    assert unlinked(f"About {said} today", ShownAsIs.of(domains=["ortega.example"])) == f"About {said} today"


@pytest.mark.parametrize("said", ["evil-ortega.example", "ortega.example.evil.test", "ortega.example@evil.test"])
def test_what_only_looks_like_a_domain_that_is_meant_is_not_shown(said: str) -> None:
    assert unlinked(said, ShownAsIs.of(domains=["ortega.example"])) != said


# Whom mails are from, and where answers go


def with_mail(config: Config, **values: object) -> Platform:
    return features.platform(config.model_copy(update={"mail": MailSettings.model_validate(values)}))


def test_answers_go_where_the_configuration_says(config: Config) -> None:
    assert sent(RESET, with_mail(config, reply_to="desk@example.com"))["Reply-To"] == "desk@example.com"


@pytest.mark.parametrize(
    "sender", ["noreply@example.com", "no-reply@example.com", "NoReply@example.com", "do_not_reply@example.com",
               "donotreply@example.com", "no.reply@example.com", "noreply+bounces@example.com"],
)  # fmt: skip
def test_answers_to_a_mail_nobody_could_answer_go_to_the_support_desk(sender: str, platform: Platform) -> None:
    assert sent(RESET, platform, sender=sender)["Reply-To"] == "support@example.com"


@pytest.mark.parametrize("sender", ["hello@example.com", "noreen@example.com", "reply@example.com"])
def test_answers_to_a_mail_that_is_read_go_to_its_sender(sender: str, platform: Platform) -> None:
    assert "Reply-To" not in sent(RESET, platform, sender=sender)


def test_the_support_desk_is_not_told_to_answer_itself(platform: Platform) -> None:
    letter = replace(RESET, mail="recovery.requested", recipient="support@example.com", secret=None,
                     slots={"reference": "R-1", "details": ["x"]})  # fmt: skip
    assert "Reply-To" not in sent(letter, platform, sender="noreply@example.com")


def test_a_kind_of_mail_may_have_a_sender_of_its_own(config: Config) -> None:
    platform = with_mail(config, senders={"invoices": '"Bills, Ltd." <bills@example.com>'})
    letter = MailToRender("contacts.message", "ana@example.com", "en", "acct.1", NOON, category="invoices",
                    slots={"subject": "x", "text": ["y"], "button": "Open"})  # fmt: skip
    (sender,) = sent(letter, platform, sender="noreply@example.com")["From"].addresses
    assert sender.display_name == "Bills Ltd."
    assert sender.addr_spec == "bills@example.com"
    assert sent(replace(letter, category="support"), platform)["From"].addresses[0].addr_spec == "support@example.com"


def test_the_name_of_the_site_is_left_as_it_is_though_it_is_a_domain(config: Config) -> None:
    platform = features.platform(
        config.model_copy(update={"site": config.site.model_copy(update={"name": "Shop.example"})})
    )
    assert "Shop.example" in render(RESET, platform).message()["Subject"]
