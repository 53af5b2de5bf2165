# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator for each module of tests, and a project in front of it for each test."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.project import Project
from tests.simulator import Simulator


@pytest.fixture
def project(sim: Simulator, tmp_path: Path) -> Iterator[Project]:
    # With a short path: ansible-core 2.21 listens on a socket in there, and a socket's path may have 107 bytes.
    with tempfile.TemporaryDirectory() as temporary:
        yield Project(tmp_path, sim, Path(temporary))
