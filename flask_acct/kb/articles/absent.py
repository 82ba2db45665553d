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
        "pt": r"convit\w+|convid\w+",
        "fr": r"invit\w+",
        "de": r"[Ee]inlad\w+|[Ee]ingeladen\w*|lädt .* ein\b",
        "ca": r"invit\w+|convid\w+",
    },
    "users.enabled": {
        "en": r"permissions?|sub-?users?|who (?:else )?may open|other people of an account"
        r"|(?:given|gives?) you access|taken (?:your|the) access|taken away your access",
        "es": r"permisos?|subusuarios?|quién (?:más )?puede abrir|demás personas de una cuenta"
        r"|(?:dado|dieron) acceso|da acceso a una cuenta|retirado el acceso|quitado el acceso",
        "it": r"permess[oi]|sottoutent\w+|chi (?:altro )?può aprire|altre persone di un account"
        r"|(?:dato|dà più) accesso|tolto l'accesso",
        "pt": r"permiss(?:ão|ões)|sub-?(?:utilizador|usuári)\w*|quem (?:mais )?(?:a )?pode abrir"
        r"|outras pessoas de uma conta|(?:dado|deu|deram) acesso|dá acesso a uma conta|remov\w+ o (?:seu )?acesso",
        "fr": r"autorisations?|permissions?|sous-utilisat\w+|qui d'autre peut ouvrir|autres personnes d'un compte"
        r"|(?:donné|retiré) (?:l'|votre )accès",
        "de": r"Berechtigung\w*|Unterbenutzer\w*|wer (?:sonst|noch)[\w ]* öffnen|andere\w* Personen eines Kontos"
        r"|Zugriff (?:gegeben|entzogen)",
        "ca": r"permís|permisos|subusuari\w*|qui (?:més )?pot obrir|altres persones d'un compte"
        r"|(?:donat|dona) accés a un compte|retirat l'accés",
    },
    "contacts.enabled": {
        "en": r"contacts? (?:that|who|gets?|of the account)",
        "es": r"contactos? (?:que|de la cuenta)",
        "it": r"contatt[oi] (?:che|dell'account)",
        "pt": r"contac?tos? (?:que|da conta)",
        "fr": r"contacts? (?:qui|que|du compte)",
        "de": r"Kontakte?n? (?:des Kontos|, d(?:er|ie))",
        "ca": r"contactes? (?:que|del compte)",
    },
    'recovery.password.deliver == "temporary_password"': {
        "en": r"temporary passwords?",
        "es": r"(?:contraseña|clave)s? (?:temporal|provisional)(?:es)?",
        "it": r"password (?:temporane|provvisori)\w+",
        "pt": r"(?:palavras?-passe|senhas?) (?:temporária|provisória)s?",
        "fr": r"mots? de passe (?:temporaire|provisoire)s?",
        "de": r"(?:temporäre|vorläufige)\w* Passw\w+|Einmalpassw\w+",
        "ca": r"contrasenya (?:temporal|provisional)|contrasenyes (?:temporal|provisional)s",
    },
    '"username" in login.identifiers or recovery.username.enabled': {
        "en": r"user ?names?",
        "es": r"nombres? de usuario",
        "it": r"nom[ei] utente",
        "pt": r"nomes? de (?:utilizador|usuário)",
        "fr": r"noms? d.utilisateur",
        "de": r"Benutzernamens?",
        "ca": r"noms? d.usuari",
    },
    '"customer_number" in login.identifiers': {
        "en": r"sign in with (?:a|the|your) customer number",
        "es": r"(?:inicia|entra|ingres)\w* con (?:un|el|su|tu) número de cliente",
        "it": r"(?:accede|entra)\w* con (?:un|il|il tuo) numero cliente",
        "pt": r"(?:inici\w+ sessão|(?:faz|faça)\w* login) com (?:um|o|o seu) número d[eo] cliente",
        "fr": r"(?:connect\w+|session) avec (?:un|le|votre) numéro de client",
        "de": r"mit (?:einer|der|Ihrer) Kundennummer an",
        "ca": r"(?:inici\w+ (?:la )?sessió|entr\w+) amb (?:un|el|el vostre) número de client",
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
