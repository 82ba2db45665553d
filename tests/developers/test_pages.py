"""What is written for developers is so: every block of code is run, every command exists, every copy is of today."""

from __future__ import annotations

import inspect
import re
import shlex
import subprocess
import sys
import tomllib
from io import BytesIO
from pathlib import Path
from typing import Any

import click
import flask_migrate.cli
import pytest
from babel.messages.pofile import read_po
from blinker import Signal
from click.testing import CliRunner
from flask import Flask
from PIL import Image

import flask_acct
from flask_acct import Acct, config, signals
from flask_acct.cli import acct as commands
from flask_acct.kb.articles.content import shipped

from ..languages import IN_ARTICLES
from . import made_up
from .pages import FOLDER, ORDER, PAGES, REPOSITORY, Block, blocks, made_anew, public_names

PACKAGE = Path(flask_acct.__file__).parent

ALL = list(blocks())


def name_of(block: Block) -> str:
    """The file that a block of Python says it is, ``test_shop.py``."""
    found = re.match(r"# (\w+\.py)\n", block.text)
    return found[1] if found else ""


def of_kind(kind: str) -> Any:
    """The blocks of a kind that stand in the pages alone: the others are files, with tests of their own."""
    found = [one for one in ALL if one.kind == kind and one.file is None and not name_of(one)]
    assert found
    return pytest.mark.parametrize("block", found, ids=str)


KINDS = {"python", "toml", "sh", "jinja", "css", "po", "sql", "diff", "text", "markdown", ""}


def test_every_block_is_of_a_kind_that_is_tried() -> None:
    assert {block.kind for block in ALL} <= KINDS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_copies_of_files_and_docstrings_are_of_today(page: Path) -> None:
    assert page.read_text("utf-8") == made_anew(page), "write them anew: make developers"


def test_everything_that_acct_offers_is_described() -> None:
    assert sorted(ORDER) == sorted(public_names())


def test_every_signal_is_described() -> None:
    page = (FOLDER / "python-api.md").read_text("utf-8")
    every = {name for name, one in vars(signals).items() if isinstance(one, Signal)}
    assert set(re.findall(r"^- `(\w+)`: ", page.partition("## Signals")[2], re.MULTILINE)) == every


