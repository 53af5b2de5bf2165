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


@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        ("server_error", 500, "application/json"),
        ("unprocessable", 422, "application/json"),
        ("rate_limit", 429, "application/json"),
        ("rate_limit_bare", 429, "application/json"),
        ("rate_limit_date", 429, "application/json"),
        ("unavailable", 503, "application/json"),
        ("bad_gateway", 502, "text/html"),
        ("gateway_timeout", 504, None),
        ("html", 200, "text/html; charset=utf-8"),
        ("redirect", 302, None),
    ],
)
def test_canned_answers(sim, api, kind, status, content_type):
    sim.fault(kind)
    answer = api.create()
    assert (answer.status_code, answer.headers.get("Content-Type")) == (status, content_type)
    if content_type == "application/json":
        assert {"code", "message"} <= set(answer.json())
    assert sim.names() == []  # the API has not seen it
    assert api.create().status_code == 201


def test_what_comes_with_them(sim, api):
    sim.fault("unprocessable")
    assert {field["field"] for field in api.list_raw().json()["fields"]} == {"data.clientId", "a.b[0].c"}
    sim.fault("rate_limit")
    assert api.list_raw().headers["Retry-After"] == "1"
    sim.fault("rate_limit_bare")
    assert "Retry-After" not in api.list_raw().headers
    sim.fault("rate_limit_date")
    asked = email.utils.parsedate_to_datetime(api.list_raw().headers["Retry-After"])
    assert abs(asked.timestamp() - time.time()) < 3600
    sim.fault("redirect")
    assert api.list_raw().headers["Location"] == "/login"


@pytest.fixture
def api(api):
    api.list_raw = lambda: api.send("GET")
    return api


def test_an_answer_of_ones_own(sim, api):
    sim.fault(status=429, body={"code": "x"}, headers={"Retry-After": "7"})
    answer = api.list_raw()
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (429, {"code": "x"}, "7")
    sim.fault("html", status=503, body="<p>", headers={"Content-Type": "text/plain"})
    answer = api.list_raw()
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (503, "<p>", "text/plain")
    sim.fault(body=b"\x00")
    assert api.list_raw().content == b"\x00"


def test_an_answer_that_hides_a_success(sim, api):
    sim.fault("bad_gateway", handled=True)
    assert api.create().status_code == 502
    assert sim.names() == ["mail"]


def test_reset_before(sim, api):
    sim.fault("reset_before")
    with pytest.raises(requests.ConnectionError):
        api.create()
    assert sim.names() == []
    assert (sim.requests[0].status, sim.requests[0].fault) == (None, "reset_before")
    assert api.create().status_code == 201


def test_reset_after(sim, api):
    sim.fault("reset_after")
    with pytest.raises(requests.ConnectionError):
        api.create()
    assert sim.names() == ["mail"]


def test_reset_is_a_tcp_reset(sim, api):
    sim.fault("reset_after")
    with pytest.raises(requests.ConnectionError) as caught:
        api.create()
    assert "ConnectionResetError" in repr(caught.value)


def test_cut(sim, api, basic):
    sim.fault("cut", times=2)
    with pytest.raises(BROKEN):
        api.get(basic)
    # An answer without a body ends within its headers: it may be read as whole, but the connection is gone.
    with contextlib.suppress(*BROKEN):
        api.send("DELETE", basic)
    assert sim.names() == []
    assert api.list()["totalCount"] == 0
    assert sim.connections == 3


@pytest.mark.parametrize("kind", ["delay_before", "delay_after"])
def test_a_delay_ends(sim, api, kind):
    sim.fault(kind, seconds=0.05)
    answer = api.create()
    assert (answer.status_code, answer.elapsed.total_seconds() >= 0.05) == (201, True)


def test_requests_that_wait_for_each_other(sim, api):
    barrier = sim.fault("together", method="GET", times=3, seconds=100)
    with ThreadPoolExecutor(3) as pool:
        assert [one.status_code for one in pool.map(lambda _number: api.list_raw(), range(3))] == [200] * 3
    assert barrier.all_there
    assert sim.max_in_flight == 3
    assert api.list_raw().status_code == 200

    lonely = sim.fault("together", times=2, seconds=0.05)
    assert api.list_raw().status_code == 200
    assert not lonely.all_there


def test_delay_before(sim, api):
    sim.fault("delay_before", seconds=0.3)
    with pytest.raises(requests.ReadTimeout):
        api.session.post(f"{sim.url}/o/{sim.organisation_id}/credentials", json={"type": "none", "name": "late", "data": {}}, timeout=0.1)
    assert sim.names() == []
    # It never will be, also when the delay is over.
    time.sleep(0.4)
    assert sim.names() == []


def test_delay_after(sim, api):
    sim.fault("delay_after", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        api.session.post(f"{sim.url}/o/{sim.organisation_id}/credentials", json={"type": "none", "name": "late", "data": {}}, timeout=0.1)
    assert sim.names() == ["late"]


def test_drip(sim, api, basic):
    whole = api.get(basic)
    sim.fault("drip", seconds=0.005, size=8)
    connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=10)
    path = f"{BASE_PATH}/o/{sim.organisation_id}/credentials/{basic}"
    connection.request("GET", path, headers={"Authorization": "Bearer " + sim.api_key})
    answer = connection.getresponse()
    pieces = list(iter(lambda: answer.read1(10_000), b""))
    connection.close()
    assert len(pieces) > 3
    assert json.loads(b"".join(pieces)) == whole


