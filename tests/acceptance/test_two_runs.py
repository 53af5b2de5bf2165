# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at once over one memory: no record is broken, at most one push more, and then nothing changes any more."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api.client import Client
from ansible_collections.versori.platform.plugins.module_utils._api.connection import read_connection
from ansible_collections.versori.platform.plugins.module_utils._api.credentials import CredentialsApi
from ansible_collections.versori.platform.plugins.module_utils._core.desired import read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.ensure import ensure

from tests.acceptance.callback_plugins.recorder import records
from tests.acceptance.forks import Forks, values
from tests.acceptance.many import string
from tests.model.memory import Doom, Memory
from tests.playing import MANY, ONE
from tests.thoroughness import examples

OLD, NEW = string("mail", "hush-old"), string("mail", "hush-new")
MANY_OLD = [string(f"n{number}", f"hush-old-{number}") for number in range(8)]
MANY_NEW = [string(f"n{number}", f"hush-new-{number}") for number in range(8)]


@pytest.mark.parametrize("rounds", range(examples(1)))
@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    ("module", "before", "desired"),
    [(ONE, OLD, NEW), (MANY, {"credentials": MANY_OLD}, {"credentials": MANY_NEW, "workers": 4})],
    ids=["one", "many"],
)
def test_two_runs_that_meet(sim, tmp_path, module, before, desired, method, rounds):
    """They meet before the first GET, or before the first PUT, when both have decided to push."""
    forks = Forks(tmp_path, sim)
    assert forks.run(module, before)["changed"]
    sim.clear_requests()
    barrier = sim.fault("together", method=method, times=2, seconds=60)
    both = [forks.start(module, desired) for _number in range(2)]
    for said in (one.end() for one in both):
        assert not said.get("failed"), said["msg"]
    assert barrier.all_there
    expected = {one["name"]: one["data"]["value"] for one in desired.get("credentials", [desired])}
    assert values(sim) == expected
    pushed = {id: sum(one.method == "PUT" and one.path.endswith(id) for one in sim.requests) for id in sim.ids()}
    assert set(pushed.values()) <= {1, 2}
    with contextlib.closing(sqlite3.connect(forks.memory / "versori_platform/memory.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert len(records(forks.memory)) >= len(expected)

    sim.clear_requests()
    after, quiet = forks.start(module, desired, times=2).ends()
    results = after.get("results", [after])
    assert {one["decision"] for one in results} <= {"unchanged", "drifted", "unknown"}
    assert not after.get("failed")
    assert (quiet["changed"], quiet.get("warnings")) == (False, None)
    assert values(sim) == expected
    assert sum(one.method == "PUT" for one in sim.requests) == sum(one["changed"] for one in results)


def test_two_runs_that_create_one_name_at_once(sim, tmp_path):
    """Names need not be unique at the API, so it takes both; the next run touches neither and says what to do."""
    forks = Forks(tmp_path, sim)
    sim.fault("together", method="POST", times=2, seconds=60)
    both = [forks.start(ONE, NEW) for _number in range(2)]
    assert [one.end()["decision"] for one in both] == ["created"] * 2
    ids = sim.ids()
    sim.clear_requests()
    said = forks.run(ONE, NEW)
    assert said["failed"]
    assert all(id in said["msg"] for id in ids)
    assert "give credential_id to say which one, or rename one of them" in said["msg"]
    assert {one.method for one in sim.requests} == {"GET"}
    sim.remove(ids[0])
    after, quiet = forks.start(ONE, NEW, times=2).ends()
    assert (after.get("failed"), quiet["changed"], sim.ids()) == (None, False, ids[1:])


def turns(first, second):
    """All orders in which two runs can take so many turns."""
    for places in itertools.combinations(range(first + second), first):
        yield [0 if number in places else 1 for number in range(first + second)]


class Run:
    """A run that goes on by one thing at a time: it decides and writes its memory, or a request is made."""

    def __init__(self, sim, memory, api, desired):
        self.flow = ensure(desired, memory, sim.url)
        self.api = api
        self.action, self.answer, self.result = None, None, None
        self.waits = False  # for its request to be made

    def turn(self):
        if self.result:
            return
        if self.waits:
            self.answer, self.waits = self.api(*self.action), False
            return
        try:
            self.action = self.flow.send(self.answer)
            self.waits = True
        except StopIteration as end:
            self.result = end.value


@pytest.mark.timeout(0)
@pytest.mark.parametrize("desired", [["new", "new"], ["new", "newer"]], ids=["same", "other"])
def test_every_order_of_two_runs(sim, desired):
    """Each run takes five turns: ask, answer, mark, push, note."""
    connection = read_connection({"api_url": sim.url, "api_key": sim.api_key, "timeout": 60.0, "retries": 0})
    client = Client(connection)

    def wish(secret):
        data = {"username": "me", "password": secret}
        return read_desired({"organisation_id": sim.organisation_id, "name": "mail", "type": "basic-auth", "data": data})

    def run(secret, memory):
        one = Run(sim, memory, CredentialsApi(client), wish(secret))
        while not one.result:
            one.turn()
        return one.result

    pushes = set()
    for order in turns(5, 5):
        sim.reset()
        memory = Memory(Doom())
        assert run("old", memory)["changed"]
        runs = [Run(sim, memory, CredentialsApi(client), wish(secret)) for secret in desired]
        for number in order:
            runs[number].turn()
        assert all(one.result for one in runs), order
        [id] = sim.ids()
        assert sim.stored(id)["data"]["password"] in desired, order
        after, quiet = run(desired[-1], memory), run(desired[-1], memory)
        assert sim.stored(id)["data"]["password"] == desired[-1], f"{order}: {after['decision']}"
        assert (quiet["decision"], quiet["changed"]) == ("unchanged", False), order
        pushes.add(after["changed"])
    assert pushes == {False, True}
    client.close()


def test_two_controllers_that_make_one_key(sim, tmp_path):
    """The first runs ever, at once: both use the key that was made first, so neither takes the other's records for unknown."""
    forks = Forks(tmp_path, sim)
    both = [forks.start(ONE, string(f"n{number}")) for number in range(4)]
    assert [one.end()["decision"] for one in both] == ["created"] * 4
    for number in range(4):
        assert forks.run(ONE, string(f"n{number}"))["decision"] == "unchanged"
