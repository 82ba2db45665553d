"""What a host tells about an account's plan, for the page of its subscription.

Sample::

    @acct.subscription
    def subscription(account: Account) -> Subscription:
        return Subscription(plan="Hosting Plus", renew="/orders", invoices=[Invoice("F-12", day, "€ 12.10", "Paid")])
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar

from ..db.models import Account
from ..declare.elements import Tone


@dataclass(frozen=True, slots=True)
class Item:
    """A service or some credit: ``Item("SSL certificate", "€ 4.90 a month", href="/services/3")``."""

    name: str
    detail: str = ""
    href: str = ""
    """A page of the host's about it."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """``Invoice("F-12", date(2026, 3, 1), "€ 12.10", "Overdue", href="/invoices/12", tone="error")``."""

    number: str
    on: date
    amount: str
    state: str = ""
    href: str = ""
    tone: Tone | Literal[""] = ""
    """The colour of its state: ``success``, ``info``, ``warning`` or ``error``."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Everything may be left out; the page then says so, or leaves it out too.

    Texts are shown as they are: the provider runs in the request, and knows its reader's language. Each link is a path
    of the site or a complete web address.
    """

    plan: str = ""
    """The name of the plan."""
    renew: str = ""
    """The page where a purchased plan is renewed. Default: ``site.renew_url``, for a plan that has an end."""
    buy: str = ""
    """The page where a trial is bought. Default: ``site.purchase_url``."""
    services: Sequence[Item] = ()
    """What was bought besides the plan."""
    add_services: str = ""
    credits: Sequence[Item] = ()
    buy_credits: str = ""
    billing: Sequence[str] = ()
    """Whom invoices are made out to, line by line. Default: the account's own details."""
    change_billing: str = ""
    payment_method: str = ""
    """Never a whole card number: "Visa, ending in 4242"."""
    change_payment: str = ""
    invoices: Sequence[Invoice] = ()
    """The newest ones, newest first."""
    all_invoices: str = ""


Provider = Callable[[Account], Subscription]
AsyncProvider = Callable[[Account], Awaitable[Subscription]]
AnyProvider = TypeVar("AnyProvider", bound=Provider | AsyncProvider)


def no_subscription(_account: Account) -> Subscription:
    """Return an empty subscription, for hosts that tell nothing about their accounts."""
    return Subscription()
