from __future__ import annotations

from ..alices_account import beside, people, reading

__all__ = ["beside", "people", "reading"]
