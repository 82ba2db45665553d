"""The table of acct.toml about the menu of the account area."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..values import AddedName, AddressOrScreen, LocaleName, Sentence, YesNo
from .table import SettingsTable

Icon = Literal[
    "bell", "box", "cart", "chart", "company", "contacts", "gift", "globe", "help", "home", "info", "invoice", "key",
    "leave", "list", "mail", "megaphone", "menu", "server", "support", "swap", "user", "users", "wallet",
]  # fmt: skip
"""The icons that entries of the menu can have, of static/icons.svg."""


HostGroup = Literal["overview", "host", "company", "billing", "me"]
"""The groups of the menu in which a host can put entries. All but the overview have a heading."""


class HeaderLink(SettingsTable):
    """A link of the host's in the header."""

    label: dict[LocaleName, Sentence] = Field(min_length=1)
    """What it is called: { en = "Status", es = "Estado" }."""
    url: AddressOrScreen
    """Where it leads: a path of your app, another site, or a page of ours by its name, "profile.me"."""


class OwnNavLink(HeaderLink):
    """An entry of the host's."""

    group: HostGroup = "host"
    """Which group it stands in. Those of "host" come after the overview, under a heading of your own:
    [labels.en] "shell.nav.host" = "Products"."""
    icon: Icon | Literal[""] = ""
    needs: str | None = None
    """The permission without which it is not shown. The page itself must ask for it, too."""


class Nav(SettingsTable):
    header: dict[AddedName, HeaderLink] = Field(default={})
    """Links in the header of every page, for visitors too: [nav.header.prices] with label and url."""
    support_box: YesNo = False
    """Whether a box beside every page says where people get help, see [site] support_url. Its words:
    [labels.en] "shell.support.title" and "shell.support.text"."""
    links: dict[AddedName, OwnNavLink] = Field(default={})
    """Your own entries of the menu: [nav.links.status] with label and url. Views of yours can say theirs in code,
    with @acct.nav("Invoices")."""
