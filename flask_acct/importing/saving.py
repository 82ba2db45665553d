"""Writes checked rows into the database: a few statements for every 500, and no object for each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from ..accounts import registration
from ..accounts.naming import display_name
from ..db.batches import batches
from ..db.models import Account, BaseTable, Domain, Membership, User
from ..declare import own_fields
from ..mail import outbox
from ..scope import Scope
from ..security import password_work, passwords, sessions, tokens
from ..values.identifiers import folded, readable
from .agreement import Agreement, rows_among
from .reading import Progress
from .rows import PersonRow

Invite = Callable[[Scope, User, Account], object]


class Moved(NamedTuple):
    """A domain that left an account, and the account that has it now."""

    name: str
    number: str
    to: str = ""
    """Empty if no account has it."""


@dataclass(slots=True)
class Imported:
    """The result of an import."""

    users_added: int = 0
    users_known: int = 0
    users_changed: int = 0
    accounts_added: int = 0
    accounts_known: int = 0
    accounts_changed: int = 0
    places_added: int = 0
    """Of users who existed, in accounts."""
    domains_added: int = 0
    passwords_set: int = 0
    passwords_kept: int = 0
    """Of users who have a password and keep it, whatever the file says."""
    invited: int = 0
    moved: list[Moved] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    """User names of the file that users gave up, and their present names."""
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Users who are not in an existing account, with its number: they were removed, left, or never were in it."""

    @property
    def is_same(self) -> bool:
        """Whether nothing had to be changed."""
        counts = (
            self.users_added, self.users_changed, self.accounts_added, self.accounts_changed, self.places_added,
            self.domains_added, self.passwords_set, self.invited, len(self.moved),
        )  # fmt: skip
        return not any(counts)


@dataclass(frozen=True, slots=True)
class How:
    """Options of an import."""

    invite: Invite | None = None
    progress: Progress | None = None
    replaces_passwords: bool = False
    """Whether users who have a password get the file's instead, and a mail that says so."""
    rejoins: bool = False
    """Whether existing users become members of existing accounts that they are not in."""

    def report(self, what: str, done: int, total: int) -> None:
        if self.progress:
            self.progress(what, done, total)


def hashes(scope: Scope, rows: Sequence[PersonRow], agreement: Agreement, how: How) -> dict[str, str]:
    """Return a new hash, by user name key, for each user whose password is to be set."""
    given = {row.username_key: row.password for row in rows if row.password}
    brought = {row.username_key: row.password_hash for row in rows if row.password_hash}
    known = _hashes_of(scope.db, given, agreement)
    wanted = given if how.replaces_passwords else {key: one for key, one in given.items() if known.get(key) is None}

    def hash_of(key: str) -> str | None:
        stored = known.get(key)
        same = stored is not None and passwords.verify(given[key], stored)
        return None if same else passwords.hashed(given[key])

    found = _imported_hashes(scope.db, brought, agreement, how)
    with ThreadPoolExecutor() as pool:
        for done, (key, hash_) in enumerate(zip(wanted, pool.map(hash_of, wanted), strict=True), start=1):
            if hash_:
                found[key] = hash_
            how.report("Hashed passwords", done, len(wanted))
    return found


def _imported_hashes(db: Session, brought: dict[str, str], agreement: Agreement, how: How) -> dict[str, str]:
    """Return the hashes from other systems for users who are to have them."""
    known = _hashes_of(db, brought, agreement)
    if how.replaces_passwords:
        return {key: one for key, one in brought.items() if known.get(key) != one}
    return {key: one for key, one in brought.items() if known.get(key) is None}


def _hashes_of(db: Session, keys: Iterable[str], agreement: Agreement) -> dict[str, str | None]:
    """Return the stored hashes of existing users, by the key that the file uses for them."""
    named_in_file = {agreement.renamed[key].username_key if key in agreement.renamed else key: key for key in keys}
    found = rows_among(db, select(User.username_key, User.password_hash), User.username_key, named_in_file)
    return {named_in_file[key]: hash_ for key, hash_ in found}


