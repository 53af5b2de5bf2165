# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hundred credentials and one cause: how often the server is asked, and what is printed; both ways, in a list and in a loop."""

from __future__ import annotations

import contextlib
import json

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.versori.platform.plugins.action.versori_credentials import ActionModule

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.many import info, many, none, string
from tests.acceptance.running import Controller, task
from tests.playing import ONE

NUMBER = 200
NAMES = [f"credential-{number:03}" for number in range(NUMBER)]
FEW = NAMES[:60]  # where it makes no difference
REFUSED = '{"code": "forbidden", "message": "not this one"}'


def size(result) -> int:
    """What the default callback prints of a failed task, in characters."""
    return len(json.dumps({key: value for key, value in result.said.items() if key not in ("invocation", "diff")}))


@pytest.fixture
def controller(sim, way, tmp_path):
    return Controller(tmp_path, sim, way)


@pytest.fixture(params=[len(FEW)])
def in_place(worker, sim, request):
    """So many as they should be, and remembered; their items."""
    items = [string(name) for name in NAMES[: request.param]]
    worker.play(many("before", items))
    sim.clear_requests()
    return items


@pytest.mark.parametrize("fault", ["bad_gateway", "reset_before", "html", "rate_limit_bare"])
def test_a_list_that_fails_is_read_once(worker, sim, fault):
    sim.fault(fault, times=None)
    result = worker.play(many("it", [string(name) for name in NAMES], retries=1))["it"]
    assert len(result.requests) <= 2 and result.how == "failed"
    assert f"1 of {NUMBER} credentials failed. Could not list the credentials of organisation" in result.msg
    assert f" {NUMBER - 1} were not tried for that reason." in result.msg
    assert (len(result.results), len(result.said["not_tried"])) == (1, NUMBER - 1)
    assert size(result) < 6000


@pytest.mark.parametrize(("by_id", "most"), [(False, 1), (True, 10)])
def test_a_wrong_key_is_not_tried_again(worker, sim, by_id, most):
    items = [{**string(name), "credential_id": sim.add("string", name, {"value": "x"})} if by_id else string(name) for name in NAMES]
    result = worker.play(many("it", items, api_key="wrong-key-0123456789"))["it"]
    assert 1 <= len(result.requests) <= most and {request.status for request in result.requests} == {401}
    assert "The API did not accept api_key: check whether it has expired" in result.msg
    assert len(result.results) == len(result.requests)
    assert size(result) < 12_000 and result.msg.count("The API did not accept") == 1


def test_where_the_key_came_from_is_said(worker, sim):
    result = worker.play(info("it"), env={"VERSORI_API_KEY": "wrong-key-0123456789"})["it"]
    assert "The API did not accept api_key (from VERSORI_API_KEY): check" in result.msg
    result = worker.play(info("it"), env={"VERSORI_JWT": "a.b.c"})["it"]
    assert result.msg.startswith("VERSORI_API_KEY and VERSORI_JWT are set, but only one of api_key, jwt, session_cookie can be used")
    assert result.sent == []


def test_a_server_that_is_down_is_left_alone_after_five_in_a_row(worker, sim):
    items = [{**string(name), "credential_id": sim.add("string", name, {"value": "x"})} for name in NAMES]
    sim.fault("bad_gateway", times=None)
    result = worker.play(many("it", items, retries=1, workers=3))["it"]
    assert 5 * 2 <= len(result.requests) <= (5 + 3) * 2
    assert len(result.results) + len(result.said["not_tried"]) == NUMBER
    assert "were not tried, because the server was unavailable for five credentials in a row." in result.msg and size(result) < 12_000


@pytest.mark.parametrize("failing", [3, 30])
def test_a_list_by_ids_and_names(worker, sim, failing):
    """Such a one is first read as a whole; a few that fail, with others between, do not end it."""
    ids = {name: sim.add("string", name, {"value": "x"}) for name in NAMES[:60]}
    items = [{**string(name), "credential_id": id} if number % 2 else string(name) for number, (name, id) in enumerate(ids.items())]
    for name in NAMES[:60:2] if failing > 10 else NAMES[:9:2]:
        sim.fault("bad_gateway", method="GET", path=ids[name], times=None)
    if failing > 10:
        sim.fault("bad_gateway", method="GET", path="credentials/", times=None)
    result = worker.play(many("it", items, {"check_mode": True}, retries=0, workers=2))["it"]
    if failing > 10:
        assert len(result.requests) <= 1 + 7 and result.said["not_tried"]
    else:
        assert "not_tried" not in result.said and len(result.results) == 60


