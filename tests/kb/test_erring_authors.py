"""What an author gets wrong is named by file and line, and no wrong page is published without a word."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flask_acct import config as configuration
from flask_acct.kb.articles import glossary
from flask_acct.kb.articles.article import Platforms
from flask_acct.kb.articles.content import Content, KbError, content_of, did_you_mean, strays
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.articles.markdown import heading_id
from flask_acct.kb.site import checks, layout, lists, redirects, searching

HEAD = "---\nminutes: 5\n---\n"

Told = Callable[..., list[str]]


@pytest.fixture
def small(folder: Path, platforms: Platforms, tmp_path: Path) -> Callable[[], KnowledgeBase]:
    """A help centre of the folder's few articles."""
    return lambda: KnowledgeBase(platforms, Content(folder), Manifest.read(tmp_path / "records"))


@pytest.fixture
def told(write: Callable[..., Path], small: Callable[[], KnowledgeBase]) -> Told:
    """What ``kb check`` says of an article whose text, below the title, begins on line 6."""

    def do(text: str, *, title: str = "A heading") -> list[str]:
        write(f"{HEAD}# {title}\n\n{text}\n")
        return [str(error) for error in checks.article_problems("try-it", "en", small())]

    return do


ENDLESS = [
    '{{ "x" * 200000000 }}',
    '{{ ("x" * 9000) * 9000 }}',
    '{{ ["x"] * 10**9 }}',
    '{{ "x".center(10**9) }}',
    '{{ "x".center(1000000000) }}',
    '{{ "x".ljust(1000000000) }}',
    '{{ "x".zfill(1000000000) }}',
    '{{ "{:>1000000000}".format(1) }}',
    '{{ "%1000000000d" % 1 }}',
    '{{ "x"|center(1000000000) }}',
    '{{ "x"|indent(1000000000, true) }}',
    '{{ "%1000000000d"|format(1) }}',
    "{{ 10**10**10 }}",
    "{{ 99999999999 * 99999999999 * 99999999999 }}",
    "{{ 1|round(1000000000, 'ceil') }}",
    '{{ ("x" * 9999)|replace("x", "y" * 9999) }}',
    '{{ ("x" * 9999)|list|join("y" * 9999) }}',
    "{% for i in range(10**9) %}x{% endfor %}",
    '{% for a in "x" * 9999 %}{% for b in "x" * 9999 %}{% for c in "x" * 9999 %}x{% endfor %}{% endfor %}{% endfor %}',
    '{% for a in "x" * 9999 %}{% endfor %}',
    '{% set a = "x" * 9999 %}' + "{% set a = a ~ a %}" * 60 + "{{ a }}",
    "{% set a = ['x'] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}",
    "{% set a = 'x' %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 60 + "{{ a }}",
    '{% for a in "xx" recursive %}{{ loop("xx") }}{% endfor %}',
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    '{{ "x" * 9999 }}' * 20,
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
]


@pytest.mark.parametrize("slot", ENDLESS, ids=[slot[:40] for slot in ENDLESS])
def test_an_article_that_computes_for_ever_is_refused_at_once_with_its_line(told: Told, slot: str) -> None:
    begun = time.monotonic()
    said = told(slot)
    assert said
    assert said[0].startswith("kb/en/try-it.md:6: ")
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    "slot",
    [
        '{% for one in ["a", "b"] %}{{ one|upper }} {% endfor %}',
        "{{ config.session.idle_minutes * 60 }} seconds",
        '{{ config.site.name ~ " and " ~ 2 }}',
        '{{ ["a", "b"]|join(", ") }}',
        "{% set name = config.site.name %}{{ name.upper() }}",
    ],
)
def test_an_article_may_compute_a_little(told: Told, slot: str) -> None:
    assert told(slot) == []


