from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from flask_acct import config as configuration
from flask_acct import importing
from flask_acct.accounts import usernames
from flask_acct.config import Config, Login, Users
from flask_acct.db.database import Database
from flask_acct.db.models import (
    Account,
    Domain,
    Membership,
    OutboxMail,
    PasswordWork,
    User,
    UserSession,
    metadata,
)
from flask_acct.declare import labels
from flask_acct.importing import COLUMNS, Imported, ImportRefused, import_file, reading
from flask_acct.scope import Scope
from flask_acct.security import hashes, passwords, sessions, tokens
from flask_acct.testing import PASSWORD
from flask_acct.values.keys import Keys

from ..personas import Personas
from ..scopes import NOON, a_scope

HEAD = ",".join(COLUMNS)
ALICE = "9100,Ortega,alice1,Alice1@Example.com,Alice,Ortega,es,ortega.test,trial,2026-12-01,"
BOB = "9100,,bob1,bob1@example.com,Bob,,,,,,"
BY_USERNAME = Config(login=Login(identifiers=("username",)))
SAMPLES = Path(__file__).parents[2] / "sample_app"


@pytest.fixture
def bring(tmp_path: Path, database: Database, config: Config) -> Bring:
    return Bring(tmp_path / "customers.csv", database, config)


class Bring:
    """Imports lines of a file into this test's database."""

    def __init__(self, file: Path, database: Database, config: Config) -> None:
        self.file = file
        self.database = database
        self.config = config

    def __call__(self, *lines: str, head: str = HEAD, config: Config | None = None, **asked: Any) -> Imported:
        return self.bytes("\n".join([head, *lines, ""]).encode(), config=config, **asked)

    def bytes(self, content: bytes, config: Config | None = None, **asked: Any) -> Imported:
        self.file.write_bytes(content)
        return import_file(self.file, self.database, partial(a_scope, config=config or self.config, now=NOON), **asked)

    def refused(self, *lines: str, head: str = HEAD, config: Config | None = None) -> list[tuple[int, str]]:
        """Where its problems are, after making sure that nothing was imported."""
        before = self.rows()
        with pytest.raises(ImportRefused) as refused:
            self(*lines, head=head, config=config)
        assert self.rows() == before
        return [(problem.line, problem.column) for problem in refused.value.problems]

    def everything(self) -> dict[str, list[str]]:
        """Every row of every table."""
        with self.database.engine.connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(table.select()))) for table in metadata.sorted_tables
            }

    def rows(self) -> list[int]:
        with self.database.session() as db:
            tables = (User, Account, Membership, Domain)
            return [db.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def user(db: Session, username: str) -> User:
    return db.scalars(select(User).where(User.username_key == username)).one()


def account(db: Session, number: str = "9100") -> Account:
    return db.scalars(select(Account).where(Account.number == number)).one()


def test_a_row_becomes_a_verified_user_an_account_and_its_domains(bring: Bring, db: Session) -> None:
    bring(ALICE)
    alice, ortega = user(db, "alice1"), account(db)
    assert alice.email == "Alice1@example.com"
    assert alice.email_key == "alice1@example.com"
    assert alice.email_verified_at == NOON
    assert alice.first_name == "Alice"
    assert alice.last_name == "Ortega"
    assert alice.locale == "es"
    assert alice.password_hash is None
    assert ortega.name == "Ortega"
    assert ortega.plan == "trial"
    assert ortega.plan_expires_on == date(2026, 12, 1)
    assert [domain.key for domain in ortega.domains] == ["ortega.test"]


def test_the_first_user_of_an_account_owns_it_and_later_ones_may_do_nothing(bring: Bring, db: Session) -> None:
    bring(ALICE, BOB)
    places = {place.user.username: (place.is_owner, place.permissions) for place in account(db).memberships}
    assert places == {"alice1": (True, []), "bob1": (False, [])}


def test_one_user_may_be_in_two_accounts(bring: Bring, db: Session) -> None:
    bring(ALICE, "9101,Second,alice1,alice1@example.com,,,,,,,")
    assert sorted(place.account.number for place in user(db, "alice1").memberships) == ["9100", "9101"]


def test_email_signs_in_only_where_the_configuration_says_so(bring: Bring, db: Session) -> None:
    bring(ALICE)
    bring(BOB, config=BY_USERNAME)
    assert user(db, "alice1").sign_in_email == "alice1@example.com"
    assert user(db, "bob1").sign_in_email is None


def test_a_password_is_kept_as_a_hash_that_verifies(bring: Bring, db: Session) -> None:
    bring(f"{ALICE}{PASSWORD}")
    alice = user(db, "alice1")
    assert passwords.verify(PASSWORD, alice.password_hash)
    assert alice.password_changed_at == NOON


def test_importing_a_row_again_changes_nothing(bring: Bring, db: Session) -> None:
    bring(f"{ALICE}{PASSWORD}", BOB)
    rows, hashed = bring.rows(), user(db, "alice1").password_hash
    db.expire_all()
    assert bring(f"{ALICE}{PASSWORD}", BOB) == Imported(users_known=2, accounts_known=1, passwords_kept=1)
    assert bring.rows() == rows
    assert user(db, "alice1").password_hash == hashed


def test_importing_a_row_again_updates_what_it_names(bring: Bring, db: Session) -> None:
    bring(ALICE)
    bring("9100,Ortega & Co,alice1,alice1@example.com,Alicia,,it,new.test,purchased,2027-01-01,")
    alice, ortega = user(db, "alice1"), account(db)
    assert alice.first_name == "Alicia"
    assert alice.last_name == "Ortega"
    assert alice.locale == "it"
    assert ortega.name == "Ortega & Co"
    assert ortega.plan == "purchased"
    assert ortega.plan_expires_on == date(2027, 1, 1)
    assert [domain.key for domain in ortega.domains] == ["new.test"]


def test_an_empty_cell_keeps_what_is_there(bring: Bring, db: Session) -> None:
    bring(ALICE)
    bring("9100,,alice1,alice1@example.com,,,,,,,")
    ortega = account(db)
    assert ortega.name == "Ortega"
    assert ortega.plan == "trial"
    assert ortega.plan_expires_on == date(2026, 12, 1)
    assert user(db, "alice1").locale == "es"
    assert len(ortega.domains) == 1


def test_a_hyphen_clears_a_name(bring: Bring, db: Session) -> None:
    bring(ALICE)
    assert bring("9100,,alice1,alice1@example.com,,-,,,,,").users_changed == 1
    assert user(db, "alice1").first_name == "Alice"
    assert user(db, "alice1").last_name == ""


def test_never_removes_the_day_a_plan_ends(bring: Bring, db: Session) -> None:
    bring(ALICE)
    bring("9100,,alice1,alice1@example.com,,,,,,never,")
    assert account(db).plan_expires_on is None


def test_a_row_added_later_makes_a_sub_user(bring: Bring, db: Session) -> None:
    bring(ALICE)
    bring(BOB)
    assert [place.is_owner for place in user(db, "bob1").memberships] == [False]


def test_an_import_keeps_the_permissions_a_sub_user_was_given(bring: Bring, personas: Personas, db: Session) -> None:
    place = db.scalars(select(Membership).where(Membership.user_id == personas.bob.id)).one()
    place.permissions = ["invoices"]
    db.commit()
    bring("9000,,bob,bob@example.com,,,,,,,")
    db.refresh(place)
    assert place.permissions == ["invoices"]
    assert not place.is_owner


def test_a_new_password_that_was_insisted_on_ends_the_sessions_and_tokens_of_the_old(
    bring: Bring, personas: Personas, db: Session, keys: Keys
) -> None:
    sessions.begin(a_scope(db, now=NOON), personas.bob, None)
    token = tokens.issue(
        a_scope(db, keys=keys, now=NOON),
        "password_link",
        user=personas.bob,
        lifetime=NOON - datetime(2026, 3, 4, tzinfo=UTC),
    )
    db.commit()
    bring("9000,,bob,bob@example.com,,,,,,,another long password", replaces_passwords=True)
    db.refresh(token)
    assert db.scalar(select(func.count()).select_from(UserSession)) == 0
    assert token.void_at == NOON


def test_the_same_password_again_keeps_its_sessions(bring: Bring, personas: Personas, db: Session) -> None:
    sessions.begin(a_scope(db, now=NOON), personas.bob, None)
    db.commit()
    bring(f"9000,,bob,bob@example.com,,,,,,,{PASSWORD}", replaces_passwords=True)
    assert db.scalar(select(func.count()).select_from(UserSession)) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + f"{HEAD}\r\n{ALICE}\r\n".encode(),
        f"{HEAD}\n{ALICE}\n".replace(",", ";").encode(),
        f"{HEAD}\n{ALICE}\n".replace(",", "\t").encode(),
        f"{HEAD}\n\n{ALICE}\n\n\n".encode(),
        f"{HEAD.upper()}\n{ALICE}".encode(),
        f"\ufeff{HEAD}\r\n{ALICE}\r\n".replace("Ortega,alice1", '"Ortega",alice1').encode(),
    ],
    ids=["bom and crlf", "semicolons", "tabs", "blank lines", "capitals, no last newline", "quotes"],
)
def test_what_spreadsheets_write_is_understood(bring: Bring, content: bytes, db: Session) -> None:
    bring.bytes(content)
    assert account(db).name == "Ortega"


