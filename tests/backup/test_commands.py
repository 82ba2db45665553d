"""``flask acct backup`` and ``restore`` as an operator meets them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from flask_acct import Acct
from flask_acct.backup import commands
from flask_acct.backup.problems import BackupFailed
from flask_acct.config import Config
from flask_acct.db import schema
from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import OutboxMail, PendingRequest, StaffMember, StaffSession, Token, User, UserSession
from flask_acct.mail import outbox
from flask_acct.security import pending, sessions, tokens

from ..personas import Personas
from ..scopes import NOON, SECRET_KEY, a_scope

Run = Callable[..., Result]

ARTICLE = "---\nhidden: true\n---\n# Where we are\n\nIn Sevilla.\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The folder of a site: acct.toml, an article of its own, a help site, and a folder for backups."""
    for folder in ("site/articles/en", "site/help", "backups"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "site" / "acct.toml").write_text('[site]\nlocales = ["en"]\n\n[help]\narticles = "articles"\n')
    (tmp_path / "site" / "articles" / "en" / "where-we-are.md").write_text(ARTICLE)
    (tmp_path / "site" / "help" / "index.html").write_text("<h1>Help</h1>")
    return tmp_path


@pytest.fixture
def run(site: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command of the site's app, in its folder."""
    app = Flask("host", root_path=str(site / "site"))
    app.config.update(
        SECRET_KEY=SECRET_KEY,
        ACCT_DATABASE_URL=database_url,
        ACCT_WORKER=False,
        ACCT_HELP_SITE=str(site / "site" / "help"),
    )
    Acct(app, config=str(site / "site" / "acct.toml"))
    monkeypatch.chdir(site)
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["acct", *map(str, words)])


@pytest.fixture
def busy(personas: Personas, db: Session) -> None:
    """Alice is signed in, a link and a mail are on their way to her, and somebody asked for another."""
    scope = a_scope(db)
    sessions.begin(scope, personas.alice, personas.account.id)
    token = tokens.issue(scope, "password_link", user=personas.alice, lifetime=timedelta(hours=1))
    slots = {"username": "alice", "details": ["alice"]}
    outbox.queue_for_user(a_scope(db, config=Config()), "recovery.reset", to=personas.alice, token=token, slots=slots)
    named = {"email": "alice@example.com"}
    pending.store(scope, pending.prepared(scope, "recovery.password", named, locale="en", platform=None)[1])
    db.commit()


def made_in(folder: Path) -> Path:
    [found] = folder.iterdir()
    return found


@contextmanager
def opened(path: Path) -> Iterator[Session]:
    engine = open_engine(f"sqlite:///{path}")
    with Session(engine) as db:
        yield db
    engine.dispose()


def test_a_restored_site_has_its_customers_and_nothing_that_was_open(run: Run, site: Path, busy: None) -> None:
    made = run("backup", "backups")
    restored = run("restore", made_in(site / "backups"), "--into", f"sqlite:///{site / 'new.db'}")
    assert made.exit_code == 0, made.output
    assert restored.exit_code == 0, restored.output
    assert "Ended: 1 session and 1 link from mails." in restored.output
    assert "flask acct post --retry" in restored.output
    with opened(site / "new.db") as db:
        assert db.scalars(select(User.username)).all()
        assert db.scalar(select(func.count()).select_from(UserSession)) == 0
        assert tokens_alive(db) == []
        assert db.scalars(select(OutboxMail.state)).all() == ["dead"]
        assert db.scalars(select(PendingRequest.answer)).all() == ["restored"]


def test_no_session_and_no_link_of_the_staff_is_restored(run: Run, site: Path, db: Session) -> None:
    sam = StaffMember(
        email="sam@example.com", email_key="sam@example.com", role="admin", link_digest="1" * 64, created_at=NOON
    )
    db.add(sam)
    db.flush()
    times = {"created_at": NOON, "last_used_at": NOON, "authenticated_at": NOON}
    db.add(StaffSession(digest="2" * 64, staff_id=sam.id, **times))
    db.commit()
    run("backup", "backups")
    restored = run("restore", made_in(site / "backups"), "--into", f"sqlite:///{site / 'new.db'}")
    assert "Ended: 1 session and 1 link from mails." in restored.output
    with opened(site / "new.db") as there:
        assert there.scalars(select(StaffMember.link_digest)).all() == [None]
        assert there.scalars(select(StaffSession.id)).all() == []


def tokens_alive(db: Session) -> list[str]:
    return list(db.scalars(select(Token.id).where(*tokens.alive(NOON))))


def test_the_link_and_the_session_were_good_before(busy: None, db: Session) -> None:
    assert len(tokens_alive(db)) == 1
    assert db.scalar(select(func.count()).select_from(UserSession)) == 1


