# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller that is killed between a PUT and the note of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.running import ELSEWHERE, MODULE, task

BASIC = EXAMPLES["basic-auth"]


def _kill(pid: int) -> None:
    """A process and everything below it; Ansible's workers have left its process group."""
    children: dict[int, list[int]] = {}
    for line in subprocess.check_output(["ps", "-A", "-o", "pid=,ppid="], text=True).splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    doomed = [pid]
    for one in doomed:
        doomed.extend(children.get(one, ()))
    for one in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def _until(happened, process) -> None:
    while not happened():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


@pytest.mark.parametrize("kind", ["delay_before", "delay_after"])
def test_killed_while_a_put_is_under_way(controller, sim, kind):
    wanted = {"type": BASIC.type, "name": "mail", "data": BASIC.data}
    assert controller.play(task("first", **wanted))["first"].decision == "created"
    [id] = sim.ids()
    wanted["data"] = {**BASIC.data, **BASIC.rotated}

    sim.clear_requests()
    sim.fault(kind, method="PUT", seconds=100_000)
    where = {"delegate_to": "bastion"} if controller.way == ELSEWHERE else {}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [{"name": "killed", MODULE: wanted, **where}]}
    process = controller.start(play)
    _until(lambda: any(one.method == "PUT" for one in sim.requests), process)
    if kind == "delay_after":
        _until(lambda: sim.stored(id)["data"] == wanted["data"], process)
    _kill(process.pid)
    process.communicate()
    assert (sim.stored(id)["data"] == wanted["data"]) is (kind == "delay_after")

    again = controller.play(task("again", **wanted))["again"]
    assert (again.decision, again.changed, again.writes) == ("unknown", True, ["PUT"])
    assert "interrupted" in again.warned
    assert sim.stored(id)["data"] == wanted["data"]
    quiet = controller.play(task("quiet", **wanted))["quiet"]
    assert (quiet.decision, quiet.changed, quiet.warnings) == ("unchanged", False, None)
