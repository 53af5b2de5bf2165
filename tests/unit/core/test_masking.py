# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are taken out of texts in every encoding in which they could come back."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.masking import HIDDEN, Mask
from hypothesis import given
from hypothesis import strategies as st

ENCODERS = {
    "plain": lambda text: text,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "url": lambda text: quote(text, safe=""),
    "url with plus": quote_plus,
    "json": lambda text: json.dumps(text)[1:-1],
    "json with unicode": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
}


@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS)
@given(secret=st.text(min_size=1, max_size=40))
def test_no_encoding_gets_through(encode, secret):
    form = encode(secret)
    assert Mask([secret]).text(f"<<{form}>>") == f"<<{HIDDEN}>>" or form not in Mask([secret]).text(f"\n\n{form}\n\n")


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "abcd"])
def test_inside_a_basic_header(user):
    secret = "correct-horse-battery"
    header = base64.b64encode(f"{user}:{secret}".encode()).decode()
    masked = Mask([secret]).text(header)
    assert HIDDEN in masked
    assert secret[4:-4] not in str(base64.b64decode(masked.replace(HIDDEN, "") + "=="[: -len(masked.replace(HIDDEN, "")) % 4]))


def test_tree_and_keys():
    mask = Mask(["hunter2"])
    assert mask.tree({"hunter2": ["a hunter2", 1, None, {"x": ("hunter2",)}]}) == {HIDDEN: [f"a {HIDDEN}", 1, None, {"x": [HIDDEN]}]}


def test_a_line_of_a_long_secret():
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\n-----END KEY-----"
    assert "MIIEvQIBADANBgkqhkiG" not in Mask([key]).text("bad line: MIIEvQIBADANBgkqhkiG")


def test_without_secrets_nothing_changes():
    assert Mask([]).text("as it is") == "as it is"
    assert Mask(["", ""]).tree(["as it is"]) == ["as it is"]