def test_a_cell_in_quotes_may_hold_the_separator_and_quotes(bring: Bring, db: Session) -> None:
    bring('9100,"Ortega, ""La Mejor"", Hnos.",alice1,alice1@example.com,,,,,,,')
    assert account(db).name == 'Ortega, "La Mejor", Hnos.'


def test_identifiers_are_stored_in_their_canonical_form(bring: Bring, db: Session) -> None:
    bring("  009100 , Ortega , ÀLICE , A@BÜCHER.example ,,,es-AR,https://www.Panadería.example/ ÖL.example,,,",
          config=configuration.preset("client-area"))  # fmt: skip
    alice, ortega = user(db, "àlice"), account(db)
    assert alice.username == "ÀLICE"
    assert alice.email_key == "a@xn--bcher-kva.example"
    assert alice.locale == "es_AR"
    assert sorted(domain.name for domain in ortega.domains) == ["panadería.example", "öl.example"]


def test_a_language_not_offered_becomes_its_nearest(bring: Bring, db: Session) -> None:
    bring("9100,Ortega,alice1,alice1@example.com,,,es_AR,,,,")
    assert user(db, "alice1").locale == "es"


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("customer_number", "90-1"), ("customer_number", "1234567890123456789"),
        ("username", "900"), ("username", "a b"), ("username", "x@example.com"),
        ("username", "a" * 65),
        ("email", "nobody"), ("email", ""), ("email", "josé@example.com"), ("email", "a@b@example.com"),
        ("account_name", "x" * 201), ("account_name", "a\x00b"), ("account_name", ""),
        ("first_name", "y" * 121), ("last_name", "\x1b[0m"), ("locale", "tlh"), ("locale", "klingon"),
        ("domains", "one,two"), ("domains", "localhost"), ("domains", "good.example -bad-.example"),
        ("plan", "free"), ("plan_expires", "31/12/2026"), ("plan_expires", "2026-02-30"),
        ("plan_expires", "٢٠٢٦-٠١-٠١"),
        ("password", "p" * 1025),
    ],
)  # fmt: skip
def test_a_bad_cell_is_reported_by_line_and_column(bring: Bring, column: str, cell: str) -> None:
    good = dict(zip(COLUMNS, f"{ALICE},".split(","), strict=True))
    cell = f'"{cell}"' if "," in cell else cell
    assert bring.refused(BOB.replace("9100,", "9099,Ruiz"), ",".join({**good, column: cell}.values())) == [(3, column)]


