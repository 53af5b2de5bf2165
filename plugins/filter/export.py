# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ..plugin_utils._export import export as write_down
from ..plugin_utils._settings import to_native

DOCUMENTATION = r"""
name: export
short_description: The credentials of an organisation as a list that can be applied
version_added: 0.1.0
description:
  - Writes down as YAML what an organisation has, with a vault variable in each secret's place.
  - Used by the playbook C(versori.platform.export).
author:
  - The versori.platform contributors (@versori-platform)
extends_documentation_fragment:
  - versori.platform.organisation_read
"""

EXAMPLES = r"""
- name: The list as text
  ansible.builtin.debug:
    msg: "{{ (shown.credentials | versori.platform.export).credentials }}"
"""

RETURN = r"""
_value:
  description: What to write into files.
  type: dict
  contains:
    credentials:
      description: A YAML file with C(versori_credentials), to be loaded as variables.
      type: str
    vault:
      description: A YAML file with an empty value for each vault variable.
      type: str
    variables:
      description: The names of the vault variables.
      type: list
      elements: str
    left_out:
      description: Credentials of a type that is not known, which cannot be written down.
      type: list
      elements: str
"""


def export(credentials: t.Any, organisation_id: str = "") -> t.Any:
    """The list and the vault variables that it needs."""
    if not isinstance(credentials, list):
        raise AnsibleFilterError("export wants the credentials that versori_credential_info returned")
    return wrap_var(write_down(to_native(credentials), to_native(organisation_id or "")))


class FilterModule:
    """The filter plugin."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"export": export}
