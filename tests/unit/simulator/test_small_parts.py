# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, ids and redaction by themselves."""

from __future__ import annotations

import pytest

from tests.simulator.clock import Clock, parse, render
from tests.simulator.redact import looks_redacted
from tests.simulator.ulid import encode


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09.000000000Z"),
        ("2024-05-06t07:08:09.5z", "2024-05-06T07:08:09.500000000Z"),
        ("2024-05-06T09:08:09.123456789012+02:00", "2024-05-06T07:08:09.123456789Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000000Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000000Z"),
    ],
)
def test_times(text, shown):
    assert render(parse(text)) == shown


@pytest.mark.parametrize("text", ["", "now", "2024-02-30T00:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00"])
def test_no_times(text):
    with pytest.raises(ValueError, match="RFC 3339"):
        parse(text)


@pytest.mark.parametrize(
    ("digits", "rounding", "shown"),
    [(0, "cut", "59Z"), (0, "round", "00Z"), (3, "cut", "59.999Z"), (3, "round", "00.000Z"), (9, "cut", "59.999999999Z")],
)
def test_precision(digits, rounding, shown):
    assert render(parse("2024-05-06T07:08:59.999999999Z"), digits, rounding).endswith(shown)


def test_ticks_differ_also_in_microseconds():
    clock = Clock()
    ticks = [render(clock.tick(), 6) for _number in range(1000)]
    assert ticks == sorted(set(ticks))


def test_ulid():
    assert encode(0) == "0" * 26
    assert encode(2**128 - 1) == "7" + "Z" * 25


@pytest.mark.parametrize("value", ["hunter2", "*x*", "[old]", "redacted by me", "a", "pass***word"])
def test_what_does_not_look_redacted(value):
    assert not looks_redacted(value)
