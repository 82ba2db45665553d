"""The users of an account: who is in, who is invited, what each may do, and whose the account is."""

from __future__ import annotations

from dataclasses import replace

from ...config import Config
from ...db.models import User, length_of
from ...declare.elements import (
    OWNER,
    SUB_USER,
    Action,
    Button,
    Column,
    Declaration,
    Heading,
    Link,
    Listing,
    Mail,
    Message,
    Paragraph,
    PostButton,
    Result,
    Rows,
    Screen,
    Tip,
    Title,
)
from ...declare.fields import Choice, Field, Option, PasswordField, TextField, Tick, Ticks
from ...declare.texts import Part, Text
from ...security.passwords import MAX_LENGTH

INVITATION = ("invitation",)
"""What opens the pages of somebody invited: the link in their message."""

PROOF = PasswordField(
    "users.proof.password",
    "Your password",
    autocomplete="current-password",
    max_length=MAX_LENGTH,
    is_proof=True,
    help=Text("users.proof.password_help", "You signed in a while ago, so please show that it is you."),
)
"""Who lets others in, or lets them do more, is still the one who signed in."""

PROOF_MESSAGES = (
    Message("users.proof.wrong", "This is not your password."),
    Message("users.proof.too_many", "There were too many tries. Please wait {wait}.", status=429),
)


NOTICES = (
    Text("users.notice.offer", "{from} offers you the account {account}."),
    Link("users.notice.see_offer", "See the offer", to="users.receive"),
    Text("users.notice.invitation", "{inviter} invites you to the account {account}."),
    Link("users.notice.see_invitation", "See the invitation", to="users.invited"),
)
"""What waits for somebody, on every page they open."""


def declare(config: Config) -> Declaration:
    # A permission has a name on the page that refuses it, invited users or not.
    texts: tuple[Text, ...] = tuple(text for one in permissions(config) for text in (one, one.help) if text)
    if not config.users.enabled:
        return Declaration(texts=texts)
    return Declaration(
        screens=(
            _list(config),
            _permissions(config),
            _remove(config),
            _change_invitation(config),
            _resend(),
            _cancel(),
            _leave(),
            *_transfers(config),
            *_invited(config),
        ),
        mails=_mails(),
        menu=(
            Link("shell.menu.users", "User management", to="users.list"),
            Link("shell.menu.leave_account", "Leave this account", to="users.leave"),
        ),
        texts=(
            *texts,
            *PROOF_MESSAGES,
            Text("users.list.owner", "Owner of the account: everything"),
            Text("users.list.nothing", "Nothing yet"),
            Text("users.list.never", "Never"),
            Text("users.remove.own", "Their own address"),
            Text("users.remove.added", "Added by them"),
            Text("users.remove.billing", "Billing address"),
            Text("users.list.several", "{count} of {total} permissions"),
            Text("users.grants.includes", "Also opens: {permissions}"),
            Text("users.mail.billing", "Billing address: {address}"),
            Text("users.mail.more", "And {count} more"),
            *NOTICES,
        ),
    )


def permissions(config: Config) -> tuple[Option, ...]:
    """A box for each permission of this configuration."""
    shipped = {option.name: option for option in SHIPPED}
    named = {name: shipped.get(name) or _own_permission(name, config) for name in config.users.offered}
    return tuple(
        replace(option, includes=tuple(named[one] for one in config.users.includes(name)))
        for name, option in named.items()
    )


SHIPPED = (
    Option(
        "users.permission.profile",
        "Change the account details",
        help=Text(
            "users.permission.profile_help",
            "Name and address of the customer, as they appear on invoices. It gives no access to the owner's password.",
        ),
    ),
    Option(
        "users.permission.contacts",
        "View and manage contacts",
        help=Text("users.permission.contacts_help", "Who else gets messages about the account, and which."),
    ),
    Option(
        "users.permission.products",
        "View products and services",
        help=Text("users.permission.products_help", "What the account has ordered, without changing any of it."),
    ),
    Option(
        "users.permission.manage_products",
        "View products and change their passwords",
        help=Text(
            "users.permission.manage_products_help",
            "Passwords of services, such as hosting. The password a person signs in with is never among them.",
        ),
    ),
    Option(
        "users.permission.domains",
        "View domains",
        help=Text("users.permission.domains_help", "Which domains there are, and until when."),
    ),
    Option(
        "users.permission.manage_domains",
        "Manage the settings of domains",
        help=Text("users.permission.manage_domains_help", "Name servers and the like. A mistake can take a site down."),
    ),
    Option(
        "users.permission.invoices",
        "View and pay invoices",
        help=Text("users.permission.invoices_help", "All invoices of the account, paid or not."),
    ),
    Option(
        "users.permission.tickets",
        "View and open support requests",
        help=Text("users.permission.tickets_help", "Ask us in the name of the account, and read what was answered."),
    ),
    Option(
        "users.permission.affiliate",
        "View and manage the affiliate account",
        help=Text("users.permission.affiliate_help", "What recommending us has earned."),
    ),
    Option(
        "users.permission.emails",
        "View the messages we sent",
        help=Text(
            "users.permission.emails_help", "What we wrote about the account. Links that let somebody in are not kept."
        ),
    ),
    Option(
        "users.permission.orders",
        "Place orders, upgrades and cancellations",
        help=Text("users.permission.orders_help", "This can cost the account money, or end a service."),
    ),
)


