"""Recovery requests per second with a mail server that takes 50 ms, as a ratio of ours to the bare app's.

Each request names another customer, so each request to ours causes a mail, which the worker's thread in the same
process writes and sends while the next requests arrive. The bare app only stores its requests and sends no mails.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from . import figures, people
from .mail_server import listening
from .serving import BARE, OURS, bare_settings, our_settings, served
from .visitor import Unexpected, Visitor, crowd

ROUNDS = 24
REQUESTS = 30
VISITORS = 3
MAIL_SECONDS = 0.05


@dataclass
class Asker:
    """A visitor who has the form open and sends it again and again."""

    visitor: Visitor
    path: str
    token: str

    def ask(self, number: int) -> None:
        form = {"email": people.address(number), "csrf_token": self.token}
        reply = self.visitor.ask("POST", self.path, form)
        if reply.status != 303:
            raise Unexpected(f"{self.path} answered {reply.status}")


def main() -> None:
    figures.head("Recovery: requests per second with a 50 ms mail server, ours / bare")
    with tempfile.TemporaryDirectory() as name, listening(MAIL_SECONDS) as (inbox, port):
        folder = Path(name)
        customers = REQUESTS * (ROUNDS + 1)
        ours = our_settings(folder, people.fill_ours(folder / "ours.db", customers), mail_port=port)
        bare = bare_settings(people.fill_bare(folder / "bare.db", 1))
        with served(OURS, ours, folder=folder) as our_server, served(BARE, bare, folder=folder) as bare_server:
            our_turn = _turns(our_server.port, "/account/recover/password")
            bare_turn = _turns(bare_server.port, "/recover")
            our_turn(), bare_turn()
            ratios = [_ratio(our_turn, bare_turn, ours_first=bool(number % 2)) for number in range(ROUNDS)]
            figures.show("ours / bare", figures.spread(ratios), "0.70")
            figures.show("  mails sent meanwhile", str(len(inbox.recipients)))


def _ratio(ours: Callable[[], float], bare: Callable[[], float], *, ours_first: bool) -> float:
    if ours_first:
        our_seconds = ours()
        return bare() / our_seconds
    return bare() / ours()


def _turns(port: int, path: str) -> Callable[[], float]:
    askers = [Asker(visitor := Visitor(port), path, visitor.token(path)) for _ in range(VISITORS)]
    numbers = count(1)

    def turn() -> float:
        tasks = [partial(askers[number % VISITORS].ask, next(numbers)) for number in range(REQUESTS)]
        before = time.perf_counter()
        crowd(tasks, VISITORS)
        return time.perf_counter() - before

    return turn


if __name__ == "__main__":
    main()
