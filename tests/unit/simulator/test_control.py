# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests can do with a simulator: say what was sent, and act behind a client's back; from the same process, or from another one."""

from __future__ import annotations

import json
import socket

import pytest
import requests

from tests.simulator import RemoteControl, Simulator
from tests.simulator.remote import served


def test_a_request_is_recorded_whole(sim, api):
    name = "J\u00fcrgen" + "x" * 300_000
    api.create(name=name)
    api.send("GET", "nowhere", params={"a": "b c"}, headers={"X-Twice": "1"})
    created, missing = sim.requests
    assert (created.method, created.status, created.fault) == ("POST", 201, None)
    assert created.path == f"/api/connect/v1alpha1/o/{sim.organisation_id}/credentials"
    assert created.json["name"] == json.loads(created.body)["name"] == json.loads(created.answer)["name"] == name
    assert created.headers["authorization"] == created.headers["Authorization"] == "Bearer simulator-api-key"
    assert (missing.method, missing.status, missing.query, missing.json) == ("GET", 404, "a=b+c", None)
    assert missing.headers["x-twice"] == "1"
    sim.clear_requests()
    requests.get(sim.url + "/o/x/credentials")
    assert [request.status for request in sim.requests] == [401]  # also what is refused


def test_half_a_request_never_happened(sim, api):
    head = f"PUT /api/connect/v1alpha1/o/x HTTP/1.1\r\nHost: 127.0.0.1:{sim.port}\r\nContent-Length: 10\r\n\r\nhalf"
    with socket.create_connection(("127.0.0.1", sim.port)) as connection:
        connection.sendall(head.encode())
    with socket.create_connection(("127.0.0.1", sim.port)) as connection:
        connection.sendall(head.encode() + b" whole")
        assert connection.recv(12) == b"HTTP/1.1 401"
    api.list()
    assert [request.body for request in sim.requests] == [b"half whole", b""]


def test_reset_goes_back_to_how_it_was_at_the_start():
    with Simulator(redaction="null", latency=0.01) as simulator:
        simulator.seed(1)
        simulator.switches.turn(redaction="word", usages="absent")
        simulator.advance(1e6)
        simulator.authentication.api_keys.clear()
        simulator.fault("server_error", times=None)
        simulator.fault_mix(1, 1.0, ["html"])
        requests.get(simulator.url, timeout=10)
        simulator.latency = 5
        simulator.reset()
        assert (simulator.names(), simulator.requests, simulator.connections, simulator.latency) == ([], [], 0, 0.01)
        shown = ask(simulator, simulator.add("string", "x", {"value": "secret"})).json()
        assert (shown["data"], shown["usages"]) == ({"value": None}, [])


def ask(sim, id="", **options):
    headers = {"Authorization": "Bearer " + sim.api_key}
    return requests.get(f"{sim.url}/o/{sim.organisation_id}/credentials{id and '/' + id}", headers=headers, **{"timeout": 10, **options})


def test_a_crash_of_the_simulator_is_told(monkeypatch):
    with pytest.raises(AssertionError, match="ZeroDivisionError"), Simulator() as simulator:
        monkeypatch.setattr(simulator, "before_get", lambda _entry: 1 / 0)
        answer = ask(simulator, simulator.add("none", "x", {}))
        assert (answer.status_code, answer.json()["code"]) == (500, "internal")


def test_it_stops_although_a_request_waits():
    with Simulator() as simulator:
        simulator.fault("delay_before", seconds=60)
        with pytest.raises(requests.ReadTimeout):
            ask(simulator, timeout=0.05)
    with pytest.raises(requests.ConnectionError):
        ask(simulator, timeout=1)


def test_a_process_of_its_own():
    with served("--latency", "0.01", "--switch", "redaction=word") as remote:
        id = remote.add("string", "x", {"value": "secret"})
        answer = ask(remote, id)
        assert answer.json()["data"] == {"value": "[REDACTED]"}
        assert answer.elapsed.total_seconds() >= 0.01
        [request] = remote.requests
        assert (request["method"], request["status"], request["path"].endswith(id)) == ("GET", 200, True)
        remote.clear_requests()
        assert remote.counts() == {"requests": 0, "connections": 0, "max_in_flight": 0, "credentials": 1}
        remote.edit(id, name="y", data={"value": "other"})
        [entry] = remote.state()
        assert (entry["name"], remote.secret(id)) == ("y", {"value": "other"})


@pytest.mark.parametrize(
    ("method", "name", "arguments", "words"),
    [
        ("POST", "secret", {"id": "4711"}, "no credential"),
        ("POST", "secret", "4711", "argument"),
        ("POST", "add", ["ssh", "x", {}, {}], "ssh"),
        ("POST", "stop", None, "there are"),
        ("GET", "weather", None, "there are"),
    ],
)
def test_nonsense_is_refused(sim, method, name, arguments, words):
    with pytest.raises(ValueError, match=words):
        RemoteControl(sim.root_url)._send(method, name, arguments)