def save(
    scope: Scope, rows: Sequence[PersonRow], agreement: Agreement, hashes: Mapping[str, str], how: How
) -> Imported:
    """Everything in the rows is in the database."""
    saving = Saving(scope, rows, agreement, how)
    saving.save_accounts()
    saving.save_users()
    saving.set_passwords(hashes)
    saving.save_domains()
    saving.save_places()
    if how.invite:
        saving.invite(how.invite)
    return saving.did


class Saving:
    """Rows being written to the database. Of what is stored already, only ids are held in memory."""

    def __init__(self, scope: Scope, rows: Sequence[PersonRow], agreement: Agreement, how: How) -> None:
        self.rows = rows
        self.renamed = agreement.renamed
        self.how = how
        self.scope, self.db = scope, scope.db
        self.did = Imported(renamed=[(row.username, self.renamed[row.username_key].username) for row in rows
                                     if row.username_key in self.renamed])  # fmt: skip
        self.accounts: dict[str, int] = {}
        self.users: dict[str, int] = {}
        """By the key that the file uses for them."""
        self.old_accounts: set[int] = set()
        self.old_users: set[int] = set()
        self.places: dict[str, str] = {}
        """The first account that each user is a member of, by the names in the file."""

    def save_accounts(self) -> None:
        """The accounts are as the rows say."""
        wanted: dict[str, dict[str, Any]] = {}
        for row in self.rows:
            about = wanted.setdefault(row.customer_number, {})
            if row.account_name:
                about |= {"name": row.account_name, "sort_key": folded(row.account_name)[:400]}
            if row.plan:
                about["plan"] = row.plan
            if row.plan_expires:
                about["plan_expires_on"] = None if row.plan_expires == "never" else row.plan_expires
            if row.account_fields:
                about["fields"] = {**about.get("fields", {}), **row.account_fields}
        blank: dict[str, Any] = {
            "plan": "purchased", "plan_expires_on": None, "state": "active", "fields": {}, "created_at": self.scope.now,
        }  # fmt: skip
        columns = (Account.id, Account.number, Account.name, Account.plan, Account.plan_expires_on, Account.fields)
        for done, numbers in _counted(wanted):
            known = {one.number: one for one in rows_among(self.db, select(*columns), Account.number, numbers)}
            new = [
                _with_fields({**blank, "number": number, **wanted[number]}) for number in numbers if number not in known
            ]
            changed = {one.id: changes for number, one in known.items() if (changes := _changes(wanted[number], one))}
            _insert(self.db, Account, new)
            _update(self.db, Account, changed)
            self.did.accounts_added += len(new)
            self.did.accounts_known += len(known)
            self.did.accounts_changed += len(changed)
            self.old_accounts |= {one.id for one in known.values()}
            self.accounts |= {one.number: one.id for one in known.values()}
            self.accounts |= _ids(self.db, Account.number, [one["number"] for one in new])
            self.how.report("Saved accounts", done, len(wanted))

    def save_users(self) -> None:
        """The users are as the rows say; the names and addresses of existing ones stay."""
        wanted: dict[str, dict[str, Any]] = {}
        first: dict[str, PersonRow] = {}
        for row in self.rows:
            first.setdefault(row.username_key, row)
            about = {"first_name": row.first_name, "last_name": row.last_name, "locale": row.locale}
            of_user = wanted.setdefault(row.username_key, {})
            of_user |= {name: value for name, value in about.items() if value is not None}
            if row.user_fields:
                of_user["fields"] = {**of_user.get("fields", {}), **row.user_fields}
        columns = (User.id, User.username_key, User.first_name, User.last_name, User.locale, User.fields)
        for done, keys in _counted(wanted):
            named_in_file = {self.renamed[key].username_key if key in self.renamed else key: key for key in keys}
            found = rows_among(self.db, select(*columns), User.username_key, named_in_file)
            known = {named_in_file[one.username_key]: one for one in found}
            new = [_with_fields(self._new_user(first[key]) | wanted[key]) for key in keys if key not in known]
            changed = {one.id: changes for key, one in known.items() if (changes := _changes(wanted[key], one))}
            _insert(self.db, User, new)
            _update(self.db, User, changed)
            self.did.users_added += len(new)
            self.did.users_known += len(known)
            self.did.users_changed += len(changed)
            self.old_users |= {one.id for one in known.values()}
            self.users |= {key: one.id for key, one in known.items()}
            self.users |= _ids(self.db, User.username_key, [one["username_key"] for one in new])
            self.how.report("Saved users", done, len(wanted))

    def _new_user(self, row: PersonRow) -> dict[str, Any]:
        return {
            "username": row.username,
            "username_key": row.username_key,
            **registration.address_of(row.email, row.email_key, self.scope.config, self.scope.now),
            "first_name": "",
            "last_name": "",
            "locale": None,
            "fields": {},
            "created_at": self.scope.now,
        }

    def set_passwords(self, hashes: Mapping[str, str]) -> None:
        """Users who are to have a new password have it. Sessions of the old one have ended, and the users are told."""
        given = {row.username_key for row in self.rows if row.password or row.password_hash}
        password_work.note(self.db, hashes.values())
        for key, hash_ in hashes.items():
            if self._set_password(self.users[key], hash_):
                self.did.passwords_set += 1
        self.did.passwords_kept = len(given) - self.did.passwords_set

    def _set_password(self, user_id: int, hash_: str) -> bool:
        user = self.db.get(User, user_id, populate_existing=True) if user_id in self.old_users else None
        had_one = user is not None and user.password_hash is not None
        if had_one and not self.how.replaces_passwords:
            # They set one themselves a moment ago.
            return False
        changed = {"password_hash": hash_, "password_changed_at": self.scope.now, "expiry_warned_days": None}
        _update(self.db, User, {user_id: changed})
        if user is None:
            return True
        sessions.end_all(self.db, user)
        tokens.void(self.scope, user)
        tokens.void(self.scope, user, purposes=("email_change",))
        if had_one:
            slots = {"username": display_name(user, self.scope.config), "when_at": self.scope.now.isoformat()}
            outbox.queue_for_user(self.scope, "password.changed", to=user, slots=slots)
            self.db.flush()
        return True

    def save_domains(self) -> None:
        """Accounts whose rows list domains have these and no others. A domain that changes hands keeps its row."""
        wanted = {key: row.customer_number for row in self.rows for key in row.domains or ()}
        replaced = {row.customer_number for row in self.rows if row.domains is not None}
        numbers = {self.accounts[number]: number for number in replaced if self.accounts[number] in self.old_accounts}
        columns = select(Domain.id, Domain.key, Domain.account_id)
        for keys in batches(wanted):
            known = {one.key: one for one in rows_among(self.db, columns, Domain.key, keys)}
            moves = {key: one for key, one in known.items() if one.account_id != self.accounts[wanted[key]]}
            self.did.moved += [Moved(readable(key), numbers[one.account_id], wanted[key]) for key, one in moves.items()]
            _update(self.db, Domain, {one.id: {"account_id": self.accounts[wanted[key]]} for key, one in moves.items()})
            new = [
                {"account_id": self.accounts[wanted[key]], "key": key, "name": readable(key)}
                for key in keys
                if key not in known
            ]
            _insert(self.db, Domain, new)
            self.did.domains_added += len(new)
        for ids in batches(sorted(numbers)):
            old = [one for one in rows_among(self.db, columns, Domain.account_id, ids) if one.key not in wanted]
            self.did.moved += [Moved(readable(one.key), numbers[one.account_id]) for one in old]
            for gone in batches([one.id for one in old]):
                self.db.execute(delete(Domain).where(Domain.id.in_(gone)).execution_options(synchronize_session=False))

    def save_places(self) -> None:
        """Users are members of the accounts in their rows, the first one of a new account as its owner.

        A user who exists, but is not in an existing account, was removed from it, left it, or never was in it. That
        cannot be told, so an old file does not bring them back.
        """
        total = len(self.rows)
        owned: set[int] = set()
        done = 0
        for rows in batches(self.rows):
            ids = {self.accounts[row.customer_number] for row in rows}
            query = select(Membership.user_id, Membership.account_id, Membership.is_owner)
            known = list(rows_among(self.db, query, Membership.account_id, ids & self.old_accounts))
            owned |= {one.account_id for one in known if one.is_owner}
            taken = {(one.user_id, one.account_id): one.is_owner for one in known}
            new = []
            for row in rows:
                user, account = self.users[row.username_key], self.accounts[row.customer_number]
                if (user, account) not in taken:
                    if self._was_here(user, account, owned) and not self.how.rejoins:
                        self.did.left_out.append((row.username, row.customer_number))
                        continue
                    new.append(self._new_place(user, account, is_owner=account not in owned))
                    self.did.places_added += user in self.old_users
                    taken[user, account] = account not in owned
                    owned.add(account)
                # A link for a password is of no use to somebody who cannot sign in with one.
                if taken[user, account] or not self.scope.config.login.is_for_owners_only:
                    self.places.setdefault(row.username_key, row.customer_number)
            _insert(self.db, Membership, new)
            done += len(rows)
            self.how.report("Saved rows", done, total)

    def _was_here(self, user: int, account: int, owned: set[int]) -> bool:
        return user in self.old_users and account in self.old_accounts and account in owned

    def _new_place(self, user: int, account: int, *, is_owner: bool) -> dict[str, Any]:
        return {
            "user_id": user,
            "account_id": account,
            "is_owner": is_owner,
            "permissions": [],
            "categories_off": [],
            "created_at": self.scope.now,
        }

    def invite(self, invite: Invite) -> None:
        """Every user without a password is invited into the first account they are a member of."""
        for done, keys in _counted(self.places):
            ids = [self.users[key] for key in keys]
            waiting = {user.id: user for user in self._users_without_password(ids)}
            numbers = [self.places[key] for key in keys if self.users[key] in waiting]
            accounts = {
                one.number: one for (one,) in rows_among(self.db, select(Account), Account.number, set(numbers))
            }
            for key in keys:
                if user := waiting.pop(self.users[key], None):
                    invite(self.scope, user, accounts[self.places[key]])
                    self.did.invited += 1
            # Each invitation voids earlier ones, and the session searches all its objects for those.
            self.db.flush()
            self.db.expunge_all()
            self.how.report("Looked for whom to invite", done, len(self.places))

    def _users_without_password(self, ids: Sequence[int]) -> Sequence[User]:
        return self.db.scalars(select(User).where(User.id.in_(ids), User.password_hash.is_(None))).all()


