"""One build makes the whole help site, or says what to mend."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from PIL import Image

from flask_acct.config import Config
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles import folding
from flask_acct.kb.articles.content import Content, KbError, digest
from flask_acct.kb.articles.knowledge_base import KnowledgeBase, centre
from flask_acct.kb.articles.manifest import Checked, Manifest, TakenPicture, fingerprint, key
from flask_acct.kb.site import building, layout, lists, tree
from flask_acct.kb.site.layout import Copy

from .. import sharing
from .conftest import ENGLISH, Write

REPOSITORY = Path(__file__).parents[2]
CONFIG = Config.model_validate(
    {"site": {"locales": ["en", "es", "es_AR"], "public_url": "https://clients.example.com", "name": "Brand & Co"}}
)


class Addresses(HTMLParser):
    """Every address a page names, and its language."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.language = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "html":
            self.language = said.get("lang") or ""
        self.found += [(tag, said[name] or "") for name in ("href", "src") if said.get(name)]


@pytest.fixture
def small(folder: Path, write: Write) -> KnowledgeBase:
    """One English article, its journey run in every language, with a picture."""
    write(ENGLISH)
    content, platforms = Content(folder), editions_of(CONFIG)
    records = folder.parent / "records"
    records.mkdir()
    Image.new("RGB", (400, 200)).save(records / f"{'ab' * 10}.webp")
    taken = (TakenPicture(1, f"{'ab' * 10}.webp", 400, 200, "77"),)
    manifest = Manifest(records)
    for locale in CONFIG.site.locales:
        mark = fingerprint("try-it", locale, None, content=content, platforms=platforms)
        manifest.checked[key("try-it", locale, None)] = Checked(mark, date(2026, 3, 4), taken)
    return KnowledgeBase(platforms, content, manifest)


@pytest.fixture(scope="session")
def built() -> Path:
    """The site of the default preset, as it is shipped."""
    return sharing.once("built", _build) / "site"


def _build(folder: Path) -> None:
    building.build(centre("client-area"), folder / "site", allow_unverified=True)


def test_every_step_stands_in_its_list_and_every_picture_is_one(built: Path) -> None:
    """A line too many in an article ends its list: the next step begins another, and a picture becomes code."""
    broken = {
        str(page.relative_to(built)): found
        for page in built.glob("*/*/index.html")
        if (found := re.findall(r"<ol start=[^>]*>|!\[[^\]]{0,40}", page.read_text("utf-8")))
    }
    assert broken == {}


def test_every_language_has_its_pages(small: KnowledgeBase, tmp_path: Path) -> None:
    building.build(small, tmp_path / "site", allow_unverified=False)
    for tag in ("en", "es", "es-AR"):
        page = (tmp_path / "site" / tag / "try-it" / "index.html").read_text("utf-8")
        assert Addresses(page).language == tag


def test_a_checked_page_says_when(small: KnowledgeBase, tmp_path: Path) -> None:
    building.build(small, tmp_path / "site", allow_unverified=False)
    page = (tmp_path / "site" / "en" / "try-it" / "index.html").read_text("utf-8")
    assert "Checked against the live screens on March 4, 2026." in page


def test_a_picture_says_its_size_in_points(small: KnowledgeBase, tmp_path: Path) -> None:
    building.build(small, tmp_path / "site", allow_unverified=False)
    page = (tmp_path / "site" / "en" / "try-it" / "index.html").read_text("utf-8")
    assert re.search(r'src="\.\./pictures/(ab)+\.webp" width="200" height="100" loading="lazy"', page)
    assert (tmp_path / "site" / "en" / "pictures" / f"{'ab' * 10}.webp").is_file()


def test_an_unchecked_site_is_not_built(small: KnowledgeBase, tmp_path: Path) -> None:
    small.manifest.checked.clear()
    with pytest.raises(KbError, match="--allow-unverified"):
        building.build(small, tmp_path / "site", allow_unverified=False)
    assert not (tmp_path / "site").exists()


