# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator for each module of tests, and a desk in front of it for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.playbooks.running import Desk
from tests.simulator import Simulator


@pytest.fixture
def desk(sim: Simulator, tmp_path: Path) -> Desk:
    return Desk(tmp_path, sim)
