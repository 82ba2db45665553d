"""A company's own articles lie over the shipped ones: added, replaced, hidden, and held to the same rules."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from flask_acct import config as configuration
from flask_acct.config import ConfigError
from flask_acct.features import platforms
from flask_acct.kb.articles import fixtures
from flask_acct.kb.articles.content import Content, KbError, content_of, digest, shipped
from flask_acct.kb.articles.knowledge_base import KnowledgeBase, centre
from flask_acct.kb.articles.rendering import help_links, journey, render
from flask_acct.kb.site import building, checks, lists, redirects, tree

from .. import sharing
from ..personas import NEW_PASSWORD
from ..web.conftest import make as make
from ..web.site import Build
from ..web.visitor import Read

SPANISH = """\
---
screens: [login.logout]
answers: [login.form.wrong#lost]
minutes: 2
category: shop
tags: [delivery, access]
aliases: [buy-bread]
synonyms: [panadería, hogaza]
---
# Pedir pan

Su {{ term("carrito") }} guarda lo que elige, y dice su {{ term("customer number", "número de cliente") }}.

1. Abra {{ visit("login.form") }} y rellene {{ fill("login.form.identifier") }}.

![El carrito con dos panes](../images/cart.png)

## Si se pierde {#lost}

Escríbanos.
"""
ENGLISH = """\
---
translates: {digest}
synonyms: [bakery]
---
# Order bread

Your {{{{ term("cart") }}}} keeps what you choose.

1. Open {{{{ visit("login.form") }}}} and fill in {{{{ fill("login.form.identifier") }}}}.

## If you are lost {{#lost}}

Write to us.
"""
TOML = """\
[site]
name = "Ortega Bakery"
locales = ["es", "en", "es_AR"]
[help]
articles = "help"
[help.categories]
shop = { en = "Shop", es = "Tienda" }
[help.tags]
delivery = { en = "Delivery", es = "Entrega" }
"""

Company = Callable[..., KnowledgeBase]


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file of the company's: ``put("es/order-bread.md", text)``."""

    def write(name: str, text: str) -> Path:
        file = tmp_path / "help" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    return write


Put = Callable[[str, str], Path]


@pytest.fixture
def company(tmp_path: Path, put: Put) -> Company:
    """The help centre of the bakery, whose folder holds an article in Spanish, its picture and a glossary."""

    def make(toml: str = TOML) -> KnowledgeBase:
        (tmp_path / "acct.toml").write_text(toml, "utf-8")
        return centre(str(tmp_path / "acct.toml"))

    put("es/order-bread.md", SPANISH)
    put("glossary/es.md", "- Carrito {#cart} : Lo que va a comprar.\n")
    put("glossary/en.md", "- Cart : What you are going to buy.\n")
    (tmp_path / "help" / "images").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "help" / "images" / "cart.png")
    return make


def said(made: KnowledgeBase) -> str:
    return "\n".join(str(problem) for problem in checks.problems(made))


def test_an_article_of_the_company_stands_among_ours(company: Company) -> None:
    made = company()
    assert said(made) == ""
    assert {"order-bread", "sign-in"} <= set(made.ids)
    assert "- [Pedir pan](order-bread.md)" in lists.pages(made, "es")["a-z.md"]


def test_its_steps_are_run_as_ours_are(company: Company) -> None:
    made = company()
    steps = journey("order-bread", content=made.content, platforms=made.platforms, platform=None)
    assert [str(step) for step in steps] == ['visit("login.form")', 'fill("login.form.identifier")']


def test_screens_and_messages_lead_to_it_rather_than_to_ours(company: Company) -> None:
    links = help_links(company().platform, company().content, "es")
    assert links["login.logout"] == "order-bread"
    assert links["login.form.wrong"] == "order-bread#lost"
    assert links["login.form"] == "sign-in"


def test_the_company_may_begin_in_its_default_language(company: Company) -> None:
    made = company()
    assert made.article("order-bread", "es").title == made.article("order-bread", "en").title == "Pedir pan"


def test_a_translation_is_one_of_the_first_text(company: Company, put: Put) -> None:
    first = company().content.first("order-bread")
    put("it/order-bread.md", ENGLISH.format(digest=digest(first)).replace('term("cart")', 'term("carrello")'))
    put("glossary/it.md", "- Carrello {#cart} : Quello che compri.\n")
    made = company(TOML.replace('"es_AR"', '"it"').replace('en = "', 'it = "x", en = "'))
    assert said(made) == ""
    assert made.article("order-bread", "it").source.locale == "it"


