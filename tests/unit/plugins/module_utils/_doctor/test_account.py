# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor leaves nothing behind, whatever happens to it, and its report says what it could not see."""

import dataclasses
import itertools
import json
import multiprocessing
import os
import signal
import time
from unittest import mock

import pytest
from ansible_collections.versori.platform.plugins.module_utils._doctor import probes
from ansible_collections.versori.platform.plugins.module_utils._doctor.account import Account, is_ours, new_name

from tests.acceptance.many import before_each_request
from tests.simulator import Simulator
from tests.unit.plugins.module_utils._doctor.doctoring import doctor, findings, kept_its_word, organisation

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FAULTS = (
    *({"kind": kind} for kind in ("reset_before", "reset_after", "cut", "server_error", "rate_limit", "html", "redirect", "wrong_type")),
    *({"kind": kind, "handled": True} for kind in ("server_error", "gateway_timeout", "html")),
    *({"kind": "answer", "status": status, "body": {"code": "no", "message": "no"}} for status in (401, 403, 404)),
    {"kind": "answer", "status": 200, "body": "", "handled": True},
)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr("urllib3.util.retry.time.sleep", lambda seconds: None)


class Ended(Exception):
    """What the process would have done at a signal."""


@pytest.fixture
def ending():
    """Signals end in an exception that a test can see, once the doctor has given them back."""

    def end(number, _frame):
        raise Ended(number)

    before = {number: signal.signal(number, end) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def steps():
    """The methods of all requests of a run, in order."""
    with Simulator() as sim:
        organisation(sim)
        doctor(sim, wait=0)
        return [request.method for request in sim.requests]


def at(sim, monkeypatch, act, *numbers):
    """Call `act` when the request of one of these numbers arrives."""
    count = itertools.count()

    def hook(_request):
        if next(count) in numbers:
            act()

    before_each_request(monkeypatch, sim, hook)


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("again", [False, True])
def test_interrupted_at_each_step(sim, steps, ending, again):
    """Ctrl-C, kill, and a closed terminal: whatever was created is deleted before the signal takes effect, and no other one stops that."""
    for number, method in enumerate(steps):
        if again and method != "POST":
            continue
        sim.reset()
        before = organisation(sim)
        sent = SIGNALS[number % len(SIGNALS)]
        with pytest.MonkeyPatch.context() as patch:
            numbers = range(number, 200) if again else [number]
            at(sim, patch, lambda sent=sent: os.kill(os.getpid(), sent), *numbers)
            with pytest.raises(Ended, match=str(sent.value)):
                doctor(sim, wait=0)
        assert sim.state() == before, f"at request {number}, {method}"
        assert all(signal.getsignal(item) not in (signal.SIG_DFL, signal.SIG_IGN) for item in SIGNALS)
        posts = sum(1 for request in sim.requests if request.method == "POST")
        assert posts <= steps[: number + 1].count("POST")


def test_a_wait_can_be_interrupted(sim, ending):
    before = organisation(sim)

    def sleep(seconds):
        if seconds > 0.01:  # not to let a time pass, but to watch
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Ended):
        doctor(sim, sleep, wait=600)
    assert sim.state() == before


@pytest.mark.usefixtures("untraced")
def test_a_fault_at_each_step(sim, steps):
    """The first POST meets every fault, all other writes and some reads one each; no try is repeated but that of a POST."""
    cases = [
        (number, fault)
        for number, method in enumerate(steps)
        if method != "GET" or number % 4 == 0
        for fault in (FAULTS if number == steps.index("POST") else [FAULTS[number % len(FAULTS)]])
    ]
    for number, fault in cases:
        sim.reset()
        before = organisation(sim)
        sim.fault(after=number, **fault)
        result = doctor(sim, wait=0, retries=0)
        assert sim.state() == before, (number, fault, result["lines"][-4:])
        kept_its_word(sim, before, result)
        assert result["report"]["left_behind"] == 0


