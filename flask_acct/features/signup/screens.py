"""Signing up: a stranger proves an address by a link, and only then becomes a user."""

from __future__ import annotations

from ...config import Config
from ...db.models import Account, User, length_of
from ...declare import own_fields
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
    Title,
)
from ...declare.fields import Field, PasswordField, TextField, Tick
from ...declare.texts import Part, Text
from ...security.passwords import MAX_LENGTH


def declare(config: Config) -> Declaration:
    if not config.signup.enabled:
        return Declaration()
    screens, mails = (_form(config), _finish(config)), (_link_mail(), _known_mail(config), _welcome_mail(config))
    texts: tuple[Text, ...] = (
        Text("signup.welcome.username", "User name: {username}"),
        Text("signup.welcome.email", "Email address: {email}"),
    )
    if config.signup.is_open:
        return Declaration(screens=screens, mails=mails, texts=texts)
    # A host's own words for the form stay valid while nobody sees it.
    texts += tuple(text.sentence for screen in screens for text in screen.texts())
    return Declaration(screens=(_shut(config), _finish_no_more()), mails=mails, texts=texts)


def _form(config: Config) -> Screen:
    return Screen(
        "signup.form",
        "signup",
        _title(config),
        access="visitor",
        parts=(
            *_offer(config),
            TextField(
                "signup.form.email",
                "Email address",
                input_type="email",
                autocomplete="email",
                example="ana@example.com",
                help=_domains(config),
            ),
            Action("signup.form.submit", "Email me a link"),
            Paragraph("signup.form.has_account", "Do you have an account?"),
            Link("signup.form.back", "Sign in", to="login.form"),
        ),
        messages=(*_sending(), *_dead_links()),
        results=(_sent(),),
    )


def _title(config: Config) -> Title:
    if config.signup.account == "trial":
        return Title("signup.form.title", "Try it for free")
    return Title("signup.form.title", "Sign up")


def _offer(config: Config) -> tuple[Paragraph, ...]:
    how = Paragraph(
        "signup.form.intro",
        "Enter your email address. You will get a message with a link to choose your password.",
    )
    if config.signup.account == "none" or not config.site.trial_days:
        return (how,)
    return (Paragraph("signup.form.trial", "The trial is free for {config.site.trial_days:day|days}."), how)


def _domains(config: Config) -> Text | None:
    if not config.signup.domains:
        return None
    return Text("signup.form.email_help", "Only addresses at {domains}.")


def _sending() -> tuple[Message, ...]:
    return (
        Message(
            "signup.form.too_many",
            "Too many requests from your connection. Please wait {wait} and try again.",
            status=429,
        ),
        Message(
            "signup.form.crowded",
            "We are receiving more requests than we can answer. Please try again in {wait}, or write to "
            "{config.site.support_email}.",
            status=429,
        ),
        Message(
            "signup.form.other_domain",
            "You can only sign up with an address at {domains}.",
            field="email",
        ),
    )


def _dead_links() -> tuple[Message, ...]:
    return (
        Message(
            "signup.form.used",
            "This link has already been used. Sign in with the password you chose then.",
            tone="warning",
            status=410,
        ),
        Message(
            "signup.form.known",
            "There is already a user with this address. Sign in, or ask for a new password there.",
            tone="info",
            status=410,
        ),
        Message(
            "signup.form.expired",
            "This link worked until {until}. Ask for a new one here.",
            status=410,
        ),
        Message(
            "signup.form.unknown",
            "There is nothing to finish here. Open the whole link in the message you got, or ask for a new one here.",
            status=410,
        ),
    )


def _sent() -> Result:
    return Result(
        "signup.form.sent",
        "A message is on its way to this address. Follow the link in it within {config.signup.link_hours:hour|hours}. "
        "If you are already a user, it tells you how to sign in.",
        parts=(
            Paragraph(
                "signup.form.not_arrived",
                "Nothing arrived? Check your spam folder and what you entered. If it still does not arrive, "
                "contact us.",
            ),
            Link("signup.form.support", "Contact support", to="support"),
            Link("signup.form.back_to_sign_in", "Back to sign-in", to="login.form"),
        ),
    )


