# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's playbooks, run by name as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.acceptance.callback_plugins.recorder import records
from tests.acceptance.running import Controller, Run


class Desk(Controller):
    """A controller that runs the collection's playbooks from its working folder, `cwd`."""

    def __call__(
        self,
        playbook: str,
        *args: str,
        hosts: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        env: Mapping[str, str | None] | None = None,
        **variables: Any,
    ) -> Run:
        """Run `versori.platform.<playbook>`.

        :param hosts: an inventory: variables of hosts by name; without it there is no inventory.
        :param files: files to write into the working folder first, as text or as data.
        :param variables: extra variables.
        """
        for name, content in (files or {}).items():
            (self.cwd / name).write_text(content if isinstance(content, str) else json.dumps(content))
        options = []
        if hosts is not None:
            (self.inputs / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts}}))
            options = ["-i", str(self.inputs / "hosts.yml")]
        if variables:
            (self.inputs / "variables.json").write_text(json.dumps(variables))
            options += ["-e", f"@{self.inputs / 'variables.json'}"]
        return self.run(f"versori.platform.{playbook}", [*options, *args], env)

    def command(self, play: Mapping[str, Any] | str, args: Sequence[str] = ()) -> list[str]:
        (self.records / "results").unlink(missing_ok=True)
        return ["ansible-playbook", str(play), *args]

    def remembered(self) -> dict[str, str]:
        """What the memory holds."""
        return records(self.memory)


def lines(run: Run, label: str) -> list[str]:
    """What a debug task printed."""
    found = [one for one in run.results if one.label.split(" : ")[-1] == label]
    assert len(found) == 1, run.printed
    said = found[0].said["msg"]
    return said if isinstance(said, list) else [said]


def recap(run: Run) -> dict[str, dict[str, int]]:
    """Ansible's own summary: counters by host."""
    found = {}
    for line in run.stdout.partition("PLAY RECAP")[2].splitlines()[1:]:
        host, _separator, counters = line.partition(" : ")
        if counters:
            found[host.strip()] = {name: int(number) for name, number in (one.split("=") for one in counters.split())}
    return found
