from __future__ import annotations

from ..alices_account import beside, by_name, people, reading

__all__ = ["beside", "by_name", "people", "reading"]
