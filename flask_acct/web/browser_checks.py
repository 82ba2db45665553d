"""How a browser judges a field when it is left: by a pattern, with the sentence that the server would say.

A browser may refuse only what the server refuses (``forms``), because it judges by less: text with other characters
than ASCII's it leaves to the server. Patterns are JavaScript's, without regard to case, of the whole text without
spaces around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..declare import own_fields
from ..declare.fields import Field, FileField, TextField
from ..values import postcodes
from . import forms
from .filled import Complaint

EMAIL = r"[^ @]+@[^ @]+\.[^ @]+|.*[^a-z0-9 @._+,;-].*|[^ @]+@test"
"""Text with a bracket, quote or colon may have been pasted along with a name, so the server reads it. Addresses at
``test`` are accepted without a dot."""

PATTERNS: Mapping[str, str] = {
    "shell.form.not_an_email": EMAIL,
    "shell.form.not_a_number": r".*[0-9].*",
    "shell.form.not_a_domain": r".*[.%].*",
    "shell.form.not_an_address": r'[^ <>"\\]*\.[^ <>"\\]*',
    "shell.form.not_a_count": f"(?!(?:{own_fields.THOUSANDS.pattern})$){own_fields.NUMBER.pattern}",
    "shell.form.not_a_phone": r"(?:.*[0-9]){3}.*",
    "shell.form.not_a_phone_anywhere": r"(?:.*[0-9]){3}.*",
}
"""By the message that is said of a text that does not fit; those of postcodes are in ``postcodes``."""


@dataclass(frozen=True, slots=True)
class BrowserCheck:
    """What is wrong with a field: ``complaint``, if its text does not fit ``pattern``, or its file is too large."""

    complaint: Complaint
    pattern: str = ""
    country: str | None = None
    """The country for which this holds, if the form has a choice of it; the server judges for any other."""
    max_bytes: int = field(default=0, repr=False)


def check_of(declared: Field, country: str | None) -> BrowserCheck | None:
    """Return how a browser judges a field, or ``None`` if the server alone does.

    Args:
        country: What is chosen in the field ``country`` of the same form; ``None`` if it has no such field.
    """
    if isinstance(declared, FileField):
        return BrowserCheck(forms.too_large(declared.max_bytes), max_bytes=declared.max_bytes)
    if not isinstance(declared, TextField):
        return None
    if declared.input_type == "date":
        # A browser does not send a date of which a part is missing.
        return BrowserCheck(Complaint("shell.form.incomplete_day"))
    complaint = forms.complaint_about(declared, country or "")
    if complaint is None:
        return None
    is_postcode = declared.must_be == "postcode"
    pattern = postcodes.pattern(country or "") if is_postcode else PATTERNS.get(complaint.id, "")
    return BrowserCheck(complaint, pattern, country if declared.judged_with else None) if pattern else None
