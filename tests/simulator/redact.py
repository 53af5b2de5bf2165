# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a secret looks like when read (contract, "Redaction")."""

from __future__ import annotations

import re
from typing import Any

MISSING = object()

_FIXED: dict[str, Any] = {
    "missing": MISSING,
    "null": None,
    "empty": "",
    "asterisks": "******",
    "word": "[REDACTED]",
    "bullets": "\u2022" * 8,
}
_SHORT = 6
_BLOTTED = re.compile(r"[*\u2022\u25cf\u00b7]*|\W?(?:redacted|hidden|masked)\W?", re.IGNORECASE)
_PARTIAL = re.compile(r".{0,2}\*{4}.{0,2}", re.DOTALL)


def redact(value: Any, how: str) -> Any:
    """The value as read, or MISSING when the field is left out.

    `value` may be MISSING or None where a PUT has wiped the secret; the redacted form hides that too.
    """
    if how == "none":
        return value
    if how == "partial":
        return f"{value[:2]}****{value[-2:]}" if isinstance(value, str) and len(value) > _SHORT else "****"
    return _FIXED[how]


def looks_redacted(value: Any) -> bool:
    """Null, empty, asterisks, bullets, a bracketed or plain word, or partly starred; the field is there."""
    return value is None or bool(_BLOTTED.fullmatch(value)) or bool(_PARTIAL.fullmatch(value))
