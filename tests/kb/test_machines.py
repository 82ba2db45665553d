"""Programs read the pages as well: as Markdown, as data of schema.org, and as what a link shows."""

from __future__ import annotations

import json
import re
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from flask_acct.config import Config, preset
from flask_acct.extension import Acct
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles.content import Content
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.site import building, machines
from flask_acct.kb.site.layout import Copy
from flask_acct.kb.site.offline import SERVED

from ..scopes import SECRET_KEY

CONFIG = Config.model_validate(
    {"site": {"locales": ["en", "es"], "public_url": "https://clients.example.com", "name": "Brand & Co"}}
)

STEPS = """\
---
screens: [login.form]
answers: [login.form.wrong#wrong]
minutes: 7
tools: [mailbox]
tags: [password]
---
# Open &lt;/script&gt; & "look"

All of it, *at once*. ![The cart](../images/cart.png)

## Go in

1. Open {{ visit("login.form") }}.

    - This one
    - or that one

    ![The cart](../images/cart.png)

1. Press {{ click("login.form.submit") }}.

## It says something {#wrong}

- {{ ui("login.form.wrong") }} Look for capital letters in what you typed.
- Another thing is told here.

## And why is that?

Because of *rules*.
"""

PLAIN = "---\n---\n# Nothing to do\n\nOnly words.\n"


def build(folder: Path, copy: Copy = building.EVERYDAY, config: Config = CONFIG) -> Path:
    """The site of two articles, one of them with steps."""
    kb = folder / "kb"
    (kb / "en").mkdir(parents=True)
    (kb / "images").mkdir()
    Image.new("RGB", (40, 20)).save(kb / "images" / "cart.png")
    (kb / "en" / "look.md").write_text(STEPS, "utf-8")
    (kb / "en" / "plain.md").write_text(PLAIN, "utf-8")
    centre = KnowledgeBase(editions_of(config), Content(kb), Manifest(folder / "none"))
    building.build(centre, folder / "site", allow_unverified=True, copy=copy)
    return folder / "site"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("machines"))


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("offline"), Copy(static=True, offline=True))


def data(page: Path) -> dict[str, Any]:
    """The data of a page by its type."""
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    return {one["@type"]: one for one in map(json.loads, found)}


