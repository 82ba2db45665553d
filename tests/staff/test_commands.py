"""The same from a shell, by the same functions, in the same log."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_acct import signals
from flask_acct.db.models import AuditEntry, OutboxMail, SupportCase, User

from ..web.conftest import make  # noqa: F401
from ..web.site import Build, Site
from ..web.test_staff import with_staff

PAGE = Path(__file__).parents[2] / "kb" / "operators" / "staff-area.md"
PRIVACY = PAGE.with_name("gdpr.md")


@pytest.fixture
def office(make: Build) -> Site:  # noqa: F811
    return make(with_staff())


def run(site: Site, *arguments: str) -> Result:
    return site.app.test_cli_runner().invoke(args=["acct", *arguments])


def log(site: Site) -> list[str]:
    with site.acct.database.session() as db:
        return [f"{one.act} {one.on_name}: {one.reason}" for one in db.scalars(select(AuditEntry))]


def test_a_colleague_gets_a_link_and_signs_in(office: Site) -> None:
    said = run(office, "staff", "add", "ada@company.example", "--role", "admin").output
    link = re.search(r"http\S+", said)
    assert link is not None
    visitor = office.visitor()
    visitor.open(f"/account{link[0].partition('/account')[2]}")
    both = {"New password": "eleven quiet foxes", "Repeat the new password": "eleven quiet foxes"}
    visitor.press("Set password", both)
    visitor.press("Sign in", {"Email address": "ada@company.example", "Password": "eleven quiet foxes"})
    assert visitor.page.screen == "staff.home"
    assert "ada@company.example  admin" in run(office, "staff", "list").output


def test_a_user_is_found_shown_disabled_and_enabled(office: Site) -> None:
    assert "alice@example.com" in run(office, "user", "search", "alic").output
    assert "9000" in run(office, "user", "show", "alice").output
    assert run(office, "user", "disable", "alice", "--reason", "fraud").output == "The user is disabled.\n"
    again = run(office, "user", "disable", "alice", "--reason", "fraud")
    assert again.exit_code == 1
    assert "This user is disabled." in again.output
    assert run(office, "user", "enable", "#1", "--reason", "a mistake").exit_code == 0
    assert log(office) == ["user.disable alice@example.com: fraud", "user.enable alice@example.com: a mistake"]


@pytest.mark.parametrize("id_", ["#", "#²", "#-1", "#99", "#" + "9" * 20, "#" + "9" * 5000])
def test_an_id_that_nobody_has_is_nobodys(office: Site, id_: str) -> None:
    refused = run(office, "user", "show", id_)
    assert refused.exit_code == 1
    assert "No single user is #" in refused.output


def test_without_a_reason_nothing_is_done(office: Site) -> None:
    assert run(office, "user", "disable", "alice").exit_code == 2
    assert run(office, "account", "close", "9000", "--reason", " ").exit_code == 1
    assert log(office) == []


def test_an_account_is_suspended_reopened_and_changed(office: Site) -> None:
    assert "Ortega Bakery" in run(office, "account", "search", "ortega.example").output
    said = run(office, "account", "suspend", "9000", "--reason", "unpaid").output
    assert said == "It was active and is suspended.\n"
    run(office, "account", "reopen", "ortega.example", "--reason", "paid")
    run(office, "account", "plan", "9000", "trial", "--expires", "2026-05-01", "--reason", "a test")
    said = run(office, "account", "domains", "9000", "new.example", "--reason", "moved").output
    assert said == "Added: new.example. Removed: ortega.example.\n"
    shown = run(office, "account", "show", "9000").output
    assert "trial, until 2026-05-01" in shown
    assert "account.state  9000: unpaid (state: suspended, was: active)" in shown


def test_a_request_is_worked_on(office: Site) -> None:
    stranger, say = office.visitor(), office.say
    stranger.open("/account/recover/request")
    fields = {"name": "Alice", "email": "a@else.example", "about": "I lost my mailbox."}
    typed = {say(f"recovery.request.{name}", "en"): value for name, value in fields.items()}
    stranger.press(say("recovery.request.submit", "en"), typed)
    office.letters()
    reference = run(office, "requests", "list").output.partition(" ")[0]
    because = ("--reason", "because")
    assert "I lost my mailbox." in run(office, "requests", "show", reference).output
    assert run(office, "requests", "answer", reference, "So.", *because).exit_code == 1
    for arguments in (("take",), ("ask", "Which invoice?"), ("verify", "alice")):
        assert run(office, "requests", arguments[0], reference, *arguments[1:], *because).exit_code == 0
    run(office, "requests", "answer", reference, "Look there.", "--send-recovery", *because)
    told = sorted(recipient for recipient, _ in office.letters())
    assert told == ["a@else.example", "a@else.example", "alice@example.com"]
    assert run(office, "requests", "list").output == ""


def test_messages_that_were_not_delivered_are_sent_again_or_discarded_by_their_numbers(office: Site) -> None:
    with office.acct.database.transaction() as db:
        not_delivered(office, db, 1, 2, 3)
    assert "#2  " in run(office, "post", "--failed").output
    because = ("--reason", "because")
    assert run(office, "mail", "retry", "#1", *because).output == "Message #1 waits to be sent.\n"
    refused = run(office, "mail", "discard", "2", "1", *because)
    assert refused.exit_code == 1
    assert "This message is not waiting for you" in refused.output
    assert "#2  " in run(office, "post", "--failed").output
    assert run(office, "mail", "discard", "2", "#3", *because).exit_code == 0
    left = run(office, "post", "--failed").output
    assert left.startswith("#1  ")
    assert len(left.splitlines()) == 1
    for number in ("99", "no number", "²", "9" * 400, "9" * 5000):
        missing = run(office, "mail", "discard", number, *because)
        assert missing.exit_code == 1
        assert f"There is no message {number}." in missing.output


def not_delivered(office: Site, db: Session, *ids: int) -> None:
    for id_ in ids:
        db.add(OutboxMail(
            id=id_, message_id=f"acct.{id_}", mail="password.changed", recipient="alice@example.com", locale="en",
            state="dead", failure="550 no such user", created_at=office.clock(), next_attempt_at=office.clock(),
        ))  # fmt: skip


def test_a_user_who_has_to_wait_is_told_by_name(office: Site) -> None:
    assert "Sign-in limited" not in run(office, "user", "show", "alice").output
    stranger = office.visitor()
    for _ in range(60):
        office.sign_in("alice", "not hers at all", stranger)
    assert "Sign-in limited:  until " in run(office, "user", "show", "alice").output


def test_the_log_is_printed_and_saved(office: Site) -> None:
    run(office, "user", "unlock", "alice", "--reason", "called")
    assert "user.unlock  alice@example.com: called" in run(office, "audit").output
    assert run(office, "audit", "--csv", "--find", "unlock").output.startswith("at,by,act,kind,on,reason,about")


def test_every_command_of_the_page_for_operators_runs(office: Site) -> None:
    with office.acct.database.transaction() as db:
        db.add(SupportCase(
            reference="R-7KQ2-M9XD", name="Alice", email="a@else.example", text="?", locale="en",
            created_at=office.clock(), changed_at=office.clock(),
        ))  # fmt: skip
        not_delivered(office, db, 7, 8, 9)
    page = PAGE.read_text("utf-8").replace("ana@bakery.example", "alice").replace(" 1002", " 9000")
    commands = re.findall(r"^\./acct ((?:staff|user|account|requests|mail|audit) .*?)(?: >.*)?$", page, re.MULTILINE)
    failed = {one: said.output for one in commands if (said := run(office, *shlex.split(one))).exit_code}
    assert len(commands) > 25
    assert failed == {}


def test_what_is_stored_about_somebody_is_printed_as_json(office: Site) -> None:
    told = json.loads(run(office, "user", "export", "alice", "--reason", "asked by post").output)
    assert told["user"]["username"] == "alice"
    told = json.loads(run(office, "account", "export", "9000").output)
    assert [one["email"] for one in told["users"]] == ["alice@example.com", "bob@example.com"]
    assert log(office) == ["user.export alice@example.com: asked by post", "account.export 9000: they asked for it"]


def test_a_user_and_a_closed_account_are_deleted_and_whom_it_takes_is_printed(office: Site) -> None:
    refused = run(office, "user", "delete", "alice", "--reason", "asked for it")
    assert refused.exit_code == 1
    assert "This user owns account 9000." in refused.output
    said = run(office, "user", "delete", "bob", "--reason", "asked for it").output
    assert said == "Deleted user Bob Ruiz (bob@example.com).\n"
    refused = run(office, "account", "delete", "9000", "--reason", "asked for it")
    assert refused.exit_code == 1
    assert "Only a closed account can be deleted." in refused.output
    run(office, "account", "close", "9000", "--reason", "asked for it")
    said = run(office, "account", "delete", "9000", "--reason", "asked for it").output
    assert "Domains:          ortega.example\n" in said
    assert "Users deleted:    Alice Ortega (alice@example.com)\n" in said
    assert said.endswith("Deleted account 9000.\nDeleted user Alice Ortega (alice@example.com).\n")
    with office.acct.database.session() as db:
        assert db.scalars(select(User.username)).all() == ["charlie"]


def test_whatever_a_user_is_called_they_are_deleted(office: Site) -> None:
    with office.acct.database.transaction() as db:
        db.get_one(User, office.people.bob.id).first_name = "{0.__class__} {Bob}"
    said = run(office, "user", "delete", "bob", "--reason", "asked for it").output
    assert said == "Deleted user {0.__class__} {Bob} Ruiz (bob@example.com).\n"


def test_receivers_hear_of_a_deletion_by_command(office: Site) -> None:
    heard: list[str] = []

    def note(_app: object, **about: object) -> None:
        heard.append(" ".join(sorted(about)))

    with signals.user_deleting.connected_to(note), signals.user_deleted.connected_to(note):
        run(office, "user", "delete", "bob", "--reason", "asked for it")
    assert heard == ["db user", "user"]


def test_a_deletion_that_failed_leaves_everything(office: Site) -> None:
    before = office.rows()
    for arguments in (("user", "delete", "alice"), ("account", "delete", "9000")):
        assert run(office, *arguments, "--reason", "asked for it").exit_code == 1
    assert office.rows() == before


def test_every_command_of_the_page_about_privacy_runs(office: Site) -> None:
    page = PRIVACY.read_text("utf-8").replace("ana@bakery.example", "bob").replace(" 1002", " 9000")
    commands = re.findall(r"^\./acct ((?:user|account) .*?)(?: >.*)?$", page, re.MULTILINE)
    failed = {one: said.output for one in commands if (said := run(office, *shlex.split(one))).exit_code}
    assert {" ".join(one.split()[:2]) for one in commands} >= {
        "user export", "user delete", "account export", "account close", "account delete",
    }  # fmt: skip
    assert failed == {}


def test_an_address_changes_from_a_shell_only_where_there_is_a_staff_area(make: Build) -> None:  # noqa: F811
    site = make()
    refused = run(site, "user", "change-address", "alice", "a@new.example", "--reason", "x")
    assert "[staff] enabled = true" in refused.output
    with site.acct.database.session() as db:
        assert db.scalars(select(User.email).where(User.username == "alice")).one() == "alice@example.com"
