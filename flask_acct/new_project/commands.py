"""``flask acct new``."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click

from .files import write_project
from .names import ProjectNames, project_names


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--domain", required=True, help="Where customers find it, such as clients.example.com.")
@click.option("--preset", default="client-area", show_default=True, help="What acct.toml begins with.")
@click.option("--name", "company", help="The company as customers read it. Default: made from the folder's name.")
@click.option(
    "--locale", "locales", multiple=True, help="A language to offer; may be given several times, the default one first."
)
@click.option("--time-zone", help="Of the times in mails and pages, such as Europe/London. Default: the preset's.")
@click.option("--home", help="Where the folder will be on the server. Default: where it is now.")
def new(
    *,
    folder: Path,
    domain: str,
    preset: str,
    company: str | None,
    locales: tuple[str, ...],
    time_zone: str | None,
    home: str | None,
) -> None:
    """Write a project that is ready to run on a server to FOLDER.

    The folder's name becomes that of the services, of their user and of the database. It may hold nothing yet but a
    virtual environment called venv.
    """
    folder = folder.absolute()
    names = project_names(folder, domain=domain, company=company, home=home, version=version("flask_acct"))
    written = write_project(folder, names, preset=preset, locales=locales, time_zone=time_zone)
    click.echo("\n".join(_report(names, written)))


def _report(names: ProjectNames, written: list[str]) -> Iterator[str]:
    yield f"Wrote {len(written)} files for https://{names.domain}: {', '.join(written)}."
    yield ""
    yield "Next:"
    yield "  1. Copy .env.example to .env and fill in the secret key, the mail server and its account."
    yield "  2. Read acct.toml: languages, time zone, what people sign in with."
    yield f"  3. On the server, in {names.home}: ./acct check, ./acct upgrade, then enable the services in systemd/"
    yield "     and the site in nginx/. Or, with Docker: docker compose up --detach"
    yield "  4. Add your first customer: ./acct add-account --name NAME --email ADDRESS"
