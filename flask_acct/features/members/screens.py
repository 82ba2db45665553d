"""The screens and mails about the users of an account, for removing one and for leaving."""

from __future__ import annotations

from ...accounts.screens import TOO_MANY_INVITATIONS
from ...config import Config
from ...declare.elements import (
    OWNER,
    SUB_USER,
    Action,
    Button,
    Column,
    Declaration,
    Link,
    Listing,
    Mail,
    MainLink,
    MenuRows,
    Message,
    NavEntry,
    Paragraph,
    PostButton,
    Rows,
    Screen,
    Tip,
    Title,
)
from ...declare.fields import Choice, Field, Option
from ...declare.texts import Text


def declare(config: Config) -> Declaration:
    if not config.users.enabled:
        return Declaration()
    return Declaration(
        screens=(_list(), _remove(), _leave()),
        mails=_mails(),
        menu=(
            NavEntry("shell.menu.users", "User management", to="users.list", icon="users", group="company"),
            NavEntry("shell.menu.leave_account", "Leave this account", to="users.leave", icon="leave", group="apart"),
        ),
        texts=(
            Text("users.list.owner", "Owner"),
            Text("users.list.everything", "Everything"),
            Text("users.list.active", "Active"),
            Text("users.list.to_be_owner", "Ownership offered"),
            Text("users.list.never", "Never"),
            Text("users.remove.own", "Their own address"),
            Text("users.remove.added", "Added by them"),
            Text("users.remove.billing", "Billing email address"),
            Text("users.mail.billing", "Billing email address: {address}"),
            Text("users.mail.more", "And {count} more"),
            Text("users.news.invitation", "Nobody has accepted the invitation to {email} yet. It expires on {until}."),
            Link("users.news.see", "User management", to="users.list"),
        ),
    )


def _list() -> Screen:
    return Screen(
        "users.list",
        "users",
        Title("users.list.title", "User management"),
        needs=OWNER,
        parts=(
            MainLink("users.list.invite", "Invite", to="users.invite"),
            Paragraph(
                "users.list.intro",
                "Give other people access to {account}. Each signs in with their own password and can do what you "
                "allow, nothing else. Only you, the owner, can invite people, change their permissions and remove "
                "their access.",
            ),
            Tip(
                "users.list.offered",
                "You have offered {account} to {candidate} ({candidate_email}), who can accept until "
                "{offer_until}. Until they accept, you remain its owner.",
            ),
            Link("users.list.see_offer", "View or withdraw the offer", to="users.revoke"),
            MenuRows(
                "users.list.members",
                "Users of this account",
                columns=(
                    Column("users.list.name", "Name"),
                    Column("users.list.may", "Role"),
                    Column("users.list.state", "Status"),
                    Column("users.list.last_seen", "Last signed in"),
                ),
                menu=Text("users.list.actions", "Actions"),
                actions=(
                    Link("users.list.permissions", "Manage permissions", to="users.permissions"),
                    Link("users.list.remove", "Remove access", to="users.remove"),
                    Link("users.list.change", "Change permissions", to="users.change"),
                    PostButton("users.list.resend", "Resend", to="users.resend"),
                    PostButton("users.list.cancel", "Cancel invitation", to="users.cancel"),
                ),
            ),
            Link("users.list.transfer", "Transfer the account to another owner", to="users.transfer"),
        ),
        messages=(
            Message(
                "users.list.sent_to",
                "The invitation is on its way to {email}. It can be accepted until {until}, with these "
                "permissions: {permissions}.",
                tone="success",
                status=200,
            ),
            TOO_MANY_INVITATIONS,
            Message(
                "users.list.cancelled",
                "The invitation to {email} has been cancelled. Its link no longer works.",
                tone="success",
                status=200,
            ),
            Message(
                "users.list.saved",
                "The permissions of {name} have been saved. They apply from the next page {name} opens.",
                tone="success",
                status=200,
            ),
            Message(
                "users.list.kept",
                "Your offer has been withdrawn. You remain the owner of {account}.",
                tone="success",
                status=200,
            ),
            Message("users.list.removed", "{name} no longer has access to {account}.", tone="success", status=200),
            Message(
                "users.list.gone", "This has changed in the meantime. Here is how it is now.", tone="info", status=200
            ),
        ),
    )


