"""Nobody learns from an anonymous form who exists: same page, same headers, same SQL, same hashes.

Whatever is named goes the same way. What is compared leaves out only what is drawn by lot: the form's token and the
reference of a request, and what the visitor typed, which they know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import argon2
import pytest
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from flask_acct.db.models import User
from flask_acct.security import password_work, passwords
from flask_acct.testing.records import PASSWORD, add_account, add_user

from .site import Build, Site
from .visitor import Visitor

pytestmark = pytest.mark.usefixtures("costly_hashes")

BCRYPT = "$2y$04$dzcOYHKMqRzqZ2Z0pRp4Z.JmG4oOo1QfIYgX8ZyD5bB5nLd3vVbIa"
WRONG = "not my password at all"
COST = "m=19456,t=2,p=1"
"""Of a hash made or checked."""
TOKEN = re.compile(r'(name="csrf_token" value=)"[^"]*"')
SENT = re.compile(r'data-acct="recovery\.(password|username)\.sent">[^<]*')
REFERENCE = re.compile(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}")


@dataclass
class Trace:
    """What somebody watching from outside, and from inside, could tell answers apart by."""

    status: int
    headers: list[str]
    body: str
    landed: str
    statements: list[str]
    hashes: list[str]
    """What each of them costs: ``m=19456,t=2,p=1``."""


@contextmanager
def hashing() -> Iterator[list[str]]:
    """What every Argon2 hash costs that is made or checked inside; a call that returns without the work says why."""
    calls: list[str] = []

    def heard(does: Callable[..., Any], costs: Callable[[Mapping[str, Any]], str]) -> Callable[..., Any]:
        def call(self: argon2.PasswordHasher, *given: Any) -> Any:
            calls.append(costs({"self": self, "hash": given[0]}))
            return does(self, *given)

        return call

    with pytest.MonkeyPatch.context() as library:
        library.setattr(argon2.PasswordHasher, "hash", heard(argon2.PasswordHasher.hash, made))
        library.setattr(argon2.PasswordHasher, "verify", heard(argon2.PasswordHasher.verify, checked))
        yield calls


def made(told: Mapping[str, Any]) -> str:
    hasher: argon2.PasswordHasher = told["self"]
    return f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"


def checked(told: Mapping[str, Any]) -> str:
    """What checking any password against the hash costs."""
    hash_: str = told["hash"]
    try:
        with pytest.raises(VerifyMismatchError):
            argon2.low_level.verify_secret(hash_.encode(), b"not the password", argon2.Type.ID)
        cost = argon2.extract_parameters(hash_)
    except VerificationError as error:
        return f"nothing: {error}"
    return f"m={cost.memory_cost},t={cost.time_cost},p={cost.parallelism}"


def trace(site: Site, path: str, data: dict[str, str], visitor: Visitor | None = None) -> Trace:
    """A visitor nobody has seen before fills in the form, or one who is given."""
    visitor = visitor or site.visitor()
    visitor.open(path)
    with site.statements() as statements, hashing() as hashes:
        answer = visitor.post(path, data)
    landed = visitor.open(answer.headers["Location"]).html if answer.status_code == 303 else ""
    body = answer.get_data(as_text=True)
    body, landed = (untyped(plain(html), data) for html in (body, landed))
    return Trace(answer.status_code, sorted(answer.headers.keys()), body, landed, statements, hashes)


def untyped(html: str, data: Mapping[str, str]) -> str:
    """The page without what its visitor typed: in fields, and in the sentence that repeats it."""
    for typed in sorted(data.values(), key=len, reverse=True):
        html = html.replace(f'value="{typed}"', 'value=""')
        html = SENT.sub(lambda sentence, typed=typed: sentence[0].replace(typed, "…"), html)  # type: ignore[misc]
    return html


def plain(html: str) -> str:
    return REFERENCE.sub("R-", TOKEN.sub(r'\1""', html))


def people(site: Site) -> dict[str, User]:
    """One of each kind who cannot sign in with ``WRONG``, all owners of an account."""
    with site.acct.database.session() as db, db.begin():
        scope = site.acct.scope(db)
        found = {
            "without_password": add_user(scope, "dora@example.com", has_password=False),
            "unverified": add_user(scope, "emil@example.com"),
            "suspended": add_user(scope, "fritz@example.com"),
            "closed": add_user(scope, "greta@example.com"),
        }
        found["unverified"].email_verified_at = None
        for number, (name, person) in enumerate(found.items(), 9100):
            made = add_account(
                scope, name, owner=person, number=str(number), domains=(f"{name}.example".replace("_", ""),)
            )
            made.state = name if name in {"suspended", "closed"} else "active"
    return found


IDENTIFIERS = {
    "username": {"known": "alice", "without_password": "dora", "unverified": "emil", "suspended": "fritz",
                 "closed": "greta", "unknown": "nobod"},
    "email": {"known": "alice@example.com", "without_password": "dora@example.com", "unverified": "emil@example.com",
              "suspended": "fritz@example.com", "closed": "greta@example.com", "unknown": "nobod@example.com"},
    "customer_number": {"known": "9000", "without_password": "9100", "unverified": "9101", "suspended": "9102",
                        "closed": "9103", "unknown": "8999"},
    "domain": {"known": "ortega.example", "without_password": "withoutpassword.example",
               "unverified": "unverified.example", "suspended": "suspended.example", "closed": "closed.example",
               "unknown": "nobody.example"},
}  # fmt: skip
KINDS = list(IDENTIFIERS["email"])


def assert_alike(traces: dict[str, Trace]) -> None:
    first, *others = traces
    for other in others:
        assert traces[other] == traces[first], f"{other} can be told from {first}"


def test_a_failed_sign_in_is_the_same_for_everybody(any_site: Site) -> None:
    people(any_site)
    known = IDENTIFIERS[any_site.config.login.identifiers[0]]
    traces = {k: trace(any_site, "/account/login", {"identifier": known[k], "password": WRONG}) for k in KINDS}
    assert_alike(traces)
    assert traces["known"].hashes == [COST]
    assert traces["known"].status == 422


def test_a_failed_sign_in_runs_three_statements(any_site: Site) -> None:
    name = any_site.identifier(any_site.people.alice)
    assert len(trace(any_site, "/account/login", {"identifier": name, "password": WRONG}).statements) == 3


def test_a_right_password_costs_one_hash_as_well(any_site: Site) -> None:
    name = any_site.identifier(any_site.people.alice)
    found = trace(any_site, "/account/login", {"identifier": name, "password": PASSWORD})
    assert found.status == 303
    assert found.hashes == [COST]


def test_what_is_no_identifier_here_fails_like_a_wrong_password(any_site: Site) -> None:
    longest = any_site.acct.platform.declared.screens["login.form"].fields[0].max_length
    others = {"username", "email", "customer_number"} - set(any_site.config.login.identifiers)
    names = [IDENTIFIERS[kind]["known"] for kind in sorted(others)] + ["nobod"]
    found = [
        trace(any_site, "/account/login", {"identifier": name, "password": PASSWORD})
        for name in names
        if len(name) <= longest
    ]
    assert [(one.status, one.hashes, len(one.statements)) for one in found] == [
        (422, [COST], len(found[0].statements))
    ] * len(found)


def test_waiting_is_the_same_for_known_and_unknown(any_site: Site) -> None:
    known = IDENTIFIERS[any_site.config.login.identifiers[0]]
    for kind in ("known", "unknown"):
        for _ in range(10):
            trace(any_site, "/account/login", {"identifier": known[kind], "password": WRONG})
    traces = {
        kind: trace(any_site, "/account/login", {"identifier": known[kind], "password": WRONG})
        for kind in ("known", "unknown")
    }
    assert_alike(traces)
    assert traces["known"].status == 429
    assert traces["known"].hashes == []


def test_asking_for_a_password_is_the_same_for_everybody(any_site: Site) -> None:
    people(any_site)
    ways = any_site.config.recovery.password
    for way in ways.choose or ("all",):
        traces = {}
        for kind in KINDS:
            named = {field: IDENTIFIERS[field][kind] for field in ways.identify}
            chosen = {"kind": way, "value": IDENTIFIERS[way][kind]} if ways.choose else named
            traces[kind] = trace(any_site, "/account/recover/password", chosen)
        assert_alike(traces)
        assert traces["known"].status == 303
        assert traces["known"].hashes == []


def test_a_right_user_name_with_a_wrong_address_is_no_different(make: Build) -> None:
    site = make("sending-platform")
    pairs = {
        "fits": ("alice", "alice@example.com"),
        "not": ("alice", "charlie@example.net"),
        "none": ("xx", "x@x.example"),
    }
    traces = {
        name: trace(site, "/account/recover/password", {"username": username, "email": email})
        for name, (username, email) in pairs.items()
    }
    assert_alike(traces)


def test_asking_for_user_names_is_the_same_for_everybody(make: Build) -> None:
    site = make("sending-platform")
    people(site)
    traces = {k: trace(site, "/account/recover/username", {"email": IDENTIFIERS["email"][k]}) for k in KINDS}
    assert_alike(traces)


def test_sending_again_is_the_same_for_everybody(any_site: Site) -> None:
    people(any_site)
    ways = any_site.config.recovery.password
    way = ways.choose[0] if ways.choose else ""
    traces = {}
    for kind in KINDS:
        named = {field: IDENTIFIERS[field][kind] for field in ways.identify}
        chosen = {"kind": way, "value": IDENTIFIERS[way][kind]} if way else named
        visitor = any_site.visitor()
        trace(any_site, "/account/recover/password", chosen, visitor)
        visitor.page = visitor.open("/account/recover/password")
        traces[kind] = trace(any_site, "/account/recover/password", chosen, visitor)
    assert_alike(traces)
    assert traces["known"].status == 303


def test_the_form_that_a_failed_sign_in_has_filled_in_is_the_same_for_everybody(any_site: Site) -> None:
    people(any_site)
    names = IDENTIFIERS[any_site.config.login.identifiers[0]]
    opened = {}
    for kind in KINDS:
        visitor = any_site.visitor()
        trace(any_site, "/account/login", {"identifier": names[kind], "password": WRONG}, visitor)
        with any_site.statements() as statements:
            page = visitor.open("/account/recover/password")
        opened[kind] = (page.status, untyped(plain(page.html), {"": names[kind]}), statements)
    assert all(one == opened["known"] for one in opened.values())


def test_asking_a_person_for_help_is_the_same_for_everybody(any_site: Site) -> None:
    people(any_site)
    traces = {
        kind: trace(any_site, "/account/recover/request", {"name": "Ana", "email": email, "about": "I am a customer"})
        for kind, email in IDENTIFIERS["email"].items()
    }
    assert_alike(traces)


def test_the_daily_limit_of_mails_does_not_show(any_site: Site) -> None:
    ways = any_site.config.recovery.password
    named = {field: IDENTIFIERS[field]["known"] for field in ways.identify} or {
        "kind": ways.choose[0],
        "value": IDENTIFIERS[ways.choose[0]]["known"],
    }
    traces, mailed = [], []
    for _ in range(7):
        traces.append(trace(any_site, "/account/recover/password", named))
        mailed.append(len(any_site.letters()))
    assert mailed == [1] * 5 + [0] * 2
    assert all(one == traces[0] for one in traces)


def test_a_mail_server_that_is_away_does_not_show(any_site: Site) -> None:
    """The request is answered before any mail is tried, so there is nothing to see."""
    assert "acct_outbox" not in " ".join(
        trace(any_site, "/account/recover/request", {"name": "A", "email": "a@example.com", "about": "x"}).statements
    )


@pytest.mark.parametrize("path", ["/account/password/set", "/account/recover/confirm"])
def test_a_page_for_a_link_says_the_same_to_whoever_has_none(any_site: Site, path: str) -> None:
    if path.rpartition("/")[2] == "confirm" and not any_site.config.recovery.password.confirm:
        assert any_site.visitor().open(path).status == 404
        return
    before = any_site.visitor().open(path)
    any_site.letters()
    assert plain(any_site.visitor().open(path).html) == plain(before.html)


def test_the_comparison_notices_one_statement_more(site: Site) -> None:
    """The parity of two answers is worth nothing if it cannot fail."""
    one = trace(site, "/account/login", {"identifier": "nobod@example.com", "password": WRONG})
    other = trace(site, "/account/login", {"identifier": "alice@example.com", "password": PASSWORD})
    with pytest.raises(AssertionError, match="can be told"):
        assert_alike({"one": one, "other": other})


def test_a_check_that_costs_nothing_is_noticed() -> None:
    """One that Argon2 cannot read answers at once."""
    with hashing() as found:
        for hash_ in ("not a hash", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$ONsNYTyZ5BJqtA3bCdXfqQ"):
            with pytest.raises((VerificationError, InvalidHashError)):
                passwords.hasher.verify(hash_, WRONG)
    assert [one.partition(":")[0] for one in found] == ["nothing", "m=8,t=1,p=1"]


@pytest.mark.parametrize("stored", [None, "", "not a hash", "scrypt:1024:8:1$pepper$00", "$2y$04$" + "A" * 53])
def test_a_check_costs_one_hash_of_ours_whatever_is_stored(stored: str | None) -> None:
    with hashing() as found:
        passwords.verify(WRONG, stored)
    assert found == [COST]


def test_a_hash_of_another_system_is_not_told_from_nobody(any_site: Site) -> None:
    """The same statements and the same hashes, whoever has which."""
    people(any_site)
    known = IDENTIFIERS[any_site.config.login.identifiers[0]]
    foreign = {"known": BCRYPT, "unverified": generate_password_hash("x", "pbkdf2:sha256:1000")}
    with any_site.acct.database.transaction() as db:
        for name, hash_ in foreign.items():
            someone = db.scalars(select(User).where(User.username == IDENTIFIERS["username"][name])).one()
            someone.password_hash = hash_
        password_work.note(db, foreign.values())
    assert_alike({k: trace(any_site, "/account/login", {"identifier": known[k], "password": WRONG}) for k in KINDS})
