# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's own time, and how a time is written.

Both times are RFC 3339, and a write and a later GET may show them with different precision (contract, "Precision of
times").
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone

SECOND = 1_000_000_000
# Also two writes that follow each other at once differ in microseconds, so a test never has to sleep.
STEP = 1_000

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)")


class Clock:
    """Real time plus an offset that tests may move, or a time that stands still but for the ticks.

    Every tick is later than the one before.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._offset = 0
        self._last = 0
        self._still: int | None = None

    def tick(self) -> int:
        """Nanoseconds since 1970, at least one microsecond after the last tick."""
        now = time.time_ns() if self._still is None else self._still
        self._last = max(now + self._offset, self._last + STEP)
        return self._last

    def advance(self, seconds: float) -> None:
        self._offset += round(seconds * SECOND)

    def set(self, moment: int | str) -> None:
        """Stop at `moment` (nanoseconds or RFC 3339; may be past); only ticks and `advance` move it then."""
        self.reset()
        self._still = parse(moment) if isinstance(moment, str) else moment


def parse(text: str) -> int:
    """Nanoseconds since 1970 of an RFC 3339 time, but for leap seconds; ValueError when it is none."""
    match = _RFC3339.fullmatch(text)
    if not match:
        raise ValueError("is not an RFC 3339 time")
    moment, fraction, zone = match.groups()
    try:
        seconds = (datetime.fromisoformat(moment + zone.replace("Z", "+00:00")) - _EPOCH) // timedelta(seconds=1)
    except (ValueError, OverflowError):
        raise ValueError("is not an RFC 3339 time") from None
    return seconds * SECOND + int(((fraction or "") + "0" * 9)[:9])


def render(nanoseconds: int, digits: int = 9, rounding: str = "cut", trim_zeros: bool = False, zone: str = "Z") -> str:
    unit = 10 ** (9 - digits)
    units = (nanoseconds + (unit // 2 if rounding == "round" else 0)) // unit
    seconds, fraction = divmod(units * unit, SECOND)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    shown = f"{fraction:09d}"[:digits]
    if trim_zeros:
        shown = shown.rstrip("0")
    return text + ("." + shown if shown else "") + zone
