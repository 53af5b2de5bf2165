# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates of ./dev lint. Each judges a copy of what git would commit, so that no tool litters the checkout.

Several of these tools exit with 0 although they looked at nothing or only warned. So a gate also fails when
it prints a line that is `forbidden`, and what it left out is shown in the table as `remarks`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from environments import DEV, ROOT, environ, environment, interpreter, say, table

LINT = DEV / "lint"
TREE = LINT / "ansible_collections/versori/platform"  # ansible-test insists on these folder names
HOME = DEV / "home"
COLLECTION = "ansible_collections.versori.platform.plugins"


@dataclass(frozen=True)
class Gate:
    name: str
    commands: tuple[str, ...]
    folder: Path = TREE
    forbidden: str = r"(?!)"  # a line that matches fails the gate whatever the exit code is
    remarks: str = r"(?!)"  # lines that match are repeated in the table


GATES = (
    Gate("ruff", ("ruff check", "ruff format --check"), forbidden="No Python files found"),
    Gate("yamllint", ("yamllint --strict .",)),
    Gate(
        "mypy",
        (f"mypy --config-file {{tree}}/pyproject.toml -p {COLLECTION}.module_utils -p {COLLECTION}.plugin_utils",),
        folder=LINT,
    ),
    Gate("changelog", ("antsibull-changelog lint",)),
    Gate(
        "docs",
        (
            "antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all"
            " --disallow-unknown-collection-refs --skip-rstcheck .",
        ),
    ),
    Gate("ansible-lint", ("ansible-lint --offline --strict",), forbidden=r"^WARNING"),
    Gate(
        "ansible-test",
        ("ansible-test sanity --local --color no",),
        forbidden=r"All targets skipped",
        remarks=r"^WARNING: ((?:Skipping|Excluding) .*)\.$",
    ),
    Gate(
        "galaxy-importer",
        (
            "ansible-galaxy collection build --force --output-path {lint}/dist .",
            "python -m galaxy_importer.main {artifact}",
        ),
        forbidden=r"^(?:WARNING|ERROR)",
    ),
    Gate("reuse", ("reuse lint",)),
)


def main(names: list[str]) -> int:
    known = [gate.name for gate in GATES]
    if unknown := set(names) - set(known):
        raise SystemExit(f"no such gate: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")

    python = next(filter(None, map(interpreter, ("3.13", "3.12", "3.11", "3.10"))), None)
    if python is None:
        raise SystemExit("the gates need a Python from 3.10 to 3.13")
    env = environment("lint", python=python)
    variables = gate_variables(env)
    copy_tree()

    rows = []
    for gate in GATES:
        if names and gate.name not in names:
            continue
        say(gate.name)
        started = time.monotonic()
        result = judge(gate, variables)
        rows.append((gate.name, time.monotonic() - started, result))
    return table(rows)


def judge(gate: Gate, variables: dict[str, str]) -> str:
    """Run a gate, print its output if it fails, return its line for the table."""
    output, code = "", 0
    for command in gate.commands:
        words = [word.format(tree=TREE, lint=LINT, artifact=artifact()) for word in command.split()]
        done = subprocess.run(
            words,
            cwd=gate.folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        output += done.stdout
        code = code or done.returncode
    bad = re.findall(f"{gate.forbidden}.*", output, re.MULTILINE)
    if code or bad:
        print(output, flush=True)
        return f"FAILED (exit code {code}{', ' + bad[0].strip() if bad else ''})"
    remarks = sorted(set(re.findall(gate.remarks, output, re.MULTILINE)))
    return f"ok ({'; '.join(remarks)})" if remarks else "ok"


def artifact() -> str:
    return next(map(str, (LINT / "dist").glob("*.tar.gz")), "no-artifact")


def copy_tree() -> None:
    """Copy what git would commit. Copies: ansible-test passes over an ignored folder and refuses links."""
    shutil.rmtree(LINT, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, TREE / name
        if source.is_symlink() or source.exists():  # not one that was deleted and is still in the index
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    for command in (["git", "init", "--quiet"], ["git", "add", "--all"]):
        subprocess.run(command, cwd=TREE, check=True)


def gate_variables(env: Path) -> dict[str, str]:
    """A home of its own, and a PATH where every python3.X works or is absent, as ansible-test expects."""
    pythons = DEV / "pythons"
    shutil.rmtree(pythons, ignore_errors=True)
    pythons.mkdir(parents=True)
    for minor in range(8, 16):
        if found := interpreter(f"3.{minor}"):
            (pythons / f"python3.{minor}").symlink_to(found)

    # ansible-test downloads get-pip.py unless it is here already; Python's own ensurepip does as well.
    cache = HOME / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in ("23_1_2", "24_2", "25_2"):
        (cache / f"get_pip_{version}.py").write_text("import ensurepip\n\nensurepip.bootstrap()\n")

    variables = environ(env, HOME=str(HOME), ANSIBLE_HOME=str(HOME / ".ansible"), NO_COLOR="1")
    first, *rest = variables["PATH"].split(os.pathsep)
    rest = [folder for folder in rest if Path(folder).name != "shims"]
    variables["PATH"] = os.pathsep.join([first, str(pythons), *rest])
    return variables
