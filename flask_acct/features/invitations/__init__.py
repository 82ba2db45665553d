"""Invitations: the owner of an account invites somebody to become one of its users."""

from __future__ import annotations

from ...feature import Feature
from . import screens
from .flows import inviting

FEATURE = Feature(__name__, declare=screens.declare, duties=(inviting.forget_old,))
