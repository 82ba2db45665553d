"""Articles are read by the parser that draws them: code is left alone, and what is no step on the page is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from flask_acct.kb.articles.article import Article, Picture
from flask_acct.kb.articles.knowledge_base import KnowledgeBase, centre
from flask_acct.kb.articles.markdown import heading_id
from flask_acct.kb.articles.parsed import markdown
from flask_acct.kb.site import building, checks, tree

TOML = """\
[site]
name = "Ortega Bakery"
locales = ["en", "es"]
[help]
articles = "help"
video_origins = ["https://video.example.com"]
"""
HEAD = "---\nscreens: []\ntags: [account]\n---\n"
OPEN = 'Open {{ visit("login.form") }}.'
PRESS = 'Press {{ click("login.form.submit") }}.'

Article_ = Callable[[str], KnowledgeBase]


@pytest.fixture
def article(tmp_path: Path) -> Article_:
    """A help centre with one article of the company's, whose text begins on line 5 of its file."""
    folder = tmp_path / "help"
    (folder / "en").mkdir(parents=True)
    (folder / "images").mkdir()
    (folder / "files").mkdir()
    for name in (
        "cart.png",
        "my cart.png",
        "cart(1).png",
        "café.png",
        "[new].png",
        "50%.png",
        "a#b.png",
        "Ünïcode 日本.png",
    ):
        Image.new("RGB", (8, 8)).save(folder / "images" / name)
    (folder / "files" / "prices 2026.pdf").write_bytes(b"%PDF-1.4\n")
    (tmp_path / "acct.toml").write_text(TOML, "utf-8")

    def write(text: str) -> KnowledgeBase:
        (folder / "en" / "order-bread.md").write_text(f"{HEAD}{text}", "utf-8")
        return centre(str(tmp_path / "acct.toml"))

    return write


def said(made: KnowledgeBase) -> list[str]:
    """What is wrong with the company's article."""
    return [str(one) for one in checks.article_problems("order-bread", "en", made)]


def html(made: KnowledgeBase) -> str:
    """The page as the site's parser makes it."""
    return str(markdown().convert(tree.body(made, made.article("order-bread", "en"), with_dark=True)))


def read(made: KnowledgeBase) -> Article:
    assert said(made) == []
    return made.article("order-bread", "en")


# Code


@pytest.mark.parametrize(
    "code",
    [
        "```text\n5. five\n9. nine\na      b      c\n\n\n\nend  \n```",
        "~~~\n# comment\n1. {{ customer }} {% if x %} {#x} <img src=x> ![x](y.png)\n~~~",
        "    5. five\n    9. nine\n\n\n    # comment  \n    <script>x</script>",
        "```\n**Sign in**\n[x](no-such.md) [^1] [a][b]\n```",
        "1. One.\n\n    ```sh\n    1. one\n    9. nine\n\n\n    # c  d\n    ```\n\n2. Two.",
        "> ```\n> 5. five\n> 9. nine\n> ```",
        "- a\n\n    ```\n    7. x\n    ```",
        "!!! note\n\n    ```\n    7. x    y\n    ```",
        "```jinja\n{% for one in all %}\n{{ one }}\n{% endfor %}\n{## note ##}\n```",
    ],
)
def test_code_is_published_as_it_is_written(article: Article_, code: str) -> None:
    made = article(f"# Order bread\n\nWords.\n\n{code}\n\nThe end.\n")
    assert said(made) == []
    assert f"\n\n{code}\n\nThe end." in made.article("order-bread", "en").markdown({})


@pytest.mark.parametrize(
    "code",
    [
        "{#x}",
        "![x](y.png)",
        "<img src=x>",
        "{{ customer }}",
        "{% if %}",
        "[x](no-such.md)",
        "**Sign in**",
        "30 minutes",
    ],
)
def test_code_in_a_line_is_shown_as_it_is_written(article: Article_, code: str) -> None:
    made = article(f"# Order bread\n\nType `{code}` in the box.\n")
    assert said(made) == []
    assert f"Type `{code}` in the box." in made.article("order-bread", "en").markdown({})


