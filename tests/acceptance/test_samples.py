# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of what tests/model plays by the thousand in one process, through the real ansible-playbook: faults, and any input."""

from __future__ import annotations

import random

import pytest

from tests.acceptance.running import Controller
from tests.model.scenario import Scenario
from tests.playing import HERE, ONE, play

pytestmark = pytest.mark.timeout(600)

ROLE = {"name": "versori.platform.credentials", "apply": {"ignore_errors": True}}
NAMES = {True: "versori.platform.versori_credential", False: "versori.platform.versori_credentials"}
SEEDS = range(2000, 2008)
ODD = [
    None,
    True,
    7,
    -1.5,
    "",
    " ",
    "x\ny",
    "{{ nobody }}",
    "é",
    "9" * 400,
    "../x",
    "******",
    [],
    ["a", 1],
    {},
    {"a": {"b": [None]}},
    "[1",
    "null",
]
CREDENTIAL = ["credential_id", "name", "type", "data", "src", "secret_changed_at", "state", "update_secrets", "on_drift", "on_unknown"]
CONNECTION = ["api_url", "jwt", "context", "ca_path", "timeout", "retries", "cache_plugin", "cache_connection", "organisation_id"]


@pytest.fixture
def controller(sim, tmp_path):
    return Controller(tmp_path, sim, HERE)


def test_faults(sim, controller):
    """Each scenario in an organisation of its own, and all of them in one run."""
    scenarios = []
    for seed in SEEDS:
        organisation_id = sim.add_organisation(f"01HFS2NEAZ6ECZBZMN4FF7{seed}")
        connection = {
            "api_url": sim.url,
            "api_key": sim.api_key,
            "organisation_id": organisation_id,
            "cache_connection": str(controller.memory),
        }
        scenarios.append(Scenario(sim, seed, connection, play))
        scenarios[-1].connection["retries"] = min(scenarios[-1].connection["retries"], 1)  # here the pauses are real
        scenarios[-1].slow = False

    def run(calm):
        tasks = [
            {"name": f"{one.seed} {number}", NAMES[module is ONE]: args, "ignore_errors": True}
            for one in scenarios
            for number, (module, args) in enumerate(one.tasks(calm))
        ]
        done = controller.run({"hosts": "localhost", "gather_facts": False, "tasks": tasks})
        assert "Traceback" not in done.printed
        return {
            one.seed: [{**each.said, "failed": each.how == "failed"} for each in done.results if each.label.split()[0] == str(one.seed)]
            for one in scenarios
        }

    scenarios[0].sim.fault_mix(1, 0.4, scenarios[0].kinds(), headers={"Retry-After": "0"})
    said = run(calm=False)
    assert sum(one.hits for one in sim.faults.mix.rules) > 10
    sim.clear_faults()
    failed = {one.seed: one.judge(said[one.seed]) for one in scenarios}
    assert any(any(one) for one in failed.values())
    said = run(calm=True)
    for one in scenarios:
        one.judge_next(failed[one.seed], said[one.seed])
    said = run(calm=True)
    for one in scenarios:
        one.judge_last(said[one.seed])


def test_any_input(sim, controller):
    """Modules, and the role with its variables: a failed task with words in it, nothing written, no traceback."""
    chance = random.Random(7)  # noqa: S311 (a seed, no secret)
    sim.add("string", "there", {"value": "theirs"})

    def odd(names, **good):
        return {**good, **{name: chance.choice(ODD) for name in chance.sample(names, chance.randint(1, 3))}}

    tasks = []
    for number in range(8):
        one = odd(CREDENTIAL + CONNECTION, name="there", type="string", data={"value": "mine"}, state="nonsense")
        tasks.append({"name": f"one {number}", NAMES[True]: one})
        tasks.append({"name": f"many {number}", NAMES[False]: odd(["prune", "workers", "src", *CONNECTION], credentials=[one])})
        variables = odd([f"versori_{name}" for name in ["prune", "workers", "on_drift", *CONNECTION]], versori_credentials=[one])
        tasks.append({"name": f"role {number}", "ansible.builtin.include_role": ROLE, "vars": variables})
    tasks = [{**one, "ignore_errors": True} for one in tasks]
    before = sim.state()
    done = controller.run({"hosts": "localhost", "gather_facts": False, "tasks": tasks})
    assert done.code == 0, done.printed[-3000:]
    assert "PLAY RECAP" in done.stdout and "Traceback" not in done.printed and "This is a bug" not in done.printed
    failed = [one for one in done.results if one.how == "failed"]
    assert {one.label for one in failed} >= {one["name"] for one in tasks if "ansible.builtin.include_role" not in one}
    assert len(failed) >= len(tasks)  # some of each time that the role ran, its own check of its variables for one
    assert all(str(one.said.get("msg", "")).strip() for one in failed)
    assert sim.state() == before
    assert {one.method for one in sim.requests} <= {"GET"}
