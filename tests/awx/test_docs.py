# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/awx.md says what the files say. Its awx.yml is what test_setup.py runs."""

from __future__ import annotations

import re

import pytest

from .files import CREDENTIAL_TYPE, PAGE, PROJECT, SURVEYS, documented_variables


def rows(first: str) -> list[list[str]]:
    """The rows of the table whose first column is called so."""
    table = re.search(rf"^\| {first} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table, f"there is no table of {first}"
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[1].splitlines()]


def words(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_variables_of_the_playbook():
    said = {name for row in rows("variable") for name in words(row[0])}
    assert said == documented_variables("awx_setup")


def test_inputs_of_the_credential_type():
    fields = {field["id"]: field for field in CREDENTIAL_TYPE["inputs"]["fields"]}
    said = rows("input")
    assert [words(row[0])[0] for row in said] == list(fields)
    for name, variable, secret in said:
        [name] = words(name)
        assert CREDENTIAL_TYPE["injectors"]["env"][words(variable)[0]] == f"{{{{ {name} }}}}"
        assert secret.startswith("yes") == bool(fields[name].get("secret"))


def test_surveys():
    said = rows("job template")
    asked = [(name, question) for name, survey in SURVEYS.items() for question in survey]
    assert [(row[0], *words(row[1]), row[2]) for row in said] == [(name, one["variable"], one["question_name"]) for name, one in asked]
    for row, (_name, question) in zip(said, asked, strict=True):
        if "choices" in question:
            assert words(row[3]) == question["choices"]
        else:
            assert row[3] == question["type"] + ("" if question["required"] else ", may be empty")


@pytest.mark.parametrize("name", SURVEYS)
def test_playbooks_of_the_project(name):
    assert f"`{name}.yml`" in PAGE
    assert (PROJECT / f"{name}.yml").is_file()
