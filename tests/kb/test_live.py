"""While somebody writes, the site follows each change, and says on the page what is to be mended."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mkdocs.exceptions import Abort
from PIL import Image
from werkzeug.test import Client

from flask_acct.kb.articles.content import KbError
from flask_acct.kb.articles.knowledge_base import centre
from flask_acct.kb.live import watching
from flask_acct.kb.live.mkdocs import Instead
from flask_acct.kb.live.server import LiveServer, Pages
from flask_acct.kb.live.site import LiveSite, Origin

TOML = """\
[site]
name = "Bakery"
locales = ["en", "es"]
translations = "translations"

[help]
articles = "help"

[labels.en]
"login.form.submit" = "Come in"
"""

ARTICLE = """\
---
screens: [login.logout]
---
# Order bread

Your {{ term("cart") }} keeps what you choose. ![The cart with two loaves](../images/cart.png)

1. Open {{ visit("login.form") }} and press {{ click("login.form.submit") }}.
"""

CATALOG = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


class Author:
    """Who writes in the folder and looks at the pages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = LiveSite(Origin(lambda: centre(str(folder / "acct.toml"))), folder / "pages")
        self.site.folder.mkdir()
        self.site.refresh()
        self.client = Client(Pages(self.site))

    def write(self, file: str, text: str) -> None:
        (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / file).write_text(text, "utf-8")
        self.site.refresh()

    def change(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text("utf-8")
        assert old in text
        self.write(file, text.replace(old, new))

    def page(self, path: str = "en/order-bread/") -> str:
        return self.client.get(f"/{path}").text


def to_mend(page: str) -> list[str]:
    """What the box at the head of a page says."""
    box = re.search(r'<section id="acct-to-mend".*?</section>', page, re.DOTALL)
    return re.findall(r"<li>(.*?)</li>", box[0], re.DOTALL) if box else []


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Author:
    """A bakery's folder, its site served. Whoever breaks something mends it."""
    folder = tmp_path_factory.mktemp("bakery")
    (folder / "translations").mkdir()
    for file, text in {
        "acct.toml": TOML,
        "help/en/order-bread.md": ARTICLE,
        "help/glossary/en.md": "- cart : What you are going to buy.\n",
    }.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, "utf-8")
    (folder / "help/images").mkdir()
    Image.new("RGB", (40, 20)).save(folder / "help/images/cart.png")
    return Author(folder)


def test_a_changed_article_a_label_and_a_term_are_on_its_page(company: Author) -> None:
    assert "Come in" in company.page()
    company.change("help/en/order-bread.md", "keeps", "remembers")
    company.change("acct.toml", "Come in", "Step inside")
    company.change("help/glossary/en.md", "going to buy", "about to buy")
    page = company.page()
    assert "remembers what you choose" in page
    assert "Step inside" in page
    assert "Come in" not in page
    assert "about to buy" in page
    assert to_mend(page) == []


def test_a_page_that_was_not_verified_says_so(company: Author) -> None:
    assert "has not been checked against the live screens" in company.page()


def test_a_translation_is_read_again(company: Author) -> None:
    english = company.site._centre.platform.declared.texts["login.form.submit"].message  # type: ignore[union-attr]
    entry = f'\nmsgctxt "login.form.submit"\nmsgid "{english}"\nmsgstr "%s"\n'
    for words in ("Adelante", "Pase usted"):
        company.write("translations/es/LC_MESSAGES/flask_acct.po", CATALOG + entry % words)
        assert words in company.page("es/sign-in/")


def test_a_picture_is_the_new_one(company: Author) -> None:
    Image.new("RGB", (77, 20)).save(company.folder / "help/images/cart.png")
    company.site.refresh()
    company.page()
    shown = company.client.get("/en/own/images/cart.png")
    assert shown.data == (company.folder / "help/images/cart.png").read_bytes()


def test_an_error_in_an_article_stands_on_the_page_with_file_and_line_until_it_is_mended(company: Author) -> None:
    before = company.page()
    company.change("help/en/order-bread.md", '"login.form.submit"', '"login.form.submitt"')
    page = company.page()
    assert [line.partition(": ")[0] for line in to_mend(page)] == ["help/en/order-bread.md:8"]
    assert "login.form.submitt" in to_mend(page)[0]
    assert "The cart with two loaves" in page, "the page of before"
    company.change("help/en/order-bread.md", "submitt", "submit")
    assert to_mend(company.page()) == to_mend(before) == []


def test_acct_toml_that_is_no_toml_is_told_on_every_page(company: Author) -> None:
    company.change("acct.toml", "[help]", "[help")
    for path in ("", "en/order-bread/", "es/sign-in/"):
        assert "acct.toml" in to_mend(company.page(path))[0]
    company.change("acct.toml", "[help", "[help]")
    assert to_mend(company.page()) == []


def test_an_article_comes_goes_and_gets_another_name(company: Author) -> None:
    company.write("help/en/pay-bread.md", ARTICLE.replace("Order", "Pay"))
    assert "Pay bread" in company.page("en/pay-bread/")
    (company.folder / "help/en/pay-bread.md").rename(company.folder / "help/en/buy-bread.md")
    company.site.refresh()
    assert company.client.get("/en/pay-bread/").status_code == 404
    assert "Pay bread" in company.page("en/buy-bread/")
    (company.folder / "help/en/buy-bread.md").unlink()
    company.site.refresh()
    assert company.client.get("/en/buy-bread/").status_code == 404


def test_what_check_says_is_on_the_page_as_well(company: Author) -> None:
    company.change("help/en/order-bread.md", "screens: [login.logout]", "screens: [login.logoutt]")
    company.site.check()
    assert any("login.logoutt" in line for line in to_mend(company.page()))
    company.change("help/en/order-bread.md", "login.logoutt", "login.logout")
    company.site.check()
    assert to_mend(company.page()) == []


