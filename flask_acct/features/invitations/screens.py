"""The screens and mails for inviting somebody into an account, and for answering."""

from __future__ import annotations

from ...accounts.screens import PROOF, TOO_MANY_INVITATIONS, permission_groups, permission_options, role_options
from ...config import Config
from ...db.models import User, length_of
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
    Result,
    Screen,
    Tip,
    Title,
)
from ...declare.fields import Field, Grants, PasswordField, TextField, Tick
from ...declare.texts import Part, Text
from ...security.passwords import MAX_LENGTH

INVITATION = ("invitation",)
"""``Screen.opened_by`` of the pages that the link in an invitation opens."""


NOTICES = (
    Text("users.notice.invitation", "{inviter} invites you to the account {account}."),
    Link("users.notice.see_invitation", "View invitation", to="users.invited"),
)
"""The words of the notice on every page about an open invitation."""


def declare(config: Config) -> Declaration:
    if not config.users.enabled:
        return Declaration()
    return Declaration(
        screens=(_invite(config), _change_invitation(config), _resend(), _cancel(), *_invited(config)),
        mails=(_invitation_mail(), *_invitation_answers()),
        texts=(
            *NOTICES,
            Text("users.list.waiting", "Invited"),
            Text("users.list.expired", "Invitation expired"),
            Text("users.list.until", "Expires {until}"),
            Text("users.list.sent", "Never (invited {sent})"),
        ),
    )


def _invite(config: Config) -> Screen:
    return Screen(
        "users.invite",
        "users/invite",
        Title("users.invite.title", "Invite a new user"),
        needs=OWNER,
        parts=(
            Paragraph("users.invite.intro", "They sign in to {account} with their own password."),
            TextField(
                "users.invite.email",
                "Email address",
                input_type="email",
                must_be="email",
                example="ana@example.com",
                help=Text(
                    "users.invite.email_help",
                    "Only somebody who can read mail at this address can accept, within "
                    "{config.users.invitation_days:day|days}.",
                ),
            ),
            Grants(
                "users.invite.grants",
                "What they can do",
                required=False,
                options=permission_options(config),
                groups=permission_groups(config),
                roles=role_options(config),
                tick_all=Text("users.invite.all", "Select all"),
                help=Text("users.invite.grants_help", "You can also decide this later."),
            ),
            PROOF,
            Action("users.invite.submit", "Send invitation"),
            Link("users.invite.back", "Cancel", to="users.list"),
        ),
        messages=(
            Message(
                "users.invite.is_open",
                "There is already an invitation to {email}. It can be accepted until {until}, with these "
                "permissions: {permissions}. It has not been changed. In the list of users you can change its "
                "permissions, resend it or cancel it.",
                field="email",
            ),
            Message(
                "users.invite.is_member",
                "{name} has this address and is already a user of this account. You can change their permissions "
                "in the list of users.",
                field="email",
            ),
            Message(
                "users.invite.full",
                "There are already {most} pending invitations. Cancel those that are no longer needed.",
            ),
            TOO_MANY_INVITATIONS,
        ),
    )


def _change_invitation(config: Config) -> Screen:
    return Screen(
        "users.change",
        "users/invitations/<int:invitation>/permissions",
        Title("users.change.title", "Change the invitation"),
        needs=OWNER,
        parts=(
            Paragraph(
                "users.change.who",
                "What {email} can do in {account} after accepting. They will get a new message; the link in the "
                "previous one will stop working.",
            ),
            Grants(
                "users.change.grants",
                "Permissions",
                required=False,
                options=permission_options(config),
                groups=permission_groups(config),
                roles=role_options(config),
                tick_all=Text("users.change.all", "Select all"),
            ),
            PROOF,
            Action("users.change.submit", "Save and send again"),
            Link("users.change.back", "Cancel", to="users.list"),
        ),
    )


def _resend() -> Screen:
    return Screen(
        "users.resend",
        "users/invitations/<int:invitation>/resend",
        Title("users.resend.title", "Send the invitation again?"),
        needs=OWNER,
        parts=(
            Paragraph(
                "users.resend.question",
                "{email} will get a new message with a new link. The link in the previous message will stop working.",
            ),
            Paragraph("users.resend.may", "Its permissions stay the same: {permissions}."),
            PROOF,
            Action("users.resend.submit", "Resend"),
            Link("users.resend.back", "Back to users", to="users.list"),
        ),
    )


def _cancel() -> Screen:
    return Screen(
        "users.cancel",
        "users/invitations/<int:invitation>/cancel",
        Title("users.cancel.title", "Cancel the invitation?"),
        needs=OWNER,
        parts=(
            Paragraph("users.cancel.question", "The link in the message to {email} will stop working."),
            Action("users.cancel.submit", "Cancel invitation", is_grave=True),
            Link("users.cancel.back", "Back to users", to="users.list"),
        ),
    )