def test_writes_that_fail_one_after_the_other_end_too(worker, sim, in_place):
    """Each of them was read; none of those that were not pushed is remembered as pushed."""
    sim.fault("bad_gateway", method="PUT", times=None)
    rotated = [string(name, f"hush-other-{name}") for name in FEW]
    run = worker.play(many("it", rotated, retries=0, workers=2))
    assert 5 <= run["it"].writes.count("PUT") <= 7
    assert "The server may have carried it out all the same; the next run finds out." in run["it"].msg
    sim.clear_faults()
    again = worker.play(many("again", rotated))["again"]
    assert (again.how, again.writes.count("PUT")) == ("ok", len(FEW))


@pytest.mark.parametrize("in_place", [NUMBER], indirect=True)
def test_what_one_is_refused_is_its_own(worker, sim, in_place):
    ids = {credential["name"]: credential["id"] for credential in sim.state()}
    sim.fault("answer", status=403, body=REFUSED, path=ids[NAMES[7]], times=None)
    result = worker.play(many("it", in_place))["it"]
    assert result.msg.startswith("1 of 200 credentials failed. Could not read credential 'credential-007': the API answered 403.")
    assert result.msg.endswith("199 are as they should be.")
    assert [item["name"] for item in result.results] == [NAMES[7]]
    assert len(result.said["unchanged"]) == 199
    assert size(result) < 6000
    full = worker.play(many("it", in_place, full_results=True))["it"]
    assert [item["name"] for item in full.results] == NAMES


def test_a_lost_memory_is_one_warning(worker, sim, in_place):
    org = {"VERSORI_CACHE_CONNECTION": str(worker.cwd)}
    result = worker.play(many("it", in_place, {"check_mode": True}), env=org)["it"]
    [warning] = result.warnings
    assert warning.startswith("Each of 60 credentials, 'credential-000', 'credential-001', 'credential-002', 'credential-003', ")
    assert "This task's would be sent" in warning
    assert "and 55 more: whether the server holds this task's secret is unknown" in warning
    assert result.msg.startswith("Would change: 60 unknown (")


def test_drift_is_one_warning_with_each_time(worker, sim, in_place):
    ids = {credential["name"]: credential["id"] for credential in sim.state()}
    sim.advance(5)
    for name in NAMES[3:5]:
        sim.touch(ids[name])
    result = worker.play(many("it", in_place))["it"]
    times = [sim.stored(ids[name])["updatedAt"] for name in NAMES[3:5]]
    [warning] = result.warnings
    assert "Each of 2 credentials, 'credential-003' (updatedAt " in warning and ") and 'credential-004' (updatedAt " in warning
    assert "it was changed elsewhere since the last push" in warning and times
    assert result.msg == "Changed: 2 drifted ('credential-003' and 'credential-004'). 58 are as they should be."
    for name in NAMES[3:5]:
        sim.touch(ids[name])
    failing = worker.play(many("it", in_place, on_drift="fail"))["it"]
    assert (failing.how, failing.writes) == ("failed", []) and failing.msg.startswith("2 of 60 credentials failed. Each of ")
    assert failing.decisions == {"unchanged": 58, "drifted": 2} and all(item["credential_id"] for item in failing.results)


def test_a_diff_of_secrets_is_a_line_each(worker, sim, in_place):
    rotated = [string(name, f"hush-other-{name}") for name in FEW]
    result = worker.play(many("it", rotated, {"check_mode": True}))["it"]
    [diff] = result.diff
    assert diff["prepared"].count("\n") == len(FEW)
    assert diff["prepared"].startswith("credential 'credential-000': data.value (secret): rotated\n") and "hush" not in str(diff)


# --- the file with everything


def test_results_file(worker, sim):
    path = worker.cwd / "results.json"
    items = [none("a"), {"credential_id": "01KK9J6VFKZSB86BQQT8903TMY", "type": "none"}, string("b")]
    for check in (True, False):
        result = worker.play(many("it", items, results_file=str(path)), check=check)["it"]
        written = json.loads(path.read_text())
        assert result.how == "failed" and written["msg"] == result.msg
        assert [item["name"] for item in written["results"]] == ["a", None, "b"]
        assert path.stat().st_mode & 0o777 == 0o600 and "hush" not in path.read_text()
        assert not {"unchanged", "not_tried", "invocation", "diff"} & set(written)
    broken = worker.play(many("it", [{"name": "x", "type": "no such type"}], results_file=str(path)))["it"]
    assert json.loads(path.read_text())["msg"] == broken.msg
    assert [file.name for file in worker.cwd.iterdir()] == ["results.json"]