MENDED = [
    ("{% include '/etc/passwd' %}", "{% include %} is for templates; an article is one file"),
    ('{{ visit("login.form") .', "a slot has a point too many"),
    ("{{ config }}", "Name one key of it"),
    ("{{ config.site }}", "Name one key of it"),
    ("{% raw %}x", "{% raw %} is not closed. Write {% endraw %} below"),
    ("{{ ''.__class__ }}", "a slot cannot ask for .__class__"),
    ("{{ shot }}", "shot stands without brackets. Write shot()"),
    ('{{ fill("login.form.submit") }}', 'Write {{ click("login.form.submit") }}'),
    ('{{ click("login.form.identifier") }}', 'Write {{ fill("login.form.identifier") }}'),
]


@pytest.mark.parametrize(("slot", "mend"), MENDED, ids=[slot for slot, _ in MENDED])
def test_a_slot_that_fails_is_told_in_the_words_of_authors(told: Told, slot: str, mend: str) -> None:
    said = told(slot)
    assert mend in said[0]
    assert said[0].startswith("kb/en/try-it.md:6: ")
    assert "sandbox" not in said[0]


@pytest.mark.parametrize(
    "sentence",
    [
        "Say in two sentences what this is good for and who needs it.",
        "Say what one does then.",
        "Diga qué hay que saber o tener a mano.",
        "Di' cosa si fa in quel caso.",
    ],
)
def test_a_sentence_that_a_new_article_began_with_is_still_to_be_written(told: Told, sentence: str) -> None:
    assert told(f"{sentence}\n\nMine.") == [f'kb/en/try-it.md:6: "{sentence}" is still to be written']


DEAD_LINKS = [
    ("[w]()", "without an address"),
    ("[w](#)", "without an address"),
    ("[w](//evil.example)", "Write https://evil.example"),
    ("[w](https:/one.slash)", "Write https://one.slash"),
    ("[w](http://)", "names no web site"),
    ("[w](https://exa mple.com)", "whose web site 'exa mple.com' has a character"),
    ("[w](mailto:)", "no address of an email"),
    ("[w](mailto:nobody)", "no address of an email"),
    ("[w](tel:abc)", "no telephone number"),
    ("[w](/help/en/nope/)", "A page is linked by its file"),
    ("[w](/help/fr/try-it/)", "A page is linked by its file"),
    ("[broken](try-it.md", "has [broken](, which is no link on the page"),
    ("[[try-it]]", "Write [try-it](sign-in.md)"),
]


@pytest.mark.parametrize(("link", "mend"), DEAD_LINKS, ids=[link for link, _ in DEAD_LINKS])
def test_a_link_that_leads_nowhere_is_told_by_its_line(told: Told, link: str, mend: str) -> None:
    said = told(f"See {link} here.")
    assert len(said) == 1
    assert mend in said[0]
    assert said[0].startswith("kb/en/try-it.md:6: ")


@pytest.mark.parametrize(
    "link",
    [
        "[w](https://www.example.com/a_(b)?c=d#e)",
        "[w](https://user@bäcker.example:8443/)",
        "[w](http://[::1]:80/)",
        "[w](mailto:a@example.com,b@example.com?subject=x)",
        "[w](tel:+34-600-00-00-00)",
        "[w](/account/me)",
        "[w](/help/en/try-it/)",
        "<https://www.example.com>",
        "`[w]()` and `[[x]]`",
        r"\[\[x\]\]",
    ],
)
def test_a_link_that_may_lead_somewhere_is_left_alone(told: Told, link: str) -> None:
    assert told(f"See {link} here.") == []


FOREIGN = [
    ("!!! tip\nText.", "has a box without text"),
    ("!!! tip\n\nText.", "has a box without text"),
    ("??? note\n", "has a box without text"),
    (":::note\nText.\n:::", "has :::, which is not known here"),
    ("- [ ] task", "has a task list"),
    ("1. [x] task", "has a task list"),
    ("A ==mark== here", "Write <mark>words</mark>"),
    ("A ~~word~~ here", "Write <del>words</del>"),
    ("> [!NOTE]\n> Text.", "Write !!! note"),
    ('=== "Tab"\n\n    Text.', "Write a heading for each part"),
    ("$$x^2$$", "Write the formula in words"),
    ("[TOC]", "Delete it: each page has its contents"),
    ("a \u202e b", "turns the direction"),
]