def _own_permission(name: str, config: Config) -> Option:
    """A permission of the host's. Its words are the configuration's (``Config.wording``), so no catalog's."""
    words = config.users.permissions[name]
    label, told = (spoken.get("en") or next(iter(spoken.values()), "") for spoken in (words.label, words.help))
    id_ = f"users.permission.{name}"
    help_ = replace(SHIPPED[0], id=f"{id_}_help", message=told, help=None) if told else None
    return replace(SHIPPED[0], id=id_, message=label, help=help_)


def _list(config: Config) -> Screen:
    return Screen(
        "users.list",
        "users",
        Title("users.list.title", "User management"),
        needs=OWNER,
        parts=(
            Paragraph(
                "users.list.intro",
                "Give other people access to {account}. Each signs in with a password of their own and may do what you "
                "tick, nothing else. Only you, the owner, can invite people, choose what they may do and take the "
                "access away again.",
            ),
            Tip(
                "users.list.offered",
                "You have offered {account} to {candidate} ({candidate_email}), who can accept until {offer_until}. As "
                "long as they have not, you are its owner.",
            ),
            Link("users.list.see_offer", "See or take back the offer", to="users.revoke"),
            Rows(
                "users.list.members",
                "Users of this account",
                columns=(
                    Column("users.list.name", "Name"),
                    Column("users.list.address", "Email address"),
                    Column("users.list.last_seen", "Last signed in"),
                    Column("users.list.may", "May do"),
                ),
                actions=(
                    Link("users.list.permissions", "Manage permissions", to="users.permissions"),
                    Link("users.list.remove", "Remove access", to="users.remove"),
                ),
            ),
            Rows(
                "users.list.invitations",
                "Open invitations",
                columns=(
                    Column("users.list.invited", "Email address"),
                    Column("users.list.sent", "Sent"),
                    Column("users.list.until", "Can be accepted until"),
                    Column("users.list.would", "Will be able to do"),
                ),
                actions=(
                    Link("users.list.change", "Change permissions", to="users.change"),
                    PostButton("users.list.resend", "Resend", to="users.resend"),
                    PostButton("users.list.cancel", "Cancel invitation", to="users.cancel"),
                ),
            ),
            Heading("users.list.invite", "Invite a new user"),
            TextField(
                "users.list.email",
                "Email address",
                input_type="email",
                must_be="email",
                example="ana@example.com",
                help=Text(
                    "users.list.email_help",
                    "Only somebody who reads mail at this address can accept, within "
                    "{config.users.invitation_days} days.",
                ),
            ),
            Ticks(
                "users.list.grants",
                "What they may do",
                required=False,
                options=permissions(config),
                tick_all=Text("users.list.all", "Select all"),
                help=Text("users.list.grants_help", "You can also leave this empty and choose it later."),
            ),
            PROOF,
            Action("users.list.submit", "Send invitation"),
            Link("users.list.transfer", "Give the account to another owner", to="users.transfer"),
        ),
        messages=(
            Message(
                "users.list.sent_to",
                "The invitation is on its way to {email}. It can be accepted until {until} and allows: {permissions}.",
                tone="success",
                status=200,
            ),
            Message(
                "users.list.is_open",
                "An invitation to {email} can be accepted until {until} and allows: {permissions}. It stays as it is. "
                "In the list above you can change what it allows, send it again or cancel it.",
                field="email",
            ),
            Message(
                "users.list.is_member",
                "{name} has this address and is in the account already. Choose what they may do in the list above.",
                field="email",
            ),
            Message(
                "users.list.full",
                "There are {most} open invitations already. Cancel those that nobody waits for.",
            ),
            Message(
                "users.list.too_many",
                "There were too many invitations. Please wait {wait} and try again.",
                status=429,
            ),
            Message(
                "users.list.cancelled",
                "The invitation to {email} is cancelled. Its link does not work any more.",
                tone="success",
                status=200,
            ),
            Message(
                "users.list.saved",
                "What {name} may do is saved. It applies from the next page they open.",
                tone="success",
                status=200,
            ),
            Message(
                "users.list.kept",
                "Your offer is taken back. You stay the owner of {account}.",
                tone="success",
                status=200,
            ),
            Message("users.list.removed", "{name} has no access to {account} any more.", tone="success", status=200),
            Message(
                "users.list.gone", "That has changed in the meantime. This is how it is now.", tone="info", status=200
            ),
        ),
    )


