"""The screens of the staff area, and the mails that customers get because of what staff do there."""

from __future__ import annotations

from collections.abc import Mapping

from ...config import Config
from ...declare.elements import (
    Action,
    Button,
    Codes,
    Column,
    Declaration,
    Fact,
    Facts,
    Heading,
    Link,
    Mail,
    MainLink,
    Message,
    Paragraph,
    Paragraphs,
    Result,
    Rows,
    Screen,
    StaffEntry,
    Title,
)
from ...declare.fields import Choice, LongText, Option, PasswordField, TextField, Tick
from ...declare.texts import Text
from ...security.passwords import MAX_LENGTH

ADMIN = "admin"

REASON = TextField(
    "staff.act.reason",
    "Reason",
    max_length=500,
    help=Text("staff.act.reason_help", "It stays in the audit log for good, with your name."),
)
OWN_PASSWORD = PasswordField(
    "staff.act.password",
    "Your staff password",
    autocomplete="current-password",
    max_length=MAX_LENGTH,
    reauthenticates=True,
)
"""Asked before whatever does harm in the wrong hands."""

BACK_HOME = Link("staff.act.back_home", "All customers", to="staff.home")
BACK_TO_ACCOUNT = Link("staff.act.back_to_account", "Back to the account", to="staff.account")
BACK_TO_USER = Link("staff.act.back_to_user", "Back to the user", to="staff.user")
BACK_TO_CASES = Link("staff.act.back_to_cases", "All requests", to="staff.cases")
BACK_TO_CASE = Link("staff.act.back_to_case", "Back to the request", to="staff.case")
BACK_TO_MAILS = Link("staff.act.back_to_mails", "All outgoing mail", to="staff.mails")
BACK_TO_MAIL = Link("staff.act.back_to_mail", "Back to the message", to="staff.mail")
BACK_TO_TEAM = Link("staff.act.back_to_team", "Back to the team", to="staff.members")

LOG = Rows(
    "staff.act.log",
    "Staff actions",
    columns=(
        Column("staff.act.what", "Action"),
        Column("staff.act.by", "By"),
        Column("staff.act.why", "Reason"),
        Column("staff.act.on", "Date"),
    ),
)
"""What was done about one user, account, request or message."""

CANNOT = (
    Message("staff.act.wrong", "This is not your password."),
    Message("staff.act.too_many", "Too many attempts. Please wait {wait}.", status=429),
    Message("staff.act.not_permitted", "Your role does not allow this.", status=403),
    Message("staff.act.no_reason", "Please give a reason.", field="reason"),
    Message("staff.act.is_disabled", "This user is disabled."),
    Message("staff.act.is_enabled", "This user is not disabled."),
    Message("staff.act.no_recovery", "There is no recovery message for this user: the details it needs are missing."),
    Message(
        "staff.act.not_verified",
        "The address on file was never verified, so nothing is sent there. Change the address instead.",
    ),
    Message("staff.act.no_address", "This is not an email address.", field="email"),
    Message("staff.act.same_address", "The user has this address already.", field="email"),
    Message("staff.act.address_in_use", "Another user signs in with this address.", field="email"),
    Message("staff.act.nothing_pending", "No address change is waiting."),
    Message("staff.act.same_state", "The account has this status already.", field="state"),
    Message("staff.act.same_plan", "The account has this plan already."),
    Message("staff.act.no_domain", "{domain} is not a domain name.", field="domains"),
    Message("staff.act.same_domains", "The account has exactly these domains already.", field="domains"),
    Message("staff.act.domain_taken", "{domain} belongs to account {number}.", field="domains"),
    Message("staff.act.nobody", "No single user has this name or address.", field="user"),
    Message("staff.act.not_verified_yet", "Verify the identity first: the message goes to the verified user."),
    Message("staff.act.other_step", "This has changed in the meantime."),
    Message("staff.act.not_dead", "This message is not waiting for you: it was sent, or will be."),
    Message("staff.act.link_over", "The link in this message has expired. Send a new recovery message instead."),
    Message("staff.act.known", "Somebody with this address is on the team already.", field="email"),
    Message("staff.act.last_admin", "There must be another administrator first."),
)
"""Why something is not done."""

ACTS: Mapping[str, Text] = {
    "user.disable": Text("staff.acts.user_disable", "Disabled user"),
    "user.enable": Text("staff.acts.user_enable", "Enabled user"),
    "user.end_sessions": Text("staff.acts.user_end_sessions", "Ended sessions"),
    "user.unlock": Text("staff.acts.user_unlock", "Lifted sign-in limit"),
    "user.send_recovery": Text("staff.acts.user_send_recovery", "Sent recovery message"),
    "user.change_address": Text("staff.acts.user_change_address", "Requested address change"),
    "user.keep_address": Text("staff.acts.user_keep_address", "Cancelled address change"),
    "user.objected": Text("staff.acts.user_objected", "Customer cancelled address change"),
    "user.address_changed": Text("staff.acts.user_address_changed", "Address changed"),
    "account.state": Text("staff.acts.account_state", "Changed status"),
    "account.plan": Text("staff.acts.account_plan", "Changed plan"),
    "account.domains": Text("staff.acts.account_domains", "Changed domains"),
    "case.take": Text("staff.acts.case_take", "Took request"),
    "case.ask": Text("staff.acts.case_ask", "Asked a question"),
    "case.verify": Text("staff.acts.case_verify", "Verified identity"),
    "case.answer": Text("staff.acts.case_answer", "Answered"),
    "mail.retry": Text("staff.acts.mail_retry", "Sent message again"),
    "mail.discard": Text("staff.acts.mail_discard", "Discarded message"),
    "staff.add": Text("staff.acts.staff_add", "Added to the team"),
    "staff.link": Text("staff.acts.staff_link", "Made a password link"),
    "staff.role": Text("staff.acts.staff_role", "Changed role"),
    "staff.remove": Text("staff.acts.staff_remove", "Removed from the team"),
    "staff.set_password": Text("staff.acts.staff_set_password", "Set password"),
    "staff.sign_in": Text("staff.acts.staff_sign_in", "Signed in"),
}
"""What the audit log calls each act."""

