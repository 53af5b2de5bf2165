# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the collection that AWX is set up from, as data."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/awx"
PROJECT = EXAMPLE / "project"
CREDENTIAL_TYPE: dict[str, Any] = yaml.safe_load((ROOT / "playbooks/files/awx_credential_type.yml").read_text())
_TEMPLATES = (ROOT / "playbooks/vars/awx_job_templates.yml").read_text()


def job_templates(folder: str = "") -> list[dict[str, Any]]:
    """The job templates of a project whose playbooks are in a folder, `/` at its end; test_setup.py has Ansible fill the templates in."""
    text = re.sub(r"\{\{ \[versori_awx_project_folder [^']*'', true\), '(\w+\.yml)'\][^}]*\}\}", rf"{folder}\1", _TEMPLATES)
    return list(yaml.safe_load(text)["versori_awx_job_templates"])


JOB_TEMPLATES = job_templates()
SURVEYS: dict[str, list[dict[str, Any]]] = {one["name"]: one["survey"] for one in JOB_TEMPLATES}
PAGE = (ROOT / "docs/awx.md").read_text()


def awx_collection() -> Path:
    """Where the collection awx.awx is; without it, the test is skipped."""
    folder = Path(os.environ.get("TEST_COLLECTIONS", "")) / "ansible_collections/awx/awx"
    if "TEST_COLLECTIONS" not in os.environ or not folder.is_dir():
        pytest.skip("the collection awx.awx is not in this environment")
    return folder


def documented_variables(playbook: str) -> set[str]:
    """The variables that the comment at the top of a playbook names."""
    comment = (ROOT / f"playbooks/{playbook}.yml").read_text().split("\n- name:")[0]
    return set(re.findall(r"\bversori_\w+", comment))
