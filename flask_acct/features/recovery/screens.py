"""Getting back in: a forgotten password, a forgotten user name, or neither known."""

from __future__ import annotations

from ...config import Config
from ...db.models import User, length_of
from ...declare.elements import (
    Action,
    Button,
    Declaration,
    Link,
    Listing,
    Mail,
    Message,
    Paragraph,
    Result,
    Screen,
    Secret,
    SendAgain,
    Title,
)
from ...declare.fields import Choice, LongText, Option, TextField
from ...declare.texts import Part, Text

NUMBER_PASTED = 60
"""Most characters of a customer number as people paste it, "Customer number: 9000": a browser cuts what is longer."""

TOO_MANY = "Too many requests from your connection. Please wait {wait} and try again."
CROWDED = (
    "We are receiving more requests than we can answer. Please try again in {wait}, or write to "
    "{config.site.support_email}."
)


def declare(config: Config) -> Declaration:
    screens: tuple[Screen, ...] = ()
    mails: tuple[Mail, ...] = ()
    if config.recovery.password.enabled:
        screens += (_password(config),)
        mails += (_way_in(config),)
        if config.recovery.password.confirm:
            screens += (_confirm(),)
            mails += (_confirm_mail(),)
    if config.recovery.username.enabled:
        screens += (_username(config),)
        mails += (_usernames_mail(),)
    if config.recovery.request.enabled:
        screens += (_request(),)
        mails += (_request_mail(),)
    return Declaration(screens=screens, mails=mails)


def _password(config: Config) -> Screen:
    return Screen(
        "recovery.password",
        "recover/password",
        _title(config),
        parts=(
            *_who(config),
            _submit(config),
            Link("recovery.password.back", "Back to sign-in", to="login.form"),
            *_sign_up_from_password(config),
            *_neither_from_password(config),
        ),
        messages=(
            Message("recovery.password.too_many", TOO_MANY, status=429),
            Message("recovery.password.crowded", CROWDED, status=429),
            Message(
                "recovery.password.used",
                "This link has already been used to set a password. Sign in with that one; if you did not set it "
                "or no longer know it, ask for a new link here.",
                tone="warning",
                status=410,
            ),
            *_confirmed(config),
            Message(
                "recovery.password.dead",
                "This link no longer works: it was used, replaced by a newer one, or has expired. Ask for a new "
                "one here.",
                status=410,
            ),
            Message(
                "recovery.password.left_lying",
                "You opened this link more than {config.session.idle_minutes:minute|minutes} ago. For your security, "
                "it is not kept any longer: open it again from the message, or ask for a new one here.",
                tone="info",
                status=200,
            ),
        ),
        results=(_password_sent(config),),
    )


def _confirmed(config: Config) -> tuple[Message, ...]:
    if not config.recovery.password.confirm:
        return ()
    return (
        Message(
            "recovery.password.confirmed",
            "This request has already been confirmed, and a second message with your access details was sent. If "
            "it does not arrive, ask again here.",
            tone="info",
            status=410,
        ),
    )


def _title(config: Config) -> Title:
    if config.recovery.brings_number_back(config.login):
        return Title("recovery.password.title", "Recover your access details")
    return Title("recovery.password.title", "Forgot your password?")


def _submit(config: Config) -> Action:
    ways = config.recovery.password
    if ways.deliver == "link" and not ways.confirm:
        return Action("recovery.password.submit", "Email me a link")
    return Action("recovery.password.submit", "Send")


def _promise(config: Config) -> Paragraph:
    ways = config.recovery.password
    if ways.deliver == "link" and not ways.confirm:
        return Paragraph(
            "recovery.password.intro", "Tell us who you are, and we will email you a link to set a new password."
        )
    return Paragraph("recovery.password.intro", "Tell us who you are, and we will write to your email address.")


def _who(config: Config) -> tuple[Part, ...]:
    if not config.recovery.password.choose:
        return (
            _promise(config),
            *(_ASKED[name] for name in config.recovery.password.identify),
        )
    return (
        Paragraph(
            "recovery.password.intro",
            "Choose one thing you know about your account, and we will write to its primary email address.",
        ),
        Choice(
            "recovery.password.kind",
            "What do you know?",
            options=tuple(_CHOICES[name] for name in config.recovery.password.choose),
        ),
        TextField(
            "recovery.password.value",
            "Enter it here",
            must_be="identifier",
            told_by="kind",
            help=Text("recovery.password.value_help", "Exactly as it is in your account."),
        ),
    )


_ASKED = {
    "username": TextField(
        "recovery.password.username",
        "User name",
        must_be="identifier",
        holds=("username",),
        autocomplete="username",
        max_length=length_of(User.username),
        example="m00000",
    ),
    "customer_number": TextField(
        "recovery.password.customer_number",
        "Customer number",
        must_be="identifier",
        holds=("customer_number",),
        max_length=NUMBER_PASTED,
        example="9000",
    ),
    "email": TextField(
        "recovery.password.email",
        "Email address",
        input_type="email",
        autocomplete="email",
        example="ana@example.com",
    ),
}

