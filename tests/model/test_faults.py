# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeded faults of every kind, over the single and the bulk module.

All of a scenario follows from its seed, but for the order in which threads come to their requests.
`TEST_EXAMPLES=20 ./dev test tests/model/test_faults.py` plays twenty times as many.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import client
from ansible_collections.versori.platform.plugins.module_utils._core import ensure

from tests.playing import MANY, ONE, play
from tests.simulator.credential_types import TYPES
from tests.simulator.faults import KINDS
from tests.simulator.redact import looks_redacted
from tests.simulator.world import data_of
from tests.thoroughness import examples

OLD, NEW = "c2VjcmV0LW9sZA==", "c2VjcmV0LW5ldw=="
LARGEST = 64 * 1024  # bytes that the client reads, in these tests

# Delays that pass, and those that are too long, are the same kinds with other seconds. `size` is that of what is huge.
QUICK = [{"kind": kind, "seconds": 0.001, "size": 2 * LARGEST} for kind in KINDS if kind != "answer"]
SLOW = [{"kind": f"delay_{when}", "seconds": 30.0} for when in ("before", "after")]
SLOW += [{"kind": kind, "seconds": 0.05} for kind in ("drip", "drip_head")]
TIMEOUT = 0.25  # seconds, where something is too slow

struck: Counter[str] = Counter()  # how often each kind has


def check_no_placeholder_was_sent(requests):
    """In no body stands what a server shows in a secret's place; nothing in `data_of` is empty."""
    for request in requests:
        if request.method in ("POST", "PUT"):
            data = {name: value for name, value in request.json["data"].items() if name != "additionalParams"}  # "" is an empty mapping
            values = [value for value in data.values() if value is None or isinstance(value, str)]
            assert not any(map(looks_redacted, values)), request.json


@dataclass
class Item:
    """One credential: what there was, and what the tasks want of it."""

    type: str
    desired: dict[str, Any] | None  # its data; None: not to be there
    before: dict[str, Any] | None  # its data; None: was not there
    id: str | None  # of what was there
    old_name: str
    options: dict[str, Any]

    @property
    def name(self):
        return self.options["name"]


