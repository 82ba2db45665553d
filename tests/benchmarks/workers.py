"""In how many processes of gunicorn the mail worker is alive, and whether a recovery mail is really sent.

With 1 and 4 workers, with and without --preload; and again after one process was killed and gunicorn has replaced it.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from pathlib import Path

from . import figures, people
from .mail_server import Inbox, listening
from .serving import OURS, Server, our_settings, served
from .visitor import Visitor

MOST_SECONDS = 20


def main() -> None:
    figures.head("Workers: processes with a living mail thread, and a mail that leaves")
    with tempfile.TemporaryDirectory() as name:
        for number, (workers, preload) in enumerate([(1, False), (1, True), (4, False), (4, True)]):
            folder = Path(name) / str(number)
            folder.mkdir()
            _try(folder, workers, preload)


def _try(folder: Path, workers: int, preload: bool) -> None:
    url = people.fill_ours(folder / "ours.db", 2)
    what = f"{workers} worker{'s' if workers > 1 else ''}{', --preload' if preload else ''}"
    with listening(0.0) as (inbox, port):
        settings = our_settings(folder, url, mail_port=port)
        with served(OURS, settings, folder=folder, workers=workers, preload=preload) as server:
            figures.show(what, f"alive in {_alive(server, workers)}", f"{workers} of {workers}")
            figures.show("  a recovery mail leaves", _mailed(server, inbox, 1), "within 20 s")
            os.kill(server.workers[0], signal.SIGKILL)
            figures.show("  one killed and replaced", f"alive in {_alive(server, workers)}", f"{workers} of {workers}")
            figures.show("  a recovery mail leaves", _mailed(server, inbox, 2), "within 20 s")


def _alive(server: Server, workers: int) -> str:
    """Return how many of the processes have a living mail thread: ``4 of 4``."""
    met: dict[int, bool] = {}
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        now_running = set(server.workers)
        if len(now_running) == workers and now_running <= set(met):
            break
        found = json.loads(Visitor(server.port).ask("GET", "/benchmark/worker").text)
        met[found["pid"]] = found["alive"]
    return f"{sum(met.get(pid, False) for pid in server.workers)} of {len(server.workers)}"


def _mailed(server: Server, inbox: Inbox, customer: int) -> str:
    """Return how long a recovery mail took from the form to the mail server, as text."""
    before = time.monotonic()
    Visitor(server.port).send("/account/recover/password", email=people.address(customer))
    while time.monotonic() < before + MOST_SECONDS:
        if people.address(customer) in inbox.recipients:
            return f"after {time.monotonic() - before:.1f} s"
        time.sleep(0.05)
    return "no"


if __name__ == "__main__":
    main()
