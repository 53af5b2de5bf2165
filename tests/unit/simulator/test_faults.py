# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each kind of fault, as a client on the other end of a real connection sees it."""

from __future__ import annotations

import contextlib
import email.utils
import http.client
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.simulator import Fault, FaultMix
from tests.simulator.faults import KINDS
from tests.simulator.world import BASE_PATH

BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
JSON = "application/json"


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "header"),
    [
        ("server_error", 500, JSON, {}),
        ("unprocessable", 422, JSON, {}),
        ("rate_limit", 429, JSON, {"Retry-After": "1"}),
        ("rate_limit_bare", 429, JSON, {"Retry-After": None}),
        ("rate_limit_date", 429, JSON, {}),
        ("unavailable", 503, JSON, {"Retry-After": "1"}),
        ("bad_gateway", 502, "text/html", {}),
        ("gateway_timeout", 504, None, {}),
        ("html", 200, "text/html; charset=utf-8", {}),
        ("redirect", 302, None, {"Location": "/login"}),
    ],
)
def test_canned_answers(sim, api, kind, status, content_type, header):
    sim.fault(kind)
    answer = api.create()
    assert (answer.status_code, answer.headers.get("Content-Type")) == (status, content_type)
    assert {name: answer.headers.get(name) for name in header} == header
    if content_type == JSON:
        assert {"code", "message"} <= set(answer.json())
    if kind == "unprocessable":
        assert {field["field"] for field in answer.json()["fields"]} == {"data.clientId", "a.b[0].c"}
    if kind == "rate_limit_date":
        assert abs(email.utils.parsedate_to_datetime(answer.headers["Retry-After"]).timestamp() - time.time()) < 3600
    assert sim.names() == []  # the API has not seen it
    assert api.create().status_code == 201


def test_an_answer_of_ones_own(sim, api):
    sim.fault(status=429, body={"code": "x"}, headers={"Retry-After": "7"})
    answer = api.send("GET")
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (429, {"code": "x"}, "7")
    sim.fault("html", status=503, body="<p>", headers={"Content-Type": "text/plain"})
    answer = api.send("GET")
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (503, "<p>", "text/plain")
    sim.fault(body=b"\x00")
    assert api.send("GET").content == b"\x00"


def test_an_answer_that_hides_a_success(sim, api):
    sim.fault("bad_gateway", handled=True)
    assert api.create().status_code == 502 and sim.names() == ["mail"]


@pytest.mark.parametrize(("kind", "names"), [("reset_before", []), ("reset_after", ["mail"])])
def test_a_tcp_reset(sim, api, kind, names):
    sim.fault(kind)
    with pytest.raises(requests.ConnectionError) as caught:
        api.create()
    assert "ConnectionResetError" in repr(caught.value) and sim.names() == names
    assert (sim.requests[0].status, sim.requests[0].fault) == (None, kind)
    assert api.create().status_code == 201


def test_cut(sim, api, basic):
    sim.fault("cut", times=2)
    with pytest.raises(BROKEN):
        api.get(basic)
    # An answer without a body ends within its headers: it may be read as whole, but the connection is gone.
    with contextlib.suppress(*BROKEN):
        api.send("DELETE", basic)
    assert sim.names() == [] and api.list()["totalCount"] == 0
    assert sim.connections == 3


@pytest.mark.parametrize("kind", ["delay_before", "delay_after"])
def test_a_delay_ends(sim, api, kind):
    sim.fault(kind, seconds=0.05)
    answer = api.create()
    assert (answer.status_code, answer.elapsed.total_seconds() >= 0.05) == (201, True)


def test_latency(sim, api):
    sim.latency = 0.05
    assert api.create().elapsed.total_seconds() >= 0.05


@pytest.mark.parametrize(("kind", "seconds", "names"), [("delay_before", 0.3, []), ("delay_after", 30, ["late"])])
def test_a_client_that_loses_patience(sim, api, kind, seconds, names):
    sim.fault(kind, seconds=seconds)
    with pytest.raises(requests.ReadTimeout):
        api.send("POST", json={"type": "none", "name": "late", "data": {}}, timeout=0.1)
    if kind == "delay_before":
        time.sleep(0.4)  # what it wanted never happens, also when the delay is over
    assert sim.names() == names


def test_requests_that_wait_for_each_other(sim, api):
    barrier = sim.fault("together", method="GET", times=3, seconds=100)
    with ThreadPoolExecutor(3) as pool:
        assert [answer.status_code for answer in pool.map(lambda _number: api.send("GET"), range(3))] == [200] * 3
    assert barrier.all_there and sim.max_in_flight == 3
    lonely = sim.fault("together", times=2, seconds=0.05)
    assert api.send("GET").status_code == 200 and not lonely.all_there


def test_drip(sim, api, basic):
    whole = api.get(basic)
    sim.fault("drip", seconds=0.005, size=8)
    connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=10)
    path = f"{BASE_PATH}/o/{sim.organisation_id}/credentials/{basic}"
    connection.request("GET", path, headers={"Authorization": "Bearer " + sim.api_key})
    answer = connection.getresponse()
    pieces = list(iter(lambda: answer.read1(10_000), b""))
    connection.close()
    assert len(pieces) > 3 and json.loads(b"".join(pieces)) == whole


