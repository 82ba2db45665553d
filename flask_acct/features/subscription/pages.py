"""The subscription over HTTP: the account's own data, and what its host adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...accounts.subscription import Invoice, Item, Subscription
from ...db.models import Account
from ...declare.texts import Text
from ...values import countries
from ...web.page import Page, View
from ...web.rows import Row, RowPage, StateCell
from .screens import FOR_EVER, KINDS

DETAILS = "profile.account"
"""The screen where the account's own details are changed, in a configuration that has it."""


def show(page: Page) -> None:
    account = page.account
    known = page.host.subscription(account)
    page.slots["account"] = account.name
    page.facts["overview"] = _known(plan=known.plan, kind=_kind(account), until=account.plan_expires_on or FOR_EVER)
    page.facts["billing"] = _known(
        billed_to=known.billing or _holder(account, page.locale),
        billing_email="" if known.billing else account.billing_email,
        payment_method=known.payment_method,
    )
    page.rows["services"] = _items("service", known.services)
    page.rows["credits"] = _items("credit", known.credits)
    page.rows["invoices"] = RowPage([_invoice(one) for one in known.invoices])
    page.links |= {name: href for name, href in _links(known, account, page).items() if href}
    page.screen = page.screen.without(*_not_sold(known))


def _not_sold(known: Subscription) -> Iterator[str]:
    """Yield the lists of what the account does not have and cannot buy."""
    if not (known.services or known.add_services):
        yield "services"
    if not (known.credits or known.buy_credits):
        yield "credits"


def _known(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value}


def _kind(account: Account) -> Text | str:
    return KINDS.get(account.plan, account.plan)


def _holder(account: Account, locale: str) -> Sequence[str]:
    """Return the account as in the head of a letter, if its address is known."""
    if not account.address1:
        return ()
    place = " ".join(filter(None, (account.postcode, account.city)))
    country = countries.name(account.country, locale) if account.country else ""
    lines = (account.name, account.tax_id, account.address1, account.address2, place, account.region, country)
    return [line for line in lines if line]


def _items(kind: str, items: Sequence[Item]) -> RowPage:
    return RowPage([Row(f"{kind}-{n}", (one.name, one.detail), href=one.href) for n, one in enumerate(items, 1)])


def _invoice(one: Invoice) -> Row:
    return Row(one.number, (one.number, one.on, one.amount, _state(one)), href=one.href)


def _state(one: Invoice) -> StateCell | None:
    return StateCell(one.state, one.state, one.tone) if one.state else None


def _links(known: Subscription, account: Account, page: Page) -> dict[str, str | None]:
    is_trial, has_end = account.plan == "trial", account.plan_expires_on is not None
    details = page.host.target(DETAILS) if page.host.opens(DETAILS) else None
    return {
        "renew": None if is_trial else known.renew or (page.host.target("site.renew_url") if has_end else None),
        "buy": (known.buy or page.host.target("site.purchase_url")) if is_trial else None,
        "add_services": known.add_services,
        "buy_credits": known.buy_credits,
        "change_billing": known.change_billing or (None if known.billing else details),
        "change_payment": known.change_payment,
        "all_invoices": known.all_invoices,
    }


PAGES = {"subscription.page": View(load=show)}