def test_an_unchecked_site_that_was_allowed_says_so_on_the_page(small: KnowledgeBase, tmp_path: Path) -> None:
    small.manifest.checked.clear()
    building.build(small, tmp_path / "site", allow_unverified=True)
    page = (tmp_path / "site" / "en" / "try-it" / "index.html").read_text("utf-8")
    assert 'acct-unverified">This page has not been checked against the live screens.' in page


def test_a_folder_with_other_things_in_it_is_not_emptied(small: KnowledgeBase, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(KbError, match="Name an empty folder"):
        building.build(small, tmp_path, allow_unverified=True)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_site_of_before_is_replaced(small: KnowledgeBase, tmp_path: Path) -> None:
    building.build(small, tmp_path / "site", allow_unverified=True)
    (tmp_path / "site" / "en" / "old.html").write_text("gone by now")
    building.build(small, tmp_path / "site", allow_unverified=True)
    assert not (tmp_path / "site" / "en" / "old.html").exists()


def test_a_build_that_stopped_midway_can_be_begun_again(small: KnowledgeBase, tmp_path: Path) -> None:
    building.build(small, tmp_path / "site", allow_unverified=True)
    (tmp_path / "site" / building.POLICY).unlink()
    building.build(small, tmp_path / "site", allow_unverified=True)
    assert (tmp_path / "site" / building.POLICY).is_file()


def test_a_stale_translation_stops_the_build(small: KnowledgeBase, write: Write, tmp_path: Path) -> None:
    write("---\ntranslates: 00000000\n---\n" + ENGLISH.split("---\n")[2], "es")
    with pytest.raises(KbError, match=r"kb/es/try-it\.md:2: translates 00000000"):
        building.build(small, tmp_path / "site", allow_unverified=True)


def test_a_label_typed_by_hand_stops_the_build(small: KnowledgeBase, write: Write, tmp_path: Path) -> None:
    write(ENGLISH.replace("That is all.", "Press **Sign in**."))
    broken = KnowledgeBase(small.platforms, Content(small.content.folder), small.manifest)
    with pytest.raises(KbError, match="types the label"):
        building.build(broken, tmp_path / "site", allow_unverified=True)


def test_a_translation_that_skips_a_step_stops_the_build(small: KnowledgeBase, write: Write, tmp_path: Path) -> None:
    body = ENGLISH.split("---\n")[2].replace(' and select {{ click("login.form.forgot_password") }}', "")
    write(f"---\ntranslates: 00000000\n---\n{body}", "es")
    with pytest.raises(KbError, match=r"kb/es/try-it\.md:6: item 1 does not do what kb/en/try-it\.md:10 does"):
        building.build(small, tmp_path / "site", allow_unverified=True)


def test_no_page_asks_another_host(built: Path) -> None:
    for file in built.rglob("*.html"):
        loaded = [url for tag, url in Addresses(file.read_text("utf-8")).found if tag in {"script", "img", "iframe"}]
        assert [url for url in loaded if urlsplit(url).netloc] == []
        assert "fonts.g" not in file.read_text("utf-8")


def test_no_page_names_the_generator(built: Path) -> None:
    assert not [file for file in built.rglob("*.html") if "Made with" in file.read_text("utf-8")]


def test_every_link_leads_to_a_file(built: Path) -> None:
    root = "https://help.invalid/"
    dead = []
    for file in built.rglob("*.html"):
        if file.name == "404.html":
            continue
        here = urljoin(root, str(file.relative_to(built)))
        for tag, url in Addresses(file.read_text("utf-8")).found:
            target = urlsplit(urljoin(here, url))
            path = built / target.path.lstrip("/")
            if target.netloc == "help.invalid" and not (path / "index.html").is_file() and not path.is_file():
                dead.append((str(file), tag, url))
    assert dead == []


def test_the_menu_marks_the_page_where_the_reader_is_and_no_other(built: Path) -> None:
    for name in ("sign-in", "recover-password", "topics/password"):
        page = (built / "en" / name / "index.html").read_text("utf-8")
        menu = page.partition('class="md-nav md-nav--primary"')[2].partition('class="md-sidebar')[0]
        here = re.findall(r'<a href="([^"]*)" class="md-nav__link md-nav__link--active">', menu)
        assert here == ([] if "/" in name else ["./"])


def test_the_language_menu_stays_on_the_page(built: Path) -> None:
    page = (built / "es" / "recover-password" / "index.html").read_text("utf-8")
    menu = re.findall(r'href="([^"]+)" hreflang="[^"]+" lang="[^"]+" class="md-select__link"', page)
    assert menu == [f"../../{tag}/recover-password/" for tag in ("es", "es-AR", "en", "it")]


def test_each_language_has_a_search_index_of_its_own(built: Path) -> None:
    def words(tag: str) -> str:
        return str(json.loads((built / tag / "search" / "search_index.json").read_text("utf-8")))

    assert "contraseña" in words("es")
    assert "contraseña" not in words("en")
    assert "contraseña" not in words("it")


def links_of(built: Path, page: str) -> list[str]:
    return [url for tag, url in Addresses((built / page / "index.html").read_text("utf-8")).found if tag == "a"]


def test_the_front_page_has_the_articles_by_category_with_their_number(built: Path) -> None:
    page = (built / "en" / "index.html").read_text("utf-8")
    groups = re.findall(r'</svg><a href="([^"]+)">(.*?)</a> <span class="acct-count">(\d+)</span></h2>', page)
    front = {name: (href, int(count)) for href, name, count in groups}
    assert list(front)[:2] == ["Signing in", "Recovering access"]
    for href, count in front.values():
        listed = (built / "en" / href / "index.html").read_text("utf-8").partition('<ul class="acct-entries">')[2]
        assert len(re.findall(r"<li><a href=", listed.partition("</ul")[0])) == count


def test_a_category_with_many_articles_is_cut_on_the_front_page_and_leads_to_all(
    small: KnowledgeBase, write: Write
) -> None:
    for number in range(layout.SHOWN + 2):
        write(ENGLISH.replace("minutes: 5", "minutes: 5\ncategory: signing_in"), name=f"article-{number}")
    group = next(one for one in layout.front(small, "en").groups if one.words == "Signing in")
    assert group.count == layout.SHOWN + 2
    assert len(group.entries) == layout.SHOWN
    assert group.file == "categories/signing-in.md"


def test_every_topic_of_an_article_leads_to_its_page_and_back(built: Path) -> None:
    assert "../topics/session/" in links_of(built, "es/sign-in")
    assert {"../../sign-in/", "../../session-ended/"} <= set(links_of(built, "es/topics/session"))
    assert "../../recover-password/" not in re.findall(
        r'href="([^"]+)"',
        (built / "es/topics/session/index.html").read_text("utf-8").partition("<article")[2].partition("</article")[0],
    )


def test_the_pages_from_a_to_z_stand_under_their_letters_without_a_script(built: Path) -> None:
    page = (built / "es" / "a-z" / "index.html").read_text("utf-8").partition("<article")[2]
    letters = re.findall(r'<h2 id="[^"]*">(.*?)</h2>', page)
    assert letters == sorted(letters)
    assert {file.parent.name for file in (built / "es").glob("*/index.html")} - {"a-z", "glossary"} == set(
        re.findall(r'href="\.\./([a-z-]+)/"', page.partition("</article")[0])
    )


def test_an_accent_or_a_question_mark_does_not_move_a_title_out_of_its_letter() -> None:
    assert [lists._letter(title) for title in ("¿Quién?", "Éxito", "9 pasos")] == ["Q", "E", "9"]


def test_an_article_leads_to_the_one_before_and_the_one_after(built: Path) -> None:
    page = (built / "en" / "sign-in" / "index.html").read_text("utf-8")
    assert len(re.findall(r'class="md-footer__link md-footer__link--(?:prev|next)"', page)) == 2


def test_the_glossary_explains_the_words_of_each_language(built: Path) -> None:
    assert "<h2 id=" in (built / "it" / "glossary" / "index.html").read_text("utf-8")
    terms = [term.name for term in lists.glossary(centre("client-area"), "es_AR")]
    assert terms == sorted(terms, key=folding.folded)
    assert len(terms) == len(lists.glossary(centre("client-area"), "en"))


def test_a_glossary_that_cannot_be_read_is_named_with_its_line(small: KnowledgeBase) -> None:
    file = small.content.folder / "glossary" / "en.md"
    file.parent.mkdir()
    file.write_text("---\nglossary: true\n---\n- Term without a meaning\n", "utf-8")
    with pytest.raises(KbError, match=r"^kb/glossary/en\.md:4: .*Write a term and its meaning"):
        lists.glossary(small, "en")


def test_the_sitemap_names_every_language_of_a_page(built: Path) -> None:
    text = (built / "es" / "sitemap.xml").read_text("utf-8")
    assert 'hreflang="es-AR" href="http://127.0.0.1:5000/help/es-AR/recover-password/"' in text
    assert 'hreflang="x-default" href="http://127.0.0.1:5000/help/es/recover-password/"' in text


def alternates(page: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page))


