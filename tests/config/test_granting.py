"""Permissions in groups, and roles that stand for several of them."""

from __future__ import annotations

import pytest

from flask_acct import config as configuration
from flask_acct.config import PERMISSIONS, Config, ConfigError
from flask_acct.config.tables.accounts import GROUP_OF, GROUPS

OWN = """
[site]
locales = ["en"]
[users.permissions.reports]
label = { en = "View reports" }
[users.permissions.edit_reports]
label = { en = "Edit reports" }
includes = ["reports"]
[users.permissions.audits]
label = { en = "View audits" }
includes = ["reports"]
"""

ROLE = """
[site]
locales = ["en"]
[roles.auditor]
label = { en = "Auditor" }
permissions = ["invoices"]
"""


def test_every_shipped_permission_has_a_group() -> None:
    assert set(GROUP_OF) == set(PERMISSIONS)


def test_each_permission_stands_in_one_row_of_one_group() -> None:
    users = configuration.parse(OWN).users
    names = [name for group in GROUPS for row in users.rows_of(group) for name in row]
    assert sorted(names) == sorted(users.offered)


def test_of_two_that_include_the_same_the_first_is_its_pair() -> None:
    users = configuration.parse(OWN).users
    assert users.rows_of("other") == (("reports", "edit_reports"), ("audits",))


def test_permissions_that_include_each_other_are_no_pair() -> None:
    mutual = OWN.replace('{ en = "View reports" }', '{ en = "R" }\nincludes = ["audits"]')
    users = configuration.parse(mutual.replace('includes = ["reports"]', "", 1)).users
    assert not any({"reports", "audits"} <= set(row) for row in users.rows_of("other"))


def test_a_permission_that_another_includes_is_left_out() -> None:
    assert Config().users.reduced(["domains", "manage_domains", "invoices", "none"]) == ("manage_domains", "invoices")


def test_of_permissions_that_include_each_other_one_stays() -> None:
    config = configuration.parse(OWN.replace('{ en = "View reports" }', '{ en = "R" }\nincludes = ["audits"]'))
    assert config.users.reduced(["reports", "audits"]) == ("audits",)


def test_full_access_opens_everything_and_the_role_without_money_nothing_of_billing() -> None:
    config = Config()
    roles = config.permissions_of_roles
    closed = set(PERMISSIONS) - set(config.users.opened_by(roles["no_money"]))
    assert config.users.opened_by(roles["full"]) == PERMISSIONS
    assert closed == {"invoices", "affiliate", "orders"}


def test_a_hosts_role_comes_after_the_shipped_ones_and_before_full_access() -> None:
    roles = configuration.parse(ROLE).permissions_of_roles
    assert list(roles) == ["accountant", "technician", "no_money", "auditor", "full"]


def test_a_hosts_role_takes_the_place_of_a_shipped_one_of_its_name() -> None:
    config = configuration.parse(ROLE.replace("auditor", "accountant"))
    assert config.permissions_of_roles["accountant"] == ("invoices",)
    assert config.wording["en"]["users.role.accountant"] == "Auditor"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (ROLE.replace('"invoices"', '"invoicse"'), '"invoicse" is not a permission. Did you mean "invoices"?'),
        (ROLE.replace('"invoices"', '"invoices", "invoices"'), 'names "invoices" twice'),
        (ROLE.replace("en =", "de ="), "is for a language that the site does not offer"),
        (OWN.replace('includes = ["reports"]', 'group = "money"', 1), "group"),
    ],
)
def test_a_slip_in_a_role_or_group_is_told(written: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        configuration.parse(written)
    assert told in str(refused.value)
