# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision table, step by step: what is remembered, what moved, what the policy says; both ways."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.running import task

BASIC, TOKEN = EXAMPLES["basic-auth"], EXAMPLES["oauth2-token"]
PASSWORD = ("data.password",)
SOONER, LATER = "2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"

EVENTS = {  # what may happen before a step
    "forget": lambda worker, id: shutil.rmtree(worker.memory),
    "garble": lambda worker, id: (worker.memory / "memory.db").write_bytes(b"no memory" * 1000),
    "touch": lambda worker, id: worker.sim.touch(id),
    "edit": lambda worker, id: worker.sim.edit(id, data={"username": "somebody", "password": "somebody-s"}),
    "refresh": lambda worker, id: worker.sim.refresh(id),
    "lose the answer": lambda worker, id: worker.sim.fault("reset_after", method="PUT", path=id),
    "lose the request": lambda worker, id: worker.sim.fault("reset_before", method="PUT", path=id),
    "refuse": lambda worker, id: worker.sim.fault("unprocessable", method="PUT", path=id),
}


@dataclass(frozen=True)
class Step:
    """One run of a case.

    :param decision: the expected one; None where the task fails.
    :param changes: the expected ones; `writes` says whether they are pushed.
    :param says: words of the warning, or of the failure; without any there is no warning.
    :param options: of the task, from this step on.
    :param before: one of EVENTS.
    """

    decision: str | None
    writes: int = 0
    changes: Sequence[str] = ()
    says: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    before: str | None = None


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


DRIFT = ("changed elsewhere since the last push", "updatedAt")
CONTESTED = ("changed elsewhere again", "not sent again", "on_drift: push", "on_drift: ignore", "rotate")
FORGOTTEN = ("unknown", "nothing is remembered")
INTERRUPTED = ("unknown", "an earlier push was interrupted")
TO_CONTESTED = (
    pushed("drifted", *DRIFT, before="edit", changes=["data.username", *PASSWORD]),
    left("contested", *CONTESTED, before="touch"),
)

