# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: host_claim
short_description: Which organisation a host means, and which credentials it lists
version_added: 0.1.0
description:
  - What P(versori.platform.conflicting_hosts#lookup) compares, from the variables of the role
    P(versori.platform.credentials#role) as the host has them. No secret is looked at.
  - Part of the role, where a play has several hosts.
author:
  - The versori.platform contributors (@versori-platform)
"""

EXAMPLES = r"""
- name: Note which organisation this host means, and what it lists
  ansible.builtin.set_fact:
    credentials_claim: "{{ lookup('versori.platform.host_claim') }}"
"""

RETURN = r"""
_list:
  description:
    - One mapping, with C(host); C(play), its name; C(organisation) and C(api_url), null where nobody can say; C(prune); and either
      C(listed), the credentials each with its C(name) and C(id), or C(path), the file that they are in.
  type: list
  elements: dict
"""

import os
import typing as t

from ansible.plugins.lookup import LookupBase

from ..module_utils._api.connection import AUTH_OPTIONS, DEFAULT_API_URL, read_url
from ..module_utils._core.failure import Failure
from ..module_utils._core.identifiers import normal_identifier
from ..module_utils._options import CONNECTION, ORGANISATION
from ..plugin_utils._settings import to_native, with_context, with_environment


class LookupModule(LookupBase):
    """The lookup plugin."""

    def run(self, terms: list[t.Any], variables: t.Any = None, **kwargs: t.Any) -> list[dict[str, t.Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        self._variables = variables or {}
        organisation, api_url = self._organisation()
        claim = {
            "host": self._variables.get("inventory_hostname"),
            "play": self._variables.get("ansible_play_name"),
            "organisation": organisation,
            "api_url": api_url,
            "prune": str(self._value("versori_prune")).lower() in ("true", "yes", "on", "1", "y", "t"),
        }
        path = self._value("versori_credentials_file")
        if "versori_credentials" in self._variables or not isinstance(path, str) or not path:
            return [{**claim, "listed": self._listed()}]
        return [{**claim, "path": self._found(path)}]

    def _filled_in(self, value: t.Any) -> t.Any:
        """``None`` where it cannot be, which another task tells."""
        try:
            return to_native(self._templar.template(value))
        except Exception:  # of any kind: each may hold a secret in its text
            return None

    def _value(self, name: str) -> t.Any:
        return self._filled_in(self._variables[name]) if name in self._variables else None

    def _organisation(self) -> tuple[str | None, str | None]:
        """What the module would take; where it would refuse that, it does so itself."""
        given = {name: self._value(f"versori_{name}") for name in ("organisation_id", "api_url", "context")}
        # Where one of these is given, the environment's are not looked at.
        given |= {name: "given" for name in AUTH_OPTIONS if self._variables.get(f"versori_{name}")}
        try:
            options = with_context(with_environment(given, os.environ, {**ORGANISATION, **CONNECTION}), os.environ)
            organisation = options.get("organisation_id")
            return normal_identifier(organisation.strip()) if organisation else None, read_url(options.get("api_url") or DEFAULT_API_URL)
        except (Failure, AttributeError):
            return None, None

    def _listed(self) -> list[dict[str, str | None]]:
        listed = self._variables.get("versori_credentials")
        if not isinstance(listed, list):
            listed = self._filled_in(listed)
        items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
        # No more of an item is filled in: the rest are secrets, vaulted each, perhaps.
        return [{"name": self._filled_in(item.get("name")), "id": self._filled_in(item.get("credential_id"))} for item in items]

    def _found(self, path: str) -> str | None:
        """Where the role finds a file."""
        here = os.path.realpath(os.path.expanduser(path))
        if os.path.exists(here):
            return here
        return t.cast("str | None", self.find_file_in_search_path(self._variables, "files", path, ignore_missing=True))