def test_the_head_of_a_page_names_it_in_every_language(built: Path) -> None:
    page = (built / "es" / "recover-password" / "index.html").read_text("utf-8")
    root = "http://127.0.0.1:5000/help/"
    tags = {tag: f"{root}{tag}/recover-password/" for tag in ("es", "es-AR", "en", "it")}
    assert alternates(page) == {**tags, "x-default": f"{root}es/recover-password/"}
    assert f'<link rel="canonical" href="{root}es/recover-password/">' in page


def test_whoever_speaks_no_language_of_the_front_page_is_asked_for_one(built: Path) -> None:
    page = (built / "it" / "index.html").read_text("utf-8")
    assert alternates(page)["x-default"] == "http://127.0.0.1:5000/help/"


def test_a_language_without_the_page_is_not_named_and_its_front_page_is_linked(
    small: KnowledgeBase, write: Write, tmp_path: Path
) -> None:
    write(ENGLISH, name="other")
    head = f"---\ntranslates: {digest(Content(small.content.folder).first('other'))}\nhidden: true\n---\n"
    write(head + ENGLISH.split("---\n")[2], "es", name="other")
    building.build(
        KnowledgeBase(small.platforms, Content(small.content.folder), small.manifest),
        tmp_path / "site",
        allow_unverified=True,
    )
    page = (tmp_path / "site" / "en" / "other" / "index.html").read_text("utf-8")
    assert set(alternates(page)) == {"en", "x-default"}
    assert re.findall(r'href="([^"]+)" hreflang="es"[^>]* class="md-select__link"', page) == ["../../es/"]
    assert not (tmp_path / "site" / "es" / "other").exists()


