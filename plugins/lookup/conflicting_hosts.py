# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: conflicting_hosts
short_description: Which hosts of a play would undo each other's work
version_added: 0.1.0
description:
  - Two hosts of a play may mean one organisation, each with a list of its own. Where one of them deletes what is not in its list
    (C(versori_prune)), or both list the same credential, each would undo what the other does.
  - It looks at the variables of the role P(versori.platform.credentials#role), for each host of the play as that host has them.
  - Part of the role, which fails for what it finds before anything is sent.
author:
  - The versori.platform contributors (@versori-platform)
"""

EXAMPLES = r"""
- name: Refuse hosts that would undo each other's work
  ansible.builtin.fail:
    msg: "{{ conflicts | join(' ') }}"
  when: conflicts | length > 0
  vars:
    conflicts: "{{ query('versori.platform.conflicting_hosts') }}"
  run_once: true
"""

RETURN = r"""
_list:
  description: A sentence for each organisation that hosts would undo each other's work in; none where all is well.
  type: list
  elements: str
"""

import collections
import os
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase

from ..module_utils._core.failure import Failure
from ..module_utils._core.printable import printable
from ..module_utils._core.summary import listed
from ..module_utils._options import CONNECTION, ORGANISATION
from ..plugin_utils._reading import read_decrypted
from ..plugin_utils._settings import as_source, to_native, with_context, with_environment

_OPTIONS = ("organisation_id", "api_url", "context")
_NAMES = [f"versori_{name}" for name in (*_OPTIONS, "prune", "credentials", "credentials_file")]


class LookupModule(LookupBase):
    """The lookup plugin."""

    def run(self, terms: list[t.Any], variables: t.Any = None, **kwargs: t.Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        variables = variables or {}
        hosts = list(variables.get("ansible_play_hosts_all") or ())
        if len(hosts) < 2:
            return []
        by_organisation = collections.defaultdict(list)
        for host, own in zip(hosts, self._variables_of(hosts, variables), strict=True):
            by_organisation[self._organisation(own)].append((host, own))
        return [
            sentence
            for (organisation, _api_url), shared in by_organisation.items()
            if organisation and len(shared) > 1 and (sentence := self._conflict(organisation, shared))
        ]

    @staticmethod
    def _variables_of(hosts: list[str], variables: dict[str, t.Any]) -> t.Iterator[dict[str, t.Any]]:
        """The variables of each host, not filled in: its own, and those that the play, the role or the task gives them all."""
        hostvars = variables["hostvars"]
        here = hostvars.raw_get(variables["inventory_hostname"])
        given = {name: value for name, value in variables.items() if name not in here or (name in _NAMES and value != here[name])}
        for host in hosts:
            yield {**hostvars.raw_get(host), **given}

    def _value(self, own: dict[str, t.Any], value: t.Any) -> t.Any:
        """A value filled in for a host; ``None`` where that cannot be done, which another task tells."""
        try:
            return to_native(self._templar.copy_with_new_env(available_variables=own).template(value))
        except Exception:  # of any kind: each may hold a secret in its text
            return None

    def _organisation(self, own: dict[str, t.Any]) -> tuple[str | None, str | None]:
        """Which organisation a host means, and at which API; what cannot be said is the module's to tell."""
        given = {name: self._value(own, own[f"versori_{name}"]) for name in _OPTIONS if f"versori_{name}" in own}
        try:
            options = with_context(with_environment(given, os.environ, {**ORGANISATION, **CONNECTION}), os.environ)
        except Failure:
            return None, None
        texts = [str(options.get(name) or "").strip().rstrip("/") or None for name in ("organisation_id", "api_url")]
        return texts[0], texts[1]

    def _conflict(self, organisation: str, shared: list[tuple[str, dict[str, t.Any]]]) -> str | None:
        pruning = [host for host, own in shared if boolean(self._value(own, own.get("versori_prune", False)), strict=False)]
        if pruning:
            return printable(
                f"The hosts {listed([host for host, _own in shared])} mean the same organisation, {organisation}, and {listed(pruning)} "
                f"would delete what only another one lists (versori_prune). Let one host have the whole list, or leave the others out "
                f"(versori_hosts). Nothing was sent."
            )
        by_host = {host: self._listed(own) for host, own in shared}
        counted = collections.Counter(name for names in by_host.values() for name in names)
        if not (twice := [name for name, count in counted.items() if count > 1]):
            return None
        hosts = [host for host, names in by_host.items() if not {*names}.isdisjoint(twice)]
        return printable(
            f"The hosts {listed(hosts)} mean the same organisation, {organisation}, and each of them lists {listed([*map(repr, twice)])}: "
            f"they would undo each other's work. List a credential for one host only, or leave the others out (versori_hosts). Nothing "
            f"was sent."
        )

    def _listed(self, own: dict[str, t.Any]) -> list[str]:
        """The names of the credentials that a host lists, and the ids of those that have none."""
        items = own.get("versori_credentials")
        if items is None and own.get("versori_credentials_file"):
            items = self._in_file(str(self._value(own, own["versori_credentials_file"])), own)
        if not isinstance(items, list):
            items = self._value(own, items)
        items = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        # Of each item no more than that is filled in: the rest are secrets.
        names = (self._value(own, item.get("name") or item.get("credential_id")) for item in items)
        return list(dict.fromkeys(name for name in names if isinstance(name, str)))

    def _in_file(self, path: str, own: dict[str, t.Any]) -> t.Any:
        """What is in a file, found as the role finds it; ``None`` where it cannot be read, which the module tells."""
        here = os.path.realpath(os.path.expanduser(path))
        try:
            found = here if os.path.exists(here) else self.find_file_in_search_path(own, "files", path)
            content = read_decrypted(self._loader, found).decode()
            loaded = self._loader.load(as_source(content), file_name=found, show_content=False)
        except Exception:  # of many kinds
            return None
        return loaded.get("credentials") if isinstance(loaded, dict) else loaded
