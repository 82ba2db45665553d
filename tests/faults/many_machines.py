"""Two web and two mail processes on one PostgreSQL, behind nginx and PgBouncer: each is killed in turn under load.

    python -m tests.faults.many_machines --seconds 4

Visitors sign in, open pages and ask for new passwords all the while. Prints for each kill how many requests were
answered and how many of them badly, then what became of the mails: those asked for, sent, lost and sent twice. Exits
with 1 if a mail was lost, if a request was answered with 500 or more once the failover was over, if somebody was signed
out, or if the two web servers counted failed sign-ins apart.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from flask_acct.config import Config
from flask_acct.testing import PASSWORD

from .. import pgbouncer, postgres_server, redis_server
from ..benchmarks import people
from ..benchmarks.serving import OURS, REPOSITORY, environment, our_settings
from ..benchmarks.visitor import Unexpected, Visitor
from ..redis_server import RedisServer
from ..serving import free_port

CUSTOMERS, VISITORS = 4000, 4
FAILOVER_SECONDS = 1.0
"""For how long after a kill a request may be answered badly: what the process that was killed had in hand."""

LEASE_SECONDS = 125
"""After how long another process sends what a killed one had in hand."""

START_SECONDS, SIGN_IN_TRIES = 30, 20

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream web {{
    server 127.0.0.1:{first} max_fails=1 fail_timeout=1s;
    server 127.0.0.1:{second} max_fails=1 fail_timeout=1s;
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://web;
      proxy_set_header Host $http_host;
      proxy_connect_timeout 1s;
      proxy_next_upstream error timeout;
    }}
  }}
}}
"""


class Mails:
    """A mail server that remembers each mail it took: its recipient and its Message-ID."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        head = envelope.content.decode("utf-8", "replace").partition("\r\n\r\n")[0]
        [id_] = [line.partition(":")[2].strip() for line in head.splitlines() if line.lower().startswith("message-id:")]
        self.taken += [(recipient, id_) for recipient in envelope.rcpt_tos]
        return "250 OK"


@dataclass
class Process:
    """A web server or a mail worker that can be killed, children and all, and started again."""

    name: str
    command: list[str]
    settings: dict[str, str]
    log: Path
    """What it says, to be looked at while the script runs."""
    port: int | None = None
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        env = environment(self.settings)
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command, cwd=REPOSITORY, env=env, start_new_session=True, stdout=log, stderr=log
            )
        if self.port is not None:
            # gunicorn listens before its app is there.
            wait_for(self.port, "/account/login")

    def kill(self) -> None:
        if self.running is not None:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()
            self.running = None


@dataclass
class Load:
    """Visitors who come until they are stopped, and what they met."""

    port: int
    answers: list[tuple[float, int]] = field(default_factory=list)
    """When, and with which status; 0 for no answer at all."""
    asked: list[str] = field(default_factory=list)
    """The addresses whose request for a new password was accepted."""
    signed_out: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(VISITORS + 1))
    stop: threading.Event = field(default_factory=threading.Event)

    def visit(self, number: int) -> None:
        """One visitor signs in once, and from then on opens pages and asks for passwords of others."""
        member = signed_in(self.port, people.address(number))
        while not self.stop.is_set():
            page = self.ask(member, "GET", "/benchmark/services")
            if page is not None and page.status < 500 and page.status != 200:
                self.signed_out += 1
            self.recover(people.address(next(self.numbers)))

    def recover(self, address: str) -> None:
        stranger = Visitor(self.port)
        form = self.ask(stranger, "GET", "/account/recover/password")
        if form is None or form.status != 200:
            return
        token = form.text.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        sent = self.ask(stranger, "POST", "/account/recover/password", {"email": address, "csrf_token": token})
        if sent is not None and sent.status == 303:
            self.asked.append(address)

    def ask(self, visitor: Visitor, *what: Any) -> Any:
        try:
            answer = visitor.ask(*what)
        except (OSError, http.client.HTTPException):
            self.answers.append((time.monotonic(), 0))
            return None
        self.answers.append((time.monotonic(), answer.status))
        return answer


def signed_in(port: int, address: str) -> Visitor:
    """Return a visitor who has signed in, and sent the form again if too many were about to."""
    for _ in range(SIGN_IN_TRIES):
        visitor = Visitor(port)
        try:
            visitor.send("/account/login", identifier=address, password=PASSWORD)
        except Unexpected:
            time.sleep(0.5)
        else:
            return visitor
    raise Unexpected(f"{address} cannot sign in")


@contextmanager
def loaded(port: int) -> Iterator[Load]:
    load = Load(port)
    threads = [threading.Thread(target=load.visit, args=(number,)) for number in range(1, VISITORS + 1)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stop.set()
        for thread in threads:
            thread.join(60)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4, help="between a kill and the start of the same process")
    parser.add_argument("--redis", action="store_true", help="a Redis counts tries, and is killed, too")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        url = stack.enter_context(database(folder))
        mails, smtp_port = stack.enter_context(mail_server())
        counting = stack.enter_context(redis_server.running()) if options.redis else None
        web, post = machines(folder, url, smtp_port, storage=counting.url if counting else "database")
        for one in (*web, *post):
            stack.callback(one.kill)
            one.start()
        port = stack.enter_context(nginx(folder, web))
        with loaded(port) as load:
            time.sleep(options.seconds)
            kills = [killed(one, options.seconds) for one in (*web, *post)]
            if counting:
                kills.append(killed(counting, options.seconds))
        lost = undelivered(load, mails)
        apart = tries(web)
    return report(load, mails, kills, lost, apart)


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL with customers, past a PgBouncer with four connections if it is installed."""
    for name in ("postgres", "pgbouncer"):
        (folder / name).mkdir()
    server = postgres_server.start(folder / "postgres")
    try:
        url = people.fill(f"{server}/postgres", CUSTOMERS)
        there = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
        with pgbouncer.before(url, folder / "pgbouncer", size=4) if there else nullcontext(url) as address:
            print(f"PgBouncer: {'in transaction mode, 4 connections' if there else 'not installed'}")
            yield address
    finally:
        postgres_server.stop(folder / "postgres")