def test_passing_faults_change_nothing_in_the_report(sim):
    before = organisation(sim)
    quiet = findings(doctor(sim))
    sim.reset()
    organisation(sim)
    sim.fault_mix(7, 0.1, ["reset_before", "rate_limit", "unavailable"])
    result = doctor(sim, retries=8)
    assert findings(result) == quiet
    assert [item["type"] for item in sim.state()] == [item["type"] for item in before]


@pytest.mark.parametrize(
    ("method", "status", "permission", "words"),
    [
        ("POST", 403, {"create": "no (403)", "update": "not seen", "delete": "not seen"}, "No, only in part"),
        ("PUT", 403, {"create": "yes", "update": "no (403)", "delete": "yes"}, "No, only in part"),
        ("GET", 401, {"list": "no (401)", "read": "not seen", "create": "not seen"}, "could not be listed"),
        ("GET", 403, {"list": "no (403)", "read": "not seen", "create": "not seen"}, "could not be listed"),
    ],
)
def test_what_is_not_allowed(sim, method, status, permission, words):
    before = organisation(sim)
    body = {"code": "denied", "message": f"nothing for you, {before[0]['name']}"}
    sim.fault("answer", method=method, status=status, body=body, times=None)
    result = doctor(sim)
    assert result["report"]["permissions"].items() >= permission.items()
    assert result["report"]["reliable"] is False
    assert words in result["report"]["verdict"]
    assert any(str(status) in text for text in result["warnings"])
    kept_its_word(sim, before, result["report"], result["lines"])


@pytest.mark.parametrize("kind", ["html", "bad_gateway", "redirect", "gateway_timeout", "wrong_type", "huge"])
def test_something_else_answers(sim, kind):
    before = organisation(sim)
    sim.fault(kind, times=None, size=17 * 1024 * 1024)  # of one that is huge
    result = doctor(sim, retries=0)
    assert result["report"]["permissions"]["list"] != "yes"
    assert result["report"]["reliable"] is False
    assert result["warnings"]
    assert not any(item["settled"] for item in result["report"]["findings"])
    sim.clear_faults()
    kept_its_word(sim, before, result)


def test_no_answer_in_time(sim):
    """On a busy machine other requests may be late too; nothing is left behind all the same."""
    before = organisation(sim)
    sim.fault("delay_before", method="POST", times=None, seconds=3600)
    result = doctor(sim, retries=0, timeout=1)
    assert result["report"]["reliable"] is False
    kept_its_word(sim, before, result)


def test_what_cannot_be_deleted_is_named_and_deleted_by_the_next_run(sim):
    before = organisation(sim)
    sim.fault("answer", method="DELETE", status=403, body={"code": "denied", "message": "no"}, times=None)
    result = doctor(sim)
    left = [item["name"] for item in sim.state() if item not in before]
    assert left
    assert result["report"]["left_behind"] == len(left)
    assert result["report"]["permissions"]["delete"] == "no (403)"
    assert all(name in "\n".join(result["lines"]) for name in left)
    sim.clear_faults()
    checked = doctor(sim, check_mode=True)
    assert checked["changed"] is True
    assert [item["name"] for item in sim.state() if item not in before] == left
    again = doctor(sim)
    assert again["changed"] is True
    assert f"had left behind, and that were deleted: {len(left)}." in "\n".join(again["lines"])
    kept_its_word(sim, before, again)
    assert doctor(sim)["changed"] is False


def test_only_its_own_leftovers_are_swept(sim):
    """The mark in the name is not enough, and what is in use by now is kept."""
    organisation(sim)
    ours, used = new_name(), new_name()
    assert is_ours(ours)
    unmarked, copied = ours.partition(" (")[0], "copy of " + ours
    assert not any(map(is_ours, (ours[:-2] + "x)", ours.replace("(", "(0", 1), ours.upper(), copied, unmarked, None)))
    for name in (f"{ours[:-2]}{int(ours[-2], 16) ^ 1:x})", unmarked, copied):
        sim.add("string", name, {"value": "a real secret"})
    sim.link(sim.add("string", used, {"value": "x"}))
    before = sim.state()
    sim.add("string", ours, {"value": "x"})
    result = doctor(sim)
    assert sim.state() == before
    assert "in use by now, and were kept: 1." in "\n".join(result["lines"])


