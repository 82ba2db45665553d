"""The kinds of membership in an account."""

from __future__ import annotations

PLACES = ("member", "owner", "sub_user")
"""Any member of an open account; its owner; any of the others. A page may require one of them (see ``Screen``),
so no permission may have such a name."""
