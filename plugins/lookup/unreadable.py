# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: unreadable
short_description: Which variables cannot be filled in, without their values
version_added: 0.1.0
description:
  - Where a template cannot be filled in, Ansible prints it, and with it the secret that it is or that stands beside it.
    This looks for such variables beforehand, and says which they are in sentences that hold no value.
  - It always looks at the variables of the role P(versori.platform.credentials#role) that say where and how to work, like
    C(versori_api_key) and C(versori_cache_connection), and at the given ones. One that is not set is passed over.
  - The first task of the role and of each playbook of this collection.
author:
  - The versori.platform contributors (@versori-platform)
options:
  _terms:
    description: Names of more variables to look at.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Refuse variables that cannot be filled in
  ansible.builtin.fail:
    msg: "{{ item }}"
  loop: "{{ query('versori.platform.unreadable', 'versori_credentials') }}"
"""

RETURN = r"""
_list:
  description: A sentence for each variable that cannot be filled in; none where all is well.
  type: list
  elements: str
"""

import typing as t

from ansible.plugins.lookup import LookupBase

from ..module_utils._options import CONNECTION, MEMORY, ORGANISATION, POLICY, WORKERS

_ALWAYS = [f"versori_{option}" for option in {**CONNECTION, **ORGANISATION, **MEMORY, **POLICY, **WORKERS}]


class LookupModule(LookupBase):
    """The lookup plugin."""

    def run(self, terms: list[t.Any], variables: t.Any = None, **kwargs: t.Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        variables = variables or {}
        names = [name for name in dict.fromkeys([*_ALWAYS, *map(str, terms)]) if name in variables]
        return [
            f"{self._where(name, variables[name])} cannot be filled in: a variable in it is not defined, a vaulted value in it cannot be "
            "opened, or a secret in it holds '{{', '{%' or '{#', which Ansible takes for a template: mark that one !unsafe. "
            "Its value is not shown, because it may be a secret."
            for name in names
            if not self._can_be_filled_in(variables[name])
        ]

    def _where(self, name: str, value: t.Any) -> str:
        """The variable, or the first of its items that is to blame."""
        items = enumerate(value) if isinstance(value, list) else ()
        return next((f"{name}[{position}]" for position, item in items if not self._can_be_filled_in(item)), name)

    def _can_be_filled_in(self, value: t.Any) -> bool:
        try:
            self._templar.template([value])  # in a list, since alone an omitted one counts as an error
        except Exception:  # of any kind: each may hold the value in its text
            return False
        return True
