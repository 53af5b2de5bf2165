# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times are equal when they agree to the coarser precision of the two, cut or rounded (contract, "Precision of times")."""

from datetime import datetime, timezone

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.times import instant, is_before, same_time
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", True),
        ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456Z", True),  # cut
        ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123457Z", True),  # rounded
        ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123458Z", False),
        ("2026-01-02T03:04:05.999999999Z", "2026-01-02T03:04:06Z", True),  # rounded up to the next second
        ("2026-01-02T03:04:05.4Z", "2026-01-02T03:04:06Z", False),
        *(("2026-01-02T03:04:05Z", f"2026-01-02T{there}", True) for there in ("04:04:05+01:00", "04:34:05+0130", "03:04:05z", "03:04:05")),
        ("2026-01-02T03:04:05.5Z", "2026-01-02T03:04:06Z", True),
        ("2026-01-02T03:04:05.49Z", "2026-01-02T03:04:06Z", False),
        ("2026-01-02T03:04:05.0Z", "2026-01-02T03:04:05.1Z", False),
        ("2026-01-02T03:04:05Z", "2026-01-02 03:04:05+00:00", True),  # as YAML's own times are written
        ("2026-01-02T03:04:05.120Z", "2026-01-02T03:04:05.12Z", True),
        ("2026-01-02T03:04:05Z", None, False),
        (None, None, False),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.4Z", True),
        *((text, text, True) for text in (f"2026-01-02T03:04:05.{'1' * 20}Z", "9999-12-31T23:59:59.9Z")),
        # No clock has as many digits; a time is neither before the first year nor after the last one.
        *((text, text, False) for text in (f"2026-01-02T03:04:05.{'1' * 21}Z", f"2026-01-02T03:04:05.{'1' * 5000}Z", "yesterday")),
        *((text, text, False) for text in ("2026-13-02T03:04:05Z", "2026-01-02T03:04:05+24:00", "0000-01-01T00:00:00Z")),
        *((text, text, False) for text in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59")),
    ],
)
def test_same_time(one, other, same):
    assert [same_time(*pair) for pair in ((one, other), (other, one))] == [same, same]


@pytest.mark.parametrize(
    ("one", "other", "before"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z", True),
        ("2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.12Z", True),
        *(("2026-01-02T03:04:05.12Z", f"2026-01-02T03:04:05.{digits}Z", False) for digits in ("1200", "012", "12")),
        ("2026-01-02T03:04:05.0Z", "2026-01-02T03:04:05Z", False),
        ("2026-01-02T03:04:05.012Z", "2026-01-02T03:04:05.12Z", True),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", False),
        ("2026-01-02T03:04:05+01:00", "2026-01-02T03:04:05Z", True),
        (None, "2026-01-02T03:04:05Z", False),
    ],
)
def test_is_before(one, other, before):
    assert is_before(one, other) is before


@given(st.integers(0, 4_000_000_000), st.text("0123456789", min_size=1, max_size=9), st.integers(0, 9))
def test_a_time_equals_every_cut_of_itself(seconds, digits, kept):
    text = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    cut = f".{digits[:kept]}" if digits[:kept] else ""
    assert same_time(f"{text}.{digits}Z", f"{text}{cut}Z")
    assert instant(f"{text}.{digits}Z") == (seconds, digits)


LIKE_A_TIME = r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"


@given(st.text() | st.from_regex(LIKE_A_TIME, fullmatch=True))
def test_any_text_is_a_time_or_none(text):
    assert same_time(text, text) is isinstance(instant(text), tuple)
    assert is_before(text, text) is False
