"""Words that say the same: the files of a language, a host's own, and what check says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flask_acct.kb.articles.content import Content, KbError, place, shipped
from flask_acct.kb.articles.synonyms import groups, problems
from tests.kb.conftest import Write


@pytest.fixture
def same(folder: Path) -> Write:
    """Puts a file of synonyms into the folder: ``same("a, b")`` for English, ``same("a, b", "es")``."""

    def put(text: str | bytes, locale: str = "en", suffix: str = ".txt") -> Path:
        file = folder / "synonyms" / f"{locale}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return put


def told(folder: Path) -> list[str]:
    return [str(problem) for problem in problems(Content(folder))]


def test_a_line_is_a_group_and_comments_are_none(folder: Path, same: Write) -> None:
    same("# words\n\npassword, passcode ,  pass   word\nbill, invoice\n")
    assert groups(Content(folder), "en") == (("password", "passcode", "pass word"), ("bill", "invoice"))
    assert told(folder) == []


@pytest.mark.parametrize("text", [b"\xef\xbb\xbfa, b\n", b"a, b\r\n", b"a, b", b"a, b,\n", b"a,b\n\n\n"])
def test_files_of_every_editor_are_read(folder: Path, same: Write, text: bytes) -> None:
    same(text)
    assert groups(Content(folder), "en") == (("a", "b"),)


def test_a_region_adds_to_its_language_and_no_language_to_another(folder: Path, same: Write) -> None:
    same("a, b")
    same("clave, contraseña", "es")
    same("blanquear, restablecer", "es_AR")
    content = Content(folder)
    assert groups(content, "es_AR") == (("blanquear", "restablecer"), ("clave", "contraseña"))
    assert groups(content, "es") == (("clave", "contraseña"),)
    assert groups(content, "nl") == ()


def test_a_host_adds_its_own_words(tmp_path: Path, folder: Path, same: Write) -> None:
    same("a, b")
    own = tmp_path / "help"
    (own / "synonyms").mkdir(parents=True)
    (own / "synonyms" / "en.txt").write_text("bread, loaf\n", "utf-8")
    assert groups(Content(folder, own), "en") == (("a", "b"), ("bread", "loaf"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a, b\nalone\n", ":2: one word says the same as none. Write: password, passcode"),
        ("Clave, b, clavé\n", ':1: "clavé" stands twice in this line. Delete one of them'),
        ("a, b\n\n# c\n ,x, \n", ":4: one word says the same as none. Write: password, passcode"),
        ("contraseña, b\n".encode("latin-1"), ": is not UTF-8. Save it as UTF-8"),
        ("a, b\n".encode("utf-16"), ": is not UTF-8. Save it as UTF-8"),
    ],
)
def test_check_says_what_is_wrong_by_file_and_line(folder: Path, same: Write, text: str | bytes, expected: str) -> None:
    file = same(text)
    assert told(folder) == [f"{place(file)}{expected}"]


@pytest.mark.parametrize("suffix", [".md", ".csv", ".TXT", ""])
def test_a_file_of_another_kind_is_told_and_is_no_language(folder: Path, same: Write, suffix: str) -> None:
    same("a, b", suffix=suffix)
    file = place(folder / "synonyms" / f"en{suffix}")
    assert told(folder) == [f"{file}: is not read. Words that say the same stand in en.txt, a line a group"]
    assert Content(folder).locales == ()


def test_a_language_written_in_another_way_is_told(folder: Path, same: Write) -> None:
    same("a, b", "es-AR")
    assert told(folder) == [
        f"{place(folder / 'synonyms' / 'es-AR.txt')}: is not read. Languages are written as es_AR.txt, en.txt"
    ]


def test_a_word_that_stands_twice_in_a_head_is_told(folder: Path, write: Write) -> None:
    file = write("---\nminutes: 5\nsynonyms: [loaf, bakery,\n  Loaf]\n---\n# A\n")
    assert told(folder) == [f'{place(file, 3)}: synonyms has "Loaf" twice. Delete one of them']


def test_a_file_that_cannot_be_read_stops_a_build_with_its_name(folder: Path, same: Write) -> None:
    same(b"\xff\xfe")
    with pytest.raises(KbError, match=r"synonyms/en\.txt: is not UTF-8"):
        groups(Content(folder), "en")


def test_what_is_shipped_is_right_in_each_language() -> None:
    content = shipped()
    assert list(problems(content)) == []
    assert all(len(groups(content, locale)) > 30 for locale in ("en", "es", "it", "es_AR"))
