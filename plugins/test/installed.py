# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib.util
import typing as t

DOCUMENTATION = r"""
name: installed
short_description: Whether a collection is installed
version_added: 0.1.0
description:
  - Looks for a collection where Ansible would find it. A playbook cannot say this by itself, since Ansible stops at the
    first module that it cannot find.
  - Used by the playbook C(versori.platform.awx_setup), which needs C(awx.awx).
author:
  - The versori.platform contributors (@versori-platform)
options:
  _input:
    description: The collection's name.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Say whether awx.awx is there
  ansible.builtin.debug:
    msg: "{{ 'awx.awx is there' if 'awx.awx' is versori.platform.installed else 'Install awx.awx first' }}"
"""

RETURN = r"""
_value:
  description: Whether the collection was found.
  type: bool
"""


def installed(collection: t.Any) -> bool:
    """Whether Ansible's own importer, which is in place wherever a template is filled in, finds the collection."""
    try:
        return importlib.util.find_spec(f"ansible_collections.{collection}") is not None
    except ImportError:  # not even its namespace is there
        return False


class TestModule:
    """The test plugin."""

    def tests(self) -> dict[str, t.Callable[[t.Any], bool]]:
        return {"installed": installed}
