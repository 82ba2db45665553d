"""A person's own data, their address and user name; and the details of the account."""

from __future__ import annotations

from ...config import Config
from ...db.models import Account, User, length_of
from ...declare import own_fields
from ...declare.elements import (
    Action,
    Button,
    Declaration,
    Facts,
    Heading,
    Link,
    Mail,
    Message,
    NavEntry,
    Paragraph,
    Result,
    Screen,
    Setting,
    Tip,
    Title,
)
from ...declare.fields import Choice, Field, PasswordField, TextField
from ...declare.texts import Part, Text
from ...security.passwords import MAX_LENGTH

TOO_MANY = "Too many attempts. Please wait {wait}."
WRONG = "This is not your current password."


def declare(config: Config) -> Declaration:
    screens: tuple[Screen, ...] = (
        _me(config),
        _email(),
        _email_again(),
        _email_cancel(),
        _confirm_email(config),
        _account(config),
    )
    mails: tuple[Mail, ...] = (_confirm_mail(), _email_requested(), _email_changed(), _billing_email_changed())
    if "email" in config.login.identifiers:
        mails += (_email_taken(),)
    if _may_rename(config):
        screens += (_username(config),)
        mails += (_username_changed(),)
    return Declaration(
        screens=screens,
        mails=mails,
        menu=(
            NavEntry("shell.menu.me", "Your details", to="profile.me", icon="user", group="me"),
            NavEntry("shell.menu.profile", "Account details", to="profile.account", icon="company", group="company"),
        ),
        texts=(*own_fields.words("user", config), *own_fields.words("account", config)),
    )


def _me(config: Config) -> Screen:
    return Screen(
        "profile.me",
        "me",
        Title("profile.me.title", "Your details"),
        parts=(
            Paragraph(
                "profile.me.intro",
                "These details are about you, and are the same in every account you have access to.",
            ),
            *_user_name(config),
            *_way_to_another_username(config),
            Setting("profile.me.email", "Your email address: {email}"),
            Link("profile.me.change_email", "Change email address", to="profile.email"),
            Tip(
                "profile.me.pending",
                "{new_email} has not been confirmed yet: follow the link in the message we sent there, by {until}. "
                "Until then, your address stays the same.",
            ),
            Link("profile.me.email_again", "Send the message again", to="profile.email_again"),
            Link("profile.me.email_cancel", "Cancel the change", to="profile.email_cancel"),
            TextField(
                "profile.me.first_name",
                "First name",
                autocomplete="given-name",
                required=False,
                max_length=length_of(User.first_name),
            ),
            TextField(
                "profile.me.last_name",
                "Last name",
                autocomplete="family-name",
                required=False,
                max_length=length_of(User.last_name),
            ),
            *_language(config),
            Choice(
                "profile.me.time_zone",
                "Time zone",
                source="time_zones",
                required=False,
                help=Text(
                    "profile.me.time_zone_help",
                    "Times are shown in this time zone. If you choose none, the time zone of {config.site.name} is "
                    "used.",
                ),
            ),
            *own_fields.parts("user", config),
            Action("profile.me.save", "Save"),
            *own_fields.facts(
                "user",
                config,
                Facts("profile.me.details", "More about you", empty=Text("profile.me.no_details", "Nothing yet.")),
            ),
        ),
        messages=(
            Message("profile.me.saved", "Your details have been saved.", tone="success", status=200),
            Message(
                "profile.me.respelled",
                "Your email address is now written {email}. It is the same address, so there is nothing to confirm.",
                tone="success",
                status=200,
            ),
            Message(
                "profile.me.email_sent",
                "A new message is on its way to {email}. The link in the previous one no longer works.",
                tone="success",
                status=200,
            ),
            Message(
                "profile.me.email_kept",
                "The change has been cancelled, and its link no longer works. Your email address is still {email}.",
                tone="success",
                status=200,
            ),
            Message(
                "profile.me.gone", "This has changed in the meantime. Here is how it is now.", tone="info", status=200
            ),
            *_renamed(config),
        ),
        access="user",
    )


def _language(config: Config) -> tuple[Field, ...]:
    if len(config.site.locales) == 1:
        return ()
    return (
        Choice(
            "profile.me.locale",
            "Language",
            source="languages",
            help=Text("profile.me.locale_help", "For these pages and for the messages we send you."),
        ),
    )


def _may_rename(config: Config) -> bool:
    """Whether people may change their user name: they see it only if they sign in with it."""
    return config.profile.username_changes and config.login.has_usernames


