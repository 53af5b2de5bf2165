# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  cache_plugin:
    description:
      - The Ansible cache plugin that remembers, on the controller, what was pushed. It holds keyed fingerprints
        and times, no secret.
      - It is a cache. Losing it costs one more push of each secret, never a wrong C(ok).
      - Where it is not set, E(VERSORI_CACHE_PLUGIN) is used, then V(ansible.builtin.jsonfile).
    type: str
  cache_connection:
    description:
      - Where the cache plugin keeps its records. For V(ansible.builtin.jsonfile) and other file caches a folder,
        for V(community.general.redis) V(host:port:db:password), which is not shown in results since it holds a password.
      - Where it is not set, E(VERSORI_CACHE_CONNECTION) is used, then C(versori_platform) under the Ansible
        home.
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
      - Where it is not set, E(VERSORI_FINGERPRINT_KEY) is used, then a random key that is kept beside the
        records and readable by its owner alone.
      - Needed with any O(cache_plugin) that keeps no files, since several controllers that share a cache must
        use one key. Give it too where controllers share a folder without its C(fingerprint.key).
    type: str
"""