def _invited(config: Config) -> tuple[Screen, ...]:
    """Return the pages behind the link of an invitation: which one opens depends on who is signed in."""
    return (_join(config), _sign_in(), _accept(), _other(), _decline(), _ended(), _open_invitation())


def _join(config: Config) -> Screen:
    return Screen(
        "users.invitation",
        "invitation",
        Title("users.invitation.title", "Your invitation to {account}"),
        opened_by=INVITATION,
        parts=(
            Paragraph("users.invitation.offer", "{inviter} invites you to the account {account}."),
            Paragraph("users.invitation.may", "What you can do there: {permissions}."),
            _way_in(config),
            TextField(
                "users.invitation.first_name",
                "First name",
                autocomplete="given-name",
                max_length=length_of(User.first_name),
            ),
            TextField(
                "users.invitation.last_name",
                "Last name",
                autocomplete="family-name",
                max_length=length_of(User.last_name),
            ),
            *_user_name(config),
            PasswordField(
                "users.invitation.new",
                "Password",
                autocomplete="new-password",
                max_length=MAX_LENGTH,
                help=Text(
                    "users.invitation.new_help",
                    "At least {config.password.min_length} characters. A few words with spaces are easy to remember.",
                ),
            ),
            PasswordField(
                "users.invitation.repeat",
                "Confirm password",
                autocomplete="new-password",
                max_length=MAX_LENGTH,
                repeats="new",
            ),
            *_terms(config),
            Action("users.invitation.submit", "Accept the invitation"),
            Link("users.invitation.decline", "Decline", to="users.decline"),
        ),
        messages=(
            Message(
                "users.invitation.no_user_name",
                "This cannot be a user name. Use letters of one alphabet, digits, dots, hyphens and underscores. "
                "Begin and end with a letter or digit, and do not use digits only.",
                field="username",
            ),
            Message(
                "users.invitation.taken",
                "This user name is already taken. Choose another.",
                field="username",
            ),
            Message("users.invitation.too_many", "Too many attempts. Please wait {wait}.", status=429),
        ),
        results=(_welcome(),),
    )


def _way_in(config: Config) -> Paragraph:
    if "email" in config.login.identifiers:
        return Paragraph(
            "users.invitation.by_email",
            "Complete this form. From now on, you can sign in with your address {email} and your password.",
        )
    return Paragraph(
        "users.invitation.by_name",
        "Choose a user name and a password. From now on, you can sign in with them.",
    )


def _user_name(config: Config) -> tuple[Field, ...]:
    if "username" not in config.login.identifiers:
        return ()
    return (
        TextField(
            "users.invitation.username",
            "User name",
            holds=("username",),
            autocomplete="username",
            max_length=length_of(User.username),
            help=Text("users.invitation.username_help", "You will use it to sign in."),
        ),
    )


def _terms(config: Config) -> tuple[Part, ...]:
    if not config.site.terms_url:
        return ()
    return (
        Tick("users.invitation.terms", "I have read and accept the terms"),
        Link("users.invitation.read_terms", "Read the terms", to="site.terms_url"),
    )


def _welcome() -> Result:
    return Result(
        "users.invitation.accepted",
        "You now have access to {account} and are signed in.",
        parts=(Link("users.invitation.home", "Go to the home page", to="site.home"),),
    )


def _sign_in() -> Screen:
    return Screen(
        "users.sign_in",
        "invitation/sign-in",
        Title("users.sign_in.title", "Your invitation to {account}"),
        opened_by=INVITATION,
        parts=(
            Paragraph("users.sign_in.offer", "{inviter} invites you to the account {account}."),
            Paragraph("users.sign_in.may", "What you can do there: {permissions}."),
            Tip(
                "users.sign_in.known",
                "There is already a user with the address {email}. Sign in with it, then accept.",
            ),
            Action("users.sign_in.submit", "Sign in"),
            Link("users.sign_in.decline", "Decline", to="users.decline"),
        ),
    )


def _accept() -> Screen:
    return Screen(
        "users.accept",
        "invitation/accept",
        Title("users.accept.title", "Your invitation to {account}"),
        opened_by=INVITATION,
        parts=(
            Paragraph("users.accept.offer", "{inviter} invites you to the account {account}."),
            Paragraph("users.accept.may", "What you can do there: {permissions}."),
            Paragraph("users.accept.who", "You are signed in as {username}."),
            Action("users.accept.submit", "Accept the invitation"),
            Link("users.accept.decline", "Decline", to="users.decline"),
        ),
        results=(
            Result(
                "users.accept.accepted",
                "You now have access to {account}; it is the account you see.",
                parts=(Link("users.accept.home", "Go to the home page", to="site.home"),),
            ),
            Result(
                "users.accept.already",
                "You already have access to {account}. Nothing has changed.",
                tone="info",
                parts=(Link("users.accept.back", "Go to the home page", to="site.home"),),
            ),
        ),
    )


