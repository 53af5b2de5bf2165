# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a value that the server shows is redacted. Nobody has documented how that looks, so every likely form counts
(contract, "Redaction")."""

from __future__ import annotations

import re
import typing as t

from .placeholders import MASK, PLACEHOLDERS

_REDACTED = [row for row in PLACEHOLDERS if row.redacted]
_ALL_X = re.compile(r"[xX]{4,}")
_SOME_MASK = re.compile(rf"[{MASK}]{{3,}}")


def is_redacted(value: t.Any) -> bool:
    """Whether a value stands in for a secret: missing, empty, all asterisks or bullets, or a word like ``[REDACTED]``.

    Such a value must never be sent: a PUT would put it in the secret's place.
    """
    if value is None:
        return True
    if not isinstance(value, str):
        return False
    text = value.strip()
    return not text or bool(_ALL_X.fullmatch(text)) or any(row.pattern.search(text) for row in _REDACTED)


def may_be_redacted(value: t.Any) -> bool:
    """Whether a value that the server shows could be a stand-in, in whole or in part (``ab****yz``), at any depth.

    Wider than :func:`is_redacted`: what is only compared or sent back may be doubted more readily than what a
    user has typed.
    """
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str):
            if is_redacted(one) or _SOME_MASK.search(one) or "..." in one or "…" in one:
                return True
        elif one is None:
            return True
    return False