@pytest.mark.parametrize("column", ["username", "customer_number"])
def test_what_people_sign_in_by_must_be_there(bring: Bring, column: str) -> None:
    config = Config(login=Login(identifiers=(column,)), users=Users(enabled=False))  # type: ignore[arg-type]
    row = dict(zip(COLUMNS, f"{ALICE},".split(","), strict=True)) | {column: ""}
    assert bring.refused(",".join(row.values()), config=config) == [(2, column)]
    head, cells = [name for name in COLUMNS if name != column], [row[name] for name in COLUMNS if name != column]
    assert bring.refused(",".join(cells), head=",".join(head), config=config) == [(1, column)]


def test_every_problem_is_reported_at_once(bring: Bring) -> None:
    bad = "x,,900,nobody,,,tlh,-x-,free,soon,"
    expected = {"customer_number", "username", "email", "locale", "domains", "plan", "plan_expires"}
    assert set(bring.refused(ALICE, bad, f"{BOB},,more")) == {*((3, column) for column in expected), (4, "")}


def test_rows_are_checked_against_each_other_and_the_database_even_when_others_are_bad(
    bring: Bring, personas: Personas
) -> None:
    rows = ["9101,Two,two,nobody,,,,,,,", "9101,,three,three@example.com,,,,,,,", "9102,F,alice,f@example.com,,,,,,,",
            "9102,F,five,f@example.com,,,,,,,", "9103,,six,six@example.com,,,,,,,"]  # fmt: skip
    assert bring.refused(*rows) == [(2, "email"), (4, "username"), (5, "email"), (6, "account_name")]


def test_a_row_that_has_too_few_or_too_many_cells_is_reported(bring: Bring) -> None:
    assert bring.refused(ALICE, "9101,Two", f"{BOB},,more") == [(3, "email"), (4, "")]


def test_the_line_is_the_files_when_a_quoted_cell_spans_two(bring: Bring) -> None:
    two_lines = ALICE.replace("Ortega,a", '"two\nlines",a')
    assert bring.refused(two_lines, "9101,Two,bo,nobody") == [(4, "email")]
    with pytest.raises(ImportRefused, match=r"line 4 \(row 3 of the sheet\), column email"):
        bring(two_lines, "9101,Two,bo,nobody")


def test_a_missing_and_a_misspelt_column_are_reported_with_the_fix(bring: Bring) -> None:
    with pytest.raises(ImportRefused, match=r'line 1, column emial: .* Did you mean "email"\?'):
        bring(ALICE, head=HEAD.replace("email", "emial"))


def test_the_password_column_may_be_left_out(bring: Bring, db: Session) -> None:
    bring(ALICE.removesuffix(","), head=HEAD.removesuffix(",password"))
    assert user(db, "alice1").password_hash is None


@pytest.mark.parametrize(
    "head",
    ["", HEAD.replace(",email", ""), f"{HEAD},email", "a;b", "nothing"],
)
def test_a_bad_first_line_is_reported_as_line_1(bring: Bring, head: str) -> None:
    assert {line for line, _ in bring.refused(head=head)} == {1}


