"""The same from a shell, by the same functions, in the same log."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select

from flask_acct.db.models import AuditEntry, SupportCase, User

from ..web.conftest import make  # noqa: F401
from ..web.site import Build, Site
from ..web.test_staff import with_staff

PAGE = Path(__file__).parents[2] / "kb" / "operators" / "staff-area.md"


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
    page = PAGE.read_text("utf-8").replace("ana@bakery.example", "alice").replace(" 1002", " 9000")
    commands = re.findall(r"^\./acct ((?:staff|user|account|requests|audit) .*?)(?: >.*)?$", page, re.MULTILINE)
    failed = {one: said.output for one in commands if (said := run(office, *shlex.split(one))).exit_code}
    assert len(commands) > 25
    assert failed == {}


def test_an_address_changes_from_a_shell_only_where_there_is_a_staff_area(make: Build) -> None:  # noqa: F811
    site = make()
    refused = run(site, "user", "change-address", "alice", "a@new.example", "--reason", "x")
    assert "[staff] enabled = true" in refused.output
    with site.acct.database.session() as db:
        assert db.scalars(select(User.email).where(User.username == "alice")).one() == "alice@example.com"