class Scenario:
    """What an organisation has, what tasks want of it, what goes wrong, and what must hold in the end."""

    def __init__(self, sim, seed, memory):
        self.sim = sim
        self.chance = chance = random.Random(seed)  # noqa: S311 (a seed, no secret)
        connection = {"api_url": sim.url, "api_key": sim.api_key, "organisation_id": sim.organisation_id}
        self.connection = {**connection, "cache_connection": memory, "retries": chance.choice([0, 1, 3])}
        self.many = chance.random() < 0.7
        self.prune = self.many and chance.random() < 0.4
        self.slow = chance.random() < 0.04
        self.rate = chance.choice([0.1, 0.3, 0.6])
        self.workers = chance.choice([1, 2, 5])
        self.items = [self.item(f"n{number}") for number in range(chance.randint(1, 4))]
        self.strangers = {}  # id -> whether it may be pruned
        for number in range(chance.randint(0, 2)):
            stranger = sim.add("string", f"s{number}", {"value": "theirs"})
            used = chance.random() < 0.5
            if used:
                sim.link(stranger)
            self.strangers[stranger] = self.prune and not used

    def item(self, name):
        credential_type = self.chance.choice(list(TYPES))
        story = self.chance.choice(["create", "update", "update", "take over", "keep", "delete", "gone"])
        desired = None if story in ("delete", "gone") else data_of(credential_type, NEW, "new")
        before = desired if story == "keep" else data_of(credential_type, OLD, "old")
        id = None
        if story in ("create", "gone"):
            before = None
        elif story in ("take over", "delete"):
            id = self.sim.add(credential_type, name, before)
        else:
            id = play(ONE, {**self.connection, "name": name, "type": credential_type, "data": before})["credential_id"]
        options = {"name": name, "state": "absent"} if desired is None else {"name": name, "type": credential_type, "data": desired}
        if desired is not None and credential_type == "oauth2-token":
            options["on_unknown"] = "push"  # what is in doubt is left alone by default
        if id and self.chance.random() < 0.5:
            options["credential_id"] = id
            if story == "update" and self.chance.random() < 0.3:
                options["name"] = f"{name}-renamed"
        return Item(credential_type, desired, before, id, name, options)

    def run(self, timeout=60.0):
        """The results of the tasks, and of each item."""
        connection = {**self.connection, "timeout": timeout}
        if self.many:
            listed = [item.options for item in self.items]
            options = {"credentials": listed, "prune": self.prune, "workers": self.workers, "full_results": True}
            results = [play(MANY, {**connection, **options})]
        else:
            results = [play(ONE, {**connection, **item.options}) for item in self.items]
        assert "This is a bug" not in str([result.get("msg") for result in results])
        return results, results[0].get("results", results)

    def judge(self, results, by_item):
        """After the run with faults: none is half, doubled or wiped, and what is said to be done is done."""
        stored = {held["id"]: held for held in self.sim.state()}
        names = [held["name"] for held in stored.values()]
        assert len(set(names)) == len(names), f"two of one name: {sorted(names)}"
        for item, result in zip(self.items, by_item, strict=True):
            held = stored.get(item.id) if item.id else next((entry for entry in stored.values() if entry["name"] == item.name), None)
            assert held or item.id is None or item.desired is None, f"{item.name} was lost"
            now = held and held["data"]
            if result.get("failed"):
                assert result["msg"] and "\n" not in result["msg"] and "Traceback" not in result["msg"], result
                assert now in (item.before, item.desired), f"{item.name} is half: {now}"
                assert held is None or held["name"] in (item.name, item.old_name)
            else:
                assert now == item.desired, f"{item.name} is said to be as wanted: {result}, {now}"
                described = held and (held["name"], held["type"], held["id"])
                assert held is None or described == (item.name, item.type, result["credential_id"])
        for stranger, may_go in self.strangers.items():
            assert stranger in stored or may_go, "a credential was pruned that is in use, or without being asked to"
            assert stranger not in stored or stored[stranger]["data"] == {"value": "theirs"}
            assert stranger not in stored or not may_go or results[0].get("failed"), "said to be pruned"

    def judge_next(self, by_item, results, next_by_item):
        """After the next run, without faults: nothing failed, and nothing was changed that was said to be right."""
        assert not any(result.get("failed") for result in results), results
        for item, earlier, result in zip(self.items, by_item, next_by_item, strict=True):
            assert earlier.get("failed") or not result["changed"], f"{item.name} was right, and was changed again: {result}"
        wanted = {item.name: item.desired for item in self.items if item.desired is not None}
        kept = [stranger for stranger, may_go in self.strangers.items() if not may_go]
        assert sorted(self.sim.names()) == sorted([*wanted, *(self.sim.stored(stranger)["name"] for stranger in kept)])
        assert {held["name"]: held["data"] for held in self.sim.state() if held["id"] not in kept} == wanted


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(client, "LARGEST_ANSWER", LARGEST)
    monkeypatch.setattr(ensure, "LONGEST_LAG", 0.01)


@pytest.mark.parametrize("seed", range(examples(400)))
def test_seeded_faults(sim, tmp_path, seed):
    scenario = Scenario(sim, seed, str(tmp_path))
    mix = sim.fault_mix(seed, scenario.rate, SLOW if scenario.slow else QUICK)
    results, by_item = scenario.run(TIMEOUT if scenario.slow else 60.0)
    struck.update({rule.kind: rule.hits for rule in mix.rules})
    sim.clear_faults()

    scenario.judge(results, by_item)
    scenario.judge_next(by_item, *scenario.run())
    last, _by_item = scenario.run()
    assert not any(result["changed"] or result.get("failed") for result in last), last
    check_no_placeholder_was_sent(sim.requests)


def test_every_kind_has_struck():
    """Of what the scenarios draw from, nothing is missing that the simulator can do, and all of it was met."""
    assert {kind["kind"] for kind in QUICK + SLOW} == set(KINDS) - {"answer"}
    if sum(struck.values()) > 600:  # not where a few seeds were asked for
        assert {kind for kind, times in struck.items() if times >= 10} == set(KINDS) - {"answer"}
