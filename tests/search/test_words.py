"""What the search makes of words: their forms, mistakes, signs, accents, and scripts without blanks."""

from __future__ import annotations

import pytest

from flask_acct.kb.articles.content import shipped
from flask_acct.kb.articles.synonyms import groups
from flask_acct.kb.site.searching import STEMMERS, script
from tests.search.engine import ask, ask_each, pages

Pages = dict[str, str]


def index(texts: Pages) -> dict[str, object]:
    """``{"reset": "Forgot your password?|The text.|other, words"}`` as MkDocs writes it."""
    docs = []
    for name, said in texts.items():
        title, text, synonyms = (*said.split("|"), "", "")[:3]
        docs.append({"location": f"{name}/", "title": title, "text": text, "synonyms": synonyms.split(", ")})
    return {"docs": docs}


def found(texts: Pages, *queries: str, locale: str = "en", same: tuple[tuple[str, ...], ...] = ()) -> list[list[str]]:
    return [pages(answer) for answer in ask(script(locale, same), index(texts), queries)]


ENGLISH = {
    "reset": "Forgot your password?|We send a link. The password is never told. Phones work, too.",
    "trial": "Trials and purchased plans|A trial has a discount of 50%. Use example.com/help or C-3PO.",
    "people": "Invite a colleague|Accountants and colleagues sign in with their own subscription.",
}


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("phone", "reset"),
        ("phones", "reset"),
        ("passwords", "reset"),
        ("trials", "trial"),
        ("trial", "trial"),
        ("purchasing", "trial"),
        ("colleagues", "people"),
        ("accountant", "people"),
        ("inviting", "people"),
        ("subscriptions", "people"),
    ],
)
def test_every_form_of_a_word_finds_the_others(typed: str, page: str) -> None:
    assert found(ENGLISH, typed)[0][:1] == [page]


@pytest.mark.parametrize(
    "typed",
    [
        "password!",
        "(password)",
        "password:",
        "“password”",
        "password?",
        "PASSWORD",
        "«password»",
        "password…",
        "*password*",
        "+password",
        "  password  ",
        "password/",
        "ｐａｓｓｗｏｒｄ",
    ],
)
def test_signs_and_capitals_change_nothing(typed: str) -> None:
    assert found(ENGLISH, typed, "password")[0] == found(ENGLISH, "password")[0]


@pytest.mark.parametrize(
    ("typed", "page"), [("50%", "trial"), ("example.com", "trial"), ("c-3po", "trial"), ("50", "trial")]
)
def test_numbers_and_names_are_found_with_their_signs(typed: str, page: str) -> None:
    assert found(ENGLISH, typed)[0][:1] == [page]


@pytest.mark.parametrize("typed", ["", "   ", "?!", "…", "\u200b", "()"])
def test_what_holds_no_word_finds_nothing_and_breaks_nothing(typed: str) -> None:
    assert found(ENGLISH, typed) == [[]]


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("pasword", "reset"),
        ("passwrod", "reset"),
        ("pssword", "reset"),
        ("paswrd", None),
        ("trail", "trial"),
        ("fone", None),
        ("colegue", None),
        ("coleague", "people"),
        ("coleagu", "people"),
        ("subscribtoin", "people"),
        ("acountents", "people"),
        ("cat", None),
    ],
)
def test_one_mistake_is_forgiven_from_four_letters_and_two_from_eight(typed: str, page: str | None) -> None:
    assert found(ENGLISH, typed)[0][:1] == ([page] if page else [])


def test_a_word_that_is_there_is_not_taken_for_a_mistake() -> None:
    assert found({"form": "Form|", "from": "Fork|"}, "form") == [["form"]]


def test_a_word_is_found_while_it_is_typed() -> None:
    for length in range(2, len("password")):
        assert found(ENGLISH, "password"[:length])[0][:1] == ["reset"]


def test_a_mistake_is_forgiven_while_the_word_is_typed() -> None:
    assert found(ENGLISH, "subscirp")[0][:1] == ["people"]


def test_a_query_of_stop_words_alone_is_not_empty() -> None:
    assert found({"a": "Why|Because.", "b": "Bread|How to bake."}, "why", "how to") == [["a"], ["b"]]


def test_stop_words_alone_find_pages_in_italian() -> None:
    assert found({"a": "Perché sei uscito|Testo.", "b": "Pane|Testo."}, "perché", "perche", locale="it") == [
        ["a"],
        ["a"],
    ]


