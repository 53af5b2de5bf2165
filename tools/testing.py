# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of pytest on each supported pair of ansible-core and Python, and what came of them."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from environments import DEV, ROOT, call, environ, environment, interpreter, say

# The oldest supported ansible-core on the oldest Python, the newest that the next two can run, and the one to come on the newest Python.
# 2.21 runs on 3.13 as on 3.12; a fifth pair costs four minutes.
PAIRS = (("core-2-16", "3.10"), ("core", "3.11"), ("core", "3.12"), ("core-2-22", "3.13"))

# What a pair is called before its environment is there to say which version it has.
CORES = {"core": "newest ansible-core", "core-2-16": "ansible-core 2.16", "core-2-22": "ansible-core 2.22"}

# An index may offer releases alone, or no longer have a candidate once the release is out.
CANDIDATES = ("core-2-22",)

# The newest ansible-core whose package `ansible` still brings awx.awx.
ALL_TESTS = ("core", "3.11")

# What depends on ansible-core, or on the Python that a managed host has. All other tests run on one pair.
EACH_PAIR = ("tests/acceptance", "tests/playbooks", "tests/unit/plugins")

# Of these, what depends on Python, or on the memory and the flow of requests alone, and takes minutes: the whole run and the pairs with the
# oldest and the newest of both tell enough.
NOT_BETWEEN = (
    "tests/unit/plugins/module_utils",
    *(f"tests/acceptance/test_{name}.py" for name in ("killed", "disks", "two_runs", "samples")),
)

RESULTS = DEV / "results"
COVERAGE = DEV / "coverage"


@dataclass
class Outcome:
    """A part of a whole test run, a row of its table."""

    name: str
    seconds: float
    passed: int = 0
    skipped: int = 0
    failed: list[str] = field(default_factory=list)
    said: str = ""

    def __str__(self) -> str:
        return self.said or f"{self.passed} passed, {len(self.failed)} failed, {self.skipped} skipped"


def run(args: Sequence[str], core: str = "core", python: str = sys.executable, measured: bool = False) -> int:
    """Run pytest.

    :param measured: with the coverage of plugins/, in each process that is started on the way.
    """
    env = environment(core, "test", python=python)
    home = DEV / "home"  # what tests write into the home must not meet the developer's own
    home.mkdir(parents=True, exist_ok=True)
    variables = environ(env, HOME=str(home))
    if core == "core":  # the other collections that some tests need come for the newest ansible-core alone
        variables["TEST_COLLECTIONS"] = str(next(environment("collections", python=python).glob("lib/python3*/site-packages")))
    # What is left of a run on one ansible-core must serve the next: the environments of the other pairs, as far as they are made.
    others = [
        path for core, version in PAIRS if (path := DEV / "env" / f"py{version}-{core}-test") != env and (path / "dev-stamp").is_file()
    ]
    variables["TEST_OTHER_ENVIRONMENTS"] = os.pathsep.join(map(str, others))
    collections = sorted(DEV.glob("env/py*-collections/lib/python3*/site-packages"))
    variables["TEST_OTHER_COLLECTIONS"] = str(collections[0]) if collections else ""
    if measured:
        variables |= coverage_variables()
    command: list[str | Path] = [env / "bin/python", "-m", "pytest", "-n", "2", "--dist", "loadfile", *args]
    return call(command, cwd=ROOT, env=variables)


def on_pair(core: str, version: str, args: Sequence[str], measured: bool = False) -> Outcome:
    """Run pytest on one pair of ansible-core and Python, and read what came of it."""
    started = time.monotonic()
    name = f"{CORES[core]}, Python {version}"
    if not (python := interpreter(version)):
        return Outcome(name, 0, said=f"skipped: no Python {version} was found")
    try:
        env = environment(core, "test", python=python)
    except SystemExit:
        if core not in CANDIDATES:
            raise
        return Outcome(name, 0, said="skipped: the release candidate could not be installed, see above")
    installed = next(env.glob("lib/python3*/site-packages/ansible_core-*.dist-info")).name
    name = f"ansible-core {installed.split('-')[1].removesuffix('.dist')}, Python {version}"
    say(name)
    report = RESULTS / f"{core}-{version}.xml"
    report.unlink(missing_ok=True)
    code = run([*args, "--quiet", "--tb=short", "--maxfail=50", "-rfEs", f"--junit-xml={report}"], core, python, measured)
    outcome = Outcome(name, 0)
    if report.is_file():
        read(report, outcome)
    if code and not outcome.failed:
        outcome.failed.append(f"pytest ended with exit code {code}")
    outcome.seconds = time.monotonic() - started
    return outcome


def read(report: Path, outcome: Outcome) -> None:
    for case in ElementTree.parse(report).getroot().iter("testcase"):  # noqa: S314 - written by pytest, a moment ago
        found = {child.tag for child in case}
        if found & {"failure", "error"}:
            outcome.failed.append(f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}")
        elif "skipped" in found:
            outcome.skipped += 1
        else:
            outcome.passed += 1


def everything() -> list[Outcome]:
    """All tests on one pair, measured, and on every other pair what depends on it."""
    here = [pair for pair in (ALL_TESTS, *PAIRS[::-1]) if interpreter(pair[1])]
    whole = here[0] if here else ("core", "{}.{}".format(*sys.version_info))
    shutil.rmtree(COVERAGE, ignore_errors=True)
    for folder in (RESULTS, COVERAGE):
        folder.mkdir(parents=True, exist_ok=True)
    outcomes = [on_pair(*whole, (), measured=True), coverage_report(whole)]
    fewer = [f"--ignore={path}" for path in NOT_BETWEEN]
    return outcomes + [on_pair(*pair, (*EACH_PAIR, *(fewer if pair in PAIRS[1:-1] else ()))) for pair in PAIRS if pair != whole]


def coverage_variables() -> dict[str, str]:
    """With these, each Python measures itself, and so does each process that it forks; see pyproject.toml."""
    return {
        "COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml"),
        "COVERAGE_FILE": str(COVERAGE / "data"),
        "COVERAGE_ROOT": str(ROOT),
    }


def coverage_report(pair: tuple[str, str]) -> Outcome:
    started = time.monotonic()
    env = environment(pair[0], "test", python=interpreter(pair[1]) or sys.executable)
    variables = environ(env, **coverage_variables())
    del variables["COVERAGE_PROCESS_START"]
    say("coverage of plugins/, lines and branches")
    code = call([env / "bin/python", ROOT / "tools/coverage_report.py"], cwd=ROOT, env=variables)
    outcome = Outcome("coverage of plugins/", time.monotonic() - started, said="ok")
    if code:
        outcome.failed.append("coverage of plugins/ is too low: see the table above")
        outcome.said = "FAILED"
    return outcome


def summary(outcomes: Sequence[Outcome]) -> int:
    """Print what failed, a table and one line for machines; return an exit code."""
    print()
    for one in outcomes:
        for failed in one.failed:
            print(f"FAILED ({one.name}) {failed}")
    print()
    width = max(len(one.name) for one in outcomes)
    for one in outcomes:
        print(f"{one.name:<{width}}  {one.seconds:6.1f} s  {one}")
    passed, failed, skipped = (sum(numbers) for numbers in zip(*((o.passed, len(o.failed), o.skipped) for o in outcomes), strict=True))
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return int(failed > 0)
