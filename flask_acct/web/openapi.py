"""The screens of the running configuration as OpenAPI 3.1: drawn from the declarations, as the pages are.

Source: OpenAPI Specification 3.1.1; JSON Schema 2020-12.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from json import loads
from typing import Any

from flask import Response, jsonify

from ..declare.elements import Link, Message, PostButton, Result, Rows, Screen
from ..declare.fields import Choice, Field, JsonSchema, Ticks, TypedField
from ..declare.labels import slots
from ..platform import Platform
from . import addresses
from .clients import APP_HEADER
from .state import State, state
from .submission import LONGEST, NEXT, TOKEN_HEADER

Json = dict[str, Any]

PARAMETERS: Mapping[str, JsonSchema] = {
    "int": {"type": "integer", "minimum": 0},
    "": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
}
"""The schema of a parameter of a path, by its converter."""

ALWAYS = (400, 404, 429, 503)
"""What any screen may answer: a bad request, not found, too many requests, the database is unavailable."""

SENT = (400, 409, 413, 415, 422)
"""What any form may answer besides: another account is in view, too large, no JSON, invalid fields."""


def document(platform: Platform, *, posted: Collection[str], root: str = "", cookie: str = "acct") -> Json:
    """Return the description of every screen, as an OpenAPI document.

    Args:
        posted: Names of the screens that something can be sent to.
        root: What stands before the paths: where the app is mounted, and the prefix of the pages.
        cookie: The name of the cookie of a session.
    """
    screens = [one for one in platform.declared.screens.values() if one.path and not one.is_for_staff]
    components = _components()
    return {
        "openapi": "3.1.1",
        "info": {
            "title": platform.config.site.name,
            "version": version("flask_acct"),
            "description": "Every screen of the account area, as JSON. GET describes a screen, POST sends its form.",
        },
        "servers": [{"url": root or "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(_group(one) for one in screens)],
        "paths": {_path(one): _path_item(one, platform, posted) for one in screens},
        "components": {**components, "securitySchemes": _ways_in(platform, cookie)},
        "x-messages": _messages(platform),
    }


def described(acct: State) -> Json:
    """Return the document of an app that is mounted at the root of its host."""
    return document(acct.platform, posted=acct.posted, root=acct.mount.url_prefix, cookie=acct.cookie_name)


def serve() -> Response:
    """Return the document of this app; it depends only on where the app is mounted."""
    acct = state()
    if "openapi" not in acct.cache:
        acct.cache["openapi"] = described(acct)
    return jsonify({**acct.cache["openapi"], "servers": [{"url": addresses.root()}]})


@cache
def _components() -> Json:
    """Return the shapes that all answers share."""
    found: Json = loads((files(__package__) / "openapi_components.json").read_text("utf-8"))
    return found


def _ways_in(platform: Platform, cookie: str) -> Json:
    ways: Json = {
        "session": {"type": "apiKey", "in": "cookie", "name": cookie},
        "form_token": {
            "type": "apiKey",
            "in": "header",
            "name": TOKEN_HEADER,
            "description": "What the last answer called csrf_token.",
        },
    }
    if platform.config.api.apps:
        ways["app"] = {
            "type": "http",
            "scheme": "bearer",
            "description": "What the answer to a sign-in called session.token. An app that has none yet sends the "
            f"header {APP_HEADER}: app.",
        }
    return ways


def _messages(platform: Platform) -> Json:
    """Return every sentence that an answer may name by its id, in every language; slots stand in braces."""
    texts = platform.declared.texts.values()
    locales = platform.config.site.locales
    return {
        text.id: {
            "kind": text.kind,
            "status": text.status,
            "tone": text.tone,
            "slots": sorted(slots(text.message)),
            "text": {locale: platform.sentences(locale)[text.id] for locale in locales},
        }
        for text in texts
        if isinstance(text, Message | Result)
    }


def _path(screen: Screen) -> str:
    return "/" + addresses.PARAMETER.sub(r"{\1}", screen.path)


def _group(screen: Screen) -> str:
    return screen.name.partition(".")[0]


def _path_item(screen: Screen, platform: Platform, posted: Collection[str]) -> Json:
    item: Json = {"parameters": [*_parameters(screen), {"$ref": "#/components/parameters/Language"}]}
    item["get"] = _operation(screen, platform, "get") | {"parameters": _list_parameters(screen)}
    if screen.name in posted:
        item["post"] = _operation(screen, platform, "post") | {
            "requestBody": {"required": True, "content": {"application/json": _body(screen, platform)}}
        }
    return item


def _parameters(screen: Screen) -> list[Json]:
    """Return the parameters of the screen's path: ``contacts/<int:contact>`` has one."""
    found = ((match[0].strip("<>").rpartition(":")[0], match[1]) for match in addresses.PARAMETER.finditer(screen.path))
    return [{"name": name, "in": "path", "required": True, "schema": PARAMETERS[kind]} for kind, name in found]


def _list_parameters(screen: Screen) -> list[Json]:
    lists = [part for part in screen.parts if isinstance(part, Rows)]
    if not lists:
        return []
    columns = [name for part in lists for name in part.sorts]
    ways = ", ".join([*columns, *(f"-{name}" for name in columns)])
    said = f"One of: {ways}. By anything else the list is sorted as without it."
    sorts = {"name": "sort", "in": "query", "description": said, "schema": {"type": "string"}}
    known = [{"$ref": "#/components/parameters/Page"}, {"$ref": "#/components/parameters/Find"}]
    return [*known, sorts] if columns else known


