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


def page(entries: list[Entry], first: int, after: str | None, kind: str, order: str) -> tuple[list[Entry], dict[str, str]]:
    """The entries of a page, and its cursor `next` where there is one.

    :param kind: what a cursor stands for: a number of entries (`offset`) or the last entry seen (`position`).
    :param order: in which `entries` are, "updated" or "created".
    """
    start = _index(entries, after, order) if after is not None else 0
    end = start + first
    shown = entries[start:end]
    if not shown or end >= len(entries):
        return shown, {}
    parts = (end,) if kind == "offset" else shown[-1].place(order)
    return shown, {"next": base64.urlsafe_b64encode(":".join([kind, *map(str, parts)]).encode()).decode()}


def _index(entries: list[Entry], cursor: str, order: str) -> int:
    """Where a cursor points now: behind how many entries."""
    try:
        kind, *parts = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode("ascii").split(":")
        number = int(parts[0])
    except (UnicodeError, binascii.Error, ValueError, IndexError):
        kind, parts = "", []
    if _PARTS.get(kind) != 1 + len(parts):
        raise invalid(("after", "is not a cursor of this list"))
    if kind == "offset":
        return min(max(number, 0), len(entries))
    return sum(1 for entry in entries if entry.place(order) >= (number, parts[1]))
