# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as the API shows them (RFC 3339), compared for equality at the coarser precision of two.

A PUT's answer and a later GET may show one time with different precision (contract, "Precision of times").
"""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timedelta, timezone

_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,20}))?\s*([Zz]|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def instant(text: t.Any) -> tuple[int, str] | None:
    """Whole seconds since 1970 and the digits after them, or ``None`` where the text is no time.

    ``2026-01-02T03:04:05.120Z`` gives ``(…, "120")``. A time without a zone counts as UTC. Of more than 20 digits after the
    seconds, or outside of the years 1 to 9999 in UTC, it is none.
    """
    match = _RFC3339.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match:
        return None
    day, clock, digits, zone = match.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    if ":" not in zone:
        zone = zone[:3] + ":" + zone[3:]
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{zone}").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
    return int(moment.timestamp()), digits or ""


def in_utc(text: t.Any) -> str | None:
    """A time in whole seconds of UTC, ``2026-01-02T03:04:05Z``; ``None`` where the text is no time."""
    moment = instant(text)
    return utc_time(moment[0]) if moment else None


def utc_time(seconds: float) -> str:
    """The time so many seconds after 1970, in the same form."""
    return (_EPOCH + timedelta(seconds=int(seconds))).isoformat().replace("+00:00", "Z")


def same_time(left: t.Any, right: t.Any) -> bool:
    """Whether two times agree to the coarser precision of the two, cut or rounded; ``False`` if either is no time."""
    first, second = instant(left), instant(right)
    if first is None or second is None:
        return False
    digits = min(len(first[1]), len(second[1]))
    return bool(_at(first, digits) & _at(second, digits))


def has_moved(remembered: t.Any, shown: t.Any) -> bool:
    """Whether two times are surely different; where either is no time, nobody can say, and it is ``False``."""
    return instant(remembered) is not None and instant(shown) is not None and not same_time(remembered, shown)


def finer(left: t.Any, right: t.Any) -> t.Any:
    """Of one time written twice, the one with more digits; where either is no time, the other."""
    first, second = instant(left), instant(right)
    if first is None or second is None:
        return left if second is None else right
    return right if len(second[1]) > len(first[1]) else left


def is_before(left: t.Any, right: t.Any) -> bool:
    """Whether ``left`` is earlier than ``right``; ``False`` if either is no time."""
    first, second = instant(left), instant(right)
    if first is None or second is None:
        return False
    return (first[0], first[1].rstrip("0")) < (second[0], second[1].rstrip("0"))


def _at(moment: tuple[int, str], digits: int) -> set[int]:
    """The time in units of 10**-digits seconds, once cut and once rounded."""
    seconds, fraction = moment
    cut = seconds * 10**digits + int(fraction[:digits] or 0)
    return {cut, cut + (fraction[digits : digits + 1] >= "5")}