def test_a_translation_that_does_other_steps_is_refused(company: Company, put: Put) -> None:
    first = company().content.first("order-bread")
    body = ENGLISH.format(digest=digest(first)).replace(' and fill in {{ fill("login.form.identifier") }}', "")
    put("es_AR/order-bread.md", body)
    assert "help/es_AR/order-bread.md:9: item 1 does not do what help/es/order-bread.md:14 does" in said(company())


def test_english_is_the_first_text_as_soon_as_there_is_one(company: Company, put: Put) -> None:
    put("en/order-bread.md", "---\nminutes: 2\n---\n# Order bread\n")
    assert "help/es/order-bread.md:2: 'screens' is said once, in the text this one translates" in said(company())


def test_a_translation_of_nothing_is_named(company: Company, put: Put) -> None:
    put("es_AR/nothing.md", "---\n---\n# Nada\n")
    assert "help/es_AR/nothing.md: translates an article that is not there. Write en/nothing.md or es/" in said(
        company()
    )


def test_an_article_beside_the_languages_is_named(company: Company, put: Put) -> None:
    put("nothing.md", "---\n---\n# Nothing\n")
    assert "stands beside the languages. Put it into one of them" in said(company())


def test_a_folder_that_is_not_there_is_named(company: Company) -> None:
    with pytest.raises(KbError, match=r'\[help\] articles = "halp": there is no folder .*/halp'):
        company(TOML.replace('articles = "help"', 'articles = "halp"'))


def test_the_folder_is_counted_from_the_configuration_or_from_the_root(company: Company, tmp_path: Path) -> None:
    company()
    beside = configuration.read(tmp_path / "acct.toml")
    anywhere = configuration.parse(TOML.replace('"help"', f'"{tmp_path}/help"'))
    moved = configuration.served_at(beside, "http://127.0.0.1:9")
    assert content_of(beside).own == content_of(anywhere).own == content_of(moved).own == tmp_path / "help"


def test_a_replaced_article_is_the_companys(company: Company, put: Put) -> None:
    put("en/sign-in.md", "---\nscreens: [login.form]\n---\n# Come in\n")
    for locale in ("es", "es_AR"):
        put(f"{locale}/sign-in.md", "---\nhidden: true\n---\n")
    made = company()
    assert said(made) == ""
    assert made.article("sign-in", "en").title == "Come in"
    assert made.locales_of("sign-in") == ("en",)


def test_our_translations_of_a_replaced_article_no_longer_count_and_the_fix_is_said(company: Company, put: Put) -> None:
    file = put("en/sign-in.md", "---\nscreens: [login.form]\n---\n# Come in\n")
    told = said(company())
    mark = digest(Content(file.parents[1]).first("sign-in"))
    assert "help/en/sign-in.md: takes the place of our text, and so kb/es/sign-in.md no longer translates it" in told
    assert f"Write help/es/sign-in.md with the line translates: {mark}, or with hidden: true" in told
    assert "does not do what" not in told


def test_an_article_may_be_replaced_in_one_language(company: Company, put: Put) -> None:
    ours = shipped().source("sign-in", "es")
    put("es/sign-in.md", ours.file.read_text("utf-8").replace("# Iniciar y cerrar sesión", "# Entrar en la panadería"))
    made = company()
    assert said(made) == ""
    assert [made.article("sign-in", locale).title for locale in ("es", "en")] == [
        "Entrar en la panadería",
        "Sign in and sign out",
    ]


def test_a_hidden_article_is_nowhere(company: Company, put: Put) -> None:
    put("en/recover-password.md", "---\nhidden: true\n---\n")
    made = company()
    assert said(made) == ""
    assert "recover-password" not in made.ids
    assert "recover-password" not in help_links(made.platform, made.content, "es").values()


def test_an_article_may_be_hidden_in_one_language(company: Company, put: Put) -> None:
    put("es/recover-password.md", "---\nhidden: true\n---\n")
    made = company()
    assert said(made) == ""
    assert made.locales_of("recover-password") == ("en", "es_AR")
    assert "recover-password" not in lists.pages(made, "es")["a-z.md"]
    assert "recovery.password" not in help_links(made.platform, made.content, "es")
    assert help_links(made.platform, made.content, "en")["recovery.password"] == "recover-password"


