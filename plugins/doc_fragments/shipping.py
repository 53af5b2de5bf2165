# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  _request:
    description:
      - Internal. What the action plugin on the controller asks of the host that the task is delegated to, as JSON. Not
        for playbooks.
    type: dict
"""
