"""People and accounts from a host's own code: what pages and imports do, by the same flows.

Each call belongs to the host's transaction, ``Acct(app, db=db)``: commit it. Without ``db=`` each call commits by
itself, except in ``with acct.transaction():``, which saves everything written inside, or nothing. Signing in or out
commits at once also in a session of the host's, if that holds no changes. A call that raises changes nothing, and
leaves what the host had written before as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from math import ceil
from typing import Any, Literal, get_args

from flask import has_request_context, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from . import signals
from .accounts import account_status, permissions, registration
from .accounts.memberships import Owns
from .accounts.permissions import NotOwner, UnknownPermission
from .config import Owner
from .config.problems import did_you_mean
from .db.database import Database
from .db.models import Account, Contact, Invitation, Membership, User
from .declare import own_fields
from .errors import AcctError
from .features.accounts import flows as accounts
from .features.invitations.flows import inviting
from .features.login import flows as login
from .features.permissions import flows as granting
from .features.profile import flows as profile
from .scope import Scope
from .security import admission, hashes, limits, password_work, passwords, sessions, tokens  # fmt: skip
from .security.admission import Before
from .security.browsers import STRANGE
from .security.limits import Counted, TooMany
from .security.passwords import Weakness
from .security.rate_limits import Way
from .web import arrival, current, host_identifiers, known_browsers, state
from .web.hooks import Hooks, HostIdentifier
from .web.host_identifiers import plain_key
from .web.sending_signals import send_signal
from .web.visits import visit

FindUser = Callable[[str], User | None]

__all__ = [
    "AddressInUse",
    "AlreadyInvited",
    "AlreadyMember",
    "CannotSignIn",
    "FromPython",
    "NotPermitted",
    "PeopleError",
    "TooManyInvitations",
    "UsernameInUse",
    "WeakPassword",
    "WrongValue",
]


class PeopleError(AcctError):
    """Something about people or accounts that is not allowed; nothing was changed. The user may read the text."""

    field = ""
    """The argument it is about."""
    element = ""
    """The id of our own sentence for it, in every language: ``acct.frame.say(error.element)``; else empty."""


class WrongValue(PeopleError):
    """A value that cannot be parsed.

    Args:
        field: Which argument.
        what: ``"ana" is not an email address``.
        fix: ``Write it like name@example.com.``
    """

    def __init__(self, field: str, what: str, fix: str = "") -> None:
        self.field, self.what, self.fix = field, what, fix
        super().__init__(f"{field}: {what}. {fix}".rstrip())


class AddressInUse(PeopleError):
    """A user has the address already. The error does not reveal who."""

    field = "email"

    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__(f"{email} is in use already. Sign in with it, or use another address.")


class UsernameInUse(PeopleError):
    """Another user has the user name, or gave it up lately."""

    field = "username"

    def __init__(self, username: str) -> None:
        self.username = username
        super().__init__(f'The user name "{username}" is in use already. Choose another.')


class WeakPassword(PeopleError):
    """A password that is not allowed; ``why`` is one of ``passwords.Weakness``."""

    field = "password"

    def __init__(self, why: Weakness, message: str) -> None:
        self.why, self.element = why, f"password.rules.{why}"
        super().__init__(message)


class AlreadyInvited(PeopleError):
    """An invitation to the address is open already, and stays as it is: ``invitation``."""

    field = "email"

    def __init__(self, invitation: Invitation) -> None:
        self.invitation = invitation
        super().__init__(f"{invitation.email} is invited already, until {invitation.expires_at:%Y-%m-%d}.")


class AlreadyMember(PeopleError):
    """The address is that of somebody in the account, or of its owner, who may do everything."""

    field = "email"


class TooManyInvitations(PeopleError):
    """The account has as many open invitations as allowed, or sent too many: try again after ``wait``."""

    def __init__(self, wait: timedelta | None = None) -> None:
        self.wait = wait
        when = f"in {ceil(wait.total_seconds() / 60)} minutes" if wait else "once some are answered"
        super().__init__(f"There are too many invitations. Try again {when}.")


class NotPermitted(PeopleError):
    """acct.toml, or the state of the account, does not allow it."""


class CannotSignIn(PeopleError):
    """The user has nothing to sign in to: all their accounts are closed."""


class FromPython:
    """The part of ``Acct`` for a host's own code about people and accounts."""

    _hooks: Hooks

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Everything written inside, in ``acct.session`` or by a call of ours, is saved together, or nothing of it.

        With a session of the host's (``db=``) it is a savepoint of its transaction, which the host commits.

        Sample::

            with acct.transaction():
                user = acct.create_user("ana@example.com", first_name="Ana")
                account = acct.create_account("Panadería Ana", owner=user, invite=True)
                acct.session.add(Order(account_id=account.id))
        """
        with state.transaction() as db:
            yield db

    def create_user(
        self,
        email: str,
        *,
        username: str | None = None,
        password: str | None = None,
        password_hash: str | None = None,
        first_name: str = "",
        last_name: str = "",
        locale: str | None = None,
        fields: Mapping[str, object] | None = None,
        verified: bool = True,
    ) -> User:
        """A new user exists, in no account yet: see ``create_account`` and ``grant``. No mail is sent.

        Sample::

            user = acct.create_user("ana@example.com", first_name="Ana", password=form.password.data)

        Args:
            email: Where mails go, and what they sign in with if acct.toml says so.
            username: Letters, digits and ``. - _``. Default: made from the address, for configurations in which
                people do not sign in by it, and for users who do not mind which one they get.
            password: As the user typed it; the rules for new passwords apply. Without one they set it by the link of
                an invitation, or by requesting a new one.
            password_hash: Instead of it, a hash that another system made, as in an import; replaced by Argon2id at
                their first sign-in.
            locale: Their language, ``"es"``; default: the language in which they first sign in.
            fields: Your own, as acct.toml declares them: ``{"phone": "+34 600 00 00 00", "born": date(1980, 5, 1)}``.
            verified: Whether somebody has proven that they read what is mailed to the address. If not, no
                forgotten password is mailed there.

        Raises:
            WrongValue: A value that cannot be parsed; the error names it.
            AddressInUse: Somebody signs in with the address already.
            UsernameInUse: Somebody has the user name, or gave it up lately.
            WeakPassword: The password breaks a rule, which the error names.
        """
        acct = state.state()
        now = acct.clock()
        if password is not None and password_hash is not None:
            raise WrongValue("password_hash", "is given beside a password", "Leave one of the two out.")
        hash_ = _read(password_hash=password_hash)["password_hash"]
        user = _new_user(
            email, username, first_name=first_name, last_name=last_name, locale=locale, is_verified=verified
        )
        user.fields = own_fields.with_changes({}, _fields("user", fields or {}))
        if password is not None:
            hash_ = _hashed(password, user)
        if hash_ is not None:
            user.password_hash, user.password_changed_at = hash_, now
        with state.changing() as db:
            password_work.note(db, [hash_] if hash_ else [])
            clash = registration.add(acct.scope(db), user, is_named=bool(username), shares_address=True)
            _raise_if_in_use(clash, user)
        return user

    def create_account(
        self,
        name: str,
        *,
        owner: User,
        number: str | int | None = None,
        plan: Literal["trial", "purchased"] = "purchased",
        plan_expires: date | None = None,
        domains: Iterable[str] = (),
        fields: Mapping[str, object] | None = None,
        invite: bool = False,
    ) -> Account:
        """A new account exists, and the user owns it.

        Sample::

            account = acct.create_account("Panadería Ana", owner=user, plan="trial", plan_expires=date(2027, 1, 31))

        Args:
            number: The customer number, 1 to 18 digits. Default: a free one of seven digits.
            plan_expires: The last day of the plan; without it the plan does not end.
            domains: The domains of the account: ``["panaderia.example"]``.
            fields: Your own, as acct.toml declares them.
            invite: Whether an owner without a password is mailed a link to set their first one.

        Raises:
            WrongValue: A value that cannot be parsed, or a number or domain that another account has.
        """
        acct = state.state()
        given = list(domains)
        values = _read(
            account_name=name, customer_number=None if number is None else str(number), plan=plan,
            plan_expires=plan_expires.isoformat() if plan_expires else None, domains=" ".join(given) or None,
        )  # fmt: skip
        if not values.get("account_name"):
            raise WrongValue("name", "is empty", "Write the customer's name.")
        own = own_fields.with_changes({}, _fields("account", fields or {}))
        person = _of(user=owner)
        with state.changing() as db:
            account = registration.open_account(
                acct.scope(db),
                values["account_name"],
                owner=person,
                number=values.get("customer_number"),
                plan=values["plan"],
                plan_expires_on=values.get("plan_expires"),
                domains=values.get("domains") or (),
            )
            if account is None:
                fix = "Use another, or leave the number out: then a free one is found."
                raise WrongValue("number", "the customer number or a domain belongs to another account", fix)
            account.fields = own
            if invite and person.password_hash is None:
                accounts.invite(acct.scope(db), person, account)
        _wake()
        return account

    def set_fields(self, of: User | Account | Contact, values: Mapping[str, object]) -> None:
        """Your own fields of a user, account or contact hold these values; those not named stay as they are.

        They are read as ``user.fields["phone"]``.

        Sample::

            acct.set_fields(user, {"phone": "+34 600 00 00 00", "newsletter": True, "born": None})

        Args:
            values: As typed, or as Python objects: a ``date``, a ``bool``, a number; ``None`` removes a value.

        Raises:
            WrongValue: acct.toml declares no such field, or it cannot hold the value.
        """
        owner = _owner_of(of)
        changes = _fields(owner, values)
        with state.changing() as db:
            row: Any = db.get_one(type(of), of.id)
            row.fields = own_fields.with_changes(row.fields, changes)
            db.flush()

    def invite(
        self, account: Account, email: str, permissions: Iterable[str] = (), *, locale: str | None = None
    ) -> Invitation:
        """An invitation into the account is mailed to an address, in the name of its owner.

        Whoever reads it chooses a password, or signs in if they are a user, and may then do what was granted.

        Sample::

            acct.invite(account, "bob@example.com", ["invoices", "tickets"])

        Args:
            permissions: What they may do in the account: ``["invoices", "tickets"]``.
            locale: The language of the message, unless its reader has chosen one. Default: the owner's.

        Raises:
            WrongValue, UnknownPermission: The address, or a permission, is not valid.
            AlreadyInvited: An invitation to the address is open, and stays as it is.
            AlreadyMember: The address is that of somebody in the account.
            TooManyInvitations: As many are open as allowed, or too many were sent within the hour.
            NotPermitted: With ``[users] enabled = false`` nobody can be invited; nor into an account without an owner.
        """
        acct = state.state()
        address, grants = _read(email=email or "")["email"], _granted(permissions)
        with state.changing() as db:
            account = db.get_one(Account, account.id)
            owner = _owner(db, account)
            outcome = inviting.invite(
                acct.scope(db),
                account,
                address,
                grants,
                by=owner,
                locale=_read(locale=locale)["locale"] or owner.locale or acct.platform.config.site.default_locale,
            )
            match outcome:
                case inviting.IsOpen(invitation):
                    raise AlreadyInvited(invitation)
                case inviting.IsMember():
                    raise AlreadyMember(f"{address} is the address of somebody in the account already.")
                case TooMany(wait):
                    raise TooManyInvitations(wait)
                case inviting.InvitationsFull():
                    raise TooManyInvitations
                case NotOwner():
                    raise NotPermitted("The account has another owner since a moment ago. Try again.")
        send_signal(signals.user_invited, invitation=outcome.invitation, account=account)
        _wake()
        return outcome.invitation

    def grant(self, user: User, account: Account, permissions: Iterable[str]) -> Membership:
        """The user is in the account and may do exactly this there, from their next request on; its owner is told.

        Sample::

            acct.grant(user, account, ["invoices"])

        Args:
            permissions: ``["invoices", "tickets"]``; permissions they had besides are gone.

        Raises:
            UnknownPermission: acct.toml has no such permission.
            AlreadyMember: The user owns the account, and may do everything.
            NotPermitted: With ``[users] enabled = false`` an account has nobody but its owner.
        """
        acct = state.state()
        grants = _granted(permissions)
        with state.changing() as db:
            person, account = _of(user=user), db.get_one(Account, account.id)
            outcome = granting.add_member(acct.scope(db), account, person, grants)
            if isinstance(outcome, Owns):
                raise AlreadyMember("The user owns the account, and may do everything in it.")
        send_signal(signals.permissions_changed, membership=outcome.place)
        _wake()
        return outcome.place

    def set_state(self, account: Account, state_: accounts.State) -> None:
        """The account is ``"active"``, ``"suspended"`` or ``"closed"``, from its users' next request on.

        Sample::

            acct.set_state(account, "suspended")

        Raises:
            WrongValue: There is no such state.
        """
        if state_ not in get_args(accounts.State):
            raise WrongValue("state", f'"{state_}" is none', did_you_mean(str(state_), get_args(accounts.State)))
        with state.changing() as db:
            outcome = account_status.set_state(db, db.get_one(Account, account.id), state_)
        if outcome.was != state_:
            send_signal(signals.account_state_changed, account=outcome.account, was=outcome.was)

    def change_email(self, user: User, email: str, *, verified: bool = True) -> None:
        """The user has another address. Both addresses are told, links mailed to the old one are void, and the user's
        sessions have ended, except that of this request if it is their own.

        Sample::

            acct.change_email(user, "ana@example.net")

        Args:
            verified: Whether somebody has proven that the user reads what is mailed there.

        Raises:
            WrongValue: It is not an email address.
            AddressInUse: Another user signs in with it.
        """
        acct = state.state()
        address = _read(email=email or "")["email"]
        with state.changing() as db:
            person = _of(user=user)
            outcome = profile.set_email(
                acct.scope(db), person, address, keep_session=_session_of(person), is_verified=verified
            )
            if isinstance(outcome, profile.IdentifierInUse):
                raise AddressInUse(address)
        if isinstance(outcome, profile.IdentifierChanged):
            send_signal(signals.email_changed, user=person, was=outcome.was)
        _wake()

    def authenticate(self, identifier: str, password: str) -> User | None:
        """Return the user whom the identifier and password belong to, or ``None``. Nobody is signed in.

        For a form or an API of the host's. The limits are those of the sign-in form: each try is counted before it is
        checked, and whether the user exists makes no difference to the time it takes. A temporary password counts as
        wrong here: it opens nothing but the page for a new password.

        Sample::

            user = acct.authenticate(form["name"], form["password"])
            return redirect(acct.sign_in(user)) if user else show("These details do not match.")

        Raises:
            werkzeug.exceptions.TooManyRequests: After too many tries; ``retry_after`` says for how long.
            werkzeug.exceptions.ServiceUnavailable: While very many passwords are being checked.
        """
        acct, db = state.state(), state.session()
        config = acct.platform.config
        is_others, tried = state.is_others(), list[tuple[Way, ...]]()

        def beside(scope: Scope, *ways: Way) -> Counted | TooMany:
            # The host's changes are not ours to commit, and a connection of our own would wait for theirs.
            tried.append(ways)
            return limits.foreseen(scope, *ways)

        try:
            with passwords.bounded(config.limits.hashes_at_once, acct.verifiers):
                outcome = login.authenticate(
                    acct.scope(db),
                    identifier,
                    password,
                    network=limits.network(request.remote_addr) if has_request_context() else "unknown",
                    browser=known_browsers.browser() if has_request_context() else STRANGE,
                    own=host_identifiers.lookup(),
                    take=beside if is_others else None,
                )
        except passwords.Busy:
            raise ServiceUnavailable(retry_after=passwords.RETRY_SECONDS) from None
        if isinstance(outcome, TooMany):
            raise TooManyRequests(retry_after=ceil(outcome.wait.total_seconds()))
        if isinstance(outcome, login.SignInRefused):
            for ways in tried:
                state.afterwards(partial(_count, ways, scope=acct.scope(db)))
            send_signal(signals.sign_in_failed)
            return None
        if not is_others:
            db.commit()
        return outcome

    def sign_in(self, user: User, *, account: Account | None = None, onward: str | None = None) -> str:
        """The visitor of this request is signed in as the user, as by the form. Returns the address to redirect to.

        Whoever was signed in here is signed out. A user who must set a new password first gets a session that can do
        nothing else, and the address of that page. A pending sign-in of the user (``before_sign_in``) is completed.

        Sample::

            return redirect(acct.sign_in(user))

        Args:
            account: The account to have in view, if they have several.
            onward: Where they wanted to go, a path of this site. Default: that of a pending sign-in, else
                ``next`` of this request, else the home page.

        Raises:
            CannotSignIn: All accounts of the user are closed.
        """
        wanted, is_others = arrival.onward(onward), state.is_others()
        with state.changing(saves_alone=True) as db:
            person = _of(user=user)
            _raise_if_closed(db, person)
            here = current.present()
            entry = arrival.begun(db, person, account=account)
            if here is not None:
                sessions.end(db, here.session.id)
            address = arrival.announced(arrival.enter(entry, onward=wanted))
            current.become(entry.secret)
        if is_others:
            arrival.warn_unless_committed(entry.secret, "acct.sign_in()")
        return address

    @property
    def pending_user(self) -> User | None:
        """Return whose sign-in waits in this browser to be completed by the host: ``acct.sign_in(acct.pending_user)``.

        ``None`` if there is none, or it is older than a quarter of an hour.
        """
        return arrival.pending_user()

    def sign_out(self) -> None:
        """The visitor of this request is signed out, and a pending sign-in of theirs is void.

        Harmless for a visitor who is not signed in. Sample: ``acct.sign_out()``.
        """
        with state.changing(saves_alone=True) as db:
            here, secret = current.present(), visit().pending
            if here is not None:
                sessions.end(db, here.session.id)
            if secret:
                admission.cancel(db, secret)
        current.leave()
        if here is not None:
            send_signal(signals.user_signed_out, user=here.user)

    def end_sessions(self, user: User, *, but: Literal["current"] | None = None) -> None:
        """The user is signed out everywhere at once; a pending sign-in of theirs is void.

        Sample::

            acct.end_sessions(current_user, but="current")  # "Sign out on all other devices"

        Args:
            but: ``"current"`` keeps the session of this request, if it is the user's.
        """
        if but not in (None, "current"):
            raise WrongValue("but", f"{but!r} is no session", 'Write but="current", or leave it out.')
        with state.changing(saves_alone=True) as db:
            person = _of(user=user)
            own = _session_of(person)
            sessions.end_all(db, person, except_id=own if but else None)
        if own is not None and but is None:
            current.leave()

    def identifier(self, name: str, *, key: Callable[[str], str | None] = plain_key) -> Callable[[FindUser], FindUser]:
        """People can also sign in with an identifier of yours. acct.toml names it: ``[login] identifiers``, ``label``.

        Your function gets a key and returns its user, or ``None``. Query the database once, whoever is named, so that
        the time it takes tells nobody who exists; ``acct.session`` is still empty at that moment. A text that is also
        one of our identifiers counts as ours. A field of users that only you change, ``[fields.user.phone]`` with
        ``editable_by = "host"``, needs no function.

        The pages for a forgotten password or user name do not accept it: each user has an address for that.

        Sample::

            @acct.identifier("phone", key=normalised)
            def by_phone(number):
                return acct.session.scalar(select(User).join(Phone).where(Phone.number == number))

        Args:
            key: Brings what was typed into its canonical form, or returns ``None``. Tries are counted by it, so
                two forms of one identifier must have one key. Default: its letters and digits, in lower case.
        """

        def declare(find: FindUser) -> FindUser:
            self._hooks.identifiers[name] = HostIdentifier(key, find)
            return find

        return declare

    def before_sign_in(self, ask: Before) -> Before:
        """Called once somebody has proven who they are, in whichever way, and before they have a session.

        It returns ``None`` to let them in; ``Refuse("…")`` to let nobody in, with words that the form shows; or the
        address of a page of the host's to go to first. Until that page calls ``acct.sign_in(acct.pending_user)``,
        within a quarter of an hour and in the same browser, nobody is signed in. ``acct.sign_in`` does not call it.

        Sample::

            @acct.before_sign_in
            def second_factor(attempt):
                if attempt.user.id in LOCKED:
                    return Refuse({"en": "Call us first.", "es": "Llámenos antes."})
                if has_totp(attempt.user):
                    return url_for("totp")
        """
        self._hooks.before_sign_in = ask
        return ask


def _new_user(
    email: str, username: str | None, *, first_name: str, last_name: str, locale: str | None, is_verified: bool
) -> User:
    """Return a user who is not saved yet. Raises ``WrongValue``."""
    acct = state.state()
    values = _read(
        email=email or "", username=username or None, first_name=first_name or None, last_name=last_name or None,
        locale=locale,
    )  # fmt: skip
    if username and not registration.is_user_name(values["username"]):
        fix = "Write it in the letters of one: it could be taken for another name."
        raise WrongValue("username", f'"{username}" mixes letters of several scripts', fix)
    return registration.new_user(
        values["email"],
        acct.platform.config,
        acct.clock(),
        username=values["username"] or "",
        first_name=values["first_name"] or "",
        last_name=values["last_name"] or "",
        locale=values["locale"],
        is_verified=is_verified,
    )


def _read(**cells: str | None) -> Mapping[str, Any]:
    """Return the parsed values, checked as the cells of an import are. Raises ``WrongValue``."""
    given = {name: value for name, value in cells.items() if value is not None}
    for name, value in given.items():
        if not isinstance(value, str):
            raise WrongValue(_ARGUMENTS.get(name, name), f"{value!r} is no text", "Give a str.")
    acct = state.state()
    with hashes.knowing(acct.verifiers):
        from . import importing

        found, problems = importing.read_cells(given, acct.platform.config)
    for problem in problems:
        raise WrongValue(_ARGUMENTS.get(problem.column, problem.column), problem.what, problem.fix)
    return {**dict.fromkeys(cells), **found}


def _owner_of(row: object) -> Owner:
    owners: Mapping[type, Owner] = {User: "user", Account: "account", Contact: "contact"}
    found = next((owner for kind, owner in owners.items() if isinstance(row, kind)), None)
    if found is None:
        raise WrongValue("of", f"{type(row).__name__} has no fields", "Give a User, an Account or a Contact.")
    return found


def _fields(owner: Owner, values: Mapping[str, object]) -> dict[str, own_fields.Value | None]:
    """Return the values of the host's fields. Raises ``WrongValue``."""
    config = state.state().platform.config
    declared, found = own_fields.of(owner, config), dict[str, own_fields.Value | None]()
    for name, value in values.items():
        if name not in declared:
            raise WrongValue(name, f"is no field in [fields.{owner}] of acct.toml", did_you_mean(name, declared))
        try:
            given = own_fields.from_python(value)
            id_ = f"fields.{owner}.{name}"
            found[name] = None if value is None else own_fields.understood(declared[name], given, name=id_)
        except own_fields.NotOne:
            what, fix = own_fields.value_error(declared[name], given)
            raise WrongValue(name, what, fix) from None
    return found


