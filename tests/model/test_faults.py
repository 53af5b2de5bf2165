# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeded faults of every kind, over the single and the bulk module: see `scenario.py` for what must hold in the end.

`TEST_EXAMPLES=20 ./dev test tests/model/test_faults.py` plays twenty times as many.
"""

from __future__ import annotations

from collections import Counter

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import client

from tests.model.scenario import LARGEST, QUICK, SLOW, Scenario, check_no_placeholder_was_sent
from tests.playing import play
from tests.simulator.faults import KINDS
from tests.thoroughness import examples

struck: Counter[str] = Counter()  # how often each kind has


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(client, "LARGEST_ANSWER", LARGEST)


def run(scenario, calm=False):
    return [play(module, args) for module, args in scenario.tasks(calm)]


@pytest.mark.parametrize("seed", range(examples(400)))
def test_seeded_faults(sim, tmp_path, seed):
    connection = {"api_url": sim.url, "api_key": sim.api_key, "organisation_id": sim.organisation_id, "cache_connection": str(tmp_path)}
    scenario = Scenario(sim, seed, connection, play)
    mix = scenario.break_the_world()
    results = run(scenario)
    struck.update({rule.kind: rule.hits for rule in mix.rules})
    sim.clear_faults()

    failed = scenario.judge(results)
    scenario.judge_next(failed, run(scenario, calm=True))
    scenario.judge_last(run(scenario, calm=True))
    check_no_placeholder_was_sent(sim.requests)


def test_every_kind_has_struck():
    """Of what the scenarios draw from, nothing is missing that the simulator can do, and all of it was met."""
    assert {kind["kind"] for kind in QUICK + SLOW} == set(KINDS) - {"answer"}
    if sum(struck.values()) > 600:  # not where a few seeds were asked for
        assert {kind for kind, times in struck.items() if times >= 10} == set(KINDS) - {"answer"}
