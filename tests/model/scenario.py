# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A seeded scenario: what an organisation has, what tasks want of it, what goes wrong, and what must hold in the end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.playing import MANY, ONE
from tests.simulator.faults import KINDS
from tests.simulator.redact import looks_redacted
from tests.simulator.world import data_of

TYPES = ("none", "string", "binary", "basic-auth", "oauth2-client", "oauth2-token")
OLD, NEW = "c2VjcmV0LW9sZA==", "c2VjcmV0LW5ldw=="
LARGEST = 64 * 1024  # bytes that the client reads, in these tests

# Delays that pass, and those that are too long, are the same kinds with other seconds. `size` is that of what is huge.
QUICK = [{"kind": kind, "seconds": 0.001, "size": 2 * LARGEST} for kind in KINDS if kind != "answer"]
SLOW = [{"kind": f"delay_{when}", "seconds": 30.0} for when in ("before", "after")]
SLOW += [{"kind": kind, "seconds": 0.05} for kind in ("drip", "drip_head")]
TIMEOUT = 0.25  # seconds, where something is too slow


def check_no_placeholder_was_sent(requests: Sequence[Any]) -> None:
    """In no body stands what a server shows in a secret's place; nothing in `data_of` is empty."""
    for request in requests:
        if request.method in ("POST", "PUT"):
            values = [value for value in request.json["data"].values() if value is None or isinstance(value, str)]
            assert not any(map(looks_redacted, values)), request.json


@dataclass
class Item:
    """One credential: what there was, and what the tasks want of it."""

    type: str
    name: str
    desired: dict[str, Any] | None  # its data; None: not to be there
    before: dict[str, Any] | None  # its data; None: was not there
    id: str | None = None  # of what was there
    by_id: bool = False
    old_name: str | None = None

    def options(self) -> dict[str, Any]:
        options = {"name": self.name}
        if self.by_id:
            options["credential_id"] = self.id
        if self.desired is None:
            return {**options, "state": "absent"}
        # What is in doubt is pushed for this type too, which is left alone by default.
        policy = {"on_unknown": "push"} if self.type == "oauth2-token" else {}
        return {**options, "type": self.type, "data": self.desired, **policy}


