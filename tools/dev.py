# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of ./dev."""

from __future__ import annotations

import shutil
import sys
import time

import gates
import testing
from environments import DEV, ROOT, call, environ, environment, newest
from release import main as prepare_release


def python_module(module: str, args: list[str]) -> int:
    env = environment("core", "test")
    return call([env / "bin/python", "-m", module, *args], cwd=ROOT, env=environ(env))


def demo(args: list[str]) -> int:
    """show the collection at work against a simulated API"""
    return python_module("tests.demo", args)


def bench(args: list[str]) -> int:
    """measure whole playbook runs against a simulated API"""
    return python_module("tests.bench", args)


def test(args: list[str]) -> int:
    """run all tests on every supported version, and lint; with arguments for pytest, only these tests on this Python"""
    if args:
        return testing.run(args)
    outcomes = testing.everything()
    started = time.monotonic()
    failed = gates.main([])
    gate = testing.Outcome("lint", time.monotonic() - started, said="FAILED" if failed else "ok")
    gate.failed = ["lint: see its table above"] if failed else []
    return testing.summary([*outcomes, gate])


def matrix(args: list[str]) -> int:
    """run tests on every supported version: what depends on ansible-core [arguments for pytest]"""
    testing.RESULTS.mkdir(parents=True, exist_ok=True)
    return testing.summary([testing.on_pair(*pair, args or testing.EACH_PAIR) for pair in testing.PAIRS])


def lint(args: list[str]) -> int:
    """run the gates for style, types, documentation and packaging [names of gates]"""
    return gates.main(args)


def docs(args: list[str]) -> int:
    """build the HTML site; with --write bring tables and lists in the pages up to date"""
    env = environment("core", "docs", python=newest())
    return call([env / "bin/python", ROOT / "tools/docs.py", *args], env=environ(env))


def release(args: list[str]) -> int:
    """prepare a release: version, changelog, artifact, and the demo run from what it installs"""
    return prepare_release(args)


def run(args: list[str]) -> int:
    """run a command inside the environment: ./dev run ansible-playbook site.yml"""
    if not args:
        raise SystemExit("./dev run CMD…")
    env = environment("core", "test")
    variables = environ(env)
    command = shutil.which(args[0], path=variables["PATH"])
    if command is None:
        raise SystemExit(f"{args[0]}: not found in the environment or on PATH")
    return call([command, *args[1:]], env=variables)


def python(args: list[str]) -> int:
    """start the environment's Python"""
    return run(["python", *args])


def clean(_args: list[str]) -> int:
    """remove everything that ./dev made"""
    shutil.rmtree(DEV, ignore_errors=True)
    return 0


COMMANDS = {command.__name__: command for command in (demo, test, lint, matrix, bench, docs, release, run, python, clean)}


def main(argv: list[str]) -> int:
    if argv and argv[0] in COMMANDS:
        return COMMANDS[argv[0]](argv[1:])
    print("usage: ./dev COMMAND [ARGUMENTS]\n")
    for name, command in COMMANDS.items():
        print(f"  {name:<8}{command.__doc__}")
    return 0 if argv in ([], ["help"], ["-h"], ["--help"]) else 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