ACCOUNT_STATES = {
    "active": Option("staff.account_state.active", "Active"),
    "suspended": Option("staff.account_state.suspended", "Suspended"),
    "closed": Option("staff.account_state.closed", "Closed"),
}
PLANS = {
    "trial": Option("staff.account_plan.trial", "Trial"),
    "purchased": Option("staff.account_plan.purchased", "Purchased"),
}
ROLES = {
    "support": Option("staff.members.support", "Support"),
    "admin": Option("staff.members.admin", "Administrator"),
}

CASE_STATES = {
    "new": Text("staff.cases.new", "New"),
    "taken": Text("staff.cases.taken", "In progress"),
    "asked": Text("staff.cases.asked", "Waiting for reply"),
    "verified": Text("staff.cases.verified", "Identity verified"),
    "answered": Text("staff.cases.answered", "Answered"),
}
MAIL_STATES = {
    "queued": Text("staff.mails.queued", "Waiting"),
    "leased": Text("staff.mails.leased", "Being sent"),
    "sent": Text("staff.mails.sent", "Sent"),
    "dead": Text("staff.mails.dead", "Not delivered"),
}
USER_STATES = {
    "active": Text("staff.user.active", "Active"),
    "disabled": Text("staff.user.disabled", "Disabled"),
}
ADDRESS_STATES = {
    "yes": Text("staff.user.verified_yes", "Yes"),
    "no": Text("staff.user.verified_no", "No"),
}
OWNER, SUB_USER = Text("staff.account.owner", "Owner"), Text("staff.account.sub_user", "Sub-user")
NEVER = Text("staff.user.never", "Never")
"""Words that pages show in lists and facts."""


def declare(config: Config) -> Declaration:
    if not config.staff.enabled:
        return Declaration()
    return Declaration(
        screens=(
            _sign_in(),
            _password(config),
            _own_password(config),
            _sign_out(),
            _home(),
            _account(),
            *_account_acts(),
            _user(),
            *_user_acts(),
            _keep_address(),
            _cases(),
            _case(),
            *_case_acts(),
            _mails(),
            _mail(),
            *_mail_acts(),
            _help(),
            _audit(),
            _audit_file(),
            *_team(),
        ),
        mails=_letters(),
        texts=(
            *_menu(config),
            *CANNOT,
            *ACTS.values(),
            *CASE_STATES.values(),
            *MAIL_STATES.values(),
            *USER_STATES.values(),
            *ADDRESS_STATES.values(),
            *ACCOUNT_STATES.values(),
            *PLANS.values(),
            *ROLES.values(),
            OWNER,
            SUB_USER,
            NEVER,
        ),
    )


def _menu(config: Config) -> tuple[Text, ...]:
    doctor = StaffEntry("staff.nav.doctor", "Site check", to="doctor", icon="list")
    return (
        Text("staff.nav.who", "Staff"),
        StaffEntry("staff.nav.customers", "Customers", to="staff.home", icon="company"),
        StaffEntry("staff.nav.requests", "Requests", to="staff.cases", icon="support"),
        StaffEntry("staff.nav.mails", "Outgoing mail", to="staff.mails", icon="mail"),
        StaffEntry("staff.nav.help", "Help site", to="staff.help", icon="help"),
        StaffEntry("staff.nav.audit", "Audit log", to="staff.audit", icon="list"),
        StaffEntry("staff.nav.team", "Team", to="staff.members", icon="users", role=ADMIN),
        *([doctor] if config.health.doctor else []),
        StaffEntry("staff.nav.password", "Change password", to="staff.own_password", icon="key"),
        StaffEntry("staff.nav.sign_out", "Sign out", to="staff.sign_out", icon="leave"),
    )