def _permissions(config: Config) -> Screen:
    return Screen(
        "users.permissions",
        "users/<int:member>/permissions",
        Title("users.permissions.title", "Manage permissions"),
        needs=OWNER,
        parts=(
            Paragraph("users.permissions.who", "What {name} ({email}) may do in {account}:"),
            Ticks(
                "users.permissions.grants",
                "Permissions",
                required=False,
                options=permissions(config),
                tick_all=Text("users.permissions.all", "Select all"),
            ),
            PROOF,
            Action("users.permissions.submit", "Save changes"),
            Link("users.permissions.back", "Cancel", to="users.list"),
        ),
    )


def _remove(config: Config) -> Screen:
    return Screen(
        "users.remove",
        "users/<int:member>/remove",
        Title("users.remove.title", "Remove access?"),
        needs=OWNER,
        parts=(
            Paragraph(
                "users.remove.question",
                "{name} ({email}) will see nothing of {account} from now on, not even on a page that is open already. "
                "Their user and their access to other accounts stay as they are. Both of you get a message about it.",
            ),
            *_left_behind(),
            Action("users.remove.submit", "Remove access", is_grave=True),
            Link("users.remove.back", "Keep this user", to="users.list"),
        ),
    )


def _left_behind() -> tuple[Rows | Field, ...]:
    """What they would go on reading through, and what becomes of it; there is nothing to decide where there is none."""
    return (
        Rows(
            "users.remove.readers",
            "Who else would go on getting messages",
            columns=(
                Column("users.remove.reader", "Contact"),
                Column("users.remove.address", "Email address"),
                Column("users.remove.why", "Why it is here"),
            ),
        ),
        Choice(
            "users.remove.decision",
            "What happens to these contacts",
            options=(
                Option("users.remove.delete", "Delete them: they get no more messages"),
                Option("users.remove.keep", "Keep them: they go on getting messages"),
            ),
            help=Text(
                "users.remove.decision_help",
                "{name} added these {count} addresses or has them. Keep them only if you know who reads there.",
            ),
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
                "What {email} may do in {account} once they accept. They get a new message that says so; the link in "
                "the message before does not work any more.",
            ),
            Ticks(
                "users.change.grants",
                "Permissions",
                required=False,
                options=permissions(config),
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
                "{email} gets a new message with a new link. The link in the message before does not work any more.",
            ),
            Paragraph("users.resend.may", "What it allows stays as it is: {permissions}."),
            PROOF,
            Action("users.resend.submit", "Resend"),
            Link("users.resend.back", "Back to the users", to="users.list"),
        ),
    )


def _cancel() -> Screen:
    return Screen(
        "users.cancel",
        "users/invitations/<int:invitation>/cancel",
        Title("users.cancel.title", "Cancel the invitation?"),
        needs=OWNER,
        parts=(
            Paragraph("users.cancel.question", "The link in the message to {email} will not work any more."),
            Action("users.cancel.submit", "Cancel invitation", is_grave=True),
            Link("users.cancel.back", "Back to the users", to="users.list"),
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
                "You will see nothing of {account} any more, and its owner, {owner}, gets a message about it. If you "
                "get messages about it as a contact at your own address, they end as well. Your own user stays. To "
                "come back you need a new invitation.",
            ),
            Action("users.leave.submit", "Leave this account", is_grave=True),
            Link("users.leave.back", "Stay in the account", to="site.home"),
        ),
    )