_CHOICES = {
    "domain": Option("recovery.password.domain", "Domain name", example="example.com"),
    "customer_number": Option("recovery.password.customer_number", "Customer number", example="9000"),
    "email": Option("recovery.password.email", "Primary email address", example="ana@example.com"),
    "username": Option("recovery.password.username", "User name", example="m00000"),
}


def _password_sent(config: Config) -> Result:
    parts: tuple[Part, ...] = (
        Paragraph(
            "recovery.password.not_arrived",
            "Nothing arrived? Check your spam folder and what you entered. If it still does not arrive, contact us.",
        ),
        SendAgain("recovery.password.again", "Send again", to="recovery.password"),
        Link("recovery.password.support", "Contact support", to="support"),
        _on_to_sign_in(config),
    )
    if config.recovery.password.confirm:
        return Result(
            "recovery.password.sent",
            "If there is an account for {typed}, we have written to its primary email address. Follow the link in that "
            "message to confirm your request; you will then get a second message with your access details.",
            parts=parts,
        )
    if config.recovery.password.deliver == "temporary_password":
        return Result(
            "recovery.password.sent",
            "If there is an account for {typed}, we have emailed a temporary password. It works once, for "
            "{config.recovery.password.temporary_password_minutes:minute|minutes}; the old password stays valid until "
            "you use it.",
            parts=parts,
        )
    return Result(
        "recovery.password.sent",
        "If there is an account for {typed}, we have emailed a link to set a new password. It works once, for "
        "{config.recovery.password.link_minutes:minute|minutes}.",
        parts=parts,
    )


def _on_to_sign_in(config: Config) -> Link:
    """Return the link to the next step, if the mail brings what one signs in with; else only the way back."""
    if config.recovery.password.deliver == "temporary_password" and not config.recovery.password.confirm:
        return Link(
            "recovery.password.back_to_sign_in", "To sign in with the new password, click here", to="login.form"
        )
    return Link("recovery.password.back_to_sign_in", "Back to sign-in", to="login.form")


def _sign_up_from_password(config: Config) -> tuple[Paragraph | Link, ...]:
    if not config.sign_up_at:
        return ()
    return (
        Paragraph("recovery.password.no_account", "No account yet?"),
        Link("recovery.password.sign_up", "Create one now", to=config.sign_up_at),
    )


def _sign_up_from_username(config: Config) -> tuple[Paragraph | Link, ...]:
    if not config.sign_up_at:
        return ()
    return (
        Paragraph("recovery.username.no_account", "No account yet?"),
        Link("recovery.username.sign_up", "Create one now", to=config.sign_up_at),
    )


def _neither_from_password(config: Config) -> tuple[Link, ...]:
    if not config.recovery.request.enabled:
        return ()
    return (Link("recovery.password.neither", "I do not know these details", to="recovery.request"),)


def _neither_from_username(config: Config) -> tuple[Link, ...]:
    if not config.recovery.request.enabled:
        return ()
    return (Link("recovery.username.neither", "I do not know these details", to="recovery.request"),)


def _confirm() -> Screen:
    return Screen(
        "recovery.confirm",
        "recover/confirm",
        Title("recovery.confirm.title", "Confirm your request"),
        parts=(
            Paragraph("recovery.confirm.intro", "Did you ask for your access details?"),
            Action("recovery.confirm.submit", "Yes, send my access details"),
            Link("recovery.confirm.back", "No, back to sign-in", to="login.form"),
        ),
        messages=(Message("recovery.confirm.too_many", TOO_MANY, status=429),),
        opened_by=("confirm_recovery",),
        results=(
            Result(
                "recovery.confirm.sent",
                "A second message with your access details is on its way to the primary email address.",
                parts=(
                    Paragraph(
                        "recovery.confirm.not_arrived",
                        "Nothing arrived? Check your spam folder. If it still does not arrive, contact us.",
                    ),
                    Link("recovery.confirm.support", "Contact support", to="support"),
                    Link("recovery.confirm.back_to_sign_in", "Back to sign-in", to="login.form"),
                ),
            ),
        ),
    )


def _username(config: Config) -> Screen:
    return Screen(
        "recovery.username",
        "recover/username",
        Title("recovery.username.title", "Forgot your user name?"),
        parts=(
            Paragraph(
                "recovery.username.intro",
                "Enter your email address, and we will send you the user names that belong to it.",
            ),
            TextField(
                "recovery.username.email",
                "Email address",
                input_type="email",
                autocomplete="email",
                example="ana@example.com",
            ),
            Action("recovery.username.submit", "Send"),
            Link("recovery.username.back", "Back to sign-in", to="login.form"),
            *_sign_up_from_username(config),
            *_neither_from_username(config),
        ),
        messages=(
            Message("recovery.username.too_many", TOO_MANY, status=429),
            Message("recovery.username.crowded", CROWDED, status=429),
        ),
        results=(
            Result(
                "recovery.username.sent",
                "If there is an account for {typed}, a message with the list of its user names is on its way.",
                parts=(
                    Paragraph(
                        "recovery.username.not_arrived",
                        "Nothing arrived? Check your spam folder, or try another of your addresses. If it still "
                        "does not arrive, contact us.",
                    ),
                    SendAgain("recovery.username.again", "Send again", to="recovery.username"),
                    Link("recovery.username.support", "Contact support", to="support"),
                    Link("recovery.username.back_to_sign_in", "Back to sign-in", to="login.form"),
                ),
            ),
        ),
    )