def _shut(config: Config) -> Screen:
    """The page if nobody can sign up: it says what else to do."""
    return Screen(
        "signup.form",
        "signup",
        _title(config),
        access="visitor",
        parts=(
            _why_shut(config),
            Link("signup.form.back", "Sign in", to="login.form"),
            Link("signup.form.support", "Contact support", to="support"),
        ),
    )


def _why_shut(config: Config) -> Paragraph:
    if config.signup.mode == "closed":
        return Paragraph("signup.form.closed", "Nobody can sign up at the moment. If you have an account, sign in.")
    return Paragraph(
        "signup.form.by_invitation",
        "You can only sign up by invitation. Ask somebody who has an account to invite you, and follow the link in "
        "the message you get.",
    )


def _finish_no_more() -> Screen:
    """Where links lead that were mailed while strangers could sign up."""
    title = Title("signup.finish.title", "Welcome to {config.site.name}")
    return Screen("signup.finish", "signup/finish", title, opened_by=("sign_up",))


def _finish(config: Config) -> Screen:
    return Screen(
        "signup.finish",
        "signup/finish",
        Title("signup.finish.title", "Welcome to {config.site.name}"),
        opened_by=("sign_up",),
        parts=(
            _way_in(config),
            TextField(
                "signup.finish.first_name",
                "First name",
                autocomplete="given-name",
                max_length=length_of(User.first_name),
            ),
            TextField(
                "signup.finish.last_name", "Last name", autocomplete="family-name", max_length=length_of(User.last_name)
            ),
            *_account_name(config),
            *_user_name(config),
            *_own_fields(config),
            *_password(),
            *_terms(config),
            _submit(config),
        ),
        messages=(
            Message(
                "signup.finish.no_user_name",
                "This cannot be a user name. Use letters of one alphabet, digits, dots, hyphens and underscores. "
                "Begin and end with a letter or digit, and do not use digits only.",
                field="username",
            ),
            Message("signup.finish.taken", "This user name is already taken. Choose another.", field="username"),
            Message("signup.finish.too_many", "Too many attempts. Please wait {wait}.", status=429),
        ),
        results=(_finished(config),),
    )


def _way_in(config: Config) -> Paragraph:
    if "email" in config.login.identifiers:
        return Paragraph(
            "signup.finish.by_email",
            "Your address {email} is confirmed. Complete this form, and you can sign in with it and your password.",
        )
    if "username" in config.login.identifiers:
        return Paragraph(
            "signup.finish.by_name",
            "Your address {email} is confirmed. Choose a user name and a password, and you can sign in with them.",
        )
    return Paragraph(
        "signup.finish.by_number",
        "Your address {email} is confirmed. Choose a password. You will sign in with it and with a customer "
        "number, which you will get now.",
    )


def _account_name(config: Config) -> tuple[Field, ...]:
    if config.signup.account == "none":
        return ()
    return (
        TextField(
            "signup.finish.account_name",
            "Company",
            autocomplete="organization",
            required=False,
            max_length=length_of(Account.name),
            help=Text(
                "signup.finish.account_name_help", "The name of your account. Without it, your own name is used."
            ),
        ),
    )


def _user_name(config: Config) -> tuple[Field, ...]:
    if "username" not in config.login.identifiers:
        return ()
    return (
        TextField(
            "signup.finish.username",
            "User name",
            holds=("username",),
            autocomplete="username",
            max_length=length_of(User.username),
            help=Text("signup.finish.username_help", "You will use it to sign in."),
        ),
    )


def _own_fields(config: Config) -> tuple[Field, ...]:
    """Return the host's fields that must be filled in; the others are on the pages of the user and the account."""
    required_fields = {field.name: field for field in own_fields.parts("user", config) if field.required}
    if config.signup.account == "trial":
        of_account = {field.name: field for field in own_fields.parts("account", config) if field.required}
        required_fields = {**of_account, **required_fields}
    return tuple(required_fields.values())


