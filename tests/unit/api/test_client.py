# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client against a server that misbehaves: a clear failure, no secret in it, no header sent elsewhere."""

import email.utils
import time

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import client as client_module
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._core.shown import Shown
from ansible_collections.versori.platform.plugins.module_utils._core.steps import CREATE, DELETE, FIND, REPLACE, Step
from ansible_collections.versori.platform.plugins.module_utils._core.wanted import read_wanted

SECRET = "marked-hunter2"
TIMEOUT = 5.0  # seconds, of `connect`


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No test waits: what urllib3 would sleep is noted instead."""
    naps = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", naps.append)
    return naps


def wanted(sim, **changes):
    options = {"organisation_id": sim.organisation_id, "name": "n", "type": "string", "data": {"value": SECRET}}
    return read_wanted({**options, **changes})


def find(sim, connect, credential_id, **options):
    return connect(**options)(Step(FIND, wanted(sim, credential_id=credential_id)))


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ({"kind": "server_error", "times": None}, 500, "answered 500"),
        ({"kind": "unavailable", "times": None}, 503, "answered 503"),
        ({"kind": "bad_gateway", "times": None}, 502, "answered 502"),
        ({"kind": "gateway_timeout", "times": None}, 504, "answered 504"),
        ({"kind": "html"}, 200, "not JSON but text/html"),
        ({"kind": "redirect"}, 302, "redirect, which is not followed"),
        ({"kind": "wrong_type"}, None, "not a credential"),
        ({"kind": "other_credential"}, None, "was asked for"),
        ({"kind": "cut"}, None, "connection to"),
        ({"kind": "reset_before", "times": None}, None, "connection to"),
        ({"kind": "answer", "status": 401, "body": {"code": "unauthorised", "message": "no"}}, 401, "did not accept the sign-in"),
        ({"kind": "answer", "status": 403, "body": {"code": "forbidden", "message": "no"}}, 403, "may not do that"),
        ({"kind": "answer", "status": 418, "body": "[1"}, 418, "answered 418"),
        # Nothing of the following says "there is none": by name, that would make a second one.
        ({"kind": "answer", "status": 200, "body": ""}, None, "not a credential"),
        ({"kind": "answer", "status": 200, "body": "null"}, None, "not a credential"),
        ({"kind": "answer", "status": 404, "body": "<h1>Not found</h1>"}, 404, "answered 404"),
        ({"kind": "answer", "status": 404, "body": {"message": "no route"}}, 404, "answered 404"),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)
def test_faults_of_a_get(sim, connect, fault, status, words):
    credential_id = sim.add("string", "n", {"value": "x"})
    sim.fault(**fault)
    answer = find(sim, connect, credential_id)
    assert isinstance(answer, Failure)
    assert words in answer.msg and answer.status == status
    assert "\n" not in answer.msg and "Traceback" not in answer.msg


@pytest.mark.parametrize("kind", ["server_error", "unavailable", "rate_limit", "reset_before", "reset_after"])
def test_a_passing_fault_of_a_get_is_outlived(sim, connect, kind):
    credential_id = sim.add("string", "n", {"value": "x"})
    sim.fault(kind=kind, times=2)
    assert isinstance(find(sim, connect, credential_id), Shown)
    assert len(sim.requests) == 3


@pytest.mark.parametrize("header", ["7200", "date", "nonsense"])
def test_retry_after_is_honoured_within_a_bound(sim, connect, quick, header):
    credential_id = sim.add("string", "n", {"value": "x"})
    value = email.utils.formatdate(time.time() + 7200, usegmt=True) if header == "date" else header
    sim.fault(kind="answer", status=429, body={"code": "slow", "message": "slow"}, headers={"Retry-After": value})
    assert isinstance(find(sim, connect, credential_id), Shown)
    assert all(nap <= TIMEOUT for nap in quick)
    assert header == "nonsense" or max(quick) == TIMEOUT


def test_a_huge_answer_is_not_read_to_its_end(sim, connect, monkeypatch):
    monkeypatch.setattr(client_module, "LARGEST_ANSWER", 1024 * 1024)
    credential_id = sim.add("string", "n", {"value": "x"})
    sim.fault(kind="huge")
    assert "larger than 1048576 bytes" in find(sim, connect, credential_id).msg


def test_a_slow_drip_ends(sim, connect):
    credential_id = sim.add("string", "n", {"value": "x"})
    sim.fault(kind="drip", seconds=0.05)
    assert "took longer than 0.3 seconds" in find(sim, connect, credential_id, timeout=0.3).msg


def test_the_servers_words_are_shown_without_our_secrets(sim, connect):
    body = {
        "code": f"code-{SECRET}",
        "message": f"value {SECRET} is weak",
        "fields": [{"field": "data.value", "message": f"{SECRET} was seen"}, "nonsense", {"field": 7}],
        "cause": {"deep": [SECRET, sim.api_key]},
    }
    sim.fault(kind="answer", status=422, body=body)
    failure = connect()(Step(CREATE, wanted(sim)))
    text = str(failure.as_result())
    assert failure.status == 422 and "data.value" in failure.msg
    assert SECRET not in text and sim.api_key not in text


def test_no_header_goes_anywhere_else(sim, connect, monkeypatch, tmp_path):
    """Neither a redirect, nor ~/.netrc, nor a cookie that the server sets changes who gets which header."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password thief\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    credential_id = sim.add("string", "n", {"value": "x"})
    performer = connect()
    sim.fault(kind="redirect", headers={"Set-Cookie": "session=theirs; Path=/"})
    performer(Step(FIND, wanted(sim, credential_id=credential_id)))
    performer(Step(FIND, wanted(sim, credential_id=credential_id)))
    assert [one.headers.get("authorization") for one in sim.requests] == [f"Bearer {sim.api_key}"] * 2
    assert all("cookie" not in one.headers for one in sim.requests)
    assert all(one.path.endswith(credential_id) for one in sim.requests)