_ARGUMENTS = {"account_name": "name", "customer_number": "number"}
"""The arguments whose columns have another name in a file."""


def _hashed(password: str, user: User) -> str:
    """Return the hash. Raises ``WeakPassword``; for a visitor, werkzeug's 503 while very many are being hashed."""
    acct = state.state()
    why = passwords.weakness(password, acct.platform.config, user=user)
    if why is None and tokens.is_mailed(state.session(), password):
        why = "mailed"
    if why is not None:
        raise WeakPassword(why, acct.platform.say(f"password.rules.{why}", "en"))
    if not has_request_context():
        return passwords.hashed(password)
    try:
        with passwords.bounded(acct.platform.config.limits.hashes_at_once):
            return passwords.hashed(password)
    except passwords.Busy:
        raise ServiceUnavailable(retry_after=passwords.RETRY_SECONDS) from None


def _raise_if_in_use(clash: registration.Clash | None, user: User) -> None:
    match clash:
        case "email":
            raise AddressInUse(user.email)
        case "username":
            raise UsernameInUse(user.username)


def _granted(grants: Iterable[str]) -> list[str]:
    """Return the permissions. Raises ``UnknownPermission``, or ``NotPermitted`` if accounts have only their owners."""
    config, wanted = state.state().platform.config, list(grants)
    if not config.users.enabled:
        raise NotPermitted("acct.toml says [users] enabled = false: an account has nobody but its owner.")
    for name in wanted:
        if name not in config.users.offered:
            raise UnknownPermission(name, config)
    return permissions.known(wanted, config)


