"""What the commands write takes nothing's place but what they wrote before, and only when it is whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result
from flask.cli import ScriptInfo

from flask_acct.cli import acct
from flask_acct.config import Config
from flask_acct.features import platforms as editions_of
from flask_acct.features.help import builds
from flask_acct.kb import outputs
from flask_acct.kb.articles.content import Content, KbError, shipped
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.outputs import ARTICLES, HELP_SITE, Inputs
from flask_acct.kb.site import building, tree
from flask_acct.values.build_marks import SWAPPING, UNFINISHED

from .conftest import ENGLISH
from .test_served import client_of

TOML = """\
[site]
name = "Ortega Bakery"
locales = ["en"]
[help]
articles = "articles"
"""
ARTICLE = "---\ntags: [account]\n---\n# Order bread\n\nAsk us at the counter.\n"

Run = Callable[..., Result]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a company, and the current one: acct.toml, an article, a picture, a thesis."""
    home = tmp_path / "shop"
    (home / "articles" / "en").mkdir(parents=True)
    (home / "articles" / "images").mkdir()
    (home / "acct.toml").write_text(TOML)
    (home / "articles" / "en" / "order-bread.md").write_text(ARTICLE)
    (home / "thesis.txt").write_text("years of work")
    monkeypatch.chdir(home)
    monkeypatch.delenv("ACCT_CONFIG", raising=False)
    return home


@pytest.fixture
def kb() -> Run:
    """``flask acct kb`` with these words."""
    return lambda *words: CliRunner().invoke(acct, ["kb", *words], obj=ScriptInfo())


@pytest.fixture
def little(tmp_path: Path) -> KnowledgeBase:
    """A help centre of one article in two languages, quickly built."""
    file = tmp_path / "kb" / "en" / "try-it.md"
    file.parent.mkdir(parents=True)
    file.write_text(ENGLISH)
    platforms = editions_of(Config.model_validate({"site": {"locales": ["en", "es"]}}))
    return KnowledgeBase(platforms, Content(tmp_path / "kb"), Manifest(tmp_path / "records"))