def _transfers(config: Config) -> tuple[Screen, ...]:
    return (_transfer(config), _revoke(), _receive(), _refuse())


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
            Ticks(
                "users.transfer.keeps",
                "What you may do afterwards",
                required=False,
                options=permissions(config),
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


def _refuse() -> Screen:
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


def _invited(config: Config) -> tuple[Screen, ...]:
    """The pages behind the link of an invitation: which one opens depends on who is there."""
    return (_join(config), _sign_in(), _accept(), _other(), _decline(), _ended(), _open_invitation())


def _join(config: Config) -> Screen:
    return Screen(
        "users.invitation",
        "invitation",
        Title("users.invitation.title", "Your invitation to {account}"),
        opened_by=INVITATION,
        parts=(
            Paragraph("users.invitation.offer", "{inviter} invites you to the account {account}."),
            Paragraph("users.invitation.may", "What you may do there: {permissions}."),
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
                "The same password again",
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
                "This cannot be a user name. Use letters of one alphabet, digits, dots, hyphens and underscores, "
                "beginning and ending with a letter or digit, and not digits alone.",
                field="username",
            ),
            Message(
                "users.invitation.taken",
                "Somebody else has this user name. Choose another.",
                field="username",
            ),
            Message("users.invitation.too_many", "There were too many tries. Please wait {wait}.", status=429),
        ),
        results=(_welcome(),),
    )


def _open_invitation() -> Screen:
    """Opening it leads on to the invitation, for the user whose proven address it was sent to."""
    title = Title("users.invited.title", "Your invitation")
    return Screen("users.invited", "users/invited/<int:invitation>", title, access="user")


def _way_in(config: Config) -> Paragraph:
    if "email" in config.login.identifiers:
        return Paragraph(
            "users.invitation.by_email",
            "Fill this in, and you can sign in with your address {email} and your password from now on.",
        )
    return Paragraph(
        "users.invitation.by_name",
        "Choose a user name and a password, and you can sign in with them from now on.",
    )


def _welcome() -> Result:
    return Result(
        "users.invitation.accepted",
        "You have access to {account} now, and are signed in.",
        parts=(Link("users.invitation.home", "Go on to the start page", to="site.home"),),
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
            help=Text("users.invitation.username_help", "You sign in with it."),
        ),
    )


def _terms(config: Config) -> tuple[Part, ...]:
    if not config.site.terms_url:
        return ()
    return (
        Tick("users.invitation.terms", "I have read the terms and accept them"),
        Link("users.invitation.read_terms", "Read the terms", to="site.terms_url"),
    )


