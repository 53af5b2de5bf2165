# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controllers that share a memory in Redis, and the other cache plugins that users have."""

import pytest

from tests.acceptance.forks import Forks
from tests.acceptance.many import before_each_request, string
from tests.acceptance.redis_server import COLLECTIONS, KEY, PASSWORD, PLUGIN, Redis, needs_collections
from tests.acceptance.running import Controller, task
from tests.playing import MANY, ONE

MANY_OLD = [string(f"n{number}", f"hush-old-{number}") for number in range(5)]
MANY_NEW = [string(f"n{number}", f"hush-new-{number}") for number in range(5)]

pytestmark = needs_collections


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def server(serving):
    serving.client.flushall()
    return serving


@pytest.fixture
def shared(server):
    return {"cache_plugin": PLUGIN, "cache_connection": server.connection, "fingerprint_key": KEY}


@pytest.fixture
def both(sim, tmp_path):
    """Two controllers, each with a home of its own."""
    return Forks(tmp_path / "one", sim), Forks(tmp_path / "two", sim)


def told(said):
    return said["decision"], said["changed"], said.get("warnings")


def test_two_controllers_take_turns(both, shared, server, sim):
    one, two = both
    wanted, rotated = {**string("mail", "hush-1"), **shared}, {**string("mail", "hush-2"), **shared}
    assert told(one.run(ONE, wanted)) == ("created", True, None)
    for controller in (two, one, two):
        assert told(controller.run(ONE, wanted)) == ("unchanged", False, None)
    assert told(two.run(ONE, rotated)) == ("rotated", True, None)
    for controller in (one, two, one):
        assert told(controller.run(ONE, rotated)) == ("unchanged", False, None)
    [id] = sim.ids()
    sim.edit(id, data={"value": "somebody else's"})
    assert told(two.run(ONE, rotated))[:2] == ("drifted", True)
    assert told(one.run(ONE, rotated))[:2] == ("unchanged", False)
    assert sim.stored(id)["data"]["value"] == "hush-2"

    assert told(one.run(ONE, {"name": "mail", "state": "absent", **shared}))[0] == "deleted"
    assert told(two.run(ONE, wanted)) == ("created", True, None)
    assert not one.memory.exists() and not two.memory.exists()  # nothing is kept beside it
    names = server.client.keys("*")
    assert names and all(name.startswith("versori_platform_") for name in names), names  # and nothing meets Ansible's own facts
    kinds = {name: server.client.type(name) for name in names}
    assert {server.client.ttl(name) for name in names} == {-1}  # nothing is forgotten after a day
    held = " ".join(str(server.client.get(name)) for name, kind in kinds.items() if kind == "string")
    assert "fingerprints" in held and "hush" not in held


@pytest.mark.parametrize(
    ("connection", "sentence"),
    [
        ("127.0.0.1:1:0:hush", "Connection refused"),
        ("127.0.0.1:PORT:0:hush-wrong", "invalid username-password pair"),
        ("127.0.0.1:PORT:0", "authenticat"),
        ("hush-no-port", "Unable to parse connection string"),
        (None, "_uri"),
    ],
)
def test_redis_that_cannot_be_used(both, shared, server, sim, connection, sentence):
    shared["cache_connection"] = connection and connection.replace("PORT", str(server.port))
    said = both[0].run(MANY, {"credentials": MANY_OLD, **shared})
    assert (said["failed"], said["changed"]) == (True, False)
    assert "nothing is sent without it" in said["msg"] and sentence in said["msg"]
    assert "hush" not in str(said)
    assert sim.requests == []