def test_a_slot_of_ours_is_one_in_code_too(article: Article_) -> None:
    made = article("# Order bread\n\n```\ncurl {{ config.site.public_url }}/{{ order }}\n```\n")
    assert "curl http://127.0.0.1:5000/{{ order }}" in read(made).body


def test_braces_outside_of_code_are_still_slots(article: Article_) -> None:
    assert (
        "'customer' is undefined" in said(article("# Order bread\n\nDear {{ customer }}, type `{{ customer }}`.\n"))[0]
    )


def test_a_comment_in_code_is_no_title(article: Article_) -> None:
    made = article("```sh\n# comment in code\n```\n\n# Order bread\n\nx\n")
    assert read(made).title == "Order bread"
    assert read(made).body.startswith("# Order bread\n\n```sh\n# comment in code\n```")


def test_a_hard_break_stays(article: Article_) -> None:
    made = article("# Order bread\n\nStreet 1  \n1000 Town  \nSpain\n")
    assert html(made).count("<br />") == 2


# Steps


def items(made: KnowledgeBase) -> list[int]:
    return [step.item for step in read(made).steps]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"1. {OPEN}\n2. {PRESS}", [1, 2]),
        (f" 1. {OPEN}\n 2. {PRESS}", [1, 2]),
        (f"1.\t{OPEN}\n2.\t{PRESS}", [1, 2]),
        (f"> 1. {OPEN}\n> 2. {PRESS}", [1, 2]),
        (f"- For one:\n\n    1. {OPEN}\n    2. {PRESS}\n\n- For two:\n\n    1. {OPEN}", [1, 2, 3]),
        (f"1. {OPEN}\n\n    More.\n\n2. {PRESS}", [1, 2]),
        (f"1. {OPEN}\n\nWords.\n\n1. {PRESS}", [1, 2]),
        (f"1. Do:\n\n    1. {OPEN}\n    2. {PRESS}\n\n2. {PRESS}", [1, 1, 2]),
        (f"1. Do:\n\n    - {OPEN}\n    - {PRESS}\n\n2. {PRESS}", [1, 1, 2]),
        (f'!!! note "So"\n\n    1. {OPEN}\n    2. {PRESS}', [1, 2]),
        (f"1. {OPEN}\n\n    ```\n    5. five\n    ```\n\n2. {PRESS}", [1, 2]),
        (f"10. {OPEN}\n11. {PRESS}", [1, 2]),
    ],
)
def test_steps_are_counted_as_the_page_has_them(article: Article_, text: str, wanted: list[int]) -> None:
    made = article(f"# Order bread\n\nx\n\n{text}\n")
    assert items(made) == wanted
    assert html(made).count("<li>") >= len(set(wanted))


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (
            f"Do this:\n1. {OPEN}\n2. {PRESS}",
            8,
            'begins with "1." and is no item of a list on the page. Put an empty line before it',
        ),
        (f"1. {OPEN}\n\n    More about it.\n2. {PRESS}", 10, "Put an empty line before it"),
        (f"1. {OPEN}\n\n    More about it.\n2. Stop.", 10, "Put an empty line before it"),
        (f"1. {OPEN}\n   - one\n   - two\n2. {PRESS}", 8, "begin it with 4 blanks"),
        (f"1) {OPEN}", 7, 'Write "1." with a dot'),
        (f"    1. {OPEN}", 7, "stands in code"),
        (f"\t1. {OPEN}", 7, "stands in code"),
        (OPEN, 7, 'visit("login.form") stands in no numbered step'),
        (f"- {OPEN}", 7, "stands in no numbered step"),
        (f"<div>\n1. {OPEN}\n</div>", 8, "stands in HTML"),
        (f"`1. {OPEN}`", 7, "stands in code"),
        ("These are:\n- one\n- two", 8, 'begins with "-" and is no item of a list on the page'),
        ("> Do:\n> 1. one", 8, "Put an empty line before it"),
        ("Words {{ shot() }}", 7, "shot() stands in no numbered step"),
    ],
)
def test_a_step_that_is_no_item_is_told_with_what_is_missing(
    article: Article_, text: str, line: int, told: str
) -> None:
    problems = [one for one in said(article(f"# Order bread\n\n{text}\n")) if told in one]
    assert problems
    assert problems[0].startswith(f"help/en/order-bread.md:{line}: ")


