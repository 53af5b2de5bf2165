# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator for each module of tests, controllers, and one check that follows every test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.running import Worker
from tests.playing import WAYS
from tests.simulator import Simulator
from tests.simulator.recording import RecordedRequest
from tests.simulator.redact import looks_redacted

_placeholders: list[str] = []  # whatever in the body of a request may stand for a secret; no test sends such a text on purpose


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)
    elif isinstance(value, str) or value is None:
        yield value


def _look_at(request: RecordedRequest) -> None:
    if request.method in ("POST", "PUT") and request.body:
        found = [text for text in _leaves(request.json) if text != "" and looks_redacted(text)]
        _placeholders.extend(f"{request.method} {request.path}: {text!r}" for text in found)


@pytest.fixture(autouse=True)
def nothing_redacted_is_sent():
    """A redacted value in a PUT would destroy the secret (contract, "Redaction")."""
    yield
    found = _placeholders.copy()
    _placeholders.clear()
    assert found == []


@pytest.fixture(scope="module")
def simulators():
    with contextlib.ExitStack() as started:

        def start(**switches: Any) -> Simulator:
            sim = started.enter_context(Simulator(**switches))
            sim.recording.watchers.append(_look_at)
            return sim

        yield start


@pytest.fixture(scope="module")
def running(simulators):
    return simulators()


@pytest.fixture
def sim(running):
    running.reset()
    return running


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.fixture
def worker(sim: Simulator, way: str, tmp_path: Path) -> Worker:
    return Worker(tmp_path, sim, way)
