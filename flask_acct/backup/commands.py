"""``flask acct backup`` and ``flask acct restore``."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import URL, Engine

from ..db.database import is_behind_pgbouncer, open_engine
from ..values.amounts import counted, size
from . import files
from .encryption import Recipients
from .making import Made, back_up, keep_newest
from .manifest import BackupManifest
from .problems import BackupFailed
from .restoring import Ended, Restored, extract, inspected
from .restoring import restore as restore_into

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=PATH, envvar="ACCT_BACKUPS")
@click.option("--age", metavar="RECIPIENT", multiple=True, help="Encrypt with age, for a public key or a file of such.")
@click.option("--gpg", metavar="KEY", multiple=True, help="Encrypt with gpg, for a key of your keyring.")
@click.option("--with", "others", metavar="PATH", type=PATH, multiple=True, help="Add a file or folder of yours.")
@click.option("--keep", metavar="N", type=click.IntRange(1), help="In a folder: delete all but the N newest backups.")
@click.option(
    "--from",
    "url",
    metavar="URL",
    envvar="ACCT_BACKUP_FROM",
    help="Where to read the database, if not at ACCT_DATABASE_URL: past PgBouncer, or from a replica.",
)
@with_appcontext
def backup(
    file: Path, age: tuple[str, ...], gpg: tuple[str, ...], others: tuple[Path, ...], keep: int | None, url: str | None
) -> None:
    """Write the database, acct.toml and the help site to one archive, while the site runs.

    FILE is a new file, or a folder, in which the file is named after the time; by default ACCT_BACKUPS. Only you can
    read it. It holds one moment of the whole database, your own tables included. Keep SECRET_KEY and the other settings
    of the environment elsewhere: they are not in it.
    """
    if keep and not file.is_dir():
        raise click.UsageError("--keep goes with a folder.")
    state = current_app.extensions["acct"]
    help_site = current_app.config.get("ACCT_HELP_SITE") or os.environ.get("ACCT_HELP_SITE")
    made = back_up(
        _address(state.database.engine, url),
        files.of_site(state.whole or state.platform.config, Path(help_site) if help_site else None, others),
        file,
        now=datetime.now(UTC),
        recipients=Recipients(age, gpg),
        progress=Told(),
    )
    for line in _made(made, is_encrypted=bool(age or gpg)):
        click.echo(line)
    for old in keep_newest(file, keep) if keep else ():
        click.echo(f"Deleted {old}.")


@click.command()
@click.argument("file", type=PATH)
@click.option(
    "--into",
    metavar="URL",
    envvar="ACCT_RESTORE_INTO",
    help="An empty place for the database: sqlite:////folder/new.db or postgresql://user:password@host/new.",
)
@click.option("--files", "folder", type=PATH, metavar="FOLDER", help="A new folder for acct.toml and the help site.")
@click.option("--identity", type=PATH, multiple=True, help="The file of age's private key.")
def restore(file: Path, into: str | None, folder: Path | None, identity: tuple[Path, ...]) -> None:
    """Restore a backup into an empty place. With FILE alone, say what is in it and whether it is whole.

    Whoever was signed in must sign in again, and no link from a mail works any more. ACCT_RESTORE_INTO keeps the
    password of the URL out of the list of processes.
    """
    if not into and not folder:
        click.echo("\n".join(_contents(inspected(file, identity))))
        return
    if folder:
        manifest = extract(file, folder, identity)
        click.echo(f"{_files(manifest)} in {folder}.")
    if into:
        restored = restore_into(file, into, now=datetime.now(UTC), identities=identity)
        click.echo("\n".join(_restored(restored)))


def _address(engine: Engine, named: str | None) -> URL:
    """Return where the database is read. Raises ``BackupFailed``, ``BadDatabaseUrl``."""
    if named:
        elsewhere = open_engine(named)
        elsewhere.dispose()
        return elsewhere.url
    if is_behind_pgbouncer(engine):
        raise BackupFailed(
            "The database is behind PgBouncer, which a backup must go past. Name the server's own address: "
            "ACCT_BACKUP_FROM=postgresql://user:password@host/database"
        )
    return engine.url


class Told:
    """Says how far long work is, every few seconds."""

    EVERY_SECONDS = 5

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        if time.monotonic() - self.last < self.EVERY_SECONDS:
            return
        self.last = time.monotonic()
        click.echo(f"{what}: {done:,} of {total:,}." if total else f"{what}: {done:,}.", err=True)


def _made(made: Made, *, is_encrypted: bool) -> Iterator[str]:
    yield f"Wrote {made.file}, {size(made.bytes)}: {_summary(made.manifest)}."
    if not is_encrypted:
        yield "It is not encrypted. Before it leaves this machine, name a key with --age or --gpg."


def _contents(manifest: BackupManifest) -> Iterator[str]:
    yield f"The backup is whole: {_summary(manifest)}."
    yield f"Made at {manifest.made_at:%Y-%m-%d %H:%M} UTC by flask_acct {manifest.flask_acct}."
    yield f"Database: {manifest.kind} {manifest.server}, revision {manifest.revision or 'none'}."
    yield "Restore it with --into URL, and its files with --files FOLDER."


def _restored(restored: Restored) -> Iterator[str]:
    manifest = restored.manifest
    yield (
        f"Restored {counted(manifest.rows, 'row')} in {counted(len(manifest.tables), 'table')}, "
        "and compared them with the backup."
    )
    yield f"It is as of {manifest.made_at:%Y-%m-%d %H:%M} UTC; what was changed later is lost."
    yield from _ended(restored.ended)
    yield "Next:"
    yield "  1. Set ACCT_DATABASE_URL to this database, and the SECRET_KEY that the site had."
    if restored.is_older:
        yield f"  2. Bring the tables up to date from revision {manifest.revision}: flask acct upgrade"
    yield f"  {3 if restored.is_older else 2}. Start the app and its mail worker, then run: flask acct check"


def _ended(ended: Ended) -> Iterator[str]:
    yield f"Ended: {counted(ended.sessions, 'session')} and {counted(ended.links, 'link')} from mails."
    if ended.mails:
        yield (
            f"Not sent: {counted(ended.mails, 'mail')} that waited then, for most have been sent since. "
            "Those without a link wait again after: flask acct post --retry"
        )
    if ended.requests:
        yield f"Not answered: {counted(ended.requests, 'request')} that waited then. Visitors can ask again."


def _summary(manifest: BackupManifest) -> str:
    return f"{counted(manifest.rows, 'row')} in {counted(len(manifest.tables), 'table')}, and {_files(manifest)}"


def _files(manifest: BackupManifest) -> str:
    return f"{counted(len(manifest.files) - 1, 'file')} of the configuration and the help site"
