# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List pages: opaque cursors, and read live, so that a page can shift while the list is read (contract, "List pages")."""

from __future__ import annotations

import base64
import binascii

from .errors import invalid
from .store import Entry

_PARTS = {"offset": 2, "position": 3}


def page(
    entries: list[Entry], first: int, after: str | None, before: str | None, kind: str, order: str
) -> tuple[list[Entry], dict[str, str]]:
    """The entries of a page, and its cursors, `next` and `prev` where there is one.

    :param kind: what a cursor stands for: a number of entries (`offset`) or the last entry seen (`position`).
    :param order: in which `entries` are, "updated" or "created".
    """
    if after is not None and before is not None:
        raise invalid(("before", "cannot be combined with after"))
    start, end = 0, first
    if after is not None:
        start = _index(entries, after, "after", order)
        end = start + first
    elif before is not None:
        end = _index(entries, before, "before", order)
        start = max(0, end - first)
    shown = entries[start:end]

    def cursor(entry: Entry, offset: int) -> str:
        parts = (offset,) if kind == "offset" else entry.place(order)
        return base64.urlsafe_b64encode(":".join([kind, *map(str, parts)]).encode()).decode()

    cursors = {}
    if shown and end < len(entries):
        cursors["next"] = cursor(shown[-1], end)
    if shown and start > 0:
        cursors["prev"] = cursor(shown[0], start)
    return shown, cursors


def _index(entries: list[Entry], cursor: str, parameter: str, order: str) -> int:
    """Where a cursor points now: between which two entries."""
    try:
        kind, *parts = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode("ascii").split(":")
        number = int(parts[0])
    except (UnicodeError, binascii.Error, ValueError, IndexError):
        kind, parts = "", []
    if _PARTS.get(kind) != 1 + len(parts):
        raise invalid((parameter, "is not a cursor of this list"))
    if kind == "offset":
        return min(max(number, 0), len(entries))
    mark = (number, parts[1])
    return sum(1 for entry in entries if entry.place(order) > mark or (parameter == "after" and entry.place(order) == mark))
