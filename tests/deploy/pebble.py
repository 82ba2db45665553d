"""A certificate authority that speaks ACME, as Let's Encrypt does, and looks at each domain on this machine."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import trustme

from ..serving import free_port

PROGRAMS = ("pebble", "pebble-challtestsrv")
START_SECONDS = 15


def is_installed() -> bool:
    return all(shutil.which(program) for program in PROGRAMS)


@dataclass(frozen=True, slots=True)
class Pebble:
    """Where it answers.

    Sample::

        Pebble("https://127.0.0.1:14000/dir", Path("authority.pem"), Path("root.pem"))
    """

    directory: str
    authority: Path
    """Whoever asks pebble trusts its own certificate by this one."""
    root: Path
    """The root of the certificates it hands out; a new one at each start."""


@contextmanager
def running(
    folder: Path, *, http: int = 80, https: int = 443, directory: int = 0, managed: int = 0
) -> Iterator[Pebble]:
    """Pebble runs until the block ends. Every domain leads to this machine.

    Args:
        http, https: The ports at which it looks whether a domain belongs to who asks.
        directory, managed: Its own ports; free ones by default.
    """
    directory, managed, dns = directory or free_port(), managed or free_port(), free_port()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(str(folder / "own.pem"))
    settings = {
        "listenAddress": f"127.0.0.1:{directory}", "managementListenAddress": f"127.0.0.1:{managed}",
        "certificate": str(folder / "own.pem"), "privateKey": str(folder / "own.pem"),
        "httpPort": http, "tlsPort": https,
    }  # fmt: skip
    (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
    names = [
        "pebble-challtestsrv", "-dns01", f"127.0.0.1:{dns}", "-management", f"127.0.0.1:{free_port()}",
        "-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", "",
    ]  # fmt: skip
    pebble = ["pebble", "-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns}"]
    # Without these it waits up to 15 seconds for each domain, and refuses some requests to see whether they come again.
    env = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    with (folder / "pebble.log").open("wb") as log:
        started = [subprocess.Popen(command, env=env, stdout=log, stderr=log) for command in (names, pebble)]
    try:
        context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
        (folder / "root.pem").write_bytes(_answer(f"https://127.0.0.1:{managed}/roots/0", context))
        yield Pebble(f"https://127.0.0.1:{directory}/dir", folder / "authority.pem", folder / "root.pem")
    finally:
        for process in started:
            process.terminate()
            process.wait(10)


def _answer(url: str, context: ssl.SSLContext) -> bytes:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with suppress(URLError), urlopen(url, context=context, timeout=5) as answer:
            body: bytes = answer.read()
            return body
        time.sleep(0.1)
    raise AssertionError("pebble does not start")