def test_files_come_back_beside_the_database(run: Run, site: Path) -> None:
    conf = site / "nginx.conf"
    conf.write_text("server {}")
    run("backup", "backups", "--with", conf)
    restored = run("restore", made_in(site / "backups"), "--files", site / "files")
    there = {file.relative_to(site / "files").as_posix() for file in (site / "files").rglob("*") if file.is_file()}
    assert restored.exit_code == 0, restored.output
    assert there == {
        "config/acct.toml", "config/articles/en/where-we-are.md", "help/index.html",
        f"with{conf.as_posix()}",
    }  # fmt: skip
    assert (site / "files" / "config" / "articles" / "en" / "where-we-are.md").read_text() == ARTICLE


def test_only_the_operator_reads_what_is_written(run: Run, site: Path) -> None:
    before = os.umask(0)
    try:
        run("backup", "backups")
        run("restore", made_in(site / "backups"), "--into", f"sqlite:///{site / 'new.db'}")
    finally:
        os.umask(before)
    modes = {f"{file.stat().st_mode & 0o777:o}" for file in (made_in(site / "backups"), site / "new.db")}
    assert modes == {"600"}


def test_a_backup_says_that_it_is_whole_without_being_restored(run: Run, site: Path, busy: None) -> None:
    run("backup", "one.tar.gz")
    told = run("restore", "one.tar.gz")
    assert told.exit_code == 0, told.output
    assert told.output.startswith("The backup is whole: ")
    assert f"revision {schema.HEAD}" in told.output


def test_a_backup_replaces_nothing(run: Run, site: Path) -> None:
    (site / "one.tar.gz").write_text("mine")
    refused = run("backup", "one.tar.gz")
    assert refused.exit_code == 1
    assert "replaces nothing" in refused.output
    assert (site / "one.tar.gz").read_text() == "mine"


@pytest.mark.parametrize("kind", ["a database", "a file"])
def test_only_an_empty_place_is_restored_into(run: Run, site: Path, database_url: str, kind: str) -> None:
    run("backup", "one.tar.gz")
    (site / "notes.txt").write_text("mine")
    into = database_url if kind == "a database" else f"sqlite:///{site / 'notes.txt'}"
    refused = run("restore", "one.tar.gz", "--into", into)
    assert refused.exit_code == 1
    assert "is there already" in refused.output
    assert (site / "notes.txt").read_text() == "mine"


def test_a_folder_with_something_in_it_takes_no_files(run: Run, site: Path) -> None:
    run("backup", "one.tar.gz")
    refused = run("restore", "one.tar.gz", "--files", "site")
    assert refused.exit_code == 1
    assert "not empty" in refused.output


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def changed(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [cut, changed, lambda _: b"", lambda _: b"no archive"])
def test_a_damaged_backup_is_not_restored(run: Run, site: Path, damage: Callable[[bytes], bytes], busy: None) -> None:
    run("backup", "one.tar.gz")
    (site / "bad.tar.gz").write_bytes(damage((site / "one.tar.gz").read_bytes()))
    refused = run("restore", "bad.tar.gz", "--into", f"sqlite:///{site / 'new.db'}")
    assert refused.exit_code == 1, refused.output
    assert "Traceback" not in refused.output
    assert not (site / "new.db").exists()
    assert not list(site.glob(".acct-*")), "nothing in the clear is left"


def test_a_failed_backup_leaves_nothing(run: Run, site: Path, database_url: str) -> None:
    Path(database_url.removeprefix("sqlite:///")).write_bytes(b"no database " * 1000)
    refused = run("backup", "backups")
    assert refused.exit_code == 1
    assert not list((site / "backups").iterdir())


def test_a_backup_of_an_older_version_says_to_upgrade_next(run: Run, site: Path, database: Database) -> None:
    schema.downgrade(database.engine, "0003")
    run("backup", "one.tar.gz")
    restored = run("restore", "one.tar.gz", "--into", f"sqlite:///{site / 'new.db'}")
    assert restored.exit_code == 0, restored.output
    assert "from revision 0003: flask acct upgrade" in restored.output


