"""Articles, glossaries and acct.toml as people have them: read, or refused by name; nothing is passed over."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from flask_acct.config import ConfigError
from flask_acct.config import read as read_config
from flask_acct.kb.articles import glossary
from flask_acct.kb.articles.content import Content, KbError, digest, read
from flask_acct.kb.articles.knowledge_base import KnowledgeBase, centre
from flask_acct.kb.articles.stamps import Stamp
from flask_acct.kb.articles.stamps import write as stamp
from flask_acct.kb.site import checks

ARTICLE = "---\nminutes: 2\ntags: [account]\n---\n# Order bread\n\nCafé.\n"
TOML = '[site]\nlocales = ["en", "es_AR"]\n[help]\narticles = "help"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the one article of the company is."""
    (tmp_path / "acct.toml").write_text(TOML)
    found = tmp_path / "help" / "en" / "order-bread.md"
    found.parent.mkdir(parents=True)
    return found


def company(file: Path) -> KnowledgeBase:
    return centre(str(file.parents[2] / "acct.toml"))


def problems(file: Path) -> list[str]:
    return [str(problem) for problem in checks.problems(company(file))]


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + ARTICLE.encode(),
        ARTICLE.replace("\n", "\r\n").encode(),
        ARTICLE.replace("\n", "\r").encode(),
        codecs.BOM_UTF8 + ARTICLE.replace("\n", "\r\n").encode(),
        ARTICLE.replace("---\n", "--- \t\n").encode(),
        f"\n \n{ARTICLE}".encode(),
        ARTICLE.replace("]\n---", "]\n...").encode(),
    ],
    ids=["BOM", "CRLF", "CR", "BOM and CRLF", "blanks after the lines", "an empty first line", "three dots"],
)
def test_an_article_is_read_as_every_editor_saves_it(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    source = read(file)
    assert source.facts.minutes == 2
    assert source.facts.tags == ("account",)
    assert source.body.strip() == "# Order bread\n\nCafé."
    file.write_text(ARTICLE, "utf-8")
    assert digest(source) == digest(read(file))


def test_lines_are_counted_as_in_the_file(file: Path) -> None:
    file.write_text("\n\n---\nminutes: 2\nminutess: 2\n---\n# A\n")
    with pytest.raises(KbError, match=r"order-bread\.md:5: 'minutess'"):
        read(file)


REFUSED = [
    (ARTICLE.encode("cp1252"), ':7: is not UTF-8: a character, perhaps "é", is in another encoding'),
    (ARTICLE.encode("utf-16"), ": is UTF-16. Save it as UTF-8"),
    (ARTICLE.encode("utf-16-le"), ": is UTF-16 or no text. Save it as UTF-8"),
    (ARTICLE.encode("utf-32"), ": is UTF-32. Save it as UTF-8"),
    (ARTICLE.replace("---", "+++").encode(), ":1: has a head between lines +++. Write lines --- instead"),
    (ARTICLE.replace("]\n---\n", "]\n").encode(), ":1: has a head without an end"),
    (b"", ":1: has no head"),
    (ARTICLE.replace("tags:", "minutes: 3\ntags:").encode(), ":3: says minutes twice: in line 2 and here"),
    (
        ARTICLE.replace("tags:", "title: Bread\ntags:").encode(),
        ":3: 'title' is not a key of an article: the title",
    ),
    (
        ARTICLE.replace("tags:", "date: 2026-01-01\ntags:").encode(),
        "each page says by itself when",
    ),
    (ARTICLE.replace("tags:", "draft: true\ntags:").encode(), "write hidden: true"),
]


@pytest.mark.parametrize(("content", "told"), REFUSED, ids=[told[:24] for _, told in REFUSED])
def test_an_article_that_cannot_be_read_is_told_once_and_by_name(file: Path, content: bytes, told: str) -> None:
    file.write_bytes(content)
    (problem,) = problems(file)
    assert problem.startswith("help/en/order-bread.md")
    assert told in problem


PASSED_OVER = {
    "en/order-bread.MD": "its name does not end in .md. Rename it to order-bread.md",
    "en/order-bread.markdown": "its name does not end in .md. Rename it to order-bread.md",
    "en/order-bread.txt": "Rename it to order-bread.md",
    "en/shop/order-bread.md": "Move it to en/order-bread.md",
    "es_AR/shop/deep/order-bread.markdown": "Move it to es_AR/order-bread.md",
    "order-bread.markdown": "Put it into one of them: en/order-bread.md",
    "glossary/en.MD": "Rename it to en.md",
    "glossary/english.md": "is not named by a language",
    "glossary/more/en.md": "Move it to glossary/en.md",
}


@pytest.mark.parametrize("name", PASSED_OVER)
def test_a_file_that_is_not_read_is_named(file: Path, name: str) -> None:
    file.write_text(ARTICLE, "utf-8")
    other = file.parents[1] / name
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_text(ARTICLE, "utf-8")
    (problem,) = problems(file)
    assert PASSED_OVER[name] in problem
    assert other.name in problem


def test_pictures_notes_beside_them_and_hidden_files_are_no_articles(file: Path) -> None:
    file.write_text(ARTICLE, "utf-8")
    for name in ("images/notes.txt", "en/.order.md.swp", ".git/README.md", "en/order-bread.md~"):
        other = file.parents[1] / name
        other.parent.mkdir(exist_ok=True)
        other.write_text("x")
    assert problems(file) == []


@pytest.mark.parametrize("name", ["es-AR", "ES_ar"])
def test_the_folder_of_a_language_that_is_written_otherwise_is_told_with_the_right_name(file: Path, name: str) -> None:
    file.write_text(ARTICLE, "utf-8")
    (file.parents[1] / name).mkdir()
    (file.parents[1] / name / "order-bread.md").write_text(ARTICLE, "utf-8")
    assert any(
        f"{name}/ is not read" in one and 'Did you mean "es_AR"?' in one for one in checks.notices(company(file))
    )


def terms(file: Path, content: bytes) -> dict[str, str]:
    """The company's terms, with their meanings."""
    folder = file.parents[1] / "glossary"
    folder.mkdir(exist_ok=True)
    (folder / "en.md").write_bytes(content)
    return {one.name: one.meaning for one in glossary.terms(Content(file.parents[1]), "en")}


@pytest.mark.parametrize("mark", ["- ", "* ", "+ ", "– ", "— ", "• ", "  - ", "\t* ", "-   "])
def test_a_term_may_begin_with_any_mark_of_a_list(file: Path, mark: str) -> None:
    assert terms(file, f"{mark}Cart : To buy.\n{mark}Loaf : Bread.\n".encode()) == {"Cart": "To buy.", "Loaf": "Bread."}


def test_the_first_term_after_a_byte_order_mark_is_read(file: Path) -> None:
    assert terms(file, codecs.BOM_UTF8 + b"- Cart : To buy.\r\n- Loaf : Bread.\r\n") == {
        "Cart": "To buy.",
        "Loaf": "Bread.",
    }


def test_a_meaning_goes_on_in_the_next_line(file: Path) -> None:
    assert terms(file, b"# Words\n\n- Cart : What you\n  are going\nto buy.\n\n- Loaf : Bread.") == {
        "Cart": "What you are going to buy.",
        "Loaf": "Bread.",
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("- Café : x".encode("cp1252"), "en.md:1: is not UTF-8"),
        ("- Cart : x".encode("utf-16"), "en.md: is UTF-16"),
        (b"- Cart : x\n- Loaf : y\n- cart : z", 'en.md:3: has "cart" twice: in line 1 and here'),
        (b"- Cart {#c} : x\n- Trolley {#c} : y", 'en.md:2: has "Trolley" twice: in line 1 and here'),
        (b"- Cart: x", "en.md:1: cannot read 'Cart: x'. Write a term and its meaning as '- Term : meaning'"),
        (b"- Cart : x\n\nCart : y", "en.md:3: cannot read 'Cart : y'"),
        (b"1. Cart : x", "en.md:1: cannot read '1. Cart : x'"),
    ],
)
def test_a_glossary_that_cannot_be_read_is_told_with_its_line(file: Path, content: bytes, told: str) -> None:
    with pytest.raises(KbError) as refused:
        terms(file, content)
    assert told in str(refused.value)


def test_a_term_may_have_a_line_for_each_configuration(file: Path) -> None:
    text = b"- Cart {if users.enabled} : x\n- Cart {if not users.enabled} : y\n"
    assert list(terms(file, text)) == ["Cart"]


@pytest.mark.parametrize("begin", [b"", codecs.BOM_UTF8, b"\r\n"])
def test_a_stamp_leaves_the_file_as_it_is_saved(file: Path, begin: bytes) -> None:
    file.write_bytes(begin + b"---\r\nsynonyms: [x]\r\n---\r\n# A\r\n")
    stamp(Stamp(read(file, is_first=False), "12345678"))
    wanted = b"---\r\ntranslates: 12345678\r\nsynonyms: [x]\r\n---\r\n# A\r\n"
    assert file.read_bytes() == begin + wanted


@pytest.mark.parametrize(("encoding", "told"), [("utf-16", "is UTF-16"), ("cp1252", "line 2: is not UTF-8")])
def test_acct_toml_in_another_encoding_is_told(tmp_path: Path, encoding: str, told: str) -> None:
    (tmp_path / "acct.toml").write_bytes('[site]\nname = "Café"\n'.encode(encoding))
    with pytest.raises(ConfigError, match=told):
        read_config(tmp_path / "acct.toml")