def test_every_argument_of_acct_is_in_the_table() -> None:
    told = re.findall(r"^\| `(\w+)` \|", (FOLDER / "mounting.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(set(inspect.signature(Acct.__init__).parameters) - {"self", "app"})


def test_every_setting_that_is_read_is_in_the_readme() -> None:
    package = PACKAGE
    read = {
        name for file in package.rglob("*.py") for name in re.findall(r"\"(ACCT_[A-Z_]+)\"", file.read_text("utf-8"))
    }
    told = re.findall(r"^\| `(ACCT_\w+)` \|", (REPOSITORY / "README.md").read_text("utf-8"), re.MULTILINE)
    assert read == set(told)


# Python.

OWN_APP = re.compile(r"\bAcct\(\s*app\b")


@of_kind("python")
def test_python_runs(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = made_up.bare()
    if OWN_APP.search(block.text) or "def create_app" in block.text:
        names: dict[str, Any] = {"app": app, "__name__": "made_up"}
        run(block, names)
        ask(made(names, tmp_path, monkeypatch), block)
        return
    with made_up.names(app) as names:
        names["__name__"] = "made_up"
        run(block, names)
    ask(app, block)


def run(block: Block, names: dict[str, Any]) -> None:
    """The block is run as it is, or as the body of a function if it returns something."""
    try:
        code = compile(block.text, str(block), "exec", dont_inherit=True)
    except SyntaxError:
        body = "".join(f"    {line}\n" for line in block.text.splitlines())
        code = compile(f"def body():\n{body}\nbody()\n", str(block), "exec", dont_inherit=True)
    exec(code, names)


def made(names: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The app that the block made or filled."""
    if "create_app" not in names:
        return names["app"]
    monkeypatch.setenv("ACCT_CONFIG", "client-area")
    monkeypatch.setenv("FLASK_SECRET_KEY", made_up.KEY)
    monkeypatch.setenv("FLASK_TESTING", "true")
    monkeypatch.setenv("ACCT_DATABASE_URL", "sqlite://")
    (folder / "acct.toml").write_text("")
    app: Flask = names["create_app"]()
    made_up.make_tables(app)
    return app


def ask(app: Flask, block: Block) -> None:
    """Each page of the block's answers, to whoever is not signed in."""
    filled_in = {"email": "new@example.com", "company": "New Ltd", "password": "a made-up password", "code": "1"}
    for rule in app.url_map.iter_rules():
        if rule.rule in block.text and not rule.arguments:
            for method in (rule.methods or set()) & {"GET", "POST"}:
                data = filled_in if method == "POST" else None
                assert app.test_client().open(rule.rule, method=method, data=data).status_code < 500


def test_the_suite_of_the_page_about_tests_passes(tmp_path: Path) -> None:
    files = [block for block in ALL if block.page.name == "testing.md" and name_of(block)]
    assert {name_of(block) for block in files} == {"conftest.py", "test_shop.py", "shop.py"}
    for block in files:
        (tmp_path / name_of(block)).write_text(block.text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--rootdir", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout


# acct.toml.


@of_kind("toml")
def test_toml_is_an_acct_toml(block: Block) -> None:
    config.check(tomllib.loads(block.text))


# The shell.

OTHERS = ("pip ", "export ", "make ", "playwright ")


@of_kind("sh")
def test_commands_exist_with_their_options(block: Block) -> None:
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] == "flask":
            resolve(words)
        else:
            assert not words or line.startswith(OTHERS), line


def resolve(words: list[str]) -> None:
    """The command is there and takes what is given to it. Raises what click tells a user."""
    names = words[1:]
    if names[:1] == ["--app"]:
        names = names[2:]
    command: click.Command = {"acct": commands, "db": flask_migrate.cli.db}[names.pop(0)]
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), names[0])
        assert found is not None, words
        command = found
        names.pop(0)
    command.make_parser(click.Context(command)).parse_args(names)


# Templates, stylesheets, catalogs.


@of_kind("jinja")
def test_templates_can_be_drawn(block: Block) -> None:
    app = made_up.bare()
    with made_up.names(app):
        assert app.jinja_env.from_string(block.text).render(app.jinja_env.globals | context(app)).strip()


def context(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = {}
    app.update_template_context(found)
    return found


def test_variables_in_stylesheets_are_ours() -> None:
    ours = set(re.findall(r"--acct-[a-z-]+", (PACKAGE / "static" / "acct.css").read_text("utf-8")))
    for page in PAGES:
        named = set(re.findall(r"--acct-[a-z-]*[a-z]", page.read_text("utf-8")))
        assert named <= ours, page.name


@of_kind("po")
def test_catalogs_can_be_read_and_name_sentences_of_ours(block: Block) -> None:
    template = PACKAGE / "translations" / "flask_acct.pot"
    ours = {(one.context, one.id) for one in read_po(BytesIO(template.read_bytes()))}
    for message in read_po(BytesIO(block.text.encode())):
        assert not message.id or (message.context, message.id) in ours


# An article of the host's.


ARTICLES_OF_HOST = """
[site]
locales = ["en"]
public_url = "http://127.0.0.1:5000"

[help]
articles = "help"
categories.shop = { en = "Shop" }
tags.delivery = { en = "Delivery" }
fixtures = { "fields.user.phone" = "+34 600 00 00 00", "fields.user.phone other" = "+34 600 00 00 01" }

[fields.user.phone]
type = "phone"
label = { en = "Mobile phone" }
"""

HIDDEN = "---\nhidden: true\n---\n# The two entrances\n"


def test_the_article_that_is_shown_has_nothing_to_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [block] = [block for block in ALL if block.kind == "markdown"]
    for folder in ("en", "glossary", "images"):
        (tmp_path / "help" / folder).mkdir(parents=True)
    (tmp_path / "acct.toml").write_text(ARTICLES_OF_HOST)
    (tmp_path / "help" / "en" / "order-bread.md").write_text(block.text)
    (tmp_path / "help" / "en" / "enter-or-try.md").write_text(HIDDEN)
    (tmp_path / "help" / "glossary" / "en.md").write_text("- cart : What you are going to buy.\n")
    Image.new("RGB", (8, 8)).save(tmp_path / "help" / "images" / "cart.png")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(commands, ["kb", "check", "--config", "acct.toml"])
    assert done.exit_code == 0, done.output
    assert "order-bread" not in done.output


# Where they are, and where not.


def test_the_wheel_has_the_folders_of_articles_and_no_others() -> None:
    wheel = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    folders = {folder.name for folder in (REPOSITORY / "kb").iterdir() if folder.is_dir()} - {"__pycache__"}
    assert set(wheel["force-include"]) == {f"kb/{name}" for name in folders - {"developers", "operators"}}


def test_they_are_no_language_of_the_help_site() -> None:
    assert set(shipped().locales) == {"en", *IN_ARTICLES}


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in FOLDER.glob("*.md"):
        for name in re.findall(r"\]\((\w[\w-]*\.md)", page.read_text("utf-8")):
            assert (FOLDER / name).is_file(), f"{page.name}: {name}"