def test_a_backup_of_a_newer_version_says_what_to_install(run: Run, site: Path, database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE acct_alembic_version SET version_num = '9999'"))
    run("backup", "one.tar.gz")
    refused = run("restore", "one.tar.gz", "--into", f"sqlite:///{site / 'new.db'}")
    assert refused.exit_code == 1
    assert "pip install --upgrade flask_acct" in refused.output


def test_in_a_folder_the_newest_are_kept(run: Run, site: Path) -> None:
    for day in range(1, 5):
        (site / "backups" / f"acct-2026010{day}T030000Z.tar.gz").touch()
    (site / "backups" / "notes.txt").touch()
    done = run("backup", "backups", "--keep", 2)
    left = sorted(file.name for file in (site / "backups").iterdir())
    assert done.exit_code == 0, done.output
    assert left[0] == "acct-20260104T030000Z.tar.gz"
    assert len(left) == 3
    assert left[-1] == "notes.txt"


def test_a_backup_goes_past_pgbouncer(site: Path) -> None:
    engine = open_engine("postgresql://acct@127.0.0.1:6432/acct?pgbouncer=true")
    with pytest.raises(BackupFailed, match="ACCT_BACKUP_FROM="):
        commands._address(engine, None)
    named = commands._address(engine, "postgresql://acct@127.0.0.1/acct")
    engine.dispose()
    assert named.port is None
    assert named.drivername == "postgresql+psycopg"


# Encrypted.


def needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"needs the program {program}")


@pytest.mark.parametrize("is_in_a_file", [False, True])
def test_with_age_only_who_has_the_key_can_restore(run: Run, site: Path, busy: None, is_in_a_file: bool) -> None:
    needs("age", "age-keygen")
    subprocess.run(["age-keygen", "-o", "key.txt"], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", "key.txt"], check=True, capture_output=True, text=True).stdout.strip()
    (site / "public.txt").write_text(f"{public}\n")
    made = run("backup", "backups", "--age", "public.txt" if is_in_a_file else public)
    file = made_in(site / "backups")
    refused = run("restore", file)
    restored = run("restore", file, "--into", f"sqlite:///{site / 'new.db'}", "--identity", "key.txt")
    assert made.exit_code == 0, made.output
    assert file.name.endswith(".tar.gz.age")
    assert b"alice" not in file.read_bytes()
    assert "--identity" in refused.output
    assert restored.exit_code == 0, restored.output


def test_with_gpg_only_who_has_the_key_can_restore(run: Run, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("gpg")
    home = site / "gnupg"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    make = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "backups@example.com", "ed25519"]
    subprocess.run([*make, "cert"], check=True, capture_output=True)
    listed = subprocess.run(["gpg", "--list-keys", "--with-colons"], check=True, capture_output=True, text=True).stdout
    [key] = [line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr")]
    add = ["gpg", "--batch", "--passphrase", "", "--quick-add-key", key, "cv25519", "encr"]
    subprocess.run(add, check=True, capture_output=True)
    try:
        made = run("backup", "one.gpg", "--gpg", "backups@example.com")
        restored = run("restore", "one.gpg", "--into", f"sqlite:///{site / 'new.db'}")
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], check=False)
    assert made.exit_code == 0, made.output
    assert restored.exit_code == 0, restored.output


def test_a_key_that_is_none_makes_no_backup(run: Run, site: Path) -> None:
    needs("age")
    refused = run("backup", "backups", "--age", "age1nonsense")
    assert refused.exit_code == 1
    assert "age: " in refused.output
    assert not list((site / "backups").iterdir())


@pytest.mark.parametrize("program", ["age", "gpg"])
def test_a_program_that_is_missing_is_named(
    run: Run, site: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(site))
    refused = run("backup", "backups", f"--{program}", "somebody")
    assert refused.exit_code == 1
    assert f"{program} is not installed" in refused.output
    assert not list((site / "backups").iterdir())


# Before an upgrade.


def test_nothing_to_upgrade_is_fine(run: Run) -> None:
    told = run("upgrade", "--check")
    assert told.exit_code == 0
    assert "nothing to upgrade" in told.output


def test_an_upgrade_is_fine_with_a_backup_of_today(run: Run, site: Path, database: Database) -> None:
    schema.downgrade(database.engine, "0005")
    before = run("upgrade", "--check", "--backups", "backups")
    run("backup", "backups")
    after = run("upgrade", "--check", "--backups", "backups")
    assert before.exit_code == 1
    assert "there is none" in before.output
    assert after.exit_code == 0, after.output
    assert "0006 A host's own fields of users, accounts and contacts. The older version may go on" in after.output
    assert schema.current(database.engine) == "0005"


def test_an_old_backup_stands_in_the_way(run: Run, site: Path, database: Database) -> None:
    schema.downgrade(database.engine, "0005")
    run("backup", "backups")
    two_days_ago = made_in(site / "backups").stat().st_mtime - 48 * 3600
    os.utime(made_in(site / "backups"), (two_days_ago, two_days_ago))
    told = run("upgrade", "--check", "--backups", "backups")
    assert told.exit_code == 1
    assert "2 days old" in told.output
