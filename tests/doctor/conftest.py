"""A site as the doctor meets it: with servers of its own on loopback, for the web, for mail and for the DNS."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
import trustme

from flask_acct.doctor.checkup import Check, Checkup, run
from flask_acct.doctor.lines import Line

from ..mail.conftest import authority as authority
from ..mail.conftest import server as server
from ..web.conftest import make as make
from ..web.conftest import site as site

Find = Callable[[Check, Checkup], "list[tuple[str, str]]"]


def found(check: Check, checkup: Checkup) -> list[Line]:
    """What one check finds."""
    return list(run([check], checkup))


def states(check: Check, checkup: Checkup) -> dict[str, str]:
    """The worst state of each part that one check looked at."""
    worst: dict[str, str] = {}
    for line in found(check, checkup):
        worst[line.name] = max(worst.get(line.name, "ok"), line.state, key=("ok", "warn", "fail").index)
    return worst


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the tests' certificate authority."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@contextmanager
def answering(records: dict[str, list[str]]) -> Iterator[dns.resolver.Resolver]:
    """A resolver whose server knows these TXT records by name, and no others."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_answer, args=(listener, records), daemon=True)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], listener.getsockname()[1]
        yield resolver
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", listener.getsockname())
        thread.join(5)


def _answer(listener: socket.socket, records: dict[str, list[str]]) -> None:
    while True:
        asked, back = listener.recvfrom(4096)
        if not asked:
            return
        query = dns.message.from_wire(asked)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        name = query.question[0].name
        texts = records.get(str(name).rstrip("."), [])
        if texts:
            quoted = ['"' + text.replace('"', '\\"') + '"' for text in texts]
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *quoted))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        listener.sendto(answer.to_wire(), back)
