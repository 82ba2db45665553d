"""``flask acct kb``: build the help site, and check it against the live screens."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .articles import journey as steps_of
from .articles import read
from .centre import Centre, centre
from .content import SOURCE_LOCALE, KbError
from .manifest import Checked, View, fingerprint, key
from .tree import write

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from .stage import Stage

FAILURES = Path("report") / "kb"

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
    config: str | None,
    records: Path | None,
) -> None:
    """Do every article's steps in a browser on the live screens, take the pictures, and write the manifest."""
    made = centre(config, records)
    wanted = Wanted(
        _chosen(articles, made.ids, "article"),
        _chosen(locales, made.locales, "language"),
        [platform for platform in made.editions if not platforms or platform in platforms],
        "phone" if phone else "wide",
    )
    _chosen(platforms, tuple(name for name in made.editions if name), "platform")
    source = config or os.environ.get("ACCT_CONFIG")
    failed = _verify(made, wanted, app or _app_of(ctx), {"ACCT_CONFIG": source} if source else {})
    if failed:
        click.echo(f"\n{failed} of {wanted.count} journeys failed.", err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"{wanted.count} journeys went as written; {made.manifest.folder} says so.")


@kb.command(hidden=True)
@click.option("--port", type=int, required=True)
@click.pass_context
def stage(ctx: click.Context, port: int) -> None:
    """The app's side of 'verify'."""
    from .stage import serve

    serve(ctx.obj.load_app(), port)


class Wanted:
    """Which journeys to run."""

    def __init__(self, ids: list[str], locales: list[str], platforms: list[str | None], view: View) -> None:
        self.ids, self.locales, self.platforms, self.view = ids, locales, platforms, view

    @property
    def count(self) -> int:
        return len(self.ids) * len(self.locales) * len(self.platforms)


def _verify(made: Centre, wanted: Wanted, app: str, environment: dict[str, str]) -> int:
    """How many journeys failed; what went well is in the manifest."""
    from .journeys import Failed

    failed = 0
    with _browser() as browser:
        for platform in wanted.platforms:
            for outcome in _on_platform(made, wanted, platform, app, environment, browser):
                if isinstance(outcome, Failed):
                    failed += 1
                    click.echo(f"\nFAILED {outcome}\n", err=True)
    made.manifest.keep_only(_keys(made))
    made.manifest.write()
    return failed


def _on_platform(
    made: Centre, wanted: Wanted, platform: str | None, app: str, environment: dict[str, str], browser: Browser
) -> Iterator[Checked | Exception]:
    from .journeys import Failed, run
    from .stage import Stage

    edition = made.editions[platform]
    with Stage(app, edition.config, platform, environment) as live:
        for id_ in wanted.ids:
            for locale in wanted.locales:
                journey = _journey(made, id_, locale, platform, wanted.view, live)
                mark = fingerprint(id_, locale, platform, content=made.content, editions=made.editions)
                begun = time.monotonic()
                try:
                    checked = run(journey, browser, fingerprint=mark, failures=FAILURES)
                except Failed as failure:
                    made.manifest.checked.pop(key(id_, locale, platform, wanted.view), None)
                    yield failure
                    continue
                made.manifest.checked[key(id_, locale, platform, wanted.view)] = checked
                seconds = time.monotonic() - begun
                done = f"{len(journey.steps)} steps, {len(checked.pictures)} pictures, {seconds:.1f} s"
                click.echo(f"{journey.name}: {done}")
                yield checked


def _journey(made: Centre, id_: str, locale: str, platform: str | None, view: View, live: Stage) -> Any:
    from .journeys import Journey

    article = made.article(id_, locale)
    shots = read(id_, SOURCE_LOCALE, content=made.content, editions=made.editions).shots
    return Journey(
        article=article,
        steps=steps_of(id_, content=made.content, editions=made.editions, platform=platform),
        shots=[shot for shot in shots if shot.platform in (None, platform)],
        edition=made.editions[platform],
        platform=platform,
        view=view,
        stage=live,
        records=made.manifest.folder,
        known={taken.seen: taken for checked in made.manifest.checked.values() for taken in checked.pictures},
    )


def _keys(made: Centre) -> frozenset[str]:
    views: tuple[View, View] = ("wide", "phone")
    return frozenset(
        key(id_, locale, platform, view)
        for id_ in made.ids
        for locale in made.locales
        for platform in made.editions
        for view in views
    )


def _chosen(names: tuple[str, ...], known: tuple[str, ...], kind: str) -> list[str]:
    for name in names:
        if name not in known:
            raise KbError(f"{name!r} is no {kind} of this help centre; it has: {', '.join(known) or 'none'}")
    return [name for name in known if not names or name in names]


def _app_of(ctx: click.Context) -> str:
    """The app that flask --app or FLASK_APP names, else the sample."""
    found: str | None = getattr(ctx.obj, "app_import_path", None)
    return found or os.environ.get("FLASK_APP") or "sample_app:create_app"


class _browser:  # noqa: N801
    """A Chromium: the one on PATH, else Playwright's own."""

    def __enter__(self) -> Browser:
        import shutil

        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        self._browser = self._playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        return self._browser

    def __exit__(self, *_: object) -> None:
        self._browser.close()
        self._playwright.stop()
