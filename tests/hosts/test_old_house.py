"""The old house: what it had goes on, and its people sign in with the passwords they have."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from flask import Flask
from werkzeug.security import generate_password_hash

from .apps.old_house import after, before
from .conftest import run
from .visitor import Visitor

FOLDER = Path(before.__file__).parent
BASE = "https://shop.example.com"
PASSWORD = "el pan de cada día"
HASHES = {
    "scrypt": generate_password_hash(PASSWORD, "scrypt:1024:8:1"),
    "pbkdf2": generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"),
    "bcrypt": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
}
MOST_LINES = 15


def settings(folder: Path) -> dict[str, Any]:
    return {
        "SECRET_KEY": "an-example-key-for-tests-only-0123456789abcdef",
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'shop.db'}",
        "MAIL_DEFAULT_SENDER": "shop@example.com",
        "TESTING": True,
    }


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The shop's database as it was: a customer with each kind of hash, an order of each, and somebody of the staff."""
    app, db = before.create_app(settings(tmp_path)), before.db
    with app.app_context():
        db.create_all()
        for number, (kind, stored) in enumerate(HASHES.items(), start=41):
            person = before.Person(id=number, email=f"{kind}@example.com", name=kind.title(), company=f"{kind} Ltd")
            person.password = stored
            db.session.add_all([person, before.Order(person_id=number, what=f"bread for {kind}", price=1200)])
        staff = before.Person(id=99, email="staff@example.com", name="Staff", company="", is_staff=True, api_key="k-1")
        staff.password = HASHES["scrypt"]
        db.session.add(staff)
        db.session.commit()
        db.engine.dispose()
    return tmp_path


@pytest.fixture
def app(database: Path) -> Iterator[Flask]:
    """The old house as it is after: mounted, and its customers moved."""
    app = after.create_app(settings(database))
    run(app, "acct", "upgrade")
    source = f"sqlite:///{database / 'shop.db'}"
    run(app, "acct", "import", "--from", source, "--query", str(FOLDER / "customers.sql"))
    yield app
    with app.app_context():
        after.db.engine.dispose()


@pytest.fixture
def site(app: Flask) -> Any:
    return after.mounted(app)


@pytest.fixture
def visitor(site: Any) -> Visitor:
    return Visitor(site, BASE)


LOGIN = "/clientes/area/login"


@pytest.mark.parametrize("kind", HASHES)
def test_a_customer_signs_in_with_the_old_password_and_has_the_old_orders(visitor: Visitor, kind: str) -> None:
    answer = visitor.sign_in(f"{kind}@example.com", PASSWORD, LOGIN)
    assert answer.headers["Location"] == "/clientes/account/orders"
    assert visitor.open(answer.headers["Location"]).text == f"{kind.title()}: bread for {kind} 1,200"


@pytest.mark.parametrize("kind", HASHES)
def test_a_wrong_password_opens_nothing(visitor: Visitor, kind: str) -> None:
    assert visitor.sign_in(f"{kind}@example.com", "otra cosa del todo", LOGIN).status_code == 422


@pytest.mark.parametrize("kind", HASHES)
def test_the_hash_itself_is_no_password(visitor: Visitor, kind: str) -> None:
    assert visitor.sign_in(f"{kind}@example.com", HASHES[kind], LOGIN).status_code == 422


def test_old_hashes_are_gone_after_the_first_sign_in(visitor: Visitor, app: Flask) -> None:
    visitor.sign_in("bcrypt@example.com", PASSWORD, LOGIN)
    with app.app_context():
        stored = after.db.session.execute(after.db.text("SELECT email, password_hash FROM acct_user")).all()
    assert {email for email, hashed in stored if hashed.startswith("$argon2id$")} == {"bcrypt@example.com"}


def test_whoever_is_not_signed_in_is_sent_to_the_form_below_the_mount(visitor: Visitor) -> None:
    answer = visitor.open("/clientes/account/orders", Accept="text/html")
    assert answer.headers["Location"] == f"{LOGIN}?next=/clientes/account/orders"


def test_staff_are_no_customers(visitor: Visitor) -> None:
    assert visitor.sign_in("staff@example.com", PASSWORD, LOGIN).status_code == 422


# What the house had goes on.


def old_sign_in(visitor: Visitor, email: str) -> Any:
    return visitor.fill_in("/clientes/account/login", email=email, password=PASSWORD)


def test_staff_sign_in_by_the_old_form_and_see_the_admin_area(visitor: Visitor) -> None:
    assert old_sign_in(visitor, "staff@example.com").status_code == 302
    page = visitor.open("/clientes/admin/order/")
    assert page.status_code == 200
    assert "bread for scrypt" in page.text


def test_the_admin_area_is_closed_to_customers(visitor: Visitor) -> None:
    visitor.sign_in("scrypt@example.com", PASSWORD, LOGIN)
    assert visitor.open("/clientes/admin/order/").status_code == 403


def test_the_old_form_opens_nothing_to_a_customer_any_more(visitor: Visitor) -> None:
    assert old_sign_in(visitor, "scrypt@example.com").status_code == 200


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json"])
def test_its_api_says_404_in_its_own_words(visitor: Visitor, accept: str) -> None:
    assert visitor.open("/clientes/api/missing", Accept=accept).get_json() == {"error": "Not Found", "code": 404}


def test_its_api_says_401_in_its_own_words(visitor: Visitor) -> None:
    assert visitor.open("/clientes/api/orders").get_json() == {"error": "Unauthorized", "code": 401}


def test_its_api_keys_open_it(visitor: Visitor) -> None:
    assert len(visitor.open("/clientes/api/orders", X_Key="k-1").get_json()["orders"]) == 3


def test_its_forms_are_guarded_by_its_own_tokens(visitor: Visitor) -> None:
    answer = visitor.post("/clientes/api/orders", X_Key="k-1")
    assert answer.get_json() == {"error": "Bad Request", "code": 400}


def test_its_pages_have_its_own_policy_and_ours_have_ours(visitor: Visitor) -> None:
    policies = [visitor.open(path).headers["Content-Security-Policy"] for path in ("/clientes/account/login", LOGIN)]
    assert policies[0] == "default-src 'self'; object-src 'none'"
    assert "form-action" in policies[1]


def test_its_limiter_counts_its_form_still(visitor: Visitor, app: Flask) -> None:
    after.limiter.reset()
    answers = {visitor.open("/clientes/account/login").status_code for _ in range(21)}
    after.limiter.reset()
    assert answers == {200, 429}


def test_errors_below_our_pages_are_ours(visitor: Visitor) -> None:
    page = visitor.open("/clientes/area/missing", Accept="text/html")
    assert page.status_code == 404
    assert "The Old House" in page.text


# How it is moved.


def test_check_finds_nothing_to_mend(app: Flask) -> None:
    assert "acct.toml is fine." in run(app, "acct", "check")


def test_moving_again_changes_nothing(app: Flask, database: Path) -> None:
    source = f"sqlite:///{database / 'shop.db'}"
    said = run(app, "acct", "import", "--from", source, "--query", str(FOLDER / "customers.sql"))
    assert "Nothing was changed" in said


def changed_lines() -> int:
    """Lines of the house that were added, changed or taken away, and those of the query."""
    old, new = ((FOLDER / name).read_text().splitlines() for name in ("before.py", "after.py"))
    steps = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    code = sum(max(i2 - i1, j2 - j1) for what, i1, i2, j1, j2 in steps if what != "equal")
    return code + len((FOLDER / "customers.sql").read_text().splitlines())


def test_the_house_changes_by_few_lines() -> None:
    assert 5 < changed_lines() <= MOST_LINES
