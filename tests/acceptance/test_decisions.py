# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision table, step by step: what is remembered, what moved, what the policy says; both ways."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.running import Worker, task
from tests.playing import WAYS
from tests.simulator import Simulator

pytestmark = pytest.mark.timeout(1500)  # the first test tells both stories

BASIC, TOKEN = EXAMPLES["basic-auth"], EXAMPLES["oauth2-token"]
PASSWORD = ("data.password",)
SOONER, LATER = "2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"


@dataclass
class Scene:
    """What a case may touch before one of its steps."""

    sim: Simulator
    id: str
    memory: Path

    def forget(self) -> None:
        shutil.rmtree(self.memory)

    def garble(self) -> None:
        [path] = self.memory.glob("*/memory.db")
        path.write_bytes(b"no memory" * 1000)

    def touch(self) -> None:
        self.sim.touch(self.id)

    def edit(self) -> None:
        self.sim.edit(self.id, data={"username": "somebody", "password": "somebody-s"})

    def refresh(self) -> None:
        self.sim.refresh(self.id)

    def fault(self, kind: str) -> None:
        self.sim.fault(kind, method="PUT", path=self.id)

    def lose_the_answer(self) -> None:
        self.fault("reset_after")

    def lose_the_request(self) -> None:
        self.fault("reset_before")

    def refuse(self) -> None:
        self.fault("unprocessable")


@dataclass(frozen=True)
class Step:
    """One run of a case.

    :param decision: the expected one; None where the task fails.
    :param changes: the expected ones; `writes` says whether they are pushed.
    :param says: words of the warning, or of the failure; without any there is no warning.
    :param options: of the task, from this step on.
    :param before: happens before the run.
    """

    decision: str | None
    writes: int = 0
    changes: Sequence[str] = ()
    says: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    before: Callable[[Scene], None] | None = None


def quiet(**options: Any) -> Step:
    return Step("unchanged", options=options)


def pushed(decision: str, *says: str, changes=PASSWORD, before=None, **options: Any) -> Step:
    return Step(decision, 1, changes, says, options, before)


def left(decision: str, *says: str, before=None, **options: Any) -> Step:
    return Step(decision, 0, [], says, options, before)


def failed(*says: str, writes=0, before=None, **options: Any) -> Step:
    return Step(None, writes, [], says, options, before)


def rotated_to(secret: str) -> dict[str, Any]:
    return {"data": {**BASIC.data, "password": secret}}


CONTESTED = ("changed elsewhere again", "not pushed again", "on_drift: push", "on_drift: ignore", "rotate")
FORGOTTEN = ("unknown", "nothing is remembered")
INTERRUPTED = ("unknown", "an earlier push was interrupted")
TO_CONTESTED = (
    pushed("drifted", before=Scene.edit, changes=["data.username", *PASSWORD]),
    left("contested", *CONTESTED, before=Scene.touch),
)