def test_the_page_with_all_words_comes_before_one_with_some() -> None:
    texts = {
        "one": "User|User, user, user.",
        "other": "Add|Add and add.",
        "both": "Something else|Here you add a user.",
    }
    assert found(texts, "add user")[0][0] == "both"


def test_the_title_comes_before_the_heading_and_the_heading_before_the_text() -> None:
    docs = [
        {"location": "text/", "title": "A", "text": "bread bread bread bread"},
        {"location": "heading/", "title": "B", "text": ""},
        {"location": "heading/#bread", "title": "Bread", "text": ""},
        {"location": "title/", "title": "Bread", "text": ""},
    ]
    answer = ask(script("en", ()), {"docs": docs}, ["bread"])[0]
    assert pages(answer) == ["title", "heading", "text"]


def test_other_words_for_a_page_find_it_and_are_not_shown() -> None:
    answer = ask(
        script("en", ()), index({"a": "Order bread|Text.|bakery, loaf of rye", "b": "Rye|Text."}), ["loaf", "rye loaf"]
    )
    assert [pages(one)[0] for one in answer] == ["a", "a"]
    assert "loaf" not in answer[0]["items"][0][0]["title"] + answer[0]["items"][0][0]["text"]


def test_words_that_say_the_same_find_each_other_in_every_form() -> None:
    same = (("password", "passcode", "secret word"), ("sign in", "log in", "login"))
    texts = {**ENGLISH, "in": "Sign in|Fill in the form.", "out": "Sign out|Leave."}
    assert found(texts, "passcodes", "secret word", "passcoed", same=same) == [["reset"]] * 3
    assert [one[0] for one in found(texts, "login", "logging in", "how do I log in?", same=same)] == ["in"] * 3


def test_two_words_are_found_as_one_and_with_a_hyphen() -> None:
    assert [one[:1] for one in found(ENGLISH, "pass word", "pass-word")] == [["reset"], ["reset"]]


CASES = [
    ("es", "Contraseña", "contrasenas"),
    ("es", "Contraseña", "¿contraseñas?"),
    ("es", "Las claves", "clave"),
    ("es", "Teléfono", "telefonos"),
    ("es", "Plazo", "plazos"),
    ("es", "Suscripción", "suscripciones"),
    ("es", "Suscripción", "suscripcion"),
    ("es_AR", "Contraseñas", "contrasena"),
    ("it", "Telefono", "telefoni"),
    ("it", "Domini", "dominio"),
    ("it", "Attività", "attivita"),
    ("it", "L'invito", "invito"),
    ("it", "Invito", "l’invito"),
    ("fr", "Mots de passe oubliés", "oublie"),
    ("pt", "Senhas", "senha"),
    ("pt", "Autenticações", "autenticacao"),
    ("de", "Straße", "strasse"),
    ("de", "Schlüssel", "schluessel"),
    ("de", "Schlüssel", "schlussel"),
    ("de", "Kennwörter", "kennwort"),
    ("de", "Passwortwechsel", "wechsel"),
    ("tr", "İstanbul", "istanbul"),
    ("tr", "istanbul", "İSTANBUL"),
    ("tr", "Işık", "isik"),
    ("tr", "şifreler", "sifre"),
    ("ru", "Хлеб", "хлеба"),
    ("ru", "Пароли", "паролей"),
    ("ru", "Ещё", "еще"),
    ("uk", "Пароль", "пароля"),
    ("pl", "Hasło", "hasła"),
    ("pl", "Złoty", "zloty"),
    ("cs", "Přihlášení", "prihlaseni"),
    ("el", "Κωδικός", "κωδικοσ"),
    ("nl", "Wachtwoorden", "wachtwoord"),
    ("sv", "Lösenord", "losenord"),
    ("da", "Adgangskoder på", "adgangskode"),
    ("nb", "Ørret", "orret"),
    ("hu", "Jelszavak", "jelszavakat"),
    ("vi", "Mật khẩu", "mat khau"),
    ("ar", "الخبز", "خبز"),
    ("ar", "كَلِمَة المرور", "كلمه"),
    ("he", "סיסמה", "סִיסְמָה"),
    ("hi", "पासवर्ड", "पासवर्ड"),
    ("zh", "忘记密码了吗", "密码"),
    ("zh", "下载发票", "发票"),
    ("zh", "面包", "包"),
    ("zh_Hant", "忘記密碼", "密碼？"),
    ("ja", "パンを注文する", "パンを注文する"),
    ("ja", "パスワードを忘れた", "パスワード"),
    ("ja", "パスワードを忘れた", "ﾊﾟｽﾜｰﾄﾞ"),
    ("ko", "비밀번호를 변경", "비밀번호"),
    ("ko", "비밀번호 변경", "비밀번호를"),
    ("th", "ลืมรหัสผ่าน", "รหัสผ่าน"),
    ("km", "ភ្លេចពាក្យសម្ងាត់", "ពាក្យសម្ងាត់"),
]


