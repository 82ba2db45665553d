from __future__ import annotations

from ..alices_account import people

__all__ = ["people"]