def _password() -> tuple[Field, ...]:
    return (
        PasswordField(
            "signup.finish.new",
            "Password",
            autocomplete="new-password",
            max_length=MAX_LENGTH,
            help=Text(
                "signup.finish.new_help",
                "At least {config.password.min_length} characters. A few words with spaces are easy to remember.",
            ),
        ),
        PasswordField(
            "signup.finish.repeat",
            "Confirm password",
            autocomplete="new-password",
            max_length=MAX_LENGTH,
            repeats="new",
        ),
    )


def _terms(config: Config) -> tuple[Part, ...]:
    if not config.terms_at:
        return ()
    return (
        Tick("signup.finish.terms", "I have read and accept the terms"),
        Link("signup.finish.read_terms", "Read the terms", to=config.terms_at),
    )


def _submit(config: Config) -> Action:
    if config.signup.account == "trial":
        return Action("signup.finish.submit", "Create account")
    return Action("signup.finish.submit", "Create user")


def _finished(config: Config) -> Result:
    parts: tuple[Part, ...] = (Link("signup.finish.home", "Go to the home page", to="site.home"),)
    if config.signup.account == "none":
        return Result("signup.finish.done", "You are now a user, and signed in as {username}.", parts=parts)
    if "customer_number" in config.login.identifiers:
        number = Paragraph(
            "signup.finish.number", "Your customer number is {number}. It is in the message we sent you."
        )
        parts = (number, *parts)
    return Result("signup.finish.done", "Your account is ready, and you are signed in as {username}.", parts=parts)


def _link_mail() -> Mail:
    return Mail(
        "signup.link",
        Text("signup.link.subject", "Finish signing up at {config.site.name}"),
        (
            Paragraph(
                "signup.link.intro",
                "Somebody, probably you, wants to sign up at {config.site.name} with this address.",
            ),
            Button("signup.link.open", "Choose a password", to="signup.finish"),
            Paragraph("signup.link.until", "The link works once, until {until}. Do not share it."),
            Paragraph("signup.link.asked", "Requested: {asked}"),
            Paragraph(
                "signup.link.not_you", "If this was not you, do nothing: without the link, no account is created."
            ),
        ),
    )


def _known_mail(config: Config) -> Mail:
    """The mail for somebody who is a user already; the page said the same to them as to anybody."""
    return Mail(
        "signup.known",
        Text("signup.known.subject", "You are already a user of {config.site.name}"),
        (
            Paragraph(
                "signup.known.intro",
                "Somebody, probably you, tried to sign up at {config.site.name} with this address. There is no "
                "need: there is already a user with it.",
            ),
            *_names(config),
            Button("signup.known.sign_in", "Sign in", to="login.form"),
            *_forgotten(config),
            Paragraph("signup.known.asked", "Requested: {asked}"),
            Paragraph("signup.known.not_you", "If this was not you, do nothing: nothing has changed."),
        ),
        numbered=True,
    )


def _names(config: Config) -> tuple[Listing, ...]:
    if not config.login.has_usernames:
        return ()
    return (Listing("signup.known.usernames", "Your user names:"),)


def _forgotten(config: Config) -> tuple[Paragraph, ...]:
    if not config.recovery.password.enabled:
        return ()
    return (Paragraph("signup.known.forgotten", "Forgot your password? Ask for a new one where you sign in."),)


def _welcome_mail(config: Config) -> Mail:
    return Mail(
        "signup.welcome",
        Text("signup.welcome.subject", "Welcome to {config.site.name}"),
        (
            *_opened(config),
            Listing("signup.welcome.details", "You sign in with:"),
            Button("signup.welcome.sign_in", "Sign in", to="login.form"),
            Paragraph(
                "signup.welcome.keep", "Keep this message. It does not contain your password, which only you know."
            ),
        ),
    )


def _opened(config: Config) -> tuple[Paragraph, ...]:
    if config.signup.account == "none":
        return (Paragraph("signup.welcome.intro", "You are now a user of {config.site.name}."),)
    opened = Paragraph("signup.welcome.intro", "Your account {account} at {config.site.name} is ready.")
    if not config.site.trial_days:
        return (opened,)
    return (opened, Paragraph("signup.welcome.trial", "The trial is free until {last_day}."))
