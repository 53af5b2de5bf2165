# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another host that is out of reach, or whose module dies: what was done is reported, and what is not known is not taken for done."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure

from tests import playing
from tests.acceptance.many import many, none, outline, string
from tests.acceptance.running import Controller, Worker, task
from tests.playing import ELSEWHERE

STRING = {"type": "string", "data": {"value": "a-secret-value"}}


@pytest.mark.parametrize("modules", [2, 3, 4])
def test_a_host_that_is_out_of_reach_while_pruning(sim, tmp_path, monkeypatch, modules):
    """Two runs of the module bring the listed ones to their state, the third one lists, the others prune."""
    sim.add("none", "other", {})
    run_module, runs = playing._run_module, iter(range(100))

    def cut(*args: Any) -> dict[str, Any]:
        if next(runs) >= modules:
            raise AnsibleConnectionFailure("the line is cut")
        return run_module(*args)

    monkeypatch.setattr(playing, "_run_module", cut)
    result = Worker(tmp_path, sim, ELSEWHERE).play(many("prune", [none("a")], prune=True))["prune"]
    assert (result.how, result.changed) == ("failed", True), result.said
    assert outline(result.results, "decision") == ["created"]
    said = result.msg + str(result.pruned)
    assert "The module failed on the host that the task runs on: " in said and "the line is cut" in said
    assert "This is a bug" not in said and sorted(result.state) == ["a", "other"]


def test_a_module_that_dies_after_it_has_written(sim, tmp_path):
    """Nobody knows what it has sent, so what is remembered from before must not count."""
    controller = Controller(tmp_path, sim, ELSEWHERE)
    tasks = [task("first", name="x", **STRING), *(task(label, **string("x", "hush-other")) for label in ("lost", "again"))]
    # Two runs of the module create it, a third one finds it.
    run = controller.play(*tasks, env={"ELSEWHERE_LOSES": "4"})
    lost, again = run["lost"], run["again"]
    assert (run["first"].decision, run["first"].state["x"]["data"]) == ("created", STRING["data"])
    assert lost.how == "failed" and "The module failed on the host" in lost.msg
    assert lost.state["x"]["data"] == {"value": "hush-other"}
    assert (again.decision, again.changed) == ("unknown", True) and "an earlier push was interrupted" in again.warned