def test_another_encoding_is_reported_with_its_line(bring: Bring) -> None:
    with pytest.raises(ImportRefused, match=r"line 3: the characters cannot be read\. .*CSV UTF-8"):
        bring.bytes(f"{HEAD}\n{ALICE}\n9101,Panadería,p,p@example.com,,,,,,,\n".encode("mac_roman"))


def test_an_open_quote_is_reported_where_it_begins(bring: Bring) -> None:
    assert bring.refused(ALICE, '9101,"Two,two,two@example.com,,,,,,,') == [(3, "")]


def test_a_file_that_is_not_there_is_reported(bring: Bring) -> None:
    with pytest.raises(ImportRefused, match="cannot be read"):
        import_file(Path("nowhere.csv"), bring.database, partial(a_scope, config=bring.config, now=NOON))


@pytest.mark.parametrize(
    ("second", "where"),
    [
        (ALICE, (3, "username")),
        ("9101,Two,alice1,other@example.com,,,,,,,", (3, "username")),
        ("9101,Two,ALICE1,other@example.com,,,,,,,", (3, "username")),
        ("9101,Two,alice2,ALICE1@example.com,,,,,,,", (3, "email")),
        ("9101,Two,carol,carol@example.com,,,,Ortega.TEST,,,", (3, "domains")),
        ("9100,Another name,bob1,bob1@example.com,,,,,,,", (3, "account_name")),
        ("9100,,bob1,bob1@example.com,,,,,purchased,,", (3, "plan")),
        ("9100,,bob1,bob1@example.com,,,,,,2026-12-02,", (3, "plan_expires")),
        ("9101,Two,alice1,alice1@example.com,Alicia,,,,,,", (3, "first_name")),
    ],
)
def test_rows_that_contradict_each_other_are_reported(bring: Bring, second: str, where: tuple[int, str]) -> None:
    assert bring.refused(ALICE, second) == [where]


def test_the_same_email_under_two_user_names_names_both_rows(bring: Bring) -> None:
    with pytest.raises(ImportRefused, match=r'line 3, column email: .*"alice1" in line 2 and "alice2" here'):
        bring(ALICE, "9101,Two,alice2,alice1@example.com,,,,,,,")


def test_users_may_share_an_email_where_it_does_not_sign_in(bring: Bring) -> None:
    assert bring(ALICE, "9101,Two,alice2,alice1@example.com,,,,,,,", config=BY_USERNAME).users_added == 2


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ("9101,Two,alice,other@example.com,,,,,,,", (3, "username")),
        ("9101,Two,alice2,alice@example.com,,,,,,,", (3, "email")),
        ("9101,Two,carol,carol@example.com,,,,ortega.example,,,", (3, "domains")),
        ("9001,,carol,carol@example.com,,,,ortega.example,,,", (3, "domains")),
    ],
)
def test_a_clash_with_what_is_stored_is_reported_like_any_problem(
    bring: Bring, personas: Personas, row: str, where: tuple[int, str]
) -> None:
    assert bring.refused("9102,Fine,fine,fine@example.com,,,,,,,", row) == [where]


def test_the_same_problem_in_many_rows_is_told_once(bring: Bring) -> None:
    with pytest.raises(ImportRefused) as refused:
        bring(*(f"x{n},N,user{n},user{n}@example.com,,,,,,," for n in range(300)))
    assert str(refused.value).splitlines() == [
        'customers.csv: line 2, column customer_number: "x0" is not a customer number. Use 1 to 18 digits. '
        "The same kind in lines 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and more; in all: 300.",
        "Nothing was imported.",
    ]


def test_fifty_kinds_of_problems_are_printed_and_the_rest_is_counted(bring: Bring) -> None:
    with pytest.raises(ImportRefused) as refused:
        bring(ALICE, head=",".join([HEAD, *(f"other{n}" for n in range(60))]))
    lines = str(refused.value).splitlines()
    assert lines[-2:] == ["customers.csv: Further problems: 10.", "Nothing was imported."]


def test_an_error_in_the_middle_of_saving_leaves_nothing(bring: Bring) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no mail today")

    bring.file.write_text(f"{HEAD}\n{ALICE}\n")
    with pytest.raises(RuntimeError):
        import_file(bring.file, bring.database, partial(a_scope, config=bring.config, now=NOON), invite=fail)
    assert bring.rows() == [0, 0, 0, 0]


def test_each_user_without_a_password_is_invited_once(bring: Bring) -> None:
    invited: list[tuple[str, str]] = []

    def invite(_scope: Scope, person: User, customer: Account) -> None:
        invited.append((person.username, customer.number))

    rows = [ALICE, BOB, "9101,Two,alice1,alice1@example.com,,,,,,,", f"9102,Three,carol,c@example.com,,,,,,,{PASSWORD}"]
    bring.file.write_text("\n".join([HEAD, *rows]))
    did = import_file(bring.file, bring.database, partial(a_scope, config=bring.config, now=NOON), invite=invite)
    assert sorted(invited) == [("alice1", "9100"), ("bob1", "9100")]
    assert did.invited == 2


