# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of the server's made safe for a terminal: none of them ends a line, moves the cursor or turns the reading direction."""

from __future__ import annotations

import re

# C0, DEL and C1; line and paragraph separators; what turns the direction; halves of surrogate pairs, which cannot be written out.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# Those that JSON does not write as an escape, so that a callback that prints a result as JSON would print them as they are.
_NOT_ESCAPED_BY_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BLANKS = frozenset("\t\n\v\f\r\x85\u2028\u2029")


def printable(text: str) -> str:
    """A text on one line: line breaks and tabs as blanks, other control characters as an escape that can be seen, ``\\x1b``.

    What merely is not ASCII stays: a no-break space, the joiner inside an emoji.
    """
    return _UNPRINTABLE.sub(_visible, text) if _UNPRINTABLE.search(text) else text


def is_printable_as_json(text: str) -> bool:
    """Whether a text may stand in a result as it is, line breaks and all: a result is printed as JSON, if at all."""
    return not _NOT_ESCAPED_BY_JSON.search(text)


def _visible(match: re.Match[str]) -> str:
    character = match[0]
    if character in _BLANKS:
        return " "
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
