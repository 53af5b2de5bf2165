# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator in a process of its own, and the control of it from elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.simulator import RemoteControl, Simulator
from tests.simulator.control_routes import ACTIONS
from tests.simulator.world import World

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def remote(sim):
    with RemoteControl(sim.root_url) as control:
        yield control


def test_a_process_of_its_own():
    command = [sys.executable, "-m", "tests.simulator", "--port", "0", "--latency", "0.01", "--switch", "redaction=word"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:")
        remote = RemoteControl(line.split()[-1])
        id = remote.add("string", "x", {"value": "secret"})
        answer = requests.get(
            f"{remote.url}/o/{remote.organisation_id}/credentials/{id}", headers={"Authorization": "Bearer " + remote.api_key}
        )
        assert answer.json()["data"] == {"value": "[REDACTED]"}
        assert answer.elapsed.total_seconds() >= 0.01
        assert remote.counts() == {
            "requests": 1, "connections": 1, "max_in_flight": 1, "credentials": 1, "GET": 1
        }  # fmt: skip
        remote.close()
    finally:
        process.terminate()
        rest, _rest = process.communicate(timeout=10)
    assert process.returncode == 0
    assert '"GET": 1' in rest


def test_remote_control_needs_only_the_standard_library():
    program = (
        "import sys; from tests.simulator import RemoteControl;"
        "RemoteControl('http://127.0.0.1:1');"
        "sys.exit(any(name in sys.modules for name in ('fastapi', 'starlette', 'pydantic', 'uvicorn')))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_the_control_is_the_same_on_both_sides():
    public = {name for name in vars(RemoteControl) if not name.startswith("_")}
    here = public - {"turn", "close"}
    assert not [name for name in here if not hasattr(World, name) and not hasattr(Simulator(), name)]
    assert set(ACTIONS) <= public


def test_state(sim, remote):
    ids = remote.seed(3, type="string", prefix="s-")
    assert remote.ids() == sim.ids() == ids[::-1]
    assert remote.names() == ["s-000003", "s-000002", "s-000001"]
    assert remote.secret(ids[0]) == {"value": "value-000001"}
    assert [entry["id"] for entry in remote.state()] == ids
    before = remote.stored(ids[0])
    remote.edit(ids[0], name="new", data={"value": "x"})
    after = remote.stored(ids[0])
    assert (after["name"], after["data"]) == ("new", {"value": "x"})
    assert after["updatedAt"] > before["updatedAt"]
    remote.touch(ids[0])
    assert remote.stored(ids[0])["updatedAt"] > after["updatedAt"]
    remote.link(ids[0], environment="Test")
    assert remote.stored(ids[0])["usages"][0]["environment"]["slug"] == "test"
    remote.unlink(ids[0])
    assert remote.stored(ids[0])["usages"] == []
    remote.invalidate(ids[0])
    assert len(remote.stored(ids[0])["errors"]) == 1
    remote.invalidate(ids[0], ["a", "b"])
    assert remote.stored(ids[0])["errors"] == ["a", "b"]
    remote.invalidate(ids[0], None)
    assert remote.stored(ids[0])["errors"] is None
    remote.remove(ids[0])
    assert remote.ids() == [ids[2], ids[1]]
    other = remote.add_organisation("01ARZ3NDEKTSV4RRFFQ69G5FAV")
    remote.add("none", "elsewhere", {}, organisation_id=other)
    assert remote.names(other) == ["elsewhere"]
    assert sim.requests == []  # none of this is a request to the API


def test_tokens_and_time(sim, remote):
    id = remote.seed(1, type="oauth2-token")[0]
    before = remote.secret(id)
    remote.advance(3600)
    remote.refresh(id)
    assert remote.secret(id)["accessToken"] != before["accessToken"]
    remote.set_time("2020-01-02T03:04:05Z")
    remote.touch(id)
    assert remote.stored(id)["updatedAt"] == "2020-01-02T03:04:05.000000000Z"


def test_requests_and_faults(sim, remote, api):
    remote.fault("rate_limit", status=429)
    remote.fault("html")
    remote.clear_faults()
    api.create()
    remote.fault("server_error")
    api.create()
    first, second = remote.requests
    assert (first.method, first.status, first.json["name"]) == ("POST", 201, "mail")
    assert first.headers["authorization"] == "Bearer simulator-api-key"
    assert (second.status, second.fault) == (500, "server_error")
    assert (remote.connections, remote.max_in_flight, remote.crashes) == (1, 1, [])
    remote.clear_requests()
    assert remote.requests == []
    remote.fault_mix(1, 1.0, ["unavailable"])
    assert api.create().status_code == 503
    requests.delete(sim.control_url + "/faults")
    requests.delete(sim.control_url + "/requests")
    assert (api.create().status_code, len(sim.requests)) == (201, 1)


def test_switches(sim, remote):
    remote.turn(redaction="null", extra_fields={"version": 1})
    assert sim.switches.redaction == remote.switches["redaction"] == "null"
    remote.set_latency(0.5)
    assert sim.latency == 0.5
    remote.reset()
    assert (sim.switches.redaction, sim.latency) == ("asterisks", 0)


def test_nonsense_is_refused(sim, remote):
    with pytest.raises(ValueError, match="redaction"):
        remote.turn(redaction="perhaps")
    with pytest.raises(ValueError, match="no credential"):
        remote.stored("4711")
    with pytest.raises(ValueError, match="sulk"):
        remote.fault("sulk")
    with pytest.raises(ValueError, match="there are"):
        remote._send("POST", "stop")
    with pytest.raises(ValueError, match="there are"):
        remote._send("GET", "weather")
    with pytest.raises(ValueError, match="there are"):
        remote._send("DELETE", "weather")
