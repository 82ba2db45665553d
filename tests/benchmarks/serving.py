"""An app under gunicorn, and what its processes cost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask_acct import config as configuration

from ..serving import free_port

REPOSITORY = Path(__file__).parents[2]
SECRET_KEY = "8f2c1e7ab45d90634be1c07f5d2a9e63"
START_SECONDS = 30
STOP_SECONDS = 15

GENEROUS = (
    "sign_ins_per_address_per_hour", "known_browser_sign_ins_per_hour", "requests_per_address", "requests_per_hour",
    "support_requests_per_address", "support_requests_per_hour",
)  # fmt: skip
"""The limits that one visitor who asks thousands of times would reach."""

OURS = "tests.benchmarks.ours:create_app()"
BARE = "tests.benchmarks.bare:create_app()"


@dataclass(frozen=True)
class Server:
    """A running gunicorn."""

    port: int
    pid: int

    @property
    def workers(self) -> tuple[int, ...]:
        """The process ids of its workers."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return tuple(int(pid) for pid in children.split())

    def cpu_seconds(self) -> float:
        """CPU time its workers have used so far, all their threads."""
        return sum(_nanoseconds(pid) for pid in self.workers) / 1e9

    def memory(self) -> tuple[float, float]:
        """MiB of its largest worker: resident, and resident but shared with nobody."""
        return max(_memory(pid) for pid in self.workers)


@contextmanager
def served(
    app: str,
    settings: Mapping[str, str],
    *,
    folder: Path,
    workers: int = 1,
    threads: int = 0,
    preload: bool = False,
    python: str = sys.executable,
) -> Iterator[Server]:
    """The app answers on loopback until the end of the block."""
    port = free_port()
    log = folder / f"gunicorn-{port}.log"
    command = [
        python, "-m", "gunicorn", app, "--workers", str(workers), "--worker-class",
        *(["gthread", "--threads", str(threads)] if threads else ["sync"]),
        "--bind", f"127.0.0.1:{port}", "--error-logfile", str(log), "--worker-tmp-dir", "/dev/shm",
        "--no-control-socket", *(["--preload"] if preload else []),
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environment(settings), stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process, log)
        yield Server(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def our_settings(
    folder: Path, database_url: str, *, preset: str = "client-area", mail_port: int | None = None
) -> dict[str, str]:
    """The environment of our app: a shipped preset, with the limits on tries out of the benchmark's way."""
    file = folder / f"{preset}.toml"
    generous = "\n".join(["[limits]", *(f"{limit} = 100000" for limit in GENEROUS)])
    file.write_text(configuration.preset_text(preset) + "\n" + generous, "utf-8")
    settings = {"ACCT_CONFIG": str(file), "ACCT_DATABASE_URL": database_url, "FLASK_SECRET_KEY": SECRET_KEY}
    if mail_port is None:
        return {**settings, "ACCT_DEMO": "1"}
    return {**settings, "FLASK_MAIL_SERVER": "127.0.0.1", "FLASK_MAIL_PORT": str(mail_port)}


def bare_settings(database_url: str) -> dict[str, str]:
    """The environment of the bare app."""
    return {"BARE_DATABASE_URL": database_url, "FLASK_SECRET_KEY": SECRET_KEY}


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these settings and no others of the apps; what is imported is compiled once."""
    others = ("ACCT_", "FLASK_", "BARE_", "PEER_", "BENCHMARK_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {**kept, **settings}


def _memory(pid: int) -> tuple[float, float]:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: int(size) for name, size, *_ in (line.replace(":", "").split() for line in rollup)}
    return sizes["Rss"] / 1024, (sizes["Private_Clean"] + sizes["Private_Dirty"]) / 1024


def _nanoseconds(pid: int) -> int:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"gunicorn did not start:\n{log.read_text() if log.exists() else ''}")
