# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ..plugin_utils._settings import plain
from ..plugin_utils._table import text_table

DOCUMENTATION = r"""
name: rotation_table
short_description: What became of rotated credentials, as a table of text
version_added: 0.1.0
description:
  - Turns what was pushed, and what the platform then said of it, into lines that a person can read.
author:
  - The versori.platform contributors (@versori-platform)
options:
  _input:
    description: What M(versori.platform.versori_credentials) returned.
    type: dict
    required: true
  credentials:
    description:
      - The credentials as they were read afterwards. Without them nothing is said about what the platform found.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: What became of them
  ansible.builtin.debug:
    msg: "{{ pushed | versori.platform.rotation_table(shown.credentials) }}"
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
  elements: str
"""


def rotation_table(pushed: t.Any, credentials: t.Any = ()) -> t.Any:
    """The lines for what was pushed and read again."""
    if not isinstance(pushed, t.Mapping) or not isinstance(pushed.get("results"), list):
        raise AnsibleFilterError("rotation_table wants the registered result of a versori_credentials task")
    shown = {one["id"]: one for one in plain(list(credentials))}
    rows = []
    for one in plain(pushed["results"]):
        after = shown.get(one["credential_id"], {})
        if one["failed"]:
            result, why = "FAILED", one["msg"]
        elif after.get("errors"):
            result, why = "INVALID", "; ".join(map(str, after["errors"]))
        elif "errors" in after:
            result, why = "valid", ""
        else:
            result, why = "not validated yet" if after else "not checked", ""
        rows.append(("pushed" if one["changed"] else "not pushed", result, one["name"], one["credential_id"], why))
    return wrap_var(text_table(("rotation", "platform", "name", "credential_id", "why"), rows))


class FilterModule:
    """The filter plugin."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"rotation_table": rotation_table}
