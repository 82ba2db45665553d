"""An article prints the pages' own words, reads as a journey, and cannot disagree with either."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flask_acct.config import Config, Site
from flask_acct.features import declare
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles.article import Article, Picture, Platforms
from flask_acct.kb.articles.content import Content, KbError, digest, read
from flask_acct.kb.articles.parity import stale
from flask_acct.kb.articles.rendering import help_links, journey, render
from flask_acct.kb.articles.sandbox import applies

from ..languages import IN_ARTICLES
from .conftest import ENGLISH, Write

Rendered = Callable[..., Article]
ArticleWith = Callable[[str], Article]
Translated = Callable[[str], Article]


def test_a_slot_prints_the_label_in_bold(article_with: ArticleWith) -> None:
    assert "Press **Sign in**." in article_with('Press {{ click("login.form.submit") }}.').markdown({})


def test_a_slot_prints_the_label_of_the_articles_language(translated: Translated) -> None:
    body = ENGLISH.split("---\n")[2]
    assert "**Correo electrónico**" in translated(body).markdown({})


def test_a_sentence_of_the_page_is_quoted(article_with: ArticleWith) -> None:
    text = article_with('You read: {{ see("login.form.signed_out") }}').markdown({})
    assert "You read: “You have been signed out.”" in text


def test_what_a_page_fills_in_is_left_open(article_with: ArticleWith) -> None:
    assert "Please wait …" in article_with('{{ see("login.form.too_many") }}').markdown({})


def test_an_overridden_label_is_what_the_article_says(folder: Path, write: Write) -> None:
    write(ENGLISH)
    platforms = editions_of(Config(labels={"en": {"login.form.forgot_password": "Lost it?"}}))
    text = render("try-it", content=Content(folder), platforms=platforms, locale="en").markdown({})
    assert "select **Lost it?**." in text


def test_a_label_with_markdown_signs_is_shown_letter_by_letter(folder: Path, write: Write) -> None:
    write(ENGLISH)
    platforms = editions_of(Config(labels={"en": {"login.form.forgot_password": "*Lost* <b>_it_</b>"}}))
    text = render("try-it", content=Content(folder), platforms=platforms, locale="en").markdown({})
    assert r"**\*Lost\* &lt;b&gt;\_it\_&lt;/b&gt;**" in text


def test_a_setting_is_shown_letter_by_letter(folder: Path, write: Write) -> None:
    write("---\nminutes: 5\n---\n# Heading\n\nWelcome to {{ config.site.name }}\n")
    platforms = editions_of(Config(site=Site(name="A*B*C")))
    text = render("try-it", content=Content(folder), platforms=platforms, locale="en").markdown({})
    assert r"Welcome to A\*B\*C" in text


def test_the_steps_are_read_with_their_items_and_lines(rendered: Rendered) -> None:
    steps = [(str(step), step.item, step.line) for step in rendered(ENGLISH).steps]
    assert steps == [
        ('title("login.form")', 0, 8),
        ('visit("login.form")', 1, 10),
        ('click("login.form.forgot_password")', 1, 10),
        ('fill("recovery.password.email")', 2, 11),
        ("shot()", 2, 11),
        ('click("recovery.password.submit")', 2, 11),
    ]


def test_a_picture_stands_under_its_item(rendered: Rendered) -> None:
    text = rendered(ENGLISH).markdown({1: Picture("a.webp", 10, 10)}, "pictures/")
    words = "The page “Forgot your password?” is open. A frame marks: Email address, Email me a link."
    assert f"then press **Email me a link**.\n\n    ![{words}](pictures/a.webp)\n" in text


def test_a_picture_that_was_not_taken_leaves_no_trace(rendered: Rendered) -> None:
    assert "![" not in rendered(ENGLISH).markdown({})
    assert not any("\ue000" <= sign <= "\ue00f" for sign in rendered(ENGLISH).markdown({}))


def test_a_picture_marks_what_its_item_does_on_the_page(rendered: Rendered) -> None:
    (shot,) = rendered(ENGLISH).shots
    assert shot.screen == "recovery.password"
    assert shot.marks == ("recovery.password.email", "recovery.password.submit")


def test_items_are_numbered_through_in_each_part(rendered: Rendered) -> None:
    text = rendered("---\nminutes: 5\n---\n# Heading\n\n## One\n\n1. a\n1. b\n\n## Two\n\n1. c\n").markdown({})
    assert "1. a\n2. b" in text
    assert "## Two\n\n1. c" in text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a{% for x in [1, 2] %}, {{ x }}{% endfor %}\nor b", "a, 1, 2\nor b"),
        ("a{% if true %} b.{% endif %}\nC", "a b.\nC"),
        ("a{% if true %} b.{% endif %}\n\nC", "a b.\n\nC"),
        ("a\n{% if true %}\nb\n{% endif %}\nc", "a\nb\nc"),
        ("{% for x in [1, 2] %}\n- a{% if true %} {{ x }}{% endif %}\n\n{% endfor %}", "- a 1\n- a 2"),
        ("a{% if true %} b\n{% endif %}\nc", "a b\nc"),
        ("`{% raw %}{% if x %}{% endraw %}`\nb", "`{% if x %}`\nb"),
        ("{% if true %}{% if true %}\nb\n{% endif %}{% endif %}\nc", "b\nc"),
        ("a {## not yet ##}\nb", "a \nb"),
        ("{## alone ##}\nb", "b"),
        ("a{% if true %} b{% endif %}\n{% if true %}c{% endif %}", "a b\nc"),
        ("a{% if true %} b{% endif %}\n{% if true %}\nc\n{% endif %}", "a b\nc"),
        ("{% for x in [1, 2] %}\n- a{% if true %} {{ x }}{% endif %}\n{% endfor %}", "- a 1\n- a 2"),
    ],
)
def test_words_on_two_lines_are_not_joined_where_a_tag_ends_the_first(rendered: Rendered, text: str, read: str) -> None:
    assert rendered(f"---\n---\n# Try it\n\n{text}\n").markdown({}) == f"# Try it\n\n{read}\n"


@pytest.mark.parametrize(
    ("slot", "reason"),
    [
        ('{{ click("login.form.sumbit") }}', 'Did you mean "login.form.submit"?'),
        ('{{ visit("login.from") }}', 'Did you mean "login.form"?'),
        ('{{ mail("recovery.rest") }}', 'Did you mean "recovery.reset"?'),
        ('{{ fill("login.form.submit") }}', "is a button. Write {{ click("),
        ("{{ config.session.idle_minuts }}", 'Did you mean "idle_minutes"?'),
        ("{{ confg.session.idle_minutes }}", "'confg' is undefined"),
        ('{{ article("try-me") }}', 'Did you mean "try-it"?'),
        ("{{ click() }}", "click() does not say of what"),
        ("{{ click( }}", "a ) is missing before }"),
    ],
)
def test_what_does_not_exist_is_named_with_file_and_line(article_with: ArticleWith, slot: str, reason: str) -> None:
    with pytest.raises(KbError) as error:
        article_with(slot)
    assert str(error.value).startswith("kb/en/try-it.md:5: ")
    assert reason in str(error.value)


@pytest.mark.parametrize(
    "slot",
    [
        "{{ config.__class__ }}",
        "{{ config.site.model_dump() }}",
        "{{ click.__self__.editions }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ range(3) }}",
        "{{ lipsum() }}",
        "{{ articles._writing }}",
        "{% for platform in platforms %}{{ platforms._writing }}{% endfor %}",
    ],
)
def test_an_article_reaches_nothing_but_words_and_settings(article_with: ArticleWith, slot: str) -> None:
    with pytest.raises(KbError):
        article_with(slot)


@pytest.mark.parametrize("typed", ["**Sign in**", "__Sign in__", "**sign in.**", "<b>Sign in</b>"])
def test_a_label_typed_by_hand_is_refused(article_with: ArticleWith, typed: str) -> None:
    with pytest.raises(KbError, match=r"^kb/en/try-it\.md:5: types the label .* by hand"):
        article_with(f"Press {typed}.")


def test_bold_words_that_are_no_label_may_be_typed(article_with: ArticleWith) -> None:
    assert "**Take care**" in article_with("**Take care**").markdown({})


def test_a_translation_may_turn_the_words_of_an_item_around(translated: Translated) -> None:
    article = translated(
        '# {{ title("login.form") }}\n\n'
        '1. Pulse {{ click("login.form.forgot_password") }} en {{ visit("login.form") }}.\n'
        '1. Pulse {{ click("recovery.password.submit") }} con {{ fill("recovery.password.email") }}. {{ shot() }}\n'
    )
    assert article.locale == "es"


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (
            '1. {{ visit("login.form") }}\n'
            '1. {{ fill("recovery.password.email") }} {{ shot() }} {{ click("recovery.password.submit") }}\n',
            'item 1 does not do what kb/en/try-it.md:10 does: it lacks click("login.form.forgot_password")',
        ),
        (
            '1. {{ visit("login.form") }} {{ click("login.form.forgot_password") }} {{ ui("login.form.submit") }}\n'
            '1. {{ fill("recovery.password.email") }} {{ shot() }} {{ click("recovery.password.submit") }}\n',
            'it adds ui("login.form.submit")',
        ),
        (
            '1. {{ visit("login.form") }} {{ click("login.form.forgot_password") }} '
            '{{ fill("recovery.password.email") }}\n'
            '1. {{ shot() }} {{ click("recovery.password.submit") }}\n',
            'it adds fill("recovery.password.email")',
        ),
    ],
)
def test_a_translation_that_does_other_steps_is_refused(translated: Translated, items: str, reason: str) -> None:
    with pytest.raises(KbError) as error:
        translated('# {{ title("login.form") }}\n\n' + items)
    assert str(error.value).startswith("kb/es/try-it.md:6: ")
    assert reason in str(error.value)


def test_a_translation_of_an_older_text_is_stale(folder: Path, write: Write) -> None:
    write(ENGLISH)
    write(f"---\ntranslates: {digest(Content(folder).first('try-it'))}\n---\n# Hola\n", "es")
    assert list(stale("try-it", Content(folder))) == []
    write(ENGLISH.replace("That is all.", "That is nearly all."))
    (problem,) = stale("try-it", Content(folder))
    assert str(problem).startswith("kb/es/try-it.md:2: translates ")


def test_another_head_makes_no_translation_stale(folder: Path, write: Write) -> None:
    before = digest(read(write(ENGLISH)))
    assert digest(read(write(ENGLISH.replace("minutes: 5", "minutes: 9")))) == before


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("screns: [login.form]", 'Did you mean "screens"?'),
        ("screens: login.form", "screens is a list"),
        ("minutes: five", "minutes is a whole number"),
        ("minutes: 0", "minutes is a whole number"),
        (f"minutes: {'9' * 5000}", "minutes is a whole number"),
        ("what is this", "Write it as key: value"),
    ],
)
def test_a_head_that_cannot_be_read_is_named_with_file_and_line(rendered: Rendered, head: str, reason: str) -> None:
    with pytest.raises(KbError) as error:
        rendered(f"---\ntags: [password]\n{head}\n---\n# Heading\n")
    assert str(error.value).startswith("kb/en/try-it.md:3: ")
    assert reason in str(error.value)


def test_a_translation_repeats_nothing_of_the_english_head(write: Write) -> None:
    with pytest.raises(KbError, match="is said once, in the text this one translates"):
        read(write("---\nminutes: 5\n---\n# Hola\n", "es"))


def test_an_article_speaks_the_next_language_where_it_has_no_file(folder: Path, write: Write) -> None:
    write(ENGLISH)
    write("---\ntranslates: 0\n---\n# Hola\n", "es")
    content = Content(folder)
    assert [content.source("try-it", locale).locale for locale in ("es_AR", "it", "es")] == ["es", "en", "es"]


def test_an_article_whose_condition_is_not_met_does_not_exist(folder: Path, write: Write, platforms: Platforms) -> None:
    write(ENGLISH.replace("---\n#", 'when: recovery.password.deliver == "temporary_password"\n---\n#'))
    assert not applies("try-it", platforms[None], content=Content(folder))
    assert help_links(platforms[None], Content(folder)) == {}


def test_a_condition_on_an_unknown_key_is_refused(folder: Path, write: Write, platforms: Platforms) -> None:
    write(ENGLISH.replace("---\n#", "when: recovery.pasword.enabled\n---\n#"))
    with pytest.raises(KbError, match=r"^kb/en/try-it\.md:7: when: .*Did you mean"):
        applies("try-it", platforms[None], content=Content(folder))


def test_each_screen_links_to_its_article(platforms: Platforms, articles: Content) -> None:
    links = help_links(platforms[None], articles)
    assert links["login.form"] == "sign-in"
    assert links["recovery.password"] == links["password.set"] == "recover-password"
    assert "recovery.confirm" not in links


def test_every_screen_a_visitor_opens_has_an_article(preset_editions: Platforms, articles: Content) -> None:
    platform = next(iter(preset_editions.values()))
    lacking = set(platform.declared.screens) - set(help_links(platform, articles))
    assert {name.partition(".")[0] for name in lacking} <= {"error", "help"}


def test_setting_a_password_has_an_article_even_where_nobody_recovers_one(articles: Content) -> None:
    off = {"enabled": False}
    tables = {"recovery": {"password": {**off, "identify": ["email"]}, "username": off, "request": off}}
    (platform,) = editions_of(Config.model_validate(tables)).values()
    assert help_links(platform, articles)["password.set"] == "change-password"


def test_an_article_names_another_by_its_title_and_links_to_it(write: Write, article_with: ArticleWith) -> None:
    write(ENGLISH, name="other")
    assert "See “[Sign in](other.md)”." in article_with('See {{ article("other") }}.').markdown({})


def test_an_article_names_another_by_its_title_in_the_readers_language(
    folder: Path, write: Write, platforms: Platforms
) -> None:
    write(ENGLISH, name="other")
    write('---\ntranslates: 0\n---\n# Entre con {{ ui("login.form.submit") }}\n', "es", name="other")
    write('---\nminutes: 5\n---\n# Heading\n\n{{ article("other") }}\n')
    write('---\ntranslates: 0\n---\n# Hola\n\n{{ article("other") }}\n', "es")
    text = render("try-it", content=Content(folder), platforms=platforms, locale="es").markdown({})
    assert "«[Entre con **Iniciar sesión**](other.md)»" in text


def test_an_article_that_is_not_there_may_be_asked_for_and_not_be_linked(
    write: Write, article_with: ArticleWith
) -> None:
    write(ENGLISH.replace("---\n#", "when: password.max_age_days\n---\n#"), name="other")
    asked = '{% if "other" in articles %}{{ article("other") }}{% else %}Nothing more.{% endif %}'
    assert "Nothing more." in article_with(asked).markdown({})
    with pytest.raises(KbError, match=r'^kb/en/try-it\.md:5: .* Put what is said of it between {% if "other" in'):
        article_with('{{ article("other") }}')


def test_a_translation_that_drops_a_link_to_another_article_is_refused(
    folder: Path, write: Write, platforms: Platforms
) -> None:
    write(ENGLISH, name="other")
    write(ENGLISH.replace("That is all.", 'See {{ article("other") }}.'))
    write(f"---\ntranslates: 0\n---\n{ENGLISH.split('---')[2]}", "es")
    with pytest.raises(KbError, match=r'lacks article\("other"\)'):
        render("try-it", content=Content(folder), platforms=platforms, locale="es")


PLATFORMS = {"one": {"name": "First"}, "two": {"name": "Second", "labels": {"en": {"login.form.submit": "Go in"}}}}
PARTS = """---
minutes: 5
---
# Heading

