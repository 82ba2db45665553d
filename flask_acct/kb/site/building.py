"""The web site of a help centre: MkDocs' configuration for each language, and the files around the languages."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import re
from collections.abc import Iterable, Mapping
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

from ...brand.icons import letter_icon
from ...brand.styles import styles
from ...declare.labels import direction, language_tag
from .. import outputs
from ..articles import schemes, synonyms
from ..articles.article import Article
from ..articles.content import KbError
from ..articles.knowledge_base import KnowledgeBase
from ..articles.manifest import SCALE
from ..articles.markdown import EXTENSION_CONFIGS, EXTENSIONS
from . import checks, complaints, forks, lists, machines, redirects, searching, titles, tree
from .layout import Copy, asks_readers, default_tag, favicon, files_of_app, languages, other_origin, root_url

THEME = Path(__file__).parent / "theme"
SETTINGS = Path(__file__).parent / "mkdocs.yml"

FEATURES = (
    "navigation.footer", "navigation.prune", "navigation.sections", "navigation.top", "search.highlight",
    "search.suggest",
)  # fmt: skip

SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)[^>]*>(.*?)</script>", re.DOTALL)
STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
PICTURE = re.compile(
    r'<img alt="([^"]*)" src="([^"]*/|)([0-9a-f]+(?:-dark)?\.(?:png|webp))(#only-(?:light|dark)|)"\s*/?>'
)

EVERYDAY = Copy()

ICON = "assets/acct/icon.svg"

POLICY = "csp.txt"
"""The file with the site's policy, for the app; it also shows that a site was built to its end."""

MARK = outputs.HELP_SITE.mark
"""The mark of a site that a build made: such a folder may be replaced."""


def build(
    centre: KnowledgeBase, out: Path, *, allow_unverified: bool, copy: Copy = EVERYDAY, jobs: int | None = None
) -> None:
    """The folder holds the whole site. Raises ``KbError`` with everything that must be fixed first.

    Args:
        jobs: How many processes share the languages. Default: one for each core.
    """
    inputs = outputs.Inputs.of(centre)
    outputs.raise_unless_folder_is_ours(out, outputs.HELP_SITE, inputs)
    check(centre, allow_unverified=allow_unverified, jobs=jobs)
    with outputs.folder(out, outputs.HELP_SITE, inputs) as made:
        _run(centre, made, copy, jobs)


def _run(centre: KnowledgeBase, out: Path, copy: Copy, jobs: int | None) -> None:
    """MkDocs has built the site in the folder. Raises ``KbError`` with its warnings."""
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    logging.getLogger("mkdocs").setLevel(logging.WARNING)
    config = load_config(str(SETTINGS), site_dir=str(out.resolve()), strict=True)
    plugin: Any = config.plugins["acct"]
    plugin.centre = centre
    plugin.is_checked = True
    plugin.copy, plugin.config.jobs = copy, jobs or 0
    with complaints.heard() as reported:
        try:
            mkdocs_build(config)
        except Abort as error:
            reasons = "".join(f"\n  {one}" for one in reported) or f" {error}"
            raise KbError(f"MkDocs did not build the site:{reasons}") from None
        finally:
            plugin.stop()


def check(centre: KnowledgeBase, *, allow_unverified: bool, jobs: int | None = None) -> None:
    """Raise ``KbError`` if anything must be fixed, or a journey was not run since its article or screens changed."""
    problems = checks.problems(centre, jobs or forks.cores())
    if problems:
        raise KbError("\n".join(str(problem) for problem in problems))
    raise_if_unverified(centre, allow_unverified=allow_unverified)


def raise_if_unverified(centre: KnowledgeBase, *, allow_unverified: bool) -> None:
    """Raise ``KbError`` if a journey has not been run since its article or screens changed, unless that is allowed."""
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


def configure(config: MkDocsConfig, centre: KnowledgeBase, locale: str, out: Path, copy: Copy) -> None:
    """MkDocs is configured to build one language in the brand, offline and without anything from elsewhere."""
    site, tag = centre.platform.config.site, language_tag(locale)
    root = root_url(centre)
    config.site_name = titles.TitleMarkup(f"{site.name} · {centre.say('help.site.title', locale)}")
    config.site_url = "" if copy.offline else f"{root}{tag}/"
    config.site_dir = str(out / tag)
    config.use_directory_urls = not copy.offline
    config.nav = _menu(centre, locale)
    extra: Any = {**config.extra, "generator": False, "alternate": True}
    config.extra = extra
    config.validation.links.anchors = config.validation.links.not_found = logging.WARNING
    config.validation.nav.omitted_files = logging.DEBUG
    for extension in EXTENSIONS:
        if extension not in config.markdown_extensions:
            config.markdown_extensions.append(extension)
    for name, settings in EXTENSION_CONFIGS.items():
        # kb check has looked at the page with these extensions: the ids of headings must not differ.
        config.mdx_configs[name] = {**config.mdx_configs.get(name, {}), **settings}
    _configure_theme(config, locale)
    config.theme["favicon"] = favicon(centre, copy) or ICON