@pytest.mark.parametrize("on_unknown", ["push", "adopt"])
def test_redis_that_goes_away(both, shared, server, sim, monkeypatch, on_unknown):
    """It stops while a credential is pushed: that is told as done with a warning, and the rest is not sent, nor taken for as wanted."""
    one, two = both
    assert one.run(MANY, {"credentials": MANY_OLD, **shared})["changed"]
    sim.clear_requests()
    pushed = []

    def hook(request):
        if request.method == "PUT" and not pushed:
            pushed.append(request)
            server.stop()

    with monkeypatch.context() as patch:
        before_each_request(patch, sim, hook)
        said = one.run(MANY, {"credentials": MANY_NEW, "workers": 1, "on_unknown": on_unknown, **shared})
    server.start()
    first, *rest = said["results"]
    assert (first["changed"], first["failed"]) == (True, False)
    assert [(item["changed"], item["failed"]) for item in rest] == [(False, True)] * 4
    assert "could not be remembered" in " ".join(said["warnings"])
    assert "nothing is sent without it" in said["msg"] and said["msg"].count("cannot be used") == 1  # one cause, told once
    assert sum(request.method == "PUT" for request in sim.requests) == 1
    assert "hush" not in str(said)
    after, quiet = two.start(MANY, {"credentials": MANY_NEW, **shared}, times=2).ends()
    assert (after["changed"], after.get("failed"), quiet["changed"]) == (True, None, False)


def test_a_whole_run_with_the_variables_that_a_team_sets(both, sim, server, tmp_path):
    """`VERSORI_…` as in a job template, most verbose: no flapping between two homes, and no password anywhere."""
    variables = {"VERSORI_CACHE_PLUGIN": PLUGIN, "VERSORI_CACHE_CONNECTION": server.connection, "VERSORI_FINGERPRINT_KEY": KEY}
    by_option = {**string("mail"), "cache_plugin": PLUGIN, "cache_connection": server.connection, "fingerprint_key": KEY}
    assert both[0].run(ONE, by_option)["decision"] == "created"
    down = {"environment": {"VERSORI_CACHE_CONNECTION": f"127.0.0.1:1:0:{PASSWORD}"}}
    run = Controller(tmp_path / "whole", sim).play(
        task("by variables", **string("mail")),
        task("by options", **by_option),
        task("down", down, **string("mail")),
        task("no connection", **{**by_option, "cache_connection": "hush:1"}),
        args=["-vvvv"],
        env={"ANSIBLE_COLLECTIONS_PATH": COLLECTIONS, **variables},
    )
    assert [result.decision for result in run.results] == ["unchanged", "unchanged", None, None]
    assert [result.how for result in run.results] == ["ok", "ok", "failed", "failed"]
    assert PASSWORD not in run.printed and KEY not in run.printed
    assert "hush" not in str([result.said for result in run.results])


def test_what_redis_holds_is_listed_and_moved(both, shared, server, sim, tmp_path):
    """There and back, and nothing is pushed again for it."""
    assert both[0].run(MANY, {"credentials": MANY_OLD, **shared})["changed"]
    folder, state = str(tmp_path / "moved"), "versori.platform.versori_state"
    back = {"move_to_plugin": PLUGIN, "move_to": server.connection, "cache_connection": folder}
    run = Controller(tmp_path / "whole", sim).play(
        {"name": "list", state: shared},
        {"name": "copy", state: {**shared, "move_to": folder, "keep": True}},
        {"name": "forget", state: {**shared, "forget_all": True}},
        {"name": "none", state: shared},
        {"name": "back", state: {**back, "fingerprint_key": KEY}},
        args=["-vvvv"],
        env={"ANSIBLE_COLLECTIONS_PATH": COLLECTIONS},
    )
    names = [[(entry["name"], entry["state"]) for entry in result.said.get("credentials", ())] for result in run.results]
    everything = [(f"n{number}", "settled") for number in range(5)]
    assert names == [everything, everything, everything, [], everything], run.printed
    assert PASSWORD not in run.printed and KEY not in run.printed
    for memory in (shared, {"fingerprint_key": KEY, "cache_connection": folder}):
        decisions = both[1].run(MANY, {"credentials": MANY_OLD, **memory}, check=True)["decisions"]
        assert decisions == ({"unchanged": 5} if memory is shared else {"unknown": 5})