@pytest.mark.parametrize(
    ("kind", "made"), [("reset_after", True), ("reset_before", False), ("server_error", False), ("gateway_timeout", False)]
)
def test_a_post_is_looked_up_before_it_is_repeated(sim, connect, kind, made):
    sim.fault(kind=kind, method="POST")
    shown = connect()(Step(CREATE, wanted(sim)))
    assert isinstance(shown, Shown)
    assert sim.names() == ["n"]
    assert [one.method for one in sim.requests].count("POST") == (1 if made else 2)


def test_a_post_that_was_handled_and_answered_with_an_error(sim, connect):
    sim.fault(kind="unavailable", method="POST", handled=True)
    assert isinstance(connect()(Step(CREATE, wanted(sim))), Shown)
    assert sim.names() == ["n"]


@pytest.mark.parametrize("kind", ["reset_after", "unavailable"])
def test_put_and_delete_may_be_repeated(sim, connect, kind):
    credential_id = sim.add("string", "n", {"value": "x"})
    performer = connect()
    want = wanted(sim, credential_id=credential_id)
    shown = performer(Step(FIND, want))
    sim.fault(kind=kind, method="PUT")
    assert isinstance(performer(Step(REPLACE, want, shown)), Shown)
    assert sim.secret(credential_id) == {"value": SECRET}
    sim.fault(kind=kind, method="DELETE")
    assert performer(Step(DELETE, want, shown)) is None
    assert sim.ids() == []


@pytest.mark.parametrize(
    ("fault", "reached"),
    [
        ({"kind": "unprocessable"}, False),
        ({"kind": "redirect"}, False),
        ({"kind": "html"}, True),
        ({"kind": "cut"}, True),
        ({"kind": "server_error", "times": None}, True),
        ({"kind": "reset_after", "times": None}, True),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)
def test_whether_a_failed_put_may_have_changed_something(sim, connect, fault, reached):
    credential_id = sim.add("string", "n", {"value": "x"})
    performer = connect()
    want = wanted(sim, credential_id=credential_id)
    shown = performer(Step(FIND, want))
    sim.fault(method="PUT", **fault)
    failure = performer(Step(REPLACE, want, shown))
    assert isinstance(failure, Failure)
    assert failure.reached is reached


def test_nobody_listens(sim, connect):
    failure = find(sim, connect, "01KK9J6VFKZSB86BQQT8903TMY", api_url="http://127.0.0.1:9", retries=0)
    assert "the connection to 127.0.0.1:9 failed" in failure.msg
    assert failure.reached is False


def test_one_connection_is_kept(sim, connect):
    ids = [sim.add("string", f"n{number}", {"value": "x"}) for number in range(5)]
    performer = connect()
    for one in ids:
        assert isinstance(performer(Step(FIND, wanted(sim, credential_id=one))), Shown)
    assert sim.connections == 1


@pytest.mark.parametrize("cursor", ["offset", "position"])
@pytest.mark.parametrize("page_limit", [None, 3, 100])
def test_every_page_is_read(sim, connect, cursor, page_limit):
    sim.switches.turn(cursor=cursor, page_limit=page_limit)
    sim.seed(10)
    performer = connect()
    assert len(performer.directory.find(sim.organisation_id, "credential-000007", Mask([]))) == 1
    assert performer.directory.find(sim.organisation_id, "missing", Mask([])) == []


def test_a_list_that_shifts_is_read_until_nothing_is_missing(sim, connect, monkeypatch):
    """While the first page is on its way, one of the last page is updated and moves to the front, which was read already."""
    sim.switches.turn(page_limit=4)
    ids = sim.seed(10)
    performer = connect()
    original = performer.client.request
    shifts = iter([ids[0], ids[1], ids[2]])

    def request(method, path, *args, **options):
        answer = original(method, path, *args, **options)
        if "after" not in options["query"]:
            for one in shifts:
                sim.touch(one)
                break
        return answer

    monkeypatch.setattr(performer.client, "request", request)
    for number in range(1, 11):
        assert len(performer.directory.find(sim.organisation_id, f"credential-{number:06d}", Mask([]))) == 1


def test_a_list_that_never_rests_is_said(sim, connect, monkeypatch):
    performer = connect()
    monkeypatch.setattr(performer.client, "request", lambda *args, **options: {"totalCount": 9, "credentials": []})
    with pytest.raises(Failure, match="kept changing while it was read"):
        performer.directory.find(sim.organisation_id, "n", Mask([]))


def test_pages_in_a_circle_are_said(sim, connect, monkeypatch):
    performer = connect()
    page = {"totalCount": 9, "next": "x", "credentials": [{"id": "1", "name": "n"}]}
    monkeypatch.setattr(performer.client, "request", lambda *args, **options: page)
    with pytest.raises(Failure, match="in a circle"):
        performer.directory.find(sim.organisation_id, "n", Mask([]))
