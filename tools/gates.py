# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates of ./dev lint. Each judges a copy of what git would commit, so that no tool litters the checkout.

Several of these tools exit with 0 although they looked at nothing or only warned. So a gate also fails when
it prints a line that is `forbidden` or lacks one that is `required`, and what it left out is shown in the table
as `remarks`. Two gates run at a time, each in a copy of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from environments import DEV, ROOT, environ, environment, interpreter, say, table

LINT = DEV / "lint"
HOMES = DEV / "homes"
PYTHONS = DEV / "pythons"
PLATFORM = Path("ansible_collections/versori/platform")  # ansible-test insists on these folder names


@dataclass(frozen=True)
class Gate:
    """A tool and how to know that it was satisfied.

    :param commands: may hold `{root}`, the folder above ansible_collections, `{artifact}` and `{shell_files}`.
    :param at: the folder to run in.
    :param groups: of uv.lock, for its environment.
    :param pythons: the versions that can run it, the best one first.
    :param forbidden: a line that matches fails the gate whatever the exit code is.
    :param required: without a match the gate fails: it has judged nothing.
    :param remarks: lines that match are repeated in the table.
    """

    name: str
    commands: tuple[str, ...]
    at: Path = PLATFORM
    groups: tuple[str, ...] = ("lint",)
    pythons: tuple[str, ...] = ("3.13", "3.12", "3.11", "3.10")
    forbidden: str = r"(?!)"
    required: str = ""
    remarks: str = r"(?!)"


# What ansible-core's own tests leave out here, they say themselves: `Skipping` a Python that is not installed.
ansible_test = partial(
    Gate,
    commands=("ansible-test sanity --local --color no",),
    forbidden=r"All targets skipped",
    required=r'Running sanity test "validate-modules"',
    remarks=r"^WARNING: ((?:Skipping|Excluding) .*)\.$",
)

# The slow ones first, so that the two that run at a time end together.
GATES = (
    ansible_test("ansible-test"),
    ansible_test("ansible-test-2.16", groups=("core-2-16",), pythons=("3.10", "3.11", "3.12")),
    Gate(
        "galaxy-importer",
        (
            "ansible-galaxy collection build --force --output-path {root}/dist .",
            "python -m galaxy_importer.main {artifact}",
        ),
        forbidden=r"^(?:WARNING|ERROR)",
        required="Importer processing completed successfully",
    ),
    Gate(
        "ansible-lint",
        ("ansible-lint --offline --strict",),
        forbidden=r"^WARNING",
        required="Profile 'production' was required, and it passed",
    ),
    Gate(
        "docs",
        (
            "antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all"
            " --disallow-unknown-collection-refs --skip-rstcheck .",
        ),
    ),
    Gate(
        "mypy",
        (f"mypy --config-file {PLATFORM}/pyproject.toml -p {'.'.join(PLATFORM.parts)}.plugins",),
        at=Path(),
        required="no issues found",
    ),
    Gate("mypy-tools", ("mypy --config-file ../pyproject.toml .",), at=PLATFORM / "tools", required="no issues found"),
    Gate("changelog", ("antsibull-changelog lint",)),
    Gate("ruff", ("ruff check", "ruff format --check"), required="All checks passed"),
    Gate("yamllint", ("yamllint --strict .",)),
    Gate(
        "ci-examples",
        (
            "check-jsonschema --builtin-schema vendor.github-workflows examples/github-actions.yml",
            "check-jsonschema --builtin-schema vendor.gitlab-ci examples/gitlab-ci.yml",
        ),
        required="ok -- validation done",
    ),
    Gate("shellcheck", ("shellcheck --color=never {shell_files}",)),
    Gate("reuse", ("reuse lint",)),
)


def main(names: list[str]) -> int:
    known = [gate.name for gate in GATES]
    if unknown := set(names) - set(known):
        raise SystemExit(f"no such gate: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    shutil.rmtree(LINT, ignore_errors=True)
    link_pythons()
    files = committed_files()
    with ThreadPoolExecutor(2) as pool:
        return table(list(pool.map(partial(judge, files), [gate for gate in GATES if not names or gate.name in names])))


def judge(files: list[str], gate: Gate) -> tuple[str, float, str]:
    """Run a gate, print its output if it fails, return its row for the table."""
    python = next(filter(None, map(interpreter, gate.pythons)), None)
    if python is None:
        return gate.name, 0.0, f"skipped (no Python {' or '.join(gate.pythons)} found)"
    variables = gate_variables(gate, environment(*gate.groups, python=python))
    root = LINT / gate.name
    copy_tree(files, root / PLATFORM)
    say(gate.name)
    started = time.monotonic()
    output, code = "", 0
    for command in gate.commands:
        artifact = next(root.glob("dist/*.tar.gz"), "no-artifact")
        shell_files = " ".join(filter(partial(is_shell, root / PLATFORM), files))
        done = subprocess.run(
            command.format(root=root, artifact=artifact, shell_files=shell_files).split(),
            cwd=root / gate.at,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        output += done.stdout
        code = code or done.returncode
    seconds = time.monotonic() - started
    bad = re.findall(f"{gate.forbidden}.*", output, re.MULTILINE)
    empty = not re.search(gate.required, output)
    if code or bad or empty:
        print(f"{gate.name}:\n{output}", flush=True)
        why = [f"exit code {code}", *bad[:1], *(["it did not say that it judged anything"] if empty and not code else [])]
        return gate.name, seconds, f"FAILED ({', '.join(why)})"
    remarks = sorted(set(re.findall(gate.remarks, output, re.MULTILINE)))
    return gate.name, seconds, f"ok ({'; '.join(remarks)})" if remarks else "ok"


def committed_files() -> list[str]:
    """What git would commit, without what was deleted and is still in the index."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [name for name in listed.split("\0") if name and ((ROOT / name).is_symlink() or (ROOT / name).exists())]


def copy_tree(files: list[str], tree: Path) -> None:
    """Copies: ansible-test passes over an ignored folder and refuses links."""
    for name in files:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name, follow_symlinks=False)
    for command in (["git", "init", "--quiet"], ["git", "add", "--all"]):
        subprocess.run(command, cwd=tree, check=True)


def is_shell(tree: Path, name: str) -> bool:
    with (tree / name).open("rb") as file:
        return name.endswith(".sh") or re.match(rb"#!.*\b(ba|da)?sh\b", file.readline()) is not None


def link_pythons() -> None:
    """A folder where every python3.X works or is absent, as ansible-test expects; pyenv's shims are neither."""
    shutil.rmtree(PYTHONS, ignore_errors=True)
    PYTHONS.mkdir(parents=True)
    for minor in range(8, 16):
        if found := interpreter(f"3.{minor}"):
            (PYTHONS / f"python3.{minor}").symlink_to(found)


def gate_variables(gate: Gate, env: Path) -> dict[str, str]:
    """A home of its own, where the environments that ansible-test makes are kept, and the Pythons on PATH."""
    home = HOMES / gate.name
    # ansible-test downloads get-pip.py unless it is here already; Python's own ensurepip does as well.
    cache = home / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in ("23_1_2", "24_2", "25_2"):
        (cache / f"get_pip_{version}.py").write_text("import ensurepip\n\nensurepip.bootstrap()\n")

    variables = environ(env, HOME=str(home), ANSIBLE_HOME=str(home / ".ansible"), NO_COLOR="1")
    first, *rest = variables["PATH"].split(os.pathsep)
    rest = [folder for folder in rest if Path(folder).name != "shims"]
    variables["PATH"] = os.pathsep.join([first, str(PYTHONS), *rest])
    return variables
