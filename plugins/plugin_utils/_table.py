# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of plain text, as the playbooks print them."""

from __future__ import annotations

import typing as t
import unicodedata

from ..module_utils._core.printable import printable


def text_table(head: t.Sequence[str], rows: t.Iterable[t.Sequence[t.Any]]) -> list[str]:
    """The lines of a table: columns as wide as their widest cell; the last one is as long as it likes, and underlined as its head."""
    table = [list(map(one_line, row)) for row in (head, *rows)]
    widths = [max(_width(row[column]) for row in table) for column in range(len(head))]
    widths[-1] = len(head[-1])
    table.insert(1, ["-" * width for width in widths])
    return ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]


def one_line(value: t.Any) -> str:
    """A value as a terminal can show it in one line."""
    text = "" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return printable(text)


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def _width(text: str) -> int:
    """How many columns of a terminal it takes: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
