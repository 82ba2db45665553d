"""The cast of the journeys, and what they type, by element id.

Alice owns the bakery's account; Bob is her sub-user; Charlie is a stranger with an account of his own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from ...config import Config
from ...db.models import Account, Contact, Domain, Membership, OutboxMail, User
from ...features.help.screens import EXAMPLE_MAIL
from ...scope import Scope
from ...security import passwords
from ...security.sessions import TOUCH_EVERY
from ...values.identifiers import domain_key, email_key, number_key, username_key
from .content import ArticleHead, KbError, did_you_mean

NOW = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
"""When every journey takes place: a Thursday morning."""

OWNER = "owner"
SESSION_ENDED = "session_ended"
"""The scene in which the actor was signed in, and the session has ended since."""

INVITED = "invited"
"""The scene in which Alice has invited somebody who is no user yet."""

GIVENS = frozenset(
    {
        "",
        "expired_password",
        "expired_plan",
        "no_password",
        SESSION_ENDED,
        "trial",
        "several_accounts",
        "mails",
        INVITED,
    }
)

ACTORS = frozenset({"", OWNER})
"""Who may act, signed in; empty for a visitor."""

MEANT = {"as": "somebody of the cast who can sign in", "given": "a scene that a journey can begin in"}

OLD_WORDS = "seven green kites over the sea and not one cloud between them and the far blue hills"
NEW_WORDS = "three grey herons by the lake wait for a fish that never learned to look up in time"

TEMPORARY = "temporary"
"""The variant that stands for the temporary password of the latest mail."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the journeys."""

    username: str
    email: str
    first_name: str
    last_name: str
    number: str
    company: str
    domain: str


ALICE = Person("m00000", "alice@example.com", "Alice", "Ortega", "9000", "Ortega Bakery", "ortega.example")
CONTACT_EMAIL = "bruno@example.com"
"""Of Bruno, a contact of Alice's account: the key of his row."""

DIANA = {
    "first_name": "Diana", "last_name": "Sala", "company": "Sala & Sala", "email": "diana@example.com",
    "phone": "+34 910 00 00 00", "tax_id": "B00000000", "address1": "Calle Mayor 1", "address2": "2.º B",
    "city": "Madrid", "region": "Madrid", "postcode": "28013",
}  # fmt: skip
"""A contact whom Alice adds."""

CONTACTS_FILE = "contacts.csv"
FILES = {
    CONTACTS_FILE: f"first_name,last_name,email\n{DIANA['first_name']},{DIANA['last_name']},{DIANA['email']}\n"
    "Omar,Benali,omar@example.com\nZoe,Paz,zoe@example.com\n",
}
"""The content of a file that is chosen, by its name."""

PLACE = ("phone", "tax_id", "address1", "address2", "city", "region", "postcode")
"""The columns that the account has in common with her."""

DANA = {"email": "dana@example.org", "first_name": "Dana", "last_name": "Weber", "username": "dana.weber"}
"""Somebody whom Alice invites into her account, and who signs up by herself."""

CHARLIE = Person("m00002", "charlie@example.net", "Charlie", "Moss", "9001", "Charlie's Bikes", "bikes.example")


def head_problems(facts: ArticleHead, file: Path) -> Iterator[KbError]:
    """Yield what a head says of the journey that does not exist, each with its line."""
    for key, value, known in (("as", facts.as_, ACTORS), ("given", facts.given, GIVENS)):
        if value not in known:
            what = f"{key}: {value!r} is not {MEANT[key]}. {did_you_mean(value, known - {''})}"
            yield KbError(what, file=file, line=facts.lines.get(key, 1))
    if facts.given == SESSION_ENDED and not facts.as_:
        what = f"given: {SESSION_ENDED} is about somebody who was signed in. Say who, on a line of its own: as: {OWNER}"
        yield KbError(what, file=file, line=facts.lines.get("given", 1))


