# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each type of credential created, edited, rotated and deleted; each time checked, run, and run again; both ways."""

from __future__ import annotations

import pytest

from tests.acceptance.examples import EXAMPLES, TYPES
from tests.acceptance.running import Worker, task
from tests.playing import ELSEWHERE, HERE, WAYS

pytestmark = pytest.mark.timeout(600)  # the first test tells both stories

STAGES = ("create", "edit", "rotate", "absent")
TIMES = ("check", "run", "again")


def _args(type, stage, ids):
    """What the task of one stage asks for; each stage keeps what the one before has changed."""
    example = EXAMPLES[type]
    reached = STAGES.index(stage)
    name = f"{type} new" if reached and not example.edited else type
    if stage == "absent":
        return {"name": name, "state": "absent"}
    data = {
        **example.data,
        **(example.edited if reached >= 1 else {}),
        **(example.rotated if reached >= 2 else {}),
    }
    by_id = {"credential_id": ids[type]} if stage == "edit" and not example.edited else {}
    return {"type": type, "name": name, "data": data, **by_id}


def _tell_story(folder, sim, way):
    sim.reset()
    controller = Worker(folder, sim, way)
    story, args, ids = {}, {}, {}
    for stage in STAGES:
        args.update({(type, stage): _args(type, stage, ids) for type in TYPES})
        tasks = [task(type, **args[type, stage]) for type in TYPES]
        for time in TIMES:
            story[stage, time] = controller.play(*tasks, check=time == "check")
            assert story[stage, time].code == 0, story[stage, time].printed
        ids = {type: story[stage, "run"][type].credential_id for type in TYPES}
    return story, args


@pytest.fixture(scope="module")
def stories(running, tmp_path_factory):
    return {way: _tell_story(tmp_path_factory.mktemp(way), running, way) for way in WAYS}


@pytest.fixture(params=TYPES)
def type(request):
    return request.param


@pytest.fixture(params=STAGES)
def stage(request):
    return request.param


@pytest.fixture
def told(stories, way, stage, type):
    """Three results of one task, and its arguments."""
    story, args = stories[way]
    return {time: story[stage, time][type] for time in TIMES}, args[type, stage]


def _expected(type, stage):
    """Decision of the first run, of the one after it, and the changes of the first."""
    example = EXAMPLES[type]
    if stage == "create":
        return "created", "unchanged", example.paths
    if stage == "edit":
        return "updated", "unchanged", [f"data.{name}" for name in example.edited] or ["name"]
    if stage == "rotate" and example.rotated:
        return "rotated", "unchanged", [f"data.{name}" for name in example.rotated]
    return ("deleted", "absent", []) if stage == "absent" else ("unchanged", "unchanged", [])


def test_changed_decision_and_changes(told, type, stage):
    results, _rest = told
    first, second, changes = _expected(type, stage)
    changed = first != "unchanged"
    for time in ("check", "run"):
        one = results[time]
        assert (one.changed, one.decision, sorted(one.changes)) == (changed, first, sorted(changes)), time
    assert (results["again"].changed, results["again"].decision, results["again"].changes) == (
        False,
        second,
        [],
    )
    assert [one.warnings for one in results.values()] == [None] * 3


def test_what_is_sent(told, type, stage):
    results, args = told
    by_id = "credential_id" in args
    look = ["GET"] if by_id else ["GET list"] if stage == "create" else ["GET list", "GET"]
    write = {"create": "POST", "absent": "DELETE"}.get(stage, "PUT")
    writes = [write] if _expected(type, stage)[0] != "unchanged" else []
    again = {"create": ["GET list", "GET"], "absent": ["GET list"]}.get(stage, look)
    assert results["check"].sent == look
    assert results["run"].sent == look + writes
    assert results["again"].sent == again
    for one in results.values():
        assert {request.path.rpartition("/credentials")[2] for request in one.requests} <= {
            "",
            f"/{results['run'].credential_id}",
        }
        assert all(request.status in (200, 201, 204) for request in one.requests)


def test_the_body(told, stage, type):
    results, args = told
    bodies = results["run"].bodies
    if stage == "absent" or _expected(type, stage)[0] == "unchanged":
        assert bodies == []
        return
    wanted = {"name": args["name"], "type": type, "data": args["data"]}
    if stage != "create":  # the whole credential: what GET showed, and what is wanted laid over it
        got = results["check"].credential
        wanted = {**{key: got[key] for key in ("id", "createdAt", "updatedAt")}, **wanted}
    assert bodies == [wanted]


def test_what_the_server_holds(told, stage, type):
    results, args = told
    for time in ("run", "again"):
        stored = results[time].state.get(args["name"])
        if stage == "absent":
            assert stored is None
        else:
            assert (stored["type"], stored["data"]) == (type, args["data"])
    assert results["again"].state.get(args["name"]) == results["run"].state.get(args["name"])


def test_what_is_returned(told, stage, type):
    results, args = told
    if stage == "absent":
        assert results["run"].credential is None
        return
    credential = results["run"].credential
    secret = {path.removeprefix("data.") for path in EXAMPLES[type].secret_paths}
    expected = {name: "(secret)" if name in secret else value for name, value in args["data"].items()}
    assert (credential["id"], credential["type"], credential["name"], credential["data"]) == (
        results["run"].credential_id,
        type,
        args["name"],
        expected,
    )
    assert credential == results["again"].credential


def test_the_diff(told, stage, type):
    results, args = told
    assert results["check"].diff == results["run"].diff
    diff = results["run"].diff
    changes = _expected(type, stage)[2]
    assert (diff["before"] == diff["after"]) is (_expected(type, stage)[0] == "unchanged")
    if stage != "absent":
        for path in EXAMPLES[type].secret_paths:
            word = "(secret, sent anew)" if path in changes else "(secret)"
            assert diff["after"]["data"][path.removeprefix("data.")] == word
        assert diff["after"]["name"] == args["name"]
    assert results["again"].diff["before"] == results["again"].diff["after"]


@pytest.mark.parametrize("stage", STAGES)
def test_check_mode_writes_nothing(stories, way, stage):
    story, _rest = stories[way]
    run = story[stage, "check"]
    for one in run.results:
        assert one.writes == []
        assert one.memory == run.memory_before
    states = [one.state for one in run.results]
    assert states == [states[0]] * len(states)


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("stage", STAGES)
def test_both_ways_report_the_same(stories, stage, time, type):
    one, other = (stories[way][0][stage, time][type] for way in WAYS)
    assert one.comparable == other.comparable


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("stage", STAGES)
def test_which_way_was_taken(stories, stage, time):
    assert stories[HERE][0][stage, time].modules_shipped == 0
    assert stories[ELSEWHERE][0][stage, time].modules_shipped >= len(TYPES)
