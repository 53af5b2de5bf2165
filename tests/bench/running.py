# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs and times: whole processes, the simulator in one of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.simulator.remote import RemoteControl, environment

from .subjects import SUBJECTS, Estate, Subject, command

ROOT = Path(__file__).parents[2]


class Sample(NamedTuple):
    subject: str
    size: int
    latency: float
    changed: bool
    round: int
    seconds: float
    processor: float  # seconds of processor time, its children's too
    memory: float  # MB of the largest process
    gets: int
    puts: int
    connections: int


class Stage:
    """A simulator in another process, a folder for everything, and the estates in it."""

    def __init__(self, simulator: RemoteControl, folder: Path) -> None:
        self.simulator = simulator
        self.folder = folder
        self._estates: dict[tuple[str, int], Estate] = {}
        (folder / "ansible.cfg").touch()  # so that Ansible takes no other one
        quiet = {"ANSIBLE_NOCOWS": "1", "ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"}
        self._environment = environment(simulator, folder) | quiet

    def estate(self, key: str, size: int) -> Estate:
        """The estate of that size, made at first need and brought to list ``a`` (the memory too)."""
        if (key, size) not in self._estates:
            self.simulator.set_latency(0)
            estate = self._estates[key, size] = Estate(self.simulator, self.folder, key, size)
            self._run(SUBJECTS["c'" if key == "memory" else "d"], estate, "a")
            estate.holds = "a"
        return self._estates[key, size]

    def measure(self, subject: Subject, size: int, latency: float, changed: bool, round_: int) -> Sample:
        """One measured run; whether it did what it was to do is judged by the requests that arrived.

        :raises SystemExit: when it did not: a time of something else would be a lie.
        """
        estate = self.estate(subject.writes or "plain", size)
        letter = estate.list_for(changed)
        self.simulator.set_latency(latency)
        self.simulator.clear_requests()
        seconds, processor, memory = self._run(subject, estate, letter)
        counts = self.simulator.counts()
        costs = (round(seconds, 3), round(processor, 3), round(memory, 1))
        requests = (counts.get("GET", 0), counts.get("PUT", 0), counts["connections"])
        sample = Sample(subject.key, size, latency, changed, round_, *costs, *requests)
        if subject.writes:
            estate.holds = letter
            if sample.gets < size or sample.puts != (size if changed else 0):
                raise SystemExit(f"{subject.title}: {size} credentials took {counts}, which is not what was to be measured")
        return sample

    def _run(self, subject: Subject, estate: Estate, letter: str) -> tuple[float, float, float]:
        words = command(subject, estate, letter)
        with tempfile.TemporaryFile("w+", dir=self.folder) as said:
            started = time.perf_counter()
            streams = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": subprocess.STDOUT}
            process = subprocess.Popen(words, env=self._environment, cwd=self.folder, **streams)
            # For a child, and all that it waited for, the system tells the largest resident set of a single process.
            _pid, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                said.seek(0)
                raise SystemExit(f"{subject.title} failed:\n{said.read()[-3000:]}")
        return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
