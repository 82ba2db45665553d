"""Setting a new password after a link, a temporary password or its expiry; changing it while signed in."""

from __future__ import annotations

from ...config import Config
from ...declare.elements import Action, Button, Declaration, Link, Mail, Message, NavEntry, Paragraph, Screen, Title
from ...declare.fields import PasswordField
from ...declare.texts import Text
from ...security.passwords import MAX_LENGTH


def declare(config: Config) -> Declaration:
    mails: tuple[Mail, ...] = (_changed(),)
    if config.password.max_age_days:
        mails += (_expires_soon(),)
    return Declaration(
        screens=(_set(config), _change(config)),
        mails=mails,
        menu=(NavEntry("shell.menu.change_password", "Change password", to="password.change", icon="key", group="me"),),
        texts=(
            Text("password.news.ends", "Your password expires on {until}."),
            Link("password.news.change", "Change password", to="password.change"),
        ),
    )


def _set(config: Config) -> Screen:
    return Screen(
        "password.set",
        "password/set",
        Title("password.set.title", "Set a new password"),
        parts=(
            Paragraph("password.set.whose", "You are setting the password of {who}."),
            PasswordField(
                "password.set.new",
                "New password",
                autocomplete="new-password",
                max_length=MAX_LENGTH,
                help=Text("password.set.new_help", NEW_HELP),
            ),
            PasswordField(
                "password.set.repeat",
                "Confirm new password",
                autocomplete="new-password",
                max_length=MAX_LENGTH,
                repeats="new",
            ),
            Action("password.set.submit", "Set password"),
        ),
        messages=(
            Message(
                "password.set.temporary",
                "You signed in with a temporary password. Set a new one to continue.",
                tone="info",
                status=200,
            ),
            Message(
                "password.set.expired",
                "Your password is older than {config.password.max_age_days:day|days}. Set a new one to continue.",
                tone="info",
                status=200,
            ),
            *rules(config),
        ),
        access="setting_password",
        opened_by=("password_link", "activation"),
    )


def _change(config: Config) -> Screen:
    return Screen(
        "password.change",
        "password/change",
        Title("password.change.title", "Change password"),
        parts=(
            PasswordField(
                "password.change.current",
                "Current password",
                autocomplete="current-password",
                max_length=MAX_LENGTH,
            ),
            PasswordField(
                "password.change.new",
                "New password",
                autocomplete="new-password",
                max_length=MAX_LENGTH,
                help=Text("password.change.new_help", NEW_HELP),
            ),
            PasswordField(
                "password.change.repeat",
                "Confirm new password",
                autocomplete="new-password",
                max_length=MAX_LENGTH,
                repeats="new",
            ),
            Action("password.change.submit", "Change password"),
        ),
        messages=(
            Message("password.change.wrong", "This is not your current password.", field="current"),
            Message("password.change.too_many", "Too many attempts. Please wait {wait}.", status=429),
            Message(
                "password.change.done",
                "Your password has been changed. You have been signed out everywhere else.",
                tone="success",
                status=200,
            ),
            *rules(config),
        ),
        access="user",
    )


NEW_HELP = "At least {config.password.min_length} characters. A few words with spaces are easy to remember."


def rules(config: Config) -> tuple[Message, ...]:
    """Return what can be wrong with a new password, by the names that ``passwords.weakness`` gives."""
    return (
        Message(
            "password.rules.too_short", "Please use at least {config.password.min_length} characters.", field="new"
        ),
        Message("password.rules.too_long", "Please use at most 1024 characters.", field="new"),
        Message(
            "password.rules.too_common",
            "Many people use this password, so it is easy to guess. Choose another.",
            field="new",
        ),
        _about_you(config),
        Message(
            "password.rules.repeats",
            "This only repeats, counts up or follows the keyboard. Choose another.",
            field="new",
        ),
        Message(
            "password.rules.mailed",
            "This was sent in a message that others may read. Choose a password that only you know.",
            field="new",
        ),
        Message("password.rules.same_as_old", "This is your old password. Choose another.", field="new"),
        Message("password.rules.differ", "The two new passwords do not match.", field="repeat"),
    )


def _about_you(config: Config) -> Message:
    if config.login.has_usernames:
        return Message(
            "password.rules.about_you",
            "This is your name, email address or user name, so it is easy to guess. Choose another.",
            field="new",
        )
    return Message(
        "password.rules.about_you",
        "This is your name or email address, so it is easy to guess. Choose another.",
        field="new",
    )


def _changed() -> Mail:
    return Mail(
        "password.changed",
        Text("password.changed.subject", "Your password was changed"),
        (
            Paragraph("password.changed.intro", "The password of {username} was changed on {when}."),
            Paragraph("password.changed.not_you", "If this was not you, set a new password immediately and tell us."),
            Button("password.changed.recover", "Set a new password", to="recovery.password"),
        ),
        numbered=True,
    )


def _expires_soon() -> Mail:
    return Mail(
        "password.expires_soon",
        Text("password.expires_soon.subject", "Your password expires soon"),
        (
            Paragraph("password.expires_soon.intro", "The password of {username} is valid until {until}."),
            Button("password.expires_soon.change", "Change password", to="password.change"),
            Paragraph(
                "password.expires_soon.otherwise",
                "If you do nothing, you will be asked to set a new one the next time you sign in.",
            ),
        ),
        numbered=True,
    )
