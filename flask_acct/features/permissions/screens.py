"""The screen and mail about the permissions of a user in an account."""

from __future__ import annotations

from ...accounts.screens import PROOF, PROOF_MESSAGES, permission_groups, permission_options, role_options
from ...config import Config
from ...declare.elements import OWNER, Action, Button, Declaration, Link, Listing, Mail, Paragraph, Screen, Title
from ...declare.fields import Grants
from ...declare.texts import Text


def declare(config: Config) -> Declaration:
    # The page that says a permission is missing names it, even if nobody can be invited.
    named = tuple(text for one in permission_options(config) for text in (one, one.help) if text)
    if not config.users.enabled:
        return Declaration(texts=named)
    return Declaration(
        screens=(_permissions(config),),
        mails=(_permitted(),),
        texts=(
            *named,
            *PROOF_MESSAGES,
            *role_options(config),
            Text("users.list.custom", "Custom"),
            Text("users.list.nothing", "Nothing yet"),
            Text("users.list.several", "{count} of {total} permissions"),
            Text("users.grants.includes", "Includes: {permissions}"),
            Text("users.grants.none", "No access"),
            Text("users.grants.sensitive", "Sensitive"),
            Text("users.grants.role", "Role"),
            Text("users.grants.role_help", "Choosing a role replaces the permissions selected below."),
            Text("users.grants.custom", "As selected below"),
        ),
    )


def _permissions(config: Config) -> Screen:
    return Screen(
        "users.permissions",
        "users/<int:member>/permissions",
        Title("users.permissions.title", "Manage permissions: {name}"),
        needs=OWNER,
        parts=(
            Paragraph("users.permissions.who", "What {name} ({email}) can do in {account}:"),
            Grants(
                "users.permissions.grants",
                "Permissions",
                required=False,
                options=permission_options(config),
                groups=permission_groups(config),
                roles=role_options(config),
                tick_all=Text("users.permissions.all", "Select all"),
            ),
            PROOF,
            Action("users.permissions.submit", "Save changes"),
            Link("users.permissions.back", "Cancel", to="users.list"),
        ),
    )


def _permitted() -> Mail:
    return Mail(
        "users.permitted",
        Text("users.permitted.subject", "The permissions of {name} in {account} have changed"),
        (
            Paragraph("users.permitted.intro", "The permissions of {name} ({email}) were changed on {when}."),
            Listing("users.permitted.grants", "What they can do now:"),
            Button("users.permitted.open", "User management", to="users.list"),
            Paragraph("users.permitted.not_you", "If this was not you, change your password immediately and tell us."),
        ),
        numbered=True,
    )