def test_drip_head(sim, basic):
    sim.fault("drip_head", seconds=0.001, size=8)
    with socket.create_connection(("127.0.0.1", sim.port)) as connection:
        path = f"{BASE_PATH}/o/{sim.organisation_id}/credentials/{basic}"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sim.api_key}\r\n\r\n".encode())
        whole = b"".join(iter(lambda: connection.recv(10_000), b""))
    assert whole.startswith(b"HTTP/1.1 200 ")  # in how many pieces it arrives depends on the machine
    assert json.loads(whole.partition(b"\r\n\r\n")[2])["id"] == basic


def test_a_length_that_is_wrong(sim, api, basic):
    whole = api.get(basic)
    sim.fault("short_length")
    answer = api.send("GET", basic, stream=True)
    assert len(answer.content) == int(answer.headers["Content-Length"]) < len(json.dumps(whole))
    for method in ("GET", "PUT"):
        sim.fault("long_length", method=method)
        with pytest.raises(BROKEN):
            api.put(basic, name="new")
    assert sim.names() == ["new"]


def test_huge(sim, api, basic):
    sim.fault("huge", size=1_000_000)
    answer = api.send("GET", basic)
    assert len(answer.content) > 1_000_000 and answer.json()["id"] == basic


def test_values_of_another_type(sim, api, basic):
    right = api.get(basic)
    sim.fault("wrong_type")
    wrong = api.get(basic)
    assert set(wrong) == set(right) and not [name for name in wrong if isinstance(wrong[name], type(right[name]))]
    sim.fault("wrong_type")
    assert not isinstance(api.list()["totalCount"], int)


def test_one_value_of_another_type(sim, api, basic):
    right = api.get(basic)
    changed = set()
    for seed in range(60):
        sim.fault("wrong_field", seed=seed)
        wrong = api.get(basic)
        names = [name for name in right if not isinstance(wrong[name], type(right[name]))]
        names = names or [f"data.{name}" for name in right["data"] if not isinstance(wrong["data"][name], str)]
        assert len(names) == 1
        changed.update(names)
    assert {"id", "type", "name", "updatedAt", "usages", "data", "data.username"} <= changed


def test_invalid_json(sim, api, basic):
    sim.fault("invalid_json")
    answer = api.send("GET", basic)
    assert answer.headers["Content-Type"] == JSON
    with pytest.raises(ValueError):
        answer.json()


def test_other_credential(sim, api, basic):
    right = api.get(basic)
    sim.fault("other_credential")
    wrong = api.get(basic)
    assert wrong["id"] != basic and {**wrong, "id": basic} == right  # where there is no other
    other = sim.add("string", "other", {"value": "x"})
    sim.fault("other_credential", times=2)
    assert api.get(basic)["id"] == other
    assert api.create().json()["id"] in {basic, other}
    assert sim.names() == ["mail", "other", "mail"]


@pytest.mark.parametrize("kind", ["huge", "wrong_type", "wrong_field", "invalid_json", "other_credential", "drip", "short_length"])
def test_what_has_no_body_stays_so(sim, api, basic, kind):
    sim.fault(kind)
    assert api.send("DELETE", basic).status_code == 204


# --- which requests are struck


def test_rules(sim, api, basic):
    rule = sim.fault("server_error", method="GET|PUT", path=f"/{basic}$", after=1, times=2)
    assert [api.send("GET", basic).status_code for _number in range(4)] == [200, 500, 500, 200]
    assert api.send("GET").status_code == 200 and rule.hits == 2
    # For ever, until it is taken away.
    sim.fault("server_error", method="DELETE", times=None)
    assert [api.send("DELETE", basic).status_code for _number in range(3)] == [500] * 3
    sim.clear_faults()
    assert api.send("DELETE", basic).status_code == 204


def test_rules_in_turn(sim, api):
    sim.fault("server_error")
    sim.fault("rate_limit")
    assert [api.send("GET").status_code for _number in range(3)] == [500, 429, 200]


def test_there_are_no_other_faults():
    with pytest.raises(ValueError, match="reset_before"):
        Fault("sulk")


def test_reset_of_the_simulator_ends_faults(sim, api):
    sim.fault("server_error", times=None)
    sim.fault_mix(1, 1.0, ["html"])
    sim.reset()
    assert api.send("GET").status_code == 200


def test_a_mix_is_repeated_by_its_seed():
    def sequence(seed):
        mix = FaultMix(seed, 0.5, list(KINDS))
        return [fault and fault.kind for fault in (mix.pick("GET", "/") for _number in range(200))]

    assert sequence(1) == sequence(1) != sequence(2)
    assert 70 < sum(kind is not None for kind in sequence(1)) < 130
    assert {kind for kind in sequence(1) if kind} == set(KINDS)


def test_a_mix_strikes(sim, api, basic):
    sim.fault_mix(1, 1.0, ["rate_limit"], method="GET", headers={"Retry-After": "0"})
    answer = api.send("GET")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "0")
    assert api.send("DELETE", basic).status_code == 204