def _sign_in() -> Screen:
    return Screen(
        "users.sign_in",
        "invitation/sign-in",
        Title("users.sign_in.title", "Your invitation to {account}"),
        opened_by=INVITATION,
        parts=(
            Paragraph("users.sign_in.offer", "{inviter} invites you to the account {account}."),
            Paragraph("users.sign_in.may", "What you may do there: {permissions}."),
            Tip(
                "users.sign_in.known",
                "There is a user with the address {email} already. Sign in with it, and then accept.",
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
            Paragraph("users.accept.may", "What you may do there: {permissions}."),
            Paragraph("users.accept.who", "You are signed in as {username}."),
            Action("users.accept.submit", "Accept the invitation"),
            Link("users.accept.decline", "Decline", to="users.decline"),
        ),
        results=(
            Result(
                "users.accept.accepted",
                "You have access to {account} now; it is the account you see.",
                parts=(Link("users.accept.home", "Go on to the start page", to="site.home"),),
            ),
            Result(
                "users.accept.already",
                "You are in {account} already. Nothing has changed.",
                tone="info",
                parts=(Link("users.accept.back", "Go on to the start page", to="site.home"),),
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
                "It was sent to {email}, and you are signed in as {username}. Only whoever has that address can accept "
                "it, so nothing has been done.",
            ),
            Paragraph(
                "users.other.ask",
                "Is the address above yours as well? Then sign out and go on. Otherwise ask {inviter} to invite you at "
                "the address you sign in with.",
            ),
            Action("users.other.submit", "Sign out and go on"),
            Link("users.other.stay", "Stay signed in", to="site.home"),
        ),
        messages=(
            Message(
                "users.other.unconfirmed",
                "Your user has the address this invitation was sent to, but nobody has confirmed yet that it is yours. "
                "Ask us to confirm it, then open the link again.",
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
                "{inviter} gets a message that {email} declined, and the link does not work any more. You do not have "
                "to sign in for that.",
            ),
            Action("users.decline.submit", "Decline"),
            Link("users.decline.back", "Back to the invitation", to="users.invitation"),
        ),
        results=(
            Result(
                "users.decline.declined",
                "You have declined the invitation to {account}. You need do nothing more.",
                parts=(Link("users.decline.home", "Back to the start page", to="site.home"),),
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
                "The invitation to {account} has been accepted already. If that was you, sign in.",
                status=410,
            ),
            Message(
                "users.ended.declined",
                "The invitation to {account} was declined. If you want the access after all, ask its owner for a new "
                "one.",
                status=410,
            ),
            Message(
                "users.ended.revoked",
                "The invitation to {account} was taken back. If you need the access, ask the owner of the account.",
                status=410,
            ),
            Message(
                "users.ended.superseded",
                "You got a newer message with an invitation to {account}. Use the link in that one.",
                status=410,
            ),
            Message(
                "users.ended.expired",
                "The invitation to {account} could be accepted until {until}. Ask the owner of the account to send it "
                "again.",
                status=410,
            ),
            Message(
                "users.ended.unknown",
                "There is no invitation here. Open the link in the message you got, and check that the whole of it "
                "is in the address bar.",
                status=410,
            ),
        ),
        status=410,
    )


def _mails() -> tuple[Mail, ...]:
    return (
        _invitation_mail(),
        *_invitation_answers(),
        *_access_mails(),
        *_transfer_mails(),
    )


def _invitation_mail() -> Mail:
    return Mail(
        "users.invitation",
        Text("users.invitation.subject", "{inviter} invites you to {account}"),
        (
            Paragraph(
                "users.invitation.intro",
                "{inviter} gives you access to the account {account} at {config.site.name}.",
            ),
            Listing("users.invitation.grants", "What you may do there:"),
            Button("users.invitation.open", "Accept the invitation", to="users.invitation"),
            Paragraph("users.invitation.until", "The link works until {until}, for you alone: do not pass it on."),
            Paragraph(
                "users.invitation.unknown",
                "You do not know {inviter}, or do not want the access? Do nothing, or decline on the page.",
            ),
        ),
    )


def _invitation_answers() -> tuple[Mail, ...]:
    return (
        Mail(
            "users.accepted",
            Text("users.accepted.subject", "{name} accepted your invitation to {account}"),
            (
                Paragraph("users.accepted.intro", "{name} ({email}) has access to {account} since {when}."),
                Listing("users.accepted.grants", "They may do this:"),
                Button("users.accepted.open", "User management", to="users.list"),
                Paragraph("users.accepted.unknown", "If you did not invite them, remove their access at once."),
            ),
            numbered=True,
        ),
        Mail(
            "users.declined",
            Text("users.declined.subject", "{email} declined your invitation to {account}"),
            (
                Paragraph(
                    "users.declined.intro", "{email} does not want the access to {account}. Nothing has changed."
                ),
                Button("users.declined.open", "User management", to="users.list"),
            ),
            numbered=True,
        ),
    )


def _access_mails() -> tuple[Mail, ...]:
    return (
        Mail(
            "users.permitted",
            Text("users.permitted.subject", "What {name} may do in {account} has changed"),
            (
                Paragraph("users.permitted.intro", "The permissions of {name} ({email}) were changed on {when}."),
                Listing("users.permitted.grants", "They may do this now:"),
                Button("users.permitted.open", "User management", to="users.list"),
                Paragraph("users.permitted.not_you", "If it was not you, change your password at once and tell us."),
            ),
            numbered=True,
        ),
        Mail(
            "users.removed",
            Text("users.removed.subject", "{name} has no access to {account} any more"),
            (
                Paragraph("users.removed.intro", "The access of {name} ({email}) to {account} was removed on {when}."),
                Listing("users.removed.ended", "These get no more messages about the account either:"),
                Listing("users.removed.kept", "These contacts go on getting messages, as you chose:"),
                Button("users.removed.open", "User management", to="users.list"),
                Paragraph("users.removed.not_you", "If it was not you, change your password at once and tell us."),
            ),
            numbered=True,
        ),
        Mail(
            "users.access_ended",
            Text("users.access_ended.subject", "You have no access to {account} any more"),
            (
                Paragraph("users.access_ended.intro", "{owner}, the owner of {account}, has removed your access."),
                Paragraph(
                    "users.access_ended.ask",
                    "Your user and your other accounts stay as they are. If you think it is a mistake, ask {owner}.",
                ),
            ),
        ),
        Mail(
            "users.left",
            Text("users.left.subject", "{name} has left {account}"),
            (
                Paragraph("users.left.intro", "{name} ({email}) gave up the access to {account} on {when}."),
                Listing("users.left.ended", "These get no more messages, for the address was {name}'s own:"),
                Listing(
                    "users.left.kept",
                    "{name} had added these contacts, and they go on getting messages. Delete those you do not know:",
                ),
                Button("users.left.open", "User management", to="users.list"),
            ),
            numbered=True,
        ),
    )


def _transfer_mails() -> tuple[Mail, ...]:
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