def test_each_fault_is_told_once_and_all_of_them(article: Article_) -> None:
    problems = said(article(f"# Order bread\n\nDo:\n1. {OPEN}\n\n[x](no-such.pdf)\n\n<iframe src='x'></iframe>\n"))
    assert [one.split(":")[1] for one in problems] == ["8", "10", "12"]


def test_html_is_told_by_its_own_line(article: Article_) -> None:
    text = "<div>\n<b>one</b>\n\nmore\n\n<b>two</b>\n- x\n<iframe src='x'></iframe>\n</div>\n\n"
    text += "Words and\nan <embed> here.\n\n<video\nsrc='x'></video>"
    lines = [int(one.split(":")[1]) for one in said(article(f"# Order bread\n\n{text}\n"))]
    assert lines == [14, 18, 20]


def test_what_only_looks_like_an_item_may_be_written_so(article: Article_) -> None:
    assert said(article("# Order bread\n\nWe moved in\n1999\\. It was cold, 20\n\\- 5 degrees.\n")) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1. {o} {{{{ shot() }}}}\n2. {p}", "<li>\n<p>Open <a {0}>{1}</a>.</p>\n<p><img"),
        (" 1. {o} {{{{ shot() }}}}\n 2. {p}", "</a>.</p>\n<p><img"),
        ("> 1. {o} {{{{ shot() }}}}\n> 2. {p}", "</a>.</p>\n<p><img"),
        ("- For one:\n\n    1. {o} {{{{ shot() }}}}\n    2. {p}", "</a>.</p>\n<p><img"),
        ("1. {o} {{{{ shot() }}}}\n\n    ```\n    2. code\n    ```\n\n2. {p}", "</code></pre>\n<p><img"),
        ("1. {o} {{{{ shot() }}}}\n\n    - a\n    - b\n\n2. {p}", "</ul>\n<p><img"),
        ("1. {o} {{{{ shot() }}}}\n    1. a\n    2. b\n2. {p}", "</ol>\n<p><img"),
        ("1. {o}\n2. {p} {{{{ shot() }}}}\n\n## Then", "</p>\n<p><img"),
        ("1. {o}\n2. {p} {{{{ shot() }}}}\n\n```\nx\n```", "</p>\n<p><img"),
    ],
)
def test_a_picture_lands_at_the_end_of_its_item(article: Article_, text: str, wanted: str) -> None:
    made = article("# Order bread\n\nx\n\n" + text.format(o=OPEN, p=PRESS) + "\n")
    body = read(made).markdown({1: Picture("a.webp", 8, 8)}, "pictures/", for_site=True)
    page = markdown().convert(body)
    before, image, _ = page.partition("<img")
    assert image
    assert before.count("<ol") > before.count("</ol>") or before.rstrip().endswith("<p>")
    assert before.count("<li>") > before.count("</li>")
    assert before.count("<pre") == before.count("</pre")
    assert wanted.format("", "").rpartition("\n")[0][-5:] in before[-80:]


def test_a_second_list_begins_with_its_own_number(article: Article_) -> None:
    text = read(article(f"# Order bread\n\n1. {OPEN}\n1. {PRESS}\n\nOr:\n\n1. {PRESS}\n1. {PRESS}\n")).markdown({})
    assert [line[:2] for line in text.splitlines() if line[:1].isdigit()] == ["1.", "2.", "1.", "2."]


