# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.names import is_written_otherwise, name_digest, plain_name

LONG = "The key of the shop in Edinburgh, of the year 2026, for the test environment"


@pytest.mark.parametrize(
    ("name", "shown", "is_same"),
    [
        *((name, name, True) for name in ("n", LONG, " ")),
        *((LONG, LONG[:length], length >= 32) for length in (0, 1, 31, 32, 64)),
        (f"  {LONG}", LONG[:64].upper(), True),
        (" n\t", "n", True),
        ("cafe\u0301", "caf\u00e9", True),
        ("Shop Key", "shop key", True),
        ("shop key", "shop keys", False),
        (LONG[:64], LONG, False),  # nothing is added to a name
        ("shop key", "shopkey", False),
        ("n", "", False),
    ],
)
def test_what_a_platform_may_have_made_of_a_name(name, shown, is_same):
    assert is_written_otherwise(name, shown) is is_same


def test_a_digest_says_nothing_of_a_name():
    assert name_digest("hunter2") != name_digest("hunter3") and len(name_digest("\ud800")) == 32
    assert plain_name(" Cafe\u0301 ") == "Caf\u00e9"