def test_the_root_offers_the_languages_as_links(built: Path) -> None:
    links = [url for tag, url in Addresses((built / "index.html").read_text("utf-8")).found if tag == "a"]
    assert links == ["es/", "es-AR/", "en/", "it/"]


def test_the_policy_names_every_inline_script(built: Path) -> None:
    policy = (built / "csp.txt").read_text("ascii")
    assert "unsafe" not in policy
    for file in built.rglob("*.html"):
        page = file.read_text("utf-8")
        assert all(building._hash(script) in policy for script in building.SCRIPT.findall(page))
        assert not re.search(r"<[^>]+\s(?:style|onclick|onload)=", re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL))


def article_of(built: Path, name: str = "en/recover-password") -> str:
    page = (built / name / "index.html").read_text("utf-8")
    return page.partition("<article")[2].partition("</article")[0]


def test_an_article_leads_back_to_its_category(built: Path) -> None:
    article = article_of(built)
    assert re.search(r'<li><a href="\.\./categories/getting-back-in/">Recovering access</a></li>', article)
    assert 'class="acct-back"><a href="../categories/getting-back-in/">Back to Recovering access</a>' in article


def test_an_article_ends_with_who_to_ask_and_who_signs(built: Path) -> None:
    article = article_of(built)
    assert '<a href="mailto:soporte@brisalta.example">soporte@brisalta.example</a>' in article
    assert '<p class="acct-signature">Your Brisalta Hosting team</p>' in article


