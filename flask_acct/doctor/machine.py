"""The machine: versions, disk, time zones, and who may read which file."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .checkup import Checkup
from .lines import Line, fail, ok, warn

GIB = 2**30
PLENTY, LITTLE = 2 * GIB, GIB // 4
NAMED = ("flask_acct", "Flask", "SQLAlchemy", "psycopg", "gunicorn")
ZONES = ("Europe/Madrid", "America/Argentina/Buenos_Aires", "Asia/Kolkata")
YEARS_OLD = 2


def versions(_checkup: Checkup) -> Line:
    """Which versions run."""
    python = ".".join(map(str, sys.version_info[:3]))
    return ok("Versions", ", ".join([f"Python {python}", *(f"{name} {found}" for name, found in _installed())]))


def disk(checkup: Checkup) -> Iterator[Line]:
    """Whether there is room where files are written."""
    seen: set[int] = set()
    for folder in _written_to(checkup):
        if folder.is_dir() and (device := folder.stat().st_dev) not in seen:
            seen.add(device)
            yield _of_room(folder)


def time_zones(_checkup: Checkup) -> Line:
    """Whether times can be written in the zone of their reader."""
    try:
        for name in ZONES:
            ZoneInfo(name)
    except ZoneInfoNotFoundError as error:
        return fail("Time zones", f"unknown: {error}", "Run: pip install --upgrade tzdata")
    year = _year_of_zones()
    if year and datetime.now(UTC).year - year >= YEARS_OLD:
        return warn("Time zones", f"their data is of {year}", "Run: pip install --upgrade tzdata")
    return ok("Time zones", f"known{f', as of {year}' if year else ''}")


def permissions(checkup: Checkup) -> Iterator[Line]:
    """Whether others on this machine can read secrets or change what the app reads, and whether it can write."""
    found = [*_open_files(checkup), *_closed_folders(checkup)]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        fix = "Run it as the user of the service: ./acct doctor, in a project of flask acct new"
        found.append(warn("Permissions", "you are root, who may write anywhere, so that this says little", fix))
    yield from found or [ok("Permissions", "only this user can read the secrets, and it can write where it must")]


def _installed() -> Iterator[tuple[str, str]]:
    for name in NAMED:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _of_room(folder: Path) -> Line:
    usage = shutil.disk_usage(folder)
    what = f"{usage.free / GIB:.1f} GiB free for {folder}"
    fix = "Make room: old logs, backups and pictures are the usual suspects."
    if usage.free < LITTLE:
        return fail("Disk", what, fix)
    return warn("Disk", what, fix) if usage.free < PLENTY else ok("Disk", what)


def _written_to(checkup: Checkup) -> Iterator[Path]:
    """Yield the folders that the app writes to."""
    database = _database_file(checkup)
    if database is not None:
        yield database.parent
    yield Path(checkup.app.instance_path)
    yield Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108 - only its room is looked at


def _database_file(checkup: Checkup) -> Path | None:
    url = checkup.acct.database.engine.url
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _open_files(checkup: Checkup) -> Iterator[Line]:
    for file in filter(Path.is_file, _with_secrets(checkup)):
        if file.stat().st_mode & stat.S_IROTH and _is_reachable(file):
            yield fail("Permissions", f"everybody on this machine can read {file}", f"Run: chmod o-rwx {file}")
    for file in filter(Path.exists, _read_by_app(checkup)):
        if file.stat().st_mode & stat.S_IWOTH and _is_reachable(file):
            yield fail("Permissions", f"everybody on this machine can change {file}", f"Run: chmod o-w {file}")


def _is_reachable(file: Path) -> bool:
    """Whether everybody on this machine may open the folders that it is in."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in file.absolute().parents)


def _closed_folders(checkup: Checkup) -> Iterator[Line]:
    database = _database_file(checkup)
    if database is not None and database.exists() and not os.access(database.parent, os.W_OK):
        what = f"this user cannot write in {database.parent}, where SQLite keeps its files"
        yield fail("Permissions", what, f"Run: chown -R $(id -un) {database.parent}")


def _with_secrets(checkup: Checkup) -> Iterator[Path]:
    """Yield the files with passwords, keys and what customers have entrusted."""
    for folder in dict.fromkeys((Path.cwd(), Path(checkup.app.root_path), Path(checkup.app.root_path).parent)):
        yield from (folder / name for name in (".env", ".flaskenv"))
    database = _database_file(checkup)
    if database is not None:
        yield from (database.with_name(f"{database.name}{end}") for end in ("", "-wal"))


def _read_by_app(checkup: Checkup) -> Iterator[Path]:
    """Yield what decides how the app works."""
    if checkup.config.folder:
        yield checkup.config.folder / "acct.toml"
    yield Path(checkup.app.root_path)


def _year_of_zones() -> int:
    """Return of which year the data of time zones is; 0 if that is unknown."""
    try:
        data = import_module("tzdata")
    except ImportError:
        return 0
    year = str(getattr(data, "IANA_VERSION", ""))[:4]
    return int(year) if year.isdecimal() else 0
