"""A private PostgreSQL server on loopback, in a folder of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from .serving import free_port

LOG = "log"
"""The file of the folder that the server writes its log to."""


def start(folder: Path, *options: str) -> str:
    """The server runs until ``stop``. Returns its address, to which a database's name is added.

    Args:
        folder: Empty. If this process is root, the folder is given to ``nobody``, who must be able to reach it.
        options: More of the server's, such as ``"-c", "fsync=off"``.
    """
    owner = _as_owner(folder)
    data, port = folder / "data", free_port()
    more = shlex.join(["-c", "listen_addresses=127.0.0.1", "-p", str(port), "-k", "", *options])
    subprocess.run(["initdb", "-D", data, "-U", "acct", "-A", "trust", "-E", "UTF8"], **owner)
    subprocess.run(["pg_ctl", "-D", data, "-o", more, "-l", folder / LOG, "-w", "start"], **owner)
    return f"postgresql+psycopg://acct@127.0.0.1:{port}"


def stop(folder: Path) -> None:
    """The folder's server has stopped, if it ran."""
    if (folder / "data" / "postmaster.pid").exists():
        subprocess.run(["pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop"], **_as_owner(folder))


def execute(server: str, statement: str, *, database: str = "postgres") -> None:
    """The statement was executed on the server, outside a transaction: ``CREATE DATABASE one``."""
    engine = create_engine(f"{server}/{database}", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _as_owner(folder: Path) -> dict[str, Any]:
    """How to run PostgreSQL's programs on the folder. They refuse root, so root gives it to ``nobody``."""
    how: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "timeout": 60}
    if os.geteuid() != 0:
        return how
    shutil.chown(folder, "nobody")
    return {**how, "user": "nobody", "cwd": folder}
