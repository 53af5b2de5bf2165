# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeded faults of every kind, over the single and the bulk module: see `scenario.py` for what must hold in the end.

`TEST_EXAMPLES=20 ./dev test tests/model/test_faults.py` plays twenty times as many.
"""

from __future__ import annotations

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import client

from tests.model.scenario import LARGEST, QUICK, SLOW, Scenario
from tests.playing import play
from tests.simulator import Simulator
from tests.simulator.faults import KINDS
from tests.thoroughness import examples

struck: dict[str, int] = {}  # how often each kind has


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(client, "LARGEST_ANSWER", LARGEST)


@pytest.fixture(scope="module")
def simulator():
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def connection(simulator, tmp_path):
    simulator.reset()
    return {
        "api_url": simulator.url,
        "api_key": simulator.api_key,
        "organisation_id": simulator.organisation_id,
        "cache_connection": str(tmp_path),
    }


@pytest.mark.parametrize("seed", range(examples(1000)))
def test_seeded_faults(simulator, connection, seed):
    scenario = Scenario(simulator, seed, connection, play)
    scenario.break_the_world()
    results = [play(module, args) for module, args in scenario.tasks()]
    for one in simulator.faults.mix.rules:
        struck[one.kind] = struck.get(one.kind, 0) + one.hits
    simulator.clear_faults()

    failed = scenario.judge(results)
    scenario.judge_next(failed, [play(module, args) for module, args in scenario.tasks(calm=True)])
    scenario.judge_last([play(module, args) for module, args in scenario.tasks(calm=True)])
    scenario.judge_requests()


def test_every_kind_has_struck():
    """Of what the scenarios draw from, nothing is missing that the simulator can do, and all of it was met."""
    assert {one["kind"] for one in QUICK + SLOW} == set(KINDS) - {"answer"}
    if sum(struck.values()) > 1000:  # not where a few seeds were asked for
        assert {kind for kind, times in struck.items() if times >= 10} == set(KINDS) - {"answer"}
