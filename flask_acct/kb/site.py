"""The web site of a help centre: what MkDocs is given for each language, and what is put around the languages."""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import re
from html import escape as html
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.structure.files import File

from ..colours import readable
from ..labels import language_name, language_tag
from . import folding, lists, tree
from .articles import Article
from .centre import Centre
from .content import KbError
from .manifest import Verified

THEME = Path(__file__).parent / "theme"
SETTINGS = Path(__file__).parent / "mkdocs.yml"

FEATURES = ("navigation.footer", "navigation.prune", "navigation.sections", "navigation.top", "search.highlight")
EXTENSIONS = ("sane_lists", "md_in_html")

SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>(.*?)</script>", re.DOTALL)
STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
PICTURE = re.compile(r'<img alt="([^"]*)" src="([^"]*/|)([0-9a-f]+\.webp)"\s*/?>')

SCALE = 2
"""Pixels of a picture for one of the page."""


def build(centre: Centre, out: Path, *, allow_unverified: bool) -> None:
    """The folder holds the whole site. Raises ``KbError`` with everything that is to be mended first."""
    problems = centre.problems()
    if problems:
        raise KbError("\n".join(str(problem) for problem in problems))
    refuse(centre, allow_unverified=allow_unverified)
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    logging.getLogger("mkdocs").setLevel(logging.WARNING)
    config = load_config(str(SETTINGS), site_dir=str(out.resolve()), strict=True)
    plugin: Any = config.plugins["acct"]
    plugin.centre = centre
    plugin.config.allow_unverified = allow_unverified
    try:
        mkdocs_build(config)
    except Abort as error:
        raise KbError(f"MkDocs did not build the site, for what it says above. {error}") from None


def refuse(centre: Centre, *, allow_unverified: bool) -> None:
    """Raises ``KbError`` when a journey was not run as everything is now, unless that is allowed."""
    missing = centre.unverified()
    if allow_unverified or not missing:
        return
    reasons = "\n".join(f"  {reason}" for reason in missing[:6])
    more = f"\n  and {len(missing) - 6} more" if len(missing) > 6 else ""
    raise KbError(
        "The help centre has not been checked against the live screens as they are now:\n"
        f"{reasons}{more}\n"
        "Run 'flask acct kb verify', or build with --allow-unverified (ACCT_UNVERIFIED=1), which says so on each page."
    )


def dress(config: MkDocsConfig, centre: Centre, locale: str, out: Path) -> None:
    """MkDocs builds one language in the brand, offline and without anything from elsewhere."""
    site, tag = centre.edition.config.site, language_tag(locale)
    root = root_url(centre)
    config.site_name = f"{site.name} · {centre.say('help.site.title', locale)}"
    config.site_url = f"{root}{tag}/"
    config.site_dir = str(out / tag)
    config.use_directory_urls = True
    home = f"{site.public_url}{site.home}" if site.home.startswith("/") else site.home
    config.copyright = f'<a href="{html(home)}">{html(centre.say("help.site.back_to_site", locale))}</a>'
    config.nav = _menu(centre, locale)
    extra: Any = {**config.extra, "generator": False, "alternate": True, "acct": _words(centre, locale, root)}
    config.extra = extra
    config.validation.links.anchors = config.validation.links.not_found = logging.WARNING
    config.validation.nav.omitted_files = logging.DEBUG
    for extension in EXTENSIONS:
        if extension not in config.markdown_extensions:
            config.markdown_extensions.append(extension)
    _dress_theme(config, locale)


def files(config: MkDocsConfig, centre: Centre, locale: str) -> list[File]:
    """Pages, pictures and colours of one language."""
    articles = [centre.article(id_, locale) for id_ in centre.ids]
    made = [File.generated(config, name, content=text) for name, text in lists.pages(centre, locale).items()]
    made += [File.generated(config, f"{article.id}.md", content=page(centre, article)) for article in articles]
    pictures = {file.name: file for article in articles for file in tree.pictures(centre, article)}
    made += [
        File.generated(config, f"{tree.PICTURES}/{name}", abs_src_path=str(file)) for name, file in pictures.items()
    ]
    made.append(File.generated(config, "assets/acct/brand.css", content=colours(centre.edition.config.brand.accent)))
    return made


def page(centre: Centre, article: Article) -> str:
    """One article as MkDocs gets it: plain Markdown but for its card and notice."""
    heading, _, text = tree.body(centre, article).partition("\n")
    rows = "".join(f"<div><dt>{html(name)}</dt><dd>{html(value)}</dd></div>" for name, value in centre.card(article))
    kind = "acct-verified" if isinstance(centre.verdict(article), Verified) else "acct-unverified"
    notice = f'<p class="acct-notice {kind}">{html(centre.notice(article))}</p>'
    topics = f'<p class="acct-topics" markdown>{found}</p>\n' if (found := lists.topic_links(centre, article)) else ""
    return f'{tree.head(article)}{heading}\n\n<dl class="acct-card">{rows}</dl>\n{text}\n{topics}{notice}\n'


