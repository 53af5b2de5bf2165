# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator for each module of tests, controllers, and one check that follows every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.running import Controller, Worker
from tests.playing import WAYS
from tests.simulator import Simulator
from tests.simulator.redact import looks_redacted

_simulators: list[Simulator] = []  # all that serve in this process
_judged: dict[Simulator, list[Any]] = {}  # their requests that have been looked at already


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, str) or value is None:
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)


def redacted_values_sent(sim: Simulator) -> list[str]:
    """Whatever in a request body may be a placeholder for a secret. No test sends such a text on purpose.

    Each request is looked at once: a simulator that serves hundreds of tests has thousands of them.
    """
    requests, judged = sim.requests, _judged.get(sim, [])
    _judged[sim] = requests
    went_on = bool(judged) and len(requests) >= len(judged) and requests[len(judged) - 1] is judged[-1]
    return [
        f"{request.method} {request.path}: {text!r}"
        for request in requests[len(judged) if went_on else 0 :]
        if request.method in ("POST", "PUT") and request.body
        for text in _leaves(request.json)
        if text != "" and looks_redacted(text)
    ]


@pytest.fixture(autouse=True)
def nothing_redacted_is_sent():
    """A redacted value in a PUT would destroy the secret (contract, "Redaction")."""
    yield
    assert [text for sim in _simulators for text in redacted_values_sent(sim)] == []


@pytest.fixture(scope="module")
def simulators():
    started: list[Simulator] = []

    def start(**switches: Any) -> Simulator:
        sim = Simulator(**switches).start()
        started.append(sim)
        _simulators.append(sim)
        return sim

    yield start
    for sim in started:
        sim.stop()
        _simulators.remove(sim)
        _judged.pop(sim, None)
    assert [crash for sim in started for crash in sim.crashes] == []


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
def controller(sim: Simulator, way: str, tmp_path: Path) -> Controller:
    return Controller(tmp_path, sim, way)


@pytest.fixture
def worker(sim: Simulator, way: str, tmp_path: Path) -> Worker:
    return Worker(tmp_path, sim, way)
