# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller that is killed at any of its steps: the next run finishes what it began, and the one after is quiet."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.forks import Forks
from tests.acceptance.many import many, outline, string
from tests.acceptance.running import Controller, task
from tests.playing import ELSEWHERE, HERE, MANY, ONE, WAYS
from tests.simulator import Simulator

BASIC = EXAMPLES["basic-auth"]
OLD, NEW = BASIC.data, {**BASIC.data, **BASIC.rotated}
SECRETS = (OLD["password"], NEW["password"], "hush-")


@dataclass(frozen=True)
class Scenario:
    """What a task finds and what it wants; with several items it is the module for many."""

    before: list[dict[str, Any]]  # items that an earlier run has brought there
    wanted: list[dict[str, Any]]
    workers: int = 1
    ways: tuple[str, ...] = (HERE,)
    every: int = 1  # dies at every so many steps only
    forgotten: bool = False  # the memory was lost in between

    def args(self, items: list[dict[str, Any]], single: bool) -> tuple[str, dict[str, Any]]:
        return (ONE, items[0]) if single else (MANY, {"credentials": items, "workers": self.workers})

    @property
    def single(self) -> bool:
        return len(self.wanted) == 1


def mail(data: dict[str, Any]) -> dict[str, Any]:
    return {"name": "mail", "type": BASIC.type, "data": data}


MANY_BEFORE = [mail(OLD), string("same"), string("doomed"), {**mail(OLD), "name": "user"}, string("other")]
MANY_WANTED = [
    mail(NEW),
    string("same"),
    {"name": "doomed", "state": "absent"},
    {**mail({**OLD, **BASIC.edited}), "name": "user"},
    {**mail(NEW), "name": "other"},  # of another type than before
    string("fresh"),
]
SCENARIOS = {
    "created": Scenario([], [mail(NEW)]),
    "rotated": Scenario([mail(OLD)], [mail(NEW)], ways=WAYS),
    "unknown": Scenario([mail(OLD)], [mail(NEW)], forgotten=True),
    "deleted": Scenario([mail(OLD)], [{"name": "mail", "state": "absent"}]),
    "many": Scenario(MANY_BEFORE, MANY_WANTED),
    "many, three workers": Scenario(MANY_BEFORE, MANY_WANTED, workers=3, every=3),
    "two": Scenario([mail(OLD)], [mail(NEW), string("fresh")], ways=(ELSEWHERE,), every=2),
}


@dataclass
class Deaths:
    """A scenario, died at each step in turn."""

    forks: Forks
    sim: Simulator
    scenario: Scenario
    way: str
    seen: set[tuple[bool, str | None]] = field(default_factory=set)  # whether the server held it, and what the next run decided

    def at(self, number: int) -> bool:
        """Die at a step, and check what follows; `False` where the run ended before it."""
        self.start_again()
        module, args = self.scenario.args(self.scenario.wanted, self.scenario.single)
        fork = self.forks.start(module, args, way=self.way, die_at=number)
        result = fork.end()
        if result is not None:
            assert not result.get("failed"), result["msg"]
            return False
        self.check(fork.steps)
        return True

    def first_request(self) -> int:
        self.start_again()
        fork = self.forks.start(*self.scenario.args(self.scenario.wanted, self.scenario.single))
        fork.end()
        return next(number for number, step in enumerate(fork.steps) if step.startswith("send "))

    def start_again(self) -> None:
        self.sim.reset()
        shutil.rmtree(self.forks.memory, ignore_errors=True)
        if self.scenario.before:
            first = self.forks.run(*self.scenario.args(self.scenario.before, single=len(self.scenario.before) == 1))
            assert first["changed"]
        if self.scenario.forgotten:
            shutil.rmtree(self.forks.memory)

    def check(self, steps: list[str]) -> None:
        where = f"killed before step {len(steps) - 1}: {steps[-1]}"
        self.sim.settle()
        found = self.held()
        assert set(found) <= {one["name"] for one in (*self.scenario.before, *self.scenario.wanted)}, where
        for name, data in found.items():
            assert data in [one.get("data") for one in (*self.scenario.before, *self.scenario.wanted) if one["name"] == name], where
        for path in self.forks.memory.rglob("*"):
            assert path.is_dir() or not any(secret.encode() in path.read_bytes() for secret in SECRETS), where

        self.sim.clear_requests()
        module, args = self.scenario.args(self.scenario.wanted, self.scenario.single)
        after, quiet = self.forks.start(module, args, times=2).ends()
        assert not after.get("failed"), f"{where}: {after['msg']}"
        assert self.held() == {one["name"]: one["data"] for one in self.scenario.wanted if "data" in one}, where
        results = [after] if self.scenario.single else after["results"]
        for item, said in zip(self.scenario.wanted, results, strict=True):
            was_right = found.get(item["name"]) == item.get("data")
            # What was right already is sent again only where the end of its push was not noted.
            assert said["changed"] is not was_right or said["decision"] == "unknown", f"{where}: {said['decision']}"
            assert item["name"] != "same" or not said["changed"], where
            self.seen.add((was_right, said["decision"]))
        assert (quiet["changed"], quiet.get("warnings")) == (False, None), where
        assert sum(one.method != "GET" for one in self.sim.requests) == sum(one["changed"] for one in results), where

    def held(self) -> dict[str, dict[str, Any]]:
        names = self.sim.names()
        assert len(names) == len(set(names)), "two credentials of one name"
        return {one["name"]: one["data"] for one in self.sim.state()}