{% for platform in platforms %}
{% if platform %}
## {{ platform }}
{% endif %}

1. On {{ config.site.name }} press {{ click("login.form.submit") }}.
{% endfor %}
"""


def test_each_platform_has_a_part_in_its_own_words(folder: Path, write: Write) -> None:
    write(PARTS)
    platforms = editions_of(Config.model_validate({"platforms": PLATFORMS}))
    text = render("try-it", content=Content(folder), platforms=platforms, locale="en").markdown({})
    assert "## First\n\n1. On First press **Sign in**." in text
    assert "## Second\n\n1. On Second press **Go in**." in text


def test_only_the_part_of_the_running_platform_is_run(folder: Path, write: Write) -> None:
    write(PARTS)
    platforms = editions_of(Config.model_validate({"platforms": PLATFORMS}))
    steps = journey("try-it", content=Content(folder), platforms=platforms, platform="two")
    assert [(step.platform, step.element) for step in steps] == [("two", "login.form.submit")]


def test_without_platforms_there_is_one_part_without_a_name(rendered: Rendered) -> None:
    assert rendered(PARTS).markdown({}) == "# Heading\n\n1. On Example Hosting press **Sign in**.\n"


@pytest.mark.parametrize("locale", ["en", *IN_ARTICLES])
def test_every_shipped_article_is_right_for_every_preset(
    preset_editions: Platforms, articles: Content, locale: str
) -> None:
    platform = next(iter(preset_editions.values()))
    for id_ in articles.ids:
        if applies(id_, platform, content=articles):
            text = render(id_, content=articles, platforms=preset_editions, locale=locale).markdown({})
            assert "{{" not in text
            assert "{%" not in text


def test_no_shipped_translation_is_stale(articles: Content) -> None:
    assert [str(problem) for id_ in articles.ids for problem in stale(id_, articles)] == []


def test_every_screen_an_article_claims_exists_somewhere(articles: Content) -> None:
    everything = {
        "recovery": {"password": {"choose": ["email"], "confirm": True}},
        "login": {"identifiers": ["email", "username"]},
        "profile": {"username_changes": True},
        "subscription": {"enabled": True},
        "emails": {"enabled": True},
        "signup": {"enabled": True},
    }
    widest = Config.model_validate(everything)
    known = set(declare(widest).screens)
    claimed = {screen for id_ in articles.ids for screen in articles.first(id_).facts.screens}
    assert claimed <= known


def test_passwords_that_grow_old_are_mentioned_only_where_they_do(articles: Content) -> None:
    def text(days: int) -> str:
        platforms = editions_of(Config.model_validate({"password": {"max_age_days": days}}))
        return render("recover-password", content=articles, platforms=platforms, locale="en").markdown({})

    assert "valid for 20 days" in text(20)
    assert "grows old" not in text(0)


def test_minutes_in_an_article_are_those_of_the_configuration(articles: Content) -> None:
    tables = {"recovery": {"password": {"identify": ["email"], "link_minutes": 17}}}
    platforms = editions_of(Config.model_validate(tables))
    text = render("recover-password", content=articles, platforms=platforms, locale="en").markdown({})
    assert "for 17 minutes" in text
    assert "60" not in text


def test_a_no_break_space_stays_in_a_title(rendered: Rendered) -> None:
    assert rendered("---\n---\n# Perdu\xa0?  Oui\n\nText.\n").title == "Perdu\xa0? Oui"
