"""What a request sends to a screen, as a form or in JSON, read once, so that other code need not know which.

In JSON it is an object, ``{"fields": {"email": "ana@example.com"}}``, and may hold besides ``account``, the number of
the account the form is for; ``link``, the secret of a mail's link; and ``next``, where to go afterwards. Without
``fields`` nothing is sent: the link is only followed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast

from flask import g, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import HTTPException

from ..declare.elements import Screen
from ..declare.fields import FileField, WrongType
from .addresses import LONGEST_RETURN

TOKEN = "csrf_token"  # noqa: S105 - the name of the field
TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105 - the name of the header

LINK_MARK = "acct_link"
"""The field of a form that says which link it was rendered for."""

ROW_MARK = "acct_row"
"""The field of a form that says which row it was rendered for, where its address names one by its number."""

ACCOUNT_MARK = "acct_account"
"""The field of a form that says for which account it was rendered: ``{{ acct.account_mark }}`` writes it."""

NEXT = "next"

LONGEST_LINK = 100
"""Most characters of a link's secret that are read."""

LONGEST: Mapping[str, int] = {"account": 100, "link": LONGEST_LINK, NEXT: LONGEST_RETURN}
"""Most characters of each text that the object may hold beside its fields."""

BODY_LIMIT = 64 * 1024
"""Most bytes a form may send, files aside."""

NEARLY = 4
"""How many times too large a file may be for an error at its field; a larger one gets an error page."""

IN_BASE64 = 2
"""How many times as large as a file its JSON may be; base64 takes a third more."""

MOST_MISFITS = 50
"""Fields of which is said that they are not there; of more, the rest is not mentioned."""

KEYS: Mapping[str, type] = {"fields": dict, **dict.fromkeys(LONGEST, str)}
"""What the object may hold, and of which type."""


class Malformed(HTTPException):
    """The request is not JSON that a screen accepts: 400, or 415 for another type."""

    name_for_programs = "malformed"
    code: int

    def __init__(self, description: str, code: int = 400) -> None:
        super().__init__(description)
        self.code = code


@dataclass(frozen=True, slots=True)
class Submission:
    """A form as it was sent, not yet read by its fields."""

    fields: MultiDict[str, str] = field(default_factory=MultiDict)
    files: MultiDict[str, FileStorage] = field(default_factory=MultiDict)
    misfits: Mapping[str, str] = field(default_factory=dict)
    """What cannot be read, by field: the id of a message that says why."""
    token: str = ""
    account: str | None = None
    link_mark: str | None = None
    row_mark: str | None = None
    link: str = ""
    """The secret of a mail's link."""
    onward: str | None = None
    is_sent: bool = True
    """Whether the form is sent, and its link not only followed."""


def submission() -> Submission:
    """Return what this request sends; nothing before ``receive_json`` has read it."""
    if "acct_submission" not in g:
        g.acct_submission = _nothing() if request.is_json else _of_form()
    return cast(Submission, g.acct_submission)


def receive_form(screen: Screen) -> None:
    """Read the form that was sent to a screen. Raises werkzeug's 413 for one that is too large, whoever sent it."""
    files = _bytes_of_files(screen)
    if files:
        request.max_content_length = BODY_LIMIT + NEARLY * files
        # Werkzeug counts what it buffers of a file, a chunk and the rest of the one before, as if it were a field.
        request.max_form_memory_size = 3 * BODY_LIMIT
    g.acct_submission = _of_form()


def receive_json(screen: Screen, *, is_open: bool) -> None:
    """Read the JSON that was sent to a screen.

    Args:
        screen: It declares the fields, and how large files may be.
        is_open: Whether its sender may open it, as far as is known before. Nobody else sends files: a form's are kept
            on the disk, but JSON is held in memory and read whole.

    Raises:
        RequestEntityTooLarge: Werkzeug's 413.
        Malformed: It is no JSON, or no object of the keys that there are.
    """
    if is_open:
        request.max_content_length = BODY_LIMIT + IN_BASE64 * _bytes_of_files(screen)
    g.acct_submission = _of_json(screen)


def _bytes_of_files(screen: Screen) -> int:
    return sum(declared.max_bytes for declared in screen.fields if isinstance(declared, FileField))


def _of_form() -> Submission:
    form = request.form
    return Submission(
        fields=form,
        files=request.files,
        token=form.get(TOKEN, ""),
        account=form.get(ACCOUNT_MARK),
        link_mark=form.get(LINK_MARK),
        row_mark=form.get(ROW_MARK),
        onward=form.get(NEXT),
    )


def _nothing() -> Submission:
    return Submission(token=request.headers.get(TOKEN_HEADER, ""), is_sent=False)


def _of_json(screen: Screen) -> Submission:
    sent = _json_object()
    fields, files, misfits = _coded(screen, sent.get("fields", {}))
    return Submission(
        fields=fields,
        files=files,
        misfits=misfits,
        token=request.headers.get(TOKEN_HEADER, ""),
        account=sent.get("account"),
        link=sent.get("link", ""),
        onward=sent.get(NEXT),
        is_sent="fields" in sent,
    )


def _json_object() -> Mapping[str, Any]:
    """Return the object that was sent. Raises ``Malformed``."""
    if not request.is_json:
        raise Malformed("Send JSON, with the header Content-Type: application/json.", 415)
    try:
        sent = json.loads(request.get_data().decode())
    except (ValueError, RecursionError):
        raise Malformed("The body is not JSON.") from None
    if not isinstance(sent, dict):
        raise Malformed('The body must be an object: {"fields": {…}}.')
    for name, value in sent.items():
        if name not in KEYS:
            raise Malformed(f"The object has a key that nobody reads; it may have: {', '.join(KEYS)}.")
        if not isinstance(value, KEYS[name]) or (isinstance(value, str) and not _is_unicode(value)):
            raise Malformed(f'"{name}" must be {"an object" if KEYS[name] is dict else "text"}.')
        if isinstance(value, str) and len(value) > LONGEST[name]:
            raise Malformed(f'"{name}" is longer than {LONGEST[name]} characters.')
    if sent.get("link") == "":
        raise Malformed('"link" is empty. Leave it out where no link was followed.')
    if "fields" not in sent and "link" not in sent:
        raise Malformed('"fields" is missing: {"fields": {…}}; {} where there is nothing to fill in.')
    return sent


def _coded(
    screen: Screen, sent: Mapping[str, Any]
) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage], Mapping[str, str]]:
    """Return the values as a form would have sent them, and those that are not valid for their fields."""
    declared = {one.name: one for one in screen.sent_fields}
    fields: MultiDict[str, str] = MultiDict()
    files: MultiDict[str, FileStorage] = MultiDict()
    misfits: dict[str, str] = {}
    for name, value in sent.items():
        if name not in declared:
            if len(misfits) < MOST_MISFITS:
                misfits[name] = "shell.form.unknown_field"
            continue
        try:
            raw = declared[name].raw_of(value)
        except WrongType:
            misfits[name] = "shell.form.wrong_type"
            continue
        for one in raw:
            if isinstance(one, str):
                fields.add(name, one)
            else:
                files.add(name, FileStorage(BytesIO(one), filename=name, name=name))
    return fields, files, misfits


def _is_unicode(text: str) -> bool:
    """Whether it has no half of a surrogate pair, which JSON can write and no encoding can."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