def _sign_in() -> Screen:
    return Screen(
        "staff.sign_in",
        "staff/sign-in",
        Title("staff.sign_in.title", "Staff sign-in"),
        access="staff_visitor",
        parts=(
            TextField("staff.sign_in.email", "Email address", input_type="email", autocomplete="username"),
            PasswordField("staff.sign_in.password", "Password", autocomplete="current-password", max_length=MAX_LENGTH),
            Action("staff.sign_in.submit", "Sign in"),
            Paragraph(
                "staff.sign_in.note",
                "This area is for the staff of {config.site.name}. You are signed out after "
                "{config.staff.idle_minutes:minute|minutes} without activity.",
            ),
        ),
        messages=(
            Message("staff.sign_in.wrong", "We could not sign you in with these details. Check them and try again."),
            Message("staff.sign_in.too_many", "Too many attempts. Please wait {wait}.", status=429),
            Message("staff.sign_in.please", "Please sign in to continue.", tone="info", status=200),
            Message("staff.sign_in.signed_out", "You have been signed out.", tone="success", status=200),
            Message(
                "staff.sign_in.password_set",
                "Your password is set. Please sign in with it.",
                tone="success",
                status=200,
            ),
            Message(
                "staff.sign_in.link_dead",
                "This link no longer works. Ask a colleague who is an administrator for a new one.",
                status=410,
            ),
        ),
    )


def _password(config: Config) -> Screen:
    return Screen(
        "staff.password",
        "staff/password",
        Title("staff.password.title", "Set your staff password"),
        access="staff_visitor",
        opened_by=("staff_link",),
        parts=(
            Paragraph("staff.password.whose", "You are setting the password of {email}."),
            PasswordField(
                "staff.password.new",
                "New password",
                autocomplete="new-password",
                max_length=MAX_LENGTH,
                help=Text(
                    "staff.password.new_help",
                    "At least {config.staff.min_password_length} characters. Use it nowhere else.",
                ),
                least=config.staff.min_password_length,
                too_short="staff.password.too_short",
            ),
            PasswordField(
                "staff.password.repeat",
                "Repeat the new password",
                autocomplete="new-password",
                max_length=MAX_LENGTH,
                repeats="new",
            ),
            Action("staff.password.submit", "Set password"),
        ),
        messages=(
            Message(
                "staff.password.too_short",
                "Please use at least {config.staff.min_password_length} characters.",
                field="new",
            ),
        ),
    )


def _own_password(config: Config) -> Screen:
    return Screen(
        "staff.own_password",
        "staff/own-password",
        Title("staff.own_password.title", "Change your staff password"),
        access="staff",
        parts=(
            PasswordField(
                "staff.own_password.current",
                "Current password",
                autocomplete="current-password",
                max_length=MAX_LENGTH,
            ),
            PasswordField(
                "staff.own_password.new",
                "New password",
                autocomplete="new-password",
                max_length=MAX_LENGTH,
                help=Text(
                    "staff.own_password.new_help",
                    "At least {config.staff.min_password_length} characters. Use it nowhere else.",
                ),
                least=config.staff.min_password_length,
                too_short="staff.own_password.too_short",
            ),
            PasswordField(
                "staff.own_password.repeat",
                "Repeat the new password",
                autocomplete="new-password",
                max_length=MAX_LENGTH,
                repeats="new",
            ),
            Action("staff.own_password.submit", "Change password"),
            BACK_HOME,
        ),
        messages=(
            Message(
                "staff.own_password.too_short",
                "Please use at least {config.staff.min_password_length} characters.",
                field="new",
            ),
            Message("staff.own_password.wrong", "This is not your current password.", field="current"),
            Message("staff.own_password.too_many", "Too many attempts. Please wait {wait}.", status=429),
        ),
    )


def _sign_out() -> Screen:
    return Screen(
        "staff.sign_out",
        "staff/sign-out",
        Title("staff.sign_out.title", "Sign out"),
        access="staff",
        parts=(
            Paragraph("staff.sign_out.text", "Do you want to sign out of the staff area?"),
            Action("staff.sign_out.submit", "Sign out"),
            BACK_HOME,
        ),
    )


def _home() -> Screen:
    return Screen(
        "staff.home",
        "staff",
        Title("staff.home.title", "Customers"),
        access="staff",
        parts=(
            Link("staff.home.cases", "Open requests: {cases}", to="staff.cases"),
            Link("staff.home.dead", "Undelivered messages: {dead}", to="staff.mails"),
            Rows(
                "staff.home.accounts",
                "Accounts",
                columns=(
                    Column("staff.home.name", "Name"),
                    Column("staff.home.number", "Customer number"),
                    Column("staff.home.state", "Status"),
                    Column("staff.home.plan", "Plan"),
                ),
                find=TextField(
                    "staff.home.find",
                    "Search customers",
                    help=Text("staff.home.find_help", "Name, customer number, domain, email address or user name"),
                ),
                is_led_by_find=True,
                empty=Text("staff.home.empty", "There are no accounts yet."),
            ),
            Rows(
                "staff.home.users",
                "Users",
                columns=(
                    Column("staff.home.user", "Name"),
                    Column("staff.home.email", "Email address"),
                    Column("staff.home.username", "User name"),
                    Column("staff.home.user_state", "Status"),
                ),
            ),
        ),
        messages=(
            Message(
                "staff.home.password_changed",
                "Your password is changed. You are signed out everywhere else.",
                tone="success",
                status=200,
            ),
        ),
    )


