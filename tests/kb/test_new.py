"""A new article is begun in every language, passes the check at once, and takes nobody's place."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flask_acct import config as configuration
from flask_acct.errors import AcctError
from flask_acct.features import platform
from flask_acct.kb.articles.knowledge_base import centre
from flask_acct.kb.articles.rendering import journey
from flask_acct.kb.commands import kb
from flask_acct.kb.site import checks

TOML = '[site]\nname = "Bakery"\nlocales = ["en", "es", "es_AR", "it", "nl"]\n\n[help]\narticles = "help"\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a company that has no article yet."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acct.toml").write_text(TOML)
    return tmp_path


def new(*arguments: str) -> Result:
    return CliRunner().invoke(kb, ["new", *arguments])


def refused(*arguments: str) -> str:
    """What is said instead of beginning an article; nothing was written."""
    before = {file: file.read_bytes() for file in Path().rglob("*") if file.is_file()}
    result = new(*arguments)
    assert result.exit_code != 0
    assert isinstance(result.exception, (AcctError, SystemExit)), result.exception
    assert {file: file.read_bytes() for file in Path().rglob("*") if file.is_file()} == before
    return str(result.exception) if isinstance(result.exception, AcctError) else result.output


def test_an_article_has_a_file_in_each_language() -> None:
    result = new("order-bread")
    assert result.exit_code == 0, result.output
    for locale in ("en", "es", "es_AR", "it", "nl"):
        assert Path(f"help/{locale}/order-bread.md").is_file()
        assert f"help/{locale}/order-bread.md" in result.output
    assert "flask acct kb serve" in result.output


def test_its_steps_name_labels_by_their_slots_and_can_be_run() -> None:
    new("order-bread")
    made = centre()
    steps = journey("order-bread", content=made.content, platforms=made.platforms, platform=None)
    assert [step.verb for step in steps] == ["visit", "shot", "fill", "fill", "click"]
    assert "Email address" not in Path("help/en/order-bread.md").read_text()
    assert made.article("order-bread", "es").title == "Order bread"
    assert "Abrí" in Path("help/es_AR/order-bread.md").read_text("utf-8")


def test_every_screen_that_has_an_address_gives_an_article_that_passes() -> None:
    """With whatever fields it has: choices, boxes, files and the proof of who one is."""
    Path("acct.toml").write_text(TOML.replace('"en", "es", "es_AR", "it", "nl"', '"en"'))
    begun = 0
    for name, screen in platform(configuration.find("acct.toml")).declared.screens.items():
        article = f"about-{name.replace('.', '-').replace('_', '-')}"
        result = new(article, "--screen", name)
        begun += result.exit_code == 0
        has_parameters = "<" in screen.path
        assert not (has_parameters and result.exit_code == 0)
    assert begun > 10
    # All that is left to mend is what the author is asked to write.
    assert all("is still to be written" in str(problem) for problem in checks.problems(centre()))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Order Bread.md", '"order-bread" would do'),
        ("../secret", '"secret" would do'),
        ("", "cannot name an article"),
        ("a" * 200, "at most 80"),
        ("año-nuevo", '"ano-nuevo" would do'),
        ("sign-in", "there is an article 'sign-in' already"),
        ("glossary", "has a page or folder 'glossary'"),
        ("images/x", "cannot name an article"),
    ],
)
def test_a_name_that_no_new_article_can_have_is_told(name: str, said: str) -> None:
    assert said in refused("--", name)


def test_what_is_there_is_never_written_over() -> None:
    new("order-bread")
    assert "help/en/order-bread.md" in refused("order-bread")
    Path("help/en/order-bread.md").unlink()
    assert "stays as it is" in refused("order-bread"), "a translation of it is there still"


def test_an_old_name_of_another_article_is_not_taken() -> None:
    new("order-bread")
    text = Path("help/en/order-bread.md").read_text().replace("minutes: 5", "minutes: 5\naliases: [buy-bread]")
    Path("help/en/order-bread.md").write_text(text)
    assert "is an old name of the article 'order-bread'" in refused("buy-bread")


def test_a_title_is_words_and_no_program() -> None:
    assert "--title has {" in refused("order-bread", "--title", "Bread {{ config }}")
    assert "--title has <" in refused("order-bread", "--title", "Bread <b>now</b>")
    assert "--title has no words" in refused("order-bread", "--title", " ")
    new("order-bread", "--title", "  Bread,  now ")
    assert centre().article("order-bread", "en").title == "Bread, now"


def test_a_screen_that_is_none_is_told_with_one_that_is() -> None:
    assert 'Did you mean "login.form"?' in refused("order-bread", "--screen", "login.fom")


def test_without_a_folder_of_ones_own_it_says_what_to_write(here: Path) -> None:
    (here / "acct.toml").write_text('[site]\nname = "Bakery"\n')
    assert 'articles = "help"' in refused("order-bread")
    (here / "acct.toml").unlink()
    assert "flask acct init" in refused("order-bread")
