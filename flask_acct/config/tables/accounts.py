"""The tables of acct.toml about users and their permissions, and about the pages of an account and of its users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field, model_validator

from ...values.places import PLACES
from ..problems import InvalidValue, did_you_mean
from ..values import AddedName, EachOnce, Whole, YesNo
from .table import Added, SettingsTable

PERMISSIONS = (
    "profile", "contacts", "products", "manage_products", "domains", "manage_domains", "invoices", "tickets",
    "affiliate", "emails", "orders",
)  # fmt: skip
"""The shipped permissions that users of an account may have."""

INCLUDES: Mapping[str, tuple[str, ...]] = {"manage_products": ("products",), "manage_domains": ("domains",)}
"""The permissions that a shipped permission includes: whoever may change a thing may see the list it is in."""


class OwnPermission(Added):
    """A permission of the host's."""

    includes: Annotated[tuple[str, ...], EachOnce] = ()
    """What it opens besides itself: includes = ["invoices"] for one that is of no use without the invoices."""


class Users(SettingsTable):
    enabled: YesNo = True
    """Whether the owner of an account may invite others into it and say what each of them may do.

    They sign in by user name or email address, so [login] identifiers must list one of the two.
    """
    invitation_days: Whole = Field(default=7, ge=1, le=30)
    """How many days an invitation may be accepted, and an offer of the ownership."""
    permissions: dict[AddedName, OwnPermission] = {}
    """Your own permissions: [users.permissions.reports] with label, help and includes. One removed later counts for
    nothing."""

    @model_validator(mode="after")
    def _permissions_are_new(self) -> Users:
        for name in self.permissions:
            if name in PERMISSIONS:
                fix = f'To change its words, write [labels.en] "users.permission.{name}" = "…".'
                raise InvalidValue(f"permissions.{name} is shipped already", fix)
            if name in PLACES:
                raise InvalidValue(f"permissions.{name} means a place in the account already", "Choose another name.")
        return self

    @model_validator(mode="after")
    def _included_permissions_exist(self) -> Users:
        for name, own in self.permissions.items():
            for included in own.includes:
                if included == name:
                    raise InvalidValue(f"permissions.{name} includes itself", "Name others, or leave it out.")
                if included not in self.offered:
                    fix = did_you_mean(included, self.offered)
                    raise InvalidValue(f'permissions.{name} includes "{included}", which is none', fix)
        return self

    @property
    def offered(self) -> tuple[str, ...]:
        """All permissions, shipped and the host's own, in the order of their checkboxes."""
        return (*PERMISSIONS, *self.permissions)

    def includes(self, name: str) -> tuple[str, ...]:
        """Return the permissions that one includes, directly or indirectly, in the order of the checkboxes."""
        return tuple(one for one in self.opened_by((name,)) if one != name)

    def opened_by(self, granted: Iterable[str]) -> tuple[str, ...]:
        """Return the granted permissions and all they include, each once, in the order of the checkboxes.

        Permissions that do not exist are left out.
        """
        opened: set[str] = set()
        waiting = [name for name in granted if name in self.offered]
        while waiting:
            name = waiting.pop()
            if name not in opened:
                opened.add(name)
                own = self.permissions.get(name)
                waiting += own.includes if own else INCLUDES.get(name, ())
        return tuple(name for name in self.offered if name in opened)


class Accounts(SettingsTable):
    open_when_expired: Annotated[tuple[str, ...], EachOnce] = ("profile", "invoices", "emails")
    """Permissions whose pages stay open when the plan of an account has ended, so that it can be paid and renewed."""
    open_when_suspended: Annotated[tuple[str, ...], EachOnce] = ("invoices",)
    """Permissions whose pages stay open in a suspended account. In a closed one none do."""


class Profile(SettingsTable):
    link_minutes: Whole = Field(default=60, ge=5, le=24 * 60)
    """How long the link works that confirms a new email address."""
    username_changes: YesNo = False
    """Whether people may change their user name themselves. One given up is nobody else's for 90 days."""


class SubscriptionSettings(SettingsTable):
    enabled: YesNo = False
    """Whether there is a page about what an account has bought; your app fills it, see ``Acct.subscription``."""


class Emails(SettingsTable):
    enabled: YesNo = True
    """Whether the users of an account may read which mails were sent about it, for as long as those are kept."""