def test_nobody_is_invited_who_could_not_sign_in(bring: Bring) -> None:
    """Only customer numbers sign in, and each names the owner of its account."""
    config = Config(login=Login(identifiers=("customer_number",)), users=Users(enabled=False))
    invited: list[tuple[str, str]] = []

    def invite(_scope: Scope, person: User, customer: Account) -> None:
        invited.append((person.username, customer.number))

    rows = [ALICE, BOB, "9101,Two,carol,c@example.com,,,,,,,", "9102,Three,bob1,bob1@example.com,,,,,,,"]
    bring.file.write_text("\n".join([HEAD, *rows]))
    import_file(bring.file, bring.database, partial(a_scope, config=config, now=NOON), invite=invite)
    assert sorted(invited) == [("alice1", "9100"), ("bob1", "9102"), ("carol", "9101")]


def test_the_sample_customers_fit_every_preset(any_database: Database, preset: Config) -> None:
    imported = import_file(SAMPLES / "customers.csv", any_database, partial(a_scope, config=preset, now=NOON))
    assert imported.users_added >= 200


def test_the_sample_of_shared_emails_fits_where_email_does_not_sign_in(database: Database) -> None:
    file = SAMPLES / "customers-shared-email.csv"
    imported = import_file(file, database, partial(a_scope, config=BY_USERNAME, now=NOON))
    assert imported.users_added == 12


def test_the_samples_hold_reserved_domains_only() -> None:
    for name in ("customers.csv", "customers-shared-email.csv"):
        for line in (SAMPLES / name).read_text("utf-8").splitlines()[1:]:
            cells = line.split(",")
            for domain in [cells[3].partition("@")[2], *cells[7].split()]:
                assert domain.rpartition(".")[2] in {"example", "test"} or domain in {
                    "example.com", "example.net", "example.org",
                }  # fmt: skip


def test_a_password_is_set_only_where_there_is_none(bring: Bring, db: Session) -> None:
    bring(f"{ALICE}{PASSWORD}", BOB)
    did = bring(f"{ALICE}another long password", f"{BOB}another long password")
    assert passwords.verify(PASSWORD, user(db, "alice1").password_hash)
    assert passwords.verify("another long password", user(db, "bob1").password_hash)
    assert did.passwords_set == 1
    assert did.passwords_kept == 1


def test_whoever_gets_another_password_is_told_by_mail(bring: Bring, db: Session) -> None:
    bring(f"{ALICE}{PASSWORD}", BOB)
    asked: dict[str, Any] = {"replaces_passwords": True}
    did = bring(f"{ALICE}another long password", f"{BOB}another long password", **asked)
    assert passwords.verify("another long password", user(db, "alice1").password_hash)
    mails = [(mail.mail, mail.recipient) for mail in db.scalars(select(OutboxMail))]
    assert mails == [("password.changed", "Alice1@example.com")]
    assert did.passwords_set == 2


def test_an_old_file_with_everything_in_it_changes_nothing_and_says_so(bring: Bring, db: Session) -> None:
    bring(f"{ALICE}{PASSWORD}", BOB)
    before = bring.everything()
    assert bring(f"{ALICE}{PASSWORD}", BOB).is_same
    assert bring(f"{ALICE}another long password", BOB).is_same
    assert bring.everything() == before


def test_no_password_is_hashed_that_will_not_be_set(bring: Bring) -> None:
    told: list[tuple[str, int, int]] = []
    bring(f"{ALICE}{PASSWORD}")
    bring(f"{ALICE}another long password", progress=lambda *what: told.append(what))
    assert "Hashed passwords" not in {what for what, _, _ in told}


def rename(db: Session, was: str, now_called: str) -> User:
    person = user(db, was)
    person.username = person.username_key = now_called
    usernames.reserve_former(a_scope(db, now=NOON), was, user=person)
    db.commit()
    return person


@pytest.mark.parametrize("by_email", [True, False])
def test_an_old_user_name_with_the_users_address_is_that_user(bring: Bring, db: Session, by_email: bool) -> None:
    config = bring.config if by_email else BY_USERNAME
    bring(ALICE, BOB, config=config)
    alice = rename(db, "alice1", "alicia")
    did = bring(ALICE.replace("Alice,", "Alicia,"), BOB, config=config)
    db.refresh(alice)
    assert bring.rows()[0] == 2
    assert alice.username == "alicia"
    assert alice.first_name == "Alicia"
    assert did.renamed == [("alice1", "alicia")]
    assert did.users_changed == 1


def test_an_old_user_name_with_another_address_is_nobody_elses(bring: Bring, db: Session) -> None:
    bring(ALICE)
    rename(db, "alice1", "alicia")
    assert bring.refused("9101,Two,alice1,other@example.com,,,,,,,") == [(2, "username")]


