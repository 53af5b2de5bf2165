# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests can do with a simulator: say what was sent, and act behind a client's back; from the same process, or from another one."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
import trustme

from tests.simulator import RemoteControl, Simulator
from tests.simulator.control_routes import ACTIONS

ROOT = Path(__file__).resolve().parents[3]


# --- what was sent


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
    assert created.client_port == missing.client_port > 0
    sim.clear_requests()
    assert sim.requests == []
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


def test_connections(sim, api):
    for _number in range(3):
        api.list()
    assert sim.connections == 1
    for _number in range(2):
        requests.get(sim.url)
    assert sim.connections == 3
    assert sim.counts() == {"requests": 5, "connections": 3, "max_in_flight": 1, "credentials": 0, "GET": 5}


def test_requests_at_the_same_time_are_counted(sim):
    sim.fault("delay_before", times=3, seconds=0.3)
    threads = [threading.Thread(target=requests.get, args=(sim.url,)) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sim.max_in_flight == 3
    sim.clear_requests()
    assert sim.max_in_flight == 0


# --- what is done behind a client's back


def test_what_is_put_there_directly(sim, api):
    data = {"username": "a", "password": "b"}
    id = sim.add("basic-auth", "x", data)
    data["username"] = "c"  # a copy is kept
    sim.edit(id, name="y", data={"password": "d"})
    stored = sim.stored(id)
    assert (stored["name"], stored["data"], sim.secret(id)) == ("y", {"username": "a", "password": "d"}, {"password": "d"})
    assert api.get(id)["updatedAt"] == stored["updatedAt"] > stored["createdAt"]
    sim.touch(id)
    assert {**sim.stored(id), "updatedAt": None} == {**stored, "updatedAt": None}
    assert sim.stored(id)["updatedAt"] > stored["updatedAt"] and sim.ids() == [id]
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
    def touched():
        sim.touch(basic)
        return sim.stored(basic)["updatedAt"]

    before = touched()
    sim.advance(3600)
    assert touched() > before
    sim.set_time("2020-01-02T03:04:05Z")
    assert [touched(), touched()] == ["2020-01-02T03:04:05.000000000Z", "2020-01-02T03:04:05.000001000Z"]
    sim.advance(1.5)
    assert touched() == "2020-01-02T03:04:06.500000000Z"


def test_reset(sim, api, basic):
    sim.switches.redaction = "none"
    sim.advance(1e6)
    sim.authentication.api_keys.clear()
    requests.get(sim.url)
    sim.latency = 5
    sim.reset()
    assert (sim.names(), sim.requests, sim.connections) == ([], [], 0)
    assert api.create().json()["data"]["password"] == "******"


# --- the server


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


def test_tls(tmp_path):
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    with Simulator(ssl_certfile=tmp_path / "server.pem") as simulator:
        assert simulator.url.startswith("https://")
        assert ask(simulator, verify=str(tmp_path / "ca.pem")).status_code == 200
        for kind in ("reset_before", "cut"):
            simulator.fault(kind)
            with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
                ask(simulator, verify=str(tmp_path / "ca.pem"))
        with pytest.raises(requests.exceptions.SSLError):
            ask(simulator)


# --- from another process


@pytest.fixture
def remote(sim):
    return RemoteControl(sim.root_url)


def test_a_process_of_its_own():
    command = [sys.executable, "-m", "tests.simulator", "--port", "0", "--latency", "0.01", "--switch", "redaction=word"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:")
        remote = RemoteControl(line.split()[-1])
        answer = ask(remote, remote.add("string", "x", {"value": "secret"}))
        assert answer.json()["data"] == {"value": "[REDACTED]"}
        assert answer.elapsed.total_seconds() >= 0.01
        counts = remote.counts()
        assert counts == {"requests": 1, "connections": 1, "max_in_flight": 1, "credentials": 1, "GET": 1}
    finally:
        process.terminate()
        rest, _errors = process.communicate(timeout=10)
    assert process.returncode == 0 and json.loads(rest) == counts


def test_remote_control_needs_only_the_standard_library():
    program = (
        "import sys; from tests.simulator import RemoteControl; RemoteControl('http://127.0.0.1:1');"
        "sys.exit(any(name in sys.modules for name in ('fastapi', 'starlette', 'pydantic', 'uvicorn')))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_each_action_is_the_same_on_both_sides(sim, remote, api):
    done = []

    def act(name, /, *arguments, **options):
        done.append(name)
        return getattr(remote, name)(*arguments, **options)

    ids = act("seed", 3, type="oauth2-token", prefix="t-")
    assert act("ids") == sim.ids() == ids[::-1] and act("names") == sim.names() == ["t-000003", "t-000002", "t-000001"]
    other = act("add_organisation", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    act("add", "none", "elsewhere", {}, organisation_id=other)
    assert remote.names(other) == sim.names(other) == ["elsewhere"]
    for name, arguments in {
        "edit": {"name": "new", "data": {"accessToken": "x"}},
        "link": {"environment": "Test"},
        "unlink": {},
        "invalidate": {"reasons": ["a"]},
        "touch": {},
        "refresh": {},
    }.items():
        before = sim.stored(ids[0])
        act(name, ids[0], **arguments)
        assert act("stored", ids[0]) == sim.stored(ids[0]) != before
    assert act("secret", ids[0]) == sim.secret(ids[0])
    act("remove", ids[0])
    assert remote.state() == sim.state() and ids[0] not in sim.ids()
    act("set_time", "2020-01-02T03:04:05Z")
    act("advance", 1)
    remote.touch(ids[1])
    assert sim.stored(ids[1])["updatedAt"] == "2020-01-02T03:04:06.000000000Z"
    act("set_latency", 0.001)
    assert sim.latency == 0.001
    assert sim.requests == []  # none of this is a request to the API

    act("fault", "html")
    act("clear_faults")
    act("fault_mix", 1, 1.0, ["unavailable"])
    assert api.create().status_code == 503
    [request] = remote.requests
    assert (request.method, request.status, request.fault, request.json["name"]) == ("POST", 503, "unavailable", "mail")
    assert request.headers["authorization"] == "Bearer simulator-api-key"
    assert (remote.counts(), remote.crashes) == (sim.counts(), [])
    act("clear_requests")
    assert sim.requests == []
    remote.turn(redaction="null", extra_fields={"version": 1})
    assert sim.switches.redaction == remote.switches["redaction"] == "null"
    act("reset")
    assert (sim.switches.redaction, sim.latency, sim.names()) == ("asterisks", 0, [])
    assert set(done) == set(ACTIONS)


def test_what_goes_without_the_class(sim, api):
    """As Ansible's `uri` uses it: the arguments as an object."""
    answer = requests.post(sim.control_url + "/add", json={"type": "none", "name": "x", "data": {}})
    assert answer.json() == {"result": sim.ids()[0]}
    sim.fault("server_error", times=None)
    assert api.send("GET").status_code == 500
    requests.delete(sim.control_url + "/faults")
    requests.delete(sim.control_url + "/requests")
    assert (api.send("GET").status_code, len(sim.requests)) == (200, 1)


@pytest.mark.parametrize(
    ("method", "name", "arguments", "words"),
    [
        ("PATCH", "switches", {"redaction": "perhaps"}, "redaction"),
        ("POST", "stored", {"id": "4711"}, "no credential"),
        ("POST", "stored", "4711", "argument"),
        ("POST", "fault", ["sulk", {}], "sulk"),
        ("POST", "stop", None, "there are"),
        ("GET", "weather", None, "there are"),
        ("DELETE", "weather", None, "there are"),
    ],
)
def test_nonsense_is_refused(remote, method, name, arguments, words):
    with pytest.raises(ValueError, match=words):
        remote._send(method, name, arguments)
