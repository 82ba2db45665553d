"""``flask acct doctor``."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

import click
from flask import current_app
from flask.cli import with_appcontext

from . import checkup
from .checks import CHECKS
from .checkup import Checkup
from .lines import Line


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For a program: a list of findings.")
@click.option("--mail", "mail_to", metavar="ADDRESS", default="", help="Send a mail there, to see whether it arrives.")
@click.option("--url", metavar="URL", default="", help="Ask there instead of public_url: one of several servers, say.")
@click.option(
    "--dkim", metavar="SELECTOR", envvar="ACCT_DKIM_SELECTOR", default="", help="Under which name DKIM's key is."
)
@with_appcontext
def doctor(*, as_json: bool, mail_to: str, url: str, dkim: str) -> None:
    """Check the site as it runs, and say how to fix what is wrong.

    Run it on the machine of the site, with the environment of the app. Ends with 1 if anything failed, else with 0.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if "acct" not in app.extensions:
        raise click.ClickException("This app has no flask_acct. Call acct.init_app(app) where the app is made.")
    found = list(checkup.run(CHECKS, Checkup(app, url=url, mail_to=mail_to, dkim_selector=dkim)))
    if as_json:
        click.echo(json.dumps([line.plain() for line in found], indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(written(found)))
    if any(line.state == "fail" for line in found):
        sys.exit(1)


def written(found: Sequence[Line]) -> Iterator[str]:
    """Yield the findings as lines of text, each with its fix below it, and their number."""
    for line in found:
        yield f"{line.state:<4}  {line.name:<16} {line.what}"
        if line.fix:
            yield f"{'':<23}{line.fix}"
    number = Counter(line.state for line in found)
    yield f"\n{number['ok']} ok, {number['warn']} to look at, {number['fail']} to mend."