def test_an_old_user_name_that_is_free_by_now_is_a_new_users(bring: Bring, db: Session) -> None:
    bring(ALICE)
    person = user(db, "alice1")
    person.username = person.username_key = "alicia"
    usernames.reserve_former(a_scope(db, now=NOON - usernames.RESERVED_FOR * 2), "alice1", user=person)
    db.commit()
    assert bring("9101,Two,alice1,other@example.com,,,,,,,").users_added == 1


def test_an_old_and_a_new_name_of_one_user_in_a_file_are_told(bring: Bring, db: Session) -> None:
    bring(ALICE, config=BY_USERNAME)
    rename(db, "alice1", "alicia")
    rows = ALICE, ALICE.replace("alice1,", "alicia,")
    assert bring.refused(*rows, config=BY_USERNAME) == [(2, "username")]


@pytest.mark.parametrize("config", [Config(), BY_USERNAME], ids=["email signs in", "user name signs in"])
def test_nobody_gets_a_double_in_their_account_once_their_old_name_is_forgotten(
    bring: Bring, db: Session, config: Config
) -> None:
    bring(ALICE, config=config)
    person = user(db, "alice1")
    person.username = person.username_key = "alicia"
    db.commit()
    before = bring.rows()
    with pytest.raises(ImportRefused, match='Write "alicia" as the user name'):
        bring(ALICE, config=config)
    assert bring.rows() == before


def test_whoever_was_removed_is_not_brought_back_but_told(bring: Bring, personas: Personas, db: Session) -> None:
    place = db.scalars(select(Membership).where(Membership.user_id == personas.bob.id)).one()
    db.delete(place)
    db.commit()
    row = "9000,,bob,bob@example.com,,,,,,,"
    assert bring(row).left_out == [("bob", "9000")]
    assert bring.rows()[2] == 2
    assert bring(row, rejoins=True).places_added == 1


def test_a_new_user_joins_and_a_known_one_may_found_an_account(bring: Bring, personas: Personas) -> None:
    did = bring("9000,,dora,dora@example.com,,,,,,,", "9009,Bob's own,bob,bob@example.com,,,,,,,")
    assert did.left_out == []
    assert did.users_added == 1
    assert did.accounts_added == 1


def test_whoever_was_left_out_is_not_invited(bring: Bring, personas: Personas, db: Session) -> None:
    db.delete(db.scalars(select(Membership).where(Membership.user_id == personas.bob.id)).one())
    personas.bob.password_hash = None
    db.commit()
    invited: list[str] = []
    bring("9000,,bob,bob@example.com,,,,,,,", invite=lambda person, *_: invited.append(person.username))
    assert invited == []


def test_an_address_that_was_never_proven_is_not_proven_by_a_file(
    bring: Bring, personas: Personas, db: Session
) -> None:
    personas.bob.email_verified_at = None
    db.commit()
    bring("9000,,bob,bob@example.com,Bo,,,,,,")
    db.refresh(personas.bob)
    assert personas.bob.email_verified_at is None
    assert personas.bob.first_name == "Bo"


def test_the_way_people_write_their_name_and_address_stays(bring: Bring, db: Session) -> None:
    bring(ALICE)
    bring("9100,,ALICE1,alice1@EXAMPLE.com,,,,,,,")
    assert user(db, "alice1").username == "alice1"
    assert user(db, "alice1").email == "Alice1@example.com"


def domains(db: Session) -> dict[str, str]:
    db.expire_all()
    return dict(db.execute(select(Domain.key, Account.number).join(Account)).all())  # type: ignore[arg-type]


THREE = (
    "9100,A,a,a@example.com,,,,one.test,,,", "9101,B,b,b@example.com,,,,two.test,,,",
    "9102,C,c,c@example.com,,,,three.test,,,",
)  # fmt: skip


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    "moved",
    [
        ("two.test", "one.test", "three.test"),
        ("two.test", "three.test", "one.test"),
        ("new.test", "one.test two.test", "three.test"),
        ("-", "one.test", "two.test three.test"),
        ("three.test two.test one.test", "-", "-"),
    ],
)
def test_domains_change_hands_in_one_file_in_any_order(
    bring: Bring, db: Session, order: int, moved: tuple[str, ...]
) -> None:
    bring(*THREE)
    ids = dict(db.execute(select(Domain.key, Domain.id)).all())  # type: ignore[arg-type]
    rows = [row.replace(row.split(",")[7], now_theirs) for row, now_theirs in zip(THREE, moved, strict=True)]
    bring(*rows[::order])
    wanted = {key: f"910{n}" for n, keys in enumerate(moved) for key in keys.split() if key != "-"}
    assert domains(db) == wanted
    assert {ids[key] for key in wanted if key in ids} <= set(db.scalars(select(Domain.id)))


