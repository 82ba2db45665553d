"""The screens and mails for offering an account to one of its users, who accepts or declines."""

from __future__ import annotations

from ...accounts.screens import permission_groups, permission_options, role_options
from ...config import Config
from ...declare.elements import (
    OWNER,
    Action,
    Button,
    Declaration,
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
    Link("users.notice.see_offer", "See the offer", to="users.receive"),
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
        Title("users.transfer.title", "Give the account to another owner"),
        needs=OWNER,
        parts=(
            Paragraph(
                "users.transfer.intro",
                "An account has one owner. You offer {account} to one of its users; once they accept, they can do "
                "everything, and you can do only what you tick here. Open invitations end with it.",
            ),
            Choice(
                "users.transfer.to",
                "New owner",
                source="page",
                help=Text("users.transfer.to_help", "Somebody who is not in the list must be invited first."),
            ),
            Grants(
                "users.transfer.keeps",
                "What you may do afterwards",
                required=False,
                options=permission_options(config),
                groups=permission_groups(config),
                roles=role_options(config),
                tick_all=Text("users.transfer.all", "Select all"),
                help=Text("users.transfer.keeps_help", "Nothing, unless you tick it. The new owner can change it."),
            ),
            PasswordField(
                "users.transfer.password",
                "Your password",
                autocomplete="current-password",
                max_length=MAX_LENGTH,
                help=Text("users.transfer.password_help", "So that nobody else gives your account away."),
            ),
            Action("users.transfer.submit", "Offer the account", is_grave=True),
            Link("users.transfer.back", "Back to the users", to="users.list"),
        ),
        messages=(
            Message("users.transfer.wrong", "This is not your password.", field="password"),
            Message("users.transfer.too_many", "There were too many tries. Please wait {wait}.", status=429),
            Message(
                "users.transfer.not_there", "This user is not in the account any more. Choose another.", field="to"
            ),
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
                "{name} ({email}) can accept until {until}, and is then the owner of {account}. As long as they have "
                "not, it is you, and you can take the offer back.",
            ),
            Action("users.revoke.submit", "Take the offer back"),
            Link("users.revoke.back", "Back to the users", to="users.list"),
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
        Title("users.receive.title", "You are offered an account"),
        access="user",
        parts=(
            Paragraph(
                "users.receive.offer",
                "{from} offers you the account {account}, customer number {number}. You can accept until {until}.",
            ),
            Paragraph(
                "users.receive.means",
                "As its owner you can do everything in it, you decide who else has access, and we write to you "
                "about it. {from} will no longer be the owner.",
            ),
            Action("users.receive.submit", "Accept and become the owner"),
            PostButton("users.receive.decline", "Decline", to="users.refuse"),
        ),
        results=(
            Result(
                "users.receive.accepted",
                "You are the owner of {account} now.",
                parts=(
                    Link("users.receive.users", "User management", to="users.list"),
                    Link("users.receive.home", "Back to the start page", to="site.home"),
                ),
            ),
            Result(
                "users.receive.already",
                "You own {account} already: you accepted this offer.",
                tone="info",
                parts=(Link("users.receive.go_on", "Go on to the start page", to="site.home"),),
            ),
            Result(
                "users.receive.over",
                "This offer is over: it was accepted, declined or taken back, or its time has passed. Ask the owner of "
                "the account if you expected it to be open.",
                tone="warning",
                parts=(Link("users.receive.back", "Back to the start page", to="site.home"),),
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
                "users.refuse.question", "{from} stays the owner of {account} and gets a message that you declined."
            ),
            Action("users.refuse.submit", "Decline"),
            Link("users.refuse.back", "Back to the offer", to="users.receive"),
        ),
        results=(
            Result(
                "users.refuse.declined",
                "You have declined. Nothing has changed for you.",
                parts=(Link("users.refuse.home", "Back to the start page", to="site.home"),),
            ),
        ),
    )


def _mails() -> tuple[Mail, ...]:
    return (
        Mail(
            "users.offer",
            Text("users.offer.subject", "{from} offers you the account {account}"),
            (
                Paragraph("users.offer.intro", "{from} wants you to be the owner of {account} at {config.site.name}."),
                Button("users.offer.open", "See the offer"),
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
                Button("users.offered.open", "Take the offer back", to="users.revoke"),
                Paragraph(
                    "users.offered.not_you",
                    "If it was not you, take the offer back, change your password at once and tell us.",
                ),
            ),
            numbered=True,
        ),
        Mail(
            "users.refused",
            Text("users.refused.subject", "{name} declined your offer of {account}"),
            (
                Paragraph("users.refused.intro", "{name} ({email}) does not want to be the owner. You still are."),
                Button("users.refused.open", "User management", to="users.list"),
            ),
            numbered=True,
        ),
        Mail(
            "users.transferred",
            Text("users.transferred.subject", "{name} is the owner of {account} now"),
            (
                Paragraph(
                    "users.transferred.intro",
                    "Since {when}, {name} ({email}) is the owner of {account}; until then it was {from}.",
                ),
                Listing("users.transferred.ended", "These get no more messages, for the address was {from}'s own:"),
                Listing(
                    "users.transferred.kept",
                    "{from} had added these contacts, and they go on getting messages. Delete those you do not know:",
                ),
                Paragraph("users.transferred.wrong", "If that is not as it should be, tell us at once."),
            ),
            numbered=True,
        ),
    )