def files(config: MkDocsConfig, centre: KnowledgeBase, locale: str, copy: Copy) -> list[File]:
    """Return pages, pictures and colours of one language."""
    articles = [centre.article(id_, locale) for id_ in centre.ids_in(locale)]
    leading = lists.pages(centre, locale)
    made = [File.generated(config, name, content=_with_template(name, text)) for name, text in leading.items()]
    made += [File.generated(config, f"{article.id}.md", content=page(centre, article)) for article in articles]
    pictures = {name for article in articles for name in tree.pictures(centre, article, with_dark=True)}
    made += [
        File.generated(config, f"{tree.PICTURES}/{name}", content=schemes.content(centre.manifest.folder, name))
        for name in sorted(pictures)
    ]
    images = {image.name: image.file for article in articles for image in article.images}
    made += [File.generated(config, name, abs_src_path=str(file)) for name, file in images.items()]
    site, brand = centre.platform.config.site, centre.platform.config.brand
    colours = styles(centre.platform.config, site=files_of_app(centre, copy))
    made.append(File.generated(config, "assets/acct/brand.css", content=colours))
    made.append(File.generated(config, machines.CARD, content=machines.card(brand.accent)))
    made.append(File.generated(config, ICON, content=letter_icon(site.name, brand.accent)))
    return made


def page(centre: KnowledgeBase, article: Article) -> str:
    """Return one article for MkDocs; the theme's templates add what surrounds it. The search knows its topics."""
    return _with_list(tree.head(article), "tags", centre.tags(article)) + tree.body(centre, article, with_dark=True)


def sizes(centre: KnowledgeBase) -> Mapping[str, tuple[int, int]]:
    """Return the displayed width and height of each picture, by its file."""
    return {
        file: (round(taken.width / SCALE), round(taken.height / SCALE))
        for checked in centre.manifest.checked.values()
        for taken in checked.pictures
        for file in taken.names
    }


def with_sizes(page_html: str, sizes: Mapping[str, tuple[int, int]], *, wait: bool = True) -> str:
    """Return the page with the size of each picture, so that it does not jump, and with lazy loading.

    Args:
        wait: Whether pictures load lazily; not on paper, where nobody scrolls.
    """
    lazy = ' loading="lazy"' if wait else ""

    def sized(image: re.Match[str]) -> str:
        if image[3] not in sizes:
            return image[0]
        width, height = sizes[image[3]]
        src = "".join(image.group(2, 3, 4))
        return f'<img alt="{image[1]}" src="{src}" width="{width}" height="{height}"{lazy}>'

    return PICTURE.sub(sized, page_html)


def complete_page(page_html: str, locale: str) -> str:
    """Return the page with what the theme leaves out: ``es-AR`` besides ``es``, and a name for its search dialog.

    The theme loads our search instead of its own; the suggested end of a word is hidden from screen readers.
    """
    page_html = searching.THEIRS.sub(searching.SCRIPT, page_html)
    page_html = page_html.replace(
        '<div class="md-search__suggest"', '<div class="md-search__suggest" aria-hidden="true"'
    )
    page_html = re.sub(r'<html lang="[^"]*"', f'<html lang="{language_tag(locale)}"', page_html, count=1)
    name = re.search(r'class="md-search__input"[^>]* aria-label="([^"]*)"', page_html)
    if name is None:
        return page_html
    return page_html.replace('="search" role="dialog"', f'="search" role="dialog" aria-label="{name[1]}"', 1)


def finish_language(config: MkDocsConfig, centre: KnowledgeBase, locale: str, copy: Copy) -> None:
    """The search is ours and knows synonyms, and no file is included that no page loads."""
    folder = Path(config.site_dir)
    own = {id_: searching.words_of(centre.article(id_, locale)) for id_ in centre.ids_in(locale)}
    searching.finish(folder, locale, own, synonyms.groups(centre.content, locale))
    if copy.offline:
        # A page opened from a folder may load scripts, but no data. The theme looks for this name.
        index = (folder / searching.INDEX).read_text("utf-8")
        (folder / "search" / "search_index.js").write_text(f"var __index = {index}", "utf-8")
    machines.write(centre, locale, folder, copy)
    for file in (*folder.rglob("*.map"), folder / "assets" / "images" / "favicon.png"):
        file.unlink()


def finish(centre: KnowledgeBase, out: Path, copy: Copy) -> None:
    """The site has a start page for all languages, one sitemap, and a policy that fits all inline scripts."""
    root = root_url(centre)
    tags = [language_tag(locale) for locale in copy.languages_of(centre)]
    (out / "index.html").write_text(choice(centre, root, base="", copy=copy), "utf-8")
    (out / "404.html").write_text(choice(centre, root, base=root, copy=copy), "utf-8")
    entries = "".join(f"  <sitemap><loc>{html(root)}{tag}/sitemap.xml</loc></sitemap>\n" for tag in tags)
    (out / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</sitemapindex>\n',
        "utf-8",
    )
    machines.write_root(centre, out, copy)
    redirects.write(centre, out, root, locales=copy.languages_of(centre), offline=copy.offline)
    app = other_origin(centre)
    votes = app if asks_readers(centre, copy) else ""
    brand = centre.platform.config.brand
    logo = app if brand.logo or brand.favicon else ""
    styles_ = app if brand.stylesheet else ""
    origins = centre.platform.config.help.video_origins
    (out / POLICY).write_text(policy(out, votes=votes, logo=logo, stylesheet=styles_, videos=origins) + "\n", "ascii")