def values(config: Config) -> Mapping[str, Mapping[str, str]]:
    """Return what Alice types, by element and variant; the variant is empty if there is only one."""
    known = {
        "username": ALICE.username,
        "email": ALICE.email,
        "customer_number": ALICE.number,
        "domain": ALICE.domain,
    }
    old, new = old_password(config), new_password(config)
    return {
        "login.form.identifier": {"": known[config.login.shipped[0]]},
        "login.form.password": {"": old, "old": old, "new": new},
        "password.set.new": {"": new},
        "password.set.repeat": {"": new},
        "password.change.current": {"": old, "old": old},
        "password.change.new": {"": new},
        "password.change.repeat": {"": new},
        "profile.me.first_name": {"": ALICE.first_name},
        "profile.me.last_name": {"": ALICE.last_name},
        "profile.email.new": {"": f"alice@{ALICE.domain}"},
        "profile.email.password": {"": old},
        "profile.username.new": {"": "alice.ortega"},
        "profile.username.password": {"": old},
        "profile.account.name": {"": ALICE.company},
        "profile.account.billing_email": {"": f"billing@{ALICE.domain}"},
        **{f"profile.account.{name}": {"": DIANA[name]} for name in PLACE},
        **{f"recovery.password.{name}": {"": value} for name, value in known.items()},
        "recovery.password.value": known,
        "recovery.username.email": {"": ALICE.email},
        "recovery.request.name": {"": f"{ALICE.first_name} {ALICE.last_name}"},
        "recovery.request.email": {"": ALICE.email},
        "recovery.request.about": {"": f"{ALICE.company}, {ALICE.domain}"},
        **{f"contacts.contact.{name}": {"": value} for name, value in DIANA.items()},
        "contacts.list.contact": {"": CONTACT_EMAIL},
        "contacts.import.file": {"": CONTACTS_FILE},
        "users.invite.email": {"": DANA["email"]},
        **{f"users.invitation.{name}": {"": DANA[name]} for name in ("first_name", "last_name", "username")},
        "signup.form.email": {"": DANA["email"]},
        **{f"signup.finish.{name}": {"": DANA[name]} for name in ("first_name", "last_name", "username")},
        "signup.finish.account_name": {"": DIANA["company"]},
        "signup.finish.new": {"": new},
        "signup.finish.repeat": {"": new},
        "users.invitation.new": {"": new},
        "users.invitation.repeat": {"": new},
    }


def value(element: str, variant: str, config: Config) -> str:
    """Return what is typed into a field: by our cast, else the host's value. Raises ``KbError`` without one."""
    variants = values(config).get(element)
    if variants is None:
        name = f"{element} {variant}".rstrip()
        if name in config.help.fixtures:
            return config.help.fixtures[name]
        raise KbError(f'nobody said what to type into {element!r}. Add to acct.toml: [help.fixtures] "{name}" = "…"')
    if variant not in variants:
        known = ", ".join(repr(name) for name in sorted(variants))
        raise KbError(f"the fixture of {element!r} has no variant {variant!r}; it has: {known}")
    return variants[variant]


def old_password(config: Config) -> str:
    return _long_enough(OLD_WORDS, config.password.min_length)


def new_password(config: Config) -> str:
    return _long_enough(NEW_WORDS, config.password.min_length)


def until_session_ends(config: Config) -> timedelta:
    """Return how long nothing happens in the scene ``session_ended``."""
    return timedelta(minutes=config.session.idle_minutes) + 2 * TOUCH_EVERY