def test_whoever_still_needs_help_need_not_say_what_they_read(built: Path) -> None:
    assert 'href="http://127.0.0.1:5000/contact?article=recover-password&amp;language=en"' in article_of(built)


def test_without_a_page_of_support_a_mail_is_begun_that_names_the_article(small: KnowledgeBase) -> None:
    article = small.article("try-it", "es")
    assert layout.support(small, "es", article) == (
        "mailto:support@example.com?subject=Sobre%20la%20p%C3%A1gina%20de%20ayuda%3A%20Iniciar%20sesi%C3%B3n"
    )


def test_a_support_address_keeps_its_own_parts(small: KnowledgeBase) -> None:
    config = changed(CONFIG, site={"support_url": "https://desk.example/new?form=7#top"})
    centred = KnowledgeBase(editions_of(config), small.content, small.manifest)
    assert layout.support(centred, "es_AR") == "https://desk.example/new?form=7&language=es-AR#top"


def test_an_article_names_its_topics_relatives_and_other_languages(built: Path) -> None:
    article = article_of(built, "es/recover-password")
    sections = dict(re.findall(r'<h2 id="acct-(\w+)">(.*?)</h2>', article))
    assert sections["related"] == "Páginas relacionadas"
    assert '<a href="../topics/password/">Contraseña</a>' in article
    languages = re.findall(r'hreflang="([^"]+)"', article)
    assert languages == ["es-AR", "en", "it"]


def test_what_needs_a_script_is_hidden_until_there_is_one(built: Path) -> None:
    assert re.search(r"<button[^>]* data-acct-print hidden>", article_of(built))
    front = (built / "en" / "index.html").read_text("utf-8")
    assert re.search(r"<button[^>]* data-acct-find hidden>", front)


def test_a_vote_says_what_it_is_about_without_a_script(built: Path) -> None:
    form = article_of(built, "es-AR/recover-password").partition("<form")[2].partition("</form")[0]
    version = digest(centre("client-area").article("recover-password", "es_AR").source)
    assert 'method="post" action="../../../help/vote"' in form
    assert dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', form)) == {
        "article": "recover-password",
        "locale": "es-AR",
        "version": version,
    }
    assert re.findall(r'<button name="answer" value="(\w+)">', form) == ["yes", "no"]


def changed(config: Config, **tables: dict[str, object]) -> Config:
    """The configuration with some keys changed: ``changed(CONFIG, help={"votes": False})``."""
    parts = {name: getattr(config, name).model_copy(update=keys) for name, keys in tables.items()}
    return config.model_copy(update=parts)


@pytest.mark.parametrize(
    ("config", "copy"),
    [(changed(CONFIG, help={"votes": False}), Copy()), (CONFIG, Copy(static=True)), (CONFIG, Copy(offline=True))],
    ids=["switched off", "without an app", "from a folder"],
)
def test_nobody_is_asked_to_vote_where_nobody_counts(
    small: KnowledgeBase, tmp_path: Path, config: Config, copy: Copy
) -> None:
    quiet = KnowledgeBase(editions_of(config), small.content, small.manifest)
    building.build(quiet, tmp_path / "site", allow_unverified=True, copy=copy)
    for file in (tmp_path / "site").rglob("*.html"):
        assert not re.search(r"help/vote|data-app|data-acct-best", file.read_text("utf-8")), file