def _operation(screen: Screen, platform: Platform, method: str) -> Json:
    statuses = {200, *_statuses(screen), *(SENT if method == "post" else ()), *ALWAYS}
    return {
        "operationId": operation(method, screen.name),
        "summary": platform.say(screen.title, platform.config.site.default_locale, **_unfilled(screen.title.message)),
        "tags": [_group(screen)],
        "security": _security(screen, platform, method),
        "responses": {str(code): _response(screen, code, platform, method) for code in sorted(statuses)},
    }


def operation(method: str, screen: str) -> str:
    """Return the id of an operation: ``get_contacts_edit``."""
    return f"{method}_{screen.replace('.', '_')}"


def _unfilled(message: str) -> dict[str, str]:
    """Return each slot of a sentence as it stands in it."""
    return {name: f"{{{name}}}" for name in slots(message)}


def _statuses(screen: Screen) -> Iterator[int]:
    yield screen.status
    yield from (message.status for message in _messages_and_results(screen))
    if _needs_session(screen):
        yield from (401, 403, 409)
    if screen.opened_by or "<" in screen.path:
        yield 410


def _needs_session(screen: Screen) -> bool:
    return screen.is_for_users or screen.access == "setting_password"


def _security(screen: Screen, platform: Platform, method: str) -> list[Json]:
    token: Json = {"form_token": []} if method == "post" else {}
    if not _needs_session(screen) or screen.opened_by:
        return [token, {}] if token else [{}]
    ways: list[Json] = [{"session": [], **token}]
    return [*ways, {"app": []}] if platform.config.api.apps else ways


def _response(screen: Screen, code: int, platform: Platform, method: str) -> Json:
    kinds = ["Screen"] if code < 300 else ["Screen", "Error"]
    shapes = [{"$ref": f"#/components/schemas/{kind}"} for kind in kinds]
    made: Json = {
        "description": ", ".join(_ids_with_status(screen, code)) or "See its message, or its error.",
        "content": {"application/json": {"schema": shapes[0] if len(shapes) == 1 else {"anyOf": shapes}}},
    }
    if code in (429, 503):
        made["headers"] = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds to wait."}}
    links = dict(_links(screen, platform)) if code == 200 and method == "get" else {}
    return made | ({"links": links} if links else {})


def _ids_with_status(screen: Screen, code: int) -> Iterable[str]:
    """Return the ids of what the screen says with a status."""
    return [message.id for message in _messages_and_results(screen) if message.status == code]


def _messages_and_results(screen: Screen) -> list[Message | Result]:
    return [*screen.messages, *screen.results]


def _links(screen: Screen, platform: Platform) -> Iterator[tuple[str, Json]]:
    """Yield where the first row of each list leads, each with a name."""
    lists = (part for part in screen.parts if isinstance(part, Rows))
    for listed in lists:
        for action in listed.actions:
            target = platform.declared.screens.get(action.to)
            if target is not None:
                yield f"{listed.name}_{action.name}", _link(listed, action, target)


def _link(listed: Rows, action: Link | PostButton, target: Screen) -> Json:
    names = [match[1] for match in addresses.PARAMETER.finditer(target.path)]
    method = "post" if isinstance(action, PostButton) else "get"
    return {
        "operationId": operation(method, target.name),
        "parameters": {name: f"$response.body#/rows/{listed.name}/rows/0/at/{name}" for name in names},
    }


def _body(screen: Screen, platform: Platform) -> Json:
    fields = screen.sent_fields
    properties: Json = {
        "fields": _fields_schema(fields, platform),
        "next": {"type": "string", "maxLength": LONGEST[NEXT]},
    }
    if screen.needs:
        properties["account"] = {
            "type": "string",
            "maxLength": LONGEST["account"],
            "description": "The number of the account the form is for.",
        }
    if screen.opened_by:
        properties["link"] = {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST["link"],
            "description": "The secret of the link in a mail. Without fields the link is only followed.",
        }
    required = ["account"] if screen.needs else []
    schema: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    if screen.opened_by:
        schema |= {"required": required, "anyOf": [{"required": ["fields"]}, {"required": ["link"]}]}
    else:
        schema["required"] = ["fields", *required]
    return {"schema": schema, "example": _example(screen, fields)}


def _fields_schema(fields: Iterable[Field], platform: Platform) -> Json:
    fields = list(fields)
    locale = platform.config.site.default_locale
    return {
        "type": "object",
        "properties": {
            one.name: {"title": platform.labels.say(one.id, one.message, locale), **_value_schema(one)}
            for one in fields
        },
        "required": [one.name for one in fields if is_mandatory(one)],
        "additionalProperties": False,
    }


def is_mandatory(one: Field) -> bool:
    """Whether a form can never be sent without it."""
    return one.required and not getattr(one, "reauthenticates", False)


def _value_schema(one: Field) -> JsonSchema:
    made = one.json_schema()
    return {**made, "minLength": 1} if one.required and isinstance(one, TypedField) else made


def _example(screen: Screen, fields: Iterable[Field]) -> Json:
    example: Json = {"fields": {one.name: _sample(one) for one in fields if one.required}}
    return {"account": "9000", **example} if screen.needs else example


def _sample(one: Field) -> object:
    if isinstance(one, TypedField):
        return one.example or "Ana"
    if isinstance(one, Choice):
        return one.options[0].name if one.options else "en"
    return [option.name for option in one.options[:1]] if isinstance(one, Ticks) else True