def _remove() -> Screen:
    return Screen(
        "users.remove",
        "users/<int:member>/remove",
        Title("users.remove.title", "Remove access?"),
        needs=OWNER,
        parts=(
            Paragraph(
                "users.remove.question",
                "{name} ({email}) will lose access to {account} immediately, even on pages that are already open. "
                "Their user and their access to other accounts stay the same. You will both get a message.",
            ),
            *_left_behind(),
            Action("users.remove.submit", "Remove access", is_grave=True),
            Link("users.remove.back", "Keep this user", to="users.list"),
        ),
    )


def _left_behind() -> tuple[Rows | Field, ...]:
    """Return the list of contacts they leave behind and the choice of what happens to them; left out without any."""
    return (
        Rows(
            "users.remove.readers",
            "Who else would still get messages",
            columns=(
                Column("users.remove.reader", "Contact"),
                Column("users.remove.address", "Email address"),
                Column("users.remove.why", "Why it is listed"),
            ),
        ),
        Choice(
            "users.remove.decision",
            "What happens to these contacts",
            options=(
                Option("users.remove.delete", "Delete them: they get no more messages"),
                Option("users.remove.keep", "Keep them: they still get messages"),
            ),
            help=Text(
                "users.remove.decision_help",
                "{name} added or owns these addresses ({count}). Keep them only if you know who reads them.",
            ),
        ),
    )


def _leave() -> Screen:
    return Screen(
        "users.leave",
        "users/leave",
        Title("users.leave.title", "Leave this account?"),
        needs=SUB_USER,
        parts=(
            Paragraph(
                "users.leave.question",
                "You will lose access to {account}, and its owner, {owner}, will get a message. If you get "
                "messages about it as a contact at your own address, they will stop as well. Your own user "
                "remains. To come back, you will need a new invitation.",
            ),
            Action("users.leave.submit", "Leave this account", is_grave=True),
            Link("users.leave.back", "Stay in the account", to="site.home"),
        ),
    )


def _mails() -> tuple[Mail, ...]:
    return (
        Mail(
            "users.removed",
            Text("users.removed.subject", "{name} no longer has access to {account}"),
            (
                Paragraph("users.removed.intro", "The access of {name} ({email}) to {account} was removed on {when}."),
                Listing("users.removed.ended", "These addresses no longer get messages about the account either:"),
                Listing("users.removed.kept", "These contacts still get messages, as you chose:"),
                Button("users.removed.open", "User management", to="users.list"),
                Paragraph(
                    "users.removed.not_you", "If this was not you, change your password immediately and tell us."
                ),
            ),
            numbered=True,
        ),
        Mail(
            "users.access_ended",
            Text("users.access_ended.subject", "You no longer have access to {account}"),
            (
                Paragraph("users.access_ended.intro", "{owner}, the owner of {account}, has removed your access."),
                Paragraph(
                    "users.access_ended.ask",
                    "Your user and your other accounts stay the same. If you think this is a mistake, ask {owner}.",
                ),
            ),
        ),
        Mail(
            "users.left",
            Text("users.left.subject", "{name} has left {account}"),
            (
                Paragraph("users.left.intro", "{name} ({email}) gave up access to {account} on {when}."),
                Listing("users.left.ended", "These addresses no longer get messages, because they belong to {name}:"),
                Listing(
                    "users.left.kept",
                    "{name} added these contacts, and they still get messages. Delete those you do not know:",
                ),
                Button("users.left.open", "User management", to="users.list"),
            ),
            numbered=True,
        ),
    )
