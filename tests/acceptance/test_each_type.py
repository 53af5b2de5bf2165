# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each type of credential created, edited, rotated and deleted; each time checked, run, and run again; both ways."""

from __future__ import annotations

import pytest

from tests.acceptance.examples import EXAMPLES, TYPES
from tests.acceptance.running import Worker, task
from tests.playing import WAYS

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
    data = {**example.data, **(example.edited if reached >= 1 else {}), **(example.rotated if reached >= 2 else {})}
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
    results, _args = told
    first, second, changes = _expected(type, stage)
    for time, decision in {"check": first, "run": first, "again": second}.items():
        result = results[time]
        changed = first != "unchanged" and time != "again"
        expected = (changed, decision, sorted(changes) if changed else [], None)
        assert (result.changed, result.decision, sorted(result.changes), result.warnings) == expected, time


def test_what_is_sent(told, type, stage):
    results, args = told
    look = ["GET"] if "credential_id" in args else ["GET list"] if stage == "create" else ["GET list", "GET"]
    write = {"create": "POST", "absent": "DELETE"}.get(stage, "PUT")
    writes = [write] if _expected(type, stage)[0] != "unchanged" else []
    again = {"create": ["GET list", "GET"], "absent": ["GET list"]}.get(stage, look)
    assert [results[time].sent for time in TIMES] == [look, look + writes, again]
    paths = {"", f"/{results['run'].credential_id}"}
    for request in [request for result in results.values() for request in result.requests]:
        assert request.path.rpartition("/credentials")[2] in paths
        assert request.status in (200, 201, 204)


def test_the_body(told, stage, type):
    results, args = told
    if stage == "absent" or _expected(type, stage)[0] == "unchanged":
        assert results["run"].bodies == []
        return
    wanted = {"name": args["name"], "type": type, "data": args["data"]}
    if stage != "create":  # the whole credential: what GET showed, and what is wanted laid over it
        got = results["check"].credential
        wanted = {**{key: got[key] for key in ("id", "createdAt", "updatedAt")}, **wanted}
    assert results["run"].bodies == [wanted]


def test_what_the_server_holds(told, stage, type):
    results, args = told
    stored = results["run"].state.get(args["name"])
    assert stored is None if stage == "absent" else (stored["type"], stored["data"]) == (type, args["data"])
    assert results["again"].state.get(args["name"]) == stored


def test_what_is_returned_and_the_diff(told, stage, type):
    results, args = told
    _first, _second, changes = _expected(type, stage)
    diff, credential = results["run"].diff, results["run"].credential
    assert results["check"].diff == diff
    assert (diff["before"] == diff["after"]) is (_expected(type, stage)[0] == "unchanged")
    assert results["again"].diff["before"] == results["again"].diff["after"]
    if stage == "absent":
        assert credential is None
        return
    secrets = dict.fromkeys(EXAMPLES[type].secret_paths, "(secret)")
    shown = {"id": results["run"].credential_id, "type": type, "name": args["name"]}
    shown["data"] = {name: secrets.get(f"data.{name}", value) for name, value in args["data"].items()}
    assert {key: credential[key] for key in shown} == shown
    assert credential == results["again"].credential
    for path in secrets:
        assert diff["after"]["data"][path.removeprefix("data.")] == ("(secret, sent anew)" if path in changes else "(secret)")
    assert diff["after"]["name"] == args["name"]


def test_check_mode_writes_nothing(stories, way, stage):
    run = stories[way][0][stage, "check"]
    for result in run.results:
        assert (result.writes, result.memory, result.state) == ([], run.memory_before, run.results[0].state)


@pytest.mark.parametrize("time", TIMES)
def test_both_ways_report_the_same(stories, stage, time, type):
    here, elsewhere = (stories[way][0][stage, time][type].comparable for way in WAYS)
    assert here == elsewhere
