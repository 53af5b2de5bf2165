# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List pages: opaque cursors, and read live, so that a page can shift while the list is read (contract, "List pages")."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from .errors import ApiError, invalid
from .store import Entry


class Page(NamedTuple):
    entries: list[Entry]
    next: str | None
    prev: str | None


def _seal(kind: str, *parts: object) -> str:
    return base64.urlsafe_b64encode(":".join([kind, *map(str, parts)]).encode()).decode()


def _open(cursor: str, parameter: str) -> list[str]:
    try:
        parts = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode("ascii").split(":")
        if len(parts) == {"o": 2, "p": 3}.get(parts[0]):
            int(parts[1])
            return parts
    except (UnicodeError, binascii.Error, ValueError):
        pass
    raise _refused(parameter)


def _refused(parameter: str) -> ApiError:
    return invalid((parameter, "is not a cursor of this list"))


def _index(entries: list[Entry], cursor: str, parameter: str, order: str) -> int:
    """Where a cursor points now: between which two entries."""
    kind, *parts = _open(cursor, parameter)
    if kind == "o":
        return min(max(int(parts[0]), 0), len(entries))
    mark = (int(parts[0]), parts[1])
    if parameter == "after":
        return sum(1 for entry in entries if entry.place(order) >= mark)
    return sum(1 for entry in entries if entry.place(order) > mark)


def page(entries: list[Entry], first: int, after: str | None, before: str | None, kind: str, order: str) -> Page:
    """A cursor stands for a number of entries (`offset`) or for the last entry seen (`position`).

    :param order: in which `entries` are, "updated" or "created".
    """
    if after is not None and before is not None:
        raise invalid(("before", "cannot be combined with after"))
    start = 0
    end = first
    if after is not None:
        start = _index(entries, after, "after", order)
        end = start + first
    elif before is not None:
        end = _index(entries, before, "before", order)
        start = max(0, end - first)
    shown = entries[start:end]

    def cursor(entry: Entry, offset: int) -> str:
        return _seal("o", offset) if kind == "offset" else _seal("p", *entry.place(order))

    return Page(
        shown, cursor(shown[-1], end) if shown and end < len(entries) else None, cursor(shown[0], start) if shown and start > 0 else None
    )