def _account() -> Screen:
    return Screen(
        "staff.account",
        "staff/accounts/<int:account>",
        Title("staff.account.title", "{name}"),
        access="staff",
        parts=(
            Facts(
                "staff.account.about",
                "Account",
                facts=(
                    Fact("staff.account.number", "Customer number"),
                    Fact("staff.account.state", "Status"),
                    Fact("staff.account.plan", "Plan"),
                    Fact("staff.account.until", "Valid until"),
                    Fact("staff.account.domains", "Domains"),
                    Fact("staff.account.billing", "Billing email address"),
                    Fact("staff.account.since", "Customer since"),
                ),
            ),
            Link("staff.account.change_state", "Change status", to="staff.account_state"),
            Link("staff.account.change_plan", "Change plan", to="staff.account_plan"),
            Link("staff.account.change_domains", "Change domains", to="staff.account_domains"),
            Rows(
                "staff.account.members",
                "Users of this account",
                columns=(
                    Column("staff.account.user", "Name"),
                    Column("staff.account.email", "Email address"),
                    Column("staff.account.role", "Role"),
                    Column("staff.account.user_state", "Status"),
                ),
                empty=Text("staff.account.nobody", "Nobody uses this account."),
            ),
            LOG,
            BACK_HOME,
        ),
        messages=(
            Message("staff.account.state_set", "The status was changed.", tone="success", status=200),
            Message("staff.account.plan_set", "The plan was changed.", tone="success", status=200),
            Message("staff.account.domains_set", "The domains were changed.", tone="success", status=200),
        ),
    )


def _user() -> Screen:
    return Screen(
        "staff.user",
        "staff/users/<int:user>",
        Title("staff.user.title", "{name}"),
        access="staff",
        parts=(
            Facts(
                "staff.user.about",
                "User",
                facts=(
                    Fact("staff.user.email", "Email address"),
                    Fact("staff.user.verified", "Address verified"),
                    Fact("staff.user.username", "User name"),
                    Fact("staff.user.state", "Status"),
                    Fact("staff.user.since", "User since"),
                    Fact("staff.user.seen", "Last sign-in"),
                    Fact("staff.user.limited", "Sign-in limited until"),
                    Fact("staff.user.sessions", "Open sessions"),
                    Fact("staff.user.pending", "Pending address"),
                ),
            ),
            Link("staff.user.send_recovery", "Send recovery message", to="staff.user_recover"),
            Link("staff.user.end_sessions", "End sessions", to="staff.user_sign_out"),
            Link("staff.user.unlock", "Lift sign-in limit", to="staff.user_unlock"),
            Link("staff.user.change_address", "Change email address", to="staff.user_address"),
            Link("staff.user.keep_address", "Cancel address change", to="staff.user_keep"),
            Link("staff.user.disable", "Disable user", to="staff.user_disable"),
            Link("staff.user.enable", "Enable user", to="staff.user_enable"),
            Rows(
                "staff.user.accounts",
                "Accounts",
                columns=(
                    Column("staff.user.account", "Name"),
                    Column("staff.user.number", "Customer number"),
                    Column("staff.user.role", "Role"),
                ),
                empty=Text("staff.user.nowhere", "This user is in no account."),
            ),
            LOG,
            BACK_HOME,
        ),
        messages=(
            Message(
                "staff.user.recovery_sent",
                "The recovery message is on its way to the address on file.",
                tone="success",
                status=200,
            ),
            Message("staff.user.signed_out", "All sessions were ended.", tone="success", status=200),
            Message("staff.user.unlocked", "The sign-in limit was lifted.", tone="success", status=200),
            Message(
                "staff.user.address_planned",
                "The address will change on {due}. The old address has been notified.",
                tone="success",
                status=200,
            ),
            Message("staff.user.address_kept", "The address change was cancelled.", tone="success", status=200),
            Message("staff.user.was_disabled", "The user was disabled.", tone="success", status=200),
            Message("staff.user.was_enabled", "The user was enabled.", tone="success", status=200),
        ),
    )


def _cases() -> Screen:
    return Screen(
        "staff.cases",
        "staff/requests",
        Title("staff.cases.title", "Requests"),
        access="staff",
        parts=(
            Rows(
                "staff.cases.all",
                "Requests",
                columns=(
                    Column("staff.cases.reference", "Reference"),
                    Column("staff.cases.name", "Name"),
                    Column("staff.cases.state", "Status"),
                    Column("staff.cases.by", "Handled by"),
                    Column("staff.cases.on", "Received"),
                ),
                find=TextField(
                    "staff.cases.find",
                    "Search requests",
                    help=Text("staff.cases.find_help", "Reference, name or email address"),
                ),
                is_led_by_find=True,
                empty=Text("staff.cases.empty", "Nobody has asked for help."),
            ),
        ),
    )


