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


# A host's Python, as far as Ansible can tell: it reads the module, and fails as the real one does.
PYTHONS = {
    "old": (
        'if [ "$1" = --version ]; then echo Python 3.6.15; exit; fi; cat >/dev/null',
        "SyntaxError: future feature annotations is not defined",
        " is Python 3.6.15 on the host that the task runs on, where this collection needs Python 3.9 or newer: ",
    ),
    "full": (
        'if [ "$1" = --version ]; then echo Python 3.11.2; exit; fi; cat >/dev/null',
        "OSError: [Errno 28] No space left on device: 'a-secret-value'",
        "The module failed on the host that the task runs on: OSError: [Errno 28] No space left on device: '********",
    ),
}


def test_what_the_host_said_is_told(sim, tmp_path):
    controller = Controller(tmp_path, sim, ELSEWHERE)
    tasks = []
    for name, (script, stderr, _words) in PYTHONS.items():
        python = controller.inputs / name
        python.write_text(f'#!/bin/sh\n{script}; echo "{stderr}" >&2; exit 1\n')
        python.chmod(0o755)
        tasks.append(task(name, {"vars": {"ansible_python_interpreter": str(python)}}, name="x", **STRING))
    run = controller.play(*tasks)
    for name, (_script, _stderr, words) in PYTHONS.items():
        assert run[name].how == "failed" and words in run[name].msg, run[name].msg
        assert run[name].sent == []
    assert "a-secret-value" not in run.printed


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
