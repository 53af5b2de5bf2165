# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was sent can be said afterwards, and by how many connections."""

from __future__ import annotations

import json
import socket
import threading

import pytest
import requests

from tests.simulator import Simulator


def test_a_request_is_recorded_whole(sim, api):
    api.create(name="J\u00fcrgen")
    api.send("GET", "nowhere", params={"a": "b c"}, headers={"X-Twice": "1"})
    created, missing = sim.requests
    assert (created.method, created.status, created.fault) == ("POST", 201, None)
    assert created.path == f"/api/connect/v1alpha1/o/{sim.organisation_id}/credentials"
    assert created.json["name"] == "J\u00fcrgen"
    assert json.loads(created.body) == created.json
    assert created.headers["authorization"] == created.headers["Authorization"] == "Bearer simulator-api-key"
    assert json.loads(created.answer)["name"] == "J\u00fcrgen"
    assert (missing.method, missing.status, missing.query, missing.json) == ("GET", 404, "a=b+c", None)
    assert missing.headers["x-twice"] == "1"
    assert created.client_port == missing.client_port > 0
    sim.clear_requests()
    assert sim.requests == []


def test_a_large_body_is_recorded_whole(sim, api):
    api.create(name="x" * 300_000)
    assert len(sim.requests[0].json["name"]) == 300_000


def test_half_a_request_never_happened(sim, api):
    head = f"PUT /api/connect/v1alpha1/o/x HTTP/1.1\r\nHost: {sim.url.split('/')[2]}\r\nContent-Length: 10\r\n\r\nhalf"
    with socket.create_connection(("127.0.0.1", sim.port)) as connection:
        connection.sendall(head.encode())
    with socket.create_connection(("127.0.0.1", sim.port)) as connection:
        connection.sendall(head.encode() + b" whole")
        assert connection.recv(12) == b"HTTP/1.1 401"
    api.list()
    assert [one.body for one in sim.requests] == [b"half whole", b""]


def test_also_what_is_refused_is_recorded(sim):
    requests.get(sim.url + "/o/x/credentials")
    assert [request.status for request in sim.requests] == [401]


def test_connections(sim, api):
    for _number in range(3):
        api.list()
    assert sim.connections == 1
    for _number in range(2):
        requests.get(sim.url)
    assert sim.connections == 3
    assert sim.counts() == {"requests": 5, "connections": 3, "max_in_flight": 1, "credentials": 0, "GET": 5}


def test_requests_at_the_same_time_are_counted(sim, api):
    sim.fault("delay_before", times=3, seconds=0.3)
    threads = [threading.Thread(target=requests.get, args=(sim.url,)) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sim.max_in_flight == 3
    sim.clear_requests()
    assert sim.max_in_flight == 0


def test_reset(sim, api, basic):
    sim.switches.redaction = "none"
    sim.advance(1e6)
    sim.authentication.api_keys.clear()
    requests.get(sim.url)
    sim.latency = 5
    sim.reset()
    assert (sim.names(), sim.requests, sim.connections) == ([], [], 0)
    assert api.create().json()["data"]["password"] == "******"


def test_what_is_put_there_directly(sim, api):
    data = {"username": "a", "password": "b"}
    id = sim.add("basic-auth", "x", data)
    data["username"] = "c"  # a copy is kept
    sim.edit(id, name="y", data={"password": "d"})
    stored = sim.stored(id)
    assert stored["data"] == {"username": "a", "password": "d"}
    assert stored["name"] == "y"
    assert stored["updatedAt"] > stored["createdAt"]
    assert sim.secret(id) == {"password": "d"}
    assert api.get(id)["updatedAt"] == stored["updatedAt"]
    sim.touch(id)
    assert {**sim.stored(id), "updatedAt": None} == {**stored, "updatedAt": None}
    assert sim.stored(id)["updatedAt"] > stored["updatedAt"]
    assert sim.ids() == [id]
    sim.remove(id)
    assert sim.ids() == []
    with pytest.raises(KeyError, match=id):
        sim.stored(id)


def test_add_refuses_nonsense(sim, basic):
    with pytest.raises(ValueError, match="ssh"):
        sim.add("ssh", "x", {})
    with pytest.raises(ValueError, match=basic):
        sim.add("none", "x", {}, id=basic)


def test_seed(sim, api):
    assert len(sim.seed(12, type="mixed", prefix="c-")) == 12
    assert sim.names()[0] == "c-000012"
    assert len({entry["type"] for entry in api.list()["credentials"]}) == 6


def test_time(sim, basic):
    before = sim.stored(basic)["updatedAt"]
    sim.advance(3600)
    sim.touch(basic)
    assert sim.stored(basic)["updatedAt"] > before
    sim.set_time("2020-01-02T03:04:05Z")
    sim.touch(basic)
    assert sim.stored(basic)["updatedAt"] == "2020-01-02T03:04:05.000000000Z"
    sim.touch(basic)
    assert sim.stored(basic)["updatedAt"] == "2020-01-02T03:04:05.000001000Z"
    sim.advance(1.5)
    sim.touch(basic)
    assert sim.stored(basic)["updatedAt"] == "2020-01-02T03:04:06.500000000Z"


def test_a_crash_of_the_simulator_is_told(monkeypatch):
    with pytest.raises(AssertionError, match="on purpose"), Simulator() as simulator:

        def crash(*_):
            raise RuntimeError("on purpose")

        monkeypatch.setattr(simulator, "before_get", crash)
        id = simulator.add("none", "x", {})
        answer = requests.get(
            f"{simulator.url}/o/{simulator.organisation_id}/credentials/{id}", headers={"Authorization": "Bearer " + simulator.api_key}
        )
        assert (answer.status_code, answer.json()["code"]) == (500, "internal")


def test_it_stops_although_a_request_waits():
    with Simulator() as simulator:
        simulator.fault("delay_before", seconds=60)
        with pytest.raises(requests.ReadTimeout):
            requests.get(simulator.url, timeout=0.05)
        url = simulator.url
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=1)