def fill(scope: Scope, given: str, locale: str) -> None:
    """The cast is in the database, and reads the language of the journey.

    Args:
        given: The state before the first step: nothing special, or one of ``GIVENS``.
    """
    if given not in GIVENS:
        raise KbError(f"given: {given!r} is not a scene; known are: {', '.join(sorted(GIVENS - {''}))}")
    age = timedelta(days=scope.config.password.max_age_days + 1 if given == "expired_password" else 0)
    hash_ = _hash(old_password(scope.config))
    bob = Person("m00001", "bob@example.com", "Bob", "Ruiz", "", "", "")
    owner, stranger, member = (_user(who, locale, hash_, NOW - age, scope.config) for who in (ALICE, CHARLIE, bob))
    bakery, bikes = _account(ALICE), _account(CHARLIE)
    _set_scene(given, owner=owner, account=bakery)
    scope.db.add_all([owner, stranger, member, bakery, bikes])
    scope.db.flush()
    scope.db.add(_contact(bakery))
    scope.db.add_all(
        [
            Membership(user_id=owner.id, account_id=bakery.id, is_owner=True, created_at=NOW),
            Membership(user_id=stranger.id, account_id=bikes.id, is_owner=True, created_at=NOW),
            Membership(user_id=member.id, account_id=bakery.id, permissions=[], created_at=NOW),
        ]
    )
    if given == "several_accounts":
        scope.db.add(Membership(user_id=owner.id, account_id=bikes.id, permissions=["invoices"], created_at=NOW))
    if given == "mails":
        scope.db.add(_sent_mail(scope, bakery, locale))


def _sent_mail(scope: Scope, account: Account, locale: str) -> OutboxMail:
    """Return what the history of the account's mails holds: an invoice, as a host writes about it."""
    subject, text = (scope.platform.labels.say(one.id, one.message, locale) for one in EXAMPLE_MAIL)
    sent_at = NOW - timedelta(days=2)
    return OutboxMail(
        message_id="acct.journey",
        mail="contacts.message",
        recipient=ALICE.email,
        locale=locale,
        customer_number=account.number,
        account_id=account.id,
        category="invoices",
        slots={"subject": subject, "text": [text], "button": "", "open": ""},
        state="sent",
        created_at=sent_at,
        sent_at=sent_at,
        next_attempt_at=sent_at,
    )


def _set_scene(given: str, *, owner: User, account: Account) -> None:
    """Alice and her account are in the given state."""
    match given:
        case "expired_plan":
            account.plan_expires_on = (NOW - timedelta(days=3)).date()
        case "no_password":
            owner.password_hash = owner.password_changed_at = None
        case "trial":
            account.plan = "trial"


def _contact(account: Account) -> Contact:
    return Contact(
        account_id=account.id,
        first_name="Bruno",
        last_name="Conti",
        email=CONTACT_EMAIL,
        email_key=_valid(email_key(CONTACT_EMAIL)),
        categories=["support"],
        sort_key="bruno conti",
        created_at=NOW,
        changed_at=NOW,
    )


def _account(person: Person) -> Account:
    account = Account(
        number=_valid(number_key(person.number)),
        name=person.company,
        plan_expires_on=(NOW + timedelta(days=300)).date(),
        created_at=NOW,
    )
    account.domains = [Domain(name=person.domain, key=_valid(domain_key(person.domain)))]
    return account


def _user(person: Person, locale: str, hash_: str, since: datetime, config: Config) -> User:
    address = _valid(email_key(person.email))
    return User(
        username=person.username,
        username_key=_valid(username_key(person.username)),
        email=person.email,
        email_key=address,
        sign_in_email=address if "email" in config.login.identifiers else None,
        email_verified_at=NOW,
        first_name=person.first_name,
        last_name=person.last_name,
        locale=locale,
        password_hash=hash_,
        password_changed_at=since,
        created_at=since,
    )


@cache
def _hash(words: str) -> str:
    """Return the hash, made once for all journeys of a process: it is slow on purpose."""
    return passwords.hashed(words)


def _long_enough(words: str, length: int) -> str:
    """Return as many whole words as reach the length, at least six."""
    chosen: list[str] = []
    for word in words.split():
        if len(chosen) >= 6 and len(" ".join(chosen)) >= length:
            break
        chosen.append(word)
    return " ".join(chosen)


def _valid(key: str | None) -> str:
    if key is None:
        raise ValueError("the cast needs identifiers that are valid")
    return key
