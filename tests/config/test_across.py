"""What crosses tables: words, languages, permissions and ways to sign in that must go together."""

from __future__ import annotations

import pytest

from flask_acct import config as configuration
from flask_acct.config import ConfigError

from .complaints import complaint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[labels.fr]\n"a.b" = "c"',
            '[labels.fr] is for a language that the site does not offer. Add "fr" to [site] locales, or remove the',
        ),
        (
            '[platforms.b]\nname = "B"\n[platforms.b.labels.fr]\n"a.b" = "c"',
            "[platforms.b.labels.fr] is for a language that the site does not offer.",
        ),
        ('[help]\nlocales = ["de"]', '[help] locales[0] "de" is a language that the site does not offer.'),
        (
            '[login]\nidentifiers = ["customer_number"]\n[recovery.password]\nidentify = ["customer_number"]',
            "[users] enabled = false.",
        ),
        (
            '[login]\nidentifiers = ["customer_number"]\n[users]\ninvitation_days = 3',
            "[users] has users who could not sign in: a customer number names the owner of its account and nobody",
        ),
        (
            '[users.permissions.reports]\nlabel = { en = "Reports" }',
            "[users.permissions.reports.label] has no words in: es, it.",
        ),
        (
            '[login]\nidentifiers = ["customer_number"]\n[users]\nenabled = false\n'
            '[signup]\nenabled = true\naccount = "none"',
            "gives new users no account, and without one they have no customer number to sign in with",
        ),
    ],
)
def test_tables_that_do_not_agree_are_told_with_the_fix(text: str, said: str) -> None:
    assert said in complaint(text)


def test_words_for_a_language_others_fall_back_to_are_welcome() -> None:
    labels = configuration.parse(
        '[site]\nlocales = ["es_AR"]\n[labels.es]\n"a.b" = "c"\n[labels.en]\n"a.b" = "d"\n'
    ).labels
    assert labels == {"es": {"a.b": "c"}, "en": {"a.b": "d"}}


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
