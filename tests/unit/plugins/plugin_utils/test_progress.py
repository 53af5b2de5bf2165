# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that says how far a long task is."""

import pytest
from ansible import constants
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.plugin_utils import _progress


def count(monkeypatch, seconds: float, callback: str = "default", no_log: bool = False) -> list[str]:
    """Counts 100 credentials, some seconds each; the lines that came of it."""
    now, lines = [1000.0], []
    monkeypatch.setattr(_progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(_progress.display, "display", lines.append)
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", callback)
    progress = _progress.Progress(100, no_log)
    for number in range(100):
        now[0] += seconds
        invalid = {"failed": True} if number % 20 == 19 else {}  # changed, and the platform finds it invalid
        progress.count(Failure("x") if number % 20 == 9 else {"changed": number % 2 == 1 and not invalid, **invalid})
    return lines


def test_a_long_run_says_how_far_it_is(monkeypatch):
    lines = count(monkeypatch, 0.5)
    assert lines[0] == "versori.platform: 10 of 100 checked, 4 changed, 1 failed"
    assert lines[-1] == "versori.platform: 90 of 100 checked, 36 changed, 9 failed"
    assert len(lines) == 9  # one every five seconds, none at the end, where the result follows


@pytest.mark.parametrize("callback", ["json", "ansible.posix.json", "ansible.posix.jsonl", "null", "community.general.null"])
def test_silent_where_output_is_for_machines_or_nobody_or_a_task_is_quick(monkeypatch, callback):
    assert count(monkeypatch, 1, callback) == count(monkeypatch, 0.04) == []


def test_silent_with_no_log(monkeypatch):
    assert count(monkeypatch, 1, no_log=True) == []
