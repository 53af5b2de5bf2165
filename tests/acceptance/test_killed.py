# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller that is killed at any of its steps: the next run finishes what it began, and the one after is quiet."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.forks import Forks
from tests.acceptance.many import string
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

    def args(self, items: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
        return (ONE, items[0]) if len(items) == 1 else (MANY, {"credentials": items, "workers": self.workers})


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
    # The steps of one credential are those above: what matters is that others are done, and others are not.
    "many": Scenario(MANY_BEFORE, MANY_WANTED, every=2),
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
    there: list[dict[str, Any]] = field(default_factory=list)  # what the server has before

    @property
    def wanted(self) -> tuple[str, dict[str, Any]]:
        return self.scenario.args(self.scenario.wanted)

    def at(self, number: int) -> bool:
        """Die at a step, and check what follows; `False` where the run ended before it."""
        self.start_again()
        fork = self.forks.start(*self.wanted, way=self.way, die_at=number)
        result = fork.end()
        if result is not None:
            assert not result.get("failed"), result["msg"]
            return False
        self.check(fork.steps)
        return True

    def first_request(self) -> int:
        self.start_again()
        fork = self.forks.start(*self.wanted)
        fork.end()
        return next(number for number, step in enumerate(fork.steps) if step.startswith("send "))

    def start_again(self) -> None:
        """What an earlier run has brought there, at the server and in the memory; it is run once, and put back each time."""
        before, saved = self.scenario.before, self.forks.folder / "saved"
        self.forks.forget()
        if before and not saved.exists():
            self.sim.reset()
            assert self.forks.run(*self.scenario.args(before))["changed"]
            self.there = self.sim.state()
            self.forks.memory.rename(saved)
        self.sim.reset()
        for entry in self.there:
            self.sim.set_time(entry["updatedAt"])
            self.sim.add(entry["type"], entry["name"], entry["data"], entry["id"])
        self.sim.clock.reset()
        if before and not self.scenario.forgotten:
            shutil.copytree(saved, self.forks.memory)

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
        after, quiet = self.forks.start(*self.wanted, times=2).ends()
        assert not after.get("failed"), f"{where}: {after['msg']}"
        assert self.held() == {one["name"]: one["data"] for one in self.scenario.wanted if "data" in one}, where
        results = after.get("results", [after])
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
    assert {(False, name), (True, "absent" if name == "deleted" else "unchanged")} <= deaths.seen or len(SCENARIOS[name].wanted) > 1
    assert (True, "unknown") in deaths.seen or name == "deleted"
