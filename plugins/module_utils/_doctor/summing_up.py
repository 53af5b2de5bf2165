# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was seen on the way: fields that the server adds, and how it writes times."""

from __future__ import annotations

from . import diagnosis
from .examination import Examination


def sum_up(seen: Examination) -> None:
    """What was seen on the way."""
    seen.leave("linking", "linking would touch an environment, which is not the doctor's", "should it, one more push follows")
    if not seen.read_times:
        return
    mask = seen.throwaways.mask
    for question, names in (("extra_fields", seen.extra_fields), ("extra_data_fields", seen.extra_data_fields)):
        listed = diagnosis.schema_names([mask.word(name) for name in names])
        seen.settle(question, listed, ", ".join(listed) or "none", "they are sent back with each update" if listed else "")
    for question, times in (("write_digits", seen.write_times), ("get_digits", seen.read_times)):
        digits = diagnosis.digits_of(times)
        if not digits:
            seen.leave(question, "no time was in an answer")
            continue
        varies = f", zeros at the end are dropped (from {digits[0]} digits)" if len(digits) > 1 else ""
        coarse = "an edit within the same second as a push cannot be noticed" if digits[-1] == 0 else ""
        seen.settle(question, digits[-1] if len(digits) == 1 else list(digits), f"{digits[-1]} digits of a second{varies}", coarse)
    _judge_rounding(seen)
    zones = diagnosis.zones_of([*seen.write_times, *seen.read_times])
    if zones:
        seen.settle("zone", zones[0] if len(zones) == 1 else list(zones), ", ".join(zones))


def _judge_rounding(seen: Examination) -> None:
    how = {
        "write": diagnosis.rounding_of(seen.pairs),
        "get": diagnosis.rounding_of((read, written) for written, read in seen.pairs),
    }
    told = {what: one for what, one in how.items() if one}
    if not told:
        seen.leave("rounding", "reads and writes show the same precision, or the times did not tell", "nothing to do: both are accepted")
        return
    words = {"cut": "cut off", "round": "rounded"}
    seen.settle(
        "rounding",
        told,
        ", ".join(f"{words[one]} in the answer to a {'write' if what == 'write' else 'read'}" for what, one in told.items()),
    )
