"""``acct.toml`` as a frozen, validated value.

In reading order: ``values`` (types of values), ``tables`` (the keys of each table), ``acct_toml`` (the whole file),
``across`` (checks that involve several tables), ``loading`` (how the file is found and read) and ``schema`` (the JSON
Schema for editors). ``problems``, ``toml_faults`` and ``csp`` are used by them.
"""

from __future__ import annotations

from .acct_toml import Config
from .loading import PRESETS, check, find, parse, preset, preset_text, presets, read, served_at, starting_text
from .problems import ConfigError, Problem
from .schema import json_schema
from .tables.accounts import PERMISSIONS, Profile, Users
from .tables.contacts import Contacts, MailSettings
from .tables.fields import Fields, FieldType, Owner, OwnField
from .tables.protection import Limits
from .tables.signing_in import Identifier, Login, PasswordRecovery, Recovery, Session, SignUp
from .tables.site import PlatformSettings, Site
from .values import IMAGES

__all__ = [
    "IMAGES",
    "PERMISSIONS",
    "PRESETS",
    "Config",
    "ConfigError",
    "Contacts",
    "FieldType",
    "Fields",
    "Identifier",
    "Limits",
    "Login",
    "MailSettings",
    "OwnField",
    "Owner",
    "PasswordRecovery",
    "PlatformSettings",
    "Problem",
    "Profile",
    "Recovery",
    "Session",
    "SignUp",
    "Site",
    "Users",
    "check",
    "find",
    "json_schema",
    "parse",
    "preset",
    "preset_text",
    "presets",
    "read",
    "served_at",
    "starting_text",
]