def _counted(keys: Iterable[str]) -> Iterable[tuple[int, list[str]]]:
    """Return the keys in pieces, each with the number of keys up to its end."""
    done = 0
    for piece in batches(keys):
        done += len(piece)
        yield done, piece


def _changes(wanted: Mapping[str, Any], known: Any) -> dict[str, Any]:
    """Return the wanted values that differ from the stored ones."""
    if "fields" in wanted:
        wanted = {**wanted, "fields": own_fields.with_changes(known.fields, wanted["fields"])}
    changes = {name: value for name, value in wanted.items() if name != "sort_key" and getattr(known, name) != value}
    return changes | ({"sort_key": wanted["sort_key"]} if "name" in changes else {})


def _with_fields(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a new row, in which no field of the host's is cleared."""
    return {**values, "fields": own_fields.with_changes({}, values["fields"])}


def _insert(db: Session, table: type[BaseTable], values: Sequence[dict[str, Any]]) -> None:
    if values:
        db.connection().execute(insert(table), values)


def _update(db: Session, table: type[BaseTable], changes: Mapping[int, dict[str, Any]]) -> None:
    """The rows with these ids have these values: one statement for all in which the same columns change."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for id_, values in changes.items():
        alike.setdefault(tuple(sorted(values)), []).append({**values, "row_id": id_})
    for columns, rows in alike.items():
        where = update(table).where(table.__table__.c.id == bindparam("row_id"))
        db.connection().execute(where.values({name: bindparam(name) for name in columns}), rows)


def _ids(db: Session, column: Any, keys: Sequence[str]) -> dict[str, int]:
    """Return the ids of rows by their keys."""
    return dict(rows_among(db, select(column, column.class_.id), column, keys))