CASES: dict[str, tuple[Step, ...]] = {
    "memory lost": (pushed("unknown", *FORGOTTEN, before="forget"), quiet()),
    "memory damaged": (
        failed("is damaged", "Move the file away", before="garble"),
        pushed("unknown", *FORGOTTEN, before="forget"),
        quiet(),
    ),
    "memory lost, a token": (left("unknown", *FORGOTTEN, "counts as right", before="forget"), quiet()),
    "on_unknown push": (pushed("unknown", before="forget", on_unknown="push"), quiet()),
    "on_unknown adopt": (left("unknown", before="forget", on_unknown="adopt"), quiet()),
    "on_unknown fail": (
        failed("nothing is remembered", "on_unknown is fail", before="forget", on_unknown="fail"),
        failed("on_unknown is fail"),
    ),
    "drift": (pushed("drifted", *DRIFT, before="touch"), quiet()),
    "drift and a rotation": (pushed("rotated", *DRIFT, before="touch", **rotated_to("password-2")), quiet()),
    "drift, quiet, drift": (pushed("drifted", *DRIFT, before="touch"), quiet(), pushed("drifted", *DRIFT, before="touch")),
    "contested stays": (*TO_CONTESTED, left("contested", *CONTESTED), left("contested", *CONTESTED)),
    "contested, then rotated": (*TO_CONTESTED, pushed("rotated", *DRIFT, **rotated_to("password-2")), quiet()),
    "contested, then on_drift push": (*TO_CONTESTED, pushed("drifted", *DRIFT, on_drift="push"), quiet(on_drift="auto")),
    "contested, then on_drift ignore": (*TO_CONTESTED, left("drifted", on_drift="ignore"), quiet(on_drift="auto")),
    "on_drift push": (pushed("drifted", *DRIFT, before="touch", on_drift="push"), pushed("drifted", *DRIFT, before="touch"), quiet()),
    "on_drift warn": (
        left("drifted", "changed elsewhere", "on_drift is warn", before="touch", on_drift="warn"),
        left("drifted", "changed elsewhere"),
        pushed("drifted", *DRIFT, on_drift="auto"),
    ),
    "on_drift ignore": (left("drifted", before="touch", on_drift="ignore"), quiet(on_drift="auto")),
    "on_drift fail": (
        failed(*DRIFT, "on_drift is fail", before="touch", on_drift="fail"),
        failed(*DRIFT),
        pushed("drifted", *DRIFT, on_drift="auto"),
        quiet(on_drift="fail"),
    ),
    "drift of a token": (left("drifted", before="refresh"), quiet(), left("drifted", before="refresh")),
    "drift of a token, on_drift push": (pushed("drifted", *DRIFT, before="refresh", on_drift="push", changes=TOKEN.secret_paths), quiet()),
    "update_secrets always": (pushed("forced", update_secrets="always"), pushed("forced")),
    "update_secrets on_create, rotated": (quiet(update_secrets="on_create", **rotated_to("password-2")),),
    "update_secrets on_create, renamed": (
        failed("differs in name", "replaces the whole credential", "on_create", update_secrets="on_create", name="New"),
    ),
    "another fingerprint_key": (pushed("unknown", "another fingerprint_key", fingerprint_key="kf" * 20), quiet()),
    "another fingerprint_key, a token": (left("unknown", "another fingerprint_key", "counts as right", fingerprint_key="kf" * 20), quiet()),
    "secret_changed_at older": (left("unchanged", before="forget", secret_changed_at=SOONER), quiet(), left("unchanged", before="forget")),
    "secret_changed_at newer": (pushed("rotated", before="forget", secret_changed_at=LATER), quiet(), pushed("rotated", before="forget")),
    "secret_changed_at with a memory": (quiet(secret_changed_at=LATER),),
    "the answer to a PUT lost": (
        failed("connection", writes=1, before="lose the answer", retries=0, **rotated_to("password-2")),
        pushed("unknown", *INTERRUPTED),
        quiet(),
    ),
    "a PUT lost, then on_unknown adopt": (
        failed("connection", writes=1, before="lose the request", retries=0, **rotated_to("password-2")),
        pushed("unknown", *INTERRUPTED, on_unknown="adopt"),
        quiet(),
    ),
    "a PUT lost, then secret_changed_at older": (
        failed("connection", writes=1, before="lose the request", retries=0, **rotated_to("password-2")),
        pushed("unknown", *INTERRUPTED, secret_changed_at=SOONER),
    ),
    "a PUT refused": (
        failed("422", "must not be empty", writes=1, before="refuse", **rotated_to("password-2")),
        pushed("rotated"),
        quiet(),
    ),
    "another type": (pushed("updated", changes=["type", "data.value"], type="string", data={"value": "string-secret"}, retries=0), quiet()),
}


@pytest.mark.parametrize("case", CASES)
def test_decision(worker, sim, case):
    example = TOKEN if "token" in case else BASIC
    id = sim.add(example.type, case, {**example.data})
    options = {"credential_id": id, "type": example.type, "name": case, "data": example.data}
    worker.play(task(case, **options, on_unknown="push"))  # it finds a credential of which nothing is remembered
    for number, step in enumerate(CASES[case], 1):
        if step.before:
            EVENTS[step.before](worker, id)
        options.update(step.options)
        result = worker.play(task(case, **options))[case]
        place = f"run {number}: {result.said}"
        assert result.writes == ["PUT"] * step.writes, place
        if step.decision is None:
            assert (result.how, result.changed) == ("failed", False), place
            words = result.msg
        else:
            assert (result.how, result.decision, result.changed) == ("ok", step.decision, bool(step.writes)), place
            assert sorted(result.changes) == sorted(step.changes), place
            words = result.warned
            assert bool(words) is bool(step.says), place
            assert not step.writes or sim.stored(id)["data"] == options["data"], place
        assert [word for word in step.says if word not in words] == [], place