@pytest.mark.parametrize(("text", "mend"), FOREIGN, ids=[text[:14] for text, _ in FOREIGN])
def test_markdown_of_other_programs_is_named_by_its_line(told: Told, text: str, mend: str) -> None:
    said = told(text)
    assert mend in said[0]
    assert said[0].startswith("kb/en/try-it.md:6: ")


@pytest.mark.parametrize(
    "text",
    [
        '!!! tip "Title"\n    Text.',
        "!!! tip\n\n    Text.",
        "- one\n\n    !!! tip\n        Text.",
        "    ==mark== ~~del~~ :::",
        "```\n:::note\n!!! tip\n- [ ] task\n```",
        "`~~del~~` and `==x==`",
        "[x](https://example.com/a==b==)",
        "a == b and c == d",
        "Title\n=====\n",
    ],
)
def test_markdown_that_is_ours_or_code_is_left_alone(told: Told, text: str) -> None:
    assert [one for one in told(text) if "known here" in one or "box" in one] == []


TITLES = [
    ("\u200b", "a title that nobody can see"),
    ("x" * 2400, "has a title of 2400 characters"),
    ("a\u2067b", "turns the direction"),
]


@pytest.mark.parametrize(("title", "mend"), TITLES, ids=["invisible", "long", "turning"])
def test_a_title_that_nobody_can_read_is_named(told: Told, title: str, mend: str) -> None:
    said = told("Text.", title=title)
    assert mend in said[0]
    assert said[0].startswith("kb/en/try-it.md:4: ")


@pytest.mark.parametrize(
    "title", ["2 * 3 = 6", "snake_case_names", '{{ title("login.form") }}', "A – B: c?", r"A \* b \* c"]
)
def test_a_title_of_plain_words_or_a_label_is_taken(told: Told, title: str) -> None:
    assert told("Text.", title=title) == []


@pytest.mark.parametrize(
    ("line", "number"),
    [("* Cart: x\ncart : y", 2), ("- loaf : a\n1. bun : z", 2), ("- loaf : a\nbun : z", 2), ("loaf : a", 1)],
)
def test_a_line_of_the_glossary_that_is_no_term_is_named(folder: Path, line: str, number: int) -> None:
    (folder / "glossary").mkdir(parents=True)
    (folder / "glossary" / "en.md").write_text(f"{line}\n", "utf-8")
    with pytest.raises(KbError) as refused:
        glossary.terms(Content(folder), "en")
    assert str(refused.value).startswith(f"kb/glossary/en.md:{number}: ")


@pytest.mark.parametrize("name", ["404", "index", "topics", "search"])
def test_an_article_is_not_named_like_a_page_of_ours(write: Callable[..., Path], folder: Path, name: str) -> None:
    write(f"{HEAD}# A heading\n\nText.\n", name=name)
    assert [str(error) for error in redirects.problems(Content(folder))] == [
        f"kb/en/{name}.md: every language has a page or folder {name!r}. Rename the article"
    ]


def test_the_ids_of_the_front_page_hold_no_number_of_articles(
    write: Callable[..., Path], small: Callable[[], KnowledgeBase]
) -> None:
    category = small().names("categories")[0]
    write(f"---\nminutes: 5\ncategory: {category}\n---\n# A heading\n\nText.\n")
    centre = small()
    words = centre.category(category, "en")
    assert f"## {words} (1) {{#{heading_id(words)}}}" in lists.pages(centre, "en")["index.md"]
    assert layout.front(centre, "en").groups[0].anchor == heading_id(words)