def with_sizes(page_html: str, centre: Centre, locale: str) -> str:
    """Pictures say their size, so that the page does not jump, and wait until they are scrolled to."""
    sizes = {
        taken.file: (taken.width // SCALE, taken.height // SCALE)
        for checked in centre.manifest.checked.values()
        for taken in checked.pictures
    }

    def sized(image: re.Match[str]) -> str:
        width, height = sizes[image[3]]
        return f'<img alt="{image[1]}" src="{image[2]}{image[3]}" width="{width}" height="{height}" loading="lazy">'

    return PICTURE.sub(sized, page_html)


def mended(page_html: str, locale: str) -> str:
    """What the theme leaves open: it knows ``es`` but not ``es-AR``, and gives its search dialog no name."""
    page_html = re.sub(r'<html lang="[^"]*"', f'<html lang="{language_tag(locale)}"', page_html, count=1)
    name = re.search(r'class="md-search__input"[^>]* aria-label="([^"]*)"', page_html)
    if name is None:
        return page_html
    return page_html.replace('="search" role="dialog"', f'="search" role="dialog" aria-label="{name[1]}"', 1)


def finish_language(folder: Path) -> None:
    """The search of one language finds words without their accents, and no source map is shipped."""
    script = folding.script(folder / "search" / "search_index.json")
    (folder / "assets" / "acct" / "fold.js").write_text(script, "utf-8")
    for file in folder.rglob("*.map"):
        file.unlink()


def finish(centre: Centre, out: Path) -> None:
    """The way in without a language, one sitemap, and the policy that fits the inline scripts of all pages."""
    root = root_url(centre)
    tags = [language_tag(locale) for locale in centre.locales]
    (out / "index.html").write_text(choice(centre, root, base=""), "utf-8")
    (out / "404.html").write_text(choice(centre, root, base=root), "utf-8")
    entries = "".join(f"  <sitemap><loc>{html(root)}{tag}/sitemap.xml</loc></sitemap>\n" for tag in tags)
    (out / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</sitemapindex>\n',
        "utf-8",
    )
    (out / "csp.txt").write_text(policy(out) + "\n", "ascii")


def choice(centre: Centre, root: str, *, base: str) -> str:
    """The page that offers the languages as links."""
    environment = Environment(loader=FileSystemLoader(THEME), autoescape=True)
    config = centre.edition.config
    default = config.site.default_locale if config.site.default_locale in centre.locales else centre.locales[0]
    return environment.get_template("choice.html").render(
        name=config.site.name,
        root=root,
        base=base,
        default_tag=language_tag(default),
        languages=_languages(centre),
    )


def policy(out: Path) -> str:
    """A Content-Security-Policy that lets only the pages' own inline scripts and styles run."""
    scripts: set[str] = set()
    styles: set[str] = set()
    for file in out.rglob("*.html"):
        text = file.read_text("utf-8")
        scripts |= {_hash(found) for found in SCRIPT.findall(text)}
        styles |= {_hash(found) for found in STYLE.findall(text)}
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *sorted(scripts))),
            " ".join(("style-src 'self'", *sorted(styles))),
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        )
    )


def colours(accent: str) -> str:
    """The brand's accent in the theme's variables, readable on light and on dark."""
    light, dark = readable(accent, "#ffffff"), readable(accent, "#1c222b")
    head = (
        f"--md-primary-fg-color: {light}; --md-primary-fg-color--light: {light}; --md-primary-fg-color--dark: {light};"
    )
    return (
        f":root {{ --acct-accent: {light}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ --acct-accent: {dark}; }} }}\n"
        f"[data-md-color-scheme] {{ {head} --md-primary-bg-color: #fff; }}\n"
        f"[data-md-color-scheme=default] {{ --md-typeset-a-color: {light}; --md-accent-fg-color: {light}; }}\n"
        f"[data-md-color-scheme=slate] {{ --md-typeset-a-color: {dark}; --md-accent-fg-color: {dark}; }}\n"
    )


def root_url(centre: Centre) -> str:
    """Where the site begins, with a slash at its end."""
    config = centre.edition.config
    url = config.help.url or "/help"
    return (url if "://" in url else f"{config.site.public_url}{url}").rstrip("/") + "/"


def _dress_theme(config: MkDocsConfig, locale: str) -> None:
    theme = config.theme
    theme["language"] = _theme_language(locale)
    theme["font"] = False
    theme["palette"] = [
        {"media": "(prefers-color-scheme: light)", "scheme": "default", "primary": "custom", "accent": "custom"},
        {"media": "(prefers-color-scheme: dark)", "scheme": "slate", "primary": "custom", "accent": "custom"},
    ]
    theme["features"] = sorted({*theme.get("features", ()), *FEATURES} - {"navigation.instant"})
    # A host's own templates come first; ours win over the theme's.
    theme.dirs.insert(1 if theme.custom_dir else 0, str(THEME))
    theme.static_templates.discard("choice.html")


def _theme_language(locale: str) -> str:
    """The nearest language the theme speaks."""
    known = resources.files("material") / "templates" / "partials" / "languages"
    language = locale.partition("_")[0]
    names = (language_tag(locale), language, "en")
    return next(name for name in names if (known / f"{name}.html").is_file())


def _words(centre: Centre, locale: str, root: str) -> dict[str, Any]:
    default = centre.edition.config.site.default_locale
    return {
        "root": root,
        "tag": language_tag(locale),
        "default_tag": language_tag(default if default in centre.locales else centre.locales[0]),
        "languages": _languages(centre),
        "logo": centre.edition.config.brand.logo,
        "language": centre.say("help.site.choose_language", locale),
        "not_found": centre.say("help.site.not_found", locale),
        "not_found_text": centre.say("help.site.not_found_text", locale),
        "all_pages": centre.say("help.site.all_pages", locale),
    }


def _languages(centre: Centre) -> list[dict[str, str]]:
    return [{"tag": language_tag(locale), "name": language_name(locale)} for locale in centre.locales]


def _menu(centre: Centre, locale: str) -> list[Any]:
    """All articles by category, and so what comes before and after each; then the lists."""
    menu: list[Any] = [lists.INDEX]
    for category, articles in lists.by_category(centre, locale):
        files = [f"{article.id}.md" for article in articles]
        menu += [{category: files}] if category else files
    return [*menu, lists.A_TO_Z, *([lists.GLOSSARY] if lists.glossary(centre, locale) else [])]


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
