# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  _input:
    description: What M(versori.platform.versori_credential_info) returned as C(credentials), read in full.
    type: list
    elements: dict
    required: true
  organisation_id:
    description: The id of the organisation, to be written down too.
    type: str
"""