# Titles and ids


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("# Order *bread* with `code` and [link](sign-in.md)", "Order bread with code and link"),
        ("# Closed head #", "Closed head"),
        ("# Closed head ####", "Closed head"),
        ("Order bread\n===========", "Order bread"),
        ("# A &lt;b&gt; \\*x\\* & y", "A <b> *x* & y"),
        ("# **Bold** __bread__ ~ `a_b`", "Bold bread ~ a_b"),
        ("# パンを注文する 🍞", "パンを注文する 🍞"),
        ('# {{ title("login.form") }}', "Sign in"),
        ("# Order bread {#top}", "Order bread"),
    ],
)
def test_a_title_is_text(article: Article_, heading: str, title: str) -> None:
    assert read(article(f"{heading}\n\nx\n")).title == title


def test_a_link_within_the_title_of_another_article_is_none_in_a_link_to_it(article: Article_, tmp_path: Path) -> None:
    made = article("# Order *bread* with [link](sign-in.md) #\n\nx\n")
    (tmp_path / "help/en/other.md").write_text(f'{HEAD}# Other\n\nSee {{{{ article("order-bread") }}}}.\n')
    made = centre(str(tmp_path / "acct.toml"))
    assert "See “[Order bread with link](order-bread.md)”." in made.article("other", "en").body


@pytest.mark.parametrize(
    ("words", "id_"),
    [
        ("If it does not work", "if-it-does-not-work"),
        ("Contraseña olvidada", "contrasena-olvidada"),
        ("パンを注文する", "パンを注文する"),
        ("第1章", "第1章"),
        ("Как войти", "как-войти"),
        ("2026", "2026"),
    ],
)
def test_a_heading_has_an_id_of_its_words_in_any_letters(words: str, id_: str) -> None:
    assert heading_id(words) == id_


def test_headings_of_signs_have_ids_that_do_not_move(article: Article_) -> None:
    first = read(article("# Order bread\n\n## 🍞\n\n## 🛒\n")).ids
    second = read(article("# Order bread\n\n## 🛒\n")).ids
    assert not any(one.startswith("_") for one in first)
    assert second < first


@pytest.mark.parametrize("id_", ["not-working", "Not_Working", "perdió", "v2.1", "失"])
def test_an_own_id_may_hold_letters_digits_and_underscores(article: Article_, id_: str) -> None:
    made = article(f"# Order bread\n\n[x](#{id_})\n\n## Lost {{#{id_}}}\n\n## Closed ## {{#b}}\n")
    assert read(made).anchors == (id_, "b")
    assert f'<h2 id="{id_}">Lost</h2>' in html(made)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("## Lost {#__config}", "has a heading with the id '__config'"),
        ("## Lost {#a}\n\n## Lost {#a}", "has two headings with the id 'a'"),
        ("## Lost{#a}", "has {# where no heading ends"),
        ("Words {#a b}", "has {# where no heading ends"),
        ("# Another", "is a second heading with one #"),
        ("\ue0000\ue001", "has a character for private use, U+E000"),
    ],
)
def test_a_heading_that_leads_nowhere_is_told(article: Article_, text: str, told: str) -> None:
    (problem,) = said(article(f"# Order bread\n\nx\n\n{text}\n"))
    assert told in problem


# Pictures, files and links


