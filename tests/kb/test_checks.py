"""What is wrong with a help centre shows without a browser, and a translation is stamped by who has read it."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles import glossary, stamps
from flask_acct.kb.articles.article import Article, Platforms
from flask_acct.kb.articles.content import Content, KbError, digest, place, read
from flask_acct.kb.articles.knowledge_base import KnowledgeBase, centre
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.articles.markdown import plain
from flask_acct.kb.articles.rendering import help_links, render
from flask_acct.kb.commands import kb
from flask_acct.kb.site import checks, lists, redirects, searching

from .conftest import ENGLISH, Write

ArticleWith = Callable[[str], Article]
SPOKEN = {"site": {"locales": ["en", "es", "it"]}}


@pytest.fixture
def made(folder: Path, write: Write) -> Callable[..., KnowledgeBase]:
    """The help centre of the folder in three languages."""
    write(ENGLISH)

    def make(**tables: Any) -> KnowledgeBase:
        platforms = editions_of(Config.model_validate({**SPOKEN, **tables}))
        return KnowledgeBase(platforms, Content(folder), Manifest(folder))

    return make


Made = Callable[..., KnowledgeBase]


def said(made: KnowledgeBase) -> str:
    return "\n".join(str(problem) for problem in checks.problems(made))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("You have 30 minutes.", 'types "30 minutes" by hand, which is config.session.idle_minutes.'),
        ("You have 30 minutes.", 'Write {{ plural(config.session.idle_minutes, "minute", "minutes") }};'),
        ('You have {{ plural(config.session.idle_minutes, "minute", "minutes") }}.', ""),
        ("You have 30\nminutes.", "kb/en/try-it.md:13: "),
        ("You have 30 min.", "config.session.idle_minutes"),
        ("Within 24 hours.", "config.session.absolute_hours"),
        ("You have 60 minutes.", "link_minutes and config.recovery.password.temporary_password_minutes"),
        ("You have 31 minutes.", ""),
        ("You have 130 minutes.", ""),
        ("You have 30 minuteness.", ""),
        ("Thirty minutes.", ""),
        ("You have {{ config.session.idle_minutes }} minutes.", ""),
    ],
)
def test_a_time_of_the_configuration_is_not_typed_by_hand(made: Made, write: Write, typed: str, told: str) -> None:
    write(ENGLISH.replace("That is all.", typed))
    problems = said(made())
    assert (told in problems) if told else (problems == "")


def test_a_time_is_found_in_the_words_of_its_language(made: Made, write: Write, folder: Path) -> None:
    body = ENGLISH.split("---\n")[2].replace("That is all.", "Tiene 30 minutos y 24 horas.")
    write(f"---\ntranslates: {digest(Content(folder).first('try-it'))}\n---\n{body}", "es")
    problems = said(made())
    assert 'types "30 minutos" by hand' in problems
    assert 'types "24 horas" by hand' in problems
    assert 'Write {{ plural(config.session.idle_minutes, "minuto", "minutos") }};' in problems


@pytest.mark.parametrize(
    ("alias", "told"),
    [
        ("other", "aliases: 'other' is an article of today, kb/en/other.md. Rename or hide that one first"),
        ("try-it", "aliases: 'try-it' is an article of today"),
        ("glossary", "is a page or folder that every language has"),
        ("Old Name", "is not a name an article can have had"),
        ("before", "is also an alias in kb/en/other.md. An old name leads to one article"),
    ],
)
def test_an_old_name_leads_to_one_article_of_today(made: Made, write: Write, alias: str, told: str) -> None:
    write(ENGLISH.replace("---\n#", "aliases: [before]\n---\n#"), name="other")
    write(ENGLISH.replace("---\n#", f"aliases: [{alias}]\n---\n#"))
    problems = said(made())
    assert told in problems
    assert problems.startswith("kb/en/try-it.md:7: ")


def test_an_old_name_leads_to_the_article_in_every_language(made: Made, write: Write, tmp_path: Path) -> None:
    write(ENGLISH.replace("---\n#", "aliases: [before]\n---\n#"))
    for tag in ("en", "es", "it"):
        (tmp_path / "out" / tag).mkdir(parents=True)
    locales = ("en", "es", "it")
    files = redirects.write(made(), tmp_path / "out", "https://a.example/help/", locales=locales, offline=False)
    assert [str(file.relative_to(tmp_path / "out")) for file in files] == [
        f"{tag}/before/index.html" for tag in locales
    ]
    assert "Questa pagina si è spostata" in files[2].read_text("utf-8")


def test_an_article_cannot_have_the_name_of_a_page_there_is_already(made: Made, write: Write) -> None:
    write(ENGLISH, name="glossary")
    assert "kb/en/glossary.md: every language has a page or folder 'glossary'. Rename the article" in said(made())


def test_every_head_that_cannot_be_read_is_told_at_once(made: Made, write: Write) -> None:
    write(ENGLISH.replace("minutes: 5", "minutes: five"))
    write(ENGLISH.replace("tags:", "tag:"), name="other")
    assert said(made()).count("\n") == 1


def test_a_list_in_a_head_may_go_on_below(write: Write) -> None:
    source = read(write(ENGLISH.replace("tags: [password]", "tags: [password,\n  access]\nanswers: [a.b.c,\n  d.e.f]")))
    assert source.facts.tags == ("password", "access")
    assert source.facts.answers == ("a.b.c", "d.e.f")
    assert source.facts.lines["answers"] == 8


def test_the_shipped_articles_have_nothing_to_mend(preset_name: str) -> None:
    assert said(centre(preset_name)) == ""


@pytest.fixture(params=configuration.presets())
def preset_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_message_of_an_error_has_an_article_or_needs_none(preset_editions: Platforms, articles: Content) -> None:
    for platform in preset_editions.values():
        assert checks.unanswered(platform, articles) == []


def test_every_message_that_needs_no_article_exists_somewhere() -> None:
    texts = {id_ for name in configuration.presets() for id_ in _texts(name)}
    assert [known for known in checks.SELF_EXPLANATORY if not fnmatch.filter(texts, known)] == []


def test_every_message_an_article_helps_with_exists_somewhere(articles: Content) -> None:
    texts = {id_ for name in configuration.presets() for id_ in _texts(name)}
    claims = {claim.partition("#")[0] for id_ in articles.ids for claim in articles.first(id_).facts.answers}
    assert claims <= texts


def _texts(preset: str) -> set[str]:
    return {id_ for platform in editions_of(configuration.preset(preset)).values() for id_ in platform.declared.texts}


def test_a_message_leads_to_the_heading_that_helps(platforms: Platforms, articles: Content) -> None:
    links = help_links(platforms[None], articles)
    assert links["login.form.wrong"] == "sign-in#not-working"
    assert links["recovery.password.sent"] == "recover-password#no-message"


def test_a_heading_messages_lead_to_is_there_in_each_language(made: Made, write: Write, folder: Path) -> None:
    write(
        ENGLISH.replace("---\n#", "answers: [login.form.wrong#lost]\n---\n#").replace("That", "## Lost {#lost}\n\nThat")
    )
    mark = digest(Content(folder).first("try-it"))
    write(f"---\ntranslates: {mark}\n---\n{ENGLISH.split('---')[2]}", "es")
    assert "kb/es/try-it.md: lacks {#lost} at the end of a heading, unlike kb/en/try-it.md" in said(made())


def test_a_heading_that_is_not_there_under_a_configuration_is_told(made: Made, write: Write) -> None:
    hidden = "{% if config.password.max_age_days %}\n## Lost {#lost}\n{% endif %}\n"
    write(ENGLISH.replace("---\n#", "answers: [login.form.wrong#lost]\n---\n#").replace("That", f"{hidden}\nThat"))
    assert "kb/en/try-it.md:7: answers: login.form.wrong leads to #lost" in said(made())
    assert said(made(password={"max_age_days": 20})) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("## One {#here}\n\n## Two {#here}", "has two headings with the id 'here'"),
        ("Nothing {#here} but text.", "has {# where no heading ends"),
        ("{# a note #}", "A comment is written {## so ##}"),
    ],
)
def test_an_id_stands_once_at_the_end_of_a_heading(article_with: ArticleWith, text: str, reason: str) -> None:
    with pytest.raises(KbError) as error:
        article_with(f"First.\n\n{text}")
    assert reason in str(error.value)


def test_a_comment_leaves_no_trace(article_with: ArticleWith) -> None:
    assert article_with("One.{## not yet ##}").markdown({}) == "# A heading\n\n1. One.\n".replace("\n\n", "\n")


def test_another_generator_gets_the_ids_of_headings_as_empty_links() -> None:
    assert plain("## If it does not work {#not-working}\n") == '## <a id="not-working"></a>If it does not work\n'
    assert plain("## Customer number {#customer-number}\n") == "## Customer number\n"


@pytest.fixture
def words(folder: Path) -> None:
    """A glossary in two languages."""
    (folder / "glossary").mkdir(parents=True)
    (folder / "glossary" / "en.md").write_text("- Customer number : On your bills.\n- Owner : Who pays.\n", "utf-8")
    spanish = "- Número de cliente {#customer-number} : En sus facturas.\n- Titular {#owner} : Quien paga.\n"
    (folder / "glossary" / "es.md").write_text(spanish, "utf-8")


@pytest.mark.usefixtures("words")
def test_a_term_leads_to_its_meaning(article_with: ArticleWith) -> None:
    text = article_with('Know your {{ term("customer number") }}.').markdown({})
    assert text == "# A heading\n1. Know your [customer number](glossary.md#customer-number).\n"


@pytest.mark.usefixtures("words")
def test_the_site_opens_the_meaning_where_a_term_stands_first(article_with: ArticleWith) -> None:
    text = article_with('The {{ term("owner") }} knows. {{ term("owner", "Owners") }} do.').markdown({}, for_site=True)
    assert text.count('??? info acct-term "Owner: what it means"\n\n        Who pays.\n') == 1
    assert "[Owners](glossary.md#owner) do.\n\n    ??? info acct-term" in text


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("slot", "printed"),
    [
        ('{{ term("customer number", "su número") }}', "[su número]"),
        ('{{ term("número de cliente") }}', "[número de cliente]"),
        ('{{ term("customer number") }}', "[Número de cliente]"),
    ],
)
def test_a_term_is_in_the_words_of_the_articles_language(
    write: Write, folder: Path, platforms: Platforms, slot: str, printed: str
) -> None:
    write(ENGLISH)
    write(f"---\ntranslates: 0\n---\n{ENGLISH.split('---')[2].replace('That is all.', slot)}", "es")
    for locale in ("es", "es_AR"):
        text = render("try-it", content=Content(folder), platforms=platforms, locale=locale).markdown({})
        assert f"{printed}(glossary.md#customer-number)" in text


@pytest.mark.usefixtures("words")
def test_a_translation_may_explain_other_terms(write: Write, folder: Path, platforms: Platforms) -> None:
    write(ENGLISH.replace("That is all.", '{{ term("owner") }}'))
    write(f"---\ntranslates: 0\n---\n{ENGLISH.split('---')[2]}", "es")
    assert render("try-it", content=Content(folder), platforms=platforms, locale="es").boxes == ()


@pytest.mark.usefixtures("words")
def test_a_word_that_is_no_term_is_named_with_its_line(article_with: ArticleWith) -> None:
    with pytest.raises(KbError, match=r"^kb/en/try-it\.md:5: 'ownr' is not in the glossary\. Did you mean \"Owner\"\?"):
        article_with('{{ term("ownr") }}')


def test_every_language_of_ours_explains_the_same_terms(articles: Content) -> None:
    for locale in ("en", "es", "es_AR", "it"):
        terms = glossary.terms(articles, locale)
        assert [term.id for term in terms if term.locale != locale] == []
        assert {term.id for term in terms} == {term.id for term in glossary.terms(articles, "en")}


def test_a_language_without_a_text_of_its_own_is_worth_knowing(made: Made) -> None:
    assert checks.notices(made())[:2] == [
        "es has no text of its own for try-it; its readers get en",
        "it has no text of its own for try-it; its readers get en",
    ]


def test_related_articles_share_most_tags_and_there_are_four_at_most() -> None:
    client_area = centre("client-area")
    related = lists.related(client_area, client_area.article("sign-in", "es"))
    assert [article.locale for article in related] == ["es"] * 4
    shared = [len(set(one.facts.tags) & {"access", "password", "session"}) for one in related]
    assert shared == sorted(shared, reverse=True)
    assert "sign-in" not in {one.id for one in related}


def test_the_head_may_name_the_related_articles_and_only_those_there_are_count(made: Made, write: Write) -> None:
    for name in ("b", "c", "d"):
        write(ENGLISH.replace("---\n#", "when: password.max_age_days\n---\n#") if name == "d" else ENGLISH, name=name)
    write(ENGLISH.replace("---\n#", "related: [d, c]\n---\n#"))
    centre_ = made()
    assert said(centre_) == ""
    assert [one.id for one in lists.related(centre_, centre_.article("try-it", "en"))] == ["c"]


def test_every_shipped_article_can_be_found_by_other_words_in_each_language(articles: Content) -> None:
    for id_ in articles.ids:
        for source in (articles.first(id_), *articles.translations(id_)):
            assert len(source.facts.synonyms) >= 3, place(source.file)


def test_synonyms_are_a_field_of_the_search_index_that_is_never_shown(tmp_path: Path) -> None:
    index = tmp_path / "search_index.json"
    docs = [{"location": at, "title": "T", "text": "t"} for at in ("a/", "a/#b", "c.html")]
    index.write_text(json.dumps({"config": {"lang": ["en"]}, "docs": docs}))
    searching.add_synonyms(index, {"a": ("sesión",), "c": ("clave",)})
    found = json.loads(index.read_text("utf-8"))
    assert [doc.get("synonyms") for doc in found["docs"]] == [["sesión"], None, ["clave"]]


@pytest.fixture
def spanish(write: Write, folder: Path) -> Path:
    """A translation of an older text, in need of nothing but its stamp."""
    write(ENGLISH)
    body = ENGLISH.split("---\n")[2].replace("That is all.", "Eso es todo.")
    return write(f"---\nsynonyms: [uno, dos]\ntranslates: 00000000\n---\n{body}", "es")


def test_a_stamp_says_which_text_is_translated_and_changes_nothing_else(made: Made, spanish: Path) -> None:
    before = spanish.read_text("utf-8")
    (stamp,) = _due(made())
    stamps.write(stamp)
    mark = digest(made().content.first("try-it"))
    assert spanish.read_text("utf-8") == before.replace("00000000", mark)
    assert str(stamp) == f"kb/es/try-it.md: translates {mark}, before 00000000"
    assert said(made()) == ""
    assert _due(made()) == []


def _due(centre_: KnowledgeBase, *locales: str) -> list[stamps.Stamp]:
    # Like a host's: ours would have to be right for each preset.
    own = Content(centre_.content.folder / "nothing", centre_.content.folder)
    return stamps.stamps(replace(centre_, content=own), ("try-it",), locales)


def test_a_translation_without_a_stamp_gets_one_and_keeps_its_line_ends(made: Made, spanish: Path) -> None:
    text = spanish.read_text("utf-8").replace("translates: 00000000\n", "")
    spanish.write_bytes(text.replace("\n", "\r\n").encode())
    (stamp,) = _due(made())
    stamps.write(stamp)
    assert spanish.read_bytes().startswith(
        f"---\r\ntranslates: {stamp.digest}\r\nsynonyms: [uno, dos]\r\n---\r\n".encode()
    )


def test_only_the_language_asked_for_is_stamped(made: Made, spanish: Path) -> None:
    assert _due(made(), "it") == []
    assert len(_due(made(), "es")) == 1


def test_a_translation_that_does_other_steps_is_not_stamped(made: Made, spanish: Path) -> None:
    spanish.write_text(re.sub(r" and select .*\.", ".", spanish.read_text("utf-8")), "utf-8")
    with pytest.raises(KbError, match=r"item 1 does not do what kb/en/try-it\.md:10 does"):
        _due(made())


def test_our_translations_are_right_for_every_preset_before_they_are_stamped(made: Made, spanish: Path) -> None:
    with pytest.raises(KbError, match=r"recovery\.password\.email"):
        stamps.stamps(made(), ("try-it",), ())


def test_an_installed_translation_is_not_written(made: Made, spanish: Path) -> None:
    source = made().content.translations("try-it")[0]
    wheel = replace(source, file=Path(stamps.IN_WHEEL, "es", "try-it.md"))
    problems = [str(problem) for problem in stamps._problems(wheel, made())]
    assert problems == [
        "kb/es/try-it.md: belongs to the installed package. Write your own translation in the folder of [help] articles"
    ]


def test_the_command_says_what_it_stamped(tmp_path: Path) -> None:
    (tmp_path / "acct.toml").write_text('[site]\nlocales = ["en", "es"]\n[help]\narticles = "help"\n')
    for locale, head in (("en", "minutes: 2"), ("es", "translates: 0")):
        (tmp_path / "help" / locale).mkdir(parents=True)
        (tmp_path / "help" / locale / "own.md").write_text(f"---\n{head}\n---\n# Own\n")
    arguments = ["own", "--config", str(tmp_path / "acct.toml")]
    first, again = (CliRunner().invoke(kb, ["stamp", *arguments], catch_exceptions=False) for _ in range(2))
    assert first.output.startswith("help/es/own.md: translates ")
    assert "1 stamped." in first.output
    assert again.output == "Nothing to stamp: each translation is one of today's text.\n"


@pytest.mark.parametrize(
    ("config", "code", "told"), [("client-area", 0, "articles in es, es_AR, en, it are fine."), (None, 1, "stale")]
)
def test_only_what_must_be_mended_fails_the_check(tmp_path: Path, config: str | None, code: int, told: str) -> None:
    if config is None:
        (tmp_path / "acct.toml").write_text('[help]\narticles = "help"\n')
        for locale, head in (("en", "minutes: 2"), ("es", "translates: 0")):
            (tmp_path / "help" / locale).mkdir(parents=True)
            (tmp_path / "help" / locale / "stale.md").write_text(f"---\n{head}\n---\n# Own\n")
    done = CliRunner().invoke(kb, ["check", "--config", config or str(tmp_path / "acct.toml")], catch_exceptions=False)
    assert done.exit_code == code
    assert told in done.output
