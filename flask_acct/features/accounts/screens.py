"""The state of an account as its users see it, and the first mail of a new user."""

from __future__ import annotations

from ...config import Config
from ...declare.elements import (
    Action,
    Button,
    Column,
    Declaration,
    Link,
    Listing,
    Mail,
    Message,
    NavEntry,
    Paragraph,
    PostButton,
    Rows,
    Screen,
    Title,
)
from ...declare.fields import TextField
from ...declare.texts import Part, Text

OWNER = Text("accounts.switch.owner", "Owner")
IN_VIEW = Text("accounts.switch.in_view", "Current")
NOT_OPEN = {
    "suspended": Text("accounts.switch.suspended", "Suspended"),
    "closed": Text("accounts.switch.closed", "Closed"),
}
"""What the list says about an account, beside its name."""

NOWHERE = Text("accounts.enter.nowhere", "no account")


def declare(config: Config) -> Declaration:
    return Declaration(
        screens=(_switch(), _enter(), *_states(config)),
        mails=(_activation(),),
        menu=(NavEntry("shell.menu.switch", "Switch account", to="accounts.switch", icon="swap", group="account"),),
        texts=(
            Text("accounts.activation.username", "User name: {username}"),
            Text("accounts.activation.email", "Email address: {email}"),
            Text("shell.header.account", "Account:"),
            Link("shell.header.switch", "Switch", to="accounts.switch"),
            OWNER,
            IN_VIEW,
            *NOT_OPEN.values(),
            NOWHERE,
            Text("accounts.still_open.title", "What you can still use"),
        ),
    )


def _switch() -> Screen:
    return Screen(
        "accounts.switch",
        "switch",
        Title("accounts.switch.title", "Choose an account"),
        access="user",
        for_several=True,
        parts=(
            Paragraph(
                "accounts.switch.intro",
                "Choose the account you want to work in. Its name is shown at the top of every page.",
            ),
            Rows(
                "accounts.switch.all",
                "Your accounts",
                columns=(
                    Column("accounts.switch.name", "Account"),
                    Column("accounts.switch.number", "Customer number"),
                    Column("accounts.switch.marks", "Note"),
                ),
                actions=(PostButton("accounts.switch.open", "Open", to="accounts.enter"),),
                empty=Text("accounts.switch.empty", "You do not have access to any account."),
                begin=Link("accounts.switch.home", "Back to the overview", to="site.home"),
                find=TextField("accounts.switch.find", "Find an account by name or customer number", required=False),
            ),
        ),
        messages=(
            Message(
                "accounts.switch.is_closed",
                "{account} is closed, so it cannot be opened. If you need something from it, contact us.",
                tone="warning",
                status=403,
            ),
        ),
    )


def _enter() -> Screen:
    return Screen(
        "accounts.enter",
        "switch/<number>",
        Title("accounts.enter.title", "Continue as {account}?"),
        access="user",
        for_several=True,
        parts=(
            Paragraph(
                "accounts.enter.question",
                "This page belongs to {account} (customer number {number}). You are currently in {here}. If you "
                "continue, everything you do will be done for {account}.",
            ),
            Action("accounts.enter.submit", "Continue"),
            Link("accounts.enter.stay", "Stay where I am", to="site.home"),
        ),
    )


def _states(config: Config) -> tuple[Screen, ...]:
    return (
        _state(
            Title("accounts.suspended.title", "This account is suspended"),
            Paragraph(
                "accounts.suspended.text",
                "{account} is suspended, so its pages are not available for now. Nothing has been deleted. Contact "
                "us to find out how to reactivate it.",
            ),
            Link("accounts.suspended.support", "Contact support", to="support"),
            Link("accounts.suspended.switch", "Switch account", to="accounts.switch"),
        ),
        _state(
            Title("accounts.closed.title", "This account is closed"),
            Paragraph(
                "accounts.closed.text",
                "{account} is closed. If that is a mistake or you need something from it, contact us.",
            ),
            Link("accounts.closed.support", "Contact support", to="support"),
            Link("accounts.closed.switch", "Switch account", to="accounts.switch"),
        ),
        _state(
            _none_title(config),
            _without_account(config),
            Link("accounts.none.support", "Contact support", to="support"),
        ),
        _state(
            Title("accounts.expired.title", "The plan of this account has ended"),
            Paragraph(
                "accounts.expired.text",
                "The plan of {account} was valid until {expired_on}. Your data is still here. Renew the plan to "
                "continue.",
            ),
            *_renew(config),
            Link("accounts.expired.support", "Contact support", to="support"),
            Link("accounts.expired.switch", "Switch account", to="accounts.switch"),
        ),
    )


def _none_title(config: Config) -> Title:
    if _may_never_have_had_one(config):
        return Title("accounts.none.title", "You have no account here")
    return Title("accounts.none.title", "You no longer have an account here")


def _may_never_have_had_one(config: Config) -> bool:
    return config.signup.enabled and config.signup.account == "none"


def _without_account(config: Config) -> Paragraph:
    if _may_never_have_had_one(config):
        return Paragraph(
            "accounts.none.text",
            "You are signed in, but you do not have access to any account. Contact us if you need one.",
        )
    if not config.users.enabled:
        return Paragraph(
            "accounts.none.text",
            "You are signed in, but you no longer have an account. If that is a mistake, contact us.",
        )
    return Paragraph(
        "accounts.none.text",
        "You are signed in, but you do not have access to any account. Ask the account owner to invite you again, "
        "or contact us.",
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
