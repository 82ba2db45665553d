"""What the screens of several features hold: boxes for permissions, and the password of who signed in a while ago."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from ..config import Config
from ..config.tables.accounts import Group
from ..declare.elements import Message
from ..declare.fields import PasswordField, PermissionGroup, PermissionOption, RoleOption
from ..declare.texts import Text
from ..security.passwords import MAX_LENGTH
from ..values.languages import nearest

PROOF = PasswordField(
    "users.proof.password",
    "Your password",
    autocomplete="current-password",
    max_length=MAX_LENGTH,
    reauthenticates=True,
    help=Text("users.proof.password_help", "You signed in a while ago. Please confirm that it is you."),
)
"""Who lets others in, or lets them do more, is still the one who signed in."""


PROOF_MESSAGES = (
    Message("users.proof.wrong", "This is not your password."),
    Message("users.proof.too_many", "Too many attempts. Please wait {wait}.", status=429),
)


TOO_MANY_INVITATIONS = Message(
    "users.list.too_many", "Too many invitations. Please wait {wait} and try again.", status=429
)
"""Said where somebody is invited, and where invitations are sent again."""


def permission_groups(config: Config) -> tuple[PermissionGroup, ...]:
    """Return the groups in which the permissions of this configuration are chosen."""
    return tuple(replace(one, rows=rows) for one in GROUP_CAPTIONS if (rows := _rows_of(one, config)))


def _rows_of(caption: PermissionGroup, config: Config) -> tuple[tuple[str, ...], ...]:
    return config.users.rows_of(cast(Group, caption.name))


def role_options(config: Config) -> tuple[RoleOption, ...]:
    """Return the roles of this configuration, shipped and the host's own."""
    shipped = {role.name: role for role in SHIPPED_ROLES}
    return tuple(
        replace(shipped[name], permissions=granted)
        if name in shipped and name not in config.roles
        else _own_role(name, granted, config)
        for name, granted in config.permissions_of_roles.items()
    )


def permission_options(config: Config) -> tuple[PermissionOption, ...]:
    """Return a box for each permission of this configuration.

    Raises ``LookupError`` for one of ``config.tables.accounts.PERMISSIONS`` that has no words in
    ``SHIPPED_PERMISSIONS`` yet.
    """
    shipped = {option.name: option for option in SHIPPED_PERMISSIONS}
    named = {name: shipped.get(name) or _own_permission(name, config) for name in config.users.offered}
    return tuple(
        replace(
            option,
            includes=tuple(named[one] for one in config.users.includes(name)),
            is_sensitive=config.users.is_sensitive(name),
        )
        for name, option in named.items()
    )


GROUP_CAPTIONS = (
    PermissionGroup("users.group.account", "Account"),
    PermissionGroup("users.group.services", "Services"),
    PermissionGroup("users.group.domains", "Domains"),
    PermissionGroup("users.group.billing", "Billing"),
    PermissionGroup("users.group.support", "Support"),
    PermissionGroup("users.group.other", "Other"),
)
"""The captions of ``config.tables.accounts.GROUPS``, in their order."""

SHIPPED_ROLES = (
    RoleOption("users.role.accountant", "Accountant"),
    RoleOption("users.role.technician", "Technician"),
    RoleOption("users.role.no_money", "Everything except billing"),
    RoleOption("users.role.full", "Full access"),
)
"""The names of the shipped roles; the configuration has their permissions (``Config.permissions_of_roles``)."""


SHIPPED_PERMISSIONS = (
    PermissionOption(
        "users.permission.profile",
        "Change account details",
        help=Text(
            "users.permission.profile_help",
            "The customer's name and address as they appear on invoices. This gives no access to the owner's password.",
        ),
    ),
    PermissionOption(
        "users.permission.contacts",
        "View and manage contacts",
        help=Text("users.permission.contacts_help", "Who else gets messages about the account, and which ones."),
    ),
    PermissionOption(
        "users.permission.products",
        "View products and services",
        help=Text("users.permission.products_help", "What the account has ordered, without changing anything."),
    ),
    PermissionOption(
        "users.permission.manage_products",
        "View services and change their passwords",
        help=Text(
            "users.permission.manage_products_help",
            "Passwords of services such as hosting, never the password somebody signs in with.",
        ),
    ),
    PermissionOption(
        "users.permission.domains",
        "View domains",
        help=Text("users.permission.domains_help", "Which domains there are, and when they expire."),
    ),
    PermissionOption(
        "users.permission.manage_domains",
        "Manage domain settings",
        help=Text(
            "users.permission.manage_domains_help", "Name servers and similar settings. A mistake can take a site down."
        ),
    ),
    PermissionOption(
        "users.permission.invoices",
        "View and pay invoices",
        help=Text("users.permission.invoices_help", "All invoices of the account, paid or not."),
    ),
    PermissionOption(
        "users.permission.tickets",
        "View and open support requests",
        help=Text("users.permission.tickets_help", "Contact us on behalf of the account, and read our answers."),
    ),
    PermissionOption(
        "users.permission.affiliate",
        "View and manage the affiliate account",
        help=Text("users.permission.affiliate_help", "What the account has earned by recommending us."),
    ),
    PermissionOption(
        "users.permission.emails",
        "View messages we sent",
        help=Text(
            "users.permission.emails_help",
            "What we have written about the account. Links that give access are not kept.",
        ),
    ),
    PermissionOption(
        "users.permission.orders",
        "Place orders, upgrades and cancellations",
        help=Text("users.permission.orders_help", "This can cost the account money or end a service."),
    ),
)


def _own_role(name: str, granted: tuple[str, ...], config: Config) -> RoleOption:
    """A role of the host's. Its words are the configuration's (``Config.wording``), so no catalog's."""
    label = nearest(config.roles[name].label, "en")
    return replace(SHIPPED_ROLES[0], id=f"users.role.{name}", message=label, permissions=granted)


def _own_permission(name: str, config: Config) -> PermissionOption:
    """A permission of the host's. Its words are the configuration's (``Config.wording``), so no catalog's."""
    if name not in config.users.permissions:
        raise LookupError(
            f'Give the permission "{name}" its words: an Option in SHIPPED_PERMISSIONS, in the same order'
        )
    words = config.users.permissions[name]
    label, help_text = nearest(words.label, "en"), nearest(words.help, "en")
    id_ = f"users.permission.{name}"
    help_ = replace(SHIPPED_PERMISSIONS[0], id=f"{id_}_help", message=help_text, help=None) if help_text else None
    return replace(SHIPPED_PERMISSIONS[0], id=id_, message=label, help=help_)


ANSWERED_AT = {"users_receive", "users_refuse", "users_accept", "users_decline"}
"""The pages where somebody answers an offer or an invitation, and need not be told of any."""