class Scenario:
    """Everything about it follows from its seed, but for the order in which threads come to their requests.

    :param connection: options of every task.
    :param play: runs one task, given module and options, and returns its result.
    """

    def __init__(self, sim: Any, seed: int, connection: dict[str, Any], play: Any) -> None:
        self.sim, self.seed = sim, seed
        self.chance = chance = random.Random(seed)  # noqa: S311 (a seed, no secret)
        self.organisation_id = connection["organisation_id"]
        self.many = chance.random() < 0.7
        self.prune = self.many and chance.random() < 0.4
        self.connection = {**connection, "retries": chance.choice([0, 1, 3])}
        self.slow = chance.random() < 0.04
        self.rate = chance.choice([0.1, 0.3, 0.6])
        self.workers = chance.choice([1, 2, 5])
        self.items = [self._item(f"n{number}", play) for number in range(chance.randint(1, 4))]
        self.strangers = {}  # id -> whether it may be pruned
        for number in range(chance.randint(0, 2)):
            stranger = sim.add("string", f"s{number}", {"value": "theirs"}, organisation_id=self.organisation_id)
            used = chance.random() < 0.5
            if used:
                sim.link(stranger)
            self.strangers[stranger] = self.prune and not used

    def _item(self, name: str, play: Any) -> Item:
        chance = self.chance
        credential_type = chance.choice(TYPES)
        story = chance.choice(["create", "update", "update", "take over", "keep", "delete", "gone"])
        desired = None if story in ("delete", "gone") else data_of(credential_type, NEW, "new")
        if story in ("create", "gone"):
            return Item(credential_type, name, desired, None)
        before = desired if story == "keep" else data_of(credential_type, OLD, "old")
        if story in ("take over", "delete"):
            found = self.sim.add(credential_type, name, before, organisation_id=self.organisation_id)
        else:
            made = play(ONE, {**self.connection, "name": name, "type": credential_type, "data": before})
            assert made["decision"] == "created", made
            found = made["credential_id"]
        by_id = chance.random() < 0.5
        renamed = by_id and story == "update" and chance.random() < 0.3
        return Item(credential_type, f"{name}-renamed" if renamed else name, desired, before, found, by_id, name)

    def tasks(self, calm: bool = False) -> list[tuple[Any, dict[str, Any]]]:
        """Module and options of each task.

        :param calm: the faults are over, and nothing may time out on a busy machine.
        """
        connection = {**self.connection, "timeout": TIMEOUT if self.slow and not calm else 60.0}
        if self.many:
            listed = [item.options() for item in self.items]
            return [(MANY, {**connection, "credentials": listed, "prune": self.prune, "workers": self.workers})]
        return [(ONE, {**connection, **item.options()}) for item in self.items]

    def break_the_world(self) -> Any:
        return self.sim.fault_mix(self.seed, self.rate, SLOW if self.slow else QUICK)

    def by_item(self, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """One result for each item, whichever module it comes from."""
        for result in results:
            assert "This is a bug" not in str(result.get("msg")), (self.seed, result["msg"])
        return results[0]["results"] if self.many and "results" in results[0] else results

    def stored(self) -> dict[str, dict[str, Any]]:
        return {held["id"]: held for held in self.sim.state() if held["organisation_id"] == self.organisation_id}

    def judge(self, results: list[dict[str, Any]]) -> list[bool]:
        """After the run with faults: none is half, doubled or wiped, and what is said to be done is done.

        :return: which items failed.
        """
        stored = self.stored()
        names = [held["name"] for held in stored.values()]
        assert len(set(names)) == len(names), f"two of one name: {sorted(names)}"
        by_item = self.by_item(results)
        assert len(by_item) == len(self.items), results  # or the task failed as a whole, before its items
        for item, result in zip(self.items, by_item, strict=True):
            self._judge_item(item, result, stored)
        for stranger, may_go in self.strangers.items():
            assert stranger in stored or may_go, "a credential was pruned that is in use, or without being asked to"
            assert stranger not in stored or stored[stranger]["data"] == {"value": "theirs"}
        if self.many and not results[0].get("failed"):
            assert not any(stranger in stored for stranger, may_go in self.strangers.items() if may_go), "said to be pruned"
        return [bool(result.get("failed")) for result in by_item]

    def _judge_item(self, item: Item, result: dict[str, Any], stored: dict[str, dict[str, Any]]) -> None:
        if item.id is not None:
            held = stored.get(item.id)
            assert held is not None or item.desired is None, f"{item.name} was lost"
        else:
            held = next((entry for entry in stored.values() if entry["name"] == item.name), None)
        now = held and held["data"]
        if result.get("failed"):
            assert result["msg"] and "\n" not in result["msg"] and "Traceback" not in result["msg"], result
            assert now in (item.before, item.desired), f"{item.name} is half: {now}"
            assert held is None or held["name"] in (item.name, item.old_name)
        else:
            assert now == item.desired, f"{item.name} is said to be as wanted: {result}, {now}"
            assert held is None or (held["name"], held["type"]) == (item.name, item.type)
            assert held is None or result["credential_id"] == held["id"]

    def judge_next(self, failed: list[bool], results: list[dict[str, Any]]) -> None:
        """After the next run, without faults: nothing failed, and nothing was changed that was said to be right."""
        assert not any(result.get("failed") for result in results), results
        for item, before, result in zip(self.items, failed, self.by_item(results), strict=True):
            assert before or not result["changed"], f"{item.name} was right, and was changed again: {result}"
        stored = self.stored()
        for item in self.items:
            held = [entry["data"] for entry in stored.values() if entry["name"] == item.name]
            assert held == ([] if item.desired is None else [item.desired])
        assert set(self.strangers) & set(stored) == {stranger for stranger, may_go in self.strangers.items() if not may_go}

    def judge_last(self, results: list[dict[str, Any]]) -> None:
        """After one more: at rest."""
        assert not any(result["changed"] or result.get("failed") for result in results), results