CASES: dict[str, tuple[Step, ...]] = {
    "memory lost": (pushed("unknown", *FORGOTTEN, before=Scene.forget), quiet()),
    "memory damaged": (
        failed("is damaged", "Move the file away", before=Scene.garble),
        pushed("unknown", *FORGOTTEN, before=Scene.forget),
        quiet(),
    ),
    "memory lost, a token": (left("unknown", *FORGOTTEN, "taken as right", before=Scene.forget), quiet()),
    "on_unknown push": (pushed("unknown", before=Scene.forget, on_unknown="push"), quiet()),
    "on_unknown adopt": (left("unknown", before=Scene.forget, on_unknown="adopt"), quiet()),
    "on_unknown fail": (
        failed("nothing is remembered", "on_unknown is fail", before=Scene.forget, on_unknown="fail"),
        failed("on_unknown is fail"),
    ),
    "drift": (pushed("drifted", before=Scene.touch), quiet()),
    "drift and a rotation": (pushed("rotated", before=Scene.touch, **rotated_to("password-2")), quiet()),
    "drift, quiet, drift": (pushed("drifted", before=Scene.touch), quiet(), pushed("drifted", before=Scene.touch)),
    "contested stays": (*TO_CONTESTED, left("contested", *CONTESTED), left("contested", *CONTESTED)),
    "contested, then rotated": (*TO_CONTESTED, pushed("rotated", **rotated_to("password-2")), quiet()),
    "contested, then on_drift push": (*TO_CONTESTED, pushed("drifted", on_drift="push"), quiet(on_drift="auto")),
    "contested, then on_drift ignore": (*TO_CONTESTED, left("drifted", on_drift="ignore"), quiet(on_drift="auto")),
    "on_drift push": (pushed("drifted", before=Scene.touch, on_drift="push"), pushed("drifted", before=Scene.touch), quiet()),
    "on_drift warn": (
        left("drifted", "changed elsewhere", "on_drift is warn", before=Scene.touch, on_drift="warn"),
        left("drifted", "changed elsewhere"),
        pushed("drifted", on_drift="auto"),
    ),
    "on_drift ignore": (left("drifted", before=Scene.touch, on_drift="ignore"), quiet(on_drift="auto")),
    "drift of a token": (left("drifted", before=Scene.refresh), quiet(), left("drifted", before=Scene.refresh)),
    "drift of a token, on_drift push": (pushed("drifted", before=Scene.refresh, on_drift="push", changes=TOKEN.secret_paths), quiet()),
    "update_secrets always": (pushed("forced", update_secrets="always"), pushed("forced")),
    "update_secrets on_create, rotated": (quiet(update_secrets="on_create", **rotated_to("password-2")),),
    "update_secrets on_create, renamed": (
        failed("differs in name", "replaces the whole credential", "on_create", update_secrets="on_create", name="New"),
    ),
    "another fingerprint_key": (pushed("unknown", "another fingerprint_key", fingerprint_key="kf" * 20), quiet()),
    "another fingerprint_key, a token": (left("unknown", "another fingerprint_key", "taken as right", fingerprint_key="kf" * 20), quiet()),
    "secret_changed_at older": (
        left("unchanged", before=Scene.forget, secret_changed_at=SOONER),
        quiet(),
        left("unchanged", before=Scene.forget),
    ),
    "secret_changed_at newer": (
        pushed("rotated", before=Scene.forget, secret_changed_at=LATER),
        quiet(),
        pushed("rotated", before=Scene.forget),
    ),
    "secret_changed_at with a memory": (quiet(secret_changed_at=LATER),),
    "the answer to a PUT lost": (
        failed("connection", writes=1, before=Scene.lose_the_answer, retries=0, **rotated_to("password-2")),
        pushed("unknown", *INTERRUPTED),
        quiet(),
    ),
    "a PUT lost, then on_unknown adopt": (
        failed("connection", writes=1, before=Scene.lose_the_request, retries=0, **rotated_to("password-2")),
        pushed("unknown", *INTERRUPTED, on_unknown="adopt"),
        quiet(),
    ),
    "a PUT lost, then secret_changed_at older": (
        failed("connection", writes=1, before=Scene.lose_the_request, retries=0, **rotated_to("password-2")),
        pushed("unknown", *INTERRUPTED, secret_changed_at=SOONER),
    ),
    "a PUT refused": (
        failed("422", "must not be empty", writes=1, before=Scene.refuse, **rotated_to("password-2")),
        pushed("rotated"),
        quiet(),
    ),
    "another type": (pushed("updated", changes=["type", "data.value"], type="string", data={"value": "string-secret"}, retries=0), quiet()),
}


def _tell_stories(controller: Worker) -> dict[str, list[Any]]:
    """All cases side by side: step n of each is a task of run n."""
    sim = controller.sim
    sim.reset()
    options: dict[str, dict[str, Any]] = {}
    scenes: dict[str, Scene] = {}
    story: dict[str, list[Any]] = {name: [] for name in CASES}
    for name in CASES:
        example = TOKEN if "token" in name else BASIC
        folder = controller.folder / "memories" / name  # where nothing reads all of them after each task
        options[name] = {"type": example.type, "name": name, "data": example.data, "cache_connection": str(folder)}
        scenes[name] = Scene(sim, sim.add(example.type, name, {**example.data}), folder)
        options[name]["credential_id"] = scenes[name].id
    # The first run finds credentials of which nothing is remembered.
    controller.play(*(task(name, **{**options[name], "on_unknown": "push"}) for name in CASES))
    for number in range(max(map(len, CASES.values()))):
        now = {name: steps[number] for name, steps in CASES.items() if number < len(steps)}
        for name, step in now.items():
            if step.before:
                step.before(scenes[name])
            options[name].update(step.options)
        run = controller.play(*(task(name, **options[name]) for name in now))
        for name in now:
            story[name].append((run[name], dict(options[name])))
    return story


@pytest.fixture(scope="module")
def stories(running, tmp_path_factory):
    return {way: _tell_stories(Worker(tmp_path_factory.mktemp(way), running, way)) for way in WAYS}


@pytest.mark.parametrize("case", CASES)
def test_decision(stories, way, case):
    for number, (step, (result, options)) in enumerate(zip(CASES[case], stories[way][case], strict=True)):
        place = f"run {number + 1} of {case!r}: {result.said}"
        stored = next(one for one in result.state.values() if one["id"] == options["credential_id"])
        assert result.writes == ["PUT"] * step.writes, place
        if step.decision is None:
            assert result.how == "failed", place
            assert not result.changed, place
            words = result.msg
        else:
            assert (result.how, result.decision, result.changed) == ("ok", step.decision, bool(step.writes)), place
            assert sorted(result.changes) == sorted(step.changes), place
            words = result.warned
            assert bool(words) is bool(step.says), place
            if step.writes:
                assert stored["data"] == options["data"], place
        for word in step.says:
            assert word in words, place


@pytest.mark.parametrize("case", CASES)
def test_both_ways_decide_the_same(stories, case):
    here, elsewhere = ([result.comparable for result, _options in stories[way][case]] for way in WAYS)
    assert here == elsewhere
