from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from flask_acct import cli, features, public, requires
from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.db import schema
from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import Account, OutboxMail, User
from flask_acct.importing import COLUMNS
from flask_acct.testing.records import add_user
from flask_acct.values.keys import Keys
from flask_acct.web.state import State

from .scopes import a_scope

PRESETS = Path(configuration.__file__).parents[1] / "presets"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The commands run in a folder of their own, away from any setting of the developer's."""
    monkeypatch.chdir(tmp_path)
    for name in ("ACCT_CONFIG", "FLASK_APP"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.acct, arguments)


@pytest.fixture
def app(database: Database, config: Config, keys: Keys, now: datetime) -> Flask:
    """The least an app needs for the commands that use one."""
    platform = features.platform(config)
    app = Flask("host")
    app.cli.add_command(cli.acct)
    app.extensions["acct"] = State(platform, {None: platform}, database, keys, lambda: now)
    return app


def on(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["acct", *arguments])


@pytest.mark.parametrize("preset", configuration.presets())
def test_what_a_configuration_means_is_said_of_one_day_as_of_many(folder: Path, preset: str) -> None:
    text = (PRESETS / f"{preset}.toml").read_text("utf-8")
    of_one = re.sub(r"(?m)^((?:trial|\w*_)?(?:days|hours)) = \d+", r"\1 = 1", text)
    (folder / "acct.toml").write_text(of_one, "utf-8")
    said = run("check", "acct.toml").output
    assert re.search(r"\b1 (?:day|hour)\b", said)
    assert re.findall(r"\b1 \w+s\b", said) == []


def test_the_commands_are_part_of_flask() -> None:
    from importlib.metadata import entry_points

    (found,) = entry_points(group="flask.commands", name="acct")
    assert found.load() is cli.acct


@pytest.mark.parametrize("preset", configuration.presets())
def test_init_writes_a_preset_with_its_comments_that_check_accepts(folder: Path, preset: str) -> None:
    made, checked = run("init", "--preset", preset), run("check")
    assert made.exit_code == 0, made.output + checked.output
    assert checked.exit_code == 0, made.output + checked.output
    assert "\n# " in (folder / "acct.toml").read_text("utf-8")


def test_init_does_not_overwrite(folder: Path) -> None:
    (folder / "acct.toml").write_text("mine")
    refused = run("init")
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert (folder / "acct.toml").read_text() == "mine"


def test_init_overwrites_when_forced(folder: Path) -> None:
    (folder / "acct.toml").write_text("mine")
    assert run("init", "--force").exit_code == 0
    assert (folder / "acct.toml").read_text() != "mine"


def test_init_lists_the_presets_when_it_does_not_know_one(folder: Path) -> None:
    refused = run("init", "--preset", "nope")
    assert all(preset in refused.output for preset in configuration.presets())
    assert refused.exit_code == 1
    assert not (folder / "acct.toml").exists()


def test_check_prints_each_problem_on_a_line_of_its_own(folder: Path) -> None:
    (folder / "acct.toml").write_text('[session]\nidle_minuts = 3\n[brand]\naccent = "blue"\n')
    refused = run("check")
    lines = refused.output.splitlines()
    assert refused.exit_code == 1
    assert len(lines) == 2
    assert all(line.startswith("acct.toml") for line in lines)
    assert "idle_minutes" in refused.output


def test_check_finds_a_wording_for_an_element_that_does_not_exist(folder: Path) -> None:
    (folder / "acct.toml").write_text('[labels.es]\n"login.form.submitt" = "Entrar"\n')
    refused = run("check")
    assert refused.exit_code == 1
    assert len(refused.output.splitlines()) == 1
    assert "login.form.submit" in refused.output.replace("submitt", "")


def test_check_says_what_the_configuration_means() -> None:
    said = run("check", "email-marketing").output
    assert all(word in said for word in ("user name", "temporary password", "es_AR", "20 days", "basico"))


