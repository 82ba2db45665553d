"""What a host has under the names and paths of ours: told with the fix, at start or by ``flask acct check``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Blueprint, Flask
from flask.cli import ScriptInfo
from flask_login import LoginManager

from flask_acct import Acct, AcctError, public
from flask_acct.cli import acct
from flask_acct.config import Config
from flask_acct.web.neighbours import shadows

from ..scopes import SECRET_KEY

NAMES = ["acct", "acct_votes", "acct_help", "acct_mailbox"]


@pytest.fixture
def app(database_url: str) -> Flask:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False, ACCT_DATABASE_URL=database_url)
    return app


@pytest.mark.parametrize("name", NAMES)
def test_a_blueprint_of_one_of_our_names_before_ours_is_refused_with_the_fix(app: Flask, name: str) -> None:
    app.register_blueprint(Blueprint(name, __name__))
    with pytest.raises(AcctError, match=r"Acct\(name="):
        Acct(app, config=Config())


@pytest.mark.parametrize("name", NAMES)
def test_one_after_ours_is_refused_with_the_fix(app: Flask, name: str) -> None:
    Acct(app, config=Config())
    with pytest.raises(AcctError, match=r"Acct\(name="):
        app.register_blueprint(Blueprint(name, __name__))


def test_with_a_name_of_its_own_each_has_room(app: Flask) -> None:
    app.register_blueprint(Blueprint("acct", __name__))
    Acct(app, config=Config(), name="clients")
    app.register_blueprint(Blueprint("acct_votes", __name__))
    assert {"acct", "acct_votes", "clients", "clients_votes"} <= app.blueprints.keys()


def test_a_second_acct_is_told_how_two_client_areas_go_together(app: Flask) -> None:
    Acct(app, config=Config())
    with pytest.raises(AcctError, match=r"Acct\(name="):
        Acct(app, config=Config(), name="staff", url_prefix="/staff")


def test_nothing_is_in_the_shadow_of_anything_at_first(app: Flask) -> None:
    Acct(app, config=Config())
    app.add_url_rule("/account/orders", "orders", public(lambda: "orders"))
    assert list(shadows(app)) == []


def test_a_page_of_ours_behind_one_of_the_hosts_is_named(app: Flask) -> None:
    app.add_url_rule("/account/login", "old_login", public(lambda: "old"), methods=["GET", "POST"])
    Acct(app, config=Config())
    found = list(shadows(app))
    assert len(found) == 2
    assert all(name in line for line in found for name in ("old_login", "acct.login_form", "url_prefix"))


def test_a_page_of_the_hosts_behind_one_of_ours_is_named(app: Flask) -> None:
    Acct(app, config=Config())
    app.add_url_rule("/account/login", "their_login", public(lambda: "theirs"))
    (line,) = shadows(app)
    assert line.startswith("GET /account/login (their_login), yours, is never asked")


def test_equal_rules_by_other_names_and_converters_are_one(app: Flask) -> None:
    app.add_url_rule("/account/contacts/<int:somebody>", "theirs", public(lambda somebody: "theirs"))
    Acct(app, config=Config())
    assert any("theirs" in line and "contacts" in line for line in shadows(app))


def test_a_rule_that_gives_way_to_ours_is_not_named(app: Flask) -> None:
    """Werkzeug asks what says more first, whichever was registered first."""
    app.add_url_rule("/<path:anything>", "all", public(lambda anything: "all"), methods=["GET", "POST"])
    app.add_url_rule("/account/<page>", "pages", public(lambda page: "page"), methods=["GET", "POST"])
    Acct(app, config=Config())
    assert list(shadows(app)) == []


def test_a_rule_of_the_hosts_that_says_more_is_named_though_it_came_later(app: Flask) -> None:
    Acct(app, config=Config())
    app.add_url_rule("/account/contacts/1/change", "first_contact", public(lambda: "1"), methods=["GET", "POST"])
    found = [line for line in shadows(app) if "first_contact" in line]
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert bool(found) == any(rule.endswith("contacts/<int:contact>/change") for rule in rules)


def test_a_page_of_the_hosts_on_another_subdomain_is_not_in_the_way(database_url: str) -> None:
    app = Flask("shop", subdomain_matching=True)
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False, ACCT_DATABASE_URL=database_url)
    app.config.update(SERVER_NAME="shop.localhost")
    app.add_url_rule("/account/login", "www", public(lambda: "www"), subdomain="www", methods=["GET", "POST"])
    Acct(app, config=Config(), subdomain="clients")
    assert list(shadows(app)) == []
    app.add_url_rule("/account/login", "late", public(lambda: "late"), subdomain="clients")
    assert [line.split()[2] for line in shadows(app)] == ["(late),"]


PARAMETERS = [
    "<uuid:x>",
    "<any(login, logout):x>",
    "<string(length=3):x>",
    "<float:x>",
    "<int(fixed_digits=4):x>/<path:y>",
]


@pytest.mark.parametrize("rule", PARAMETERS)
def test_every_kind_of_parameter_is_understood(app: Flask, rule: str) -> None:
    Acct(app, config=Config())
    app.add_url_rule(f"/account/{rule}", "theirs", public(lambda **_: "theirs"))
    said = [line for line in shadows(app) if "theirs" in line]
    assert bool(said) == ("any(" in rule)


def test_check_names_them(app: Flask) -> None:
    Acct(app, config=Config())
    app.add_url_rule("/account/login", "their_login", public(lambda: "theirs"))
    info = ScriptInfo(create_app=lambda: app)
    answer = CliRunner().invoke(acct, ["check", "client-area"], obj=info)
    assert answer.exit_code == 1
    assert "their_login" in answer.output


def test_check_says_that_only_this_machine_is_answered(app: Flask) -> None:
    answer = CliRunner().invoke(acct, ["check", "client-area"], obj=ScriptInfo())
    assert answer.exit_code == 0
    assert "ACCT_PUBLIC_URL" in answer.output


def test_check_says_whom_current_user_is(app: Flask) -> None:
    Acct(app, config=Config(), unchecked="/metrics")
    manager = LoginManager(app)
    manager.user_loader(lambda _id: None)
    said = CliRunner().invoke(acct, ["check", "client-area"], obj=ScriptInfo(create_app=lambda: app)).output
    assert "your user_loader names" in said
    assert "made after flask_acct" in said
    assert "but for /metrics" in said


def checked(app: Flask) -> str:
    return CliRunner().invoke(acct, ["check", "client-area"], obj=ScriptInfo(create_app=lambda: app)).output


def test_check_warns_of_a_path_that_articles_do_not_know(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    Acct(app, config=Config(), url_prefix="/clients")
    assert "ACCT_URL_PREFIX=/clients" in checked(app)
    monkeypatch.setenv("ACCT_URL_PREFIX", "/clients")
    assert "WARNING: articles" not in checked(app)


def test_check_is_content_with_the_usual_path(app: Flask) -> None:
    Acct(app, config=Config())
    assert "WARNING: articles" not in checked(app)


SHOP = """
from flask import Flask
from flask_acct import Acct