@pytest.fixture(scope="module")
def by_case() -> dict[tuple[str, str, str], list[str]]:
    """The pages found in each case, of one whose title is said and one that has other words."""
    texts = {case: index({"right": f"{case[1]}|", "wrong": "Xyzzy|Quux 123."}) for case in CASES}
    answers = ask_each([(script(locale, ()), texts[locale, said, typed], [typed]) for locale, said, typed in CASES])
    return {case: pages(answer) for case, (answer,) in zip(CASES, answers, strict=True)}


@pytest.mark.parametrize(("locale", "said", "typed"), CASES)
def test_every_language_is_searched_in_its_own_way(
    by_case: dict[tuple[str, str, str], list[str]], locale: str, said: str, typed: str
) -> None:
    assert by_case[locale, said, typed] == ["right"]


def test_each_stemmer_runs() -> None:
    jobs = [(script(language, ()), index({"a": "Internet|"}), ["internet"]) for language in STEMMERS]
    assert [pages(answer) for (answer,) in ask_each(jobs)] == [["a"]] * len(STEMMERS)


def test_a_title_in_another_script_comes_first_among_many_that_share_characters() -> None:
    texts = {"cart": "パンを見る|", "order": "パンを注文する|", "change": "注文を変更する|パン"}
    assert found(texts, "パンを注文する", locale="ja")[0][0] == "order"


def test_markup_and_signs_of_a_page_are_shown_as_text() -> None:
    docs = [{"location": "a/", "title": "Bread &amp; &lt;b&gt;", "text": "<p>One &lt;script&gt; bread &amp; more</p>"}]
    shown = ask(script("en", ()), {"docs": docs}, ["bread", "script"])
    first = shown[0]["items"][0][0]
    assert first["title"] == "<mark>Bread</mark> &amp; &lt;b&gt;"
    assert first["text"] == "One &lt;script&gt; <mark>bread</mark> &amp; more"
    assert "<script" not in shown[1]["items"][0][0]["text"]


def test_what_a_query_holds_is_never_shown_as_markup() -> None:
    answer = ask(script("en", ()), index(ENGLISH), ["password <img src=x> zzzzqqq"])[0]
    assert set(answer["items"][0][0]["terms"]) <= {"password", "img", "src", "x", "zzzzqqq", "phones"}


def test_the_part_of_a_long_text_that_was_asked_for_is_shown() -> None:
    text = f"{'Other words come first. ' * 40}The secret passphrase stands here. {'More follows. ' * 40}"
    shown = ask(script("en", ()), index({"a": f"Title|{text}"}), ["passphrase"])[0]["items"][0][0]["text"]
    assert "<mark>passphrase</mark>" in shown
    assert len(shown) < 300


def test_a_very_long_query_is_answered() -> None:
    assert found(ENGLISH, "password " * 500 + "trial")[0][0] == "reset"


def test_names_that_objects_have_are_words_as_others() -> None:
    texts = {"a": "constructor __proto__|toString", "b": "Bread|"}
    assert found(texts, "constructor", "__proto__", "toString", "hasOwnProperty") == [["a"], ["a"], ["a"], []]


def test_the_word_that_is_begun_is_completed_from_titles() -> None:
    answers = ask(script("en", ()), index(ENGLISH), ["forgot passw", "Passw", "zzz"])
    assert [one["suggest"] for one in answers] == [["forgot", "password"], ["Password"], []]


def test_a_word_that_a_page_lacks_is_told() -> None:
    answer = ask(script("en", ()), index(ENGLISH), ["invite phones"])[0]
    terms = {pages({"items": [group]})[0]: group[0]["terms"] for group in answer["items"]}
    assert terms["people"]["phones"] is False


@pytest.mark.parametrize(
    ("locale", "typed"), [("en", "passcode"), ("es", "clave"), ("it", "parola chiave"), ("es_AR", "clave")]
)
def test_the_shipped_groups_know_what_customers_call_things(locale: str, typed: str) -> None:
    words = {"en": "Password", "es": "Contraseña", "es_AR": "Contraseña", "it": "Password"}
    same = groups(shipped(), locale)
    assert found({"right": f"{words[locale]}|", "wrong": "Xyzzy|"}, typed, locale=locale, same=same) == [["right"]]