def _case() -> Screen:
    return Screen(
        "staff.case",
        "staff/requests/<int:case>",
        Title("staff.case.title", "Request {reference}"),
        access="staff",
        parts=(
            Facts(
                "staff.case.about",
                "Request",
                facts=(
                    Fact("staff.case.state", "Status"),
                    Fact("staff.case.name", "Name"),
                    Fact("staff.case.email", "Email address"),
                    Fact("staff.case.on", "Received"),
                    Fact("staff.case.by", "Handled by"),
                    Fact("staff.case.user", "Verified user"),
                ),
            ),
            Paragraphs("staff.case.text", "{text}"),
            Link("staff.case.take", "Take request", to="staff.case_take"),
            Link("staff.case.ask", "Ask a question", to="staff.case_ask"),
            Link("staff.case.verify", "Verify identity", to="staff.case_verify"),
            Link("staff.case.answer", "Answer", to="staff.case_answer"),
            Link("staff.case.see_user", "Show verified user"),
            LOG,
            BACK_TO_CASES,
        ),
        messages=(
            Message("staff.case.was_taken", "The request is yours.", tone="success", status=200),
            Message("staff.case.was_asked", "Your question is on its way.", tone="success", status=200),
            Message("staff.case.was_verified", "The identity was recorded.", tone="success", status=200),
            Message("staff.case.was_answered", "Your answer is on its way.", tone="success", status=200),
        ),
    )


def _case_acts() -> tuple[Screen, ...]:
    return (
        Screen(
            "staff.case_take",
            "staff/requests/<int:case>/take",
            Title("staff.case_take.title", "Take request {reference}"),
            access="staff",
            parts=(REASON, Action("staff.case_take.submit", "Take request"), BACK_TO_CASE),
        ),
        Screen(
            "staff.case_ask",
            "staff/requests/<int:case>/ask",
            Title("staff.case_ask.title", "Ask a question"),
            access="staff",
            parts=(
                Paragraph("staff.case_ask.intro", "Your question is sent to {email}, who wrote request {reference}."),
                LongText("staff.case_ask.text", "Question", max_length=2000),
                REASON,
                Action("staff.case_ask.submit", "Send question"),
                BACK_TO_CASE,
            ),
        ),
        Screen(
            "staff.case_verify",
            "staff/requests/<int:case>/verify",
            Title("staff.case_verify.title", "Verify identity"),
            access="staff",
            parts=(
                Paragraph(
                    "staff.case_verify.intro",
                    "State which user wrote request {reference}, and in the reason how you know. An address that "
                    "somebody writes from proves nothing.",
                ),
                TextField(
                    "staff.case_verify.user",
                    "User",
                    help=Text("staff.case_verify.user_help", "User name or email address"),
                ),
                REASON,
                Action("staff.case_verify.submit", "Save"),
                BACK_TO_CASE,
            ),
        ),
        Screen(
            "staff.case_answer",
            "staff/requests/<int:case>/answer",
            Title("staff.case_answer.title", "Answer request {reference}"),
            access="staff",
            parts=(
                Paragraph("staff.case_answer.intro", "Your answer is sent to {email}."),
                LongText("staff.case_answer.text", "Answer", max_length=2000),
                Tick(
                    "staff.case_answer.recover",
                    "Also send the verified user a recovery message",
                    required=False,
                    help=Text(
                        "staff.case_answer.recover_help",
                        "It goes to the address on file for that user, never to the one in the request.",
                    ),
                ),
                REASON,
                Action("staff.case_answer.submit", "Send answer"),
                BACK_TO_CASE,
            ),
        ),
    )


def _mails() -> Screen:
    return Screen(
        "staff.mails",
        "staff/mails",
        Title("staff.mails.title", "Outgoing mail"),
        access="staff",
        parts=(
            Rows(
                "staff.mails.all",
                "Messages",
                columns=(
                    Column("staff.mails.to", "To"),
                    Column("staff.mails.subject", "Subject"),
                    Column("staff.mails.state", "Status"),
                    Column("staff.mails.why", "Last error"),
                    Column("staff.mails.on", "Created"),
                ),
                find=TextField(
                    "staff.mails.find",
                    "Search messages",
                    help=Text("staff.mails.find_help", "Recipient; without a search, messages that are not sent"),
                ),
                is_led_by_find=True,
                empty=Text("staff.mails.empty", "Every message is sent."),
            ),
            Link("staff.mails.search_all", "Show all messages"),
        ),
        messages=(Message("staff.mails.discarded", "The message was discarded.", tone="success", status=200),),
    )


def _mail() -> Screen:
    return Screen(
        "staff.mail",
        "staff/mails/<int:mail>",
        Title("staff.mail.title", "Message to {to}"),
        access="staff",
        parts=(
            Facts(
                "staff.mail.about",
                "Message",
                facts=(
                    Fact("staff.mail.subject", "Subject"),
                    Fact("staff.mail.state", "Status"),
                    Fact("staff.mail.why", "Last error"),
                    Fact("staff.mail.attempts", "Attempts"),
                    Fact("staff.mail.on", "Created"),
                    Fact("staff.mail.sent", "Sent"),
                    Fact("staff.mail.next", "Next attempt"),
                    Fact("staff.mail.until", "Useful until"),
                ),
            ),
            Paragraph("staff.mail.private", "What the message says is for its reader alone and is not shown."),
            Link("staff.mail.retry", "Send again", to="staff.mail_retry"),
            Link("staff.mail.discard", "Discard message", to="staff.mail_discard"),
            LOG,
            BACK_TO_MAILS,
        ),
        messages=(Message("staff.mail.retried", "The message is waiting to be sent.", tone="success", status=200),),
    )


