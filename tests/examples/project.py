# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository that uses the examples, and whoever runs their commands in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.acceptance.running import Controller

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PROGRAMS = Path(sys.executable).parent

# Stands before ansible-playbook on PATH: writes down its arguments, and what is in the folder for temporary files.
WATCH = f"""#!/bin/sh
printf '%s\\n' "$@" >>"$WATCHED/arguments"
{PROGRAMS}/ansible-playbook "$@"
code=$?
cp -R "$TMPDIR/." "$WATCHED/temporary"
exit $code
"""


class Project(Controller):
    """The folder `cwd` holds the scripts of the examples and what a test writes; `temporary` is for temporary files."""

    def __init__(self, folder: Path, sim: Any, temporary: Path):
        super().__init__(folder, sim)
        for script in EXAMPLES.glob("*.sh"):
            shutil.copy(script, self.cwd)
        self.temporary = temporary
        self.watched, self.bin = folder / "watched", folder / "bin"
        for one in (self.watched / "temporary", self.bin):
            one.mkdir(parents=True)
        (self.bin / "ansible-playbook").write_text(WATCH)
        (self.bin / "ansible-playbook").chmod(0o755)

    def write(self, name: str, content: Any) -> None:
        (self.cwd / name).write_text(content if isinstance(content, str) else json.dumps(content))

    def environ(self, env: Mapping[str, str | None]) -> dict[str, str]:
        made = super().environ({"TMPDIR": str(self.temporary), "WATCHED": str(self.watched), "LC_ALL": "C.UTF-8", **env})
        return {**made, "PATH": (env.get("PATH") or f"{self.bin}{os.pathsep}{made['PATH']}")}

    def sh(self, *command: str, **env: str | None) -> subprocess.CompletedProcess[str]:
        process = self.start(command, env)
        stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)

    def seen(self) -> str:
        """What other users could have seen, or found afterwards: arguments and temporary files."""
        files = [path for path in self.watched.rglob("*") if path.is_file()]
        return "\n".join(path.read_text(errors="replace") for path in files)
