# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Molecule scenario of the role, run as Molecule runs it: offline, in a home of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

EXTENSIONS = Path(__file__).resolve().parents[2] / "extensions"
SCENARIO = yaml.safe_load((EXTENSIONS / "molecule/default/molecule.yml").read_text())


@pytest.mark.timeout(1200)  # ten playbooks
def test_the_scenario(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VERSORI_", "MOLECULE_", "ANSIBLE_"))}
    nowhere = "http://127.0.0.1:9"  # whatever asks for something outside fails
    env = {
        **kept,
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_GALAXY_SERVER": nowhere,
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1",
        "NO_COLOR": "1",
    }
    command = [Path(sys.executable).parent / "molecule", "test"]
    done = subprocess.run(command, cwd=EXTENSIONS, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # Molecule only mentions a playbook that is missing: each step is to have succeeded.
    sequence = [step.split()[0] for step in SCENARIO["scenario"]["test_sequence"]]
    executed = re.findall(r"^default > (\w+): Executed: (.*)$", done.stderr.partition("\nDETAILS")[2], re.MULTILINE)
    assert executed == [(step, "Successful") for step in sequence]
    assert {"check", "converge", "idempotence", "side_effect", "verify"} <= set(sequence)
    # The simulator is gone, so that another run starts a new one.
    assert not list(tmp_path.rglob("simulator.*"))
    assert [process for process in Path("/proc").glob("[0-9]*/environ") if of_the_run(process, tmp_path)] == []


def of_the_run(environ: Path, home: Path) -> bool:
    try:
        return f"HOME={home}\0".encode() in environ.read_bytes()
    except OSError:  # another user's, or just gone
        return False
