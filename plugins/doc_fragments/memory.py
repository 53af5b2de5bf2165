# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  cache_plugin:
    description:
      - An Ansible cache plugin that several controllers share, like V(community.general.redis). It remembers what was
        pushed, in place of the file of O(cache_connection). It holds keyed fingerprints and times, no secret.
      - Cache plugins that keep files are refused. Leave this option out to use a file.
      - Where it is not set, E(VERSORI_CACHE_PLUGIN) is used, then the file.
    type: str
  cache_connection:
    description:
      - The full path of the folder on the controller in which what was pushed is remembered, as
        C(versori_platform/memory.db), a SQLite file. The subfolder is made for its owner alone, so the folder may be one
        that others can write to.
      - Where O(cache_plugin) is set, what that plugin calls its connection, for V(community.general.redis)
        V(host:port:db:password). It is not shown in results, since it may hold a password.
      - Where it is not set, E(VERSORI_CACHE_CONNECTION) is used, then the Ansible home.
    type: str
  cache_prefix:
    description:
      - What the names of the records begin with. Where it is not set, E(VERSORI_CACHE_PREFIX) is used, then
        V(versori_platform_).
    type: str
  fingerprint_key:
    description:
      - The key of the fingerprints, a random text of at least 32 characters. Another key makes every secret count as
        unknown once.
      - Where it is not set, E(VERSORI_FINGERPRINT_KEY) is used, then a random key that is kept in the file.
      - Needed with O(cache_plugin), since several controllers that share a cache must use one key.
    type: str
"""
