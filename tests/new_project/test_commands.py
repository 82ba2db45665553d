"""``flask acct new``: files that fit each other, that nobody has to edit, and that no one else's name stands in."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from flask_acct import config
from flask_acct.cli import acct

MADE_UP = re.compile(r"brisalta|patagonodo|corre?v[ií]a|invialto|127\.0\.0\.1:5000|\.example(?!\.com)\b", re.IGNORECASE)


def new(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(acct, ["new", str(folder), "--domain", "clients.example.com", *words])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as it is written."""
    folder = tmp_path / "my-company"
    done = new(folder, "--home", "/srv/my-company", "--locale", "en")
    assert done.exit_code == 0, done.output
    return folder


def texts(project: Path) -> dict[str, str]:
    return {str(one.relative_to(project)): one.read_text("utf-8") for one in project.rglob("*") if one.is_file()}


def compose(project: Path) -> Any:
    return yaml.safe_load((project / "compose.yaml").read_text("utf-8"))


@pytest.mark.parametrize("preset", config.presets())
def test_each_preset_becomes_a_sound_acct_toml_without_its_made_up_company(tmp_path: Path, preset: str) -> None:
    done = new(tmp_path / "my-company", "--preset", preset, "--name", "Ñandú & Sons' Hosting")
    assert done.exit_code == 0, done.output
    written = config.read(tmp_path / "my-company" / "acct.toml")
    assert written.site.name == "Ñandú & Sons' Hosting"
    assert written.site.public_url == "https://clients.example.com"
    assert written.site.support_email == "support@example.com"
    assert not written.platforms
    assert not MADE_UP.search((tmp_path / "my-company" / "acct.toml").read_text("utf-8"))


@pytest.mark.parametrize("locale", ["en", "es", "it"])
@pytest.mark.parametrize("preset", config.presets())
def test_each_preset_can_be_had_in_one_language(tmp_path: Path, preset: str, locale: str) -> None:
    done = new(tmp_path / "my-company", "--preset", preset, "--locale", locale, "--time-zone", "Europe/London")
    assert done.exit_code == 0, done.output
    text = (tmp_path / "my-company" / "acct.toml").read_text("utf-8")
    assert 'time_zone = "Europe/London"' in text
    assert not re.search(r"(Spanish|Italian)[\w ]* first|es_AR is", text)


def test_a_time_zone_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    done = new(tmp_path / "my-company", "--time-zone", "Europe/Lundon")
    assert done.exit_code == 1
    assert "time_zone" in done.output


def test_commands_do_not_advise_to_install_what_reads_env(project: Path) -> None:
    assert "\nFLASK_SKIP_DOTENV=true\n" in texts(project)[".env.example"]


def test_the_doctor_and_the_check_of_an_upgrade_know_where_the_nightly_backup_is(project: Path) -> None:
    written = texts(project)
    [folder] = re.findall(r"(?m)^ACCT_BACKUPS=(.+)$", written[".env.example"])
    assert f" acct backup {folder} " in written["systemd/my-company-backup.service"]


def test_a_folder_that_is_not_empty_is_refused_and_stays_as_it_is(project: Path) -> None:
    (project / "acct.toml").write_text("mine")
    done = new(project)
    assert done.exit_code == 1
    assert "is not empty" in done.output
    assert (project / "acct.toml").read_text() == "mine"


def test_a_folder_with_a_virtual_environment_counts_as_empty(tmp_path: Path) -> None:
    (tmp_path / "my-company" / "venv").mkdir(parents=True)
    assert new(tmp_path / "my-company").exit_code == 0


@pytest.mark.parametrize("name", ["My Company", "9lives", "-x", "a" * 32, "a", "ends-", "naïve"])
def test_a_folder_that_no_service_can_be_called_like_is_refused(tmp_path: Path, name: str) -> None:
    done = new(tmp_path / name)
    assert done.exit_code == 1
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("domain", ["https://clients.example.com", "localhost", "a..b", "a b.com", "x.com;", "-a.com"])
def test_what_is_no_domain_is_refused(tmp_path: Path, domain: str) -> None:
    done = CliRunner().invoke(acct, ["new", str(tmp_path / "my-company"), "--domain", domain])
    assert done.exit_code == 1
    assert "is not a domain" in done.output


@pytest.mark.parametrize("company", ['A "quoted" one', "A\nB", "100 %"])
def test_a_company_whose_name_would_break_a_file_is_refused(tmp_path: Path, company: str) -> None:
    assert new(tmp_path / "my-company", "--name", company).exit_code == 1


def test_an_unknown_preset_writes_nothing(tmp_path: Path) -> None:
    assert new(tmp_path / "my-company", "--preset", "client-aera").exit_code == 1
    assert not (tmp_path / "my-company").exists()


def test_what_is_no_language_is_refused(tmp_path: Path) -> None:
    done = new(tmp_path / "my-company", "--locale", "english")
    assert done.exit_code == 1
    assert not (tmp_path / "my-company").exists()


def test_the_languages_that_are_named_are_offered_and_no_words_of_others_are_left(tmp_path: Path) -> None:
    assert new(tmp_path / "my-company", "--locale", "it", "--locale", "en").exit_code == 0
    written = config.read(tmp_path / "my-company" / "acct.toml")
    assert written.site.locales == ("it", "en")
    assert written.site.default_locale == "it"
    assert "[labels.es" not in (tmp_path / "my-company" / "acct.toml").read_text("utf-8")