def test_a_name_in_other_letters_is_the_one_that_is_meant() -> None:
    assert did_you_mean("SIGN-IN", ("sign-in", "a")) == 'Did you mean "sign-in"?'


def test_a_name_that_is_not_near_is_not_meant() -> None:
    assert did_you_mean("nope", ("c-fenceopen", "b")) == "Known are: b, c-fenceopen."


def test_a_long_list_of_names_says_how_many_more_there_are() -> None:
    assert did_you_mean("zzz", [f"n{number:02}" for number in range(40)]).endswith("n29 and 10 more.")


def test_a_folder_named_as_an_article_is_told_by_its_place(small: Callable[[], KnowledgeBase], folder: Path) -> None:
    (folder / "en" / "try-it.md").mkdir(parents=True)
    assert [str(error) for error in checks.problems(small())] == [
        "kb/en/try-it.md: is a folder, where a file would be an article. Rename or delete it"
    ]


@pytest.mark.parametrize(
    ("file", "mend"),
    [
        ("glossary.md", "Put it into its folder: glossary/en.md"),
        ("EN/order.md", "Move it to en/order.md"),
        ("fr/order.md", "Write en/order.md first"),
    ],
)
def test_a_file_in_a_wrong_place_is_told_one_place(tmp_path: Path, file: str, mend: str) -> None:
    stray = tmp_path / "help" / file
    stray.parent.mkdir(parents=True)
    stray.write_text(f"{HEAD}# A heading\n", "utf-8")
    (told,) = strays(Content(tmp_path / "kb", tmp_path / "help"))
    assert mend in str(told)


def test_all_faults_of_a_head_and_those_of_other_files_are_said_at_once(
    write: Callable[..., Path], small: Callable[[], KnowledgeBase]
) -> None:
    write("---\nauthor: me\nCategory: shop\nminutes: many\n---\n# One\n\nText.\n", name="one")
    write(f"{HEAD}# Two\n\nSee [one](one.md), [w]() and [three](three.md).\n", name="two")
    said = [str(error).partition(": ")[0] for error in checks.problems(small())]
    assert said == ["kb/en/one.md:2", "kb/en/one.md:3", "kb/en/one.md:4", "kb/en/two.md:6", "kb/en/two.md:6"]


def test_a_head_with_a_fault_is_said_once_and_notices_come_all_the_same(
    write: Callable[..., Path], small: Callable[[], KnowledgeBase]
) -> None:
    write("", name="one")
    write(f"{HEAD}# Two\n\nText.\n", name="two")
    centre = small()
    assert len(checks.problems(centre)) == 1
    assert checks.notices(centre)


def test_a_nul_byte_is_told_by_its_line(write: Callable[..., Path], small: Callable[[], KnowledgeBase]) -> None:
    write(f"{HEAD}# One\n\nText\0.\n", name="one")
    (error,) = checks.problems(small())
    assert str(error).startswith("kb/en/one.md:6: ")


def test_a_fault_of_a_text_that_other_languages_borrow_is_said_once(
    write: Callable[..., Path], small: Callable[[], KnowledgeBase]
) -> None:
    write(f"{HEAD}# One\n\nSee [two](two.md).\n", name="one")
    centre = small()
    assert len(centre.locales) > 1
    assert len(checks.problems(centre)) == 1


def test_an_article_named_as_a_page_of_ours_drags_no_other_fault_along(
    write: Callable[..., Path], small: Callable[[], KnowledgeBase], folder: Path
) -> None:
    (folder / "glossary").mkdir(parents=True)
    (folder / "glossary" / "en.md").write_text("- owner : Who has it.\n", "utf-8")
    write(f"{HEAD}# Mine\n\nText.\n", name="glossary")
    write(f"{HEAD}# One\n\nSee [owner](glossary.md#owner).\n", name="one")
    assert [str(error) for error in checks.problems(small())] == [
        "kb/en/glossary.md: every language has a page or folder 'glossary'. Rename the article"
    ]


