# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a collection is installed."""

from __future__ import annotations

import pytest
from ansible_collections.versori.platform.plugins.test.installed import TestModule as Plugin


@pytest.mark.parametrize(
    ("collection", "there"),
    [("versori.platform", True), ("versori.other", False), ("nobody.other", False), (None, False)],
)
def test_installed(collection, there):
    assert Plugin().tests()["installed"](collection) is there
