# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of what tests/model/test_any_input.py tries by the thousand in one process, through the real ansible-playbook."""

from __future__ import annotations

import random

import pytest

from tests.acceptance.running import Controller
from tests.playing import MANY, ONE

pytestmark = pytest.mark.timeout(600)

ROLE = {"name": "versori.platform.credentials", "apply": {"ignore_errors": True}}
ODD = [
    *(None, True, 7, -1.5, [], ["a", 1], {}, {"a": {"b": [None]}}),
    *("", " ", "x\ny", "{{ nobody }}", "é", "9" * 400, "../x", "******", "[1", "null"),
]
CREDENTIAL = ["credential_id", "name", "type", "data", "src", "secret_changed_at", "state", "update_secrets", "on_drift", "on_unknown"]
CONNECTION = ["api_url", "jwt", "context", "ca_path", "timeout", "retries", "cache_plugin", "cache_connection", "organisation_id"]


def test_any_input(sim, tmp_path):
    """Modules, and the role with its variables: a failed task with words in it, nothing written, no traceback."""
    chance = random.Random(7)  # noqa: S311 (a seed, no secret)
    sim.add("string", "there", {"value": "theirs"})

    def odd(names, **good):
        return {**good, **{name: chance.choice(ODD) for name in chance.sample(names, chance.randint(1, 3))}}

    tasks = []
    for number in range(8):
        one = odd(CREDENTIAL + CONNECTION, name="there", type="string", data={"value": "mine"}, state="nonsense")
        tasks.append({"name": f"one {number}", ONE: one})
        tasks.append({"name": f"many {number}", MANY: odd(["prune", "workers", "src", *CONNECTION], credentials=[one])})
        variables = odd([f"versori_{name}" for name in ["prune", "workers", "on_drift", *CONNECTION]], versori_credentials=[one])
        tasks.append({"name": f"role {number}", "ansible.builtin.include_role": ROLE, "vars": variables})
    tasks = [{**one, "ignore_errors": True} for one in tasks]
    before = sim.state()
    done = Controller(tmp_path, sim).run({"hosts": "localhost", "gather_facts": False, "tasks": tasks})
    assert done.code == 0, done.printed[-3000:]
    assert "PLAY RECAP" in done.stdout and "Traceback" not in done.printed and "This is a bug" not in done.printed
    failed = [one for one in done.results if one.how == "failed"]
    assert {one.label for one in failed} >= {one["name"] for one in tasks if "ansible.builtin.include_role" not in one}
    assert len(failed) >= len(tasks)  # some of each time that the role ran, its own check of its variables for one
    assert all(str(one.said.get("msg", "")).strip() for one in failed)
    assert sim.state() == before
    assert {one.method for one in sim.requests} <= {"GET"}
