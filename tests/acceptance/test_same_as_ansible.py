# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fast way of the tests (`Worker`, tests/playing.py) reports, ansible-playbook reports too; on the controller and delegated.

So what other tests see in this process holds for whole runs. Each kind of task is here once, with what Ansible itself might do to a
result: mask short secrets in it, take fields of the server's for its own, convert what goes to another host and back.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.many import info, many, none, string
from tests.acceptance.running import Controller, Result, Worker, task
from tests.playing import ELSEWHERE

pytestmark = pytest.mark.timeout(600)
ODD = "01HFS2NEAZ6ECZBZMN4FF00001"
BASIC = EXAMPLES["basic-auth"]
# Ansible would make a date of the first; the other is a name of its own.
ODD_FIELDS = {"sent": {"__ansible_type": "datetime", "iso8601": "2026-01-02T03:04:05Z"}, "ansible_facts": {"a": 1}, "labels": {"a": None}}


def _tasks() -> list[dict[str, Any]]:
    created = {"name": "mail", "type": BASIC.type, "data": BASIC.data}
    changed = {**created, "data": {**BASIC.data, **BASIC.edited, **BASIC.rotated}}
    listed = [string("short", "0"), string("new"), none("fresh")]
    return [
        task("check", {"check_mode": True}, **created),
        task("create", **created),
        task("change", **changed),
        task("again", **changed),
        task("short", **string("short", "ab")),
        many("one of them is wrong", [*listed, string("wrong", state="nonsense")]),
        many("many", listed, workers=1),  # so that the requests have an order
        many("prune, check", listed, {"check_mode": True}, prune=True, workers=1),
        info("all", full=True),
        task("refused", name="mail", state="absent"),
        task("no such option", nmae="x"),
        task("not there", {"environment": {"VERSORI_ORGANISATION_ID": "01HFS2NEAZ6ECZBZMN4FF775P8"}}, name="x", type="none"),
        task("odd", organisation_id=ODD, **string("odd")),
        info("odd ones", organisation_id=ODD, full=True),
    ]


def _played(controller: Controller) -> list[Result]:
    controller.sim.reset()
    controller.sim.fault("unprocessable", method="DELETE", times=1)
    controller.sim.add_organisation(ODD, extra_fields=ODD_FIELDS)
    run = controller.play(*_tasks(), env={"VERSORI_CACHE_CONNECTION": str(controller.ansible_home)})  # as the worker has it
    assert run.code == 0, run.printed
    assert (run.modules_shipped > 0) is (controller.way == ELSEWHERE)
    return run.results


def _comparable(result: Result) -> dict[str, Any]:
    said = json.loads(json.dumps(result.comparable))
    of_ansible = [key for key, value in said.items() if key.startswith("_ansible") or (key == "warnings" and not value)]
    own = {key: value for key, value in said.items() if key not in ("failed", "exception", *of_ansible)}
    return {**own, "stored": {name: entry["data"] for name, entry in result.state.items()}, "remembered": len(result.memory)}


def test_a_whole_run_reports_the_same(running, tmp_path, way):
    fast = _played(Worker(tmp_path / "fast", running, way))
    whole = _played(Controller(tmp_path / "whole", running, way))
    assert [result.label for result in fast] == [result.label for result in whole]
    for quick, real in zip(fast, whole, strict=True):
        assert _comparable(quick) == _comparable(real), quick.label
    assert {result.how for result in fast} == {"ok", "failed"}
