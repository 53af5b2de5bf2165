# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks in processes forked off one that has Ansible loaded (see tests/playing.py): each may be killed anywhere, and two may meet."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import shutil
import signal
from collections.abc import Mapping
from multiprocessing import forkserver
from pathlib import Path
from typing import Any
from unittest import mock

from tests.acceptance.dying import Dying
from tests.playing import HERE, controller, play
from tests.simulator import Simulator

_ROOT = Path(__file__).parent.parent.parent
_forks = multiprocessing.get_context("forkserver")
controller()  # once for all forks: this file is loaded in the process that they are forked off


def _start_server() -> None:
    """The process that forks: it has no threads, where the simulator's in this one would make forking a matter of luck."""
    _forks.set_forkserver_preload([__name__])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VERSORI_", "ANSIBLE_"))}
    # It does not look where this process does for what it loads: only PYTHONPATH is sure.
    kept["PYTHONPATH"] = str(_ROOT)
    if "TEST_COLLECTIONS" in os.environ:
        kept["ANSIBLE_COLLECTIONS_PATH"] = os.environ["TEST_COLLECTIONS"]
    with mock.patch.dict(os.environ, kept, clear=True):
        forkserver.ensure_running()


def values(sim: Simulator) -> dict[str, str]:
    """What the server holds of credentials of type `string`, by name."""
    names = sim.names()
    assert len(names) == len(set(names)), "two credentials of one name"
    return {entry["name"]: entry["data"]["value"] for entry in sim.state()}


class Fork:
    def __init__(self, process: Any, answers: Any, steps: Path) -> None:
        self._process = process
        self._answers = answers
        self._steps = steps

    def ends(self) -> list[dict[str, Any]]:
        """Wait for its end: its results, none where it was killed."""
        try:
            results = json.loads(self._answers.recv())
        except EOFError:
            results = []
        self._process.join()
        assert self._process.exitcode == (0 if results else -signal.SIGKILL)
        return results

    def end(self) -> dict[str, Any] | None:
        """Wait for its end: its result, or `None` where it was killed."""
        return (self.ends() or [None])[-1]

    @property
    def steps(self) -> list[str]:
        """What it did, as far as it came (see dying.py)."""
        return self._steps.read_text().splitlines() if self._steps.exists() else []


class Forks:
    """A controller whose tasks run in forks; each test has its own, and its memory is below `folder`."""

    def __init__(self, folder: Path, sim: Simulator) -> None:
        self.folder = folder
        self.sim = sim
        self.memory = folder / "memory"
        self._count = 0
        folder.mkdir(parents=True, exist_ok=True)
        _start_server()

    def start(
        self, module: str, args: Mapping[str, Any], *, way=HERE, check=False, times=1, die_at=None, limit=None, **trouble: Any
    ) -> Fork:
        """Start a task.

        :param times: how often it is run, one after the other.
        :param die_at: the number of the step, from 0, at which it is killed.
        :param limit: a limit of the process, as ``(RLIMIT_NOFILE, 30)``.
        :param trouble: other settings of `Dying`.
        """
        self._count += 1
        steps = self.folder / f"steps-{self._count}"
        server = {"api_url": self.sim.url, "api_key": self.sim.api_key, "organisation_id": self.sim.organisation_id}
        options = {**server, "cache_connection": str(self.memory), "retries": 0, "timeout": 100, **args}
        task = (module, options, check, True, None, way)
        dying = {"steps": str(steps), "at": die_at, "watched": str(self.memory), **trouble}
        receiving, sending = _forks.Pipe(duplex=False)
        process = _forks.Process(target=_inside, args=(sending, task, times, str(self.folder), dying, limit))
        process.start()
        sending.close()
        return Fork(process, receiving, steps)

    def forget(self) -> None:
        shutil.rmtree(self.memory, ignore_errors=True)

    def run(self, module: str, args: Mapping[str, Any], **how: Any) -> dict[str, Any] | None:
        return self.start(module, args, **how).end()


def _inside(sending: Any, task: tuple[Any, ...], times: int, home: str, dying: dict[str, Any], limit: Any) -> None:
    """What the fork does: run the task, as often as wanted, and send the results."""
    os.environ["HOME"] = home
    # Only here: tests/playing.py has to be the first to import from a collection.
    from ansible_collections.versori.platform.plugins.module_utils._core import ensure

    ensure.LONGEST_LAG = 0.3  # no fork waits for a minute; it is a process of its own
    Dying(**dying)
    if limit:
        play(task[0], {})  # so that Ansible has loaded what it needs
        resource.setrlimit(limit[0], (limit[1], resource.getrlimit(limit[0])[1]))
    results = [play(*task) for _time in range(times)]
    if limit:  # for what is sent
        resource.setrlimit(limit[0], (resource.getrlimit(limit[0])[1],) * 2)
    sending.send(json.dumps(results, default=str))