@pytest.mark.parametrize(
    "picture",
    [
        "![The cart](../images/cart.png)",
        "![The cart](<../images/my cart.png>)",
        "![The cart](../images/my%20cart.png)",
        "![The cart](../images/my cart.png)",
        "![The cart](../images/cart(1).png)",
        "![The cart](../images/cart.png?v=2)",
        '![The cart](../images/cart.png "In the shop")',
        "![The [new] cart](../images/cart.png)",
        "![The cart][cart]\n\n[cart]: ../images/cart.png",
        '![The cart][]\n\n[The cart]: <../images/cart.png> "In the shop"',
        "![The cart](../images/cafe\u0301.png)",
        "![The cart](../images/caf\u00e9.png)",
        "![The cart](../images/50%25.png)",
        "![The cart](../images/a%23b.png)",
        "![The cart](<../images/Ünïcode 日本.png>)",
        "![The cart](../images/[new].png)",
        "[![The cart](../images/cart.png)](sign-in.md)",
        "1. x\n\n    ![The cart](../images/cart.png)",
        "> ![The cart](../images/cart.png) and ![again](<../images/my cart.png>)",
        "| a |\n|---|\n| ![The cart](../images/cart.png) |",
        "`![x](y.png)` ![The cart](../images/cart.png) `![x](../images/cart.png)`",
    ],
)
def test_a_picture_of_any_name_is_shown(article: Article_, picture: str) -> None:
    made = article(f"# Order bread\n\n{picture}\n")
    found = read(made)
    assert found.images
    sources = [one.split('"')[0] for one in html(made).split('src="')[1:]]
    assert all(one.startswith("own/images/") and " " not in one for one in sources)
    assert all(image.file.is_file() for image in found.images)


def test_a_file_beside_an_article_is_served(article: Article_, tmp_path: Path) -> None:
    made = article(
        "# Order bread\n\n[Prices](<../files/prices 2026.pdf>), [again][p]\n\n[p]: ../files/prices%202026.pdf\n"
    )
    assert html(made).count('href="own/files/prices%202026.pdf"') == 2
    tree.write(made, tmp_path / "out")
    assert (tmp_path / "out/en/own/files/prices 2026.pdf").is_file()


LINKS = [
    ("[x](no-such.md)", "links to no-such.md, which is not there"),
    ("[x](sing-in.md)", 'Did you mean "sign-in"?'),
    ("[x](sign-in.md#no-such)", "and there is no #no-such on sign-in.md"),
    ("[x](#no-such)", "and there is no #no-such on this page"),
    ("[x](../es/sign-in.md)", "a page of another language. Each language links to its own pages: sign-in.md"),
    ("[x](sign-in/)", "A page is linked by its file: sign-in.md"),
    ("[x](sign-in)", "A page is linked by its file: sign-in.md"),
    ("[x](sign-in.html)", "A page is linked by its file: sign-in.md"),
    ("[x](glossary.md#no-such)", "and there is no #no-such on glossary.md"),
    ("[x](topics/no-such.md)", "which is not there"),
    ("[x](../files/no.pdf)", "which is not there. Put the file at help/files/no.pdf"),
    ("[x](../files/prices-2026.pdf)", 'Did you mean "prices 2026.pdf"?'),
    ("[x](../../acct.toml)", "outside of help/"),
    ("[x](<../files/page.exe>)", "nor a file that pages lead to"),
    ("[x][nowhere]", "has no address for [nowhere]"),
    ("![The cart][]\n\n[The cart]: <../images/my cart.png>", "has no address for [The cart]"),
    ("A note[^1].", "has no footnote [^1]"),
    ("[^1]: Never named.", "and there is no #fnref:1 on this page"),
    ("![The cart](../images/card.png)", 'Put the picture at help/images/card.png. Did you mean "cart.png"?'),
    ("![](../images/cart.png)", "does not say what the picture shows"),
    ("![The cart](data:image/png;base64,AAAA)", "leads to data:image/png;base64,AAAA"),
    ('<a href="sign-in.md">y</a>', "Write [words](sign-in.md)"),
    ("<h1>Big</h1>", "has <h1>, which pages do not show. Write # The heading"),
    ("<div>\nnot closed", "<div> is not closed"),
    ("x <video src='a.mp4'></video>", 'Write {{ video("../videos/order.mp4", "What it shows") }}'),
    ("<audio src='a.mp3'></audio>", "has <audio>"),
    ("<custom-element>x</custom-element>", "has <custom-element>"),
]


@pytest.mark.parametrize(("text", "told"), LINKS)
def test_what_leads_nowhere_is_told_by_file_and_line_once(article: Article_, text: str, told: str) -> None:
    problems = said(
        article(
            f"# Order bread\n\nWords.\n\n`x` {text}\n" if text[0] not in "<[" else f"# Order bread\n\nW.\n\n{text}\n"
        )
    )
    assert len([one for one in problems if told in one]) == 1
    assert len(problems) == len(set(problems))
    assert all(one.startswith("help/en/order-bread.md:9: ") for one in problems)