def _mail_acts() -> tuple[Screen, ...]:
    return (
        Screen(
            "staff.mail_retry",
            "staff/mails/<int:mail>/retry",
            Title("staff.mail_retry.title", "Send again"),
            access="staff",
            role=ADMIN,
            parts=(
                Paragraph("staff.mail_retry.intro", "The message to {to} waits again as if it were new."),
                REASON,
                Action("staff.mail_retry.submit", "Send again"),
                BACK_TO_MAIL,
            ),
        ),
        Screen(
            "staff.mail_discard",
            "staff/mails/<int:mail>/discard",
            Title("staff.mail_discard.title", "Discard this message?"),
            access="staff",
            role=ADMIN,
            parts=(
                Paragraph(
                    "staff.mail_discard.intro",
                    "The message to {to} is deleted and never sent. Only the log of staff actions still knows of it.",
                ),
                REASON,
                Action("staff.mail_discard.submit", "Discard message", is_grave=True),
                BACK_TO_MAIL,
            ),
        ),
    )


def _help() -> Screen:
    return Screen(
        "staff.help",
        "staff/help",
        Title("staff.help.title", "Help site"),
        access="staff",
        parts=(
            Rows(
                "staff.help.votes",
                "Votes",
                columns=(
                    Column("staff.help.article", "Article"),
                    Column("staff.help.locale", "Language"),
                    Column("staff.help.unhelpful", "Not helpful"),
                    Column("staff.help.helpful", "Helpful"),
                ),
                empty=Text("staff.help.no_votes", "Nobody has voted yet."),
            ),
            Rows(
                "staff.help.searches",
                "Searches without results",
                columns=(
                    Column("staff.help.query", "Searched for"),
                    Column("staff.help.query_locale", "Language"),
                    Column("staff.help.count", "How often"),
                    Column("staff.help.last", "Last time"),
                ),
                empty=Text("staff.help.no_searches", "Every search has found something."),
            ),
            Rows(
                "staff.help.missing",
                "What readers missed",
                columns=(
                    Column("staff.help.text", "Comment"),
                    Column("staff.help.about", "Article"),
                    Column("staff.help.sent", "Date"),
                ),
                empty=Text("staff.help.no_missing", "Nobody has left a comment."),
            ),
        ),
    )


def _audit() -> Screen:
    return Screen(
        "staff.audit",
        "staff/audit",
        Title("staff.audit.title", "Audit log"),
        access="staff",
        parts=(
            Rows(
                "staff.audit.all",
                "Entries",
                columns=(
                    Column("staff.audit.what", "Action"),
                    Column("staff.audit.whom", "Affected"),
                    Column("staff.audit.by", "By"),
                    Column("staff.audit.why", "Reason"),
                    Column("staff.audit.on", "Date"),
                ),
                find=TextField(
                    "staff.audit.find",
                    "Filter the log",
                    help=Text(
                        "staff.audit.find_help", "Person, customer number, reason or action, such as user.disable"
                    ),
                ),
                is_led_by_find=True,
                empty=Text("staff.audit.empty", "The log is empty."),
            ),
            Link("staff.audit.csv", "Download as CSV"),
            Heading("staff.audit.about", "About this log"),
            Paragraph("staff.audit.for_good", "Entries cannot be changed or deleted."),
        ),
    )


def _audit_file() -> Screen:
    return Screen(
        "staff.audit_file",
        "staff/audit.csv",
        Title("staff.audit_file.title", "Audit log as CSV"),
        access="staff",
    )


def _keep_address() -> Screen:
    """Return the page that the link in the notice opens: for the customer, and no part of the staff area."""
    return Screen(
        "staff.keep_address",
        "keep-address",
        Title("staff.keep_address.title", "Keep your email address"),
        parts=(
            Paragraph(
                "staff.keep_address.intro",
                "Our support team was asked to change the email address of your access. If you did not ask for it, "
                "cancel the change here.",
            ),
            Action("staff.keep_address.submit", "Cancel the change"),
        ),
        opened_by=("keep_address",),
        results=(
            Result(
                "staff.keep_address.kept",
                "The change is cancelled. Your email address stays as it is.",
                parts=(Link("staff.keep_address.support", "Contact support", to="support"),),
            ),
            Result(
                "staff.keep_address.dead",
                "There is nothing to cancel by this link: it has been used or replaced, or the address has been "
                "changed already. If it was not you, contact us at once.",
                parts=(Link("staff.keep_address.tell_support", "Contact support", to="support"),),
                tone="error",
                status=410,
            ),
        ),
    )


