"""The tables of acct.toml, each for itself."""

from __future__ import annotations

import pytest

from flask_acct import config as configuration
from flask_acct.accounts.screens import SHIPPED_PERMISSIONS
from flask_acct.config import ConfigError
from flask_acct.config.tables.accounts import PERMISSIONS
from flask_acct.config.tables.contacts import CATEGORIES
from flask_acct.features.contacts import screens as contacts

from .complaints import complaint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[site]\nlocales = ["es"]\ndefault_locale = "it"',
            '[site] default_locale = "it" is not one of its locales. Add "it" to locales, or choose one of: es.',
        ),
        ('[login]\nidentifiers = ["emial"]', '[login] identifiers[0] cannot be "emial". Did you mean "email"?'),
        (
            '[recovery.password]\nidentify = ["email"]\nchoose = ["email"]',
            "[recovery.password] needs exactly one of identify and choose.",
        ),
        (
            "[session]\nidle_minutes = 2\nwarn_seconds = 300",
            "[session] warn_seconds = 300 is not shorter than idle_minutes = 2. Write at most warn_seconds = 90.",
        ),
        (
            '[users.permissions.invoices]\nlabel = { en = "Bills" }',
            'permissions.invoices is shipped already. To change its words, write [labels.en] "users.permission',
        ),
        (
            '[users.permissions.owner]\nlabel = { en = "Owner" }',
            "permissions.owner means a place in the account already",
        ),
    ],
)
def test_keys_of_a_table_that_do_not_agree_are_told_with_the_fix(text: str, said: str) -> None:
    assert said in complaint(text)


def test_the_first_language_is_the_default_one() -> None:
    assert configuration.parse('[site]\nlocales = ["it", "en"]').site.default_locale == "it"


def test_a_category_that_is_none_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r'\[contacts\] categories names "invoice".*Did you mean "invoices"'):
        configuration.parse('[contacts]\ncategories = ["general", "invoice"]')


def test_the_shipped_permissions_are_those_that_have_words() -> None:
    assert [option.name for option in SHIPPED_PERMISSIONS] == list(PERMISSIONS)


def test_the_shipped_categories_are_those_that_have_words() -> None:
    assert [option.name for option in contacts.SHIPPED] == list(CATEGORIES)