@pytest.mark.parametrize(
    ("url", "action", "allowed"),
    [
        (None, "../../../help/vote", "'self'"),
        ("/pages", "/app/help/vote", "'self'"),
        ("https://clients.example.com/elsewhere", "/app/help/vote", "'self'"),
        ("https://help.example.net", "https://clients.example.com/app/help/vote", "'self' https://clients.example.com"),
    ],
)
def test_votes_go_to_the_app_wherever_the_site_is(
    small: KnowledgeBase, tmp_path: Path, url: str | None, action: str, allowed: str
) -> None:
    config = changed(CONFIG, site={"public_url": "https://clients.example.com/app"}, help={"url": url})
    building.build(
        KnowledgeBase(editions_of(config), small.content, small.manifest), tmp_path / "site", allow_unverified=True
    )
    assert f'action="{action}"' in (tmp_path / "site" / "en" / "try-it" / "index.html").read_text("utf-8")
    policy = dict(part.split(" ", 1) for part in (tmp_path / "site" / "csp.txt").read_text("ascii").strip().split("; "))
    assert policy["form-action"] == allowed
    assert policy["connect-src"] == allowed


def test_the_logo_is_the_one_of_the_app(small: KnowledgeBase, tmp_path: Path) -> None:
    config = changed(CONFIG, brand={"logo": "/static/logo.svg"}, help={"url": "https://help.example.net"})
    building.build(
        KnowledgeBase(editions_of(config), small.content, small.manifest), tmp_path / "site", allow_unverified=True
    )
    page = (tmp_path / "site" / "en" / "try-it" / "index.html").read_text("utf-8")
    assert '<img src="https://clients.example.com/static/logo.svg" alt="Brand &amp; Co">' in page
    assert "img-src 'self' data: https://clients.example.com;" in (tmp_path / "site" / "csp.txt").read_text("ascii")


def test_the_logo_is_found_wherever_the_app_is_mounted(small: KnowledgeBase, tmp_path: Path) -> None:
    config = changed(CONFIG, brand={"logo": "/static/logo.svg"})
    centred = KnowledgeBase(editions_of(config), small.content, small.manifest)
    building.build(centred, tmp_path / "site", allow_unverified=True)
    page = (tmp_path / "site" / "en" / "try-it" / "index.html").read_text("utf-8")
    assert '<img src="../../../static/logo.svg" alt="Brand &amp; Co">' in page


def test_the_logo_for_dark_pages_is_the_one_of_the_app(small: KnowledgeBase, tmp_path: Path) -> None:
    brand = {"logo": "/static/logo.svg", "logo_dark": "/static/dark.svg", "font_file": "/static/brand.woff2"}
    centred = KnowledgeBase(editions_of(changed(CONFIG, brand=brand)), small.content, small.manifest)
    building.build(centred, tmp_path / "site", allow_unverified=True)
    page = (tmp_path / "site" / "en" / "try-it" / "index.html").read_text("utf-8")
    assert '<source srcset="../../../static/dark.svg" media="(prefers-color-scheme: dark)">' in page
    colours = (tmp_path / "site" / "en" / "assets" / "acct" / "brand.css").read_text("utf-8")
    assert 'url("../../../../static/brand.woff2")' in colours


def test_browsers_show_the_brand_beside_the_title(built: Path) -> None:
    page = (built / "en" / "recover-password" / "index.html").read_text("utf-8")
    assert '<link rel="icon" href="../assets/acct/icon.svg">' in page
    assert 'fill="#1f6f78"' in (built / "en" / "assets" / "acct" / "icon.svg").read_text("utf-8")


def test_an_app_with_an_accent_in_its_name_is_named_as_browsers_do(small: KnowledgeBase) -> None:
    config = changed(CONFIG, site={"public_url": "https://panadería.example:8443"}, help={"url": "https://x.example"})
    centred = KnowledgeBase(editions_of(config), small.content, small.manifest)
    assert layout.other_origin(centred) == "https://xn--panadera-i2a.example:8443"