@pytest.mark.parametrize(
    ("signup", "says"),
    [
        ("enabled = false", "nobody by themselves"),
        ("enabled = true", "whoever proves an address, by a link for 24 hours; a trial account without end"),
        (
            'enabled = true\naccount = "none"\ndomains = ["a.example"]',
            "an address at a.example, by a link for 24 hours",
        ),
        ('enabled = true\nmode = "invitation"', "users come by invitation"),
        ('enabled = true\nmode = "closed"', "nobody now"),
    ],
)
def test_check_says_who_may_sign_up(folder: Path, signup: str, says: str) -> None:
    (folder / "acct.toml").write_text(f"[signup]\n{signup}\n")
    assert says in run("check").output


def test_check_reads_the_file_acct_config_names(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("ACCT_CONFIG", "customer-panel")
    assert "customer number" in run("check").output


def test_check_names_each_route_of_the_app_that_says_nothing_about_who_may_open_it(app: Flask) -> None:
    app.add_url_rule("/invoices", "invoices", lambda: "open")
    app.add_url_rule("/orders", "orders", requires("order")(lambda: "open"))
    app.add_url_rule("/plans", "plans", public(lambda: "open"))
    refused = on(app, "check", "client-area")
    assert refused.exit_code == 1
    assert [line.split()[0] for line in refused.output.splitlines()] == ["/invoices", "/orders"]
    assert 'Did you mean "orders"?' in refused.output


def test_check_is_content_once_every_route_has_a_rule(app: Flask) -> None:
    app.add_url_rule("/invoices", "invoices", requires("invoices")(lambda: "open"))
    checked = on(app, "check", "client-area")
    assert checked.exit_code == 0, checked.output
    assert "each says who may open it" in checked.output, checked.output


def test_check_says_that_it_was_told_of_no_app() -> None:
    assert "flask --app yourapp acct check" in run("check", "client-area").output


def test_check_says_how_to_get_a_file_when_there_is_none() -> None:
    refused = run("check")
    assert refused.exit_code == 1
    assert "flask acct init" in refused.output


def test_check_lists_every_element_with_its_english_words() -> None:
    listed = run("check", "client-area", "--elements").output.splitlines()
    assert "login.form.submit\tSign in" in listed
    assert len(listed) == len(features.declare(configuration.preset("client-area").on(None)).texts)


def test_schema_is_json_that_knows_the_keys() -> None:
    printed = run("schema")
    assert "idle_minutes" in json.dumps(json.loads(printed.output))


def test_upgrade_makes_the_tables(folder: Path, app: Flask) -> None:
    engine = open_engine(f"sqlite:///{folder / 'new.db'}")
    app.extensions["acct"].database = Database(engine)
    done = on(app, "upgrade")
    current = schema.is_current(engine)
    engine.dispose()
    assert done.exit_code == 0, done.output
    assert current, done.output


@pytest.mark.parametrize("command", [("import", "customers.csv"), ("post", "--status"), ("post", "--once")])
def test_a_command_on_a_database_without_tables_says_to_upgrade(folder: Path, app: Flask, command: list[str]) -> None:
    write(folder, "9100,Ortega,ann,ann@example.com,,,,,,,")
    engine = open_engine(f"sqlite:///{folder / 'new.db'}")
    app.extensions["acct"].database = Database(engine)
    refused = on(app, *command)
    engine.dispose()
    assert refused.exit_code == 1, refused.output
    assert "flask acct upgrade" in refused.output, refused.output


def test_a_database_that_cannot_be_opened_is_told_without_a_traceback(folder: Path, app: Flask) -> None:
    app.extensions["acct"].database = Database(open_engine(f"sqlite:///{folder / 'nowhere' / 'new.db'}"))
    refused = on(app, "upgrade")
    assert "unable to open database file\nCheck ACCT_DATABASE_URL." in refused.output


def test_upgrade_refuses_a_shared_email_without_a_traceback(app: Flask, database: Database, now: datetime) -> None:
    other = Config.model_validate({"login": {"identifiers": ["username"]}})
    with database.session() as db, db.begin():
        for name in ("ann", "ben"):
            add_user(a_scope(db, config=other, now=now), "both@example.com", username=name)
    refused = on(app, "upgrade")
    assert refused.exit_code == 1
    assert "both@example.com: ann, ben" in refused.output
    assert "Traceback" not in refused.output


def write(folder: Path, *rows: str) -> str:
    file = folder / "customers.csv"
    file.write_text("\n".join([",".join(COLUMNS), *rows]), "utf-8")
    return str(file)


def test_import_brings_the_file_in_and_sends_nothing(app: Flask, folder: Path, database: Database) -> None:
    done = on(app, "import", write(folder, "9100,Ortega,ann,ann@example.com,,,,,,,"))
    assert done.exit_code == 0, done.output
    with database.session() as db:
        assert len(db.scalars(select(User)).all()) == 1, done.output
        assert len(db.scalars(select(OutboxMail)).all()) == 0, done.output
    assert "Users: 1 added" in done.output


def test_import_invites_when_asked(app: Flask, folder: Path, database: Database) -> None:
    done = on(app, "import", "--invite", write(folder, "9100,Ortega,ann,ann@example.com,,,,,,,"))
    with database.session() as db:
        mails = [(mail.mail, mail.recipient, mail.customer_number) for mail in db.scalars(select(OutboxMail))]
    assert done.exit_code == 0, done.output
    assert mails == [("accounts.activation", "ann@example.com", "9100")], done.output


def test_import_tells_a_bad_row_and_leaves_with_1(app: Flask, folder: Path) -> None:
    refused = on(app, "import", write(folder, "9100,Ortega,ann,nobody,,,,,,,"))
    assert refused.exit_code == 1
    assert 'customers.csv: line 2, column email: "nobody" is not an email address.' in refused.output
    assert refused.output.endswith("Nothing was imported.\n")


def test_import_tells_what_an_old_file_does_not_bring_back(app: Flask, folder: Path) -> None:
    row = "9100,Ortega,ann,ann@example.com,,,,a.example b.example,,,{}"
    first = on(app, "import", write(folder, row.format("a very long password")))
    assert "Passwords set: 1." in first.output
    again = on(app, "import", write(folder, row.format("another long password")))
    assert "Nothing was changed: everything in it is here already." in again.output
    assert "Passwords left as they are, because their users have one: 1. See --passwords." in again.output
    insisted = on(app, "import", "--passwords", write(folder, row.format("another long password")))
    assert "Passwords set: 1." in insisted.output


def test_import_names_domains_that_went_and_users_it_left_out(app: Flask, folder: Path, database: Database) -> None:
    on(app, "import", write(folder, "9100,Ortega,ann,ann@example.com,,,,a.example b.example,,,"))
    on(app, "import", write(folder, "9101,Sala,bo,bo@example.com,,,,,,,"))
    done = on(app, "import", write(folder, "9100,,bo,bo@example.com,,,,b.example,,,"))
    assert "Domains removed: a.example (9100)." in done.output
    assert "Left out, because they are users and not in the account (any more): bo (9100). See --rejoin." in done.output
    assert "bo" not in on(app, "import", "--rejoin", write(folder, "9100,,bo,bo@example.com,,,,,,,")).output
    with database.session() as db:
        assert len(db.scalars(select(Account).where(Account.number == "9100")).one().memberships) == 2


def test_import_says_that_it_took_a_file_for_windows_1252(app: Flask, folder: Path) -> None:
    file = Path(write(folder, "9100,Ortega,ann,ann@example.com,,,,,,,"))
    file.write_bytes(file.read_text("utf-8").replace("Ortega", "Núñez").encode("cp1252"))
    assert "customers.csv is in Windows-1252" in on(app, "import", str(file)).output


def test_import_says_how_far_it_is(app: Flask, folder: Path) -> None:
    rows = "\n".join(f"{n},A{n},u{n}x,u{n}@example.com,,,,,,," for n in range(1, 6001))
    told = on(app, "import", write(folder, rows)).output
    assert all(what in told for what in ("Read rows: 5,000.", "Checked rows: 5,000 of 6,000.", "Saved users: 6,000 of"))


def test_add_account_lets_a_known_user_into_an_account_that_is_there(app: Flask, folder: Path) -> None:
    on(app, "import", write(folder, "9100,Ortega,ann,ann@example.com,,,,,,,\n9101,Sala,bo,bo@example.com,,,,,,,"))
    done = on(app, "add-account", "--customer-number", "9100", "--username", "bo", "--email", "bo@example.com")
    assert done.exit_code == 0, done.output
    assert "Left out" not in done.output, done.output


def test_add_account_invites_the_owner(app: Flask, database: Database) -> None:
    done = on(app, "add-account", "--customer-number", "9000", "--name", "Ortega", "--username", "ann", "--email",
              "ann@example.com", "--locale", "es", "--domain", "a.example", "--domain", "b.example", "--plan", "trial",
              "--expires", "2026-12-01")  # fmt: skip
    with database.session() as db:
        made = db.scalars(select(Account)).one()
        assert made.number == "9000"
        assert made.plan == "trial"
        assert len(made.domains) == 2
        assert made.memberships[0].is_owner
        assert [mail.mail for mail in db.scalars(select(OutboxMail))] == ["accounts.activation"]
    assert done.exit_code == 0, done.output


def test_add_account_names_the_option_that_is_wrong(app: Flask) -> None:
    refused = on(app, "add-account", "--customer-number", "9000", "--username", "ann", "--email", "x")
    assert refused.exit_code == 1
    assert [line.split(":")[0] for line in refused.output.splitlines()] == ["--email", "--name"]


def test_a_command_of_a_missing_extra_says_how_to_install_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "half_there.py").write_text("import playwright_is_not_here\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setitem(cli.ELSEWHERE, "kb", "half_there:kb")
    monkeypatch.setitem(cli.EXTRAS, "playwright_is_not_here", "verify")
    helped, refused = run("--help"), run("kb", "verify", "--shots")
    sys.modules.pop("half_there", None)
    assert helped.exit_code == 0
    assert refused.exit_code == 1
    assert 'pip install "flask_acct[verify]"' in refused.output


def test_a_bug_in_a_late_command_is_not_hidden(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "broken_there.py").write_text("import no_such_module_of_ours\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setitem(cli.ELSEWHERE, "kb", "broken_there:kb")
    assert isinstance(run("kb").exception, ModuleNotFoundError)


def test_an_app_without_flask_acct_is_told_what_to_call() -> None:
    bare = Flask("bare")
    bare.cli.add_command(cli.acct)
    refused = on(bare, "upgrade")
    assert refused.exit_code == 1
    assert "acct.init_app(app)" in refused.output


def test_downgrade_asks_and_goes_back(app: Flask) -> None:
    refused = app.test_cli_runner().invoke(args=["acct", "downgrade", "0001"], input="n\n")
    assert refused.exit_code == 1
    assert schema.is_current(app.extensions["acct"].database.engine)
    done = on(app, "downgrade", "0001", "--yes")
    assert done.exit_code == 0, done.output
    assert "revision 0001" in done.output, done.output
    assert schema.current(app.extensions["acct"].database.engine) == "0001"


def test_downgrade_says_where_it_can_go(app: Flask) -> None:
    refused = on(app, "downgrade", "9999", "--yes")
    assert refused.exit_code == 1
    assert "There are" in refused.output or "Did you mean" in refused.output
