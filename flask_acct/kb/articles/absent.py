"""Finds sentences about features that a configuration does not have.

A slot of a switched-off feature is an error by itself. A sentence is not: "the owner has not invited you" reads well
where nobody can invite. So the words that belong to a feature are listed here, and searched for in the prose of
articles: those of the glossary's terms that have a condition, and ``WORDS``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from ...platform import Platform
from . import glossary
from .article import Article
from .content import Content, KbError
from .sandbox import holds

WORDS: Mapping[str, Mapping[str, str]] = {
    'users.enabled or (signup.enabled and signup.mode == "invitation")': {
        "en": r"invit\w+",
        "es": r"invit\w+",
        "it": r"invit\w+",
    },
    "users.enabled": {
        "en": r"permissions?|sub-?users?|who (?:else )?may open|other people of an account"
        r"|(?:given|gives?) you access|taken (?:your|the) access|taken away your access",
        "es": r"permisos?|subusuarios?|quién (?:más )?puede abrir|demás personas de una cuenta"
        r"|(?:dado|dieron) acceso|da acceso a una cuenta|retirado el acceso|quitado el acceso",
        "it": r"permess[oi]|sottoutent\w+|chi (?:altro )?può aprire|altre persone di un account"
        r"|(?:dato|dà più) accesso|tolto l'accesso",
    },
    "contacts.enabled": {
        "en": r"contacts? (?:that|who|gets?|of the account)",
        "es": r"contactos? (?:que|de la cuenta)",
        "it": r"contatt[oi] (?:che|dell'account)",
    },
    'recovery.password.deliver == "temporary_password"': {
        "en": r"temporary passwords?",
        "es": r"(?:contraseña|clave)s? (?:temporal|provisional)(?:es)?",
        "it": r"password (?:temporane|provvisori)\w+",
    },
    '"username" in login.identifiers or recovery.username.enabled': {
        "en": r"user ?names?",
        "es": r"nombres? de usuario",
        "it": r"nom[ei] utente",
    },
    '"customer_number" in login.identifiers': {
        "en": r"sign in with (?:a|the|your) customer number",
        "es": r"(?:inicia|entra|ingres)\w* con (?:un|el|su|tu) número de cliente",
        "it": r"(?:accede|entra)\w* con (?:un|il|il tuo) numero cliente",
    },
}
"""By condition on the configuration, the words in each language that only make sense with it: regular expressions."""


_LABEL = re.compile(r"\*\*[^*\n]+\*\*|[“«][^”»]*[”»]|\[[^\]\n]*\]\([^)\n]*\)|`[^`\n]*`", re.DOTALL)


def sentences(article: Article, platform: Platform, content: Content) -> Iterator[KbError]:
    """Yield the words of an article about what does not exist, each once, with its line in the file."""
    text = prose(article.body)
    for condition, words in _of_features(article.locale, platform, content):
        for found in words.finditer(text):
            what = f'speaks of "{found[0]}" although "{condition}" is not so here. Put the sentence between '
            fix = f"{{% if {_in_article(condition)} %}} and {{% endif %}}, or say it otherwise"
            yield KbError(what + fix, file=article.source.file, line=_line(found[0], article))
            break


def terms(content: Content, locale: str, platform: Platform) -> Iterator[KbError]:
    """Yield meanings in the glossary that mention what does not exist."""
    for term in glossary.terms(content, locale, platform):
        for condition, words in _of_features(locale, platform, content):
            if found := words.search(_LABEL.sub(" ", term.meaning)):
                yield KbError(f'the glossary in {locale} says "{found[0]}" of {term.name}, though not "{condition}"')


def prose(text: str) -> str:
    """Return a text in its author's words: without labels, sentences of pages, links and code."""
    return _LABEL.sub(lambda label: re.sub(r"[^\n]+", " ", label[0]), text)


def _of_features(locale: str, platform: Platform, content: Content) -> Iterator[tuple[str, re.Pattern[str]]]:
    language = locale.partition("_")[0]
    for condition, by_language in WORDS.items():
        if language in by_language and not holds(condition, platform):
            yield condition, _pattern(by_language[language])
    here = {term.id for term in glossary.terms(content, locale, platform)}
    for term in glossary.terms(content, locale):
        if term.when and term.id not in here and not holds(term.when, platform) and " " in term.name:
            yield term.when, _pattern(rf"{re.escape(term.name)}(?:e?s)?")


@lru_cache(maxsize=256)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words.replace(' ', chr(92) + 's+')})(?!\w)", re.IGNORECASE)


def _in_article(condition: str) -> str:
    """Return a condition of the configuration as an article writes it."""
    return re.sub(
        r"\b(?=(?:users|contacts|recovery|login|subscription|signup|site|emails|profile)\.)", "config.", condition
    )


def _line(words: str, article: Article) -> int:
    text = article.source.body
    found = re.search(r"\s+".join(map(re.escape, words.split())), text)
    return text.count("\n", 0, found.start()) + 1 if found else 1