def _user_name(config: Config) -> tuple[Paragraph, ...]:
    if not config.login.has_usernames:
        return ()
    return (Setting("profile.me.username", "Your user name: {username}"),)


def _way_to_another_username(config: Config) -> tuple[Link, ...]:
    if not _may_rename(config):
        return ()
    return (Link("profile.me.change_username", "Change user name", to="profile.username"),)


def _renamed(config: Config) -> tuple[Message, ...]:
    if not _may_rename(config):
        return ()
    return (Message("profile.me.renamed", "Your user name is now {username}.", tone="success", status=200),)


def _email() -> Screen:
    return Screen(
        "profile.email",
        "me/email",
        Title("profile.email.title", "Change email address"),
        parts=(
            Paragraph(
                "profile.email.intro",
                "Your address is {email}. It stays the same until you follow the link that we send to the new one.",
            ),
            TextField(
                "profile.email.new",
                "New email address",
                input_type="email",
                must_be="email",
                autocomplete="email",
                example="ana@example.com",
            ),
            PasswordField(
                "profile.email.password",
                "Current password",
                autocomplete="current-password",
                max_length=MAX_LENGTH,
            ),
            Action("profile.email.submit", "Send confirmation"),
            Link("profile.email.back", "Back to your details", to="profile.me"),
        ),
        messages=(
            Message("profile.email.wrong", WRONG, field="password"),
            Message("profile.email.same", "This is already your address.", field="new"),
            Message("profile.email.too_many", TOO_MANY, status=429),
        ),
        results=(
            Result(
                "profile.email.sent",
                "A message is on its way to {email}. Follow the link in it within "
                "{config.profile.link_minutes:minute|minutes}; until then, your address stays the same.",
                parts=(
                    Paragraph(
                        "profile.email.not_arrived",
                        "Nothing arrived? Check your spam folder and the address above. If it is wrong, ask for a "
                        "new link: the previous one will stop working.",
                    ),
                    Link("profile.email.again", "Ask for a new link", to="profile.email"),
                    Link("profile.email.back_to_details", "Back to your details", to="profile.me"),
                ),
            ),
        ),
        access="user",
    )


def _email_again() -> Screen:
    return Screen(
        "profile.email_again",
        "me/email/again",
        Title("profile.email_again.title", "Send the message again?"),
        parts=(
            Paragraph(
                "profile.email_again.question",
                "{new_email} will get a new message with a new link. The link in the previous message will stop "
                "working.",
            ),
            PasswordField(
                "profile.email_again.password",
                "Current password",
                autocomplete="current-password",
                max_length=MAX_LENGTH,
            ),
            Action("profile.email_again.submit", "Send again"),
            Link("profile.email_again.back", "Back to your details", to="profile.me"),
        ),
        messages=(
            Message("profile.email_again.wrong", WRONG, field="password"),
            Message("profile.email_again.too_many", TOO_MANY, status=429),
        ),
        access="user",
    )


def _email_cancel() -> Screen:
    return Screen(
        "profile.email_cancel",
        "me/email/cancel",
        Title("profile.email_cancel.title", "Cancel the change?"),
        parts=(
            Paragraph(
                "profile.email_cancel.question",
                "The link in the message to {new_email} will stop working, and your email address will stay {email}.",
            ),
            Action("profile.email_cancel.submit", "Cancel the change", is_grave=True),
            Link("profile.email_cancel.back", "Back to your details", to="profile.me"),
        ),
        access="user",
    )


def _confirm_email(config: Config) -> Screen:
    return Screen(
        "profile.confirm_email",
        "me/email/confirm",
        Title("profile.confirm_email.title", "Confirm your new address"),
        parts=(
            Paragraph(
                "profile.confirm_email.intro",
                "Once you press the button, {email} will be your address at {config.site.name}. You will be signed "
                "out on other devices.",
            ),
            Action("profile.confirm_email.submit", "Use this address"),
            Link("profile.confirm_email.cancel", "No, keep the old one", to="site.home"),
        ),
        access="user",
        results=(
            Result(
                "profile.confirm_email.other_user",
                "You are signed in as {name}, but another user asked for this link. Sign out, and open it again as "
                "that user.",
                parts=(Link("profile.confirm_email.sign_out", "Sign out", to="login.logout"),),
                tone="warning",
                status=403,
            ),
            Result(
                "profile.confirm_email.changed",
                "{email} is now your email address.",
                parts=(
                    *_sign_in_with_it(config),
                    Link("profile.confirm_email.details", "View your details", to="profile.me"),
                ),
            ),
            Result(
                "profile.confirm_email.taken",
                "Somebody else now uses {email} here, so it cannot be yours. Your address stays the same.",
                parts=(
                    Link("profile.confirm_email.another", "Choose another address", to="profile.email"),
                    Link("profile.confirm_email.support", "Contact support", to="support"),
                ),
                tone="error",
                status=409,
            ),
            Result(
                "profile.confirm_email.already",
                "{email} is already your email address: this link has been used.",
                parts=(Link("profile.confirm_email.see_details", "View your details", to="profile.me"),),
                tone="info",
            ),
            Result(
                "profile.confirm_email.dead",
                "This link does not work, or no longer works: it was used, replaced by a newer one, or has "
                "expired. Nothing has been changed.",
                parts=(Link("profile.confirm_email.again", "Ask for a new link", to="profile.email"),),
                tone="error",
                status=410,
            ),
        ),
        opened_by=("email_change",),
    )


