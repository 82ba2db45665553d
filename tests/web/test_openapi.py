"""The description of the screens for programs: valid, complete, and true of what they answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from flask_acct import config as configuration
from flask_acct.config.tables.api import Api
from flask_acct.declare.elements import Message, Result
from flask_acct.web.openapi import described

from .json_client import program
from .site import Build, Site

ON = Api(enabled=True, apps=True, openapi=True)


@pytest.fixture(params=configuration.presets())
def site(request: pytest.FixtureRequest, make: Build) -> Site:
    return make(configuration.preset(request.param).model_copy(update={"api": ON}))


@pytest.fixture
def document(site: Site) -> dict[str, Any]:
    return described(site.acct)


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_screen_is_in_it(site: Site, document: dict[str, Any]) -> None:
    screens = [one for one in site.acct.platform.declared.screens.values() if one.path]
    described_ = {method["operationId"] for item in document["paths"].values() for method in ways(item)}
    assert {f"get_{one.name.replace('.', '_')}" for one in screens} <= described_
    assert {f"post_{name.replace('.', '_')}" for name in site.acct.posted} <= described_


def ways(item: dict[str, Any]) -> list[dict[str, Any]]:
    return [item[name] for name in ("get", "post") if name in item]


def test_every_field_is_in_the_body_of_its_form(site: Site, document: dict[str, Any]) -> None:
    paths = {method["operationId"]: method for item in document["paths"].values() for method in ways(item)}
    for name in site.acct.posted:
        screen = site.acct.platform.declared.screens[name]
        body = paths[f"post_{name.replace('.', '_')}"]["requestBody"]["content"]["application/json"]["schema"]
        fields = body["properties"]["fields"]
        assert set(fields["properties"]) == {one.name for one in (*screen.fields, *screen.unseen)}, name
        assert set(fields["required"]) <= {one.name for one in (*screen.fields, *screen.unseen) if one.required}, name


def test_every_message_is_in_the_catalogue_in_every_language(site: Site, document: dict[str, Any]) -> None:
    said = [one for one in site.acct.platform.declared.texts.values() if isinstance(one, Message | Result)]
    assert {one.id for one in said} == set(document["x-messages"])
    for one in said:
        entry = document["x-messages"][one.id]
        assert set(entry["text"]) == set(site.config.site.locales)
        assert entry["status"] == one.status


def test_its_address_is_known_where_it_is_switched_on(site: Site) -> None:
    answer = program(site).get("/account/openapi.json")
    assert answer.said == json.loads(json.dumps(described(site.acct)))


def test_it_is_not_there_otherwise(make: Build) -> None:
    site = make(configuration.preset("client-area").model_copy(update={"api": Api(enabled=True)}))
    assert program(site).get("/account/openapi.json").status == 404


def test_the_command_prints_it(site: Site) -> None:
    done = site.app.test_cli_runner().invoke(args=["acct", "openapi"])
    assert done.exit_code == 0
    assert json.loads(done.output)["openapi"] == "3.1.1"


def test_the_command_says_how_to_switch_json_on(make: Build) -> None:
    done = make("client-area").app.test_cli_runner().invoke(args=["acct", "openapi"])
    assert done.exit_code != 0
    assert "[api] enabled = true" in done.output


def test_it_names_where_the_app_is_mounted(site: Site) -> None:
    response = site.app.test_client().get("/account/openapi.json", environ_overrides={"SCRIPT_NAME": "/shop"})
    assert response.get_json()["servers"] == [{"url": "/shop/account"}]


def test_apps_are_not_described_where_they_are_off(make: Build) -> None:
    api = Api(enabled=True, openapi=True)
    site = make(configuration.preset("client-area").model_copy(update={"api": api}))
    assert "app" not in described(site.acct)["components"]["securitySchemes"]
