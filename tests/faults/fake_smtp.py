"""A mail server that pauses at a chosen point of the conversation until it is told to go on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Literal

Point = Literal["before_data", "after_data", "after_250", "at_quit"]
POINTS: tuple[Point, ...] = ("before_data", "after_data", "after_250", "at_quit")


class FakeServer:
    """Accepts mails one at a time. ``taken`` holds those it has answered with 250, or was about to.

    If ``pause_at`` is set, the next conversation pauses there, ``reached`` is set, and it goes on once ``go`` is set.
    ``before_data``: the client has sent DATA and waits for the reply. ``after_data``: the whole mail has arrived and
    has no reply yet. ``after_250``: the reply 250 has been sent, and the client waits for the reply to QUIT.
    """

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.pause_at: Point | None = None
        self.reached = threading.Event()
        self.go = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def arm(self, point: Point) -> None:
        self.reached.clear()
        self.go.clear()
        self.pause_at = point

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=[connection], daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rwb") as wire:
                self._talk(wire.readline, lambda text: (wire.write(text + b"\r\n"), wire.flush()))
        except OSError:
            return

    def _talk(self, read: Callable[[], bytes], say: Callable[[bytes], object]) -> None:
        say(b"220 fake")
        while line := read():
            verb = line.split(b" ")[0].strip().upper()
            if verb == b"DATA":
                self._take(read, say)
            elif verb == b"QUIT":
                self._pause("at_quit")
                say(b"221 bye")
                return
            else:
                say(b"250 fake")

    def _take(self, read: Callable[[], bytes], say: Callable[[bytes], object]) -> None:
        self._pause("before_data")
        say(b"354 go on")
        lines = []
        while (line := read()) not in (b".\r\n", b""):
            lines.append(line)
        if not line:
            return
        self._pause("after_data")
        self.taken.append(b"".join(lines))
        say(b"250-taken")
        self._pause("after_250")
        say(b"250 taken")

    def _pause(self, point: Point) -> None:
        if self.pause_at != point:
            return
        self.pause_at = None
        self.reached.set()
        self.go.wait(60)
        # The client was killed meanwhile, so no reply can reach it.
        raise OSError("the client is gone")