def create_app():
    app = Flask("shop")
    app.config["SECRET_KEY"] = {key!r}
    Acct(app, config="client-area"{more})
    return app
"""


FAULTS = [
    ("", "", "FLASK_SECRET_KEY"),
    ("x" * 40, "", "SECRET_KEY"),
    (SECRET_KEY, ", databse=1", "There are"),
    (SECRET_KEY, ', errors="page"', "Did you mean"),
]


@pytest.mark.parametrize("command", ["routes", "run", "shell"])
@pytest.mark.parametrize(("key", "more", "said"), FAULTS)
def test_flasks_own_commands_say_what_must_be_mended_without_a_traceback(
    tmp_path: Path, command: str, key: str, more: str, said: str
) -> None:
    (tmp_path / "shop.py").write_text(SHOP.format(key=key, more=more))
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    ran = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "shop", command],
        cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    assert "Traceback" not in ran.stderr, ran.stderr
    assert said in ran.stderr


# Where the configuration is.


def made(folder: Path, **options: Any) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    app = Flask("made", root_path=str(folder), instance_path=str(folder / "instance"))
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False)
    Acct(app, **options)
    found: str = app.extensions["acct"].platform.config.site.name
    return found


def write(file: Path, name: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'[site]\nname = "{name}"\n', "utf-8")


def test_it_is_found_beside_the_app(tmp_path: Path) -> None:
    write(tmp_path / "app" / "acct.toml", "beside")
    write(tmp_path / "acct.toml", "above")
    assert made(tmp_path / "app") == "beside"


def test_it_is_found_beside_the_package(tmp_path: Path) -> None:
    write(tmp_path / "acct.toml", "above")
    assert made(tmp_path / "app") == "above"


def test_a_path_that_is_not_whole_is_the_apps_where_the_current_folder_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "app" / "conf" / "acct.toml", "app")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert made(tmp_path / "app", config="conf/acct.toml") == "app"
    write(tmp_path / "here" / "conf" / "acct.toml", "here")
    assert made(tmp_path / "app", config="conf/acct.toml") == "here"


# The commands that are about it, of an app in another folder.


def named(folder: Path, *command: str, **options: Any) -> str:
    """What ``flask --app`` says of an app whose folder is not the current one."""
    folder.mkdir(parents=True, exist_ok=True)

    def create_app() -> Flask:
        app = Flask("made", root_path=str(folder), instance_path=str(folder / "instance"))
        app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False)
        Acct(app, **options)
        return app

    return str(CliRunner().invoke(acct, command, obj=ScriptInfo(create_app=create_app)).output)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder has nothing in it."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv("ACCT_CONFIG", raising=False)
    return tmp_path


def test_check_reads_that_of_the_app_where_the_current_folder_has_none(elsewhere: Path) -> None:
    write(elsewhere / "app" / "acct.toml", "of the app")
    assert "of the app" in named(elsewhere / "app", "check")


def test_check_reads_what_the_code_gives_the_app(elsewhere: Path) -> None:
    assert "in the code" in named(
        elsewhere / "app", "check", config=Config.model_validate({"site": {"name": "in the code"}})
    )


def test_check_reads_every_platform_of_the_app(elsewhere: Path) -> None:
    said = named(elsewhere / "app", "check", config="email-marketing")
    assert "avanzado" in said.lower()


def test_translate_reads_that_of_the_app_as_well(elsewhere: Path) -> None:
    (elsewhere / "app").mkdir()
    (elsewhere / "app" / "acct.toml").write_text('[site]\nlocales = ["it"]\n')
    assert named(elsewhere / "app", "translate", "--status") == "it: all\n"


def test_check_reads_the_current_folders_first(elsewhere: Path) -> None:
    write(elsewhere / "app" / "acct.toml", "of the app")
    write(elsewhere / "here" / "acct.toml", "of this folder")
    assert "of this folder" in named(elsewhere / "app", "check")


def test_a_mistake_in_that_of_the_app_is_told(elsewhere: Path) -> None:
    (elsewhere / "app").mkdir()
    (elsewhere / "app" / "acct.toml").write_text('[site]\nnaem = "x"\n')
    assert 'Did you mean "name"?' in named(elsewhere / "app", "check")


def test_check_says_which_database_it_is_and_that_its_tables_are_missing(tmp_path: Path) -> None:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False, ACCT_DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}")
    Acct(app, config="client-area")
    check = ["acct", "check", "client-area"]
    before = app.test_cli_runner().invoke(args=check).output
    assert "new.db, whose tables are missing or of another version. Run: flask acct upgrade" in before
    app.test_cli_runner().invoke(args=["acct", "upgrade"])
    assert (
        "new.db, its tables are up to date"
        in app.test_cli_runner().invoke(args=["acct", "check", "client-area"]).output
    )


def test_check_says_that_no_mail_will_leave(tmp_path: Path) -> None:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False, ACCT_DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}")
    Acct(app, config="client-area")
    assert "no mail server is set" in app.test_cli_runner().invoke(args=["acct", "check", "client-area"]).output
