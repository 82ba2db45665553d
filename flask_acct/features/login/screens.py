"""Signing in and out."""

from __future__ import annotations

from dataclasses import replace

from ...config import Config
from ...declare.elements import Action, Declaration, Lead, Link, Message, Paragraph, Screen, Tip, Title
from ...declare.fields import Field, PasswordField, TextField
from ...declare.texts import Text
from ...security.passwords import MAX_LENGTH
from ...values.languages import nearest


def declare(config: Config) -> Declaration:
    return Declaration(screens=(_form(config), _logout()), texts=_entrances(config))


def _form(config: Config) -> Screen:
    return Screen(
        "login.form",
        "login",
        Title("login.form.title", "Sign in"),
        parts=(
            identifier(config),
            PasswordField(
                "login.form.password",
                "Password",
                autocomplete="current-password",
                max_length=MAX_LENGTH,
            ),
            Action("login.form.submit", "Sign in"),
            *_ways_back(config),
            *_sign_up(config),
            *_tips(config),
            Paragraph(
                "login.form.idle",
                "For your security, you are signed out after {config.session.idle_minutes:minute|minutes} of "
                "inactivity.",
            ),
        ),
        messages=(
            Message(
                "login.form.wrong",
                "We could not sign you in with these details. Check them and try again.",
                link="forgot_password",
            ),
            _too_many(config),
            Message("login.form.stopped", "You cannot sign in now. {why}", status=403),
            Message("login.form.ended", "Your session has ended. Please sign in again.", tone="info", status=200),
            Message("login.form.please", "Please sign in to see this page.", tone="info", status=200),
            Message("login.form.signed_out", "You have been signed out.", tone="success", status=200),
            Message(
                "login.form.password_set",
                "Your new password has been set. Please sign in with it.",
                tone="success",
                status=200,
            ),
        ),
        access="visitor",
    )


def _too_many(config: Config) -> Message:
    """Return what is said after too many failures; a temporary password works all the same, so it holds nobody."""
    return Message(
        "login.form.too_many",
        "Too many attempts. Please wait {wait}, or use the link for a forgotten password.",
        status=429,
        link="forgot_password",
        holds=config.recovery.password.deliver == "link" or not config.recovery.password.enabled,
    )


def identifier(config: Config) -> Field:
    """Return the field that says who signs in, with words that fit what the configuration allows."""
    login = config.login
    field = replace(_IDENTIFIERS[frozenset(login.shipped)], holds=login.shipped)
    if not login.hosts:
        return field
    # Its words are the configuration's (``Config.wording``), so no catalog's.
    label = nearest(login.label, "en")
    return replace(field, message=label, input_type="text", max_length=254, example="")


_IDENTIFIERS = {
    frozenset({"username"}): TextField(
        "login.form.identifier", "User name", autocomplete="username", max_length=64, example="m00000"
    ),
    frozenset({"customer_number"}): TextField(
        "login.form.identifier", "Customer number", autocomplete="username", max_length=60, example="9000"
    ),
    frozenset({"email"}): TextField(
        "login.form.identifier",
        "Email address",
        input_type="email",
        autocomplete="username",
        example="ana@example.com",
    ),
    frozenset({"username", "email"}): TextField(
        "login.form.identifier", "User name or email address", autocomplete="username"
    ),
    frozenset({"customer_number", "email"}): TextField(
        "login.form.identifier", "Customer number or email address", autocomplete="username"
    ),
    frozenset({"customer_number", "username"}): TextField(
        "login.form.identifier", "Customer number or user name", autocomplete="username"
    ),
    frozenset({"customer_number", "username", "email"}): TextField(
        "login.form.identifier", "Customer number, user name or email address", autocomplete="username"
    ),
}


def _ways_back(config: Config) -> tuple[Link, ...]:
    links: tuple[Link, ...] = ()
    if config.recovery.username.enabled:
        links += (Link("login.form.forgot_username", "Forgot your user name?", to="recovery.username"),)
    if config.recovery.password.enabled:
        links += (_forgot_password(config),)
    return links


def _forgot_password(config: Config) -> Link:
    """Return the link to a forgotten password; it mentions the customer number if that can be recovered as well."""
    if config.recovery.brings_number_back(config.login):
        return Link("login.form.forgot_password", "Forgot your customer number or password?", to="recovery.password")
    return Link("login.form.forgot_password", "Forgot your password?", to="recovery.password")


def _sign_up(config: Config) -> tuple[Paragraph | Link, ...]:
    if not config.sign_up_at:
        return ()
    return (
        Paragraph("login.form.no_account", "No account yet?"),
        Link("login.form.sign_up", "Create one now", to=config.sign_up_at),
    )


def _tips(config: Config) -> tuple[Tip, ...]:
    if config.login.identifiers != ("username",):
        return ()
    return (
        Tip(
            "login.form.not_email",
            "Your user name is not your email address. Once you are signed in, you can see it in the menu at the "
            "top right.",
            lead=Lead("login.form.tip", "Tip"),
        ),
    )


def _logout() -> Screen:
    return Screen(
        "login.logout",
        "logout",
        Title("login.logout.title", "Sign out"),
        parts=(
            Paragraph("login.logout.text", "Do you want to sign out?"),
            Action("login.logout.submit", "Sign out"),
        ),
        access="anyone",
    )


def _entrances(config: Config) -> tuple[Text, ...]:
    """Return the two entrances on a company's home page, and for how long the second one is free."""
    return (
        Link("login.entrances.enter", "Sign in", to="login.form"),
        Link("login.entrances.try", "Try for free", to=config.sign_up_at),
        *_trial(config),
    )


def _trial(config: Config) -> tuple[Text, ...]:
    if not config.site.trial_days:
        return ()
    return (Text("login.entrances.trial", "A trial is free for {config.site.trial_days:day|days}."),)
