# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ..plugin_utils._settings import to_native
from ..plugin_utils._table import text_table

DOCUMENTATION = r"""
name: results_table
short_description: The results of versori_credentials as a table of text
version_added: 0.1.0
description:
  - Turns what M(versori.platform.versori_credentials) returned into lines that a person can read, one for each
    credential. There is no secret in them.
  - With the credentials as they were read afterwards, it also says what the platform finds of each.
  - When there are more than 100, those that were left unchanged are only counted.
author:
  - The versori.platform contributors (@versori-platform)
options:
  _input:
    description: The registered result of the task.
    type: dict
    required: true
  credentials:
    description: What M(versori.platform.versori_credential_info) returned as C(credentials) after the task.
    type: list
    elements: dict
"""

EXAMPLES = r"""
- name: What happened to each credential
  ansible.builtin.debug:
    msg: "{{ applied | versori.platform.results_table }}"

- name: And what the platform finds of it
  ansible.builtin.debug:
    msg: "{{ applied | versori.platform.results_table(shown.credentials) }}"
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
  elements: str
"""

_ALL_SHOWN = 100


def results_table(result: t.Any, credentials: t.Any = None) -> t.Any:
    """The lines for a result of versori_credentials, and for what was read after it."""
    if not isinstance(result, t.Mapping) or not isinstance(result.get("results"), list):
        raise AnsibleFilterError("results_table wants the registered result of a versori_credentials task")
    result = to_native(result)
    after = None if credentials is None else {one["id"]: one for one in to_native(list(credentials))}
    results = [*result["results"], *(result.get("pruned") or ())]
    told = results
    if len(results) > _ALL_SHOWN:
        told = [one for one in results if one["changed"] or one["failed"] or one["decision"] not in ("unchanged", "absent")]
    head = ["result", *([] if after is None else ["platform"]), "decision", "name", "credential_id", "what"]
    lines = text_table(head, [_row(one, after) for one in told]) if told else []
    if len(told) < len(results):
        lines.append(f"{len(results) - len(told)} more are as they should be.")
    return wrap_var(lines)


def _row(one: dict[str, t.Any], after: dict[str, dict[str, t.Any]] | None) -> list[t.Any]:
    shown = (after or {}).get(one["credential_id"], {})
    reasons = shown.get("errors")
    platform = "not read" if not shown else "not validated yet" if reasons is None else "INVALID" if reasons else "valid"
    return [
        "FAILED" if one["failed"] else "changed" if one["changed"] else "ok",
        *([] if after is None else [platform]),
        one["decision"] or "-",
        one["name"],
        one["credential_id"] or "-",
        one["msg"] if one["failed"] else "; ".join(map(str, reasons)) if reasons else one["changes"],
    ]


class FilterModule:
    """The filter plugin."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"results_table": results_table}