@pytest.mark.long
@pytest.mark.parametrize(("id_", "locale"), list(zip(shipped().ids, cycle(["en", "it"]), strict=False)))
def test_any_of_our_articles_may_be_hidden(id_: str, locale: str, tmp_path: Path) -> None:
    (tmp_path / locale).mkdir()
    (tmp_path / locale / f"{id_}.md").write_text("---\nhidden: true\n---\n")
    config = configuration.preset("sending-platform")
    config = config.model_copy(update={"help": config.help.model_copy(update={"articles": str(tmp_path)})})
    made = KnowledgeBase(platforms(config), content_of(config), centre("sending-platform").manifest)
    assert said(made) == ""


def test_a_category_or_tag_of_its_own_has_words_on_every_page(company: Company) -> None:
    made = company()
    article = made.article("order-bread", "es_AR")
    assert made.category_of(article) == "Tienda"
    assert made.tags(article)[0] == "Entrega"
    assert lists.by_category(made, "en")[-1][0] == "Shop"


def test_a_category_without_words_is_refused_with_where_to_give_them(company: Company) -> None:
    told = said(company(TOML.partition("[help.categories]")[0] + '[help.tags]\ndelivery = { en = "D", es = "E" }\n'))
    assert "help/es/order-bread.md:5: category: 'shop' has no words." in told
    assert "acct.toml: [help.categories]" in told


def test_our_own_categories_may_get_other_words(company: Company) -> None:
    made = company(TOML.replace("shop =", 'signing_in = { en = "Come in", es = "Entrar" }\nshop ='))
    assert made.category("signing_in", "es") == "Entrar"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('{ en = "Shop" }', "[help.categories.shop] has no words in: es, es_AR. Add es ="),
        (
            '{ en = "S", es = "T", fr = "B" }',
            "[help.categories.shop] fr is for a language that the site does not offer",
        ),
        ('"Shop"', "[help.categories.shop] must be a table"),
    ],
)
def test_words_of_a_category_are_checked_with_the_configuration(company: Company, words: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        company(TOML.replace('{ en = "Shop", es = "Tienda" }', words))
    assert told in str(error.value)


def test_a_picture_beside_an_article_is_on_its_page(company: Company, tmp_path: Path) -> None:
    files = tree.write(company(), tmp_path / "out")
    assert "![El carrito con dos panes](own/images/cart.png)" in (tmp_path / "out/es/order-bread.md").read_text("utf-8")
    assert (tmp_path / "out/es/own/images/cart.png").read_bytes() == (tmp_path / "help/images/cart.png").read_bytes()
    assert tmp_path / "out/es/own/images/cart.png" in files


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        ("![](../images/cart.png)", "does not say what the picture shows"),
        ("![A cart](../images/card.png)", "is not there. Put the picture at help/images/card.png"),
        ("![A cart](https://example.com/cart.png)", "from elsewhere"),
        ("![A cart](../../acct.toml)", "outside of help/"),
        ("![A cart](order-bread.md)", "is not a picture for the web"),
        ('<img src="cart.png" alt="A cart">', "Write a picture as ![what it shows](cart.png)"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_named_with_its_line(
    company: Company, put: Put, picture: str, reason: str
) -> None:
    put("es/order-bread.md", SPANISH.replace("![El carrito con dos panes](../images/cart.png)", picture))
    assert "help/es/order-bread.md:16: " in said(company())
    assert reason in said(company())


def test_the_company_adds_terms_and_changes_ours(company: Company, put: Put) -> None:
    put("glossary/en.md", "- Cart : What you buy.\n- Customer number : On your bread card.\n")
    terms = {term.id: term.meaning for term in lists.glossary(company(), "en")}
    assert terms["cart"] == "What you buy."
    assert terms["customer-number"] == "On your bread card."
    assert {"owner", "password", "session"} < set(terms)


def test_a_term_replaced_in_english_leaves_the_other_languages_alone(company: Company, put: Put) -> None:
    put("glossary/en.md", "- Cart : What you buy.\n- Customer number : On your bread card.\n")
    terms = {term.id: term.meaning for term in lists.glossary(company(), "es")}
    assert terms["customer-number"].startswith("El número de una cuenta.")


def test_a_term_may_be_replaced_by_its_name_in_its_language(company: Company, put: Put) -> None:
    put("glossary/es.md", "- Carrito {#cart} : x\n- Número de cliente : Está en su tarjeta.\n")
    terms = {term.id: term.meaning for term in lists.glossary(company(), "es")}
    assert terms["customer-number"] == "Está en su tarjeta."


def test_what_a_journey_types_into_a_field_of_the_companys_is_in_the_configuration(company: Company) -> None:
    config = company(
        TOML + '[help.fixtures]\n"shop.order.loaves" = "3"\n"shop.order.loaves many" = "30"\n'
    ).platform.config
    assert fixtures.value("shop.order.loaves", "", config) == "3"
    assert fixtures.value("shop.order.loaves", "many", config) == "30"


def test_a_field_without_a_value_to_type_is_refused_with_where_to_give_it(company: Company) -> None:
    with pytest.raises(KbError, match=r'\[help\.fixtures\] "shop\.order\.size" = '):
        fixtures.value("shop.order.size", "", company().platform.config)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("login.form.identifer", 'is no field of this configuration. Did you mean "login.form.identifier"?'),
        ("login.form.submit", "is no field of this configuration"),
        ("login.form.password", "is a field of ours, whose value belongs to our cast"),
    ],
)
def test_a_value_that_no_journey_types_is_refused(company: Company, name: str, reason: str) -> None:
    assert reason in said(company(f'{TOML}[help.fixtures]\n"{name}" = "x"\n'))


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (
            "screens: [login.from]",
            "2: screens: 'login.from' is not in this configuration. Did you mean \"login.form\"?",
        ),
        ("answers: [login.form.wrnog]", "3: answers: 'login.form.wrnog' is not in this configuration. Did you mean \""),
        ("answers: [login.form.wrong#nowhere]", "3: answers: login.form.wrong leads to #nowhere"),
        ("hidden: yes", "hidden is true or false"),
        ("related: [sing-in]", "related: 'sing-in' is not an article. Did you mean \"sign-in\"?"),
    ],
)
def test_what_a_head_of_the_companys_claims_exists(company: Company, put: Put, head: str, told: str) -> None:
    key = head.partition(":")[0]
    kept = re.sub(rf"^{key}: .*\n", "", SPANISH, flags=re.MULTILINE)
    lines = kept.splitlines(keepends=True)
    put(
        "es/order-bread.md",
        "".join([*lines[: 2 if key == "answers" else 1], f"{head}\n", *lines[2 if key == "answers" else 1 :]]),
    )
    assert told in said(company())


