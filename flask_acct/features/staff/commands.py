"""``flask acct user``, ``account``, ``requests``, ``mail``, ``audit``, ``staff``: what the staff area does, in a shell.

The same functions as behind the pages. Whoever may run commands on the server is an administrator, and the audit log
says so: ``command: root``. English only.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, NoReturn, TypeVar, cast

import click
from flask import current_app
from flask.cli import with_appcontext

from ... import signals
from ...accounts.account_status import State
from ...db import schema
from ...db.ids import typed_id
from ...db.models import Account, AuditEntry, OutboxMail, StaffMember, SupportCase, User
from ...scope import Scope
from ...staff import accounts, acts, cases, erasure, export, mails, members, search, users
from ...staff.acts import ROLES, ActDone, Actor, CannotAct, Outcome, ReasonMissing, Role, RoleNotEnough
from ...staff.export import Exported
from ...staff.members import LinkMade
from ...values.amounts import counted
from ...web import state as states
from ...web.sending_signals import send_signal
from .screens import CANNOT

WHY = {message.name: message.message for message in CANNOT}
NOT_ENABLED = "There is no staff area. Write in acct.toml: [staff] enabled = true"

AnyCommand = TypeVar("AnyCommand", bound=Callable[..., Any])


def _with_reason(command: AnyCommand) -> AnyCommand:
    return click.option("--reason", required=True, help="Why; it stays in the audit log for good.")(command)


@click.group()
def user() -> None:
    """Find a user, end sessions, send the way back in, disable, change the address,
    export or delete what is stored about them.

    WHO is a user name, an email address, or # and the id that search shows: '#7'.
    """


@click.group()
def account() -> None:
    """Find an account, suspend, reopen or close it, change its plan and domains,
    export or delete it.

    WHICH is a customer number or a domain.
    """


@click.group()
def requests() -> None:
    """Work on the requests of people who know nothing to sign in with.

    REFERENCE is what they were told to quote, such as R-7KQ2-M9XD.
    """


@click.group()
def mail() -> None:
    """Send messages again that were not delivered, or discard them.

    NUMBER is what 'flask acct post --failed' shows after the #.
    """


@click.group()
def staff() -> None:
    """Let colleagues into the staff area."""


@click.command()
@click.option("--find", "query", default="", help="Only entries that hold this: a person, number, act or reason.")
@click.option("--csv", "as_csv", is_flag=True, help="Print all of them, for a spreadsheet.")
@with_appcontext
def audit(query: str, as_csv: bool) -> None:
    """Print what staff did, the newest first."""
    with _scope() as scope:
        if as_csv:
            click.echo(acts.as_csv(scope, query=query), nl=False)
            return
        _print_log(acts.browse(scope, query=query).entries)


@user.command("search")
@click.argument("text")
@with_appcontext
def search_users(text: str) -> None:
    """List the users whose name, user name or address holds TEXT."""
    with _scope() as scope:
        for one in search.search(scope, query=text).users:
            click.echo(f"#{one.id}  {one.username}  {one.email}  {one.full_name}")


@user.command("show")
@click.argument("who")
@with_appcontext
def show_user(who: str) -> None:
    """Print what is known of a user, and what staff did."""
    with _scope() as scope:
        one = _user(scope, who)
        shown = users.show(scope, one)
        lines = {
            "User": f"#{one.id} {one.username}",
            "Name": one.full_name,
            "Address": f"{one.email} ({'verified' if one.email_verified_at else 'not verified'})",
            "Status": "disabled" if one.disabled_at else "active",
            "Last sign-in": _time(one.last_signed_in_at),
            "Open sessions": str(shown.open_sessions),
        }
        if shown.limited_until:
            lines["Sign-in limited"] = f"until {_time(shown.limited_until)}, after too many wrong passwords"
        if shown.pending:
            lines["New address"] = f"{shown.pending.email}, from {_time(shown.pending.due_at)}"
        for place in shown.memberships:
            role = "owner" if place.is_owner else "sub-user"
            lines[f"Account {place.account.number}"] = f"{place.account.name}, {role}"
        _print_facts(lines)
        _print_log(acts.about(scope, "user", one.id, one.created_at))


UNLOCKED = "They need not wait any more to sign in. After a few more wrong passwords they will."


def _act_on_user(name: str, act: Callable[..., Outcome], help_: str, done: str) -> None:
    """There is a command that does one act for a user."""

    @user.command(name, help=help_)
    @click.argument("who")
    @_with_reason
    @with_appcontext
    def command(who: str, reason: str) -> None:
        with _scope() as scope:
            _say(act(scope, _user(scope, who), by=_actor(), reason=reason), done)


_act_on_user("disable", users.disable, "End all sessions of a user and let none begin.", "The user is disabled.")
_act_on_user("enable", users.enable, "Let a disabled user sign in again.", "The user can sign in again.")
_act_on_user("end-sessions", users.end_sessions, "Sign a user out everywhere.", "Ended sessions: {sessions}.")
_act_on_user("unlock", users.unlock, "Lift the limit after too many wrong passwords.", UNLOCKED)
_act_on_user(
    "send-recovery",
    users.send_recovery,
    "Mail a user the way back in, to the address on file.",
    "It is on its way: {reference}.",
)


@user.command("change-address")
@click.argument("who")
@click.argument("email")
@_with_reason
@with_appcontext
def change_address(who: str, email: str, reason: str) -> None:
    """Give a user another address, after the waiting time; the old one is told now."""
    _raise_unless_enabled()
    with _scope() as scope:
        outcome = users.change_address(scope, _user(scope, who), email, by=_actor(), reason=reason)
        _say(outcome, "The address changes on {due}; {was} is told.")


@user.command("keep-address")
@click.argument("who")
@_with_reason
@with_appcontext
def keep_address(who: str, reason: str) -> None:
    """Cancel a change of address that waits."""
    _raise_unless_enabled()
    with _scope() as scope:
        _say(users.keep_address(scope, _user(scope, who), by=_actor(), reason=reason), "The address stays.")


FOR_THEM = "they asked for it"
"""The reason of an export, if none is given."""


@user.command("export")
@click.argument("who")
@click.option("--reason", default=FOR_THEM, show_default=True)
@with_appcontext
def export_user(who: str, reason: str) -> None:
    """Print what is stored about a user, as JSON, for somebody who asks what you have about them."""
    with _scope() as scope:
        _print_file(export.export_user(scope, _user(scope, who), by=_actor(), reason=reason))


@user.command("delete")
@click.argument("who")
@_with_reason
@with_appcontext
def delete_user(who: str, reason: str) -> None:
    """Delete a user and all that is stored about them, for good. The audit log stays."""
    with _scope_with_app() as scope:
        one = _user(scope, who)
        outcome = erasure.delete_user(scope, one, by=_actor(), reason=reason, announce=send_signal)
        _say(outcome, "Deleted user {user}.", user=users.named(one))
    _tell_app(outcome)


@account.command("export")
@click.argument("which")
@click.option("--reason", default=FOR_THEM, show_default=True)
@with_appcontext
def export_account(which: str, reason: str) -> None:
    """Print what is stored about an account, as JSON: its details, domains, contacts and users."""
    with _scope() as scope:
        _print_file(export.export_account(scope, _account(scope, which), by=_actor(), reason=reason))


@account.command("delete")
@click.argument("which")
@_with_reason
@with_appcontext
def delete_account(which: str, reason: str) -> None:
    """Delete a closed account, all that is in it and its users who are in no other, for good. The audit log stays."""
    with _scope_with_app() as scope:
        one = _account(scope, which)
        would = erasure.would_go(scope, one)
        _print_facts({
            "Account": f"{one.number} {one.name}, {one.state}",
            "Domains": " ".join(would.domains) or "none",
            "Contacts": str(would.contacts),
            "Users deleted": ", ".join(map(users.named, would.users)) or "none",
            "Users who stay": ", ".join(map(users.named, would.staying)) or "none",
        })  # fmt: skip
        outcome = erasure.delete_account(scope, one, by=_actor(), reason=reason, announce=send_signal)
        _say(outcome, "Deleted account {number}.", number=one.number)
        for gone in would.users:
            click.echo(f"Deleted user {users.named(gone)}.")
    _tell_app(outcome, one)


@account.command("search")
@click.argument("text")
@with_appcontext
def search_accounts(text: str) -> None:
    """List the accounts that TEXT is about: a name, number, domain, address or user name."""
    with _scope() as scope:
        for one in search.search(scope, query=text).accounts:
            click.echo(f"{one.number}  {one.name}  {one.state}  {one.plan}")


@account.command("show")
@click.argument("which")
@with_appcontext
def show_account(which: str) -> None:
    """Print what is known of an account, and what staff did."""
    with _scope() as scope:
        one = _account(scope, which)
        shown = accounts.show(scope, one)
        lines = {
            "Account": f"{one.number} {one.name}",
            "Status": one.state,
            "Plan": f"{one.plan}, until {one.plan_expires_on or 'no end'}",
            "Domains": " ".join(shown.domains) or "none",
            "Billing address": one.billing_email or "none",
        }
        for place in shown.memberships:
            lines[f"User #{place.user_id}"] = f"{place.user.email}, {'owner' if place.is_owner else 'sub-user'}"
        _print_facts(lines)
        _print_log(acts.about(scope, "account", one.id, one.created_at))


def _set_state(name: str, state: State, help_: str) -> None:
    """There is a command that gives an account a state."""

    @account.command(name, help=help_)
    @click.argument("which")
    @_with_reason
    @with_appcontext
    def command(which: str, reason: str) -> None:
        with _scope() as scope:
            one = _account(scope, which)
            was = one.state
            _say(accounts.set_state(scope, one, state, by=_actor(), reason=reason), "It was {was} and is {state}.")
        send_signal(signals.account_state_changed, account=one, was=was)


_set_state("suspend", "suspended", "Close an account for its users until it is reopened.")
_set_state("reopen", "active", "Open an account again.")
_set_state("close", "closed", "Close an account for good; nothing is deleted.")


@account.command("plan")
@click.argument("which")
@click.argument("plan", type=click.Choice(accounts.PLANS))
@click.option("--expires", metavar="DAY", help="Its last day, such as 2026-12-31. Default: no end.")
@_with_reason
@with_appcontext
def plan_(which: str, plan: str, expires: str | None, reason: str) -> None:
    """Change the plan of an account."""
    try:
        until = date.fromisoformat(expires) if expires else None
    except ValueError:
        _fail("--expires: write the day as 2026-12-31.")
    with _scope() as scope:
        outcome = accounts.set_plan(scope, _account(scope, which), plan, until, by=_actor(), reason=reason)
        _say(outcome, "The plan was {was} and is {plan}.")


@account.command("domains")
@click.argument("which")
@click.argument("domains", nargs=-1)
@_with_reason
@with_appcontext
def domains_(which: str, domains: tuple[str, ...], reason: str) -> None:
    """Give an account exactly these DOMAINS."""
    with _scope() as scope:
        outcome = accounts.set_domains(scope, _account(scope, which), " ".join(domains), by=_actor(), reason=reason)
        _say(outcome, "Added: {added}. Removed: {removed}.")


@requests.command("list")
@with_appcontext
def list_requests() -> None:
    """List the requests that nobody has answered, the oldest first."""
    with _scope() as scope:
        for one in cases.browse(scope).cases:
            if one.state != "answered":
                click.echo(f"{one.reference}  {one.state}  {_time(one.created_at)}  {one.name}  {one.taken_by or ''}")


@requests.command("show")
@click.argument("reference")
@with_appcontext
def show_request(reference: str) -> None:
    """Print a request and its steps."""
    with _scope() as scope:
        one = _case(scope, reference)
        lines = {"Request": one.reference, "Status": one.state, "From": f"{one.name}, {one.email}"}
        _print_facts(lines | {"Received": _time(one.created_at), "Handled by": one.taken_by or "nobody"})
        click.echo(f"\n{one.text}\n")
        _print_log(acts.about(scope, "case", one.id, one.created_at))


@requests.command("take")
@click.argument("reference")
@_with_reason
@with_appcontext
def take(reference: str, reason: str) -> None:
    """Take a request."""
    with _scope() as scope:
        _say(cases.take(scope, _case(scope, reference), by=_actor(), reason=reason), "The request is yours.")


@requests.command("ask")
@click.argument("reference")
@click.argument("text")
@_with_reason
@with_appcontext
def ask(reference: str, text: str, reason: str) -> None:
    """Mail TEXT as a question to whoever wrote."""
    _raise_unless_enabled()
    with _scope() as scope:
        _say(cases.ask(scope, _case(scope, reference), text, by=_actor(), reason=reason), "The question waits.")


@requests.command("verify")
@click.argument("reference")
@click.argument("who")
@_with_reason
@with_appcontext
def verify(reference: str, who: str, reason: str) -> None:
    """Record that a request is from user WHO; the reason says how you know."""
    with _scope() as scope:
        outcome = cases.verify(
            scope, _case(scope, reference), search.one_user(scope.db, who), by=_actor(), reason=reason
        )
        _say(outcome, "It is recorded.")


@requests.command("answer")
@click.argument("reference")
@click.argument("text")
@click.option("--send-recovery", "sends", is_flag=True, help="Also mail the verified user the way back in.")
@_with_reason
@with_appcontext
def answer(reference: str, text: str, sends: bool, reason: str) -> None:
    """Mail TEXT as the answer."""
    _raise_unless_enabled()
    with _scope() as scope:
        outcome = cases.answer(scope, _case(scope, reference), text, sends=sends, by=_actor(), reason=reason)
        _say(outcome, "The answer waits.")


@mail.command("retry")
@click.argument("numbers", metavar="NUMBER...", nargs=-1, required=True)
@_with_reason
@with_appcontext
def retry_mail(numbers: tuple[str, ...], reason: str) -> None:
    """Let messages that were not delivered wait again; all of them or, if one cannot, none."""
    with _scope() as scope:
        for number in numbers:
            done = "Message {number} waits to be sent."
            _say(mails.retry(scope, _mail(scope, number), by=_actor(), reason=reason), done, number=number)


@mail.command("discard")
@click.argument("numbers", metavar="NUMBER...", nargs=-1, required=True)
@_with_reason
@with_appcontext
def discard_mail(numbers: tuple[str, ...], reason: str) -> None:
    """Delete messages that were not delivered, so that nobody is warned of them any more."""
    with _scope() as scope:
        for number in numbers:
            done = "Message {number} is discarded."
            _say(mails.discard(scope, _mail(scope, number), by=_actor(), reason=reason), done, number=number)


@staff.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), default="support", show_default=True)
@click.option("--reason", default="added by command", show_default=True)
@with_appcontext
def add(email: str, role: str, reason: str) -> None:
    """Add a colleague, and print the link with which they set a password. It works once."""
    _raise_unless_enabled()
    with _scope() as scope:
        _print_link(scope, members.add(scope, email, cast(Role, role), by=_actor(), reason=reason))


@staff.command("link")
@click.argument("email")
@click.option("--reason", default="new link by command", show_default=True)
@with_appcontext
def link(email: str, reason: str) -> None:
    """Print a new link for a colleague who has lost the password."""
    _raise_unless_enabled()
    with _scope() as scope:
        _print_link(scope, members.new_link(scope, _member(scope, email), by=_actor(), reason=reason))


@staff.command("role")
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
@_with_reason
@with_appcontext
def role_(email: str, role: str, reason: str) -> None:
    """Give a colleague another role."""
    with _scope() as scope:
        outcome = members.set_role(scope, _member(scope, email), cast(Role, role), by=_actor(), reason=reason)
        _say(outcome, "The role was {was} and is {role}.")


@staff.command("remove")
@click.argument("email")
@_with_reason
@with_appcontext
def remove(email: str, reason: str) -> None:
    """Remove a colleague; what they did stays in the audit log."""
    with _scope() as scope:
        _say(members.remove(scope, _member(scope, email), by=_actor(), reason=reason), "Removed.")


@staff.command("list")
@with_appcontext
def list_staff() -> None:
    """List the staff."""
    with _scope() as scope:
        for one in members.browse(scope):
            click.echo(f"{one.email}  {one.role}  last sign-in: {_time(one.last_signed_in_at)}")


@contextmanager
def _scope() -> Iterator[Scope]:
    """The scope of one command; what it did is committed, unless it failed."""
    app = _state()
    schema.raise_unless_current(app.database.engine)
    with app.database.transaction() as db:
        yield app.scope(db)


@contextmanager
def _scope_with_app() -> Iterator[Scope]:
    """The same in the session of the app, so that receivers of signals write in this transaction."""
    app = _state()
    schema.raise_unless_current(app.database.engine)
    with states.answering() as db:
        yield app.scope(db)


def _tell_app(outcome: Outcome, account: Account | None = None) -> None:
    """The signals about what is gone are sent."""
    for signal, about in erasure.signals_of(outcome, account):
        send_signal(signal, **about)


def _print_file(outcome: Outcome) -> None:
    if isinstance(outcome, Exported):
        click.echo(outcome.content, nl=False)
        return
    _say(outcome, "")


def _state() -> states.State:
    found: states.State | None = current_app.extensions.get("acct")
    if found is None:
        _fail("This app has no flask_acct. Call acct.init_app(app) where the app is made.")
    return found


def _raise_unless_enabled() -> None:
    if not _state().platform.config.staff.enabled:
        _fail(NOT_ENABLED)


def _actor() -> Actor:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        # In a container nobody may have a name.
        name = str(os.getuid())
    return Actor(f"command: {name}", "admin")


def _say(outcome: Outcome, done: str, **slots: str) -> None:
    """What came of an act is printed; the command fails if nothing was done.

    Args:
        done: A sentence whose slots are filled by the outcome and by *slots*: what people typed is never part of it.
    """
    match outcome:
        case ActDone(about):
            click.echo(done.format(**{**about, **slots}))
        case CannotAct(why, about):
            _fail(WHY[why].format(**about))
        case ReasonMissing():
            _fail("--reason: say why.")
        case RoleNotEnough():
            _fail("Your role does not allow this.")


def _print_link(scope: Scope, made: LinkMade | Outcome) -> None:
    if isinstance(made, LinkMade):
        hours = counted(scope.config.staff.link_hours, "hour")
        click.echo(f"Give {made.member.email} this link, in person or by telephone. It works once, for {hours}:")
        click.echo(members.link_of(made, scope.platform))
        return
    _say(made, "")


def _fail(why: str) -> NoReturn:
    raise click.ClickException(why)


def _user(scope: Scope, who: str) -> User:
    return search.one_user(scope.db, who) or _fail(f"No single user is {who}. Look with: flask acct user search {who}")


def _account(scope: Scope, which: str) -> Account:
    return search.one_account(scope.db, which) or _fail(
        f"No account is {which}. Look with: flask acct account search {which}"
    )


def _case(scope: Scope, reference: str) -> SupportCase:
    return cases.by_reference(scope.db, reference) or _fail(f"There is no request {reference}.")


def _mail(scope: Scope, number: str) -> OutboxMail:
    id_ = typed_id(number)
    return (None if id_ is None else mails.find(scope.db, id_)) or _fail(
        f"There is no message {number}. See: flask acct post --failed"
    )


def _member(scope: Scope, email: str) -> StaffMember:
    return members.find(scope, email) or _fail(f"{email} is not on the team. See: flask acct staff list")


def _print_facts(lines: dict[str, str]) -> None:
    for name, value in lines.items():
        click.echo(f"{name + ':':<18}{value}")


def _print_log(entries: Iterable[AuditEntry]) -> None:
    for one in entries:
        rest = f" ({said})" if (said := acts.details(one)) else ""
        click.echo(f"{_time(one.at)}  {one.by}  {one.act}  {one.on_name}: {one.reason}{rest}")


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"