def test_the_key_in_a_name_of_the_servers(sim):
    key = "planted_key_5f2c8a71"
    before = organisation(sim, extra_fields={key: 1, "owner": key}, extra_data_fields={key: "x"})
    sim.authentication.api_keys.add(key)
    result = doctor(sim, api_key=key)
    assert findings(result)["extra_fields"] == (True, ["owner", "1 more"])
    assert findings(result)["extra_data_fields"] == (True, ["1 more"])
    kept_its_word(sim, before, result)
    assert key not in str(result)


@pytest.fixture
def answer_to_post(monkeypatch):
    """Has the answer to each POST say something else."""
    exchange = Account.exchange

    def change(**changes):
        def changed(account, method, *args, **options):
            response = exchange(account, method, *args, **options)
            if method == "POST" and response.status < 300:
                response = dataclasses.replace(response, raw=json.dumps({**json.loads(response.raw), **changes}).encode())
            return response

        monkeypatch.setattr(Account, "exchange", changed)

    return change


@pytest.mark.parametrize("odd_id", ["\ud800", "..", "a/b?c", 7])
def test_an_odd_id_in_an_answer_is_looked_up_in_the_list(sim, answer_to_post, odd_id):
    before = organisation(sim)
    answer_to_post(id=odd_id)
    result = doctor(sim, wait=0)
    assert result["report"]["reliable"] is True
    kept_its_word(sim, before, result)


@pytest.mark.parametrize("since", [False, True], ids=["there before", "there since"])
@pytest.mark.parametrize("name", ["its own", "the throw-away's"])
def test_an_answer_with_the_id_of_another_credential_ends_it(sim, answer_to_post, monkeypatch, name, since):
    """Whatever the answer says of it: what is written next would be written to that one."""
    before = organisation(sim)
    other = before[0]
    if since:
        other = {"id": "01KK9J6VFKZSB86BQQT8903TMY", "name": "meanwhile"}

        def add(request):
            if request.method == "POST" and "meanwhile" not in sim.names():
                sim.add("none", "meanwhile", {}, id=other["id"])

        monkeypatch.setattr(sim.recording, "watchers", [add])
    answer_to_post(**({"name": other["name"]} if name == "its own" else {}), id=other["id"])
    result = doctor(sim, wait=0)
    assert [item["name"] for item in sim.state()] == [*(item["name"] for item in before), *["meanwhile"] * since]
    assert all(request.method in ("GET", "POST") or other["id"] not in request.path for request in sim.requests)
    assert sum(request.method == "POST" for request in sim.requests) == 1
    assert "with the id of another credential, which was not touched" in result["warnings"][0]


def test_a_bug_leaves_nothing_behind(sim, monkeypatch):
    before = organisation(sim)
    monkeypatch.setattr(probes, "_lose_secret", mock.Mock(side_effect=RuntimeError("a bug")))
    with pytest.raises(RuntimeError, match="a bug"):
        doctor(sim)
    assert sim.state() == before


def test_the_next_run_cleans_up_after_kill_9(sim, steps):
    writes = [number for number, method in enumerate(steps) if method in ("POST", "PUT")]
    left = 0
    for number in (writes[1], writes[len(writes) // 2], writes[-1]):
        sim.reset()
        before = organisation(sim)
        killed = multiprocessing.get_context("fork").Process(target=doctor, args=(sim,), kwargs={"wait": 0})
        with pytest.MonkeyPatch.context() as patch:
            at(sim, patch, killed.kill, number)
            killed.start()
            killed.join()
        assert killed.exitcode == -signal.SIGKILL
        while sim.counts()["requests"] > number + 1 and sim.requests[-1].status is None:
            time.sleep(0.01)  # what the simulator was at when it was killed
        left += len(sim.state()) - len(before)
        doctor(sim, wait=0)
        assert sim.state() == before
    assert left
