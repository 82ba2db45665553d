"""What is sent is written by us, and is what the library would write."""

from __future__ import annotations

import re
from dataclasses import replace
from email.policy import SMTP

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flask_acct import config as configuration
from flask_acct import features
from flask_acct.mail.examples import example as example_of
from flask_acct.mail.mime import RenderedMail, mailbox
from flask_acct.mail.rendering import render

from ..scopes import NOON

BOUNDARY = re.compile(rb"={15}[0-9]+==")
SINGLE_LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=120)

MAIL = RenderedMail(
    sender="support@example.com",
    recipient="ana@example.com",
    headers=(
        ("From", "Example <support@example.com>"),
        ("To", "Ana Ortega <ana@example.com>"),
        ("Subject", "Welcome"),
        ("Date", "Wed, 04 Mar 2026 12:00:00 +0000"),
        ("Message-ID", "<acct.3f9a@example.com>"),
        ("Auto-Submitted", "auto-generated"),
    ),
    text=b"Hello\n\n--\nExample\n",
    page=b"<!doctype html>\n<p>Hello</p>\n",
    language="en",
)


def with_header(name: str, value: str) -> RenderedMail:
    return replace(MAIL, headers=tuple((one, value if one == name else was) for one, was in MAIL.headers))


def is_as_the_library_writes_it(mail: RenderedMail) -> bool:
    ours, theirs = mail.written(), mail.message().as_bytes(policy=SMTP)
    return BOUNDARY.sub(b"*", ours) == BOUNDARY.sub(b"*", theirs)


@pytest.mark.parametrize("name", configuration.presets())
def test_every_mail_of_every_preset_is_written_as_the_library_writes_it(name: str) -> None:
    platform = features.platform(configuration.preset(name).on(None))
    for mail in platform.declared.mails.values():
        for locale in platform.config.site.locales:
            letter = replace(example_of(mail, platform, NOON, locale=locale), unsubscribe="contact:1:invoices:x")
            assert is_as_the_library_writes_it(render(letter, platform)), (mail.name, locale)


@given(SINGLE_LINE)
@example("=?utf-8?q?=41?=")
@example("Two  spaces, and one at the end ")
@example("a" * 69)
@example("a" * 70)
@example("a " * 50)
def test_a_subject_of_any_characters_is_written_as_the_library_writes_it(subject: str) -> None:
    assert is_as_the_library_writes_it(with_header("Subject", subject))


@given(SINGLE_LINE.map(lambda name: " ".join(re.sub(r'[()<>@,;:\\"\[\]]+', " ", name).split())))
@example("Dr. Ana")
@example("Łukasz")
@example("O'Neil & Sons / Zürich")
@example("a" * 70)
def test_a_name_of_any_characters_is_written_as_the_library_writes_it(name: str) -> None:
    assert is_as_the_library_writes_it(with_header("To", mailbox(name, "ana@example.com")))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
@example("From here\n.\n..\r\n \n\t\n=\n", "a" * 200)
@example("", "")
@example("é" * 30 + " \n" + "x" * 76 + " ", "x" * 77 + "é")
def test_a_text_of_any_characters_is_written_as_the_library_writes_it(text: str, page: str) -> None:
    assert is_as_the_library_writes_it(replace(MAIL, text=text.encode(), page=page.encode()))


@pytest.mark.parametrize("value", ["Hello\r\nBcc: eve@example.com", "Hello\nBcc: eve@example.com"])
@pytest.mark.parametrize("header", ["Subject", "To"])
def test_a_header_of_several_lines_is_not_written(header: str, value: str) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        with_header(header, value).written()


def test_every_mail_has_a_boundary_of_its_own() -> None:
    assert len({BOUNDARY.findall(MAIL.written())[0] for _ in range(20)}) == 20
