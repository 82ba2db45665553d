"""The places somebody can have in an account."""

from __future__ import annotations

PLACES = ("member", "owner", "sub_user")
"""Any place in an open account; to be its owner; to be one of the others. A page may need one of them (see ``Screen``),
so no permission is called so."""
