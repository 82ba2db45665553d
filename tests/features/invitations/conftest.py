from __future__ import annotations

from ..alices_account import by_name, people

__all__ = ["by_name", "people"]