def _letters() -> tuple[Mail, ...]:
    return (
        Mail(
            "staff.address_planned",
            Text("staff.address_planned.subject", "Your email address at {config.site.name} will change"),
            (
                Paragraph(
                    "staff.address_planned.intro",
                    "Our support team was asked to change the email address of {username}. From {due} on, messages "
                    "about your access go to the new address and no longer to this one.",
                ),
                Paragraph("staff.address_planned.not_you", "Was it not you? Then cancel the change before that day:"),
                Button("staff.address_planned.keep", "Keep my address", to="staff.keep_address"),
                Paragraph(
                    "staff.address_planned.support",
                    "You need not sign in for that. If you have questions, write to {config.site.support_email}.",
                ),
            ),
        ),
        Mail(
            "staff.address_kept",
            Text("staff.address_kept.subject", "Your email address at {config.site.name} stays as it is"),
            (
                Paragraph(
                    "staff.address_kept.intro",
                    "The change of the email address of {username} was cancelled. Messages about your access keep "
                    "coming to this address.",
                ),
            ),
        ),
        Mail(
            "staff.case_asked",
            Text("staff.case_asked.subject", "A question about your request {reference}"),
            (
                Paragraph("staff.case_asked.intro", "Hello {name}, we have a question about your request:"),
                Paragraphs("staff.case_asked.text", "{text}"),
                Paragraph(
                    "staff.case_asked.reply",
                    "Please answer to {config.site.support_email} and quote {reference}. Never send us a password.",
                ),
            ),
        ),
        Mail(
            "staff.case_answered",
            Text("staff.case_answered.subject", "Your request {reference}"),
            (
                Paragraph("staff.case_answered.greeting", "Hello {name}, this is our answer to your request:"),
                Paragraphs("staff.case_answered.text", "{text}"),
                Paragraph(
                    "staff.case_answered.reply",
                    "If you have further questions, write to {config.site.support_email} and quote {reference}.",
                ),
            ),
        ),
    )


def _account_acts() -> tuple[Screen, ...]:
    return (
        Screen(
            "staff.account_state",
            "staff/accounts/<int:account>/state",
            Title("staff.account_state.title", "Change the status of {name}"),
            access="staff",
            role=ADMIN,
            parts=(
                Paragraph(
                    "staff.account_state.intro",
                    "It applies from the next page that the users of this account open. Nothing is deleted.",
                ),
                Choice("staff.account_state.state", "Status", options=tuple(ACCOUNT_STATES.values())),
                REASON,
                OWN_PASSWORD,
                Action("staff.account_state.submit", "Change status"),
                BACK_TO_ACCOUNT,
            ),
        ),
        Screen(
            "staff.account_plan",
            "staff/accounts/<int:account>/plan",
            Title("staff.account_plan.title", "Change the plan of {name}"),
            access="staff",
            role=ADMIN,
            parts=(
                Choice("staff.account_plan.plan", "Plan", options=tuple(PLANS.values())),
                TextField(
                    "staff.account_plan.until",
                    "Valid until",
                    input_type="date",
                    must_be="date",
                    required=False,
                    help=Text("staff.account_plan.until_help", "The last day; leave it empty for no end."),
                ),
                REASON,
                OWN_PASSWORD,
                Action("staff.account_plan.submit", "Change plan"),
                BACK_TO_ACCOUNT,
            ),
        ),
        Screen(
            "staff.account_domains",
            "staff/accounts/<int:account>/domains",
            Title("staff.account_domains.title", "Change the domains of {name}"),
            access="staff",
            role=ADMIN,
            parts=(
                LongText(
                    "staff.account_domains.domains",
                    "Domains",
                    max_length=20_000,
                    required=False,
                    help=Text("staff.account_domains.domains_help", "One on each line. Those you remove are released."),
                ),
                REASON,
                OWN_PASSWORD,
                Action("staff.account_domains.submit", "Change domains"),
                BACK_TO_ACCOUNT,
            ),
        ),
    )


def _user_acts() -> tuple[Screen, ...]:
    return (
        Screen(
            "staff.user_recover",
            "staff/users/<int:user>/recover",
            Title("staff.user_recover.title", "Send a recovery message"),
            access="staff",
            parts=(
                Paragraph(
                    "staff.user_recover.intro",
                    "{email} gets the same message as after a request on the page for a forgotten password. You never "
                    "see or choose a password.",
                ),
                REASON,
                Action("staff.user_recover.submit", "Send message"),
                BACK_TO_USER,
            ),
        ),
        Screen(
            "staff.user_sign_out",
            "staff/users/<int:user>/end-sessions",
            Title("staff.user_sign_out.title", "End all sessions"),
            access="staff",
            parts=(
                Paragraph("staff.user_sign_out.intro", "{email} is signed out everywhere and can sign in again."),
                REASON,
                Action("staff.user_sign_out.submit", "End sessions"),
                BACK_TO_USER,
            ),
        ),
        Screen(
            "staff.user_unlock",
            "staff/users/<int:user>/unlock",
            Title("staff.user_unlock.title", "Lift the sign-in limit"),
            access="staff",
            role=ADMIN,
            parts=(
                Paragraph(
                    "staff.user_unlock.intro",
                    "After too many wrong passwords {email} has to wait. This ends the wait; a few attempts are left.",
                ),
                REASON,
                Action("staff.user_unlock.submit", "Lift limit"),
                BACK_TO_USER,
            ),
        ),
        *_address_acts(),
        Screen(
            "staff.user_disable",
            "staff/users/<int:user>/disable",
            Title("staff.user_disable.title", "Disable this user?"),
            access="staff",
            role=ADMIN,
            parts=(
                Paragraph(
                    "staff.user_disable.intro",
                    "{email} is signed out at once and cannot sign in, nor recover a password. Nothing is deleted.",
                ),
                REASON,
                OWN_PASSWORD,
                Action("staff.user_disable.submit", "Disable user", is_grave=True),
                BACK_TO_USER,
            ),
        ),
        Screen(
            "staff.user_enable",
            "staff/users/<int:user>/enable",
            Title("staff.user_enable.title", "Enable this user?"),
            access="staff",
            role=ADMIN,
            parts=(
                Paragraph("staff.user_enable.intro", "{email} can sign in again, with the same password as before."),
                REASON,
                OWN_PASSWORD,
                Action("staff.user_enable.submit", "Enable user"),
                BACK_TO_USER,
            ),
        ),
    )


