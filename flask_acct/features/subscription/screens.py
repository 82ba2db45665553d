"""The subscription of an account: what it has bought, until when, and how it is paid."""

from __future__ import annotations

from ...config import Config
from ...declare.elements import Column, Declaration, Fact, Facts, Link, NavEntry, Paragraph, Rows, Screen, Title
from ...declare.texts import Text

NEEDS = "invoices"
"""Whoever may pay for the account may see what for."""

KINDS = {
    "trial": Text("subscription.page.trial", "Trial"),
    "purchased": Text("subscription.page.purchased", "Purchased"),
}
FOR_EVER = Text("subscription.page.for_ever", "No end date")


def declare(config: Config) -> Declaration:
    if not config.subscription.enabled:
        return Declaration()
    return Declaration(
        screens=(_page(),),
        menu=(
            NavEntry("shell.menu.subscription", "My subscription", to="subscription.page", icon="box", group="billing"),
        ),
        texts=(
            *KINDS.values(),
            FOR_EVER,
            Text("subscription.news.ends", "Your plan ends on {day}."),
            Text("subscription.news.trial_ends", "Your trial ends on {day}."),
            Link("subscription.news.see", "My subscription", to="subscription.page"),
        ),
    )


def _page() -> Screen:
    return Screen(
        "subscription.page",
        "subscription",
        Title("subscription.page.title", "My subscription"),
        needs=NEEDS,
        parts=(
            Paragraph(
                "subscription.page.intro", "What {account} has with us, how long it is valid, and how it is paid for."
            ),
            *_plan(),
            *_extras(),
            *_paying(),
        ),
    )


def _plan() -> tuple[Facts | Link, ...]:
    return (
        Facts(
            "subscription.page.overview",
            "Plan",
            facts=(
                Fact("subscription.page.plan", "Name"),
                Fact("subscription.page.kind", "Type"),
                Fact("subscription.page.until", "Valid until"),
            ),
        ),
        Link("subscription.page.renew", "Renew"),
        Link("subscription.page.buy", "Buy"),
    )


def _extras() -> tuple[Rows | Link, ...]:
    return (
        Rows(
            "subscription.page.services",
            "Extra services",
            columns=(
                Column("subscription.page.service", "Service"),
                Column("subscription.page.service_detail", "Details"),
            ),
            empty=Text("subscription.page.no_services", "There are no extra services."),
        ),
        Link("subscription.page.add_services", "Add services"),
        Rows(
            "subscription.page.credits",
            "Credits",
            columns=(
                Column("subscription.page.credit", "For"),
                Column("subscription.page.credit_left", "Left", is_amount=True),
            ),
            empty=Text("subscription.page.no_credits", "There are no credits."),
        ),
        Link("subscription.page.buy_credits", "Buy credits"),
    )


def _paying() -> tuple[Facts | Rows | Link, ...]:
    return (
        Facts(
            "subscription.page.billing",
            "Billing and payment",
            facts=(
                Fact("subscription.page.billed_to", "Invoices are made out to"),
                Fact("subscription.page.billing_email", "Sent to"),
                Fact("subscription.page.payment_method", "Paid by"),
            ),
            empty=Text("subscription.page.no_billing", "There are no billing details yet."),
        ),
        Link("subscription.page.change_billing", "Change billing details"),
        Link("subscription.page.change_payment", "Change payment method"),
        Rows(
            "subscription.page.invoices",
            "Invoices",
            columns=(
                Column("subscription.page.invoice", "Number"),
                Column("subscription.page.invoice_on", "Date"),
                Column("subscription.page.invoice_amount", "Amount", is_amount=True),
                Column("subscription.page.invoice_state", "Status"),
            ),
            empty=Text("subscription.page.no_invoices", "There are no invoices yet."),
        ),
        Link("subscription.page.all_invoices", "All invoices"),
    )