@contextmanager
def mail_server() -> Iterator[tuple[Mails, int]]:
    mails = Mails()
    controller = Controller(mails, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield mails, controller.port
    finally:
        controller.stop()


def machines(folder: Path, url: str, smtp_port: int, *, storage: str) -> tuple[list[Process], list[Process]]:
    """Two web and two mail processes, which share the database and, if it counts tries, Redis."""
    settings = {**our_settings(folder, url, mail_port=smtp_port), "FLASK_ACCT_WORKER": "false"}
    settings["ACCT_LIMITS_STORAGE"] = storage
    web, python = [], sys.executable
    for name in ("web 1", "web 2"):
        port = free_port()
        how = ["--workers", "1", "--worker-class", "gthread", "--threads", "4", "--no-control-socket"]
        command = [python, "-m", "gunicorn", OURS, *how, "--bind", f"127.0.0.1:{port}"]
        web.append(Process(name, command, settings, folder / f"{name}.log", port))
    command = [python, "-m", "flask", "--app", OURS, "acct", "post"]
    return web, [Process(name, command, settings, folder / f"{name}.log") for name in ("mail 1", "mail 2")]


@contextmanager
def nginx(folder: Path, web: list[Process]) -> Iterator[int]:
    port, file = free_port(), folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, port=port, first=web[0].port, second=web[1].port), "utf-8")
    running = subprocess.Popen(["nginx", "-e", str(folder / "nginx.log"), "-c", str(file)])
    try:
        wait_for(port)
        yield port
    finally:
        running.terminate()
        running.wait(10)


def killed(victim: Process | RedisServer, seconds: float) -> tuple[str, float]:
    """The process was killed, was away for a while, and is there again. Returns its name and when it was killed."""
    at = time.monotonic()
    victim.kill()
    time.sleep(seconds)
    victim.start()
    time.sleep(seconds)
    return victim.name, at


def undelivered(load: Load, mails: Mails) -> set[str]:
    """Return the addresses that got no mail, although the leases of killed processes have ended."""
    end = time.monotonic() + LEASE_SECONDS
    while time.monotonic() < end:
        lost = set(load.asked) - {recipient for recipient, _ in mails.taken}
        if not lost:
            return lost
        time.sleep(0.5)
    return lost


def tries(web: list[Process]) -> int:
    """Return how many wrong passwords were checked for one user whose sign-ins went to both servers in turn."""
    for number in range(100):
        visitor = Visitor(web[number % 2].port or 0)
        wrong = {"identifier": people.address(CUSTOMERS), "password": "wrong horse", "csrf_token": ""}
        wrong["csrf_token"] = visitor.token("/account/login")
        if visitor.ask("POST", "/account/login", wrong).status == 429:
            return number
    return 100


def report(load: Load, mails: Mails, kills: list[tuple[str, float]], lost: set[str], apart: int) -> int:
    """Print what happened. Returns the exit code."""
    times = [at for _, at in kills]
    late = 0
    print(f"{'killed':<8} {'answers':>8} {'of these badly':>15} {'the last, s after':>18}")
    for number, (name, at) in enumerate(kills):
        until = times[number + 1] if number + 1 < len(times) else float("inf")
        here = [(when, status) for when, status in load.answers if at <= when < until]
        bad = [when - at for when, status in here if status == 0 or status >= 500]
        late += sum(after > FAILOVER_SECONDS for after in bad)
        print(f"{name:<8} {len(here):>8,} {len(bad):>15} {f'{max(bad):.2f}' if bad else '-':>18}")
    before = sum(status == 0 or status >= 500 for when, status in load.answers if when < times[0])
    twice = sum(number - 1 for number in Counter(mails.taken).values())
    allowed = Config().limits.sign_in_failures
    print(f"mails: asked for {len(set(load.asked)):,}, lost {len(lost)}, twice {twice} of {len(mails.taken):,} sent")
    print(f"signed out: {load.signed_out}; wrong passwords checked by both servers together: {apart} of {allowed}")
    print(f"answers of 500 and more, or none: {late} after failover, {before} before any kill")
    return 1 if lost or late or before or load.signed_out or apart != allowed else 0


def wait_for(port: int, path: str = "/") -> None:
    """The server at the port answers; whatever it says."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            Visitor(port).ask("GET", path)
        except (OSError, http.client.HTTPException):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