def test_a_domain_that_goes_to_a_new_account_is_told(bring: Bring, db: Session) -> None:
    bring("9000,Ortega,ana,ana@example.com,,,,ortega.example,,,")
    did = bring("9006,New,fe,fe@example.com,,,,ortega.example,,,", "9000,,ana,ana@example.com,,,,other.example,,,")
    assert domains(db) == {"ortega.example": "9006", "other.example": "9000"}
    assert did.moved == [("ortega.example", "9000", "9006")]


def test_the_last_domain_is_removed_by_a_hyphen_and_told(bring: Bring, db: Session) -> None:
    bring(ALICE)
    assert bring("9100,,alice1,alice1@example.com,,,,-,,,").moved == [("ortega.test", "9100", "")]
    assert domains(db) == {}
    assert bring("9100,,alice1,alice1@example.com,,,,-,,,").is_same


def test_a_row_that_removes_what_another_lists_is_told(bring: Bring) -> None:
    assert bring.refused(ALICE, "9100,,bob1,bob1@example.com,,,,-,,,") == [(3, "domains")]


@pytest.mark.parametrize(
    ("column", "cell", "wanted"),
    [
        ("locale", "ES", "es"), ("locale", "Español", "es"), ("plan", "Trial", "trial"), ("plan", "Prueba", "trial"),
        ("plan_expires", "2026/12/01", date(2026, 12, 1)), ("plan_expires", "2026-12-01 00:00:00", date(2026, 12, 1)),
        ("plan_expires", "2026-12-1", date(2026, 12, 1)), ("customer_number", "9100.0", "9100"),
        ("customer_number", "'9100", "9100"), ("customer_number", '"=""09100"""', "9100"),
        ("domains", '"ortega.test\nb.test"', ("ortega.test", "b.test")), ("domains", '"ortega.test; b.test"',
        ("ortega.test", "b.test")), ("email", "Alice1@Example.com\u200b", "Alice1@example.com"),
        ("account_name", '"Ortega\nBakery"', "Ortega Bakery"), ("plan_expires", "Never", "never"),
    ],
)  # fmt: skip
def test_cells_are_understood_as_spreadsheets_write_them(bring: Bring, column: str, cell: str, wanted: object) -> None:
    good = dict(zip(COLUMNS, f"{ALICE},".split(","), strict=True))
    bring.file.write_text("\n".join([HEAD, ",".join({**good, column: cell}.values())]))
    read = importing.read(bring.file, bring.config)
    assert [getattr(row, column) for row in read.rows] == [wanted], read.problems


@pytest.mark.parametrize(
    ("column", "cell"),
    [("customer_number", "9.100"), ("customer_number", "1,23E+11"), ("plan_expires", "01/12/2026"),
     ("plan_expires", "1-12-2026"), ("plan_expires", "46357")],
)  # fmt: skip
def test_what_could_mean_two_things_is_not_guessed(bring: Bring, column: str, cell: str) -> None:
    good = dict(zip(COLUMNS, f"{ALICE},".split(","), strict=True))
    cell = f'"{cell}"' if "," in cell else cell
    assert bring.refused(",".join({**good, column: cell}.values())) == [(2, column)]


LABELS = "Número de cliente;Nombre o empresa;Usuario;Correo electrónico;Nombre;Apellidos;Idioma;Dominios;Plan"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_columns_may_be_called_by_their_labels(bring: Bring, db: Session, encoding: str) -> None:
    account_name = next(iter(labels.called("profile.account.name", {}) & spanish()))
    until = next(iter(labels.called("subscription.page.until", {}) & spanish()))
    head = LABELS.replace("Nombre o empresa", account_name)
    row = ";".join(ALICE.replace("Ortega,es", "Núñez,es").split(",")[:10])
    bring.bytes(f"sep=;\r\n{head};{until};;\r\n{row};;\r\n;;;\r\n".encode(encoding))
    assert account(db).plan_expires_on == date(2026, 12, 1)
    assert user(db, "alice1").last_name == "Núñez"


def spanish() -> set[str]:
    return set(labels.catalog(labels.CATALOGS, "es").values())


@pytest.mark.parametrize(
    "id_", sorted({id_ for ids in reading.ALSO_CALLED.values() for id_ in ids} | {*reading.PLANS.values()})
)
def test_the_elements_that_name_columns_exist(id_: str) -> None:
    assert labels.called(id_, {})


def test_a_workbook_is_told_so(bring: Bring) -> None:
    with pytest.raises(ImportRefused, match="is a workbook or a web page"):
        bring.bytes(b"PK\x03\x04rest")


def test_rows_of_separators_and_empty_columns_are_nothing(bring: Bring) -> None:
    assert bring(f"{ALICE},,", ",,,,,,,,,,", ",,", head=f"{HEAD},,").users_added == 1


def test_progress_is_told_while_a_file_is_read_checked_and_saved(bring: Bring) -> None:
    told: list[tuple[str, int, int]] = []
    rows = [f"{n},A{n},u{n}x,u{n}@example.com,,,,,,," for n in range(1, 1201)]
    bring(*rows, progress=lambda *what: told.append(what))
    assert ("Read rows", 1000, 0) in told
    assert {("Checked rows", 1200, 1200), ("Saved users", 1200, 1200), ("Saved rows", 1200, 1200)} <= set(told)


