# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each type of credential created, edited, rotated and deleted; each time checked, run, and run again; the same both ways."""

import pytest

from tests.acceptance.examples import EXAMPLES, TYPES
from tests.acceptance.running import Worker, task
from tests.playing import WAYS

STAGES = ("create", "edit", "rotate", "absent")


def _args(example, stage, id):
    """What the task of one stage asks for; each stage keeps what the one before has changed."""
    reached = STAGES.index(stage)
    name = f"{example.type} new" if reached and not example.edited else example.type
    if stage == "absent":
        return {"name": name, "state": "absent"}
    data = {**example.data, **(example.edited if reached >= 1 else {}), **(example.rotated if reached >= 2 else {})}
    by_id = {"credential_id": id} if stage == "edit" and not example.edited else {}
    return {"type": example.type, "name": name, "data": data, **by_id}


def _expected(example, stage):
    """Decision of the first run, of the one after it, and the changes of the first."""
    if stage == "create":
        return "created", "unchanged", ["name", "type", *(f"data.{name}" for name in example.data)]
    if stage == "edit":
        return "updated", "unchanged", [f"data.{name}" for name in example.edited] or ["name"]
    if stage == "rotate" and example.rotated:
        return "rotated", "unchanged", [f"data.{name}" for name in example.rotated]
    return ("deleted", "absent", []) if stage == "absent" else ("unchanged", "unchanged", [])


def _judge_decisions(example, stage, check, run, again):
    first, second, changes = _expected(example, stage)
    for result, decision in ((check, first), (run, first), (again, second)):
        changed = first != "unchanged" and result is not again
        expected = (changed, decision, sorted(changes) if changed else [], None)
        assert (result.changed, result.decision, sorted(result.changes), result.warnings) == expected


def _judge_requests(example, stage, args, check, run, again):
    look = ["GET"] if "credential_id" in args else ["GET list"] if stage == "create" else ["GET list", "GET"]
    writes = [] if _expected(example, stage)[0] == "unchanged" else [{"create": "POST", "absent": "DELETE"}.get(stage, "PUT")]
    second_look = {"create": ["GET list", "GET"], "absent": ["GET list"]}.get(stage, look)
    assert [check.sent, run.sent, again.sent] == [look, look + writes, second_look]
    for request in (*check.requests, *run.requests, *again.requests):
        assert request.path.rpartition("/credentials")[2] in ("", f"/{run.credential_id}")
        assert request.status in (200, 201, 204)
    bodies = []
    if writes and stage != "absent":  # the whole credential: what GET showed, and what is desired laid over it
        shown = {} if stage == "create" else {key: check.credential[key] for key in ("id", "createdAt", "updatedAt")}
        bodies = [{**shown, "name": args["name"], "type": example.type, "data": args["data"]}]
    assert run.bodies == bodies


def _judge_what_is_returned(example, stage, args, check, run, again):
    first, _second, changes = _expected(example, stage)
    assert check.diff == run.diff
    if stage == "rotate" and example.rotated:  # nothing but secrets
        assert run.diff == {"prepared": f"credential '{args['name']}': {', '.join(changes)} (secret): rotated\n"}
    else:
        assert (run.diff["before"] == run.diff["after"]) is (first == "unchanged")
    assert again.diff["before"] == again.diff["after"]
    if stage == "absent":
        assert run.credential is None
        return
    secrets = dict.fromkeys(example.secret_paths, "(secret)")
    shown = {"id": run.credential_id, "type": example.type, "name": args["name"]}
    shown["data"] = {name: secrets.get(f"data.{name}", value) for name, value in args["data"].items()}
    assert {key: run.credential[key] for key in shown} == shown
    assert run.credential == again.credential
    if "prepared" in run.diff:
        return
    after = run.diff["after"]
    assert {path: after["data"][path.removeprefix("data.")] for path in secrets} == {
        path: "(secret, sent anew)" if path in changes else "(secret)" for path in secrets
    }
    assert after["name"] == args["name"]


def _story(worker, example):
    id, stored, memory, story = None, {}, {}, []
    for stage in STAGES:
        args = _args(example, stage, id)
        check, run, again = (worker.play(task("it", **args), check=time == "check")["it"] for time in ("check", "run", "again"))
        assert (check.writes, check.state, check.memory) == ([], stored, memory)
        id, stored, memory = run.credential_id, again.state, again.memory
        _judge_decisions(example, stage, check, run, again)
        _judge_requests(example, stage, args, check, run, again)
        _judge_what_is_returned(example, stage, args, check, run, again)
        held = run.state.get(args["name"])
        assert held is None if stage == "absent" else (held["type"], held["data"]) == (example.type, args["data"])
        assert again.state.get(args["name"]) == held
        story += [check.comparable, run.comparable, again.comparable]
    return story


@pytest.mark.parametrize("type", TYPES)
def test_each_stage(running, tmp_path, type):
    stories = []
    for way in WAYS:
        running.reset()
        stories.append(_story(Worker(tmp_path / way, running, way), EXAMPLES[type]))
    assert stories[0] == stories[1]
