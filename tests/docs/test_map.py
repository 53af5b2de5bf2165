# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The map in CONTRIBUTING.md has each file of the code."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_each_file_is_on_the_map() -> None:
    rows = re.findall(r"^\| (?:\*\*)?`([^`]+)`(?:\*\*)? \| (.+) \|$", PAGE, re.MULTILINE)
    folder, on_map = "", set()
    for name, what in rows:
        assert what.strip("* "), f"nothing is said of {name}"
        if name.endswith("/"):
            folder = name
        elif name.endswith(".py"):
            on_map.add(folder + name)
    there = {
        str(path.relative_to(ROOT)) for top in ("plugins", "tools") for path in (ROOT / top).rglob("*.py") if path.name != "__init__.py"
    }
    assert there - {"tools/site/conf.py"} == on_map


def test_each_folder_of_tests_is_on_the_map() -> None:
    there = {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("**/*.py"))}
    assert there - {"output", "__pycache__"} <= set(re.findall(r"^\| `tests/([\w-]+)` \|", PAGE, re.MULTILINE))


def test_every_command_is_told() -> None:
    commands = re.findall(r"default=False\)\n(?:@.*\n)*def (\w+)", (ROOT / "noxfile.py").read_text())
    assert {"test", "lint", "demo", *commands} <= set(re.findall(r"^\./dev (\w+)", PAGE, re.MULTILINE))