def _sign_in_with_it(config: Config) -> tuple[Part, ...]:
    if "email" not in config.login.identifiers:
        return ()
    return (Paragraph("profile.confirm_email.sign_in", "From now on, sign in with it."),)


def _username(config: Config) -> Screen:
    return Screen(
        "profile.username",
        "me/username",
        Title("profile.username.title", "Change user name"),
        parts=(
            Paragraph(
                "profile.username.intro",
                "Your user name is {username}. If you change it, nobody else can take the old one for {days:day|days}, "
                "and you can go back to it during that time.",
            ),
            TextField(
                "profile.username.new",
                "New user name",
                holds=("username",),
                autocomplete="username" if "username" in config.login.identifiers else "off",
                max_length=length_of(User.username),
                help=Text(
                    "profile.username.new_help",
                    "Letters of one alphabet, digits, dots, hyphens and underscores, without spaces, and not "
                    "digits only.",
                ),
            ),
            PasswordField(
                "profile.username.password",
                "Current password",
                autocomplete="current-password",
                max_length=MAX_LENGTH,
            ),
            Action("profile.username.submit", "Change user name"),
            Link("profile.username.back", "Back to your details", to="profile.me"),
        ),
        messages=(
            Message("profile.username.wrong", WRONG, field="password"),
            Message("profile.username.same", "This is already your user name.", field="new"),
            Message(
                "profile.username.unfit",
                "This cannot be a user name. Use letters of one alphabet, digits, dots, hyphens and underscores. "
                "Begin and end with a letter or digit, and do not use digits only.",
                field="new",
            ),
            Message("profile.username.taken", "This user name is already taken. Choose another.", field="new"),
            Message("profile.username.too_many", TOO_MANY, status=429),
        ),
        access="user",
    )


def _account(config: Config) -> Screen:
    return Screen(
        "profile.account",
        "profile",
        Title("profile.account.title", "Account details"),
        needs="profile",
        parts=(
            Paragraph("profile.account.number", "Customer number: {number}"),
            Heading("profile.account.holder", "Customer"),
            TextField(
                "profile.account.name",
                "Name or company",
                autocomplete="organization",
                max_length=length_of(Account.name),
            ),
            TextField("profile.account.tax_id", "Tax number", required=False, max_length=length_of(Account.tax_id)),
            TextField(
                "profile.account.phone",
                "Phone",
                input_type="tel",
                must_be="phone",
                autocomplete="tel",
                required=False,
                max_length=40,
            ),
            TextField(
                "profile.account.billing_email",
                "Billing email address",
                input_type="email",
                must_be="email",
                autocomplete="email",
                required=False,
                help=Text(
                    "profile.account.billing_email_help",
                    "Invoices and payment reminders are also sent here. Nobody can sign in with it or use it to "
                    "get a new password.",
                ),
            ),
            Heading("profile.account.place", "Address"),
            TextField(
                "profile.account.address1",
                "Street and number",
                autocomplete="address-line1",
                required=False,
                max_length=length_of(Account.address1),
            ),
            TextField(
                "profile.account.address2",
                "Unit, floor or building",
                autocomplete="address-line2",
                required=False,
                max_length=length_of(Account.address2),
            ),
            TextField(
                "profile.account.city",
                "City",
                autocomplete="address-level2",
                required=False,
                max_length=length_of(Account.city),
            ),
            TextField(
                "profile.account.region",
                "State or province",
                autocomplete="address-level1",
                required=False,
                max_length=length_of(Account.region),
            ),
            TextField(
                "profile.account.postcode",
                "Postal code",
                must_be="postcode",
                autocomplete="postal-code",
                required=False,
                max_length=length_of(Account.postcode),
            ),
            Choice("profile.account.country", "Country", source="countries", autocomplete="country", required=False),
            *_more(config),
            Action("profile.account.save", "Save changes"),
            *own_fields.facts(
                "account",
                config,
                Facts(
                    "profile.account.details",
                    "Details we keep about the customer",
                    empty=Text("profile.account.no_details", "Nothing yet."),
                ),
            ),
        ),
        messages=(
            Message("profile.account.saved", "The account details have been saved.", tone="success", status=200),
        ),
    )


