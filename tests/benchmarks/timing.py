"""Does the response time reveal whether a customer exists? Every anonymous form, over HTTP, in interleaved pairs.

Each pair names a customer and an unknown person, both new to the app, in random order; sign-ins have a wrong password.
The mail worker runs in the same process, as it does by default, with a mail server that takes 50 ms.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from . import figures, people
from .mail_server import listening
from .serving import OURS, our_settings, served
from .visitor import Unexpected, Visitor

PAIRS = 400
PRESET = "sending-platform"
MAIL_SECONDS = 0.05

Form = dict[str, str]


def _sign_in(number: int) -> Form:
    return {"identifier": people.username(number), "password": "not the password at all"}


def _password(number: int) -> Form:
    return {"username": people.username(number), "email": people.address(number)}


def _username(number: int) -> Form:
    return {"email": people.address(number)}


def _request(number: int) -> Form:
    return {"name": "Alice Ortega", "email": people.address(number), "about": "I know neither of them any more."}


FORMS: dict[str, tuple[str, int, Callable[[int], Form]]] = {
    "login.form": ("/account/login", 422, _sign_in),
    "recovery.password": ("/account/recover/password", 303, _password),
    "recovery.username": ("/account/recover/username", 303, _username),
    "recovery.request": ("/account/recover/request", 303, _request),
}
"""By screen: its path, the status of the response, and a function that fills in the form for a customer's number."""


def main() -> None:
    figures.head(f"Timing: known less unknown, median of {PAIRS} interleaved pairs and its 95 % confidence interval")
    with tempfile.TemporaryDirectory() as name, listening(MAIL_SECONDS) as (_, port):
        folder = Path(name)
        url = people.fill_ours(folder / "ours.db", PAIRS * len(FORMS) + 1, by_email=False)
        settings = our_settings(folder, url, preset=PRESET, mail_port=port)
        with served(OURS, settings, folder=folder) as server:
            for at, screen in enumerate(FORMS):
                _compare(screen, server.port, first=1 + at * PAIRS)


def _compare(screen: str, port: int, *, first: int) -> None:
    path, status, fill = FORMS[screen]
    visitor, toss = Visitor(port), random.Random(screen)
    token = visitor.token(path)

    def seconds(number: int) -> float:
        form = {**fill(number), "csrf_token": token}
        before = time.perf_counter()
        reply = visitor.ask("POST", path, form)
        took = time.perf_counter() - before
        if reply.status != status:
            raise Unexpected(f"{path} answered {reply.status}: {reply.text[-300:]}")
        return took

    seconds(first + 500_000)
    known, unknown = [], []
    for number in range(first, first + PAIRS):
        turns = [(known, number), (unknown, number + 100_000)]
        toss.shuffle(turns)
        for times, who in turns:
            times.append(seconds(who))
    gaps = [(a - b) * 1000 for a, b in zip(known, unknown, strict=True)]
    low, high = figures.interval(gaps)
    figures.show(screen, f"{median(gaps):+.3f} ms ({low:+.3f} to {high:+.3f})", "within 0.3 ms, and 0 in the interval")
    figures.show("  one request, known and unknown", f"{1000 * median(known):.2f} and {1000 * median(unknown):.2f} ms")


if __name__ == "__main__":
    main()
