"""Running apps that take turns, so that whatever else the machine does hits all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from statistics import median

from . import clients
from .apps import App
from .clients import Request
from .serving import Server
from .visitor import Visitor

AT_ONCE = 8
"""As many requests as two workers of four threads handle at the same time."""

SETTLED_SECONDS = 60


@dataclass(frozen=True)
class Side:
    """One app that runs."""

    app: App
    server: Server

    def visitor(self) -> Visitor:
        return Visitor(self.server.port)

    def customer(self, number: int) -> Visitor:
        """A visitor who has signed in."""
        visitor = self.visitor()
        form = clients.OpenForm(self.server.port, self.app.sign_in, visitor)
        reply = visitor.ask("POST", self.app.sign_in, {**self.app.right(number), "csrf_token": form.token})
        assert reply.status in (302, 303), f"the sign-in of {self.app.name} answered {reply.status}"
        return visitor


@dataclass(frozen=True)
class Turn:
    """What one turn cost, in seconds a request.

    Args:
        cpu: Of the app's workers until the last answer.
        whole: Of the app's workers until all that the requests led to was done as well.
    """

    wall: float
    cpu: float
    whole: float


Prepare = Callable[[int], Sequence[Request]]
"""Returns the requests of a turn, by its number."""


def in_turns(
    sides: Mapping[str, Side],
    prepare: Mapping[str, Prepare],
    rounds: int,
    *,
    expect: Sequence[int],
    at_once: int = AT_ONCE,
    settle: Callable[[Side, int], object] = lambda _side, _requests: None,
) -> dict[str, list[Turn]]:
    """Return the turns of each side by its name. The first turn of each is not counted.

    Args:
        settle: Waits until the requests of a turn have led to what they lead to.
    """
    turns: dict[str, list[Turn]] = {name: [] for name in sides}
    names = list(sides)
    for number in range(rounds + 1):
        # Another one begins each round.
        for name in names[number % len(names) :] + names[: number % len(names)]:
            requests = prepare[name](number)
            turn = _turn(sides[name], requests, expect, at_once, settle)
            if number:
                turns[name].append(turn)
    return turns


def over(turns: Mapping[str, list[Turn]], base: str, name: str, what: str = "wall") -> float:
    """Return how many times as fast as ``base`` it is: the median of the rounds."""
    pairs = zip(turns[base], turns[name], strict=True)
    return median(getattr(slow, what) / getattr(fast, what) for slow, fast in pairs)


def milliseconds(turns: Sequence[Turn], what: str = "cpu") -> float:
    return 1000 * median(getattr(turn, what) for turn in turns)


def pages(side: Side, path: str, visitors: Sequence[Visitor], requests: int) -> Prepare:
    """The same page again and again, by visitors who take turns."""
    ready = [clients.page(visitors[number % len(visitors)], path) for number in range(requests)]
    return lambda _number: ready


def forms(side: Side, path: str, fill: Callable[[int], dict[str, str]], customers: range, requests: int) -> Prepare:
    """A form sent for one customer after the other, by visitors who have it open."""
    numbers = count()

    def prepare(_turn: int) -> list[Request]:
        opened = [clients.OpenForm(side.server.port, path) for _ in range(min(requests, 4))]
        return [
            opened[at % len(opened)].filled(fill(customers[next(numbers) * 7919 % len(customers)]))
            for at in range(requests)
        ]

    return prepare


def _turn(
    side: Side, requests: Sequence[Request], expect: Sequence[int], at_once: int, settle: Callable[[Side, int], object]
) -> Turn:
    cpu, wall = side.server.cpu_seconds(), time.perf_counter()
    clients.send(side.server.port, requests, at_once=at_once, expect=expect)
    wall = time.perf_counter() - wall
    answered = side.server.cpu_seconds() - cpu
    settle(side, len(requests))
    whole = side.server.cpu_seconds() - cpu
    return Turn(wall / len(requests), answered / len(requests), whole / len(requests))
