# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a placeholder for a secret, when read (contract, "Redaction") and when typed."""

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.placeholders import is_redacted, may_be_redacted

STAND_INS = [
    None,
    "",
    "  ",
    "******",
    "*",
    "••••",
    "[REDACTED]",
    "<hidden>",
    "REDACTED",
    "redacted",
    "**REDACTED**",
    "(not shown)",
    "xxxxxx",
    "{masked}",
]
PARTLY = ["ab****yz", "sk-...9f", "ab•••", "sk_live_…"]
SECRETS = ["hunter2", "a*b", "correct horse battery staple", "p@ss**word", "[1]", "0", "xx", "redacted1", "removed-by-7"]


@pytest.mark.parametrize("value", STAND_INS)
def test_stand_ins(value):
    assert is_redacted(value)
    assert may_be_redacted(value)


@pytest.mark.parametrize("value", PARTLY)
def test_partly_masked_is_doubted_when_read_and_accepted_when_typed(value):
    assert may_be_redacted(value)
    assert not is_redacted(value)


@pytest.mark.parametrize("value", SECRETS)
def test_secrets(value):
    assert not is_redacted(value)
    assert not may_be_redacted(value)


def test_at_any_depth():
    assert may_be_redacted({"a": ["b", {"c": "******"}]})
    assert not may_be_redacted({"a": ["b", {"c": 1}]})
