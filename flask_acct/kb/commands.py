"""``flask acct kb``: build the help site, and check it against the live screens."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .centre import centre
from .content import KbError
from .tree import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .runs import Outcome

config_option = click.option("--config", help="An acct.toml or a preset. Default: ACCT_CONFIG, else acct.toml here.")
records_option = click.option(
    "--records",
    type=click.Path(path_type=Path),
    help="Where the manifest and pictures are. Default: acct-verified here.",
)


@click.group()
def kb() -> None:
    """Build the help site and check it against the live screens."""


@kb.command()
@click.argument("out", type=click.Path(path_type=Path), default=Path("site"))
@click.option("--allow-unverified", is_flag=True, help="Build pages that say they were not checked.")
@config_option
@records_option
def build(out: Path, allow_unverified: bool, config: str | None, records: Path | None) -> None:
    """Write the whole help site to OUT (default: site), every language."""
    from . import site

    made = centre(config, records)
    site.build(made, out, allow_unverified=allow_unverified or os.environ.get("ACCT_UNVERIFIED") == "1")
    pages = sum(1 for _ in out.rglob("*.html"))
    click.echo(f"{out}: {pages} pages in {', '.join(made.locales)}. Serve it with ACCT_HELP_SITE={out.resolve()}")


@kb.command()
@click.argument("out", type=click.Path(path_type=Path))
@config_option
@records_option
def render(out: Path, config: str | None, records: Path | None) -> None:
    """Write the articles to OUT as plain Markdown, for any site generator."""
    made = centre(config, records)
    files = write(made, out)
    click.echo(f"{out}: {len(files)} files in {', '.join(made.locales)}.")


@kb.command()
@config_option
def check(config: str | None) -> None:
    """Find what needs no browser: stale translations, steps that differ, labels typed by hand."""
    made = centre(config)
    problems = made.problems()
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        raise click.exceptions.Exit(1)
    click.echo(f"{len(made.ids)} articles in {', '.join(made.locales)} are fine.")


@kb.command()
@click.option("--app", help="The app to check, as for flask --app. Default: FLASK_APP, else sample_app:create_app.")
@click.option("--articles", multiple=True, help="Only this article; may be repeated.")
@click.option("--locale", "locales", multiple=True, help="Only this language; may be repeated.")
@click.option("--platform", "platforms", multiple=True, help="Only this platform; may be repeated.")
@click.option("--phone", is_flag=True, help="At the width of a phone; takes no pictures.")
@click.option("--no-pictures", is_flag=True, help="Do the steps only.")
@click.option("--all", "again", is_flag=True, help="Also journeys that went well and of which nothing has changed.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="How many processes share the work.")
@config_option
@records_option
@click.pass_context
def verify(
    ctx: click.Context,
    app: str | None,
    articles: tuple[str, ...],
    locales: tuple[str, ...],
    platforms: tuple[str, ...],
    phone: bool,
    no_pictures: bool,
    again: bool,
    jobs: int,
    config: str | None,
    records: Path | None,
) -> None:
    """Do every article's steps in a browser on the live screens, take the pictures, and write the manifest."""
    from . import runs

    made = centre(config, records)
    _chosen(platforms, tuple(name for name in made.editions if name), "platform")
    wanted = [
        runs.Run(id_, locale, platform)
        for platform in made.editions
        if not platforms or platform in platforms
        for id_ in _chosen(articles, made.ids, "article")
        for locale in _chosen(locales, made.locales, "language")
    ]
    source = config or os.environ.get("ACCT_CONFIG")
    environment = {"ACCT_CONFIG": source} if source else {}
    order = runs.Order(
        source=config,
        records=records,
        app=app or _app_of(ctx),
        environment=environment,
        view="phone" if phone else "wide",
        pictures=not no_pictures,
        again=again,
    )
    _sum_up(runs.verify(made, wanted, order, jobs=jobs), made.manifest.folder)


def _sum_up(outcomes: Sequence[Outcome], folder: Path) -> None:
    failed = sum(1 for outcome in outcomes if outcome.failure)
    skipped = sum(1 for outcome in outcomes if outcome.skipped)
    if failed:
        click.echo(f"\n{failed} of {len(outcomes)} journeys failed.", err=True)
        raise click.exceptions.Exit(1)
    unchanged = f"; {skipped} skipped, for nothing has changed since they ran (--all runs them)" if skipped else ""
    click.echo(f"{len(outcomes) - skipped} journeys went as written{unchanged}. {folder} says so.")


@kb.command(hidden=True)
@click.option("--port", type=int, required=True)
@click.pass_context
def stage(ctx: click.Context, port: int) -> None:
    """The app's side of 'verify'."""
    from .stage import serve

    serve(ctx.obj.load_app(), port)


def _chosen(names: tuple[str, ...], known: tuple[str, ...], kind: str) -> list[str]:
    for name in names:
        if name not in known:
            raise KbError(f"{name!r} is no {kind} of this help centre; it has: {', '.join(known) or 'none'}")
    return [name for name in known if not names or name in names]


def _app_of(ctx: click.Context) -> str:
    """The app that flask --app or FLASK_APP names, else the sample."""
    found: str | None = getattr(ctx.obj, "app_import_path", None)
    return found or os.environ.get("FLASK_APP") or "sample_app:create_app"
