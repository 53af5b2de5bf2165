# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Molecule scenario of the role, run as Molecule runs it: offline, in a home of its own, and then once more."""

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


def molecule(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VERSORI_", "MOLECULE_", "ANSIBLE_"))}
    nowhere = "http://127.0.0.1:9"  # whatever asks for something outside fails
    env = {
        **kept,
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_GALAXY_SERVER": nowhere,
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1",
        "NO_COLOR": "1",
    }
    command = [Path(sys.executable).parent / "molecule", *args]
    return subprocess.run(command, cwd=EXTENSIONS, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def executed(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    """Each action and how it ended, as Molecule sums up."""
    return re.findall(r"^default > (\w+): Executed: (.*)$", done.stderr.partition("\nDETAILS")[2], re.MULTILINE)


@pytest.mark.timeout(1200)  # ten playbooks
def test_the_scenario_and_then_once_more(tmp_path):
    whole = molecule(tmp_path, "test")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    # Molecule only mentions a playbook that is missing: each step is to have succeeded.
    sequence = [step.split()[0] for step in SCENARIO["scenario"]["test_sequence"]]
    assert executed(whole) == [(step, "Successful") for step in sequence]
    assert {"check", "converge", "idempotence", "side_effect", "verify"} <= set(sequence)

    again = molecule(tmp_path, "converge")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "changed=1 " in " ".join(again.stdout.split()), "it was not a new simulator, or nothing was done"
    [pid] = tmp_path.rglob("simulator.pid")
    number = int(pid.read_text())
    os.kill(number, 0)  # it runs
    gone = molecule(tmp_path, "destroy")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert not list(tmp_path.rglob("simulator.*"))
