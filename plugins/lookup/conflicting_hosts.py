# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: conflicting_hosts
short_description: Which hosts of a play would undo each other's work
version_added: 0.1.0
description:
  - Hosts of a play may mean one organisation, each with a list of its own. Where one of them deletes what is not in its list
    (C(versori_prune)), or several list the same credential, each would undo what the other does.
  - Part of the role P(versori.platform.credentials#role), which fails for what it finds before anything is sent.
author:
  - The versori.platform contributors (@versori-platform)
options:
  _terms:
    description: What P(versori.platform.host_claim#lookup) says of each host.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Refuse hosts that would undo each other's work
  ansible.builtin.fail:
    msg: "{{ conflicts | join(' ') }}"
  when: conflicts | length > 0
  vars:
    claims: "{{ ansible_play_hosts_all | map('extract', hostvars) |
      map(attribute='credentials_claim', default={}) | select }}"
    conflicts: "{{ query('versori.platform.conflicting_hosts', *claims) }}"
  run_once: true
"""

RETURN = r"""
_list:
  description: A sentence for each thing that hosts would undo; none where all is well.
  type: list
  elements: str
"""

import collections
import typing as t

from ansible.plugins.lookup import LookupBase

from ..module_utils._core.identifiers import normal_identifier
from ..module_utils._core.printable import printable
from ..module_utils._core.summary import listed
from ..plugin_utils._reading import read_decrypted
from ..plugin_utils._settings import as_source, to_native


class LookupModule(LookupBase):
    """The lookup plugin."""

    def run(self, terms: list[t.Any], variables: t.Any = None, **kwargs: t.Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        play = (variables or {}).get("ansible_play_name")
        by_organisation: dict[tuple[str, str | None], dict[str, t.Any]] = collections.defaultdict(dict)
        for claim in map(to_native, terms):
            if claim["organisation"] and claim["play"] == play:  # those of an earlier play are facts still
                by_organisation[claim["organisation"], claim["api_url"]][claim["host"]] = claim
        return [
            printable(sentence)
            for (organisation, _api_url), claims in by_organisation.items()
            if len(claims) > 1
            for sentence in self._conflicts(organisation, claims)
        ]

    def _conflicts(self, organisation: str, claims: dict[str, t.Any]) -> t.Iterator[str]:
        if pruning := [host for host, claim in claims.items() if claim["prune"]]:
            yield (
                f"The hosts {listed([*claims])} mean the same organisation, {organisation}, and {listed(pruning)} would delete what only "
                f"another one lists (versori_prune). Let one host have the whole list, or leave the others out (versori_hosts)."
            )
            return
        hosts_by_key: dict[tuple[str, str], dict[str, None]] = collections.defaultdict(dict)  # as ordered sets
        shown: dict[tuple[str, str], str] = {}
        for host, claim in claims.items():
            for item in claim["listed"] if "listed" in claim else self._listed_in(claim["path"]):
                texts = {key: item[key] for key in ("name", "id") if isinstance(item[key], str)}
                for kind, text in texts.items():
                    key = (kind, normal_identifier(text) if kind == "id" else text)
                    hosts_by_key[key][host] = None
                    shown.setdefault(key, repr(texts["name"]) if "name" in texts else text)
        names_by_hosts: dict[tuple[str, ...], dict[str, None]] = collections.defaultdict(dict)
        for key, hosts in hosts_by_key.items():
            if len(hosts) > 1:
                names_by_hosts[tuple(hosts)][shown[key]] = None
        for together, names in names_by_hosts.items():
            yield (
                f"The hosts {listed(together)} mean the same organisation, {organisation}, and each of them lists {listed([*names])}, "
                f"which would be created twice, or overwritten. List a credential for one host only, or leave the others out "
                f"(versori_hosts)."
            )

    def _listed_in(self, path: str | None) -> list[dict[str, t.Any]]:
        """What is in a file, of which nothing is filled in; nothing where it cannot be read, which the module tells."""
        try:
            content = read_decrypted(self._loader, str(path)).decode()
            loaded = self._loader.load(as_source(content), file_name=path, show_content=False)
        except Exception:  # of many kinds
            return []
        items = loaded.get("credentials") if isinstance(loaded, dict) else loaded
        items = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        return [{"name": item.get("name"), "id": item.get("credential_id")} for item in items]