def test_the_app_is_short_and_is_python(project: Path) -> None:
    code = (project / "app.py").read_text("utf-8")
    ast.parse(code)
    ast.parse((project / "gunicorn.conf.py").read_text("utf-8"))
    assert len(code.splitlines()) <= 30


def test_nothing_is_left_to_be_filled_in_but_secrets(project: Path) -> None:
    for name, text in texts(project).items():
        assert "{{" not in text, name
        assert "@SANDBOX@" not in text, name
    empty = re.findall(r"^(\w+)=$", texts(project)[".env.example"], re.MULTILINE)
    assert empty == ["FLASK_SECRET_KEY", "FLASK_MAIL_USERNAME", "FLASK_MAIL_PASSWORD", "POSTGRES_PASSWORD"]


def test_units_run_as_the_user_of_the_project_in_a_sandbox(project: Path) -> None:
    services = sorted((project / "systemd").glob("*.service"))
    assert [one.name for one in services] == [f"my-company-{name}.service" for name in ("backup", "mail", "web")]
    for service in services:
        text = service.read_text("utf-8")
        assert "\nUser=my-company\n" in text
        assert "\nProtectSystem=strict\n" in text
        assert "\nNoNewPrivileges=true\n" in text
        assert "\nEnvironmentFile=/srv/my-company/.env\n" in text


def test_systemd_holds_the_port_of_the_web_service_while_it_restarts(project: Path) -> None:
    written = texts(project)
    socket, service = written["systemd/my-company-web.socket"], written["systemd/my-company-web.service"]
    assert "\nListenStream=127.0.0.1:8000\n" in socket
    assert "\nRequires=my-company-web.socket\n" in service
    assert "\nAlso=my-company-web.socket\n" in service


def test_commands_of_units_and_containers_are_commands_of_ours(project: Path) -> None:
    written = "\n".join(texts(project).values())
    named = set(re.findall(r"flask --app app acct (\w+)|\[flask, acct, (\w+)\]|flask acct kb (build)", written))
    assert {name for found in named for name in found if name} == {"backup", "build", "post", "upgrade"}


def test_every_file_names_the_same_port_domain_and_folder(project: Path) -> None:
    written = texts(project)
    for name in ("nginx/my-company.conf", "gunicorn.conf.py", "Caddyfile"):
        assert "127.0.0.1:8000" in written[name], name
    for name in ("nginx/my-company.conf", "Caddyfile", ".env.example", "acct.toml"):
        assert "clients.example.com" in written[name], name
    folders = {found for text in written.values() for found in re.findall(r"/srv/[\w-]+", text)}
    assert folders == {"/srv/my-company"}


def test_the_image_runs_as_nobody_special_and_says_if_it_is_well(project: Path) -> None:
    lines = [line for line in texts(project)["Dockerfile"].splitlines() if line and line[0] != "#"]
    last = {line.split()[0]: line for line in lines}
    assert last["USER"] == "USER my-company"
    assert "/account/-/live" in "".join(lines)
    assert "HEALTHCHECK" in last
    assert lines[0].startswith("FROM ")
    assert not re.search(r":latest|^FROM [\w/]+$", "\n".join(lines), re.MULTILINE)
    assert lines.index(last["USER"]) > max(at for at, line in enumerate(lines) if line.startswith("RUN"))
    assert ".env" in texts(project)[".dockerignore"].splitlines()


def test_the_containers_are_one_client_area_behind_a_proxy(project: Path) -> None:
    services = compose(project)["services"]
    assert set(services) == {"db", "upgrade", "web", "mail", "backup", "proxy"}
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"]
    for name in ("upgrade", "web", "mail", "backup"):
        assert services[name]["read_only"] is True, name
        assert services[name]["cap_drop"] == ["ALL"], name
    assert services["web"]["depends_on"] == {"upgrade": {"condition": "service_completed_successfully"}}
    assert set(compose(project)["volumes"]) == {"backups", "database", "certificates"}


def test_the_containers_make_a_backup_each_day_where_the_doctor_looks_for_it(project: Path) -> None:
    written = texts(project)
    [folder] = re.findall(r"(?m)^ACCT_BACKUPS=(.+)$", written[".env.example"])
    assert f"--mode 700 {folder}\n" in written["Dockerfile"]
    assert "install --yes --no-install-recommends postgresql-client " in written["Dockerfile"]
    services = compose(project)["services"]
    assert "flask acct backup --keep 14" in " ".join(services["backup"]["command"])
    assert services["web"]["volumes"] == services["backup"]["volumes"] == [f"backups:{folder}"]


def test_containers_are_killed_only_after_they_had_time_to_end(project: Path) -> None:
    services = compose(project)["services"]
    [seconds] = re.findall(r"(?m)^graceful_timeout = (\d+)$", texts(project)["gunicorn.conf.py"])
    assert int(services["web"]["stop_grace_period"].removesuffix("s")) > int(seconds)


def test_secrets_stay_out_of_git(project: Path) -> None:
    assert {".env", "venv/", "instance/"} <= set(texts(project)[".gitignore"].splitlines())


def test_the_editor_finds_the_schema_beside_acct_toml(project: Path) -> None:
    text = texts(project)["acct.toml"]
    assert text.startswith("#:schema ./acct.schema.json\n")
    tomllib.loads(text)
    assert (project / "acct.schema.json").is_file()


def test_the_next_steps_are_said(tmp_path: Path) -> None:
    done = new(tmp_path / "my-company")
    assert "Next:" in done.output
    assert "./acct upgrade" in done.output
