"""An account's state as its users meet it, and the first mail of a new user."""

from __future__ import annotations

from ...config import Config
from ...screen import Button, Declaration, Link, Listing, Mail, Paragraph, Part, Screen, Text, Title


def declare(config: Config) -> Declaration:
    return Declaration(
        screens=_states(config),
        mails=(_activation(),),
        texts=(Text("accounts.activation.username", "User name: {username}"),),
    )


def _states(config: Config) -> tuple[Screen, ...]:
    return (
        _state(
            Title("accounts.suspended.title", "This account is suspended"),
            Paragraph(
                "accounts.suspended.text",
                "{account} is suspended, so its pages are closed for now. Nothing has been deleted. Ask us what "
                "has to be done to open it again.",
            ),
            Link("accounts.suspended.support", "Contact support", to="support"),
        ),
        _state(
            Title("accounts.closed.title", "This account is closed"),
            Paragraph(
                "accounts.closed.text",
                "{account} is closed. If that is a mistake or you need something from it, ask us.",
            ),
            Link("accounts.closed.support", "Contact support", to="support"),
        ),
        _state(
            Title("accounts.none.title", "You have no account here any more"),
            Paragraph(
                "accounts.none.text",
                "Your user name works, but no account has given you access. Ask the owner of the account to "
                "invite you again, or ask us.",
            ),
            Link("accounts.none.support", "Contact support", to="support"),
        ),
        _state(
            Title("accounts.expired.title", "The plan of this account has ended"),
            Paragraph(
                "accounts.expired.text",
                "The plan of {account} was good until {expired_on}. Your data is still there; renew the plan to go on.",
            ),
            *_renew(config),
            Link("accounts.expired.support", "Contact support", to="support"),
        ),
    )


def _state(title: Title, *parts: Part) -> Screen:
    name = title.id.removesuffix(".title")
    return Screen(name, f"status/{name.partition('.')[2]}", title, parts=parts, access="user", status=403)


def _renew(config: Config) -> tuple[Part, ...]:
    if config.site.renew_url:
        return (Link("accounts.expired.renew", "Renew the plan", to="site.renew_url"),)
    if config.site.purchase_url:
        return (Link("accounts.expired.renew", "Buy a plan", to="site.purchase_url"),)
    return ()


def _activation() -> Mail:
    return Mail(
        "accounts.activation",
        Text("accounts.activation.subject", "Welcome to {config.site.name}"),
        (
            Paragraph("accounts.activation.intro", "Your account is ready."),
            Listing("accounts.activation.details", "Keep these details:"),
            Button("accounts.activation.open", "Set your first password", to="password.set"),
            Paragraph("accounts.activation.until", "The link works once, until {until}."),
        ),
        numbered=True,
    )