def choice(centre: KnowledgeBase, root: str, *, base: str, copy: Copy) -> str:
    """Return the page that offers the languages as links."""
    environment = Environment(loader=FileSystemLoader(THEME), autoescape=True)
    return environment.get_template("choice.html").render(
        name=centre.platform.config.site.name,
        root=root,
        base=base,
        page="index.html" if copy.offline else "",
        icon=favicon(centre, copy),
        default_tag=default_tag(centre, copy),
        languages=languages(centre, copy),
    )


def policy(out: Path, *, votes: str = "", logo: str = "", stylesheet: str = "", videos: tuple[str, ...] = ()) -> str:
    """Return a Content-Security-Policy that lets only the pages' own inline scripts and styles run.

    Args:
        votes: The origin that readers' votes go to, if it is another.
        logo: The origin of the logo and the favicon, if it is another.
        stylesheet: The origin of the company's own stylesheet, if it is another.
        videos: The origins of videos in articles.
    """
    scripts: set[str] = set()
    styles: set[str] = set()
    for file in out.rglob("*.html"):
        text = _without_article(file.read_text("utf-8"))
        scripts |= {_hash(found) for found in SCRIPT.findall(text)}
        styles |= {_hash(found) for found in STYLE.findall(text)}
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *sorted(scripts))),
            " ".join(("style-src 'self'", *([stylesheet] if stylesheet else []), *sorted(styles))),
            f"img-src 'self' data: {logo}".rstrip(),
            "font-src 'self'",
            " ".join(("media-src 'self'", *videos)),
            *([f"frame-src {' '.join(videos)}"] if videos else []),
            f"connect-src 'self' {votes}".rstrip(),
            "worker-src 'self'",
            f"form-action 'self' {votes}".rstrip(),
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        )
    )


def _configure_theme(config: MkDocsConfig, locale: str) -> None:
    theme = config.theme
    theme["language"] = _theme_language(locale)
    theme["direction"] = direction(locale)
    theme["font"] = False
    # The first is what the theme calls automatic: it follows the reader's system, also when that changes.
    schemes = {"": "default", ": light": "default", ": dark": "slate"}
    theme["palette"] = [
        {"media": f"(prefers-color-scheme{what})", "scheme": scheme, "primary": "custom", "accent": "custom"}
        for what, scheme in schemes.items()
    ]
    theme["features"] = sorted({*theme.get("features", ()), *FEATURES} - {"navigation.instant"})
    # A host's own templates come first; ours override the theme's.
    theme.dirs.insert(1 if theme.custom_dir else 0, str(THEME))
    theme.static_templates -= {"choice.html", "redirect.html"}


def _theme_language(locale: str) -> str:
    """Return the nearest language that the theme has."""
    known = resources.files("material") / "templates" / "partials" / "languages"
    language = locale.partition("_")[0]
    names = (language_tag(locale), language, "en")
    return next(name for name in names if (known / f"{name}.html").is_file())


def _menu(centre: KnowledgeBase, locale: str) -> list[Any]:
    """Return all articles by category, which also determines what comes before and after each; then the lists."""
    menu: list[Any] = [lists.INDEX]
    for category, articles in lists.by_category(centre, locale):
        files = [f"{article.id}.md" for article in articles]
        menu += [{category: files}] if category else files
    return [*menu, lists.A_TO_Z, *([lists.GLOSSARY] if lists.glossary(centre, locale) else [])]


def _with_template(name: str, text: str) -> str:
    """Return a page of links with its template: the search ignores it, and the front page has a template of its own."""
    if name == lists.GLOSSARY:
        # What a word means is seldom the answer, and this page has every word there is.
        return text.replace("---\n", "---\nsearch: {boost: 0.5}\nhide: [footer]\n", 1)
    # What is listed before or after a list is no page that anybody reads next.
    front_matter = f"template: {'home' if name == lists.INDEX else 'listing'}.html\nhide: [footer]"
    return text.replace("---\n", f"---\nsearch: {{exclude: true}}\n{front_matter}\n", 1)


def _with_list(head: str, key: str, values: Iterable[str]) -> str:
    """Return the head of a page with one more list in it."""
    return head.replace("---\n", f"---\n{key}: {json.dumps(list(values), ensure_ascii=False)}\n", 1)


def _without_article(page_html: str) -> str:
    """Return a page without the author's text, whose scripts, if there are any, are not the theme's."""
    begin, end = page_html.find("<article"), page_html.rfind("</article>")
    return page_html[:begin] + page_html[end:] if 0 <= begin < end else page_html


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