def test_drip_head(sim, api, basic):
    sim.fault("drip_head", seconds=0.001, size=8)
    with socket.create_connection(("127.0.0.1", sim.port)) as connection:
        path = f"{BASE_PATH}/o/{sim.organisation_id}/credentials/{basic}"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sim.api_key}\r\n\r\n".encode())
        pieces = list(iter(lambda: connection.recv(10_000), b""))
    assert b"".join(pieces).startswith(b"HTTP/1.1 200 ")  # in how many pieces it arrives depends on the machine
    assert json.loads(b"".join(pieces).partition(b"\r\n\r\n")[2])["id"] == basic


def test_a_length_that_is_too_short(sim, api, basic):
    whole = api.get(basic)
    sim.fault("short_length")
    answer = api.send("GET", basic, stream=True)
    assert len(answer.content) == int(answer.headers["Content-Length"]) < len(json.dumps(whole))


def test_a_length_that_is_too_long(sim, api, basic):
    sim.fault("long_length")
    with pytest.raises(BROKEN):
        api.get(basic)
    sim.fault("long_length", method="PUT")
    with pytest.raises(BROKEN):
        api.put(basic, name="new")
    assert sim.names() == ["new"]


def test_huge(sim, api, basic):
    sim.fault("huge", size=1_000_000)
    answer = api.send("GET", basic)
    assert len(answer.content) > 1_000_000
    assert answer.json()["id"] == basic


def test_wrong_type(sim, api, basic):
    right = api.get(basic)
    sim.fault("wrong_type")
    wrong = api.get(basic)
    assert set(wrong) == set(right)
    assert not [name for name in wrong if isinstance(wrong[name], type(right[name]))]
    sim.fault("wrong_type")
    assert not isinstance(api.list()["totalCount"], int)


def test_wrong_field(sim, api, basic):
    right = api.get(basic)
    seen = set()
    for seed in range(60):
        sim.fault("wrong_field", seed=seed)
        wrong = api.get(basic)
        flat = [
            {**one, **{f"data.{name}": value for name, value in one["data"].items()}}
            for one in (right, wrong)
            if isinstance(one["data"], dict)
        ]
        seen.update(name for name in flat[0] if not isinstance(flat[-1].get(name), type(flat[0][name])))
    assert {"id", "type", "name", "updatedAt", "usages", "data.username"} <= seen


def test_invalid_json(sim, api, basic):
    sim.fault("invalid_json")
    answer = api.send("GET", basic)
    assert answer.headers["Content-Type"] == "application/json"
    with pytest.raises(ValueError):
        answer.json()


def test_other_credential_where_there_is_no_other(sim, api, basic):
    right = api.get(basic)
    sim.fault("other_credential")
    wrong = api.get(basic)
    assert wrong.pop("id") != right.pop("id")
    assert wrong == right


def test_other_credential(sim, api, basic):
    other = sim.add("string", "other", {"value": "x"})
    for method, id in (("GET", basic), ("POST", "")):
        sim.fault("other_credential")
        answer = api.create() if method == "POST" else api.send("GET", id)
        assert answer.json()["id"] in {basic, other} - {id}
    assert sim.names() == ["mail", "other", "mail"]


@pytest.mark.parametrize("kind", ["huge", "wrong_type", "wrong_field", "invalid_json", "other_credential", "drip", "short_length"])
def test_what_has_no_body_stays_so(sim, api, basic, kind):
    sim.fault(kind)
    assert api.send("DELETE", basic).status_code == 204


def test_rules(sim, api, basic):
    rule = sim.fault("server_error", method="GET|PUT", path=f"/{basic}$", after=1, times=2)
    statuses = [api.send("GET", basic).status_code for _number in range(4)]
    assert statuses == [200, 500, 500, 200]
    assert api.send("GET").status_code == 200
    assert rule.hits == 2
    # For ever, until it is taken away.
    sim.fault("server_error", method="DELETE", times=None)
    assert [api.send("DELETE", basic).status_code for _number in range(3)] == [500] * 3
    sim.clear_faults()
    assert api.send("DELETE", basic).status_code == 204


def test_rules_in_turn(sim, api):
    sim.fault("server_error")
    sim.fault("rate_limit")
    assert [api.list_raw().status_code for _number in range(3)] == [500, 429, 200]


def test_there_are_no_other_faults():
    with pytest.raises(ValueError, match="reset_before"):
        Fault("sulk")


def test_reset_of_the_simulator_ends_faults(sim, api):
    sim.fault("server_error", times=None)
    sim.fault_mix(1, 1.0, ["html"])
    sim.reset()
    assert api.list_raw().status_code == 200


def test_a_mix_is_repeated_by_its_seed(sim, api):
    def sequence(seed):
        mix = FaultMix(seed, 0.5, list(KINDS))
        return [fault and fault.kind for fault in (mix.pick("GET", "/") for _number in range(200))]

    assert sequence(1) == sequence(1) != sequence(2)
    assert 70 < sum(kind is not None for kind in sequence(1)) < 130
    assert {kind for kind in sequence(1) if kind} == set(KINDS)


def test_a_mix_strikes(sim, api, basic):
    sim.fault_mix(1, 1.0, ["rate_limit"], method="GET", headers={"Retry-After": "0"})
    answer = api.list_raw()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "0")
    assert api.send("DELETE", basic).status_code == 204


def test_latency(sim, api):
    sim.latency = 0.1
    start = time.monotonic()
    api.list()
    assert time.monotonic() - start >= 0.1
