"""What the screens of several features hold: boxes for permissions, and the password of who signed in a while ago."""

from __future__ import annotations

from dataclasses import replace

from ..config import Config
from ..declare.elements import Message
from ..declare.fields import Option, PasswordField
from ..declare.texts import Text
from ..security.passwords import MAX_LENGTH

PROOF = PasswordField(
    "users.proof.password",
    "Your password",
    autocomplete="current-password",
    max_length=MAX_LENGTH,
    reauthenticates=True,
    help=Text("users.proof.password_help", "You signed in a while ago, so please show that it is you."),
)
"""Who lets others in, or lets them do more, is still the one who signed in."""


PROOF_MESSAGES = (
    Message("users.proof.wrong", "This is not your password."),
    Message("users.proof.too_many", "There were too many tries. Please wait {wait}.", status=429),
)


def permission_options(config: Config) -> tuple[Option, ...]:
    """Return a box for each permission of this configuration.

    Raises ``LookupError`` for one of ``config.tables.accounts.PERMISSIONS`` that has no words in
    ``SHIPPED_PERMISSIONS`` yet.
    """
    shipped = {option.name: option for option in SHIPPED_PERMISSIONS}
    named = {name: shipped.get(name) or _own_permission(name, config) for name in config.users.offered}
    return tuple(
        replace(option, includes=tuple(named[one] for one in config.users.includes(name)))
        for name, option in named.items()
    )


SHIPPED_PERMISSIONS = (
    Option(
        "users.permission.profile",
        "Change the account details",
        help=Text(
            "users.permission.profile_help",
            "Name and address of the customer, as they appear on invoices. It gives no access to the owner's password.",
        ),
    ),
    Option(
        "users.permission.contacts",
        "View and manage contacts",
        help=Text("users.permission.contacts_help", "Who else gets messages about the account, and which."),
    ),
    Option(
        "users.permission.products",
        "View products and services",
        help=Text("users.permission.products_help", "What the account has ordered, without changing any of it."),
    ),
    Option(
        "users.permission.manage_products",
        "View products and change their passwords",
        help=Text(
            "users.permission.manage_products_help",
            "Passwords of services, such as hosting. The password a person signs in with is never among them.",
        ),
    ),
    Option(
        "users.permission.domains",
        "View domains",
        help=Text("users.permission.domains_help", "Which domains there are, and until when."),
    ),
    Option(
        "users.permission.manage_domains",
        "Manage the settings of domains",
        help=Text("users.permission.manage_domains_help", "Name servers and the like. A mistake can take a site down."),
    ),
    Option(
        "users.permission.invoices",
        "View and pay invoices",
        help=Text("users.permission.invoices_help", "All invoices of the account, paid or not."),
    ),
    Option(
        "users.permission.tickets",
        "View and open support requests",
        help=Text("users.permission.tickets_help", "Ask us in the name of the account, and read what was answered."),
    ),
    Option(
        "users.permission.affiliate",
        "View and manage the affiliate account",
        help=Text("users.permission.affiliate_help", "What recommending us has earned."),
    ),
    Option(
        "users.permission.emails",
        "View the messages we sent",
        help=Text(
            "users.permission.emails_help", "What we wrote about the account. Links that let somebody in are not kept."
        ),
    ),
    Option(
        "users.permission.orders",
        "Place orders, upgrades and cancellations",
        help=Text("users.permission.orders_help", "This can cost the account money, or end a service."),
    ),
)


def _own_permission(name: str, config: Config) -> Option:
    """A permission of the host's. Its words are the configuration's (``Config.wording``), so no catalog's."""
    if name not in config.users.permissions:
        raise LookupError(
            f'Give the permission "{name}" its words: an Option in SHIPPED_PERMISSIONS, in the same order'
        )
    words = config.users.permissions[name]
    both = (words.label, words.help)
    label, help_text = (given.get("en") or next(iter(given.values()), "") for given in both)
    id_ = f"users.permission.{name}"
    help_ = replace(SHIPPED_PERMISSIONS[0], id=f"{id_}_help", message=help_text, help=None) if help_text else None
    return replace(SHIPPED_PERMISSIONS[0], id=id_, message=label, help=help_)


ANSWERED_AT = {"users_receive", "users_refuse", "users_accept", "users_decline"}
"""The pages where somebody answers an offer or an invitation, and need not be told of any."""