def _request() -> Screen:
    return Screen(
        "recovery.request",
        "recover/request",
        Title("recovery.request.title", "Get help signing in"),
        parts=(
            Paragraph(
                "recovery.request.intro",
                "If you do not have the details we ask for, or no longer use the email address we have, tell us. A "
                "person will check who you are and answer you.",
            ),
            TextField("recovery.request.name", "Your name", autocomplete="name", max_length=120),
            TextField(
                "recovery.request.email",
                "Email address for our answer",
                input_type="email",
                autocomplete="email",
                example="ana@example.com",
            ),
            LongText(
                "recovery.request.about",
                "What do you know about your account?",
                max_length=2000,
                help=Text(
                    "recovery.request.about_help",
                    "For example, your company, domain, an invoice number, or when you became a customer. Never a "
                    "password.",
                ),
            ),
            Action("recovery.request.submit", "Send request"),
            Link("recovery.request.back", "Back to sign-in", to="login.form"),
        ),
        messages=(
            Message("recovery.request.too_many", TOO_MANY, status=429),
            Message("recovery.request.crowded", CROWDED, status=429),
        ),
        results=(
            Result(
                "recovery.request.received",
                "We have received your request. Its reference is {reference}. Please keep it until you have our "
                "answer.",
                parts=(Link("recovery.request.back_to_sign_in", "Back to sign-in", to="login.form"),),
            ),
        ),
    )


def _confirm_mail() -> Mail:
    return Mail(
        "recovery.confirmation",
        Text("recovery.confirmation.subject", "Confirm your request for access details"),
        (
            Paragraph(
                "recovery.confirmation.intro",
                "Somebody, probably you, asked {config.site.name} for the access details of your account.",
            ),
            Button("recovery.confirmation.open", "Confirm the request", to="recovery.confirm"),
            Paragraph("recovery.confirmation.until", "The link works until {until}."),
            Paragraph("recovery.confirmation.asked", "Requested: {asked}"),
            Paragraph(
                "recovery.confirmation.not_you",
                "If this was not you, do nothing: nothing in your account has changed.",
            ),
        ),
    )


def _way_in(config: Config) -> Mail:
    """Return the mail that brings a link or a temporary password. It is the second one if a first asked to confirm."""
    return Mail(
        "recovery.reset",
        _way_in_subject(config),
        (
            Paragraph("recovery.reset.intro", "Somebody, probably you, asked for a new password for {username}."),
            Listing("recovery.reset.customer_numbers", "Your customer numbers:"),
            *_secret_or_link(config),
            Paragraph("recovery.reset.until", "It works once, until {until}."),
            Paragraph("recovery.reset.asked", "Requested: {asked}"),
            Paragraph(
                "recovery.reset.not_you",
                "If this was not you, do nothing: your old password stays valid and nothing has changed.",
            ),
        ),
        numbered=True,
    )


def _way_in_subject(config: Config) -> Text:
    if config.recovery.brings_number_back(config.login):
        return Text("recovery.reset.subject", "Your access details for {config.site.name}")
    if config.recovery.password.deliver == "temporary_password":
        return Text("recovery.reset.subject", "Your temporary password for {config.site.name}")
    return Text("recovery.reset.subject", "Set a new password for {config.site.name}")


def _secret_or_link(config: Config) -> tuple[Paragraph | Button | Secret, ...]:
    if config.recovery.password.deliver == "link":
        return (Button("recovery.reset.open", "Set a new password", to="password.set"),)
    return (
        Button("recovery.reset.sign_in", "Sign in", to="login.form"),
        Secret("recovery.reset.secret", "Sign in with this temporary password, then set a new one:"),
    )


def _usernames_mail() -> Mail:
    return Mail(
        "recovery.usernames",
        Text("recovery.usernames.subject", "Your user names at {config.site.name}"),
        (
            Paragraph(
                "recovery.usernames.intro",
                "Somebody, probably you, asked for the user names that belong to this email address.",
            ),
            Listing("recovery.usernames.usernames", "Your user names:"),
            Button("recovery.usernames.sign_in", "Sign in", to="login.form"),
            Paragraph("recovery.usernames.asked", "Requested: {asked}"),
            Paragraph("recovery.usernames.not_you", "If this was not you, do nothing: nothing has changed."),
        ),
    )


def _request_mail() -> Mail:
    return Mail(
        "recovery.requested",
        Text("recovery.requested.subject", "Access request {reference}"),
        (
            Paragraph(
                "recovery.requested.intro",
                "Somebody who cannot sign in is asking for access. Check who they are before you change anything, "
                "and never choose a password for them.",
            ),
            Listing("recovery.requested.details", "What they wrote:"),
        ),
    )
