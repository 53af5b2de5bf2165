# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's playbooks, run by name as a user runs them.

A start of Ansible takes a second or more, another host next to nothing: the cases of a playbook are the hosts of one run.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.acceptance.callback_plugins.recorder import records
from tests.acceptance.leaks import Places
from tests.acceptance.running import Controller, Env, Result, Run
from tests.simulator import Simulator


class Desk(Controller):
    """A controller that runs the collection's playbooks from its working folder, `cwd`."""

    def __init__(self, folder: Path, sim: Simulator):
        super().__init__(folder, sim)
        self._numbers = itertools.count()

    def __call__(self, playbook: str, *args: str, hosts: Any = None, files: Any = None, env: Env = None, **variables: Any) -> Run:
        """Run the collection's playbooks of these names for these hosts, with `variables` as extra variables.

        :param hosts: an inventory: variables of hosts by name; without it there is no inventory.
        :param files: files to write into the working folder first, as text or as data.
        """
        for name, content in (files or {}).items():
            (self.cwd / name).write_text(content if isinstance(content, str) else json.dumps(content))
        options = []
        if hosts is not None:
            options = ["-i", self.inventory(hosts), "-e", "versori_hosts=all"]
        if variables:
            (self.inputs / "variables.json").write_text(json.dumps(variables))
            options += ["-e", f"@{self.inputs / 'variables.json'}"]
        return self.run(playbook, [*options, *args], env)

    def command(self, play: Mapping[str, Any] | str, args: Sequence[str] = ()) -> list[str]:
        (self.records / "results").unlink(missing_ok=True)
        playbooks = [name if name.endswith(".yml") else f"versori.platform.{name}" for name in str(play).split()]
        return ["ansible-playbook", *playbooks, *args]

    def organisation(self, **readings: Any) -> dict[str, str]:
        """The variables of a host that has an organisation of its own; with `readings`, other ones than the simulator has."""
        return {"versori_organisation_id": self.sim.add_organisation(f"01HFS2NEAZ6ECZBZMN4FF77{next(self._numbers):03d}", **readings)}

    def inventory(self, hosts: Mapping[str, Any]) -> str:
        """Write an inventory of hosts that are this machine, as a person would: each variable in a line of its own."""
        path = self.inputs / "hosts.yml"
        variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        path.write_text(yaml.safe_dump({"all": {"hosts": dict(hosts), "vars": variables}}, sort_keys=False, width=1000))
        return str(path)

    def plays(self, plays: Sequence[Mapping[str, Any]], hosts: Mapping[str, Any], *args: str) -> Run:
        path = self.inputs / "plays.yml"
        path.write_text(json.dumps(plays))
        return self.run(str(path), ["-i", self.inventory(hosts), *args])

    def remembered(self) -> dict[str, str]:
        return records(self.memory)

    def places(self, run: Run) -> Places:
        """All that a run printed and reported, and all files that runs wrote."""
        places: Places = [("stdout", run.stdout.encode()), ("stderr", run.stderr.encode())]
        for result in run.results:
            places.append((f"{result.host}: {result.label}", json.dumps(result.said, default=str, ensure_ascii=False).encode()))
        for folder in (self.home, self.ansible_home, self.cwd):
            places += [(str(path), path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
        return places


def results(run: Run, host: str, label: str = "") -> list[Result]:
    """What the tasks of a host reported, those of one name or all."""
    # Ansible puts the role in front of the names of its tasks.
    return [result for result in run.results if result.host == host and (not label or result.label.rpartition(" : ")[2] == label)]


def lines(run: Run, label: str, host: str = "localhost") -> list[str]:
    [result] = results(run, host, label)
    printed = result.said["msg"]
    return printed if isinstance(printed, list) else [printed]


def table(run: Run, label: str, host: str = "localhost") -> list[list[str]]:
    """The first two columns of a table of results: what happened to each credential, and the second word."""
    return [line.split()[:2] for line in lines(run, label, host)[2:]]


def said(run: Run, host: str) -> str:
    return "\n".join(json.dumps(result.said, default=str, ensure_ascii=False) for result in results(run, host))


def recap(run: Run) -> dict[str, dict[str, int]]:
    counted = {}
    for line in run.stdout.partition("PLAY RECAP")[2].splitlines()[1:]:
        host, _separator, counters = line.partition(" : ")
        if counters:
            pairs = (pair.split("=") for pair in counters.split())
            counted[host.strip()] = {name: int(number) for name, number in pairs}
    return counted