def _address_acts() -> tuple[Screen, ...]:
    return (
        Screen(
            "staff.user_address",
            "staff/users/<int:user>/address",
            Title("staff.user_address.title", "Change the email address"),
            access="staff",
            role=ADMIN,
            parts=(
                Paragraph(
                    "staff.user_address.intro",
                    "{email} is notified now. The address changes after {config.staff.address_wait_hours:hour|hours}, "
                    "unless somebody there objects and you cancel the change.",
                ),
                TextField("staff.user_address.email", "New email address", input_type="email", must_be="email"),
                REASON,
                OWN_PASSWORD,
                Action("staff.user_address.submit", "Change address"),
                BACK_TO_USER,
            ),
        ),
        Screen(
            "staff.user_keep",
            "staff/users/<int:user>/keep-address",
            Title("staff.user_keep.title", "Cancel the address change"),
            access="staff",
            role=ADMIN,
            parts=(
                Paragraph("staff.user_keep.intro", "{email} stays the address of this user."),
                REASON,
                Action("staff.user_keep.submit", "Cancel change"),
                BACK_TO_USER,
            ),
        ),
    )


def _team() -> tuple[Screen, ...]:
    return (
        Screen(
            "staff.members",
            "staff/team",
            Title("staff.members.title", "Team"),
            access="staff",
            role=ADMIN,
            parts=(
                MainLink("staff.members.add", "Add a colleague", to="staff.member_add"),
                Rows(
                    "staff.members.all",
                    "Members",
                    columns=(
                        Column("staff.members.email", "Email address"),
                        Column("staff.members.role", "Role"),
                        Column("staff.members.seen", "Last sign-in"),
                    ),
                    actions=(
                        Link("staff.members.change_role", "Change role", to="staff.member_role"),
                        Link("staff.members.new_link", "New password link", to="staff.member_link"),
                        Link("staff.members.remove", "Remove", to="staff.member_remove"),
                    ),
                ),
                Paragraph(
                    "staff.members.roles",
                    "Support can look at everything, send recovery messages, end sessions and work on requests. "
                    "Administrators can do everything.",
                ),
            ),
            messages=(
                Message("staff.members.role_set", "The role was changed.", tone="success", status=200),
                Message("staff.members.removed", "{email} is no longer on the team.", tone="success", status=200),
            ),
        ),
        Screen(
            "staff.member_add",
            "staff/team/add",
            Title("staff.member_add.title", "Add a colleague"),
            access="staff",
            role=ADMIN,
            parts=(
                TextField("staff.member_add.email", "Email address", input_type="email", must_be="email"),
                Choice("staff.member_add.role", "Role", options=tuple(ROLES.values())),
                REASON,
                OWN_PASSWORD,
                Action("staff.member_add.submit", "Add"),
                BACK_TO_TEAM,
            ),
            results=(_link_made(),),
        ),
        Screen(
            "staff.member_link",
            "staff/team/<int:member>/link",
            Title("staff.member_link.title", "New password link"),
            access="staff",
            role=ADMIN,
            parts=(
                Paragraph(
                    "staff.member_link.intro",
                    "{email} can set another password by a new link. An older link stops working.",
                ),
                REASON,
                OWN_PASSWORD,
                Action("staff.member_link.submit", "Make link"),
                BACK_TO_TEAM,
            ),
            results=(_link_made(),),
        ),
        Screen(
            "staff.member_role",
            "staff/team/<int:member>/role",
            Title("staff.member_role.title", "Change role"),
            access="staff",
            role=ADMIN,
            parts=(
                Paragraph("staff.member_role.who", "Role of {email} in the team:"),
                Choice("staff.member_role.role", "Role", options=tuple(ROLES.values())),
                REASON,
                OWN_PASSWORD,
                Action("staff.member_role.submit", "Change role"),
                BACK_TO_TEAM,
            ),
        ),
        Screen(
            "staff.member_remove",
            "staff/team/<int:member>/remove",
            Title("staff.member_remove.title", "Remove from the team?"),
            access="staff",
            role=ADMIN,
            parts=(
                Paragraph(
                    "staff.member_remove.intro",
                    "{email} can no longer come in: open sessions end at once. What they did stays in the audit log.",
                ),
                REASON,
                OWN_PASSWORD,
                Action("staff.member_remove.submit", "Remove", is_grave=True),
                BACK_TO_TEAM,
            ),
        ),
    )


def _link_made() -> Result:
    return Result(
        "staff.link.made",
        "Give {email} this link in person or by telephone. It is shown only now and works once, for "
        "{config.staff.link_hours:hour|hours}.",
        parts=(Codes("staff.link.link", "Link to set a password"), BACK_TO_TEAM),
    )