def test_what_is_worth_knowing_is_said_and_is_no_problem(company: Company, put: Put) -> None:
    put("pt/order-bread.md", "---\ntranslates: 0\n---\n# Pão\n")
    made = company(TOML.replace("delivery =", 'unused = { en = "U", es = "U" }\ndelivery ='))
    notes = checks.notices(made)
    assert "en has no text of its own for order-bread; its readers get es" in notes
    assert "es_AR has no text of its own for order-bread; its readers get es" in notes
    assert "pt/ is not read: the help centre has es, en, es_AR" in notes
    assert "[help.tags] unused is used by no article" in notes
    assert said(made) == ""


def test_a_message_whose_article_is_hidden_is_worth_knowing(company: Company, put: Put) -> None:
    put("en/change-password.md", "---\nhidden: true\n---\n")
    assert "no article helps with the message password.change.wrong" in checks.notices(company())


def test_the_page_of_a_message_leads_to_what_helps_with_it(make: Build, company: Company, tmp_path: Path) -> None:
    company()
    (tmp_path / "site").mkdir()
    config = configuration.read(tmp_path / "acct.toml")
    site_ = make(config, ACCT_HELP_SITE=str(tmp_path / "site"))
    visitor = site_.visitor(**{"Accept-Language": "es"})
    visitor.open("/account/login")
    page = visitor.press("Iniciar sesión", {"Correo electrónico": "nobody@example.com", "Contraseña": "no such words"})
    assert page.link("Ayuda sobre esto") == "/help/es/order-bread/#lost"


