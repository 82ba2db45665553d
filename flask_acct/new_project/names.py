"""The names that a new project is made of, from which every file of it is rendered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import AcctError

NAME = re.compile(r"[a-z][a-z0-9-]{0,29}[a-z0-9]")
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
PLAIN_PATH = re.compile(r"(/[A-Za-z0-9._-]+)+")


class NameRefused(AcctError):
    """A name that systemd, nginx or PostgreSQL would not take."""


@dataclass(frozen=True, slots=True)
class ProjectNames:
    """Names of a project.

    Sample::

        ProjectNames("my-company", "My Company", "clients.example.com", "/srv/my-company", "1.2.3")
    """

    name: str
    """Of the services, their user and the database."""
    company: str
    domain: str
    home: str
    """The folder on the server."""
    version: str
    """Of flask_acct."""

    @property
    def mail_domain(self) -> str:
        """The domain of mail addresses: ``example.com`` for ``clients.example.com``."""
        labels = self.domain.split(".")
        return ".".join(labels[1:]) if len(labels) > 2 else self.domain

    @property
    def zone(self) -> str:
        """The name within nginx, where a hyphen would be read as two names by people."""
        return self.name.replace("-", "_")


def project_names(folder: Path, *, domain: str, company: str | None, home: str | None, version: str) -> ProjectNames:
    """Return the names of a project in a folder. Raises ``NameRefused``."""
    name = folder.name
    if not NAME.fullmatch(name):
        raise NameRefused(
            f"{name!r} cannot be the name of a service. Call the folder something like my-company: "
            "2 to 31 lower-case letters, digits and hyphens, a letter first."
        )
    domain = domain.lower().rstrip(".")
    labels = domain.split(".")
    if len(labels) < 2 or len(domain) > 253 or not all(map(LABEL.fullmatch, labels)):
        raise NameRefused(f"{domain!r} is not a domain. Write it without https, such as clients.example.com.")
    place = home or str(folder)
    if not PLAIN_PATH.fullmatch(place):
        raise NameRefused(f"{place!r} cannot stand in the files of systemd and nginx. Use --home /srv/{name}.")
    return ProjectNames(name, _company(company, name), domain, place, version)


def _company(given: str | None, name: str) -> str:
    company = given or name.replace("-", " ").title()
    if not company.isprintable() or set(company) & set('"\\%'):
        raise NameRefused("The name of the company may hold no quotation mark, backslash or percent sign.")
    return company
