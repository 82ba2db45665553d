"""The JSON Schema of acct.toml, for editors."""

from __future__ import annotations

import json
from importlib import resources

from flask_acct.config import json_schema


def test_the_committed_schema_is_the_current_one() -> None:
    committed = (resources.files("flask_acct") / "acct.schema.json").read_text("utf-8")
    assert json.loads(committed) == json_schema()


def test_the_schema_explains_keys_and_hides_what_is_not_of_the_file() -> None:
    schema = json_schema()
    assert "platform" not in schema["properties"]
    assert schema["$defs"]["Site"]["properties"]["home"]["description"] == "Where a user goes after signing in."


def test_every_key_of_the_sites_table_is_explained() -> None:
    keys = json_schema()["$defs"]["Site"]["properties"]
    assert [name for name, key in keys.items() if name != "name" and not key.get("description")] == []