def test_what_is_wrong_with_a_field_leads_to_what_helps_with_it(make: Build, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    site_ = make(ACCT_HELP_SITE=str(tmp_path / "site"))
    visitor = site_.visitor(site_.people.alice, **{"Accept-Language": "en"})
    visitor.open("/account/password/change")
    typed = {"current": "no such words", "new": NEW_PASSWORD, "repeat": NEW_PASSWORD}
    page = Read(visitor.post("/account/password/change", {"csrf_token": visitor.csrf(), **typed}))
    assert page.link("Help with this") == "/help/en/change-password/#refused"


def test_without_a_help_site_a_message_leads_nowhere(make: Build) -> None:
    visitor = make().visitor(**{"Accept-Language": "en"})
    visitor.open("/account/login")
    page = visitor.press("Sign in", {"Email address": "nobody@example.com", "Password": "no such words"})
    assert "help.link.answer" not in page.elements


@pytest.fixture(scope="module")
def built() -> Path:
    """The bakery's whole site, in Spanish and English."""
    return sharing.once("bakery", _build) / "site"


def _build(folder: Path) -> None:
    for name, text in {
        "es/order-bread.md": SPANISH,
        "glossary/es.md": "- Carrito {#cart} : Lo que va a comprar.\n",
        "es/recover-username.md": "---\nhidden: true\n---\n",
    }.items():
        (folder / "help" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "help" / name).write_text(text, "utf-8")
    (folder / "help" / "images").mkdir()
    Image.new("RGB", (8, 8)).save(folder / "help" / "images" / "cart.png")
    toml = TOML.replace(', "es_AR"', "").replace("[site]", '[login]\nidentifiers = ["username"]\n[site]')
    (folder / "acct.toml").write_text(toml, "utf-8")
    building.build(centre(str(folder / "acct.toml")), folder / "site", allow_unverified=True)


def test_the_site_has_the_companys_article_with_its_picture_terms_and_headings(built: Path) -> None:
    page = (built / "es/order-bread/index.html").read_text("utf-8")
    assert 'src="../own/images/cart.png"' in page
    assert (built / "es/own/images/cart.png").is_file()
    assert '<h2 id="lost">Si se pierde' in page
    assert re.search(r"<details[^>]*>\s*<summary>Carrito: qué significa</summary>\s*<p>Lo que va a comprar", page)
    assert '<h2 id="cart">' in (built / "es/glossary/index.html").read_text("utf-8")


def test_a_language_in_which_an_article_is_hidden_has_no_page_of_it(built: Path) -> None:
    assert (built / "en/recover-username/index.html").is_file()
    assert not (built / "es/recover-username").exists()
    assert "recover-username" not in (built / "es/sitemap.xml").read_text("utf-8")
    assert 'hreflang="es"' not in (built / "en/recover-username/index.html").read_text("utf-8").partition("<article")[2]


def test_the_address_an_article_had_before_leads_to_it(built: Path) -> None:
    for tag in ("es", "en"):
        page = (built / tag / "buy-bread/index.html").read_text("utf-8")
        assert f'<html lang="{tag}"' in page
        assert '<noscript><meta http-equiv="refresh" content="0; url=../order-bread/"></noscript>' in page
        assert f'<link rel="canonical" href="http://127.0.0.1:5000/help/{tag}/order-bread/">' in page
        assert '<meta name="robots" content="noindex">' in page
        assert '<a href="../order-bread/"' in page
        assert ">Pedir pan</a>" in page
        assert re.findall("<script[^>]*>(.*?)</script>", page) == [""]
        assert "buy-bread" not in (built / tag / "sitemap.xml").read_text("utf-8")


def test_plain_markdown_lists_the_addresses_articles_had_before(company: Company, tmp_path: Path) -> None:
    tree.write(company(), tmp_path / "out")
    assert json.loads((tmp_path / "out" / redirects.LIST).read_text("utf-8")) == {
        "en/buy-bread": "en/order-bread",
        "es/buy-bread": "es/order-bread",
        "es-AR/buy-bread": "es-AR/order-bread",
    }


def test_synonyms_are_searched_and_not_shown(built: Path) -> None:
    index = json.loads((built / "es/search/search_index.json").read_text("utf-8"))
    (doc,) = [doc for doc in index["docs"] if doc["location"] == "order-bread/"]
    assert doc["synonyms"] == ["panadería", "hogaza", "order bread"]
    assert "hogaza" not in f"{doc['title']} {doc['text']}"
    assert "hogaza" not in (built / "es/order-bread/index.html").read_text("utf-8")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("typed", "tag", "found"),
    [("hogaza", "es", "order-bread"), ("panaderia", "es", "order-bread"), ("passcode", "en", "recover-password")],
)
def test_a_search_by_a_synonym_finds_the_article(
    browser: Browser, served: str, typed: str, tag: str, found: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{served}/{tag}/?q={typed}")
        first = page.locator(".md-search-result__link").first
        first.wait_for(state="attached", timeout=20_000)
        assert f"/{tag}/{found}/" in str(first.get_attribute("href"))
        assert typed not in first.inner_text()


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, without a word in the log."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@pytest.fixture
def served(built: Path) -> Iterator[str]:
    """The address of the bakery's site on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_what_the_company_writes_reaches_nothing_but_words_and_settings(company: Company, put: Put) -> None:
    put("es/order-bread.md", SPANISH.replace("Escríbanos.", "{{ ''.__class__.__mro__ }}"))
    with pytest.raises(KbError):
        render("order-bread", content=company().content, platforms=company().platforms, locale="es")
