# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo passes, fails where a step is not as claimed, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    command, env = [sys.executable, "-m", "tests.demo", *words], {**os.environ, "TMPDIR": str(folder)}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, env=env, text=True, **streams)


def assert_nothing_is_left(folder: Path) -> None:
    assert list(folder.iterdir()) == []
    mark = f"TMPDIR={folder}\0".encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            assert mark not in environment.read_bytes(), (environment.parent / "cmdline").read_text()
        except OSError:
            continue  # another's, or just gone


def test_passes(tmp_path: Path) -> None:
    demo = start(tmp_path)
    output, errors = demo.communicate()
    assert (demo.returncode, errors) == (0, "")
    assert "Every step was what it claims" in output
    assert_nothing_is_left(tmp_path)


def test_fails_where_a_step_differs(tmp_path: Path) -> None:
    """On a server whose time of change moves at each GET, a second run cannot be `changed=0`."""
    demo = start(tmp_path, "--switch", "moves_on_every_get=true")
    output, errors = demo.communicate()
    assert demo.returncode == 1
    assert "The demo failed: step 2 is not what it claims: recap: changed=0." in errors
    assert "changed=3" in output and "Every step" not in output
    assert_nothing_is_left(tmp_path)


def test_cleans_up_when_it_is_ended(tmp_path: Path) -> None:
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        demo = start(tmp_path)
        assert demo.stdout is not None
        for line in demo.stdout:
            if line.startswith("First run"):
                break
        demo.send_signal(number)
        demo.communicate()
        assert demo.returncode == code
        assert_nothing_is_left(tmp_path)
