# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the environments below .dev/ and runs commands inside one. Needs nothing but Python 3.10+."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / ".dev"
UV_VERSION = "0.13.9"


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
    """Return an environment with what uv.lock pins for these groups, made again when the lock changes."""
    version = probe(python)
    if version is None:
        raise SystemExit(f"{python} cannot run")
    path = DEV / "env" / f"py{version}-{'-'.join(groups)}"
    inputs = [UV_VERSION, python, str(path), " ".join(groups), (ROOT / "uv.lock").read_text()]
    wanted = hashlib.sha256("\0".join(inputs).encode()).hexdigest()
    stamp = path / "dev-stamp"
    path.parent.mkdir(parents=True, exist_ok=True)
    with (DEV / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another ./dev may be making it right now
        if not stamp.is_file() or stamp.read_text() != wanted:
            install(groups, python, path)
            stamp.write_text(wanted)
    return path


def install(groups: Sequence[str], python: str, path: Path) -> None:
    say(f"making the environment {path.relative_to(ROOT)}")
    fill(groups, python, path)

    # Ansible finds the collection by its name in here, whatever the checkout is called.
    link = next(path.glob("lib/python3*/site-packages")) / "ansible_collections/versori/platform"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(ROOT)


def fill(groups: Sequence[str], python: str, path: Path) -> None:
    """Make a new environment with what uv.lock pins for these groups, and nothing of the checkout."""
    shutil.rmtree(path, ignore_errors=True)
    # uv.lock names files on PyPI. Exported, it only names versions and hashes, which any index can serve.
    requirements = path.parent / f"{path.name}.txt"
    flags = [flag for group in groups for flag in ("--group", group)]
    uv("export", "--frozen", "--no-default-groups", *flags, "--output-file", requirements, "--project", ROOT)
    uv("venv", "--no-project", "--python", python, path)
    uv("pip", "sync", "--require-hashes", "--python", path / "bin/python", requirements, *pip_index())


def pip_index() -> list[str]:
    """The index that pip is configured for, if any: uv does not read pip's configuration."""
    command = [sys.executable, "-m", "pip", "config", "get"]
    for name in (":env:.index-url", "global.index-url"):
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
    candidates = [
        sys.executable,
        f"python{version}",
        *map(str, pyenv.glob(f"versions/{version}.*/bin/python")),
    ]
    return next((found for found in candidates if probe(found) == version), None)


def newest() -> str:
    """The newest Python that the tools run on."""
    return next(filter(None, map(interpreter, ("3.13", "3.12", "3.11", "3.10"))), sys.executable)


def environ(env: Path, **more: str) -> dict[str, str]:
    """The variables for a command inside an environment; caches go below .dev/, not into the checkout."""
    cache = DEV / "cache"
    return {
        # Without .pyc files each of some hundred runs would compile all of ansible-core again.
        **{key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONDONTWRITEBYTECODE")},
        "VIRTUAL_ENV": str(env),
        "PATH": f"{env / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPYCACHEPREFIX": str(cache / "pyc"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(cache / "hypothesis"),
        "COVERAGE_FILE": os.environ.get("COVERAGE_FILE", str(cache / "coverage")),
        **more,
    }


def say(text: str) -> None:
    print(f"dev: {text}", file=sys.stderr, flush=True)


def check(command: Sequence[str | Path], **options: Any) -> None:
    if code := call(command, **options):
        raise SystemExit(code)


def call(command: Sequence[str | Path], **options: Any) -> int:
    return subprocess.run([str(part) for part in command], check=False, **options).returncode


def table(rows: list[tuple[str, float, str]]) -> int:
    """Print name, seconds, result; return an exit code."""
    width = max(len(name) for name, _seconds, _result in rows)
    print()
    for name, seconds, result in rows:
        print(f"{name:<{width}}  {seconds:6.1f} s  {result}")
    sys.stdout.flush()
    return int(any(result.startswith("FAILED") for _name, _seconds, result in rows))
