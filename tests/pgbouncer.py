"""A private PgBouncer on loopback, in transaction mode, before the PostgreSQL server of the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from .serving import free_port

SETTINGS = """
[databases]
* = host={host} port={server} user=acct
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
unix_socket_dir =
logfile = {folder}/log
"""


@contextmanager
def before(url: str, folder: Path, *, size: int) -> Iterator[str]:
    """PgBouncer stands before a database, with so many connections to its server. Yields the URL to use then.

    Args:
        folder: Empty. If this process is root, the folder is given to ``nobody``: PgBouncer refuses root.
    """
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("needs the program pgbouncer")
    server, port = make_url(url), free_port()
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        SETTINGS.format(host=server.host, server=server.port, port=port, size=size, folder=folder), "utf-8"
    )
    as_owner = ["-u", "nobody"] if os.geteuid() == 0 else []
    if as_owner:
        shutil.chown(folder, "nobody")
    running = subprocess.Popen([program, "-q", *as_owner, settings], stderr=subprocess.DEVNULL)
    through = server.set(port=port).render_as_string(hide_password=False)
    try:
        _wait(through)
        yield f"{through}?pgbouncer=true"
    finally:
        running.terminate()
        running.wait(60)


def _wait(url: str) -> None:
    engine = create_engine(url)
    end = time.monotonic() + 60
    while True:
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            break
        except OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
    engine.dispose()