def tree_of(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def hidden(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir() if one.name.startswith(".")]


def test_rendering_into_the_folder_of_the_articles_changes_nothing(shop: Path, kb: Run) -> None:
    before = tree_of(shop)
    done = kb("render", "articles")
    assert done.exit_code == 1
    assert "articles is the articles, which this command reads" in done.output
    assert tree_of(shop) == before


COMMANDS = [
    ("build", "{}", "--allow-unverified"),
    ("render", "{}"),
    ("pdf", "{}", "--allow-unverified"),
    ("zip", "{}/help.zip", "--allow-unverified"),
    ("verify", "--records", "{}", "--articles", "sign-in"),
    ("verify", "--report", "{}", "--articles", "sign-in"),
    ("verify", "--junit", "{}/junit.xml", "--articles", "sign-in"),
]


@pytest.mark.parametrize("place", ["articles", "articles/en", "articles/new/deep", "linked", "./articles/../articles"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: "-".join(words[:2]))
def test_no_command_writes_where_the_articles_are(shop: Path, kb: Run, command: tuple[str, ...], place: str) -> None:
    (shop / "linked").symlink_to(shop / "articles")
    before = tree_of(shop)
    done = kb(*(word.format(place) for word in command))
    assert done.exit_code == 1
    assert "which this command reads" in done.output
    assert tree_of(shop) == before


@pytest.mark.parametrize("command", [*COMMANDS[:3], *COMMANDS[4:6]], ids=lambda words: "-".join(words[:2]))
@pytest.mark.parametrize("place", [".", "..", "/", "../shop", "Articles"])
def test_no_command_takes_the_place_of_what_holds_its_inputs(
    shop: Path, kb: Run, command: tuple[str, ...], place: str
) -> None:
    before = tree_of(shop)
    done = kb(*(word.format(place) for word in command))
    assert done.exit_code == 1
    assert "which this command reads" in done.output
    assert tree_of(shop) == before


def test_translations_of_the_company_are_an_input(shop: Path, kb: Run) -> None:
    (shop / "words" / "fr").mkdir(parents=True)
    (shop / "acct.toml").write_text(TOML.replace("[help]", 'translations = "words"\n[help]'))
    assert "words is your translations, which this command reads" in kb("render", "words").output


@pytest.mark.parametrize("command", ["render", "build", "pdf"])
def test_a_folder_of_other_things_is_refused_by_every_command(shop: Path, kb: Run, command: str) -> None:
    (shop / "docs").mkdir()
    (shop / "docs" / "own.txt").write_text("ours")
    done = kb(command, "docs", *([] if command == "render" else ["--allow-unverified"]))
    assert done.exit_code == 1
    assert "docs holds other things than" in done.output
    assert (shop / "docs" / "own.txt").read_text() == "ours"


@pytest.mark.parametrize("words", [("zip", "thesis.txt", "--allow-unverified"), ("verify", "--junit", "thesis.txt")])
def test_a_file_of_somebody_else_is_not_overwritten(shop: Path, kb: Run, words: tuple[str, ...]) -> None:
    done = kb(*words)
    assert done.exit_code == 1
    assert "thesis.txt is there already and is not" in done.output
    assert (shop / "thesis.txt").read_text() == "years of work"


def test_a_zip_file_of_something_else_is_not_overwritten(shop: Path, kb: Run) -> None:
    with ZipFile(shop / "photos.zip", "w") as archive:
        archive.writestr("beach.jpg", b"x")
    before = (shop / "photos.zip").read_bytes()
    assert "is not a ZIP file of a help site" in kb("zip", "photos.zip", "--allow-unverified").output
    assert (shop / "photos.zip").read_bytes() == before


def test_rendering_again_after_a_rename_leaves_no_old_page(shop: Path, kb: Run) -> None:
    assert kb("render", "out").exit_code == 0
    (shop / "articles" / "en" / "order-bread.md").rename(shop / "articles" / "en" / "buy-bread.md")
    assert kb("render", "out").exit_code == 0
    assert (shop / "out" / "en" / "buy-bread.md").is_file()
    assert not (shop / "out" / "en" / "order-bread.md").exists()
    assert hidden(shop) == []


def test_a_page_somebody_wrote_among_the_rendered_ones_is_not_removed(shop: Path, kb: Run) -> None:
    assert kb("render", "out").exit_code == 0
    (shop / "out" / "en" / "own-page.md").write_text("# Ours")
    done = kb("render", "out")
    assert "out holds en/own-page.md, which this command did not write and would remove" in done.output
    assert (shop / "out" / "en" / "own-page.md").read_text() == "# Ours"


def test_rendered_articles_are_no_place_for_a_site(shop: Path, kb: Run) -> None:
    assert kb("render", "out").exit_code == 0
    assert "holds other things than a help site" in kb("build", "out", "--allow-unverified").output


UNWRITABLE = [
    ("build", "afile", "--allow-unverified"),
    ("build", "afile/x", "--allow-unverified"),
    ("zip", "afile/h.zip", "--allow-unverified"),
    ("render", "afile"),
    ("render", "/proc/x"),
    ("pdf", "afile/x", "--allow-unverified"),
    ("verify", "--records", "afile/x", "--articles", "sign-in"),
    ("verify", "--report", "afile/x", "--articles", "sign-in"),
    ("verify", "--junit", "afile/x", "--articles", "sign-in"),
    ("render", "x" * 300),
]


@pytest.mark.parametrize("words", UNWRITABLE, ids=lambda words: "-".join(words)[:30])
def test_what_cannot_be_written_is_one_sentence(shop: Path, kb: Run, words: tuple[str, ...]) -> None:
    (shop / "afile").write_text("")
    done = kb(*words)
    assert done.exit_code in {1, 2}
    assert isinstance(done.exception, SystemExit)
    assert done.output.strip().count("\n") <= (3 if done.exit_code == 2 else 0)
    assert "Name a" in done.output or "is a file" in done.output


def test_a_stopped_block_leaves_the_old_folder_and_nothing_beside_it(tmp_path: Path) -> None:
    with outputs.folder(tmp_path / "site", HELP_SITE, Inputs()) as made:
        (made / "csp.txt").write_text("one")
    for error in (KeyboardInterrupt(), KbError("no"), SystemExit(1), ZeroDivisionError()):
        with pytest.raises(type(error)), outputs.folder(tmp_path / "site", HELP_SITE, Inputs()) as made:
            fail(error, (made / "csp.txt").write_text("two"))
    assert (tmp_path / "site" / "csp.txt").read_text() == "one"
    assert [one.name for one in tmp_path.iterdir()] == ["site"]


def fail(error: BaseException, _written: int) -> None:
    raise error


def test_a_page_comes_with_the_policy_of_its_own_build(tmp_path: Path, database_url: str) -> None:
    site = tmp_path / "site"

    def put(number: int) -> None:
        with outputs.folder(site, HELP_SITE, Inputs()) as made:
            (made / "page.html").write_text(str(number))
            (made / "csp.txt").write_text(str(number))

    put(0)
    client = client_of(site, database_url)
    builder = threading.Thread(target=lambda: [put(number) for number in range(1, 150)])
    builder.start()
    told = []
    while builder.is_alive():
        with client.get("/help/page.html") as answer:
            told.append((answer.status_code, answer.text == answer.headers["Content-Security-Policy"]))
    assert set(told) == {(200, True)}


@pytest.mark.parametrize("path", [".acct-help", ".git/config", "en/.secret"])
def test_hidden_files_in_the_folder_of_the_site_are_no_pages(tmp_path: Path, database_url: str, path: str) -> None:
    with outputs.folder(tmp_path / "site", HELP_SITE, Inputs()) as made:
        (made / "csp.txt").write_text("x")
        (made / path).parent.mkdir(exist_ok=True)
        (made / path).write_text("not for you")
    with client_of(tmp_path / "site", database_url).get(f"/help/{path}") as answer:
        assert answer.status_code == 404


def test_what_a_killed_command_left_is_gone_after_the_next(tmp_path: Path) -> None:
    left = tmp_path / f".site.{UNFINISHED}0123abcd"
    left.mkdir()
    (left / "page.html").write_text("half")
    with outputs.folder(tmp_path / "site", HELP_SITE, Inputs()) as made:
        (made / "csp.txt").write_text("x")
    assert [one.name for one in tmp_path.iterdir()] == ["site"]


def test_what_another_command_is_making_now_is_left_alone(tmp_path: Path) -> None:
    with outputs.folder(tmp_path / "site", HELP_SITE, Inputs()) as first:
        (first / "csp.txt").write_text("first")
        with outputs.folder(tmp_path / "site", HELP_SITE, Inputs()) as second:
            (second / "csp.txt").write_text("second")
        assert (first / "csp.txt").read_text() == "first"
    assert (tmp_path / "site" / "csp.txt").read_text() == "first"


def test_a_repository_in_the_output_folder_stays(tmp_path: Path) -> None:
    for text in ("one", "two"):
        with outputs.folder(tmp_path / "site", HELP_SITE, Inputs()) as made:
            (made / "csp.txt").write_text(text)
        (tmp_path / "site" / ".git").mkdir(exist_ok=True)
    assert (tmp_path / "site" / ".git").is_dir()
    assert (tmp_path / "site" / "csp.txt").read_text() == "two"


def test_a_link_to_the_output_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "v1").mkdir()
    (tmp_path / "site").symlink_to("v1")
    with outputs.folder(tmp_path / "site", HELP_SITE, Inputs()) as made:
        (made / "csp.txt").write_text("x")
    assert (tmp_path / "site").is_symlink()
    assert (tmp_path / "v1" / "csp.txt").is_file()


def test_others_may_read_what_was_written(tmp_path: Path) -> None:
    with outputs.folder(tmp_path / "site", HELP_SITE, Inputs()) as made:
        (made / "csp.txt").write_text("x")
    assert (tmp_path / "site").stat().st_mode & 0o055 == 0o055


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_a_folder_of_ours_in_one_that_is_not_is_filled_in_place(tmp_path: Path) -> None:
    """/var/www belongs to root, /var/www/help to who builds."""
    outer = tmp_path / "www"
    (outer / "site").mkdir(parents=True)
    for above in (outer, *outer.parents[:-1]):
        above.chmod(0o755)
    os.chown(outer / "site", 65534, 65534)
    process = os.fork()
    if not process:
        # Whatever it raises must not reach pytest, of which this process is a copy.
        try:
            os.setuid(65534)
            for text in ("one", "two"):
                with outputs.folder(outer / "site", HELP_SITE, Inputs()) as made:
                    (made / "csp.txt").write_text(text)
                    (made / f"{text}.html").write_text(text)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(process, 0)[1] == 0
    assert sorted(one.name for one in (outer / "site").iterdir()) == [".acct-help", "csp.txt", "two.html"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_a_folder_of_somebody_else_is_told_in_one_sentence(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    for above in (tmp_path, *tmp_path.parents[:-1]):
        above.chmod(0o755)
    process = os.fork()
    if not process:
        os.setuid(65534)
        try:
            with outputs.folder(tmp_path / "site", HELP_SITE, Inputs()):
                os._exit(1)
        except KbError as error:
            os.write(writing, str(error).encode())
        os._exit(0)
    assert os.waitpid(process, 0)[1] == 0
    told = os.read(reading, 1000).decode()
    assert told.endswith(
        "cannot be written: Permission denied. Name another place, or run the command as the user who may write there."
    )


def test_a_site_is_whole_in_every_moment_of_a_swap(tmp_path: Path) -> None:
    site = tmp_path / "site"

    def put(number: int) -> None:
        with outputs.folder(site, HELP_SITE, Inputs()) as made:
            (made / "csp.txt").write_text(str(number))

    put(0)
    missed: list[int] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            if builds.standing(site) is None:
                missed.append(1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(1, 60):
        put(number)
    ended.set()
    watcher.join()
    assert missed == []
    assert (site / "csp.txt").read_text() == "59"


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment that a reader waits is so long that none passes unnoticed on a busy machine."""
    monkeypatch.setattr(builds, "MOMENT_SECONDS", 30)


@pytest.mark.usefixtures("patient")
def test_a_system_that_cannot_exchange_folders_has_the_reader_wait(tmp_path: Path) -> None:
    site, made = tmp_path / "site", tmp_path / f".site.{UNFINISHED}abc"
    away = made.with_name(f"{made.name}-away")
    away.mkdir()
    (away / "csp.txt").write_text("old")
    threading.Timer(0.1, lambda: away.rename(site)).start()
    assert builds.standing(site) is not None


@pytest.mark.usefixtures("patient")
def test_a_reader_waits_no_longer_than_a_moment_for_a_swap_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "csp.txt").write_text("x")
    (tmp_path / SWAPPING).touch()
    os.utime(tmp_path / SWAPPING, (time.time() - 60,) * 2)
    begun = time.monotonic()
    assert builds.standing(tmp_path) is not None
    assert time.monotonic() - begun < builds.MOMENT_SECONDS


def test_a_refused_build_leaves_the_old_site_as_it_was(little: KnowledgeBase, tmp_path: Path) -> None:
    building.build(little, tmp_path / "site", allow_unverified=True, jobs=1)
    before = tree_of(tmp_path / "site")
    file = little.content.folder / "en" / "try-it.md"
    file.write_text(ENGLISH.replace("That is all.", "![gone](gone.png)"))
    with pytest.raises(KbError, match=r"gone\.png"):
        building.build(fresh(little), tmp_path / "site", allow_unverified=True, jobs=1)
    assert tree_of(tmp_path / "site") == before
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_mkdocs_says_what_it_refuses_and_in_which_language(little: KnowledgeBase, tmp_path: Path, jobs: int) -> None:
    building.build(little, tmp_path / "site", allow_unverified=True, jobs=1)
    before = tree_of(tmp_path / "site")
    made = fresh(little)
    article = made.article("try-it", "es")
    made._articles["try-it", "es"] = type(article)(
        **{name: getattr(article, name) for name in article.__slots__} | {"body": "# A\n\n[gone](nowhere.md)\n"}
    )
    with pytest.raises(KbError) as refused:
        building.build(made, tmp_path / "site", allow_unverified=True, jobs=jobs)
    assert "es: Doc file 'try-it.md' contains a link 'nowhere.md'" in str(refused.value)
    assert tree_of(tmp_path / "site") == before
    assert hidden(tmp_path) == []


def fresh(made: KnowledgeBase) -> KnowledgeBase:
    """The same help centre, with nothing read yet."""
    return KnowledgeBase(made.platforms, Content(made.content.folder), made.manifest)


STOPPED = """\
import os, signal, sys, threading, time
from pathlib import Path
from flask_acct.kb.site import plugin
from flask_acct.cli import acct
from flask.cli import ScriptInfo
number, room = int(sys.argv[1]), int(sys.argv[2])
if room:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
def stop():
    while not any(Path().glob(".site.acct-new-*/en/index.html")):
        time.sleep(0.02)
    os.killpg(0, number) if number == signal.SIGINT else os.kill(os.getpid(), number)
if number:
    threading.Thread(target=stop, daemon=True).start()
    plugin.cores = lambda: 2
acct(["kb", "build", "site", "--allow-unverified"], obj=ScriptInfo())
"""


def build_stopped(shop: Path, number: int = 0, room: int = 0) -> subprocess.CompletedProcess[str]:
    (shop / "acct.toml").write_text(TOML.replace('["en"]', '["en", "es"]'))
    for id_ in shipped().ids:
        (shop / "articles" / "en" / f"{id_}.md").write_text("---\nhidden: true\n---\n")
    return subprocess.run(
        [sys.executable, "-c", STOPPED, str(int(number)), str(room)],
        cwd=shop, capture_output=True, text=True, check=False, timeout=120, start_new_session=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(shop.parent)},
    )  # fmt: skip


@pytest.fixture
def standing(shop: Path) -> dict[str, bytes]:
    """A site of before, and what is in it."""
    (shop / "site").mkdir()
    (shop / "site" / "csp.txt").write_text("default-src 'none'")
    return tree_of(shop / "site")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)], ids=lambda one: str(one)
)
def test_a_build_that_is_stopped_leaves_the_old_site(
    shop: Path, standing: dict[str, bytes], number: int, code: int
) -> None:
    done = build_stopped(shop, number)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert tree_of(shop / "site") == standing
    assert (hidden(shop) == []) == (number != signal.SIGKILL)


def test_a_build_without_room_is_one_sentence_and_leaves_the_old_site(shop: Path, standing: dict[str, bytes]) -> None:
    done = build_stopped(shop, room=20_000)
    assert done.returncode == 1
    assert "site cannot be written: File too large." in done.stderr
    assert done.stderr.count("\n") == 1
    assert tree_of(shop / "site") == standing
    assert hidden(shop) == []


def test_plain_articles_are_written_by_the_same_rule(little: KnowledgeBase, tmp_path: Path) -> None:
    with pytest.raises(KbError, match=r"holds .*the articles"):
        tree.write(little, tmp_path)
    tree.write(little, tmp_path / "out")
    assert (tmp_path / "out" / ARTICLES.mark).read_text().splitlines()[0] == "en/a-z.md"
