"""The base classes of the tables of acct.toml."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from ..values import LocaleName, Sentence


class SettingsTable(BaseModel):
    """A table of acct.toml: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, defer_build=True)


class Added(SettingsTable):
    """Something of the host's own beside what is shipped, with its words by language."""

    label: dict[LocaleName, Sentence] = Field(min_length=1)
    """What it is called: { en = "Newsletter", es = "Boletín" }."""
    help: dict[LocaleName, Sentence] = {}
    """What it is for, written as the label is."""