def test_the_languages_come_out_the_same_one_after_the_other_and_side_by_side(
    small: KnowledgeBase, tmp_path: Path
) -> None:
    trees = []
    for jobs in (1, 2, 3):
        out = tmp_path / str(jobs)
        building.build(small, out, allow_unverified=True, jobs=jobs)
        trees.append({str(file.relative_to(out)): file.read_bytes() for file in out.rglob("*") if file.is_file()})
    assert trees[0] == trees[1] == trees[2]


def test_a_language_that_fails_beside_the_others_stops_the_build(small: KnowledgeBase, tmp_path: Path) -> None:
    broken = KnowledgeBase(small.platforms, small.content, small.manifest)
    broken._articles["try-it", "es"] = replace(small.article("try-it", "es"), body="# A\n\n[gone](nowhere.md)\n")
    with pytest.raises(KbError, match="MkDocs did not build the site"):
        building.build(broken, tmp_path / "site", allow_unverified=True, jobs=3)


def test_a_search_finds_articles_and_terms_and_not_the_lists_of_them(built: Path) -> None:
    docs = json.loads((built / "en" / "search" / "search_index.json").read_text("utf-8"))["docs"]
    pages = {doc["location"].partition("#")[0] for doc in docs}
    assert {"recover-password/", "glossary/"} <= pages
    assert not {page for page in pages if page in {"", "a-z/"} or page.startswith(("topics/", "categories/"))}
    text = json.dumps(docs)
    assert "Difficulty" not in text
    assert "Was this page helpful" not in text


def test_nothing_is_shipped_that_no_page_loads(built: Path) -> None:
    scripts = {file.relative_to(built / "es" / "assets").parts[:2] for file in (built / "es" / "assets").rglob("*.js")}
    assert {parts[0] for parts in scripts} == {"acct", "javascripts"}
    assert not (built / "es" / "assets" / "javascripts" / "lunr").exists()
    assert not (built / "es" / "assets" / "javascripts" / "workers").exists()
    assert not list(built.rglob("*.map"))


def test_the_search_dialog_has_a_name(built: Path) -> None:
    page = (built / "es" / "recover-password" / "index.html").read_text("utf-8")
    assert re.search(r'role="dialog" aria-label="[^"]+"', page)


def test_no_page_shows_a_slot(built: Path) -> None:
    assert not [file for file in built.rglob("*.html") if "{{" in file.read_text("utf-8")]


@pytest.mark.parametrize("preset", ["client-area", "sending-platform", "customer-panel", "email-marketing"])
def test_the_articles_are_plain_markdown_for_any_generator(preset: str, tmp_path: Path) -> None:
    files = tree.write(centre(preset), tmp_path)
    texts = [file.read_text("utf-8") for file in files if file.suffix == ".md"]
    assert texts
    for text in texts:
        assert text.startswith("---\ntitle: ")
        assert not re.search(r"\{\{|\{%|\{:|^!!!|[\ue000-\uf8ff]", text, re.MULTILINE)


def test_plain_mkdocs_builds_the_repository(tmp_path: Path) -> None:
    environment = {**os.environ, "ACCT_UNVERIFIED": "1", "NO_MKDOCS_2_WARNING": "1"}
    environment.pop("ACCT_CONFIG", None)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "es-AR" / "recover-password" / "index.html").is_file()


def test_the_site_can_be_built_away_from_the_repository(tmp_path: Path) -> None:
    flask = shutil.which("flask", path=str(Path(sys.executable).parent))
    assert flask
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ACCT_", "FLASK_"))}
    command = [flask, "acct", "kb", "build", "out", "--config", "sending-platform", "--allow-unverified"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "it" / "recover-password" / "index.html").is_file()


def test_the_help_centre_that_is_switched_off_cannot_be_built(tmp_path: Path) -> None:
    file = tmp_path / "acct.toml"
    file.write_text("[help]\nenabled = false\n")
    with pytest.raises(KbError, match="Set it to true"):
        centre(str(file))