def test_a_raw_mistake_in_a_name_is_shown_and_not_run(company: Author) -> None:
    company.change("help/en/order-bread.md", '"login.form.submit"', '"<script>alert(1)</script>"')
    assert "<script>alert" not in company.page()
    assert "&lt;script&gt;" in to_mend(company.page())[0]
    company.change("help/en/order-bread.md", '"<script>alert(1)</script>"', '"login.form.submit"')


def test_an_open_page_hears_of_a_change_and_only_of_one(company: Author) -> None:
    known = re.search(r'fetch\("(/~news/[^"]+)"\)', company.page())
    assert known is not None
    company.write("help/glossary/en.md", "- cart : What you are going to buy.\n")
    assert company.client.get(known[1]).text not in known[1]


@pytest.mark.parametrize("revision", ["9" * 5000, "\u00b2", "no number"])
def test_a_page_that_knows_no_revision_hears_the_present_one_at_once(company: Author, revision: str) -> None:
    known = re.search(r'fetch\("(/~news/[^"]+)-\d+"\)', company.page())
    assert known is not None
    answered = company.client.get(f"{known[1]}-{revision}")
    assert answered.status_code == 200
    assert f"/~news/{answered.text}".startswith(f"{known[1]}-")


def test_only_the_site_is_served(company: Author) -> None:
    for path in ("/en/../../acct.toml", "/%2e%2e/acct.toml", "//etc/passwd", "/en/a%00b"):
        assert company.client.get(path).status_code == 404
    assert company.client.post("/en/").status_code == 405


def test_a_start_with_an_error_says_it_and_goes_on_when_it_is_mended(tmp_path: Path) -> None:
    (tmp_path / "acct.toml").write_text('[site]\nnam = "x"\n')
    author = Author(tmp_path)
    assert 'has no key "nam"' in to_mend(author.page(""))[0].replace("&quot;", '"')
    assert author.client.get("/").status_code == 200
    author.write("acct.toml", '[site]\nname = "Bread and so on"\n[help]\narticles = "help"\n')
    assert "there is no folder" in to_mend(author.page(""))[0]
    # Nobody watches a folder that is not there.
    (tmp_path / "help").mkdir()
    author.site.try_again()
    assert "Bread and so on" in author.page("")


def test_the_files_that_count_are_watched(company: Author) -> None:
    before = watching.seen(company.site.watched)
    (company.folder / "help/en/.order-bread.md.swp").write_text("an editor's own")
    assert watching.changed(before, watching.seen(company.site.watched)) == frozenset()
    for file in ("help/en/x.md", "help/images/y.png", "translations/fr/LC_MESSAGES/flask_acct.po"):
        (company.folder / file).parent.mkdir(parents=True, exist_ok=True)
        (company.folder / file).write_text("new")
        assert watching.changed(before, watching.seen(company.site.watched)) == {str(company.folder / file)}
        (company.folder / file).unlink()


def test_a_link_that_leads_back_to_its_folder_does_not_keep_the_watch_busy(tmp_path: Path) -> None:
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "a.md").write_text("x")
    assert list(watching.seen([tmp_path])) == [str(tmp_path / "a.md")]


COMMANDS = {
    "kb serve": ["-m", "flask", "acct", "kb", "serve", "--port"],
    "mkdocs serve": ["-m", "mkdocs", "serve", "-a"],
}


@pytest.fixture(params=COMMANDS)
def serve(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    """Starts one of the commands on a port, in a folder with an acct.toml, where nothing was verified."""
    (tmp_path / "acct.toml").write_text('[site]\nname = "Bakery"\nlocales = ["en"]\n')
    (tmp_path / "help").mkdir()
    yml = "site_name: Help\ndocs_dir: help\ntheme:\n  name: material\nplugins: [acct, search]\n"
    (tmp_path / "mkdocs.yml").write_text(yml)
    settings = {name: value for name, value in os.environ.items() if not name.startswith("ACCT_")}
    running: list[subprocess.Popen[str]] = []

    def start(port: int) -> subprocess.Popen[str]:
        where = str(port) if request.param == "kb serve" else f"127.0.0.1:{port}"
        command = [sys.executable, *COMMANDS[request.param], where]
        pipe = subprocess.PIPE
        running.append(subprocess.Popen(command, cwd=tmp_path, env=settings, stdout=pipe, stderr=pipe, text=True))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_both_commands_follow_a_change_and_end_at_once(
    serve: Callable[[int], subprocess.Popen[str]], tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process, url = serve(port), f"http://127.0.0.1:{port}/"
    wait_for(lambda: "Bakery" in fetched(f"{url}en/sign-in/"))
    (tmp_path / "acct.toml").write_text('[site]\nname = "Bread shop"\nlocales = ["en"]\n')
    wait_for(lambda: "Bread shop" in fetched(f"{url}en/sign-in/"))
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - begun < 30, "a fifth of a second, on a machine with nothing else to do"
    assert "Traceback" not in out + err
    assert f"{url}. It follows every change" in out


def test_a_port_that_is_taken_is_told_in_one_sentence() -> None:
    origin = Origin(lambda: centre("client-area"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(KbError, match=f"cannot serve on port {port} of 127.0.0.1: Address already in use"):
            LiveServer(origin, port=port).serve()
        with pytest.raises(Abort, match=f"cannot serve on port {port}"):
            Instead(origin, port=port).serve()


def fetched(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            page: str = answer.read().decode()
            return page
    except OSError:
        return ""


def wait_for(is_so: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
