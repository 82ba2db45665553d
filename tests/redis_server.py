"""A private Redis on loopback that keeps nothing on disk, in a process that tests may stop or kill."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from .serving import free_port


@dataclass
class RedisServer:
    """A server that can be stopped and started again at the same address, then empty."""

    port: int = field(default_factory=free_port)
    name: str = "redis"
    running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *options: str) -> None:
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", *options]
        self.running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while not self._answers():
            if time.monotonic() > end:
                raise TimeoutError("redis-server does not answer")
            time.sleep(0.01)

    def kill(self) -> None:
        """The process is gone, as after a loss of power."""
        if self.running is not None:
            self.running.kill()
            self.running.wait()
            self.running = None

    def hang(self) -> None:
        """The process takes connections and answers nothing."""
        assert self.running is not None
        os.kill(self.running.pid, signal.SIGSTOP)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as asked:
                asked.sendall(b"PING\r\n")
                return asked.recv(7) == b"+PONG\r\n"
        except OSError:
            return False


@contextmanager
def running() -> Iterator[RedisServer]:
    """A Redis runs until the end of the block, unless it is killed before."""
    if shutil.which("redis-server") is None and not os.environ.get("CI"):
        pytest.skip("needs the program redis-server")
    server = RedisServer()
    server.start()
    try:
        yield server
    finally:
        server.kill()
