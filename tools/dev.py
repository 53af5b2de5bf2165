# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of ./dev. Runs on a bare Python 3.10+; everything it installs goes below .dev/."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / ".dev"
UV_VERSION = "0.13.9"

# What `./dev matrix` runs: the oldest supported ansible-core on the oldest Python, then the newest that each Python can run.
MATRIX = [("core-2-16", "3.10"), ("core", "3.11"), ("core", "3.12"), ("core", "3.13")]


# ---- environments ----------------------------------------------------------------------------------------------------


def uv(*args: str | Path) -> None:
    """Run uv, which pip installs once into a small environment of its own."""
    stamp = DEV / "uv" / "version"
    if not stamp.is_file() or stamp.read_text() != UV_VERSION:
        say(f"installing uv {UV_VERSION}")
        check([sys.executable, "-m", "venv", "--clear", DEV / "uv"])
        check([DEV / "uv/bin/python", "-m", "pip", "install", "--quiet", f"uv=={UV_VERSION}"])
        stamp.write_text(UV_VERSION)
    environ = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    environ.pop("VIRTUAL_ENV", None)
    check([DEV / "uv/bin/uv", "--quiet", *args], env=environ)


def environment(*groups: str, python: str = sys.executable) -> Path:
    """Return an environment with what uv.lock pins for these dependency groups; it is made again when the lock changed."""
    version = probe(python)
    if version is None:
        raise SystemExit(f"{python} cannot run")
    path = DEV / "env" / f"py{version}-{'-'.join(groups)}"
    inputs = [UV_VERSION, python, str(path), " ".join(groups), (ROOT / "uv.lock").read_text()]
    wanted = hashlib.sha256("\0".join(inputs).encode()).hexdigest()
    stamp = path / "dev-stamp"
    if stamp.is_file() and stamp.read_text() == wanted:
        return path

    say(f"making the environment {path.relative_to(ROOT)}")
    shutil.rmtree(path, ignore_errors=True)
    # The lock names files on PyPI. Exported, it names versions and hashes only, so that a company's own index serves too.
    requirements = path.parent / f"{path.name}.txt"
    flags = [flag for group in groups for flag in ("--group", group)]
    uv("export", "--frozen", "--no-default-groups", *flags, "--output-file", requirements, "--project", ROOT)
    uv("venv", "--no-project", "--python", python, path)
    uv("pip", "sync", "--require-hashes", "--python", path / "bin/python", requirements, *pip_index())

    # Ansible finds the collection by its name in here, whatever the checkout is called.
    link = next(path.glob("lib/python3*/site-packages")) / "ansible_collections/versori/platform"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(ROOT)
    stamp.write_text(wanted)
    return path


def pip_index() -> list[str]:
    """The index that pip is configured for, if any: uv does not read pip's configuration."""
    command = [sys.executable, "-m", "pip", "config", "get"]
    for name in ("global.index-url", ":env:.index-url"):
        found = subprocess.run([*command, name], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return ["--default-index", found.stdout.strip()]
    return []


def probe(python: str) -> str | None:
    """The version (3.12) of an interpreter that runs and can make environments; None for any other."""
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def interpreter(version: str) -> str | None:
    """Find a Python of this version; a shim that cannot run, as pyenv has them, does not count."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [sys.executable, f"python{version}", *map(str, pyenv.glob(f"versions/{version}.*/bin/python"))]
    return next((found for found in candidates if probe(found) == version), None)


def environ(env: Path, **more: str) -> dict[str, str]:
    """The variables for a command inside an environment; caches go below .dev/, not into the checkout."""
    cache = DEV / "cache"
    return {
        **{key: value for key, value in os.environ.items() if key != "PYTHONHOME"},
        "VIRTUAL_ENV": str(env),
        "PATH": f"{env / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPYCACHEPREFIX": str(cache / "pyc"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(cache / "hypothesis"),
        "COVERAGE_FILE": os.environ.get("COVERAGE_FILE", str(cache / "coverage")),
        **more,
    }


def say(text: str) -> None:
    print(f"dev: {text}", file=sys.stderr, flush=True)


def check(command: list, **options) -> None:
    if code := call(command, **options):
        raise SystemExit(code)


def call(command: list, **options) -> int:
    return subprocess.run([str(part) for part in command], check=False, **options).returncode


def table(rows: list[tuple[str, float, str]]) -> int:
    """Print name, seconds, result; return an exit code."""
    width = max(len(name) for name, _seconds, _result in rows)
    print()
    for name, seconds, result in rows:
        print(f"{name:<{width}}  {seconds:6.1f} s  {result}")
    sys.stdout.flush()
    return int(any(result.startswith("FAILED") for _name, _seconds, result in rows))


# ---- commands --------------------------------------------------------------------------------------------------------


def python_module(module: str, args: list[str]) -> int:
    env = environment("core", "test")
    return call([env / "bin/python", "-m", module, *args], cwd=ROOT, env=environ(env))


def demo(args: list[str]) -> int:
    """show the collection at work against a simulated API"""
    return python_module("tests.demo", args)


def bench(args: list[str]) -> int:
    """measure whole playbook runs against a simulated API"""
    return python_module("tests.bench", args)


def run_pytest(env: Path, args: list[str]) -> int:
    home = DEV / "home"  # what tests write into the home must not meet the developer's own
    home.mkdir(parents=True, exist_ok=True)
    command = [env / "bin/python", "-m", "pytest", "-n", "2", "--dist", "loadfile", *args]
    return call(command, cwd=ROOT, env=environ(env, HOME=str(home)))


def test(args: list[str]) -> int:
    """run all tests [pytest arguments]"""
    return run_pytest(environment("core", "test"), args)


def matrix(args: list[str]) -> int:
    """run all tests on every supported pair of ansible-core and Python [pytest arguments]"""
    rows = []
    for core, version in MATRIX:
        name = f"{'ansible-core 2.16' if core == 'core-2-16' else 'newest ansible-core'}, Python {version}"
        started = time.monotonic()
        if python := interpreter(version):
            env = environment(core, "test", python=python)
            installed = next(env.glob("lib/python3*/site-packages/ansible_core-*.dist-info")).name
            name = f"ansible-core {installed.split('-')[1].removesuffix('.dist')}, Python {version}"
            say(name)
            result = "FAILED" if run_pytest(env, args) else "ok"
        else:
            result = f"skipped (no Python {version} found)"
        rows.append((name, time.monotonic() - started, result))
    return table(rows)


def lint(args: list[str]) -> int:
    """run the gates for style, types, documentation and packaging [names of gates]"""
    import gates

    return gates.main(args)


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


COMMANDS = {command.__name__: command for command in (demo, test, lint, matrix, bench, run, python, clean)}


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
