# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which requests are struck, and what of a fault the tests of the client (`_api`) do not see: they meet each kind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.simulator import Fault, FaultMix
from tests.simulator.faults import KINDS


@pytest.mark.parametrize(("kind", "names"), [("delay_before", []), ("delay_after", ["late"])])
def test_a_client_that_loses_patience(sim, api, kind, names):
    sim.fault(kind, seconds=30)
    with pytest.raises(requests.ReadTimeout):
        api.send("POST", json={"type": "none", "name": "late", "data": {}}, timeout=0.1)
    sim.settle()  # nothing of it is under way any more
    assert sim.names() == names


@pytest.mark.parametrize("kind", ["delay_before", "delay_after", "latency"])
def test_a_delay_ends(sim, api, kind):
    if kind == "latency":
        sim.set_latency(0.05)
    else:
        sim.fault(kind, seconds=0.05)
    answer = api.create()
    assert (answer.status_code, answer.elapsed.total_seconds() >= 0.05) == (201, True)


def test_requests_that_wait_for_each_other(sim, api):
    barrier = sim.fault("together", method="GET", times=3, seconds=100)
    with ThreadPoolExecutor(3) as pool:
        assert [answer.status_code for answer in pool.map(lambda _number: api.send("GET"), range(3))] == [200] * 3
    assert barrier.all_there and sim.max_in_flight == 3
    lonely = sim.fault("together", times=2, seconds=0.05)
    assert api.send("GET").status_code == 200 and not lonely.all_there


def test_one_value_of_another_type(sim, api, basic):
    right = api.get(basic)
    changed = set()
    for seed in range(60):
        sim.fault("wrong_field", seed=seed)
        wrong = api.get(basic)
        names = [name for name in right if not isinstance(wrong[name], type(right[name]))]
        names = names or [f"data.{name}" for name in right["data"] if not isinstance(wrong["data"][name], str)]
        assert len(names) == 1
        changed.update(names)
    assert {"id", "type", "name", "updatedAt", "usages", "data", "data.username"} <= changed


def test_rules(sim, api, basic):
    rule = sim.fault("server_error", method="GET|PUT", path=f"/{basic}$", after=1, times=2)
    sim.fault("rate_limit", path=f"/{basic}$", after=1)
    assert [api.send("GET", basic).status_code for _number in range(5)] == [200, 500, 500, 429, 200]
    assert api.send("GET").status_code == 200 and rule.hits == 2
    sim.fault("server_error", method="DELETE", times=None)
    assert [api.send("DELETE", basic).status_code for _number in range(3)] == [500] * 3
    sim.clear_faults()
    assert api.send("DELETE", basic).status_code == 204


def test_there_are_no_other_faults():
    with pytest.raises(ValueError, match="reset_before"):
        Fault("sulk")


def test_a_mix_is_repeated_by_its_seed():
    def sequence(seed):
        mix = FaultMix(seed, 0.5, list(KINDS))
        return [fault and fault.kind for fault in (mix.pick() for _number in range(200))]

    assert sequence(1) == sequence(1) != sequence(2)
    assert 70 < sum(kind is not None for kind in sequence(1)) < 130
    assert {kind for kind in sequence(1) if kind} == set(KINDS)


def test_a_mix_strikes(sim, api):
    sim.fault_mix(1, 1.0, ["rate_limit"])
    assert api.send("GET").status_code == 429
