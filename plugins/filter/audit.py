# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ..plugin_utils._audit import FINDINGS, judge
from ..plugin_utils._settings import to_native

DOCUMENTATION = r"""
name: audit
short_description: What is noteworthy about the credentials of an organisation
version_added: 0.1.0
description:
  - Says of each credential whether the platform finds it invalid, whether it is unused, and how it compares with a
    list of credentials.
  - Used by the playbook C(versori.platform.audit).
author:
  - The versori.platform contributors (@versori-platform)
extends_documentation_fragment:
  - versori.platform.organisation_read
options:
  checked:
    description:
      - What M(versori.platform.versori_credentials) returned in check mode for the list to compare with.
      - Without it nothing is said about a list.
    type: dict
  host:
    description: The inventory host that stands for the organisation.
    type: str
"""

EXAMPLES = r"""
- name: Audit an organisation
  ansible.builtin.set_fact:
    audited: "{{ shown.credentials | versori.platform.audit(checked, organisation_id='01HFS2NEAZ6ECZBZMN4FF775P7') }}"
"""

RETURN = r"""
_value:
  description: What was found.
  type: dict
  contains:
    host:
      description: The inventory host.
      type: str
    organisation_id:
      description: The id of the organisation.
      type: str
    compared:
      description: Whether it was compared with a list.
      type: bool
    counts:
      description: How many credentials there are, and how many each finding was made for.
      type: dict
    credentials:
      description:
        - All credentials of the organisation and of the list, by name. C(findings) holds C(invalid), C(unused),
          C(unlisted), C(missing), C(differs), C(unknown) (nothing is remembered of its secret) and C(unchecked) (it
          could not be compared), or nothing.
      type: list
      elements: dict
"""


def audit(credentials: t.Any, checked: t.Any = None, host: str = "", organisation_id: str = "") -> t.Any:
    """The findings about what was read, and about a list that was checked against it."""
    if not isinstance(credentials, list):
        raise AnsibleFilterError("audit wants the credentials that versori_credential_info returned")
    results = to_native(checked.get("results")) if isinstance(checked, t.Mapping) else None
    judged = judge(to_native(credentials), results)
    counts = {"credentials": len(judged)}
    counts.update((finding, sum(finding in one["findings"] for one in judged)) for finding in FINDINGS)
    return wrap_var(
        {
            "host": str(host),
            "organisation_id": str(organisation_id or ""),
            "compared": results is not None,
            "counts": counts,
            "credentials": judged,
        }
    )


class FilterModule:
    """The filter plugin."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"audit": audit}