def _other() -> Screen:
    return Screen(
        "users.other",
        "invitation/other",
        Title("users.other.title", "This invitation is for somebody else"),
        opened_by=INVITATION,
        parts=(
            Paragraph(
                "users.other.who",
                "It was sent to {email}, but you are signed in as {username}. Only the person with that address "
                "can accept it, so nothing has been done.",
            ),
            Paragraph(
                "users.other.ask",
                "If the address above is also yours, sign out and continue. Otherwise, ask {inviter} to invite you "
                "at the address you sign in with.",
            ),
            Action("users.other.submit", "Sign out and continue"),
            Link("users.other.stay", "Stay signed in", to="site.home"),
        ),
        messages=(
            Message(
                "users.other.unconfirmed",
                "This invitation was sent to your user's address, but nobody has confirmed yet that the address is "
                "yours. Ask us to confirm it, then open the link again.",
                status=403,
            ),
        ),
    )


def _decline() -> Screen:
    return Screen(
        "users.decline",
        "invitation/decline",
        Title("users.decline.title", "Decline the invitation?"),
        opened_by=INVITATION,
        parts=(
            Paragraph(
                "users.decline.question",
                "{inviter} will be told that {email} declined, and the link will stop working. You do not need to "
                "sign in for that.",
            ),
            Action("users.decline.submit", "Decline"),
            Link("users.decline.back", "Back to the invitation", to="users.invitation"),
        ),
        results=(
            Result(
                "users.decline.declined",
                "You have declined the invitation to {account}. There is nothing more to do.",
                parts=(Link("users.decline.home", "Back to the home page", to="site.home"),),
            ),
        ),
    )


def _ended() -> Screen:
    return Screen(
        "users.ended",
        "invitation/ended",
        Title("users.ended.title", "This invitation cannot be accepted"),
        parts=(
            Link("users.ended.sign_in", "Sign in", to="login.form"),
            Link("users.ended.support", "Contact support", to="support"),
        ),
        messages=(
            Message(
                "users.ended.accepted",
                "The invitation to {account} has already been accepted. If that was you, sign in.",
                status=410,
            ),
            Message(
                "users.ended.declined",
                "The invitation to {account} was declined. If you want access after all, ask the account owner for "
                "a new one.",
                status=410,
            ),
            Message(
                "users.ended.revoked",
                "The invitation to {account} was cancelled. If you need access, ask the account owner.",
                status=410,
            ),
            Message(
                "users.ended.superseded",
                "You got a newer message with an invitation to {account}. Use the link in that one.",
                status=410,
            ),
            Message(
                "users.ended.expired",
                "The invitation to {account} could be accepted until {until}. Ask the account owner to send it again.",
                status=410,
            ),
            Message(
                "users.ended.unknown",
                "There is no invitation here. Open the link in the message you got, and check that all of it is in "
                "the address bar.",
                status=410,
            ),
        ),
        status=410,
    )


def _open_invitation() -> Screen:
    """Return the page that leads on to the invitation, for the user whose verified address it was sent to."""
    title = Title("users.invited.title", "Your invitation")
    return Screen("users.invited", "users/invited/<int:invitation>", title, access="user")


def _invitation_mail() -> Mail:
    return Mail(
        "users.invitation",
        Text("users.invitation.subject", "{inviter} invites you to {account}"),
        (
            Paragraph(
                "users.invitation.intro",
                "{inviter} gives you access to the account {account} at {config.site.name}.",
            ),
            Listing("users.invitation.grants", "What you can do there:"),
            Button("users.invitation.open", "Accept the invitation", to="users.invitation"),
            Paragraph("users.invitation.until", "The link works until {until} and is only for you: do not share it."),
            Paragraph(
                "users.invitation.unknown",
                "If you do not know {inviter} or do not want access, do nothing, or decline on the page.",
            ),
        ),
    )


def _invitation_answers() -> tuple[Mail, ...]:
    return (
        Mail(
            "users.accepted",
            Text("users.accepted.subject", "{name} accepted your invitation to {account}"),
            (
                Paragraph("users.accepted.intro", "{name} ({email}) has had access to {account} since {when}."),
                Listing("users.accepted.grants", "What they can do:"),
                Button("users.accepted.open", "User management", to="users.list"),
                Paragraph("users.accepted.unknown", "If you did not invite them, remove their access immediately."),
            ),
            numbered=True,
        ),
        Mail(
            "users.declined",
            Text("users.declined.subject", "{email} declined your invitation to {account}"),
            (
                Paragraph("users.declined.intro", "{email} does not want access to {account}. Nothing has changed."),
                Button("users.declined.open", "User management", to="users.list"),
            ),
            numbered=True,
        ),
    )