def meta(page: Path) -> dict[str, str]:
    text = page.read_text("utf-8")
    return {name: unescape(words) for name, words in re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', text)}  # fmt: skip  # noqa: E501


def every(value: Any) -> Iterator[dict[str, Any]]:
    """Each object in the data."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from every(inner)


def test_steps_are_a_how_to_in_their_order(site: Path) -> None:
    found = data(site / "en/look/index.html")["HowTo"]
    assert found["name"] == 'Open </script> & "look"'
    assert found["totalTime"] == "PT7M"
    assert found["inLanguage"] == "en"
    assert [(step["@type"], step["position"], step["text"]) for step in found["step"]] == [
        ("HowToStep", 1, "Open Sign in. This one or that one"),
        ("HowToStep", 2, "Press Sign in."),
    ]
    assert found["step"][0]["image"] == "https://clients.example.com/help/en/own/images/cart.png"


def test_a_message_and_a_heading_that_asks_are_questions_with_their_answers(site: Path) -> None:
    questions = data(site / "en/look/index.html")["FAQPage"]["mainEntity"]
    answers = {one["name"]: one["acceptedAnswer"]["text"] for one in questions}
    assert answers["And why is that?"] == "Because of rules."
    told = next(answer for question, answer in answers.items() if question != "And why is that?")
    assert "Look for capital letters" in told
    assert "Another thing" not in told


def test_every_object_has_what_schema_org_and_search_engines_require(site: Path) -> None:
    required = {
        "HowTo": {"@context", "name", "step"},
        "HowToSection": {"name", "itemListElement"},
        "HowToStep": {"text", "url", "position"},
        "HowToTool": {"name"},
        "FAQPage": {"@context", "mainEntity"},
        "Question": {"name", "acceptedAnswer"},
        "Answer": {"text"},
    }
    for one in every(list(data(site / "es/look/index.html").values())):
        assert required[one["@type"]] <= {key for key, value in one.items() if value}


def test_an_article_that_only_tells_something_has_no_data(site: Path) -> None:
    assert data(site / "en/plain/index.html") == {}


def test_several_lists_are_sections_by_their_headings() -> None:
    parts = machines.read(
        "<h1>T</h1><h2 id='a'>A</h2><ol><li>One</li></ol><h2 id='b'>B</h2><ol><li><p>Two</p></li></ol>"
    )
    steps = machines._steps(parts.parts, "https://x.example/")
    assert [(one["name"], one["itemListElement"][0]["url"]) for one in steps] == [
        ("A", "https://x.example/#a"),
        ("B", "https://x.example/#b"),
    ]


def test_what_a_term_means_and_an_inner_list_are_no_steps() -> None:
    parts = machines.read(
        '<ul><li>No <ol><li>no</li></ol></li></ul><ol><li>Yes<details class="info acct-term"><summary>Cart</summary>'
        "<p>Where <b>all</b> is.<br/></p></details> too<ol><li>inner</li></ol></li></ol>"
    )
    assert [" ".join(step.text.split()) for step in parts.parts[0].steps] == ["Yes too inner"]


def test_a_title_cannot_end_the_script_it_stands_in(site: Path) -> None:
    page = (site / "en/look/index.html").read_text("utf-8")
    begin = page.index('<script type="application/ld+json">')
    assert "look" in page[begin : page.index("</script>", begin)]
    assert json.loads(machines.embedded({"a": "</script><!--\u2028&"})) == {"a": "</script><!--\u2028&"}
    assert not set(machines.embedded({"a": "</script><!--\u2028&"})) & set("<>&\u2028")


def test_data_is_no_script_for_the_policy(site: Path) -> None:
    policy = (site / building.POLICY).read_text()
    page = (site / "en/look/index.html").read_text("utf-8")
    for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL):
        assert b64encode(sha256(text.encode()).digest()).decode() not in policy


def test_a_link_to_a_page_shows_its_title_and_a_picture(site: Path) -> None:
    said = meta(site / "en/look/index.html")
    assert said["og:title"] == said["twitter:title"] == 'Open </script> & "look"'
    assert said["og:url"] == "https://clients.example.com/help/en/look/"
    assert said["og:image"] == "https://clients.example.com/help/en/own/images/cart.png"
    assert said["og:image:alt"] == "The cart"
    assert said["og:description"] == said["description"] == "All of it, at once."
    assert (site / "en/own/images/cart.png").is_file()


@pytest.mark.parametrize(
    "page", ["en/plain/index.html", "es/index.html", "en/a-z/index.html", "en/topics/password/index.html"]
)
def test_a_page_without_a_picture_shows_the_card_of_the_site(site: Path, page: str) -> None:
    said = meta(site / page)
    path = said["og:image"].removeprefix("https://clients.example.com/help/")
    with Image.open(site / path) as card:
        assert card.size == machines.CARD_SIZE
    assert said["og:title"]


def test_the_card_is_in_the_colour_of_the_brand() -> None:
    card = machines.card("#12ab34")
    assert card.startswith(b"\x89PNG")
    begin = card.index(b"PLTE")
    (length,) = struct.unpack(">I", card[begin - 4 : begin])
    assert card[begin + 4 : begin + 7] == b"\x12\xab\x34"
    assert struct.unpack(">I", card[begin + 4 + length : begin + 8 + length])[0] == zlib.crc32(
        card[begin : begin + 4 + length]
    )


def markdown_links(folder: Path) -> list[tuple[str, Path]]:
    """The relative addresses in every Markdown file and list of a folder, each with where it leads."""
    files = [*folder.rglob("*.md"), *folder.rglob("llms.txt")]
    pattern = re.compile(r"\]\(([^):]+?)(?:#[^)]*)?\)")
    return [(name, file.parent / name) for file in files for name in pattern.findall(file.read_text("utf-8"))]


def test_each_page_is_there_as_markdown_and_says_so(site: Path) -> None:
    for page in [*site.glob("en/**/index.html"), *site.glob("es/**/index.html")]:
        text = page.read_text("utf-8")
        (named,) = re.findall(r'<link rel="alternate" type="text/markdown" href="([^"]+)">', text)
        beside = (page.parent / named).resolve()
        assert beside.is_file(), named
        assert "{{" not in beside.read_text("utf-8")
    assert "1. Open [**Sign in**](https://clients.example.com/account/login)." in (site / "en/look.md").read_text(
        "utf-8"
    )


def test_every_address_in_the_markdown_leads_somewhere(site: Path, offline: Path) -> None:
    for folder in (site, offline):
        missing = [name for name, file in markdown_links(folder) if not file.is_file()]
        assert missing == []
        assert markdown_links(folder)


def test_llms_txt_names_every_article_by_its_address(site: Path) -> None:
    text = (site / "es/llms.txt").read_text("utf-8")
    assert text.startswith("# Brand &amp; Co · ")
    found = re.findall(r"^- \[[^\n]+\]\(https://clients\.example\.com/help/(es/[a-z-]+\.md)\)", text, re.MULTILINE)
    assert {"es/look.md", "es/plain.md"} <= set(found)
    assert all((site / name).is_file() for name in found)
    root = (site / "llms.txt").read_text("utf-8")
    assert re.findall(r"\]\(https://clients\.example\.com/help/([^)]+)\)", root) == ["en/llms.txt", "es/llms.txt"]


def test_a_copy_without_a_server_names_no_address_of_the_site(offline: Path) -> None:
    pages = [file for file in offline.rglob("*.html") if file.name not in SERVED]
    for file in [*pages, *offline.rglob("*.md"), *offline.rglob("llms.txt")]:
        assert "clients.example.com/help" not in file.read_text("utf-8"), file
    assert data(offline / "en/look.html")["HowTo"]["step"][0]["text"]


@pytest.mark.parametrize(
    ("file", "kind"), [("en/look.md", "text/markdown"), ("en/llms.txt", "text/plain"), ("llms.txt", "text/plain")]
)
def test_the_app_serves_them_as_what_they_are(site: Path, database_url: str, file: str, kind: str) -> None:
    app = Flask("host")
    app.config.update(
        SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=database_url, ACCT_HELP_SITE=str(site), ACCT_WORKER=False
    )
    Acct(app, config=preset("client-area"))
    with app.test_client().get(f"/help/{file}") as answer:
        assert answer.status_code == 200
        assert answer.content_type == f"{kind}; charset=utf-8"
        assert answer.data == (site / file).read_bytes()
