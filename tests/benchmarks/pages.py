"""Requests per second of the sign-in page and two signed-in pages, as a ratio of ours to the bare app's.

Both run at the same time under gunicorn with one sync worker, and take turns of a second or less, so that other load on
the machine affects both. The CPU column compares CPU seconds, which other processes hardly change.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import figures, people
from .serving import BARE, OURS, Server, bare_settings, our_settings, served
from .visitor import Visitor, crowd

ROUNDS = 12
REQUESTS = 100
VISITORS = 3


@dataclass(frozen=True)
class Side:
    """One of the two apps: its server and the addresses of its pages."""

    server: Server
    sign_in: str
    identifier: str
    form: str
    host: str

    def signed_in(self) -> Visitor:
        visitor = Visitor(self.server.port)
        visitor.send(self.sign_in, **{self.identifier: people.address(1), "password": people.PASSWORD})
        return visitor


@dataclass(frozen=True)
class Turn:
    """The cost of one round of requests, in seconds per request."""

    wall: float
    cpu: float


def main() -> None:
    figures.head("Pages: requests per second, ours / bare; then CPU, bare / ours (1.00 = as fast as by hand)")
    with tempfile.TemporaryDirectory() as folder, _both(Path(folder)) as (ours, bare):
        _compare("sign-in page", ours, bare, ours.sign_in, bare.sign_in, signed_in=False)
        _compare("signed-in page: a host's own", ours, bare, ours.host, bare.host, signed_in=True)
        _compare("signed-in page: change password", ours, bare, ours.form, bare.form, signed_in=True)


@contextmanager
def _both(folder: Path) -> Iterator[tuple[Side, Side]]:
    """Both apps run until the end of the block, with the same customer in their databases."""
    ours = our_settings(folder, people.fill_ours(folder / "ours.db", 1))
    bare = bare_settings(people.fill_bare(folder / "bare.db", 1))
    with served(OURS, ours, folder=folder) as our_server, served(BARE, bare, folder=folder) as bare_server:
        yield (
            Side(our_server, "/account/login", "identifier", "/account/password/change", "/benchmark/services"),
            Side(bare_server, "/login", "email", "/password", "/"),
        )


def _compare(what: str, ours: Side, bare: Side, our_path: str, bare_path: str, *, signed_in: bool) -> None:
    turns: dict[int, list[Turn]] = {0: [], 1: []}
    sides = ((ours.server, our_path, _visitors(ours, signed_in)), (bare.server, bare_path, _visitors(bare, signed_in)))
    for server, path, visitors in sides:
        _turn(server, path, visitors)
    for number in range(ROUNDS):
        for at in (0, 1) if number % 2 else (1, 0):
            turns[at].append(_turn(*sides[at]))
    wall = [b.wall / a.wall for a, b in zip(turns[0], turns[1], strict=True)]
    cpu = [b.cpu / a.cpu for a, b in zip(turns[0], turns[1], strict=True)]
    figures.show(what, figures.spread(wall), "0.80")
    figures.show("  CPU", figures.spread(cpu))
    figures.show("  milliseconds a request, ours and bare", f"{_ms(turns[0])} and {_ms(turns[1])}")
    sizes = [len(visitors[0].get(path).text.encode()) for _, path, visitors in sides]
    figures.show("  bytes of the page, ours and bare", f"{sizes[0]} and {sizes[1]}")


def _visitors(side: Side, signed_in: bool) -> list[Visitor]:
    return [side.signed_in() if signed_in else Visitor(side.server.port) for _ in range(VISITORS)]


def _turn(server: Server, path: str, visitors: Sequence[Visitor]) -> Turn:
    tasks = [partial(visitors[number % VISITORS].get, path) for number in range(REQUESTS)]
    cpu, wall = server.cpu_seconds(), time.perf_counter()
    crowd(tasks, VISITORS)
    wall, cpu = time.perf_counter() - wall, server.cpu_seconds() - cpu
    return Turn(wall / REQUESTS, cpu / REQUESTS)


def _ms(turns: Sequence[Turn]) -> str:
    return f"{1000 * sorted(turn.wall for turn in turns)[len(turns) // 2]:.2f}"


if __name__ == "__main__":
    main()