GOOD = """\
# Order *bread* & `{{ rolls }}` #

First words.[^1] See [sign in](sign-in.md), [the list](a-z.md), [words](glossary.md#owner), [topic](topics/password.md),
[all](index.md), [below](#lost_It), [there](sign-in.md#not-working), [us](mailto:a@example.com), [you](https://example.com/?a=1&b=2),
[root](/shop), <https://example.com/x>, [prices][p], [self](order-bread.md), ![The [new] cart](<../images/my cart.png>).

- For one:

    1. Open {{ visit("login.form") }}. {{ shot() }}

        ```sh
        # 5. five  [x](no-such.md)
        ```

    2. Press {{ click("login.form.submit") }}.

> | a | b |
> |--:|:-:|
> | 1 | [c](sign-in.md "Title") |

!!! warning "Careful"
    Do not do it. <kbd>Ctrl</kbd>

??? note "More"
    Hidden text: {{ video("https://video.example.com/order.mp4", "How to order") }}

<div class="box">
Plain <b>HTML</b>
</div>

## Lost {#lost_It}

## パン

## 🎉

[^1]: A note.
[p]: ../files/prices%202026.pdf
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The site of a company whose articles hold everything that check lets pass. Strict: MkDocs has nothing to say."""
    folder = tmp_path_factory.mktemp("everything")
    (folder / "help/en").mkdir(parents=True)
    (folder / "help/images").mkdir()
    (folder / "help/files").mkdir()
    Image.new("RGB", (8, 8)).save(folder / "help/images/my cart.png")
    Image.new("RGB", (8, 8)).save(folder / "help/images/cart.png")
    (folder / "help/files/prices 2026.pdf").write_bytes(b"%PDF-1.4\n")
    (folder / "acct.toml").write_text(TOML.replace(', "es"', ""), "utf-8")
    (folder / "help/en/order-bread.md").write_text(HEAD + GOOD, "utf-8")
    for number, (text, _) in enumerate(LINKS):
        (folder / f"help/en/try-{number}.md").write_text(f"{HEAD}# Try\n\nW.\n\n{text}\n", "utf-8")
    made = centre(str(folder / "acct.toml"))
    told = "\n".join(str(problem) for problem in checks.problems(made))
    for number in range(len(LINKS)):
        file = folder / f"help/en/try-{number}.md"
        assert f"/try-{number}.md:" in told
        file.unlink()
    building.build(centre(str(folder / "acct.toml")), folder / "site", allow_unverified=True)
    return folder / "site"


def test_what_passes_check_is_built_without_a_word_of_mkdocs(built: Path) -> None:
    page = (built / "en/order-bread/index.html").read_text("utf-8")
    assert '<code class="language-sh"># 5. five  [x](no-such.md)' in page
    assert 'href="../own/files/prices%202026.pdf"' in page
    assert (built / "en/own/files/prices 2026.pdf").is_file()
    assert '<td align="right">1</td>' in page
    assert 'id="パン"' in page
    assert 'class="footnote"' in page


def test_titles_are_text_in_tab_lists_and_menu(built: Path) -> None:
    for name in ("order-bread/index.html", "a-z/index.html", "index.html"):
        text = (built / "en" / name).read_text("utf-8")
        assert "Order bread &amp; {{ rolls }}" in text
        assert "*bread*" not in text


def test_a_video_is_shown_and_its_origin_is_in_the_policy(built: Path) -> None:
    page = (built / "en/order-bread/index.html").read_text("utf-8")
    assert '<video class="acct-video" controls preload="metadata" src="https://video.example.com/order.mp4"' in page
    policy = (built / "csp.txt").read_text()
    assert "media-src 'self' https://video.example.com; frame-src https://video.example.com;" in policy