@pytest.mark.parametrize(
    ("path", "words"),
    [("missing/results.json", "there is no such folder"), (".", "it is no regular file"), ("/dev/null", "no regular file")],
)
def test_a_results_file_that_cannot_be_written_is_refused_before_anything_is_sent(worker, path, words):
    path = path if path.startswith("/") else str(worker.cwd / path)
    result = worker.play(many("it", [none("a")], results_file=path))["it"]
    assert (result.how, result.sent) == ("failed", []) and words in result.msg and "Nothing was sent." in result.msg


@pytest.mark.parametrize("problem", [AnsibleConnectionFailure("no route to it"), RuntimeError("hush-unforeseen")])
def test_an_earlier_results_file_is_never_taken_for_this_run_s(worker, monkeypatch, problem):
    path = worker.cwd / "results.json"
    args = {"results_file": str(path)}
    worker.play(many("fine", [none("a")], **args))
    assert json.loads(path.read_text())["failed"] is False

    def broken(*_args, **_options):
        raise problem

    monkeypatch.setattr(ActionModule, "run_flows", broken)
    with contextlib.suppress(AnsibleConnectionFailure):  # Ansible makes UNREACHABLE of it
        worker.play(many("broken", [none("a")], **args))
    written = json.loads(path.read_text())
    assert written["failed"] is True and written["msg"] and "hush" not in str(written)


@pytest.mark.parametrize("path", ["a\0b", "x" * 400, "\ud800", "~nobody-at-all/x", ""])
def test_an_odd_results_file(worker, monkeypatch, path):
    monkeypatch.chdir(worker.cwd)
    result = worker.play(many("it", [none("a")], results_file=path))["it"]
    assert result.how == "ok" or result.msg.startswith("results_file "), result.msg
    assert result.how == "ok" or result.sent == [] or "could not be written: File name too long." in result.msg


# --- a loop of the single module

LOOP = NAMES[:20]


def looped(label, **args):
    return task(label, {"loop": LOOP}, name="{{ item }}", type="string", data={"value": "hush-{{ item }}"}, **args)


def test_a_loop_ends_as_a_list_does(controller, sim):
    sim.fault("bad_gateway", times=2)
    run = controller.play(looped("down", retries=1), looped("wrong key", api_key="wrong-key-0123456789"))
    assert [len(result.requests) for result in run.results] == [2, 1]
    for result in run.results:
        first, *rest = [item["msg"] for item in result.said["results"]]
        assert len(rest) == len(LOOP) - 1 and all(msg == f"Not tried: {first}" for msg in rest)


def test_a_loop_over_ids_ends_after_five(controller, sim):
    ids = [sim.add("string", name, {"value": "x"}) for name in LOOP]
    sim.fault("bad_gateway", times=None)
    items = task("down", {"loop": ids}, credential_id="{{ item }}", type="string", data={"value": "hush"}, retries=0)
    [result] = controller.play(items).results
    assert len(result.requests) == 5
    assert [
        item["msg"].startswith("Not tried, because the server was unavailable for five credentials in a row. ")
        for item in result.said["results"]
    ] == [False] * 5 + [True] * 15


def test_another_attempt_tries_again(controller, sim):
    """`until` and `retries` share a process and a task with the items of a loop, and nothing that failed."""
    sim.fault("unprocessable", path="credentials$", times=2)  # with a page size and without
    again = {"until": "made is success", "retries": 3, "delay": 0, "register": "made"}
    basic = EXAMPLES["basic-auth"]
    run = controller.play(task("again", again, name="n", type=basic.type, data=basic.data))
    assert run["again"].how == "ok" and run["again"].said["attempts"] == 2
    assert sim.names() == ["n"]


def test_each_request_is_printed_with_vvv(controller, sim):
    sim.fault("bad_gateway", method="GET", times=1)
    run = controller.play(task("it", name="n", type="string", data={"value": "hush-n"}), args=["-vvv"])
    lines = [line for line in run.printed.splitlines() if "versori.platform: GET /o/" in line or "versori.platform: POST /o/" in line]
    assert len(lines) == 2, run.printed
    assert f"GET /o/{sim.organisation_id}/credentials: 200, 2 tries, " in lines[0] and lines[0].endswith(" ms")
    assert f"POST /o/{sim.organisation_id}/credentials: 201, 1 try, " in lines[1]
    assert "hush" not in run.printed
    assert "/o/" not in controller.play(task("quiet", name="n", type="string", data={"value": "hush-n"})).printed
    assert ONE in run.printed
