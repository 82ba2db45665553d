"""What the DNS says of the domain mails are from: SPF, DKIM and DMARC, without which they are taken for junk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..mail.smtp import is_fully_qualified
from .checkup import Checkup
from .lines import Line, fail, not_checked, ok
from .mail import sender_of

TIMEOUT_SECONDS = 5.0
INSTALL = "Run: pip install dnspython"
EXAMPLE = re.compile(r"(^|\.)example(\.(com|net|org))?$")
"""Names kept for documentation. Source: RFC 2606."""

OPEN_TO_ALL = re.compile(r"(^|\s)\+?all\b", re.IGNORECASE)


class NoDns(Exception):
    """The DNS could not be asked. The text says why."""


class NoLibrary(NoDns):
    """The library that asks is not installed."""


def spf(checkup: Checkup) -> Line:
    """Whether the domain says which servers may send its mail. Source: RFC 7208."""
    domain = _domain(checkup)
    fix = f'Add a TXT record to {domain} with the servers that send its mail: "v=spf1 mx include:... ~all"'
    return _of_record(checkup, "SPF", domain, prefix="v=spf1", missing=fix)


def dmarc(checkup: Checkup) -> Line:
    """Whether the domain says what is done with mail that pretends to be from it. Source: RFC 7489."""
    domain = _domain(checkup)
    organisation = ".".join(domain.split(".")[-2:])
    fix = f'Add a TXT record to _dmarc.{organisation}: "v=DMARC1; p=none; rua=mailto:postmaster@{organisation}"'
    found = _of_record(checkup, "DMARC", f"_dmarc.{domain}", prefix="v=DMARC1", missing=fix)
    if found.state == "fail" and organisation != domain:
        return _of_record(checkup, "DMARC", f"_dmarc.{organisation}", prefix="v=DMARC1", missing=fix)
    return found


def dkim(checkup: Checkup) -> Line:
    """Whether the public key is there by which others verify signatures. Source: RFC 6376."""
    if not checkup.dkim_selector:
        fix = "Set ACCT_DKIM_SELECTOR, or --dkim, to the s= of a DKIM-Signature in a mail that has arrived."
        return not_checked("DKIM", "the selector is not known", fix)
    name = f"{checkup.dkim_selector}._domainkey.{_domain(checkup)}"
    return _of_record(
        checkup, "DKIM", name, prefix="", missing=f"Add the TXT record {name} that your mail server gives you."
    )


def _domain(checkup: Checkup) -> str:
    return sender_of(checkup).address.rpartition("@")[2]


def _of_record(checkup: Checkup, name: str, where: str, *, prefix: str, missing: str) -> Line:
    if EXAMPLE.search(where) or not is_fully_qualified(where.replace("_", "")):
        fix = "Set FLASK_MAIL_DEFAULT_SENDER to an address of yours."
        return not_checked(name, f"mails are from {_domain(checkup)}, which is nobody's domain", fix)
    try:
        records = [one for one in _texts(where, checkup.resolver) if one.lower().startswith(prefix.lower())]
    except NoLibrary as failed:
        return not_checked(name, str(failed), INSTALL)
    except NoDns as failed:
        return not_checked(name, str(failed), "Try again, or ask another way: dig TXT " + where)
    return _judged(name, where, records, missing)


def _judged(name: str, where: str, records: Sequence[str], missing: str) -> Line:
    if not records:
        return fail(name, f"{where} has none, so that mails are taken for junk", missing)
    if name != "DKIM" and len(records) > 1:
        return fail(name, f"{where} has {len(records)}, and then none counts", "Make them one record.")
    if name == "SPF" and OPEN_TO_ALL.search(records[0]):
        return fail(name, f"{where} lets everybody send its mail: {records[0]}", 'End it with "~all" or "-all".')
    if name == "DKIM" and re.search(r"(^|;)\s*p=\s*(;|$)", records[0]):
        return fail(name, f"the key of {where} is withdrawn", missing)
    if name == "DMARC" and re.search(r"\bp=none\b", records[0]):
        return ok(name, f"{where} only asks for reports (p=none); p=quarantine protects your customers")
    return ok(name, f"{where} has one")


def _texts(where: str, resolver: Any) -> list[str]:
    """Return the TXT records of a name; none if there is no such name. Raises ``NoDns``."""
    try:
        import dns.exception
        import dns.resolver
    except ImportError:
        raise NoLibrary("dnspython is not installed") from None
    try:
        answer = (resolver or dns.resolver.Resolver()).resolve(where, "TXT", lifetime=TIMEOUT_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise NoDns(f"the DNS does not answer ({type(error).__name__})") from None
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