def _of(user: User) -> User:
    """Return the user as an object of this request's session; ``current_user`` is accepted too."""
    if not isinstance(user, User):
        raise WrongValue("user", f"{type(user).__name__} is none", "Give a flask_acct.User.")
    found = state.session().get(User, user.id)
    if found is None:
        raise WrongValue("user", "is not saved, or is gone", "Make one by acct.create_user.")
    return found


def _owner(db: Session, account: Account) -> User:
    owner = account_status.owner_of(db, account)
    if owner is None:
        raise NotPermitted("The account has no owner, in whose name somebody could be invited.")
    return owner


def _raise_if_closed(db: Session, user: User) -> None:
    states = {place.account.state for place in user.memberships}
    if states == {"closed"}:
        raise CannotSignIn("The account is closed, so there is nothing to sign in to.")


def _session_of(user: User) -> int | None:
    """Return the id of this request's session, if it is the user's."""
    here = current.present() if has_request_context() else None
    return here.session.id if here is not None and here.user.id == user.id else None


def _count(ways: tuple[Way, ...], database: Database, *, scope: Scope) -> None:
    with database.session() as db:
        limits.take_at_once(replace(scope, db=db), *ways)


def _wake() -> None:
    """The worker sends waiting mails soon."""
    worker = state.state().worker
    if worker is not None:
        worker.wake()
