# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a redacted value looks like. Nobody has documented it, so every likely form counts
(contract, "What 'redacted' looks like is not documented")."""

from __future__ import annotations

import re
import typing as t

_MASK = r"*•●∙·◦▪■█⬤"
_ALL_MASK = re.compile(rf"[{_MASK}\s]+|[xX]{{4,}}")
_SOME_MASK = re.compile(rf"[{_MASK}]{{3,}}")
_BRACKETED = re.compile(r"[\[<({]{1,3}[A-Za-z][A-Za-z _.:-]{0,40}[\]>)}]{1,3}")
_WORDS = frozenset({"redacted", "hidden", "masked", "obfuscated", "censored", "concealed", "removed", "sensitive"})


def is_redacted(value: t.Any) -> bool:
    """Whether a value stands in for a secret: missing, empty, all asterisks or bullets, or a word like ``[REDACTED]``.

    Such a value must never be sent: a PUT would put it in the secret's place.
    """
    if value is None:
        return True
    if not isinstance(value, str):
        return False
    text = value.strip()
    if not text or _ALL_MASK.fullmatch(text) or _BRACKETED.fullmatch(text):
        return True
    return re.sub(r"[^a-z]", "", text.lower()) in _WORDS and not re.search(r"\d", text)


def may_be_redacted(value: t.Any) -> bool:
    """Whether a value that the server shows could be a stand-in, in whole or in part (``ab****yz``), at any depth.

    Wider than :func:`is_redacted`: what is only compared or sent back may be doubted more readily than what a
    user has typed.
    """
    if isinstance(value, dict):
        return any(may_be_redacted(one) for one in value.values())
    if isinstance(value, list):
        return any(may_be_redacted(one) for one in value)
    if isinstance(value, str):
        return is_redacted(value) or bool(_SOME_MASK.search(value)) or "..." in value or "…" in value
    return value is None