def test_two_thousand_rows_take_a_bounded_number_of_statements(bring: Bring) -> None:
    heard: list[str] = []
    rows = [f"{n},A{n},u{n}x,u{n}@example.com,,,,d{n}.test,,," for n in range(1, 2001)]

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    event.listen(bring.database.engine, "before_cursor_execute", hear)
    bring(*rows)
    event.remove(bring.database.engine, "before_cursor_execute", hear)
    assert len(heard) < 120


def test_an_import_is_the_same_on_every_database(any_database: Database, tmp_path: Path) -> None:
    bring = Bring(tmp_path / "customers.csv", any_database, Config())
    bring(*THREE, f"9103,D,d,d@example.com,D,,es,four.test,trial,2026-12-01,{PASSWORD}")
    did = bring(
        *(row.replace("one.test", "x").replace("two.test", "one.test").replace(",x,", ",two.test,") for row in THREE)
    )
    assert len(did.moved) == 2
    assert bring(f"9103,D,d,d@example.com,D,,es,four.test,trial,2026-12-01,{PASSWORD}").is_same


# Hashes that other systems made.

MOVED = "$2y$04$" + "abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzABCDE"


def test_a_hash_of_another_system_is_kept_as_it_is(bring: Bring, db: Session) -> None:
    did = bring(f"{ALICE},{MOVED}")
    assert user(db, "alice1").password_hash == MOVED
    assert did.passwords_set == 1
    assert user(db, "alice1").password_changed_at == NOON


def test_what_wrong_tries_cost_is_noted_with_the_hashes(bring: Bring, db: Session) -> None:
    bring(f"{ALICE},{MOVED}")
    assert [(one.family, one.units) for one in db.scalars(select(PasswordWork))] == [("bcrypt", 16)]


def test_an_old_file_does_not_bring_an_old_hash_back(bring: Bring, db: Session) -> None:
    bring(f"{ALICE},{MOVED}")
    user(db, "alice1").password_hash = ours = passwords.hashed("a password of alice alone")
    db.commit()
    did = bring(f"{ALICE},{MOVED}")
    db.expire_all()
    assert user(db, "alice1").password_hash == ours
    assert did.passwords_kept == 1


def test_the_same_file_again_changes_nothing_of_a_hash(bring: Bring) -> None:
    bring(f"{ALICE},{MOVED}")
    assert bring(f"{ALICE},{MOVED}", replaces_passwords=True).is_same


def test_who_brings_a_hash_is_not_invited(bring: Bring) -> None:
    assert bring(f"{ALICE},{MOVED}", invite=lambda *_: None).invited == 0


@pytest.mark.parametrize(
    "cell", ["md5$salt$5f4dcc3b5aa765d61d8327deb882cf99", "$2b$31$" + "A" * 53, "secret", "$1$a$b", "shout:ABC"]
)
def test_a_hash_that_cannot_be_checked_is_named_by_line(bring: Bring, cell: str) -> None:
    assert bring.refused(f"{ALICE},{cell}") == [(2, "password_hash")]


@pytest.mark.parametrize(
    "cell", [MOVED, "scrypt:32768:8:1$a$b", "5f4dcc3b5aa765d61d8327deb882cf99", "{SSHA}0c0blFTXXN"]
)
def test_a_hash_in_the_column_of_passwords_is_named_by_line(bring: Bring, cell: str) -> None:
    assert bring.refused(ALICE + cell) == [(2, "password")]


@pytest.mark.parametrize(("place", "column"), [(1, "account_name"), (4, "first_name"), (5, "last_name")])
def test_a_hash_where_pages_would_show_it_is_named_by_line(bring: Bring, place: int, column: str) -> None:
    cells = ALICE.split(",")
    cells[place] = MOVED
    assert bring.refused(",".join(cells)) == [(2, column)]


def test_a_password_and_a_hash_are_not_both_given(bring: Bring) -> None:
    assert bring.refused(f"{ALICE}a long password of hers,{MOVED}") == [(2, "password_hash")]


def test_two_rows_of_a_user_bring_one_hash(bring: Bring) -> None:
    other = ALICE.replace("9100", "9101").replace("ortega.test", "other.test")
    assert bring.refused(f"{ALICE},{MOVED}", f"{other},{MOVED[:-2]}DF") == [(3, "password_hash")]


def test_no_problem_repeats_the_hash(bring: Bring) -> None:
    with pytest.raises(ImportRefused) as refused:
        bring(f"{ALICE},$2b$31$" + "A" * 53)
    assert "AAAA" not in str(refused.value)


def test_a_scheme_of_the_hosts_is_taken(bring: Bring, db: Session) -> None:
    with hashes.knowing({"shout": lambda _hash, _password: True}):
        bring(f"{ALICE},shout:ABC")
    assert user(db, "alice1").password_hash == "shout:ABC"
