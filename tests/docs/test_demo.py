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
    """It is read in a few minutes at a terminal of 80 columns, and the page that it ends with can be kept and opened."""
    page = tmp_path / "audit.html"
    (tmp_path / "temporary").mkdir()
    demo = start(tmp_path / "temporary", "--page", str(page))
    output, errors = demo.communicate()
    assert (demo.returncode, errors) == (0, "")
    assert "Every step was what it claims" in output
    lines = output.splitlines()
    assert len(lines) < 200
    assert [line for line in lines if len(line) > 80 and str(page) not in line] == []
    assert "Partner 23" in page.read_text()
    # First the sentence, then the command and what came of it, then the judgement.
    for step in output.split("\n── ")[1:]:
        begins = [line[:3] for line in step.splitlines()]
        order = [next(number for number, begin in enumerate(begins) if begin.startswith(sign)) for sign in ("$ ", "│ ", "  o")]
        assert begins[1][0].isalpha() and order == sorted(order)
    assert_nothing_is_left(tmp_path / "temporary")


def test_fails_where_a_step_differs(tmp_path: Path) -> None:
    """On a server whose time of change moves at each GET, a second run cannot be `changed=0`."""
    demo = start(tmp_path, "--switch", "moves_on_every_get=true")
    output, errors = demo.communicate()
    assert demo.returncode == 1
    assert "The demo failed: step 2 is not what it claims: changed=0." in errors
    assert "changed=2" in output and "Every step" not in output
    assert_nothing_is_left(tmp_path)


def test_cleans_up_when_it_is_ended(tmp_path: Path) -> None:
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        demo = start(tmp_path)
        assert demo.stdout is not None
        for line in demo.stdout:
            if line.startswith("Neither of the two"):
                break
        demo.send_signal(number)
        demo.communicate()
        assert demo.returncode == code
        assert_nothing_is_left(tmp_path)
