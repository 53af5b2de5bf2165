# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Odd servers, addresses and hosts: a sentence each, and what else was wanted is done; both ways."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure

from tests import playing
from tests.acceptance.many import many, none, outline, string
from tests.acceptance.running import Controller, Worker, task
from tests.ear import Ear
from tests.playing import ELSEWHERE

STRING = {"type": "string", "data": {"value": "a-secret-value"}}


def test_plain_http_in_capitals_takes_no_proxy(worker, sim):
    """In the environment of the controller, and in that of the task."""
    url = sim.url.replace("http", "HTTP", 1)
    with Ear(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}") as proxy:
        variables = {"http_proxy": f"http://127.0.0.1:{proxy.port}", "all_proxy": f"http://127.0.0.1:{proxy.port}", "A": 7}
        run = worker.play(
            task("of the task", {"environment": variables}, name="x", api_url=url, **STRING),
            task("as usual", name="x", **STRING),
            task("of the controller", name="x", api_url=url.replace("127.0.0.1", "LocalHost"), state="absent"),
            env={"all_proxy": variables["all_proxy"], "http_proxy": variables["http_proxy"]},
        )
    assert [result.decision for result in run.results] == ["created", "unchanged", "deleted"]  # one memory for both spellings
    assert proxy.heard == b""


DEEP = "[" * 2_000 + "]" * 2_000
LONG = "2026-01-02T03:04:05." + "1" * 5_000 + "Z"


@pytest.mark.parametrize("body", ["deep", "deep enough", "long time"])
def test_an_odd_answer_does_not_take_the_others_along(worker, sim, body):
    odd = sim.add("string", "odd", {"value": "hush"})
    credential = {"id": odd, "name": "odd", "type": "string", "data": {}, "updatedAt": LONG}
    bodies: dict[str, Any] = {"deep": f'{{"usages": {DEEP}}}', "deep enough": "[" * 700 + "]" * 700, "long time": credential}
    sim.fault("answer", path=odd, times=None, body=bodies[body], headers={"Content-Type": "application/json"})
    result = worker.play(many("many", [none("a"), string("odd"), string("b"), none("c")], workers=2))["many"]
    assert outline(result.results, "decision")[::2] == ["created", "created"], result.said
    assert result.changed
    assert sorted(result.state) == ["a", "b", "c", "odd"]
    assert "This is a bug" not in str(result.said)
    if body != "long time":
        assert result.results[1]["failed"] and "nested deeper than 64 levels" in result.results[1]["msg"]


def test_an_odd_answer_while_pruning(worker, sim):
    odd = sim.add("none", "odd", {})
    sim.add("none", "other", {})
    sim.fault("answer", path=odd, times=None, body=DEEP, headers={"Content-Type": "application/json"})
    result = worker.play(many("prune", [none("a")], prune=True))["prune"]
    assert sorted(outline(result.pruned, "name", "changed", "failed")) == [("odd", False, True), ("other", True, False)]
    assert result.changed and sorted(result.state) == ["a", "odd"]


def test_a_list_without_an_end(worker, sim):
    page = {"totalCount": 1, "credentials": [{"id": f"x{number}", "name": f"n{number}"} for number in range(1_500)], "next": "more"}
    sim.fault("answer", path="credentials$", times=None, body=page)
    result = worker.play(task("endless", name="x", **STRING))["endless"]
    assert result.how == "failed" and "the list has no end" in result.msg
    assert result.sent == ["GET list"]


# --- another host that is out of reach, or whose module dies


def _judge_out_of_reach(result):
    assert (result.how, result.changed) == ("failed", True), result.said
    assert outline(result.results, "decision") == ["created"]
    said = result.msg + str(result.pruned)
    assert "The module failed on the host that the task runs on: " in said and "the line is cut" in said
    assert "This is a bug" not in said and sorted(result.state) == ["a", "other"]


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
    _judge_out_of_reach(Worker(tmp_path, sim, ELSEWHERE).play(many("prune", [none("a")], prune=True))["prune"])


def test_a_whole_run_whose_host_is_out_of_reach(sim, tmp_path):
    sim.add("none", "other", {})
    controller = Controller(tmp_path, sim, ELSEWHERE)
    _judge_out_of_reach(controller.play(many("prune", [none("a")], prune=True), env={"ELSEWHERE_BREAKS": "3"})["prune"])


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