@pytest.mark.timeout(0)  # seconds where nothing else runs
@pytest.mark.parametrize(
    ("name", "way"), [(name, way) for name, one in SCENARIOS.items() for way in one.ways], ids=lambda text: text.replace(" ", "-")
)
def test_killed_at_each_step(sim, tmp_path, name, way):
    deaths = Deaths(Forks(tmp_path, sim), sim, SCENARIOS[name], way)
    # What happens before the first request is the same both ways, and the shipped one takes long.
    number = 0 if way == HERE else deaths.first_request()
    while deaths.at(number):
        number += SCENARIOS[name].every
    print(f"{name}, {way}: ended after {number} steps")
    assert {(False, name), (True, "absent" if name == "deleted" else "unchanged")} <= deaths.seen or not SCENARIOS[name].single
    assert (True, "unknown") in deaths.seen or name == "deleted"


def _kill(pid: int) -> None:
    """A process and everything below it; Ansible's workers have left its process group."""
    children: dict[int, list[int]] = {}
    for line in subprocess.check_output(["ps", "-A", "-o", "pid=,ppid="], text=True).splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    doomed = [pid]
    for one in doomed:
        doomed.extend(children.get(one, ()))
    for one in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def _until(happened, process) -> None:
    while not happened():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


@pytest.mark.parametrize("kind", ["delay_before", "delay_after"])
def test_killed_while_a_put_is_under_way(controller, sim, kind):
    wanted = {"type": BASIC.type, "name": "mail", "data": BASIC.data}
    assert controller.play(task("first", **wanted))["first"].decision == "created"
    [id] = sim.ids()
    wanted["data"] = {**BASIC.data, **BASIC.rotated}

    sim.clear_requests()
    sim.fault(kind, method="PUT", seconds=100_000)
    where = {"delegate_to": "bastion"} if controller.way == ELSEWHERE else {}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [{"name": "killed", ONE: wanted, **where}]}
    process = controller.start(play)
    _until(lambda: any(one.method == "PUT" for one in sim.requests), process)
    if kind == "delay_after":
        _until(lambda: sim.stored(id)["data"] == wanted["data"], process)
    _kill(process.pid)
    process.communicate()
    assert (sim.stored(id)["data"] == wanted["data"]) is (kind == "delay_after")

    run = controller.play(task("again", **wanted), task("quiet", **wanted))
    again, quiet = run["again"], run["quiet"]
    assert (again.decision, again.changed, again.writes) == ("unknown", True, ["PUT"])
    assert "interrupted" in again.warned
    assert sim.stored(id)["data"] == wanted["data"]
    assert (quiet.decision, quiet.changed, quiet.warnings) == ("unchanged", False, None)


def test_many_killed_half_way(sim, tmp_path):
    """What had its answer is not sent again, what was under way is sent once more, the rest for the first time."""
    controller = Controller(tmp_path, sim)
    count, workers, answered = 30, 4, 13
    names = [f"n{number:02d}" for number in range(count)]
    assert controller.play(many("first", [string(name) for name in names]))["first"].changed
    rotated = [string(name, f"new-{name}") for name in names]

    sim.clear_requests()
    sim.fault("delay_before", method="PUT", after=answered, times=None, seconds=100_000)
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [many("killed", rotated, workers=workers)]}
    process = controller.start(play)
    # A worker asks for its next one only after it has noted the one before: once all of them wait, all is noted that was answered.
    _until(lambda: sum(one.method == "PUT" for one in sim.requests) == answered + workers, process)
    _kill(process.pid)
    process.communicate()
    held = {one["name"]: one["data"]["value"] for one in sim.state()}
    assert sum(held[name] == f"new-{name}" for name in names) == answered

    sim.clear_faults()
    run = controller.play(many("again", rotated), many("quiet", rotated))
    again = run["again"]
    decisions = dict(outline(again.results, "name", "decision"))
    assert {name for name in names if decisions[name] == "unchanged"} == {name for name in names if held[name] == f"new-{name}"}
    assert again.decisions == {"unchanged": answered, "unknown": workers, "rotated": count - answered - workers}
    assert again.writes == ["PUT"] * (count - answered)
    assert again.warned.count("interrupted") == workers
    assert {one["name"]: one["data"]["value"] for one in sim.state()} == {name: f"new-{name}" for name in names}
    assert (run["quiet"].changed, run["quiet"].decisions, run["quiet"].writes) == (False, {"unchanged": count}, [])


@pytest.mark.parametrize(("way", "step"), [(HERE, "sql INSERT"), (ELSEWHERE, "send the body")], indirect=["way"])
def test_a_whole_run_that_dies(controller, sim, step):
    """As in the forks above, with all of ansible-playbook, while it creates a credential."""
    steps = controller.records / "steps"
    dying = {"steps": str(steps), "at": None, "watched": str(controller.memory)}
    wanted = {"type": BASIC.type, "name": "mail", "data": BASIC.data}
    loaded = {"PYTHONPATH": str(Path(__file__).parent / "dying")}
    assert controller.play(task("whole", **wanted), env={**loaded, "DYING": json.dumps(dying)})["whole"].decision == "created"
    told = steps.read_text().splitlines()
    number = max(number for number, line in enumerate(told) if line.startswith(step))

    steps.unlink()
    sim.reset()
    shutil.rmtree(controller.memory)
    died = controller.play(task("killed", **wanted), env={**loaded, "DYING": json.dumps({**dying, "at": number})})
    assert (died.code, died.results) == (-signal.SIGKILL, [])
    sim.settle()
    there = sim.names()
    assert there == ([] if step.startswith("send") else ["mail"])

    run = controller.play(task("again", **wanted), task("quiet", **wanted))
    assert (run["again"].decision, run["again"].changed) == (("unknown" if there else "created"), True)
    assert [one["data"] for one in sim.state()] == [BASIC.data]
    assert (run["quiet"].decision, run["quiet"].changed, run["quiet"].warnings) == ("unchanged", False, None)
