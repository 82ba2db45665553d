"""The screens and mails for offering an account to one of its users, who accepts or declines."""

from __future__ import annotations

from ...accounts.screens import permission_groups, permission_options, role_options
from ...config import Config
from ...declare.elements import (
    OWNER,
    Action,
    Button,
    Declaration,
    Fold,
    Link,
    Listing,
    Mail,
    Message,
    Paragraph,
    PostButton,
    Result,
    Screen,
    Title,
)
from ...declare.fields import Choice, Grants, PasswordField
from ...declare.texts import Text
from ...security.passwords import MAX_LENGTH

NOTICES = (
    Text("users.notice.offer", "{from} offers you the account {account}."),
    Link("users.notice.see_offer", "View offer", to="users.receive"),
)
"""The words of the notice on every page about an open offer."""


def declare(config: Config) -> Declaration:
    if not config.users.enabled:
        return Declaration()
    return Declaration(
        screens=(_transfer(config), _revoke(), _receive(), _decline()),
        mails=_mails(),
        texts=NOTICES,
    )


def _transfer(config: Config) -> Screen:
    return Screen(
        "users.transfer",
        "users/transfer",
        Title("users.transfer.title", "Transfer the account to another owner"),
        needs=OWNER,
        parts=(
            Paragraph(
                "users.transfer.intro",
                "An account has one owner. Offer {account} to one of its users: once they accept, they can do "
                "everything, and you can do only what you select here. Pending invitations then end.",
            ),
            Choice(
                "users.transfer.to",
                "New owner",
                source="page",
                help=Text("users.transfer.to_help", "Anyone who is not in the list must be invited first."),
            ),
            PasswordField(
                "users.transfer.password",
                "Your password",
                autocomplete="current-password",
                max_length=MAX_LENGTH,
                help=Text("users.transfer.password_help", "So that nobody else can give your account away."),
            ),
            Fold("users.transfer.more", "Keep some permissions for yourself"),
            Grants(
                "users.transfer.keeps",
                "What you can do afterwards",
                required=False,
                options=permission_options(config),
                groups=permission_groups(config),
                roles=role_options(config),
                tick_all=Text("users.transfer.all", "Select all"),
                help=Text("users.transfer.keeps_help", "Nothing, unless you select it. The new owner can change it."),
            ),
            Action("users.transfer.submit", "Offer the account", is_grave=True),
            Link("users.transfer.back", "Back to users", to="users.list"),
        ),
        messages=(
            Message("users.transfer.wrong", "This is not your password.", field="password"),
            Message("users.transfer.too_many", "Too many attempts. Please wait {wait}.", status=429),
            Message("users.transfer.not_there", "This user is no longer in the account. Choose another.", field="to"),
        ),
    )


def _revoke() -> Screen:
    return Screen(
        "users.revoke",
        "users/transfer/revoke",
        Title("users.revoke.title", "Your offer of the account"),
        needs=OWNER,
        parts=(
            Paragraph(
                "users.revoke.offer",
                "{name} ({email}) can accept until {until} and will then be the owner of {account}. Until they "
                "accept, you remain the owner and can withdraw the offer.",
            ),
            Action("users.revoke.submit", "Withdraw offer"),
            Link("users.revoke.back", "Back to users", to="users.list"),
        ),
        messages=(
            Message(
                "users.revoke.offered",
                "Your offer is on its way to {name}.",
                tone="success",
                status=200,
            ),
        ),
    )


def _receive() -> Screen:
    return Screen(
        "users.receive",
        "users/receive/<int:transfer>",
        Title("users.receive.title", "You have been offered an account"),
        access="user",
        parts=(
            Paragraph(
                "users.receive.offer",
                "{from} offers you the account {account}, customer number {number}. You can accept until {until}.",
            ),
            Paragraph(
                "users.receive.means",
                "As its owner, you can do everything in it, you decide who else has access, and our messages about "
                "it go to you. {from} will no longer be the owner.",
            ),
            Action("users.receive.submit", "Accept and become the owner"),
            PostButton("users.receive.decline", "Decline", to="users.refuse"),
        ),
        results=(
            Result(
                "users.receive.accepted",
                "You are now the owner of {account}.",
                parts=(
                    Link("users.receive.users", "User management", to="users.list"),
                    Link("users.receive.home", "Back to the home page", to="site.home"),
                ),
            ),
            Result(
                "users.receive.already",
                "You already own {account}: you accepted this offer.",
                tone="info",
                parts=(Link("users.receive.go_on", "Go to the home page", to="site.home"),),
            ),
            Result(
                "users.receive.over",
                "This offer is no longer open: it was accepted, declined or withdrawn, or it has expired. If you "
                "expected it to be open, ask the account owner.",
                tone="warning",
                parts=(Link("users.receive.back", "Back to the home page", to="site.home"),),
            ),
        ),
    )


def _decline() -> Screen:
    return Screen(
        "users.refuse",
        "users/receive/<int:transfer>/decline",
        Title("users.refuse.title", "Decline the offer?"),
        access="user",
        parts=(
            Paragraph(
                "users.refuse.question", "{from} remains the owner of {account} and will be told that you declined."
            ),
            Action("users.refuse.submit", "Decline"),
            Link("users.refuse.back", "Back to the offer", to="users.receive"),
        ),
        results=(
            Result(
                "users.refuse.declined",
                "You have declined the offer. Nothing has changed for you.",
                parts=(Link("users.refuse.home", "Back to the home page", to="site.home"),),
            ),
        ),
    )


def _mails() -> tuple[Mail, ...]:
    return (
        Mail(
            "users.offer",
            Text("users.offer.subject", "{from} offers you the account {account}"),
            (
                Paragraph(
                    "users.offer.intro", "{from} would like you to become the owner of {account} at {config.site.name}."
                ),
                Button("users.offer.open", "View offer"),
                Paragraph(
                    "users.offer.until", "You can accept or decline it until {until}. Until then nothing changes."
                ),
            ),
            numbered=True,
        ),
        Mail(
            "users.offered",
            Text("users.offered.subject", "You offered {account} to {name}"),
            (
                Paragraph(
                    "users.offered.intro",
                    "{name} ({email}) can accept your offer and become the owner of {account} until {until}.",
                ),
                Button("users.offered.open", "Withdraw offer", to="users.revoke"),
                Paragraph(
                    "users.offered.not_you",
                    "If this was not you, withdraw the offer, change your password immediately and tell us.",
                ),
            ),
            numbered=True,
        ),
        Mail(
            "users.refused",
            Text("users.refused.subject", "{name} declined your offer of {account}"),
            (
                Paragraph("users.refused.intro", "{name} ({email}) does not want to become the owner. You still are."),
                Button("users.refused.open", "User management", to="users.list"),
            ),
            numbered=True,
        ),
        Mail(
            "users.transferred",
            Text("users.transferred.subject", "{name} is now the owner of {account}"),
            (
                Paragraph(
                    "users.transferred.intro",
                    "On {when}, {name} ({email}) became the owner of {account}. Before that, it was {from}.",
                ),
                Listing(
                    "users.transferred.ended", "These addresses no longer get messages, because they belong to {from}:"
                ),
                Listing(
                    "users.transferred.kept",
                    "{from} added these contacts, and they still get messages. Delete those you do not know:",
                ),
                Paragraph("users.transferred.wrong", "If this is not right, tell us immediately."),
            ),
            numbered=True,
        ),
    )
