"""``flask acct kb``: build the help site, and check it against the live screens."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask.cli import ScriptInfo

from .. import config as configuration
from ..features import platforms
from .articles import stamps
from .articles.content import KbError
from .articles.knowledge_base import centre, source_of
from .site import checks, forks
from .site.tree import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .articles.knowledge_base import KnowledgeBase
    from .journeys.runs import Outcome, Run

locale_option = click.option("--locale", "locales", multiple=True, help="Only this language; may be repeated.")
unverified_option = click.option("--allow-unverified", is_flag=True, help="Build pages that say they were not checked.")
config_option = click.option("--config", help="An acct.toml or a preset. Default: ACCT_CONFIG, else acct.toml here.")
records_option = click.option(
    "--records",
    type=click.Path(path_type=Path),
    help="Where the manifest and pictures are. Default: acct-verified here.",
)

INTERRUPTED = 130
"""The exit status of a program that Ctrl-C ended."""

STOPPED = {
    **dict.fromkeys(("build", "render", "pdf", "zip"), "Stopped. What stood there before is as it was."),
    "verify": "Stopped. What was checked so far is kept: the same command goes on from there.",
}


class Stoppable(click.Group):
    """Commands that print one line when Ctrl-C ends them."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OSError as error:
            raise KbError(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.") from None
        except KeyboardInterrupt:
            stopped = ctx.invoked_subcommand or ""
            click.echo(f"\n{STOPPED.get(stopped, 'Stopped.')}", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None


@click.group(cls=Stoppable)
def kb() -> None:
    """Build the help site and check it against the live screens."""


@kb.command()
@click.argument("out", type=click.Path(path_type=Path), default=Path("site"))
@click.option("--static", is_flag=True, help="For a host without the app: readers are not asked if a page helped.")
@unverified_option
@config_option
@records_option
def build(out: Path, static: bool, allow_unverified: bool, config: str | None, records: Path | None) -> None:
    """Write the whole help site to OUT (default: site), every language."""
    from .site import building, layout

    made = centre(config, records)
    building.build(made, out, allow_unverified=_allowed(allow_unverified), copy=layout.Copy(static=static))
    pages = sum(1 for _ in out.rglob("*.html"))
    click.echo(f"{out}: {pages} pages in {', '.join(made.locales)}. Serve it with ACCT_HELP_SITE={out.resolve()}")


@kb.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address of this machine to serve on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option("--open", "is_opened", is_flag=True, help="Open the site in a browser.")
@config_option
@records_option
def serve(host: str, port: int, is_opened: bool, config: str | None, records: Path | None) -> None:
    """Show the help site while you write it: pages follow each change, and say what is to be mended.

    Articles, glossary, pictures, translations and acct.toml are followed. What was not verified says so on its page.
    """
    from .live.server import LiveServer
    from .live.site import Origin

    origin = Origin(lambda: centre(config, records), files=(Path(source_of(config)), Path("acct.toml")))
    LiveServer(origin, host=host, port=port, report=click.echo).serve(open_in_browser=is_opened)


@kb.command()
@click.argument("article")
@click.option("--screen", default="", help="Whose fields and button its steps name. Default: the sign-in page's.")
@click.option("--title", default=None, help="Default: the name as words.")
@config_option
def new(article: str, screen: str, title: str | None, config: str | None) -> None:
    """Begin ARTICLE, order-bread say, in the folder of [help] articles: a file in each language of the site.

    It has the right head, sample steps with labels by their slots, and translations that name the text they are of.
    """
    from .articles import beginning
    from .site import redirects

    source = source_of(config)
    platform = next(iter(platforms(configuration.find(source)).values()))
    for file in beginning.begin(article, source, platform, screen=screen, title=title, taken=redirects.TAKEN):
        click.echo(str(file))
    click.echo(
        f"Write it, and look at it with 'flask acct kb serve'. 'flask acct kb verify --watch {article}' does its steps "
        f"at each change. Once the translations say the same, 'flask acct kb stamp {article}' notes it."
    )


@kb.command("zip")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@locale_option
@unverified_option
@config_option
@records_option
def zip_(out: Path, locales: tuple[str, ...], allow_unverified: bool, config: str | None, records: Path | None) -> None:
    """Write the help site to the ZIP file OUT, to be unpacked anywhere and read without a server."""
    from .site import offline

    made = centre(config, records)
    chosen = tuple(_chosen(locales, made.locales, "language"))
    pages = offline.write(made, out, allow_unverified=_allowed(allow_unverified), locales=chosen)
    click.echo(f"{out}: {pages} pages in {', '.join(chosen)}, {out.stat().st_size / 1e6:.1f} MB. Open help/index.html")


@kb.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@locale_option
@unverified_option
@config_option
@records_option
def pdf(out: Path, locales: tuple[str, ...], allow_unverified: bool, config: str | None, records: Path | None) -> None:
    """Write all articles as a book to the folder OUT, a PDF for each language. Needs flask_acct[kb,verify]."""
    from .site.pdf import write

    made = centre(config, records)
    chosen, today = tuple(_chosen(locales, made.locales, "language")), datetime.now(UTC).date()
    for file in write(made, out, allow_unverified=_allowed(allow_unverified), today=today, locales=chosen):
        click.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


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
    """Find what needs no browser: stale translations, steps that differ, labels and times typed by hand, dead claims.

    What begins with "Note" is no fault: a language without a text of its own, a message no article helps with.
    """
    made = centre(config)
    problems = checks.problems(made, forks.cores())
    for problem in problems:
        click.echo(str(problem), err=True)
    for notice in checks.notices(made):
        click.echo(f"Note: {notice}.")
    if problems:
        raise click.exceptions.Exit(1)
    click.echo(f"{len(made.ids)} articles in {', '.join(made.locales)} are fine.")


@kb.command()
@click.argument("article", required=False)
@click.option("--locale", "locales", multiple=True, help="Only this language; may be repeated.")
@config_option
def stamp(article: str | None, locales: tuple[str, ...], config: str | None) -> None:
    """Say that the translations of ARTICLE were brought up to date; without ARTICLE, those of all.

    Read them first: this only writes into each which text it is now a translation of.
    """
    content = centre(config).content
    _chosen(locales, content.locales, "language")
    due = stamps.stamps(centre(config), _chosen((article,) if article else (), content.ids, "article"), locales)
    for one in due:
        stamps.write(one)
        click.echo(str(one))
    click.echo(f"{len(due)} stamped." if due else "Nothing to stamp: each translation is one of today's text.")


@kb.command()
@click.option("--app", help="The app to check, as for flask --app. Default: FLASK_APP, else sample_app:create_app.")
@click.option("--articles", multiple=True, help="Only this article; may be repeated.")
@locale_option
@click.option("--platform", "platforms", multiple=True, help="Only this platform; may be repeated.")
@click.option("--both", "width", flag_value="both", default=True, help="On a wide screen and on a phone. The default.")
@click.option("--wide", "width", flag_value="wide", help="On a wide screen only, where the pictures are taken.")
@click.option("--phone", "width", flag_value="phone", help="At the width of a phone only.")
@click.option("--no-pictures", is_flag=True, help="Do the steps only.")
@click.option(
    "--watch", "watched", metavar="ARTICLE", help="Do this article's steps again at each change, until Ctrl-C."
)
@click.option(
    "--all", "--fresh", "again", is_flag=True, help="Also journeys that went well and of which nothing has changed."
)
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="How many processes share the work.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    default=Path("report") / "kb",
    show_default=True,
    help="Where index.html, junit.xml and the pictures of failures are left.",
)
@click.option("--junit", type=click.Path(path_type=Path), help="JUnit XML to another file than the report's.")
@config_option
@records_option
@click.pass_context
def verify(
    ctx: click.Context,
    app: str | None,
    articles: tuple[str, ...],
    locales: tuple[str, ...],
    platforms: tuple[str, ...],
    width: str,
    no_pictures: bool,
    watched: str | None,
    again: bool,
    jobs: int,
    report: Path,
    junit: Path | None,
    config: str | None,
    records: Path | None,
) -> None:
    """Do every article's steps in a browser on the live screens, take the pictures, and write the manifest."""
    from .journeys import results, runs
    from .journeys.places import claim

    made = centre(config, records)
    wanted = _wanted(made, (watched,) if watched else articles, locales, platforms, width)
    environment = _environment(config)
    name = app or _app_of(ctx)
    order = runs.Order(config, records, name, environment, report=report, pictures=not no_pictures, again=again)
    if watched:
        from .live import reruns

        reruns.watch(made, wanted, order, files=(Path(source_of(config)), Path("acct.toml")), report=click.echo)
        return
    claim(made, report, junit)
    progress = results.Progress(len(wanted))
    outcomes = runs.verify(made, wanted, order, jobs=jobs, on_outcome=progress)
    results.junit(outcomes, junit or report / results.JUNIT)
    results.page(outcomes, report / results.PAGE, title=made.platform.config.site.name, seconds=progress.seconds)
    _sum_up(outcomes, made.manifest.folder, report / results.PAGE)


def _environment(config: str | None) -> dict[str, str]:
    """Return the variables that processes get which make the app: where its configuration is, if that is said."""
    source = config or os.environ.get("ACCT_CONFIG")
    return {"ACCT_CONFIG": source} if source else {}


def _wanted(
    made: KnowledgeBase, articles: tuple[str, ...], locales: tuple[str, ...], platforms: tuple[str, ...], width: str
) -> list[Run]:
    """Return the journeys that were chosen; all where nothing was."""
    from .journeys import runs

    sites = _chosen(platforms, tuple(name for name in made.platforms if name), "platform")
    ids, languages = _chosen(articles, made.ids, "article"), _chosen(locales, made.locales, "language")
    return [
        run
        for run in runs.every(made)
        if run.article in ids
        and run.locale in languages
        and (run.platform is None or run.platform in sites)
        and width in ("both", run.view)
    ]


def _sum_up(outcomes: Sequence[Outcome], folder: Path, page: Path) -> None:
    failed = sum(1 for outcome in outcomes if outcome.failure)
    skipped = sum(1 for outcome in outcomes if outcome.skipped)
    if failed:
        click.echo(f"\n{failed} of {len(outcomes)} journeys failed. {page} shows them.", err=True)
        raise click.exceptions.Exit(1)
    unchanged = f"; {skipped} skipped, for nothing has changed since they ran (--all runs them)" if skipped else ""
    click.echo(f"{len(outcomes) - skipped} journeys went as written{unchanged}. {folder} says so.")


@kb.command()
@click.option("--json", "as_json", is_flag=True, help="For a program.")
@config_option
@records_option
@click.pass_context
def report(ctx: click.Context, as_json: bool, config: str | None, records: Path | None) -> None:
    """Say what readers think of the articles and which of them need care: votes, feedback, searches, stale texts.

    What readers said is in the app's database; without one the rest is said all the same.
    """
    from . import report as reports

    made = centre(config, records)
    found = reports.gather(made, reports.readers(made, ctx.ensure_object(ScriptInfo).load_app))
    if as_json:
        click.echo(json.dumps(reports.plain(found), indent=2, ensure_ascii=False, default=str))
        return
    for line in reports.lines(found):
        click.echo(line)


@kb.command(hidden=True)
@click.option("--port", type=int, required=True)
@click.pass_context
def stage(ctx: click.Context, port: int) -> None:
    """The app's side of 'verify'."""
    from .journeys.stage import serve

    serve(ctx.obj.load_app(), port)


def _allowed(allow_unverified: bool) -> bool:
    return allow_unverified or os.environ.get("ACCT_UNVERIFIED") == "1"


def _chosen(names: tuple[str, ...], known: tuple[str, ...], kind: str) -> list[str]:
    for name in names:
        if name not in known:
            raise KbError(f"{name!r} is no {kind} of this help centre; it has: {', '.join(known) or 'none'}")
    return [name for name in known if not names or name in names]


def _app_of(ctx: click.Context) -> str:
    """Return the app that flask --app or FLASK_APP names, else the sample."""
    found: str | None = getattr(ctx.obj, "app_import_path", None)
    return found or os.environ.get("FLASK_APP") or "sample_app:create_app"
