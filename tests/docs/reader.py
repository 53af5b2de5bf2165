# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody who follows a page: a home and a project folder of their own, a terminal, and the simulator as the API."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import pexpect  # ansible-runner needs it too

from tests.simulator import Simulator
from tests.simulator.remote import environment

# What ansible-vault opens: it types the lines of a block, each in place of the line that gives the same variable.
_EDITOR = """
import sys
typed, path = map(open, sys.argv[1:])
lines = dict((line.split(":")[0], line) for line in [*path, *typed] if line.strip())
open(sys.argv[2], "w").writelines(lines.values())
"""


@dataclass
class Reader:
    """:param home: an empty folder."""

    home: Path
    simulator: Simulator
    more: dict[str, str] = field(default_factory=dict)
    printed: str = ""

    @property
    def project(self) -> Path:
        path = self.home / "project"
        path.mkdir(exist_ok=True)
        return path

    @property
    def environment(self) -> dict[str, str]:
        plain = {"NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1", "COLUMNS": "200", "PAGER": "cat"}
        return {**environment(self.simulator, self.home), **plain, **self.more}

    def write(self, name: str, text: str) -> None:
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def type(self, commands: str, folder: Path | None = None, editor: str = "", fails: bool = False) -> str:
        """Run commands in a terminal, since ansible-vault opens an editor in no other place; return what was printed.

        :param editor: the lines that are typed into an editor that opens.
        :param fails: the commands are to fail.
        """
        (self.home / "typed").write_text(editor)
        (self.home / "editor.py").write_text(_EDITOR)
        (self.home / "commands").write_text(f"{commands}\nenv -0 > ~/env")
        output, code = pexpect.run(
            f"bash -e {self.home}/commands",
            cwd=str(folder or self.project),
            env=self.environment | {"EDITOR": f"{sys.executable} {self.home}/editor.py {self.home}/typed"},
            events={r"(?i)password:\s*$": "vault-password\n"},
            timeout=None,
            withexitstatus=True,
        )
        text = output.decode().replace("\r\n", "\n")
        self.printed += text
        assert (code != 0) == fails, f"exit code {code} of\n{commands}\n{text}"
        if not fails:  # what was exported holds for what follows
            for entry in (self.home / "env").read_text().split("\0"):
                name, _equals, value = entry.partition("=")
                if name.startswith(("ANSIBLE_", "VERSORI_")):
                    self.more[name] = value
        return text
