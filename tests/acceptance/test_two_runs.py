# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at once over one memory: no record is broken, at most one push more, and then nothing changes any more."""

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

OLD, NEW = string("mail", "hush-old"), string("mail", "hush-new")
MANY_OLD = [string(f"n{number}", f"hush-old-{number}") for number in range(8)]
MANY_NEW = [string(f"n{number}", f"hush-new-{number}") for number in range(8)]


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    ("module", "before", "desired"),
    [(ONE, OLD, NEW), (MANY, {"credentials": MANY_OLD}, {"credentials": MANY_NEW, "workers": 4})],
    ids=["one", "many"],
)
def test_two_runs_that_meet(sim, tmp_path, module, before, desired, method):
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


def _turns(flow, api):
    """A run that goes on by one thing at a time: it decides and writes its memory, or a request is made."""
    answer = None
    while True:
        try:
            action = flow.send(answer)
        except StopIteration as end:
            return end.value
        yield
        answer = api(*action)
        yield


def _to_its_end(run):
    while True:
        try:
            next(run)
        except StopIteration as end:
            return end.value


@pytest.mark.timeout(0)
@pytest.mark.parametrize("desired", [["new", "new"], ["new", "newer"]], ids=["same", "other"])
def test_every_order_of_two_runs(sim, desired):
    """Each run takes five turns: ask, answer, mark, push, note."""
    client = Client(read_connection({"api_url": sim.url, "api_key": sim.api_key, "timeout": 60.0, "retries": 0}))

    def begin(secret, memory):
        data = {"username": "me", "password": secret}
        options = {"organisation_id": sim.organisation_id, "name": "mail", "type": "basic-auth", "data": data}
        return _turns(ensure(read_desired(options), memory, sim.url), CredentialsApi(client))

    pushes = set()
    for places in itertools.combinations(range(10), 5):  # where the first run's turns are among all
        sim.reset()
        memory = Memory(Doom())
        assert _to_its_end(begin("old", memory))["changed"]
        runs = [begin(secret, memory) for secret in desired]
        for number in range(10):
            next(runs[number in places], None)
        assert [next(run, "ended") for run in runs] == ["ended"] * 2, places
        [id] = sim.ids()
        assert sim.stored(id)["data"]["password"] in desired, places
        after, quiet = (_to_its_end(begin(desired[-1], memory)) for _time in range(2))
        assert sim.stored(id)["data"]["password"] == desired[-1], f"{places}: {after['decision']}"
        assert (quiet["decision"], quiet["changed"]) == ("unchanged", False), places
        pushes.add(after["changed"])
    assert pushes == {False, True}
    client.close()
