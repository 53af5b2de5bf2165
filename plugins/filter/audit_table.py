# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ..plugin_utils._audit import FINDINGS
from ..plugin_utils._settings import to_native
from ..plugin_utils._table import text_table

DOCUMENTATION = r"""
name: audit_table
short_description: An audit as a table of text
version_added: 0.1.0
description:
  - Turns what P(versori.platform.audit#filter) found into lines that a person can read, one for each credential that
    something was found for, and one that sums up.
author:
  - The versori.platform contributors (@versori-platform)
options:
  _input:
    description: What P(versori.platform.audit#filter) returned.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: What was found
  ansible.builtin.debug:
    msg: "{{ audited | versori.platform.audit_table }}"
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
  elements: str
"""


def audit_table(audited: t.Any) -> t.Any:
    """The lines for what the audit found in one organisation."""
    if not isinstance(audited, t.Mapping) or not isinstance(audited.get("credentials"), list):
        raise AnsibleFilterError("audit_table wants what the filter audit returned")
    audited = to_native(audited)
    rows = [
        (one["name"], one["id"] or "-", one["type"] or "-", [FINDINGS[finding] for finding in one["findings"]], "; ".join(one["reasons"]))
        for one in audited["credentials"]
        if one["findings"]
    ]
    lines = text_table(("name", "id", "type", "found", "why"), rows) if rows else []
    counts = [f"{audited['counts'][finding]} {label.lower()}" for finding, label in FINDINGS.items() if audited["counts"].get(finding)]
    total = audited["counts"]["credentials"]
    lines.append(f"{total} credential{'' if total == 1 else 's'}: {', '.join(counts) or 'nothing was found'}.")
    if not audited["compared"]:
        lines.append("They were compared with no list, because none was given.")
    return wrap_var(lines)


class FilterModule:
    """The filter plugin."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"audit_table": audit_table}
