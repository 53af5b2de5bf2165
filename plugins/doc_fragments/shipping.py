# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  _steps:
    description:
      - Internal. What the action plugin on the controller asks of the host that the task is delegated to. Not
        for playbooks.
    type: list
    elements: dict
  _known:
    description:
      - Internal. Which credentials there are, by digests of their names, as an earlier step of the same task has listed
        them. Not for playbooks.
    type: dict
  _others:
    description: Internal. Secrets that are taken out of every answer. Not for playbooks.
    type: list
    elements: str
"""