def test_a_picture_in_another_folder_and_other_letters_is_the_one_that_is_meant(told: Told, folder: Path) -> None:
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "cart.png").write_bytes(b"x")
    (folder / "b.png").write_bytes(b"x")
    assert 'Did you mean "../images/cart.png"?' in told("![The cart](../CART.png)")[0]


def test_a_word_of_the_glossary_in_other_letters_is_the_one_that_is_meant(told: Told, folder: Path) -> None:
    (folder / "glossary").mkdir(parents=True)
    (folder / "glossary" / "en.md").write_text("- shopping cart : What you buy.\n", "utf-8")
    assert 'Did you mean "shopping cart"?' in told('{{ term("Shoping CART") }}')[0]


def test_the_name_of_a_file_is_a_word_of_the_search(
    write: Callable[..., Path], small: Callable[[], KnowledgeBase]
) -> None:
    write("---\nminutes: 5\nsynonyms: [loaf]\n---\n# Pan\n\nText.\n", name="order-bread")
    assert searching.words_of(small().article("order-bread", "en")) == ("loaf", "order bread")


def test_words_of_a_name_that_the_title_says_are_not_said_again(
    write: Callable[..., Path], small: Callable[[], KnowledgeBase]
) -> None:
    write(f"{HEAD}# Bread\n\nText.\n", name="bread")
    assert searching.words_of(small().article("bread", "en")) == ()


@pytest.mark.parametrize(
    ("line", "mend"),
    [
        ("- big : {{ nope }}", "Write the words"),
        ("- big {if nope.x} : y", "A condition names keys of acct.toml: {if contacts.enabled}"),
        ("- big {if login.nope} : y", "login.nope is not a key of acct.toml"),
        ("- big : {nope.x}", "'nope.x' is not an element"),
    ],
)
def test_a_fault_in_a_meaning_or_condition_of_the_glossary_has_its_line(
    folder: Path, platforms: Platforms, line: str, mend: str
) -> None:
    (folder / "glossary").mkdir(parents=True)
    (folder / "glossary" / "en.md").write_text(f"- loaf : a\n{line}\n", "utf-8")
    with pytest.raises(KbError) as refused:
        glossary.terms(Content(folder), "en", next(iter(platforms.values())))
    assert mend in str(refused.value)
    assert str(refused.value).startswith("kb/glossary/en.md:2: ")


def test_the_name_of_an_article_has_one_limit(write: Callable[..., Path], small: Callable[[], KnowledgeBase]) -> None:
    write(f"{HEAD}# One\n\nText.\n", name="a" * 80)
    assert checks.problems(small()) == []
    write(f"{HEAD}# One\n\nText.\n", name="a" * 81)
    (error,) = checks.problems(small())
    assert "has a name of 81 characters. Rename it with at most 80" in str(error)


@pytest.mark.parametrize(("file", "said"), [("order.md", "help/order.md"), ("en/sub/order.md", "help/en/sub/order.md")])
def test_a_file_is_called_by_its_whole_way_from_the_folder_of_articles(tmp_path: Path, file: str, said: str) -> None:
    stray = tmp_path / "help" / file
    stray.parent.mkdir(parents=True)
    stray.write_text("Text.\n", "utf-8")
    (told,) = strays(Content(tmp_path / "kb", tmp_path / "help"))
    assert str(told).startswith(f"{said}: ")


@pytest.mark.parametrize("named", [".", "..", "/"])
def test_the_folder_of_articles_is_not_the_one_of_everything(tmp_path: Path, named: str) -> None:
    (tmp_path / "acct.toml").write_text(f'[site]\nname = "Bakery"\n[help]\narticles = "{named}"\n', "utf-8")
    with pytest.raises(KbError, match='Write there: articles = "help"'):
        content_of(configuration.find(str(tmp_path / "acct.toml")))
