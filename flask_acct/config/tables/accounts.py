"""The tables of acct.toml about users and their permissions, and about the pages of an account and of its users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, get_args

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


Group = Literal["account", "services", "domains", "billing", "support", "other"]
"""What a permission is about: forms show those of a group together, in this order."""

GROUPS: tuple[Group, ...] = get_args(Group)

GROUP_OF: Mapping[str, Group] = {
    "profile": "account", "contacts": "account", "emails": "account", "products": "services",
    "manage_products": "services", "domains": "domains", "manage_domains": "domains", "invoices": "billing",
    "affiliate": "billing", "orders": "billing", "tickets": "support",
}  # fmt: skip
"""The groups of the shipped permissions."""

SENSITIVE = frozenset({"manage_products", "manage_domains", "orders"})
"""The shipped permissions by which somebody can do harm: let others in, take a site down, or spend money."""


class OwnPermission(Added):
    """A permission of the host's."""

    group: Group = "other"
    """What it is about, and so where it stands in forms: "account", "services", "domains", "billing" or "support"."""
    sensitive: YesNo = False
    """Whether somebody can do harm with it; forms mark it."""

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

    def group_of(self, name: str) -> Group:
        """Return the group of a permission."""
        own = self.permissions.get(name)
        return own.group if own else GROUP_OF[name]

    def is_sensitive(self, name: str) -> bool:
        """Whether somebody can do harm with a permission."""
        own = self.permissions.get(name)
        return own.sensitive if own else name in SENSITIVE

    def rows_of(self, group: Group) -> tuple[tuple[str, ...], ...]:
        """Return the permissions of a group as forms show them: those to view and to manage a thing in one row.

        Sample: ``(("products", "manage_products"), ("audits",))``.
        """
        names = [name for name in self.offered if self.group_of(name) == group]
        pairs: dict[str, str] = {}
        for name in names:
            viewed = self._included_directly(name)
            is_pair = len(viewed) == 1 and viewed[0] in names and name not in self.includes(viewed[0])
            if is_pair and not {name, *viewed} & {*pairs, *pairs.values()}:
                pairs[viewed[0]] = name
        return tuple((name, pairs[name]) if name in pairs else (name,) for name in names if name not in pairs.values())

    def reduced(self, granted: Iterable[str]) -> tuple[str, ...]:
        """Return the granted permissions that exist, without those that another of them includes."""
        names = [name for name in self.offered if name in set(granted)]
        # One after the other: of two that include each other, one stays.
        for name in tuple(names):
            others = [other for other in names if other != name]
            names = others if name in self.opened_by(others) else names
        return tuple(names)

    def _included_directly(self, name: str) -> tuple[str, ...]:
        own = self.permissions.get(name)
        return own.includes if own else INCLUDES.get(name, ())

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
                waiting += self._included_directly(name)
        return tuple(name for name in self.offered if name in opened)


class Role(Added):
    """Permissions that are often given together, under a name."""

    permissions: Annotated[tuple[str, ...], EachOnce]
    """What somebody with this role may do: permissions = ["invoices", "tickets"]."""


SHIPPED_ROLES: Mapping[str, tuple[str, ...]] = {
    "accountant": ("invoices", "affiliate"),
    "technician": ("manage_products", "manage_domains", "tickets"),
}
"""The shipped roles that are the same in every configuration."""

NO_MONEY, FULL = "no_money", "full"
"""The shipped roles that depend on which permissions there are: all but those of billing, and all."""


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
