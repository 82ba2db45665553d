"""How long a visitor waits for the sign-in page while 64 clients send wrong passwords.

Each client has a loopback address of its own, names another user each time and sends the next try as soon as it has a
response, whatever Retry-After says. So only the limit on hashing slows it down.
"""

from __future__ import annotations

import http.client
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import median, quantiles

from . import figures, people
from .serving import OURS, our_settings, served

GUESSERS, SECONDS = 64, 20
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Guesser(threading.Thread):
    """Opens the form once, and sends it again and again over one connection."""

    def __init__(self, port: int, number: int, ends: float) -> None:
        super().__init__(daemon=True)
        self.port, self.number, self.ends = port, number, ends
        self.answers: Counter[int] = Counter()

    def run(self) -> None:
        body, headers = self._form()
        while time.monotonic() < self.ends:
            name = f"n{self.number}-{sum(self.answers.values())}@example.com"
            try:
                connection = self._connection()
                connection.request("POST", "/account/login", f"{body}&identifier={name}", headers)
                answer = connection.getresponse()
                answer.read()
                connection.close()
            except OSError:
                self.answers[0] += 1
            else:
                self.answers[answer.status] += 1

    def _connection(self) -> http.client.HTTPConnection:
        source = f"127.0.{1 + self.number // 200}.{1 + self.number % 200}"
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(source, 0))

    def _form(self) -> tuple[str, dict[str, str]]:
        connection = self._connection()
        connection.request("GET", "/account/login")
        answer = connection.getresponse()
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        found = TOKEN.search(answer.read().decode())
        if found is None:
            raise RuntimeError("the sign-in page has no form")
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        return f"csrf_token={found[1]}&password=not+my+password+at+all", headers


def main() -> None:
    figures.head(f"Opening the sign-in page while {GUESSERS} clients guess, gunicorn 2 workers x 8 threads")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = our_settings(folder, people.fill_ours(folder / "ours.db", 10))
        with served(OURS, settings, folder=folder, workers=2, threads=8) as server:
            waits(server.port, 10)
            show("nobody guesses", waits(server.port, 5), Counter())
            ends = time.monotonic() + SECONDS + 3
            guessers = [Guesser(server.port, number, ends) for number in range(GUESSERS)]
            for guesser in guessers:
                guesser.start()
            time.sleep(3)
            found = waits(server.port, SECONDS)
            for guesser in guessers:
                guesser.join(60)
            show(f"{GUESSERS} guess", found, sum((guesser.answers for guesser in guessers), Counter()))


def waits(port: int, seconds: float) -> list[float]:
    """Return the milliseconds that each page took, opening ten per second."""
    found, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/account/login")
        if connection.getresponse().status != 200:
            raise RuntimeError("the sign-in page is not there")
        connection.close()
        found.append((time.monotonic() - began) * 1000)
        time.sleep(0.1)
    return found


def show(what: str, found: list[float], answers: Counter[int]) -> None:
    figures.show(what, f"p50 {median(found):.0f} ms, p95 {quantiles(found, n=20)[-1]:.0f} ms", "p95 at most 200 ms")
    if answers:
        verified = answers[422] / (SECONDS + 3)
        figures.show("  guesses compared a second", f"{verified:.0f}, answers: {dict(sorted(answers.items()))}")


if __name__ == "__main__":
    sys.exit(main())
