"""``acct.toml`` as a frozen, validated value.

In reading order: ``values`` (kinds of values), ``tables`` (what each table may hold), ``acct_toml`` (all of them),
``across`` (what crosses tables), ``loading`` (where it is found and read) and ``schema`` (what editors know of it).
``problems``, ``toml_faults`` and ``csp`` serve them.
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