def _more(config: Config) -> tuple[Part, ...]:
    """Return the host's own fields, under a heading of their own."""
    fields = own_fields.parts("account", config)
    return (Heading("profile.account.more", "More about the customer"), *fields) if fields else ()


def _confirm_mail() -> Mail:
    """The mail to an address that nobody has proven yet, so it says nothing about who requested it."""
    return Mail(
        "profile.confirm",
        Text("profile.confirm.subject", "Confirm your new email address"),
        (
            Paragraph(
                "profile.confirm.intro",
                "Somebody, probably you, wants to use this email address at {config.site.name}.",
            ),
            Button("profile.confirm.open", "Confirm the address", to="profile.confirm_email"),
            Paragraph("profile.confirm.until", "The link works once, until {until}."),
            Paragraph(
                "profile.confirm.not_you",
                "If this was not you, do nothing: without this link, the address is not used.",
            ),
        ),
    )


def _email_requested() -> Mail:
    return Mail(
        "profile.email_requested",
        Text("profile.email_requested.subject", "Your email address is about to change"),
        (
            Paragraph(
                "profile.email_requested.intro",
                "On {when} somebody, probably you, asked to change the email address of {username}. It changes "
                "only once the link in a message to the new address is followed.",
            ),
            Paragraph(
                "profile.email_requested.not_you",
                "If this was not you, set a new password immediately: the link will then stop working.",
            ),
            Button("profile.email_requested.recover", "Set a new password", to="recovery.password"),
        ),
        numbered=True,
    )


def _email_taken() -> Mail:
    return Mail(
        "profile.email_taken",
        Text("profile.email_taken.subject", "This email address is already in use"),
        (
            Paragraph(
                "profile.email_taken.intro",
                "Somebody who signs in at {config.site.name} with another address tried to change it to this one. "
                "You already sign in with this address, so nothing has changed.",
            ),
            Paragraph(
                "profile.email_taken.was_you",
                "If it was you, you have two users. Sign in with this address, or choose another one for the other "
                "user.",
            ),
            Button("profile.email_taken.sign_in", "Sign in", to="login.form"),
        ),
    )


def _email_changed() -> Mail:
    """The mail to the old address and to the new one."""
    return Mail(
        "profile.email_changed",
        Text("profile.email_changed.subject", "Your email address was changed"),
        (
            Paragraph(
                "profile.email_changed.intro",
                "The email address of {username} was changed on {when}. From now on, messages about your access go "
                "to the new one.",
            ),
            Paragraph(
                "profile.email_changed.not_you",
                "If this was not you, tell us immediately: write to {config.site.support_email}.",
            ),
            Button("profile.email_changed.ask", "Get help signing in", to="recovery.request"),
        ),
        numbered=True,
    )


def _username_changed() -> Mail:
    return Mail(
        "profile.username_changed",
        Text("profile.username_changed.subject", "Your user name was changed"),
        (
            Paragraph(
                "profile.username_changed.intro", "Your user name was changed from {was} to {username} on {when}."
            ),
            Paragraph(
                "profile.username_changed.not_you", "If this was not you, set a new password immediately and tell us."
            ),
            Button("profile.username_changed.recover", "Set a new password", to="recovery.password"),
        ),
        numbered=True,
    )


def _billing_email_changed() -> Mail:
    return Mail(
        "profile.billing_email_changed",
        Text("profile.billing_email_changed.subject", "The billing email address of {account} was changed"),
        (
            Paragraph(
                "profile.billing_email_changed.intro",
                "{name} ({address}) changed the billing email address of {account} on {when}.",
            ),
            Paragraph("profile.billing_email_changed.now", "It is now: {billing_email}"),
            Paragraph(
                "profile.billing_email_changed.not_right",
                "If this is not right, change it back in the account details and check who can change them.",
            ),
            Button("profile.billing_email_changed.open", "Open account details", to="profile.account"),
        ),
        numbered=True,
    )
