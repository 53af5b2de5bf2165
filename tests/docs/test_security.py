# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each test that docs/security.md names is there."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT

NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs/security.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)))
def test_a_named_test_is_there(path: str, name: str) -> None:
    assert f"\ndef {name}" in (ROOT / path).read_text(encoding="utf-8")


def test_the_page_names_tests() -> None:
    assert len(NAMED) > 20
