"""The shipped presets: each is a whole configuration with the ways in that it promises."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.features import declare, platform, wording_problems

NAMES = ("client-area", "customer-panel", "email-marketing", "sending-platform")


def test_the_four_presets_are_shipped() -> None:
    assert configuration.presets() == NAMES


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    value: str = request.param
    return value


def test_its_words_are_for_elements_it_has(name: str) -> None:
    config = configuration.preset(name)
    assert [str(problem) for problem in wording_problems(config, declare(config))] == []


def test_its_words_differ_from_the_shipped_ones(name: str) -> None:
    config = configuration.preset(name)
    plain = platform(config.model_copy(update={"labels": {}}))
    same = [
        (locale, id_)
        for locale, sentences in config.labels.items()
        for id_, sentence in sentences.items()
        if plain.labels.say(id_, plain.declared.texts[id_].message, locale) == sentence
    ]
    assert same == []


def test_it_offers_english_spanish_and_italian(name: str) -> None:
    assert {"en", "es", "it"} <= set(configuration.preset(name).site.locales)


def test_it_is_at_home_on_loopback_until_somebody_moves_it(name: str) -> None:
    assert configuration.preset(name).site.public_url == "http://127.0.0.1:5000"


def test_its_head_tells_editors_where_the_schema_is(name: str) -> None:
    first = configuration.preset_text(name).splitlines()[0]
    schema = re.fullmatch(r"#:schema (\S+)", first)
    assert schema is not None
    assert (Path(str(configuration.PRESETS)) / schema[1]).is_file()


def test_a_file_begun_from_it_means_the_same_and_looks_for_the_schema_beside_it(name: str) -> None:
    text = configuration.starting_text(name)
    assert text.startswith("#:schema ./acct.schema.json\n")
    assert configuration.parse(text) == configuration.preset(name)


def test_it_names_no_secret(name: str) -> None:
    keys = re.findall(r"(?m)^\s*([\w.]+)\s*=", configuration.preset_text(name))
    assert [key for key in keys if re.search("secret|token|_key|credential", key)] == []


def test_each_sentence_can_be_said_in_each_language(name: str) -> None:
    config = configuration.preset(name)
    for key in config.platforms or (None,):
        spoken = platform(config.on(key))
        for locale in config.site.locales:
            said = spoken.sentences(locale)
            assert [id_ for id_, sentence in said.items() if not sentence or "{config." in sentence] == []


def read(name: str) -> Config:
    return configuration.preset(name).on(None)


def test_the_client_area_signs_in_by_address_and_mails_a_link() -> None:
    config = read("client-area")
    assert config.login.identifiers == ("email",)
    assert config.recovery.password.identify == ("email",)
    assert config.recovery.password.deliver == "link"
    assert config.site.default_locale == "es"


def test_email_marketing_mails_a_temporary_password_to_a_user_name_and_ends_passwords() -> None:
    config = read("email-marketing")
    assert config.login.identifiers == ("username",)
    assert config.recovery.password.identify == ("username",)
    assert config.recovery.password.deliver == "temporary_password"
    assert config.password.max_age_days == 20
    assert config.site.default_locale == "es_AR"


def test_the_platforms_of_email_marketing_have_their_own_names_addresses_and_links() -> None:
    config = configuration.preset("email-marketing")
    basico, avanzado = (platform(config.on(key)) for key in ("basico", "avanzado"))
    assert basico.config.site.name != avanzado.config.site.name
    assert basico.config.site.public_url != avanzado.config.site.public_url
    assert basico.say("login.form.forgot_password", "es_AR") == "¿Olvidaste tu clave?"
    assert avanzado.say("login.form.forgot_password", "es_AR") == "Si olvidaste tu clave, hacé clic aquí"


def test_the_sending_platform_asks_user_name_and_address_and_lists_user_names() -> None:
    config = read("sending-platform")
    assert config.login.identifiers == ("username",)
    assert config.recovery.password.identify == ("username", "email")
    assert config.recovery.username.enabled
    assert config.session.idle_minutes == 30
    assert config.sign_up_at == "signup.form"
    assert config.site.purchase_url


def test_the_sending_platform_speaks_italian_first_with_its_own_buttons() -> None:
    spoken = platform(read("sending-platform"))
    said = {
        id_: spoken.say(id_, "it") for id_ in ("login.form.identifier", "login.form.submit", "recovery.password.back")
    }
    assert set(said.values()) == {"Nome utente", "ACCEDI ORA", "Ritorna al login"}


def test_the_customer_panel_lets_people_choose_and_asks_to_confirm() -> None:
    config = read("customer-panel")
    assert config.login.identifiers == ("customer_number",)
    assert config.recovery.password.choose == ("domain", "customer_number", "email")
    assert config.recovery.password.confirm
    assert config.recovery.password.deliver == "link"


def test_every_table_of_a_preset_is_explained_by_a_comment(name: str) -> None:
    text = configuration.preset_text(name)
    assert len(re.findall(r"(?m)^\s*#", text)) >= len(tomllib.loads(text))


SEEDS = {
    "customer-panel": {
        "login.form.forgot_password": "¿Ha olvidado su número de cliente o clave? Haga clic aquí",
        "login.form.title": "Panel de Clientes",
        "recovery.password.title": "Recuperar datos de acceso",
        "recovery.password.domain": "Nombre de dominio",
        "recovery.password.customer_number": "Número de cliente",
        "recovery.password.email": "Dirección de correo electrónico primaria",
        "help.site.tools": "Herramientas requeridas",
        "help.tools.client_area": "Panel de Clientes",
    },
    "client-area": {
        "shell.menu.contacts": "Contactos",
        "contacts.list.contact": "Elegir contacto",
        "contacts.list.new": "Añadir nuevo contacto",
        "shell.menu.users": "Gestión de usuarios",
        "users.list.permissions": "Administrar permisos",
        "users.invitation.submit": "Aceptar la invitación",
        "users.permission.profile": "Modificar perfil de la cuenta principal",
        "users.permission.contacts": "Ver y administrar contactos",
        "users.permission.products": "Ver productos y servicios",
        "users.permission.manage_products": "Ver y modificar claves de productos",
        "users.permission.domains": "Ver dominios",
        "users.permission.manage_domains": "Administrar ajustes de dominios",
        "users.permission.invoices": "Ver y pagar facturas",
        "users.permission.tickets": "Ver y enviar consultas vía el sistema de incidencias",
        "users.permission.affiliate": "Ver y administrar cuenta de afiliado",
        "users.permission.emails": "Ver emails",
        "users.permission.orders": "Crear nuevos pedidos/actualizaciones/cancelaciones",
        "contacts.categories.general": "Emails General",
        "contacts.categories.products": "Emails Productos",
        "contacts.categories.domains": "Emails Dominios",
        "contacts.categories.invoices": "Emails Facturas",
        "contacts.categories.support": "Emails Soporte",
    },
    "sending-platform": {
        "login.entrances.enter": "ACCEDI",
        "login.entrances.try": "PROVA",
        "login.form.title": "Entra in piattaforma",
        "login.form.identifier": "Nome utente",
        "login.form.submit": "ACCEDI ORA",
        "login.form.forgot_username": "Dimenticato nome utente?",
        "login.form.forgot_password": "Dimenticato password?",
        "login.form.no_account": "Non hai ancora un account?",
        "login.form.sign_up": "Richiedilo ora",
        "login.form.tip": "Suggerimento",
        "shell.password.show": "mostra",
        "recovery.password.title": "Reimposta la tua password",
        "recovery.password.submit": "REIMPOSTA",
        "recovery.password.back": "Ritorna al login",
        "recovery.username.title": "Recupera nome utente",
        "recovery.username.intro": (
            "Inserisci il tuo indirizzo email per ricevere l'elenco dei nomi utente associati al tuo account."
        ),
        "recovery.username.submit": "RECUPERA",
    },
    "email-marketing": {
        "login.form.forgot_password": "¿Olvidaste tu clave?",
        "recovery.password.username": "Usuario",
        "recovery.password.submit": "Enviar",
        "recovery.password.back_to_sign_in": "Para ingresar con la nueva clave, hacé clic aquí",
    },
}
"""The short labels of the four documents that the presets come from, their orthography mended."""


@pytest.mark.parametrize("preset", SEEDS)
def test_the_labels_of_the_document_stand_in_its_preset(preset: str) -> None:
    spoken = platform(read(preset))
    locale = spoken.config.site.default_locale
    differing = {id_: spoken.say(id_, locale) for id_, said in SEEDS[preset].items() if spoken.say(id_, locale) != said}
    assert differing == {}


def test_no_category_promises_a_contact_mails_about_passwords(name: str) -> None:
    spoken = platform(read(name))
    promised = [
        (locale, id_)
        for locale in spoken.config.site.locales
        for id_, said in spoken.sentences(locale).items()
        if id_.startswith("contacts.categories.") and re.search("password|contraseñ|clave", said, re.IGNORECASE)
    ]
    assert promised == []


@pytest.mark.parametrize("locale", ["es", "en", "it"])
def test_the_customer_panel_says_where_the_number_is_recovered(locale: str) -> None:
    said = platform(read("customer-panel")).say("login.form.forgot_password", locale)
    assert re.search("número|number|numero", said)


def test_the_customer_panel_has_one_word_for_a_password() -> None:
    said = platform(read("customer-panel")).sentences("es")
    assert {id_: one for id_, one in said.items() if "contraseña" in one.lower()} == {}


def test_the_days_of_a_trial_are_said_where_it_is_offered() -> None:
    spoken = platform(read("sending-platform"))
    assert [
        str(spoken.config.site.trial_days) in spoken.say("login.entrances.trial", one) for one in ("it", "en", "es")
    ] == [True] * 3
